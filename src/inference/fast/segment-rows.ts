/** The rows of a segment: what is computed of it, in order. */
import type { Pairs } from './layer-reading.js';

/** What a row adds up. */
export interface Content {
  /** Pairs (column, multiplicity). */
  readonly digits: Pairs;
  /** Pairs (earlier row, multiplicity). */
  readonly terms: readonly number[];
}

/** One computed value: digits of columns, plus other rows of the segment. */
export interface Row extends Content {
  /** One more than the largest level among the terms; 0 without terms. */
  readonly level: number;
  /** By its coefficients, where those tell more than its content, which subtracts. */
  readonly range?: Range;
}

/** How large a linear form is while columns are within the segment's bounds. */
export interface Range {
  /** For columns of the segment's signs. */
  readonly most: number;
  /** Whatever their signs. */
  readonly all: number;
}

/**
 * The rows that outputs need, in order, and where each row is among them (-1: nowhere). What a neuron is that
 * nothing adds up as such, since sums were grouped otherwise, is not computed.
 */
export function liveRows(
  rows: readonly Row[],
  outputs: readonly number[],
  columns: number,
): { readonly rows: readonly Row[]; readonly at: Int32Array } {
  const needed = new Uint8Array(rows.length);
  for (const value of outputs) if (value >= columns) needed[value - columns] = 1;
  // Terms are earlier rows.
  for (let row = rows.length - 1; row >= 0; row--) {
    if (needed[row] === 0) continue;
    const { terms } = rows[row];
    for (let at = 0; at < terms.length; at += 2) needed[terms[at]] = 1;
  }
  if (!needed.includes(0)) return { rows, at: Int32Array.from(rows.keys()) };
  const at = new Int32Array(rows.length).fill(-1);
  const live: Row[] = [];
  for (const [row, { terms, ...rest }] of rows.entries()) {
    if (needed[row] === 0) continue;
    at[row] = live.length;
    const moved = terms.map((term, index) => (index % 2 === 0 ? at[term] : term));
    live.push({ ...rest, terms: moved });
  }
  return { rows: live, at };
}

/** Pairs without those of factor 0. */
export function withoutZeros(pairs: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at + 1] !== 0) kept.push(pairs[at], pairs[at + 1]);
  }
  return kept;
}
