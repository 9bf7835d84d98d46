/** A promise about data, in words that no one takes for a proof. */
import type { SampledRecord } from '../../precision/sampled-record.js';
import { grouped } from './format.js';

export function sampledInWords(record: SampledRecord): string {
  const { epsilon, confidence, share, samples, exceeding, data } = record;
  return (
    `statistics, no proof: ${grouped(exceeding)} of ${grouped(samples)} inputs (${data.slice(0, 12)}) were not shown to be within ${epsilon} of the model; ` +
    `if they were drawn independently, then with confidence ${confidence} at most a share ${share} of all inputs drawn like them is off by more, and of any one input nothing is promised`
  );
}
