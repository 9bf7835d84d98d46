/**
 * What is known of a normalised channel's numbers: moments of a batch, and running ones, which are what it is
 * normalised with once training is over (`map-normalize.ts`). Apart from what computes with them, which only
 * feature maps need.
 */
import { type LayerNormalization, normalizationOf } from '../ticket/trained-normalization.js';

export const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/** Of a channel's numbers: how many, their mean, and the mean square of what they are off it. */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Of each channel, what is normalised with once training is over. */
export interface RunningMoments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export function beginRunning(channels: number): RunningMoments {
  return { mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
}

export function copyRunning({ mean, variance }: RunningMoments): RunningMoments {
  return { mean: mean.slice(), variance: variance.slice() };
}

/** Sets running moments to others; both are null where a layer is not normalised. */
export function setRunning(running: RunningMoments | null, to: RunningMoments | null): void {
  if (running === null || to === null) return;
  running.mean.set(to.mean);
  running.variance.set(to.variance);
}

/** What a number's distance to the mean is multiplied by. */
export function factorOf(variance: number): number {
  return 1 / Math.sqrt(variance + EPSILON);
}

/** Takes the moments of a batch into the running ones; its variance without bias, as PyTorch does. */
export function updateRunning({ mean, variance }: RunningMoments, batch: Moments): void {
  const unbiased = batch.count / Math.max(1, batch.count - 1);
  for (let channel = 0; channel < mean.length; channel++) {
    const spread = (batch.variance[channel] as number) * unbiased;
    mean[channel] =
      (1 - MOMENTUM) * (mean[channel] as number) + MOMENTUM * (batch.mean[channel] as number);
    variance[channel] = (1 - MOMENTUM) * (variance[channel] as number) + MOMENTUM * spread;
  }
}

/** What a ticket has of them. */
export function foldRunning({ mean, variance }: RunningMoments): LayerNormalization {
  return normalizationOf(Float64Array.from(variance, factorOf), mean);
}
