/**
 * Matrices as a reader folds them: a choice of coordinates, the entries of rows that are mostly zeros, or
 * all entries. Every form can be made of every other; each map stays in the smallest.
 */
import {
  concatenateExact,
  type ExactArray,
  ExactRangeError,
  exactArray,
  exactBuilder,
  gatherExact,
  isNonzero,
} from './exact-array.js';

/** Row r holds `entries[k]` in column `columns[k]` for k from `starts[r]` to `starts[r + 1]`, all different. */
export interface SparseRows {
  readonly kind: 'sparse';
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly entries: ExactArray;
}

/** Row r is `factor[r] * x[order[r]]`; left out, factors are 1 and the order is kept. */
export interface Coordinates {
  readonly kind: 'coordinates';
  readonly factor?: ExactArray;
  readonly order?: Int32Array;
}

export type Linear =
  | Coordinates
  | SparseRows
  | { readonly kind: 'dense'; readonly matrix: ExactArray };

/** A linear map with its size. */
export interface SizedLinear {
  readonly inputs: number;
  readonly outputs: number;
  readonly linear: Linear;
}

/** Most entries of a matrix that no file holds: one that folding makes. 512 MB. */
export const MOST_MADE_ENTRIES = 2 ** 26;

export function checkMade(entries: number, what: string): void {
  if (entries <= MOST_MADE_ENTRIES) return;
  throw new ExactRangeError(`${what} of ${entries} entries is too large to fold`);
}

/** The numbers that a map holds; undefined where all are 1. */
export function storedEntries(linear: Linear): ExactArray | undefined {
  if (linear.kind === 'dense') return linear.matrix;
  return linear.kind === 'sparse' ? linear.entries : linear.factor;
}

/** The same map with other numbers in the places of `storedEntries`. */
export function withEntries(linear: Linear, entries: ExactArray): Linear {
  if (linear.kind === 'dense') return { kind: 'dense', matrix: entries };
  return linear.kind === 'sparse' ? { ...linear, entries } : { ...linear, factor: entries };
}

/** The row that each stored entry belongs to. */
export function rowsOfEntries({ linear, inputs }: SizedLinear): (index: number) => number {
  if (linear.kind === 'coordinates') return (index) => index;
  if (linear.kind === 'dense') return (index) => Math.floor(index / inputs);
  const rows = new Int32Array(linear.columns.length);
  for (let row = 0; row + 1 < linear.starts.length; row++) {
    rows.fill(row, linear.starts[row], linear.starts[row + 1]);
  }
  return (index) => rows[index];
}

/** How many entries of the matrix are not zero, or may not be. */
export function countNonzero({ linear, outputs }: SizedLinear): number {
  if (linear.kind === 'coordinates') return outputs;
  if (linear.kind === 'sparse') return linear.columns.length;
  let count = linear.matrix.exact.size;
  const { values, exact } = linear.matrix;
  for (let index = 0; index < values.length; index++) {
    if (values[index] !== 0 && !exact.has(index)) count++;
  }
  return count;
}

export function sparseOf(map: SizedLinear): SparseRows {
  const { linear, inputs, outputs } = map;
  if (linear.kind === 'sparse') return linear;
  if (linear.kind === 'coordinates') {
    return {
      kind: 'sparse',
      starts: Int32Array.from({ length: outputs + 1 }, (_, row) => row),
      columns: linear.order ?? Int32Array.from({ length: outputs }, (_, row) => row),
      entries: linear.factor ?? exactArray(new Float64Array(outputs).fill(1)),
    };
  }
  const { matrix } = linear;
  const starts = new Int32Array(outputs + 1);
  const indices = new Int32Array(countNonzero(map));
  let at = 0;
  for (let row = 0; row < outputs; row++) {
    for (let index = row * inputs; index < (row + 1) * inputs; index++) {
      if (isNonzero(matrix, index)) indices[at++] = index;
    }
    starts[row + 1] = at;
  }
  return {
    kind: 'sparse',
    starts,
    columns: indices.map((index) => index % inputs),
    entries: gatherExact(matrix, indices),
  };
}

/** All entries, row-major. Throws an `ExactRangeError` if they are too many. */
export function denseOf(map: SizedLinear): ExactArray {
  const { linear, inputs, outputs } = map;
  if (linear.kind === 'dense') return linear.matrix;
  checkMade(inputs * outputs, 'a matrix');
  const { starts, columns, entries } = sparseOf(map);
  const dense = exactBuilder(inputs * outputs);
  for (let row = 0; row < outputs; row++) {
    for (let k = starts[row]; k < starts[row + 1]; k++) {
      const index = row * inputs + columns[k];
      dense.values[index] = entries.values[k];
      const exact = entries.exact.get(k);
      if (exact !== undefined) dense.exact.set(index, exact);
    }
  }
  return dense;
}

/** The rows `rows` of a map, in that order. */
export function selectLinearRows({ linear, inputs }: SizedLinear, rows: Int32Array): Linear {
  if (linear.kind === 'coordinates') {
    return {
      kind: 'coordinates',
      order: rows.map((row) => linear.order?.[row] ?? row),
      ...(linear.factor && { factor: gatherExact(linear.factor, rows) }),
    };
  }
  if (linear.kind === 'dense') {
    checkMade(rows.length * inputs, 'a matrix');
    const indices = new Int32Array(rows.length * inputs);
    rows.forEach((row, r) => {
      for (let c = 0; c < inputs; c++) indices[r * inputs + c] = row * inputs + c;
    });
    return { kind: 'dense', matrix: gatherExact(linear.matrix, indices) };
  }
  const starts = new Int32Array(rows.length + 1);
  let size = 0;
  rows.forEach((row, r) => {
    size += linear.starts[row + 1] - linear.starts[row];
    checkMade(size, 'a matrix');
    starts[r + 1] = size;
  });
  const indices = new Int32Array(size);
  rows.forEach((row, r) => {
    for (let k = starts[r]; k < starts[r + 1]; k++) indices[k] = linear.starts[row] + k - starts[r];
  });
  return {
    kind: 'sparse',
    starts,
    columns: indices.map((index) => linear.columns[index]),
    entries: gatherExact(linear.entries, indices),
  };
}

/** The rows of several maps of the same inputs, one map after another. */
export function stackLinear(maps: readonly SizedLinear[]): Linear {
  const dense = maps.map(({ linear }) => (linear.kind === 'dense' ? linear.matrix : undefined));
  const matrices = dense.filter((matrix) => matrix !== undefined);
  if (matrices.length === maps.length) {
    return { kind: 'dense', matrix: concatenateExact(matrices) };
  }
  const plain = maps.every(
    ({ linear }) => linear.kind === 'coordinates' && linear.factor === undefined,
  );
  const parts = maps.map(sparseOf);
  const columns = new Int32Array(parts.reduce((sum, part) => sum + part.columns.length, 0));
  const starts = new Int32Array(maps.reduce((sum, { outputs }) => sum + outputs, 1));
  let row = 0;
  let at = 0;
  for (const part of parts) {
    for (let r = 1; r < part.starts.length; r++) starts[++row] = at + part.starts[r];
    columns.set(part.columns, at);
    at += part.columns.length;
  }
  if (plain) return { kind: 'coordinates', order: columns };
  return {
    kind: 'sparse',
    starts,
    columns,
    entries: concatenateExact(parts.map((p) => p.entries)),
  };
}

/** The same map of more inputs: its input j is their input `columns[j]`; all are different. */
export function embedColumns(map: SizedLinear, columns: Int32Array): Linear {
  const { linear, outputs } = map;
  if (linear.kind === 'coordinates') {
    const order = Int32Array.from(
      { length: outputs },
      (_, row) => columns[linear.order?.[row] ?? row],
    );
    return { ...linear, order };
  }
  const sparse = sparseOf(map);
  return { ...sparse, columns: sparse.columns.map((column) => columns[column]) };
}
