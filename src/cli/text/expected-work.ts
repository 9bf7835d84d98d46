/**
 * What finding, writing and proving feature maps is likely to cost: no bound, a line through two networks that
 * were measured (`node bench/map-networks.mjs resnet18 --find`, with and without `--share 0.25`): 70 seconds and
 * 1.1 GB with 2.38e9 source weights, 9 seconds and 0.2 GB with 2.38e8.
 */
import * as format from './format.js';

export interface ExpectedWork {
  /** Of one processor, on the two-core machine of the measurement. */
  readonly seconds: number;
  /** Most memory of the process. */
  readonly bytes: number;
}

const FIRST = { weights: 2.38e8, seconds: 9, bytes: 0.2e9 };
const SECOND = { weights: 2.38e9, seconds: 70, bytes: 1.1e9 };

/** For a source of so many weights. */
export function expectedWork(sourceWeights: number): ExpectedWork {
  const share = (sourceWeights - FIRST.weights) / (SECOND.weights - FIRST.weights);
  const along = (part: 'seconds' | 'bytes'): number =>
    FIRST[part] + share * (SECOND[part] - FIRST[part]);
  return { seconds: along('seconds'), bytes: along('bytes') };
}

export function expectedWords({ seconds, bytes }: ExpectedWork): string {
  const time = format.duration(seconds < 1 ? Number(seconds.toPrecision(1)) : Math.round(seconds));
  return `to find, write and prove: about ${time} of one processor and ${format.bytes(bytes)}, extrapolated from ResNet-18 at 12 bits (70 s, 1.1 GB)`;
}
