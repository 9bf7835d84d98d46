/**
 * Rows written out over a few variables at a time, and what is done with them: added along edges, by the neurons
 * that hand them on, and measured. All in float64, whose sums are exact where `isExact` says so.
 */
import type { ReachedLayer } from './reached-layers.js';
import { NEGATIVE, POSITIVE } from './rows.js';

/** Variables at a time: rows of some thousand neurons then stay near the processor. */
export const AT_A_TIME = 16;
/** Exactness limit of float64 integers. */
const EXACT = 2 ** 53;

/** Rows of a list of neurons over the variables at hand, `AT_A_TIME` places each. */
export interface DenseRows {
  readonly values: Float64Array;
  /** How many entries of each row are not 0. */
  readonly filled: Uint8Array;
  /** Where that is one, its place. */
  readonly only: Uint8Array;
  /** The largest magnitude of each row. */
  readonly largest: Float64Array;
}

export function denseRows(count: number): DenseRows {
  return {
    values: new Float64Array(count * AT_A_TIME),
    filled: new Uint8Array(count),
    only: new Uint8Array(count),
    largest: new Float64Array(count),
  };
}

/** Adds rows along their edges; `sums` begin at 0. Returns how many coefficients were added. */
export function addAlong(
  { starts, edges }: ReachedLayer,
  { values, filled, only }: DenseRows,
  sums: Float64Array,
): number {
  let additions = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    const count = filled[row];
    if (count === 0) continue;
    const end = starts[row + 1];
    additions += count * (end - starts[row]);
    const own = row * AT_A_TIME;
    if (count === 1) {
      const place = only[row];
      const value = values[own + place];
      for (let at = starts[row]; at < end; at++) {
        const edge = edges[at];
        sums[(edge >>> 1) * AT_A_TIME + place] += (edge & 1) === 0 ? value : -value;
      }
      continue;
    }
    for (let at = starts[row]; at < end; at++) {
      const edge = edges[at];
      const to = (edge >>> 1) * AT_A_TIME;
      if ((edge & 1) === 0) {
        for (let place = 0; place < AT_A_TIME; place++) sums[to + place] += values[own + place];
      } else {
        for (let place = 0; place < AT_A_TIME; place++) sums[to + place] -= values[own + place];
      }
    }
  }
  return additions;
}

/** Whether no partial sum of a layer can be rounded. */
export function isExact(
  { starts, edges, ids }: ReachedLayer,
  { filled, largest }: DenseRows,
): boolean {
  let highest = 0;
  const rows = starts.length - 1;
  for (let row = 0; row < rows; row++) {
    if (filled[row] > 0 && largest[row] > highest) highest = largest[row];
  }
  // A neuron has at most one edge from each.
  if (highest * rows < EXACT) return true;
  const bounds = new Float64Array(ids.length);
  for (let row = 0; row < rows; row++) {
    if (filled[row] === 0) continue;
    for (let at = starts[row]; at < starts[row + 1]; at++) bounds[edges[at] >>> 1] += largest[row];
  }
  // Sums of what is not negative: rounding never takes one from 2^53 up to below it.
  return bounds.every((bound) => bound < EXACT);
}

/** Looks at row `row`, which has just been added up; returns the signs of its coefficients. */
export function measure({ values, filled, only, largest }: DenseRows, row: number): number {
  const own = row * AT_A_TIME;
  let count = 0;
  let place = 0;
  let lowest = 0;
  let highest = 0;
  for (let at = 0; at < AT_A_TIME; at++) {
    const value = values[own + at];
    if (value === 0) continue;
    count++;
    place = at;
    if (value > highest) highest = value;
    else if (value < lowest) lowest = value;
  }
  filled[row] = count;
  only[row] = place;
  largest[row] = Math.max(highest, -lowest);
  return (highest > 0 ? POSITIVE : 0) | (lowest < 0 ? NEGATIVE : 0);
}

/** Makes a row the unit of its one positive entry: the part of a signed input that ReLU leaves. */
export function leavePart({ values, filled, only, largest }: DenseRows, row: number): void {
  const own = row * AT_A_TIME;
  const place = values.subarray(own, own + AT_A_TIME).findIndex((value) => value > 0);
  values[own + place] = 1;
  filled[row] = 1;
  only[row] = place;
  largest[row] = 1;
}
