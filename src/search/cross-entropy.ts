/** The loss of a classifier, in the same bits everywhere. */
import { portableExp, portableLog } from '../core/portable-math.js';

/**
 * The cross-entropy of the softmax of `outputs` in nats; `tell` hears of each class its share and target. In
 * float64, by the portable exponential and logarithm.
 */
export function crossEntropy(
  outputs: Float32Array,
  targets: Float32Array,
  tell: (share: number, target: number, column: number) => void,
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const output of outputs) largest = Math.max(largest, output);
  let total = 0;
  for (const output of outputs) total += portableExp(output - largest);
  let loss = 0;
  for (let column = 0; column < outputs.length; column++) {
    const output = outputs[column] as number;
    const target = targets[column] as number;
    tell(portableExp(output - largest) / total, target, column);
    if (target !== 0) loss += target * (largest + logarithm(total) - output);
  }
  return loss;
}

/** NaN where training has diverged, instead of a refusal. */
function logarithm(total: number): number {
  return Number.isFinite(total) ? portableLog(total) : Number.NaN;
}
