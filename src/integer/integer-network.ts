/**
 * The integer network of section 3.2.2 of the paper: `V_i = [round(2^p_i W_i)  round(2^p_i b_i);
 * 0  2^p_i]`, without the constant row in the last layer, and with the last output multiplied by one
 * scale. It is what is looked for in the source, and what a ticket is proved equal to.
 */
import type { Activation } from '../target/network.js';
import type { IntegerMaps } from './block-maps.js';

/**
 * Row-major integers. A `Float64Array` only while every entry is at most 2^53 in magnitude (so that
 * the number is the integer); else BigInts.
 */
export interface IntegerMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array | readonly bigint[];
}

/** `base^-exponent`: 2 for rounding to binary places, 10 for the paper's decimal places. */
export interface OutputScale {
  readonly base: 2 | 10;
  readonly exponent: number;
}

export interface IntegerNetwork {
  /** `V_1 .. V_l`. Where `constant` holds, column `d_(i-1)` of each is the constant input's. */
  readonly matrices: readonly IntegerMatrix[];
  /** Whether a constant input 1 is carried through the blocks (it is left out if no bias needs it). */
  readonly constant: boolean;
  /** Fractional places `p_i` of each layer, in base `scale.base`. */
  readonly fractionalPlaces: readonly number[];
  /** The scale on the last layer's output, `base^-(p_1 + .. + p_l)`. */
  readonly scale: OutputScale;
  /** Activation of the last layer; the inner ones are ReLU. */
  readonly activation: Activation;
  /** Of feature maps: where the blocks' columns look. Left out where all blocks read vectors. */
  readonly maps?: IntegerMaps;
}

export function isBig(values: IntegerMatrix['values']): values is readonly bigint[] {
  return !(values instanceof Float64Array);
}

/** Entry at a flat index as a BigInt. */
export function bigEntry(matrix: IntegerMatrix, index: number): bigint {
  const { values } = matrix;
  return isBig(values) ? values[index] : BigInt(values[index]);
}

/** Whether nothing reads this column. */
export function isZeroColumn({ rows, columns, values }: IntegerMatrix, column: number): boolean {
  for (let row = 0; row < rows; row++) if (values[row * columns + column]) return false;
  return true;
}

/** 1 for the rows that are 0. */
export function zeroRows({ rows, columns, values }: IntegerMatrix): Uint8Array {
  const zero = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    let column = 0;
    while (column < columns && !values[row * columns + column]) column++;
    if (column === columns) zero[row] = 1;
  }
  return zero;
}

/** Packs integers as the narrowest of the two representations. */
export function integerMatrix(
  rows: number,
  columns: number,
  entries: readonly bigint[],
): IntegerMatrix {
  const limit = 1n << 53n;
  const small = entries.every((entry) => entry <= limit && entry >= -limit);
  const values = small ? Float64Array.from(entries, Number) : entries;
  return { rows, columns, values };
}
