/** Exact evaluation of an integer network: what runs, and what judges. */
import { type Dyadic, dyadicFromNumber } from '../core/dyadic.js';
import { bigEntry, type IntegerNetwork } from './integer-network.js';

/**
 * Brings one sample to integers over a common power of two. The constant is 1, or `unit` where the
 * sample is in units of `1/unit`.
 */
export function integerInputs(
  batch: ArrayLike<number>,
  start: number,
  inputs: number,
  constant: boolean,
  unit = 1,
): { values: bigint[]; exponent: number } {
  const parts: Dyadic[] = [];
  let exponent = 0;
  for (let index = 0; index < inputs; index++) {
    const value = dyadicFromNumber(batch[start + index]);
    parts.push(value);
    exponent = Math.min(exponent, value.exponent);
  }
  if (constant) parts.push(dyadicFromNumber(unit));
  return {
    values: parts.map((part) => part.mantissa << BigInt(part.exponent - exponent)),
    exponent,
  };
}

/** Outputs for integer inputs (the constant among them), before the output scale. */
export function evaluateIntegers(
  { matrices, activation }: IntegerNetwork,
  inputs: readonly bigint[],
): bigint[] {
  let current = [...inputs];
  matrices.forEach((matrix, index) => {
    const relu = index < matrices.length - 1 || activation === 'relu';
    current = Array.from({ length: matrix.rows }, (_, row) => {
      let sum = 0n;
      for (let column = 0; column < matrix.columns; column++) {
        const entry = bigEntry(matrix, row * matrix.columns + column);
        if (entry !== 0n) sum += entry * current[column];
      }
      return relu && sum < 0n ? 0n : sum;
    });
  });
  return current;
}
