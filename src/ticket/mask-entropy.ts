/**
 * The entropy bound that stored masks are measured against: `log2 C(rows columns, kept_t)` bits, the
 * least average length of any code for masks of that many kept edges.
 */
import type { MaskSize } from '../source/shape.js';

/** Below this the error of Stirling's formula comes from the factorial itself, exact in a float64. */
const EXACT_FACTORIALS = 18;

/** `ln n! - ((n + 1/2) ln n - n + ln(2 pi) / 2)`, the error of Stirling's formula, for n >= 1. */
function stirlingError(n: number): number {
  if (n <= EXACT_FACTORIALS) {
    let factorial = 1;
    for (let factor = 2; factor <= n; factor++) factorial *= factor;
    return Math.log(factorial) - ((n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI));
  }
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n;
}

/**
 * `log2 C(inputs * outputs, kept)` in bits. Relative error about 1e-14: all large terms are positive,
 * so nothing cancels however few edges of 2^64 are kept. Throws a RangeError unless `kept` is an
 * integer from 0 to `inputs * outputs`.
 */
export function maskEntropyBits(inputs: number, outputs: number, kept: number): number {
  const positions = inputs * outputs;
  if (!Number.isSafeInteger(kept) || kept < 0 || kept > positions) {
    throw new RangeError(`${kept} edges of ${inputs} x ${outputs} cannot be kept`);
  }
  const few = Math.min(kept, positions - kept);
  if (few === 0) return 0;
  const many = positions - few;
  const exponent = few * Math.log(positions / few) - many * Math.log1p(-few / positions);
  const square = 0.5 * Math.log(positions / few / many / (2 * Math.PI));
  const errors = stirlingError(positions) - stirlingError(few) - stirlingError(many);
  return (exponent + square + errors) / Math.LN2;
}

/** The sum over the layers that `kept` counts, in bits; `sizes[t-1]` and `kept[t-1]` are layer t's. */
export function ticketEntropyBits(sizes: readonly MaskSize[], kept: readonly number[]): number {
  return kept.reduce((sum, count, index) => {
    const { inputs, outputs } = sizes[index] as MaskSize;
    return sum + maskEntropyBits(inputs, outputs, count);
  }, 0);
}
