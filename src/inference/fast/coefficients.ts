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
  /** How far any entry may be off; 0 where they are exact. */
  readonly slack: number;
  /** The largest magnitude among the entries. */
  readonly largest: number;
}

/** Vectors with fewer entries than this are kept sparse. */
const SPARSE_LIMIT = 16;

/** Dense vectors are cut from slabs of so many numbers: many small typed arrays are slow to make. */
const SLAB_NUMBERS = 1 << 15;

/** Adds vectors up, one at a time; `finish` gives the sum and starts anew. */
export interface CoefficientSum {
  add(vector: Coefficients, factor: number): void;
  /** Adds `factor * multiplicity * x_column` for each pair (column, multiplicity), no column twice. */
  addColumns(pairs: Int32Array, factor: number): void;
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
  let slack = 0;
  /** How many numbers an entry may be the sum of, and what their magnitudes add up to at most. */
  let added = 0;
  let magnitude = 0;
  const addAt = (column: number, value: number): void => {
    if (!dense && sum[column] === 0) touched.push(column);
    sum[column] += value;
  };
  return {
    add({ indices, values, exact: isExact, slack: itsSlack, largest }, factor) {
      if (!isExact) exact = false;
      slack += Math.abs(factor) * itsSlack;
      magnitude += Math.abs(factor) * largest;
      added++;
      if (indices === null) {
        dense = true;
        for (let column = 0; column < columns; column++) sum[column] += factor * values[column];
      } else {
        for (let at = 0; at < indices.length; at++) addAt(indices[at], factor * values[at]);
      }
    },
    addColumns(pairs, factor) {
      let most = 0;
      for (let at = 0; at < pairs.length; at += 2) {
        const value = factor * pairs[at + 1];
        addAt(pairs[at], value);
        most = Math.max(most, Math.abs(value));
      }
      magnitude += most;
      added++;
    },
    finish() {
      let largest = 0;
      let indices: Int32Array | null = null;
      let values: Float64Array;
      if (!dense && touched.length < SPARSE_LIMIT) {
        indices = Int32Array.from(new Set(touched)).sort();
        values = Float64Array.from(indices, (column) => sum[column]);
      } else {
        values = copyOfSum();
      }
      for (let at = 0; at < values.length; at++) {
        const size = Math.abs(values[at]);
        if (size > largest) largest = size;
      }
      const isExact = exact && magnitude <= EXACT;
      // Twice the bound of Higham's section 4.2, which leaves room for the rounding of the bound itself.
      const finished = {
        exact: isExact,
        slack: isExact ? 0 : 2 * (slack + (added + 2) * 2 ** -53 * magnitude),
        largest,
      };
      if (dense) sum.fill(0);
      else for (const column of touched) sum[column] = 0;
      touched = [];
      dense = false;
      exact = true;
      slack = 0;
      added = 0;
      magnitude = 0;
      return { indices, values, ...finished };
    },
  };
}

/** The form of one column. */
export function columnForm(column: number): Coefficients {
  return {
    indices: Int32Array.of(column),
    values: Float64Array.of(1),
    ...{ exact: true, slack: 0, largest: 1 },
  };
}

/** Entry of a column. */
export function coefficientOf({ indices, values }: Coefficients, column: number): number {
  if (indices === null) return values[column];
  const at = indices.indexOf(column);
  return at < 0 ? 0 : values[at];
}

/** How far a linear form goes above and below 0 on its columns' ranges; signs are +1, -1, or 0 if unknown. */
export function extent(
  { indices, values }: Coefficients,
  signs: readonly number[],
  bounds: Float64Array,
): { positive: number; negative: number } {
  let positive = 0;
  let negative = 0;
  for (let at = 0; at < values.length; at++) {
    const column = indices === null ? at : indices[at];
    const size = Math.abs(values[at]) * bounds[column];
    const sign = Math.sign(values[at]) * signs[column];
    if (sign >= 0) positive += size;
    if (sign <= 0) negative += size;
  }
  return { positive, negative };
}
