/**
 * supermask ends with probabilities; a ticket holds one mask. The candidates are the thresholded mask
 * and ten drawn ones (the mean of such draws is what the paper evaluates). The one that labels most
 * held-out samples rightly is stored, or most of the first training samples where none are held out:
 * test samples choose nothing.
 */

import type { Watch } from '../core/progress.js';
import { STREAMS, type StreamKey, streamKey } from './random.js';
import { sampleMasks, thresholdMasks } from './supermask.js';
import { countCorrectInTraining, everySample, type TrainingTask } from './train.js';

/** A measured share of samples. */
export interface Accuracy {
  readonly correct: number;
  readonly samples: number;
}

/** What the trainer measures of masks on the test samples. */
export interface MaskChoice {
  /** Of the masks with every edge that is more likely kept than not. */
  readonly thresholded: Accuracy;
  /** Over ten drawn masks together. */
  readonly drawn: Accuracy;
}

const DRAWS = 10;
/** Training samples that choose where no validation samples do. */
const MOST_JUDGES = 10_000;

/** The key of a draw: streams of their own, behind all that training draws from. */
function drawKey(seed: bigint, draw: number): StreamKey {
  return streamKey(seed, STREAMS.sampling + 256 * draw);
}

/**
 * Sets the layers to the best candidate. Returns what the test samples say; null without them, and
 * undefined where the signal ended it before.
 */
export async function chooseMask(
  task: TrainingTask,
  { signal, onProgress }: Watch,
): Promise<MaskChoice | null | undefined> {
  const { options, layers, network, data, split, test, standardization } = task;
  const { validation, train } = split;
  const judges = validation.length > 0 ? validation : train.subarray(0, MOST_JUDGES);
  const set = (candidate: number): void => {
    if (candidate === 0) thresholdMasks(layers);
    else sampleMasks(layers, drawKey(options.seed, candidate));
  };
  let best = 0;
  let most = -1;
  let thresholded = 0;
  let drawn = 0;
  for (let candidate = 0; candidate <= DRAWS; candidate++) {
    onProgress?.({ stage: 'choose', done: candidate, total: DRAWS + 1 });
    if (signal?.aborted === true) return undefined;
    set(candidate);
    const judged = await countCorrectInTraining(network, layers, data, standardization, judges);
    if (judged > most) {
      most = judged;
      best = candidate;
    }
    if (test === undefined) continue;
    const samples = everySample(test);
    const right = await countCorrectInTraining(network, layers, test, standardization, samples);
    if (candidate === 0) thresholded = right;
    else drawn += right;
  }
  onProgress?.({ stage: 'choose', done: DRAWS + 1, total: DRAWS + 1 });
  set(best);
  if (test === undefined) return null;
  return {
    thresholded: { correct: thresholded, samples: test.count },
    drawn: { correct: drawn, samples: DRAWS * test.count },
  };
}
