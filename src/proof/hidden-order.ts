/**
 * Whether an integer network is a model's but for the order of hidden neurons: the same function, and not
 * the model's layers. It only serves to say so, where the two were found to differ.
 */
import { type IntegerMatrix, type IntegerNetwork, isBig } from '../integer/integer-network.js';
import type { NeuronScales } from '../integer/neuron-scales.js';
import { type Reordered, reordering } from './reordering.js';

/** Comparisons of numbers beyond which nothing is looked for: some seconds. */
const MOST_WORK = 2e9;

function workFor({ matrices }: IntegerNetwork): number {
  return matrices.slice(0, -1).reduce((sum, { rows, columns }, index) => {
    const next = matrices[index + 1] as IntegerMatrix;
    return sum + rows * rows * (columns + next.rows);
  }, 0);
}

/** Rounded entries: good enough to tell rows apart. */
function numbersOf({ values }: IntegerMatrix): Float64Array {
  return isBig(values) ? Float64Array.from(values, Number) : values;
}

/** The entries of each column in ascending order, one column after the other. */
function sortedColumns({ rows, columns }: IntegerMatrix, numbers: Float64Array): Float64Array {
  const sorted = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const own = sorted.subarray(column * rows, (column + 1) * rows);
    for (let row = 0; row < rows; row++) own[row] = numbers[row * columns + column] as number;
    own.sort();
  }
  return sorted;
}

/** Sum of `|a[from + order(k)] - b[at + k]|`, given up once it is not below `most`. */
function distance(
  a: Float64Array,
  from: number,
  order: Uint32Array | null,
  b: Float64Array,
  at: number,
  count: number,
  most: number,
): number {
  let sum = 0;
  for (let index = 0; index < count && sum < most; index++) {
    const position = order === null ? index : (order[index] as number);
    sum += Math.abs((a[from + position] as number) - (b[at + index] as number));
  }
  return sum;
}

/** Entry (r, c) of the result is entry (rows[r], columns[c]). */
function rearranged(matrix: IntegerMatrix, rows: Uint32Array, columns: Uint32Array): IntegerMatrix {
  const { values } = matrix;
  const at = (index: number): number =>
    (rows[Math.floor(index / columns.length)] as number) * matrix.columns +
    (columns[index % columns.length] as number);
  const length = rows.length * columns.length;
  return {
    ...matrix,
    values: isBig(values)
      ? Array.from({ length }, (_, index) => values[at(index)] as bigint)
      : Float64Array.from({ length }, (_, index) => values[at(index)] as number),
  };
}

function upTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** The entries of each matrix as they are with neurons in the model's own units; the constant has none. */
function inModelUnits(network: IntegerNetwork, scales: NeuronScales | undefined): Float64Array[] {
  return network.matrices.map((matrix, index) => {
    const numbers = numbersOf(matrix);
    if (scales === undefined) return numbers;
    const [before, own] = [scales[index - 1], scales[index]];
    return numbers.map((value, at) => {
      const row = own?.[Math.floor(at / matrix.columns)] ?? 0;
      return value * 2 ** ((before?.[at % matrix.columns] ?? 0) - row);
    });
  });
}

/**
 * The network with its hidden neurons in the order of `model`, each paired with the neuron whose weights
 * are nearest; null if that is the order they have, or the two have other shapes, or are too large. `scales`
 * are the units of the network's neurons, where those are not the model's.
 */
export function reorderedAs(
  network: IntegerNetwork,
  model: IntegerNetwork,
  scales?: NeuronScales,
): Reordered | null {
  const { matrices, constant } = network;
  const alike =
    matrices.length === model.matrices.length &&
    constant === model.constant &&
    matrices.every(({ rows, columns }, index) => {
      const other = model.matrices[index] as IntegerMatrix;
      return rows === other.rows && columns === other.columns;
    });
  if (!alike || workFor(network) > MOST_WORK) return null;
  const own = inModelUnits(network, scales);
  const wanted = model.matrices.map(numbersOf);
  let columns = upTo((matrices[0] as IntegerMatrix).columns);
  let moved: Omit<Reordered, 'network' | 'scales'> | undefined;
  const reordered: (readonly number[])[] = [];
  const ordered = matrices.map((matrix, index): IntegerMatrix => {
    if (index === matrices.length - 1) return rearranged(matrix, upTo(matrix.rows), columns);
    const next = matrices[index + 1] as IntegerMatrix;
    const rows = nearestRows(
      { matrix, next, columns, fixed: constant ? 1 : 0 },
      [own[index], own[index + 1]] as [Float64Array, Float64Array],
      [wanted[index], wanted[index + 1]] as [Float64Array, Float64Array],
    );
    const first = rows.findIndex((row, position) => row !== position);
    if (first >= 0) moved ??= { layer: index + 1, neuron: rows[first] as number, becomes: first };
    const result = rearranged(matrix, rows, columns);
    const units = scales?.[index];
    if (units !== undefined)
      reordered.push(units.map((_, position) => units[rows[position] as number] as number));
    columns = rows;
    return result;
  });
  if (moved === undefined) return null;
  const made = { ...moved, network: { ...network, matrices: ordered } };
  return scales === undefined ? made : { ...made, scales: reordered };
}

/** What to say of it, where the network in that order is the model's. */
export function inAnotherOrder({ layer, neuron, becomes }: Reordered): string {
  return `its hidden neurons are the model's in another order (of layer ${layer}, neuron ${neuron} is the model's ${becomes}): the same function, but another network than the one to compare with`;
}

/**
 * For each row wanted, the nearest that no row before it took: by the incoming weights, and by the
 * outgoing ones whatever order the next layer is in. The last `fixed` rows stay where they are.
 */
function nearestRows(
  layer: {
    readonly matrix: IntegerMatrix;
    readonly next: IntegerMatrix;
    readonly columns: Uint32Array;
    readonly fixed: number;
  },
  [own, ownNext]: readonly [Float64Array, Float64Array],
  [wanted, wantedNext]: readonly [Float64Array, Float64Array],
): Uint32Array {
  const { matrix, next, columns, fixed } = layer;
  const outgoing = sortedColumns(next, ownNext);
  const wantedOutgoing = sortedColumns(next, wantedNext);
  const rows = upTo(matrix.rows);
  const taken = new Uint8Array(matrix.rows);
  const width = matrix.columns;
  for (let row = 0; row < matrix.rows - fixed; row++) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let candidate = 0; candidate < matrix.rows - fixed && least > 0; candidate++) {
      if (taken[candidate] === 1) continue;
      const incoming = distance(own, candidate * width, columns, wanted, row * width, width, least);
      const far =
        incoming +
        distance(
          outgoing,
          candidate * next.rows,
          null,
          wantedOutgoing,
          row * next.rows,
          next.rows,
          least,
        );
      if (far < least) {
        least = far;
        best = candidate;
      }
    }
    // Entries beyond float64 are no nearer to one row than to another.
    if (best < 0) return upTo(matrix.rows);
    rows[row] = best;
    taken[best] = 1;
  }
  return rows;
}

/** Gives this to those who compare networks. */
export function provideReordering(): void {
  reordering.provide({ reorder: reorderedAs, words: inAnotherOrder });
}
