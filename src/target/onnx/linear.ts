/** MatMul and Gemm with one constant matrix, on either side of the signal. */
import { type ExactMatrix, matrixCost, scaleRows, shiftRows } from '../affine.js';
import { exactArray, exactBuilder, storeProduct } from '../exact-array.js';
import { floatAttribute, integerAttribute } from './attributes.js';
import {
  nodeError,
  type Operator,
  type OperatorCall,
  signalAndConstant,
  spend,
  spendOnMap,
} from './operator.js';
import { broadcastIndices, broadcastShape, formatShape, ShapeError, sizeOf } from './shape.js';
import { multiplySignal, type Signal, withMap } from './signal.js';
import type { Tensor } from './tensor.js';

const ONE_SAMPLE = 'export the model with batch size 1 or a symbolic batch dimension';

const matMul: Operator = (call) => {
  const { signal, constant, signalFirst } = signalAndConstant(call);
  const leading = (dims: readonly number[]): number[] => dims.slice(0, -2);
  if (signal.dims.length === 0 || constant.dims.length === 0) {
    throw new ShapeError('a scalar is no operand of MatMul');
  }
  if (sizeOf(leading(constant.dims)) !== 1) {
    throw nodeError(
      call,
      `its constant has the shape ${formatShape(constant.dims)}`,
      'a stack of several matrices is not supported',
    );
  }
  const ones = new Array<number>(
    Math.max(leading(signal.dims).length, leading(constant.dims).length),
  ).fill(1);
  const [rows, columns] = matrixShape(constant.dims, signalFirst);
  if (signalFirst) {
    // x W: a row vector, W is stored inputs by outputs.
    expectVector(call, signal, signal.dims.length - 1, rows);
    const row = signal.dims.length > 1 ? [1] : [];
    const column = constant.dims.length > 1 ? [columns] : [];
    return apply(call, signal, constant, { rows, columns, transposed: true }, [
      ...ones,
      ...row,
      ...column,
    ]);
  }
  // W x: a column vector.
  expectVector(call, signal, Math.max(signal.dims.length - 2, 0), columns);
  const row = constant.dims.length > 1 ? [rows] : [];
  const column = signal.dims.length > 1 ? [1] : [];
  return apply(call, signal, constant, { rows, columns, transposed: false }, [
    ...ones,
    ...row,
    ...column,
  ]);
};

/** Last two dimensions; a lone one is a column behind the signal and a row in front of it. */
function matrixShape(dims: readonly number[], behindSignal: boolean): [number, number] {
  const last = dims.at(-1) as number;
  const before = dims.at(-2);
  if (before !== undefined) return [before, last];
  return behindSignal ? [last, 1] : [1, last];
}

/** The signal must be a single vector: only its dimension `axis` may be other than 1. */
function expectVector(call: OperatorCall, { dims }: Signal, axis: number, length: number): void {
  if (dims[axis] !== length) {
    throw new ShapeError(
      `a value of shape ${formatShape(dims)} meets a matrix for ${length} entries`,
    );
  }
  if (sizeOf(dims) !== length) {
    throw nodeError(
      call,
      `it multiplies several vectors at once, as a value of shape ${formatShape(dims)}`,
      ONE_SAMPLE,
    );
  }
}

interface StoredMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Whether the matrix to apply is the transpose of the stored one. */
  readonly transposed: boolean;
}

function apply(
  call: OperatorCall,
  signal: Signal,
  { values }: Tensor,
  { rows, columns, transposed }: StoredMatrix,
  dims: readonly number[],
): Signal {
  if (values.length === 0) throw new ShapeError('a matrix without entries');
  // Rows and columns of the result: what the fold has to make and to touch.
  const outputs = transposed ? columns : rows;
  spend(call, 2 * values.length, transposed ? values.length : 0);
  const matrix: ExactMatrix = {
    rows: outputs,
    columns: transposed ? rows : columns,
    entries: exactArray(transposed ? transposeMatrix(values, rows, columns) : values),
  };
  const { map } = signal;
  const copies = map.linear.kind === 'dense' || map.linear.factor || map.linear.order;
  spend(call, matrixCost(matrix, map), copies ? outputs * map.inputs : 0);
  return multiplySignal(signal, matrix, dims);
}

function transposeMatrix(values: Float64Array, rows: number, columns: number): Float64Array {
  const transposed = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return transposed;
}

/** `alpha A' B' + beta C`, where A' and B' may be transposed and A or B is the signal. */
const gemm: Operator = (call) => {
  const alpha = floatAttribute(call.placed, 'alpha', 1);
  const beta = floatAttribute(call.placed, 'beta', 1);
  const transA = integerAttribute(call.placed, 'transA', 0) !== 0;
  const transB = integerAttribute(call.placed, 'transB', 0) !== 0;
  const { signal, constant, signalFirst } = signalAndConstant(call);
  const [height, width] = constant.dims;
  if (
    signal.dims.length !== 2 ||
    constant.dims.length !== 2 ||
    height === undefined ||
    width === undefined
  ) {
    throw new ShapeError(
      `Gemm needs two matrices, not ${formatShape(signal.dims)} and ${formatShape(constant.dims)}`,
    );
  }
  // In front, the signal is a row vector after its transposition, behind, a column vector.
  const signalTransposed = signalFirst ? transA : transB;
  const axis = signalFirst !== signalTransposed ? 1 : 0;
  const constantTransposed = signalFirst ? transB : transA;
  const transposed = signalFirst !== constantTransposed;
  const length = transposed ? height : width;
  const outputs = transposed ? width : height;
  expectVector(call, signal, axis, length);
  const dims = signalFirst ? [1, outputs] : [outputs, 1];
  const stored = { rows: height, columns: width, transposed };
  let { map } = apply(call, signal, constant, stored, dims);
  if (alpha !== 1) {
    spendOnMap(call, map);
    map = scaleRows(map, exactArray(new Float64Array(outputs).fill(alpha)));
  }
  const addend = call.inputs[2];
  if (addend?.kind === 'signal') {
    throw nodeError(
      call,
      "both its product and its addend C depend on the network's input",
      'only chains of layers are supported',
    );
  }
  if (addend !== undefined) {
    spendOnMap(call, map);
    map = shiftRows(map, scaledAddend(addend, beta, dims));
  }
  return withMap(signal, map, dims);
};

function scaledAddend(addend: Tensor, beta: number, dims: readonly number[]) {
  if (
    sizeOf(broadcastShape(addend.dims, dims)) !== sizeOf(dims) ||
    addend.dims.length > dims.length
  ) {
    throw new ShapeError(
      `C of shape ${formatShape(addend.dims)} does not fit ${formatShape(dims)}`,
    );
  }
  const indices = broadcastIndices(addend.dims, dims);
  const values = exactArray(addend.values);
  const factor = exactArray(Float64Array.of(beta));
  const scaled = exactBuilder(indices.length);
  indices.forEach((from, index) => {
    storeProduct(scaled, index, values, from, factor, 0);
  });
  return scaled;
}

export const LINEAR: ReadonlyMap<string, Operator> = new Map([
  ['MatMul', matMul],
  ['Gemm', gemm],
]);
