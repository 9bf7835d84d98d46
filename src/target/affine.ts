/**
 * Exact affine maps `x -> A x + b` while a reader folds constants into them. `A` starts as the
 * identity and stays "a factor per coordinate" until a matrix comes, so that wide inputs cost nothing.
 */
import {
  EXPANSION_LENGTH,
  type ExactArray,
  type ExactBuilder,
  ExactRangeError,
  exactArray,
  exactBuilder,
  gatherExact,
  isMild,
  isZero,
  rounded,
  storeDyadicDot,
  storeMildDot,
  storeProduct,
  storeSum,
} from './exact-array.js';
import type { Activation, Layer } from './network.js';

/** Row r of a coordinate map is `factor[r] * x[order[r]]`; left out, factors are 1 and the order is kept. */
export type Linear =
  | { readonly kind: 'coordinates'; readonly factor?: ExactArray; readonly order?: Int32Array }
  | { readonly kind: 'dense'; readonly matrix: ExactArray };

export interface AffineMap {
  readonly inputs: number;
  readonly outputs: number;
  readonly linear: Linear;
  /** Length `outputs`; left out where all zero. */
  readonly bias?: ExactArray;
  /** Set by an operation without an exact result: from there on entries are rounded to float64. */
  readonly inexact: boolean;
}

/** Constant matrix, row-major. */
export interface ExactMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly entries: ExactArray;
}

/** Most entries of a matrix that no file holds: one that folding makes. 512 MB. */
const MOST_MADE_ENTRIES = 2 ** 26;

export function identityMap(width: number): AffineMap {
  return { inputs: width, outputs: width, linear: { kind: 'coordinates' }, inexact: false };
}

/** Whether the map only moves coordinates. */
export function isRearrangement(map: AffineMap): boolean {
  return (
    map.linear.kind === 'coordinates' && map.linear.factor === undefined && map.bias === undefined
  );
}

/** Output r of the result is output `rows[r]` of `map`. */
export function rearrangeRows(map: AffineMap, rows: Int32Array): AffineMap {
  const { linear, bias, inputs } = map;
  const moved: Linear =
    linear.kind === 'dense'
      ? { kind: 'dense', matrix: gatherExact(linear.matrix, rowIndices(rows, inputs)) }
      : {
          kind: 'coordinates',
          order: rows.map((row) => linear.order?.[row] ?? row),
          ...(linear.factor && { factor: gatherExact(linear.factor, rows) }),
        };
  return { ...map, linear: moved, ...(bias && { bias: gatherExact(bias, rows) }) };
}

function rowIndices(rows: Int32Array, columns: number): Int32Array {
  const indices = new Int32Array(rows.length * columns);
  rows.forEach((row, r) => {
    for (let c = 0; c < columns; c++) indices[r * columns + c] = row * columns + c;
  });
  return indices;
}

/** `x -> factor * map(x)`, a factor per output. */
export function scaleRows(map: AffineMap, factor: ExactArray): AffineMap {
  const { linear, bias, inputs, outputs } = map;
  const times = (array: ExactArray, width: number): ExactArray => {
    const product = exactBuilder(array.values.length);
    for (let index = 0; index < array.values.length; index++) {
      const row = width === 1 ? index : Math.floor(index / width);
      storeProduct(product, index, array, index, factor, row);
    }
    return kept(map, product);
  };
  const scaled: Linear =
    linear.kind === 'dense'
      ? { kind: 'dense', matrix: times(linear.matrix, inputs) }
      : { ...linear, factor: linear.factor === undefined ? factor : times(linear.factor, 1) };
  return {
    inputs,
    outputs,
    linear: scaled,
    inexact: map.inexact,
    ...(bias && { bias: times(bias, 1) }),
  };
}

/** `x -> map(x) / divisor`, each quotient rounded to float64. The divisors are not zero. */
export function divideRowsRounded(map: AffineMap, divisor: Float64Array): AffineMap {
  const { linear, bias, inputs, outputs } = map;
  const over = (values: Float64Array, width: number): ExactArray => {
    const quotient = values.map(
      (value, index) =>
        value / (divisor[width === 1 ? index : Math.floor(index / width)] as number),
    );
    if (!quotient.every(Number.isFinite)) {
      throw new ExactRangeError('a quotient exceeds the range of float64');
    }
    return exactArray(quotient);
  };
  const ones = (): Float64Array => new Float64Array(outputs).fill(1);
  const divided: Linear =
    linear.kind === 'dense'
      ? { kind: 'dense', matrix: over(linear.matrix.values, inputs) }
      : { ...linear, factor: over(linear.factor?.values ?? ones(), 1) };
  return {
    inputs,
    outputs,
    linear: divided,
    inexact: true,
    ...(bias && { bias: over(bias.values, 1) }),
  };
}

/** `x -> map(x) + shift`. */
export function shiftRows(map: AffineMap, shift: ExactArray): AffineMap {
  if (isZero(shift)) return map;
  const { bias } = map;
  if (bias === undefined) return { ...map, bias: kept(map, shift) };
  const sum = exactBuilder(map.outputs);
  for (let row = 0; row < map.outputs; row++) storeSum(sum, row, bias, row, shift, row);
  return { ...map, bias: kept(map, sum) };
}

/** `x -> M map(x)`; throws an `ExactRangeError` if the product is too large to be made. */
export function applyMatrix(matrix: ExactMatrix, map: AffineMap): AffineMap {
  const { rows, columns, entries } = matrix;
  const { linear, bias, inputs } = map;
  const product =
    linear.kind === 'dense'
      ? kept(map, multiply(matrix, linear.matrix, inputs))
      : scatterColumns(matrix, map, linear.factor, linear.order);
  const shift = bias && kept(map, multiply({ rows, columns, entries }, bias, 1));
  return {
    inputs,
    outputs: rows,
    linear: { kind: 'dense', matrix: product },
    inexact: map.inexact,
    ...(shift && !isZero(shift) && { bias: shift }),
  };
}

function scatterColumns(
  { rows, columns, entries }: ExactMatrix,
  map: AffineMap,
  factor: ExactArray | undefined,
  order: Int32Array | undefined,
): ExactArray {
  if (factor === undefined && order === undefined) return kept(map, entries);
  // An order is a permutation of all inputs: rearrangements lose no coordinate.
  const scattered = exactBuilder(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = row * columns + column;
      const to = row * columns + (order?.[column] ?? column);
      if (factor !== undefined) {
        storeProduct(scattered, to, entries, from, factor, column);
      } else {
        scattered.values[to] = entries.values[from] as number;
        const exact = entries.exact.get(from);
        if (exact !== undefined) scattered.exact.set(to, exact);
      }
    }
  }
  return kept(map, scattered);
}

/** `left * right`, exactly; `right` has `width` columns. */
function multiply(left: ExactMatrix, right: ExactArray, width: number): ExactArray {
  const { rows, columns, entries } = left;
  if (rows * width > MOST_MADE_ENTRIES) {
    throw new ExactRangeError(`a product of ${rows} by ${width} entries is too large to fold`);
  }
  const product = exactBuilder(rows * width);
  const mild = isMild(entries) && isMild(right);
  const column = new Float64Array(columns);
  const components = new Float64Array(EXPANSION_LENGTH);
  for (let j = 0; j < width; j++) {
    if (mild) for (let k = 0; k < columns; k++) column[k] = right.values[k * width + j] as number;
    for (let row = 0; row < rows; row++) {
      const index = row * width + j;
      if (mild) storeMildDot(product, index, entries.values, row * columns, column, components);
      else storeDyadicDot(product, index, entries, row * columns, right, j, width, columns);
    }
  }
  return product;
}

/** Float operations that applying a matrix costs, roughly; for a reader's budget. */
export function matrixCost(matrix: ExactMatrix, map: AffineMap): number {
  const entries = matrix.rows * matrix.columns;
  const dense = map.linear.kind === 'dense' ? map.linear.matrix : undefined;
  const wide = (dense === undefined ? 0 : map.inputs) + (map.bias === undefined ? 0 : 1);
  const slow =
    !isMild(matrix.entries) ||
    (dense !== undefined && !isMild(dense)) ||
    (map.bias !== undefined && !isMild(map.bias));
  return entries * (1 + wide * (slow ? 400 : 20));
}

function kept(map: AffineMap, array: ExactArray | ExactBuilder): ExactArray {
  return map.inexact ? rounded(array) : array;
}

/** The map as a layer; a coordinate map becomes the matrix that it is. */
export function closeLayer(map: AffineMap, activation: Activation): Layer {
  const { inputs, outputs, linear } = map;
  const matrix = linear.kind === 'dense' ? linear.matrix : denseCoordinates(map, linear);
  const bias = map.bias ?? exactArray(new Float64Array(outputs));
  const layer = { inputs, outputs, weights: matrix.values, bias: bias.values, activation };
  if (matrix.exact.size === 0 && bias.exact.size === 0) return layer;
  return { ...layer, exact: { weights: matrix.exact, bias: bias.exact } };
}

function denseCoordinates(
  { inputs, outputs }: AffineMap,
  { factor, order }: { readonly factor?: ExactArray; readonly order?: Int32Array },
): ExactArray {
  if (inputs * outputs > MOST_MADE_ENTRIES) {
    throw new ExactRangeError(`a diagonal matrix of ${outputs} by ${inputs} entries is too large`);
  }
  const dense = exactBuilder(inputs * outputs);
  for (let row = 0; row < outputs; row++) {
    const index = row * inputs + (order?.[row] ?? row);
    dense.values[index] = factor?.values[row] ?? 1;
    const exact = factor?.exact.get(row);
    if (exact !== undefined) dense.exact.set(index, exact);
  }
  return dense;
}

/** The affine part of a layer as a map. */
export function mapOfLayer(layer: Layer): AffineMap {
  const { inputs, outputs, weights, bias, exact } = layer;
  const shift: ExactArray = { values: bias, exact: exact?.bias ?? new Map() };
  return {
    inputs,
    outputs,
    linear: { kind: 'dense', matrix: { values: weights, exact: exact?.weights ?? new Map() } },
    inexact: false,
    ...(!isZero(shift) && { bias: shift }),
  };
}

/**
 * The layer `second after first`, exactly. Only for a `first` with activation identity whose outputs
 * are the inputs of `second`; the result has the activation of `second`.
 */
export function composeLayers(first: Layer, second: Layer): Layer {
  if (first.activation !== 'identity' || first.outputs !== second.inputs) {
    throw new RangeError('only an identity layer of fitting width can be composed with the next');
  }
  const { linear, bias } = mapOfLayer(second);
  if (linear.kind !== 'dense') throw new RangeError('a layer is always dense');
  const matrix = { rows: second.outputs, columns: second.inputs, entries: linear.matrix };
  const product = applyMatrix(matrix, mapOfLayer(first));
  return closeLayer(bias === undefined ? product : shiftRows(product, bias), second.activation);
}

/** Composes consecutive affine layers, so that all layers but the last have activation relu. */
export function mergeAffineLayers(layers: readonly Layer[]): Layer[] {
  const merged: Layer[] = [];
  for (const layer of layers) {
    const previous = merged.at(-1);
    if (previous?.activation === 'identity')
      merged[merged.length - 1] = composeLayers(previous, layer);
    else merged.push(layer);
  }
  return merged;
}
