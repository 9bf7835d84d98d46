/** MatMul and Gemm with one constant matrix, on either side of the signal, for any number of positions. */
import { composeMaps, compositionCost, matrixMap, scaleRows } from '../affine.js';
import { type ExactArray, exactArray, gatherExact } from '../exact-array.js';
import { denseOf } from '../linear.js';
import { composeLinear, productCost } from '../linear-product.js';
import { changeOfComposition } from '../rounding.js';
import { floatAttribute, integerAttribute } from './attributes.js';
import { broadcastValue, checkedIntegers, constantOf, exactOf } from './constants.js';
import { addValues, asAddition, scaleConstant } from './elementwise.js';
import {
  nodeError,
  notAffine,
  type Operator,
  type OperatorCall,
  required,
  spend,
  spendOnMap,
  type Value,
} from './operator.js';
import { broadcastIndices, broadcastShape, formatShape, ShapeError, sizeOf } from './shape.js';
import { refuseAfterCut, type Signal, withMap } from './signal.js';
import { isFloatType, type OnnxTensor } from './tensor.js';

const ONE_SAMPLE = 'export the model with batch size 1 or a symbolic batch dimension';

/** One factor of a stack of matrix products: where the entries of its rows, or columns, are. */
interface Factor {
  /** Entry k of the row (of a left factor) or column that makes an entry of the result. */
  readonly stride: number;
  /** Where that row or column starts, for each entry of the result. */
  readonly starts: Int32Array;
}

interface Product {
  readonly length: number;
  readonly dims: readonly number[];
  readonly left: Factor;
  readonly right: Factor;
}

/** NumPy's matrix product of stacks of matrices; a lone dimension is a row on the left, else a column. */
function stackedProduct(
  call: OperatorCall,
  left: readonly number[],
  right: readonly number[],
): Product {
  if (left.length === 0 || right.length === 0) {
    throw new ShapeError('a scalar is no operand of MatMul');
  }
  const a = left.length === 1 ? [1, left[0]] : [...left];
  const b = right.length === 1 ? [right[0], 1] : [...right];
  const [rows, length] = a.slice(-2);
  const [height, columns] = b.slice(-2);
  if (length !== height) {
    throw new ShapeError(
      `a value of shape ${formatShape(left)} cannot be multiplied by one of shape ${formatShape(right)}`,
    );
  }
  const stack = broadcastShape(a.slice(0, -2), b.slice(0, -2));
  const size = sizeOf([...stack, rows, columns]);
  spend(call, 20 * size, 2 * size);
  const starts = (of: readonly number[], rowStep: number, columnStep: number): Int32Array => {
    const matrices = broadcastIndices(of.slice(0, -2), stack);
    const area = sizeOf(of.slice(-2));
    const all = new Int32Array(size);
    let at = 0;
    for (const matrix of matrices) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          all[at++] = matrix * area + row * rowStep + column * columnStep;
        }
      }
    }
    return all;
  };
  return {
    length,
    dims: [...stack, ...(left.length > 1 ? [rows] : []), ...(right.length > 1 ? [columns] : [])],
    left: { stride: 1, starts: starts(a, length, 0) },
    right: { stride: columns, starts: starts(b, 0, 1) },
  };
}

/** Thrown in place of the first product with a signal, where only its lengths are asked for. */
export class FirstProduct extends Error {
  override readonly name = 'FirstProduct';
  /** Entries of the signal's rows or columns. */
  readonly length: number;
  /** Entries that the constant's have. */
  readonly wanted: number;

  constructor(length: number, wanted: number) {
    super('the first product');
    this.length = length;
    this.wanted = wanted;
  }
}

function stopAtFirstProduct(
  call: OperatorCall,
  left: Value,
  right: Value,
  a: readonly number[],
  b: readonly number[],
): void {
  if (!call.probing || (left.kind === 'constant') === (right.kind === 'constant')) return;
  const columns = a.at(-1) ?? 1;
  const rows = b.at(-2) ?? b.at(-1) ?? 1;
  throw left.kind === 'signal' ? new FirstProduct(columns, rows) : new FirstProduct(rows, columns);
}

const matMul: Operator = (call) => {
  const left = required(call, 0);
  const right = required(call, 1);
  stopAtFirstProduct(call, left, right, left.dims, right.dims);
  return multiply(call, left, right, stackedProduct(call, left.dims, right.dims));
};

function multiply(call: OperatorCall, left: Value, right: Value, product: Product): Value {
  for (const value of [left, right]) {
    if (value.kind === 'signal') refuseAfterCut(value, call.placed.place);
  }
  if (left.kind === 'signal') {
    if (right.kind === 'signal') {
      throw notAffine(call, "multiplies two values that depend on the network's input");
    }
    return apply(call, left, product.left, right, product.right, product);
  }
  if (right.kind === 'signal') {
    return apply(call, right, product.right, left, product.left, product);
  }
  return multiplyConstants(call, left, right, product);
}

/** The constant's rows (or columns) applied to the signal's. */
function apply(
  call: OperatorCall,
  signal: Signal,
  from: Factor,
  constant: OnnxTensor,
  by: Factor,
  { length, dims }: Product,
): Signal {
  const { samples } = call;
  const outputs = sizeOf(dims);
  const { map } = signal;
  if (constant.values.length === 0 || length === 0)
    throw new ShapeError('a matrix without entries');
  const along = length === signal.dims[0] && from.stride * length === map.outputs;
  if (samples > 1 && dims[0] === samples && signal.dims[0] === samples && !along) {
    throw nodeError(
      call,
      `it multiplies several vectors at once, as a value of shape ${formatShape(signal.dims)}`,
      ONE_SAMPLE,
    );
  }
  spend(call, 20 * outputs * length, 3 * outputs * length);
  const entries = outputs * length;
  const matrix =
    map.outputs === length
      ? matrixMap(outputs, length, rowsOf(constant, by, length), constant.change)
      : {
          inputs: map.outputs,
          outputs,
          linear: {
            kind: 'sparse' as const,
            starts: Int32Array.from({ length: outputs + 1 }, (_, row) => row * length),
            columns: Int32Array.from(
              { length: entries },
              (_, k) => from.starts[Math.floor(k / length)] + (k % length) * from.stride,
            ),
            entries: rowsOf(constant, by, length),
          },
          ...(constant.change !== undefined && {
            rounding: { linear: constant.change, bias: 0 },
          }),
        };
  const cost = compositionCost(matrix, map);
  spend(call, cost.operations, cost.entries);
  spendOnMap(call, map);
  return withMap(signal, composeMaps(matrix, map), dims);
}

/** The constant's row, or column, of every entry of the result, one after another. */
function rowsOf(constant: OnnxTensor, { starts, stride }: Factor, length: number): ExactArray {
  const { values } = constant;
  const inOrder = stride === 1 && starts.length * length === values.length;
  if (inOrder && starts.every((start, row) => start === row * length)) return exactOf(constant);
  const indices = new Int32Array(starts.length * length);
  let at = 0;
  for (const start of starts) for (let k = 0; k < length; k++) indices[at++] = start + k * stride;
  return gatherExact(exactOf(constant), indices);
}

/** Products of constants: one pair of matrices, whatever ones their shapes begin with. */
function multiplyConstants(
  call: OperatorCall,
  left: OnnxTensor,
  right: OnnxTensor,
  { length, dims }: Product,
): OnnxTensor {
  const rows = left.values.length / length;
  const columns = right.values.length / length;
  if (!Number.isInteger(rows) || rows * columns !== sizeOf(dims)) {
    throw nodeError(
      call,
      'it multiplies stacks of constant matrices',
      'export the model with constants folded',
    );
  }
  const a = matrixMap(rows, length, exactOf(left));
  const b = matrixMap(length, columns, exactOf(right));
  const cost = productCost(a, b);
  const changes = [left.change ?? 0, right.change ?? 0] as const;
  const inexact = changes[0] + changes[1] > 0;
  const times = inexact ? 2 : 1;
  spend(call, times * cost.operations, times * (cost.entries + rows * columns));
  const linear = composeLinear(a, b);
  const product = denseOf({ inputs: columns, outputs: rows, linear });
  if (!isFloatType(left.type)) return checkedIntegers(call, left.type, dims, product.values);
  if (!inexact) return constantOf(left.type, dims, product);
  const change = changeOfComposition(a, changes[0], b, changes[1], linear);
  return constantOf(left.type, dims, exactArray(product.values), change);
}

/** `alpha A' B' + beta C`, where A' and B' may be transposed. */
const gemm: Operator = (call) => {
  const alpha = floatAttribute(call.placed, 'alpha', 1);
  const beta = floatAttribute(call.placed, 'beta', 1);
  const transA = integerAttribute(call.placed, 'transA', 0) !== 0;
  const transB = integerAttribute(call.placed, 'transB', 0) !== 0;
  const left = required(call, 0);
  const right = required(call, 1);
  const addend = call.inputs[2];
  if (left.dims.length !== 2 || right.dims.length !== 2) {
    throw new ShapeError(
      `Gemm needs two matrices, not ${formatShape(left.dims)} and ${formatShape(right.dims)}`,
    );
  }
  const turned = (dims: readonly number[], transposed: boolean): readonly number[] =>
    transposed ? [dims[1], dims[0]] : dims;
  const a = turned(left.dims, transA);
  const b = turned(right.dims, transB);
  stopAtFirstProduct(call, left, right, a, b);
  const straight = stackedProduct(call, a, b);
  const [, length] = a;
  const [rows, columns] = straight.dims;
  // Entry (row, column) of the result; a transposed matrix is walked the other way.
  const product: Product = {
    ...straight,
    left: transA
      ? { stride: rows, starts: straight.left.starts.map((start) => start / length) }
      : straight.left,
    right: transB
      ? { stride: 1, starts: straight.right.starts.map((start) => start * length) }
      : straight.right,
  };
  const value = scaled(call, multiplyTurned(call, left, right, product, transA, transB), alpha);
  if (addend === undefined || beta === 0) return value;
  const { dims } = addend;
  const spreads = call.opset >= 7 || integerAttribute(call.placed, 'broadcast', 0) !== 0;
  const fits = spreads
    ? dims.length <= 2 && sizeOf(broadcastShape(dims, [rows, columns])) === rows * columns
    : formatShape(dims) === formatShape([rows, columns]);
  if (!fits) {
    throw new ShapeError(
      `C of shape ${formatShape(dims)} does not fit ${formatShape([rows, columns])}${spreads ? '' : ', and its attribute broadcast is 0'}`,
    );
  }
  if (addend.kind === 'signal') refuseAfterCut(addend, call.placed.place);
  const spread = broadcastValue(call, scaled(call, addend, beta), [rows, columns]);
  if (value.kind === 'signal') spendOnMap(call, value.map);
  return addValues({ ...call, placed: asAddition(call) }, value, spread);
};

function multiplyTurned(
  call: OperatorCall,
  left: Value,
  right: Value,
  product: Product,
  transA: boolean,
  transB: boolean,
): Value {
  const constants = left.kind === 'constant' && right.kind === 'constant';
  if (constants && (transA || transB)) {
    throw nodeError(
      call,
      'it multiplies constants only, transposed',
      'export the model with constants folded',
    );
  }
  return multiply(call, left, right, product);
}

function scaled(call: OperatorCall, value: Value, factor: number): Value {
  if (factor === 1) return value;
  if (value.kind === 'constant') {
    if (isFloatType(value.type)) return scaleConstant(call, value, factor);
    throw nodeError(call, `it multiplies integers by ${factor}`, 'use constants of floats');
  }
  spendOnMap(call, value.map);
  const ones = new Float64Array(value.map.outputs).fill(factor);
  return withMap(value, scaleRows(value.map, exactArray(ones)), value.dims);
}

export const LINEAR: ReadonlyMap<string, Operator> = new Map([
  ['MatMul', matMul],
  ['Gemm', gemm],
]);
