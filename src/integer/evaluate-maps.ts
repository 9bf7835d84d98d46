/** Exact evaluation of integer networks of feature maps: what runs, and what judges. */
import { everyFew, type Steps } from '../core/steps.js';
import { type IntegerMaps, planesBetween } from './block-maps.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork } from './integer-network.js';
import { columnReader } from './window-reads.js';

/** Products of BigInts between two steps: some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 15;

/** An integer matrix without its zeros, row by row. */
interface SparseRow {
  readonly columns: Uint32Array;
  readonly values: readonly bigint[];
}

function sparseRow(matrix: IntegerMatrix, row: number): SparseRow {
  const columns: number[] = [];
  const values: bigint[] = [];
  for (let column = 0; column < matrix.columns; column++) {
    if (!matrix.values[row * matrix.columns + column]) continue;
    columns.push(column);
    values.push(bigEntry(matrix, row * matrix.columns + column));
  }
  return { columns: Uint32Array.from(columns), values };
}

/**
 * Outputs before the output scale for integer inputs: `inputs` are the maps channel by channel, the
 * constant's among them as one of equal numbers; the result likewise. In steps.
 */
export function* evaluateMapsSteps(
  network: IntegerNetwork & { readonly maps: IntegerMaps },
  inputs: readonly bigint[],
): Steps<bigint[]> {
  const { matrices, activation, constant, maps } = network;
  const planes = planesBetween(maps);
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  let current: readonly bigint[] = inputs;
  for (const [index, matrix] of matrices.entries()) {
    const relu = index < matrices.length - 1 || activation === 'relu';
    const before = planes[index] as (typeof planes)[number];
    const after = planes[index + 1] as (typeof planes)[number];
    const area = after.height * after.width;
    const { window } = maps.blocks[index] as (typeof maps.blocks)[number];
    const own = before.height * before.width;
    const read = columnReader(window, matrix.columns, constant, own);
    const next = new Array<bigint>(matrix.rows * area);
    for (let row = 0; row < matrix.rows; row++) {
      const { columns, values } = sparseRow(matrix, row);
      for (let position = 0; position < area; position++) {
        let sum = 0n;
        columns.forEach((column, at) => {
          const from = read(column, position);
          if (from >= 0) sum += (values[at] as bigint) * (current[from] as bigint);
        });
        next[row * area + position] = relu && sum < 0n ? 0n : sum;
        if (isTurn(columns.length)) yield;
      }
    }
    current = next;
  }
  return [...current];
}
