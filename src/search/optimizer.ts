/** Stochastic gradient descent with momentum and weight decay on scores, and learning rate schedules. */
import { portableCosine } from '../core/portable-math.js';
import type { TrainedLayer } from './layer.js';
import type { SearchOptions } from './options.js';

/**
 * One step, the way PyTorch's SGD defines it: `v <- momentum v + (gradient + decay s)`,
 * `s <- s - rate v`.
 */
export function descend(
  { scores, velocity }: TrainedLayer,
  gradient: Float32Array,
  rate: number,
  { momentum, weightDecay }: SearchOptions,
): void {
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index] as number;
    const speed =
      momentum * (velocity[index] as number) + (gradient[index] as number) + weightDecay * score;
    velocity[index] = speed;
    scores[index] = score - rate * (velocity[index] as number);
  }
}

/** The learning rate of a step, counted from 0 through all epochs. */
export function learningRateAt(
  { schedule, learningRate }: SearchOptions,
  step: number,
  steps: number,
): number {
  if (schedule === 'constant') return learningRate;
  return (learningRate / 2) * (1 + portableCosine(Math.PI * Math.min(1, step / steps)));
}

/** The kept fractions of a step: during the ramp they fall linearly from 1, per step. */
export function keepAt(
  { keep, keepRamp, epochs }: SearchOptions,
  step: number,
  steps: number,
): number[] {
  const rampSteps = (keepRamp * steps) / epochs;
  const done = step >= rampSteps ? 1 : step / rampSteps;
  return keep.map((fraction) => fraction + (1 - fraction) * (1 - done));
}
