/**
 * Coefficient vectors over a segment's columns: what a neuron that no ReLU has clipped is, as a linear
 * form. They decide which ReLUs can never clip, and how large a value can become.
 */

/** Beyond this a float64 may not be the integer any more. */
const EXACT = 2 ** 53;

/** Dense where `indices` is null; else the non-zero entries, ascending. */
export interface Coefficients {
  readonly indices: Int32Array | null;
  readonly values: Float64Array;
  /** False where an entry may be rounded: its sign is then known only if nothing was subtracted. */
  readonly exact: boolean;
  /** Whether no entry is negative. */
  readonly nonnegative: boolean;
}

/** Vectors with fewer entries than this are kept sparse. */
const SPARSE_LIMIT = 16;

/** Dense vectors are cut from slabs of so many numbers: many small typed arrays are slow to make. */
const SLAB_NUMBERS = 1 << 15;

/** Adds vectors up, one at a time; `finish` gives the sum and starts anew. */
export interface CoefficientSum {
  add(vector: Coefficients, factor: number): void;
  /** Adds `factor * x_column`. */
  addColumn(column: number, factor: number): void;
  finish(): Coefficients;
}

export function coefficientSum(columns: number): CoefficientSum {
  const sum = new Float64Array(columns);
  let slab = new Float64Array(0);
  let used = 0;
  const copyOfSum = (): Float64Array => {
    if (used + columns > slab.length) {
      slab = new Float64Array(Math.max(SLAB_NUMBERS, columns));
      used = 0;
    }
    const copy = slab.subarray(used, used + columns);
    used += columns;
    copy.set(sum);
    return copy;
  };
  let touched: number[] = [];
  let dense = false;
  let exact = true;
  const addAt = (column: number, value: number): void => {
    if (!dense && sum[column] === 0) touched.push(column);
    sum[column] += value;
  };
  return {
    add({ indices, values, exact: isExact }, factor) {
      if (!isExact) exact = false;
      if (indices === null) {
        dense = true;
        for (let column = 0; column < columns; column++) sum[column] += factor * values[column];
      } else {
        for (let at = 0; at < indices.length; at++) addAt(indices[at], factor * values[at]);
      }
    },
    addColumn: addAt,
    finish() {
      let largest = 0;
      let least = 0;
      let indices: Int32Array | null = null;
      let values: Float64Array;
      if (!dense && touched.length < SPARSE_LIMIT) {
        indices = Int32Array.from(new Set(touched)).sort();
        values = Float64Array.from(indices, (column) => sum[column]);
      } else {
        values = copyOfSum();
      }
      for (let at = 0; at < values.length; at++) {
        const value = values[at];
        if (value > largest) largest = value;
        if (value < least) least = value;
      }
      const isExact = exact && Math.max(largest, -least) <= EXACT;
      if (dense) sum.fill(0);
      else for (const column of touched) sum[column] = 0;
      touched = [];
      dense = false;
      exact = true;
      return { indices, values, exact: isExact, nonnegative: least >= 0 };
    },
  };
}

/** Entry of a column. */
export function coefficientOf({ indices, values }: Coefficients, column: number): number {
  if (indices === null) return values[column];
  const at = indices.indexOf(column);
  return at < 0 ? 0 : values[at];
}
