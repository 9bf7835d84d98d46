/**
 * Exact affine maps `x -> A x + b` while a reader folds constants into them. `A` starts as the
 * identity and stays a choice of coordinates or a sparse matrix as long as that is smaller, so that
 * wide inputs and matrices of mostly zeros cost what they hold.
 */
import {
  concatenateExact,
  type ExactArray,
  type ExactBuilder,
  ExactRangeError,
  exactArray,
  exactBuilder,
  gatherExact,
  isZero,
  rounded,
  storeProduct,
  storeSum,
} from './exact-array.js';
import {
  denseOf,
  embedColumns,
  type Linear,
  rowsOfEntries,
  type SizedLinear,
  selectLinearRows,
  stackLinear,
  storedEntries,
  withEntries,
} from './linear.js';
import { composeLinear, productCost, scaleLinear } from './linear-product.js';
import { type Activation, type Layer, matrixOf } from './network.js';
import {
  changeOfComposition,
  changeOfProduct,
  changeOfSum,
  HALF_PLACE,
  NO_ROUNDING,
  type Rounding,
  worst,
} from './rounding.js';

export interface AffineMap extends SizedLinear {
  /** Length `outputs`; left out where all zero. */
  readonly bias?: ExactArray;
  /** Set by an operation without an exact result: from there on entries are rounded to float64. */
  readonly rounding?: Rounding;
}

export function identityMap(width: number): AffineMap {
  return { inputs: width, outputs: width, linear: { kind: 'coordinates' } };
}

/** `x -> bias`, whatever x is; the bias may be off by at most `change` of itself. */
export function constantMap(inputs: number, bias: ExactArray, change = 0): AffineMap {
  const outputs = bias.values.length;
  const none: Linear = {
    kind: 'sparse',
    starts: new Int32Array(outputs + 1),
    columns: new Int32Array(0),
    entries: exactBuilder(0),
  };
  return shiftRows({ inputs, outputs, linear: none }, bias, change);
}

/** `x -> M x` for a row-major matrix that may be off by at most `change` of itself. */
export function matrixMap(
  outputs: number,
  inputs: number,
  matrix: ExactArray,
  change = 0,
): AffineMap {
  const linear: Linear = { kind: 'dense', matrix };
  if (change === 0) return { inputs, outputs, linear };
  return { inputs, outputs, linear, rounding: { linear: change, bias: 0 } };
}

/** Whether the map only moves, drops and repeats coordinates. */
export function isSelection({ linear, bias }: AffineMap): boolean {
  return linear.kind === 'coordinates' && linear.factor === undefined && bias === undefined;
}

/** Output r of the result is output `rows[r]` of `map`. */
export function selectRows(map: AffineMap, rows: Int32Array): AffineMap {
  return {
    ...map,
    outputs: rows.length,
    linear: selectLinearRows(map, rows),
    ...(map.bias && { bias: gatherExact(map.bias, rows) }),
  };
}

/** `x -> factor * map(x)`, a factor per output that may be off by at most `change` of itself. */
export function scaleRows(map: AffineMap, factor: ExactArray, change = 0): AffineMap {
  const { inputs, outputs, bias } = map;
  const rounding = scaledRounding(map, change);
  const scaled = scaleLinear(map, factor);
  const shift = bias && scaleEntries(bias, factor);
  return {
    inputs,
    outputs,
    linear: keptLinear(scaled, rounding),
    ...(shift && { bias: kept(shift, rounding) }),
    ...(rounding && { rounding }),
  };
}

function scaledRounding({ rounding }: AffineMap, change: number): Rounding | undefined {
  if (rounding === undefined && change === 0) return undefined;
  const before = rounding ?? NO_ROUNDING;
  return {
    linear: changeOfProduct(before.linear, change),
    bias: changeOfProduct(before.bias, change),
  };
}

function scaleEntries(array: ExactArray, factor: ExactArray): ExactBuilder {
  const product = exactBuilder(array.values.length);
  for (let index = 0; index < array.values.length; index++) {
    storeProduct(product, index, array, index, factor, index);
  }
  return product;
}

/** `x -> map(x) / divisor`, rounded; the divisors are not zero, and off by at most `change`. */
export function divideRowsRounded(map: AffineMap, divisor: Float64Array, change = 0): AffineMap {
  const { linear, bias, inputs, outputs } = map;
  const over = (values: Float64Array, rowOf: (index: number) => number): ExactArray => {
    const quotients = values.map((value, index) => value / divisor[rowOf(index)]);
    const wrong = quotients.findIndex(
      (quotient, index) =>
        !Number.isFinite(quotient) || (values[index] !== 0 && Math.abs(quotient) < 2 ** -1021),
    );
    if (wrong >= 0) throw new ExactRangeError('a quotient exceeds the range of float64');
    return exactArray(quotients);
  };
  const entries = storedEntries(linear) ?? exactArray(new Float64Array(outputs).fill(1));
  const before = map.rounding ?? NO_ROUNDING;
  // An entry with more bits is rounded before it is divided; a divisor may be too small by its change.
  const after = (part: number): number => changeOfProduct(part, HALF_PLACE, 2 * change);
  return {
    inputs,
    outputs,
    linear: withEntries(linear, over(entries.values, rowsOfEntries(map))),
    ...(bias && { bias: over(bias.values, (index) => index) }),
    rounding: { linear: after(before.linear), bias: bias ? after(before.bias) : 0 },
  };
}

/** `x -> map(x) + shift`; the shift may be off by at most `change` of itself. */
export function shiftRows(map: AffineMap, shift: ExactArray, change = 0): AffineMap {
  if (isZero(shift)) return map;
  const { bias } = map;
  const inexact = change > 0 || map.rounding !== undefined;
  const before = map.rounding ?? NO_ROUNDING;
  if (bias === undefined) {
    const off = shift.exact.size === 0 ? change : changeOfProduct(change);
    const rounding = inexact ? { ...before, bias: off } : undefined;
    return { ...map, bias: kept(shift, rounding), ...(rounding && { rounding }) };
  }
  const sum = exactBuilder(map.outputs);
  for (let row = 0; row < map.outputs; row++) storeSum(sum, row, bias, row, shift, row);
  const rounding = inexact
    ? { ...before, bias: changeOfSum(bias, before.bias, shift, change, sum) }
    : undefined;
  return { ...map, bias: kept(sum, rounding), ...(rounding && { rounding }) };
}

/** `x -> outer(inner(x))`; throws an `ExactRangeError` if the product is too large to be made. */
export function composeMaps(outer: AffineMap, inner: AffineMap): AffineMap {
  const linear = composeLinear(outer, inner);
  const shift = inner.bias && biasAfter(outer, inner.bias);
  const rounding = composedRounding(outer, inner, linear, shift);
  const product: AffineMap = {
    inputs: inner.inputs,
    outputs: outer.outputs,
    linear: keptLinear(linear, rounding),
    ...(shift && !isZero(shift) && { bias: kept(shift, rounding) }),
    ...(rounding && { rounding }),
  };
  if (outer.bias === undefined) return product;
  return shiftRows(product, outer.bias, outer.rounding?.bias ?? 0);
}

function biasAfter(outer: AffineMap, bias: ExactArray): ExactArray {
  const column = columnOf(bias);
  const { outputs } = outer;
  return denseOf({ inputs: 1, outputs, linear: composeLinear(outer, column) });
}

function columnOf(bias: ExactArray): SizedLinear {
  return { inputs: 1, outputs: bias.values.length, linear: { kind: 'dense', matrix: bias } };
}

function composedRounding(
  outer: AffineMap,
  inner: AffineMap,
  linear: Linear,
  shift: ExactArray | undefined,
): Rounding | undefined {
  if (outer.rounding === undefined && inner.rounding === undefined) return undefined;
  const left = outer.rounding ?? NO_ROUNDING;
  const right = inner.rounding ?? NO_ROUNDING;
  return {
    linear: changeOfComposition(outer, left.linear, inner, right.linear, linear),
    bias:
      inner.bias === undefined || shift === undefined
        ? 0
        : changeOfComposition(outer, left.linear, columnOf(inner.bias), right.bias, {
            kind: 'dense',
            matrix: shift,
          }),
  };
}

/** Float operations and entries that composing costs, for a reader's budget. */
export function compositionCost(
  outer: AffineMap,
  inner: AffineMap,
): { readonly operations: number; readonly entries: number } {
  const { operations, entries } = productCost(outer, inner);
  const shift = inner.bias && productCost(outer, columnOf(inner.bias));
  // The bounds of rounding take the same product again.
  const times = outer.rounding === undefined && inner.rounding === undefined ? 1 : 2;
  return {
    operations: times * (operations + (shift?.operations ?? 0)),
    entries: times * (entries + (shift?.entries ?? 0)) + outer.outputs,
  };
}

/** The outputs of several maps of the same inputs, one after another. */
export function stackMaps(maps: readonly AffineMap[]): AffineMap {
  const [first] = maps;
  if (first === undefined) throw new RangeError('at least one map is stacked');
  if (maps.length === 1) return first;
  const outputs = maps.reduce((sum, map) => sum + map.outputs, 0);
  const rounding = worst(maps.map((map) => map.rounding));
  return {
    inputs: first.inputs,
    outputs,
    linear: stackLinear(maps),
    ...(maps.some(({ bias }) => bias !== undefined) && {
      bias: concatenateExact(maps.map((map) => map.bias ?? exactBuilder(map.outputs))),
    }),
    ...(rounding && { rounding }),
  };
}

/** `x -> left(x) + right(x)`, for maps of the same inputs and outputs. */
export function addMaps(left: AffineMap, right: AffineMap): AffineMap {
  const { outputs } = left;
  const columns = Int32Array.from({ length: 2 * outputs }, (_, k) => (k >> 1) + (k & 1) * outputs);
  const sums: AffineMap = {
    inputs: 2 * outputs,
    outputs,
    linear: {
      kind: 'sparse',
      starts: Int32Array.from({ length: outputs + 1 }, (_, row) => 2 * row),
      columns,
      entries: exactArray(new Float64Array(2 * outputs).fill(1)),
    },
  };
  return composeMaps(sums, stackMaps([left, right]));
}

/** The same map of more inputs: its input j is their input `columns[j]`; all are different. */
export function embedInputs(map: AffineMap, inputs: number, columns: Int32Array): AffineMap {
  const same = inputs === map.inputs && columns.every((column, index) => column === index);
  return same ? map : { ...map, inputs, linear: embedColumns(map, columns) };
}

function kept(array: ExactArray, rounding: Rounding | undefined): ExactArray {
  return rounding === undefined ? array : rounded(array);
}

function keptLinear(linear: Linear, rounding: Rounding | undefined): Linear {
  const entries = storedEntries(linear);
  if (entries === undefined || rounding === undefined || entries.exact.size === 0) return linear;
  return withEntries(linear, rounded(entries));
}

/** The map as a layer, with all entries of its matrix. */
export function closeLayer(map: AffineMap, activation: Activation): Layer {
  const { inputs, outputs } = map;
  const bias = map.bias ?? exactArray(new Float64Array(outputs));
  return { kind: 'dense', inputs, outputs, matrix: denseOf(map), bias, activation };
}

/** The affine part of a layer as a map. */
export function mapOfLayer(layer: Layer): AffineMap {
  const { inputs, outputs, bias } = layer;
  return {
    inputs,
    outputs,
    linear: { kind: 'dense', matrix: matrixOf(layer) },
    ...(!isZero(bias) && { bias }),
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
  return closeLayer(composeMaps(mapOfLayer(second), mapOfLayer(first)), second.activation);
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
