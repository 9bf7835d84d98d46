/** Exact evaluation of an integer network: what runs, and what judges. */

import { type Dyadic, dyadicFromNumber } from '../core/dyadic.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork } from './integer-network.js';

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
  for (let index = 0; index < inputs; index++) parts.push(dyadicFromNumber(batch[start + index]));
  if (constant) parts.push(dyadicFromNumber(unit));
  return overCommonPower(parts);
}

/** Numbers as integers over a common power of two, at most 1. */
export function overCommonPower(parts: readonly Dyadic[]): { values: bigint[]; exponent: number } {
  const exponent = parts.reduce((least, part) => Math.min(least, part.exponent), 0);
  return {
    values: parts.map((part) => part.mantissa << BigInt(part.exponent - exponent)),
    exponent,
  };
}

/** Outputs for integer inputs (the constant among them), before the output scale. */
export function evaluateIntegers(network: IntegerNetwork, inputs: readonly bigint[]): bigint[] {
  return complete(evaluateIntegersSteps(network, inputs));
}

/** Products of BigInts between two steps: some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 15;

/** The same in steps. */
export function* evaluateIntegersSteps(
  { matrices, activation }: IntegerNetwork,
  inputs: readonly bigint[],
): Steps<bigint[]> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  let current = [...inputs];
  for (const [index, matrix] of matrices.entries()) {
    const relu = index < matrices.length - 1 || activation === 'relu';
    const next: bigint[] = [];
    for (let row = 0; row < matrix.rows; row++) {
      const sum = rowProduct(matrix, row, current);
      next.push(relu && sum < 0n ? 0n : sum);
      if (isTurn(matrix.columns)) yield;
    }
    current = next;
  }
  return current;
}

function rowProduct(matrix: IntegerMatrix, row: number, values: readonly bigint[]): bigint {
  let sum = 0n;
  for (let column = 0; column < matrix.columns; column++) {
    const entry = bigEntry(matrix, row * matrix.columns + column);
    if (entry !== 0n) sum += entry * values[column];
  }
  return sum;
}
