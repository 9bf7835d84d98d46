/** Constants of a graph while they are folded: exact, or rounded with a bound of what that changed. */
import { dyadicFromNumber } from '../../core/dyadic.js';
import {
  concatenateExact,
  type ExactArray,
  exactArray,
  exactBuilder,
  gatherExact,
  negateExact,
  rounded,
  storeProduct,
  storeSum,
} from '../exact-array.js';
import { entryCost } from '../exact-cost.js';
import { changeOfProduct, changeOfSum, HALF_PLACE } from '../rounding.js';
import { TensorProto_DataType as Type } from './onnx_pb.js';
import { nodeError, noticeRounding, type OperatorCall, spend, type Value } from './operator.js';
import { broadcastIndices, broadcastShape, sizeOf } from './shape.js';
import { gatherSignal } from './signal.js';
import { isFloatType, type OnnxTensor, typeName } from './tensor.js';

const NO_EXACT: ExactArray['exact'] = new Map();

export function exactOf({ values, exact = NO_EXACT }: OnnxTensor): ExactArray {
  return { values, exact };
}

/** A constant of folded entries. */
export function constantOf(
  type: Type,
  dims: readonly number[],
  { values, exact }: ExactArray,
  change = 0,
): OnnxTensor {
  return {
    kind: 'constant',
    dims,
    type,
    values,
    ...(exact.size > 0 && { exact }),
    ...(change > 0 && { change }),
  };
}

/** Entry k of the result is entry `gather[k]`. */
export function gatherConstant(
  tensor: OnnxTensor,
  gather: Int32Array,
  dims: readonly number[],
): OnnxTensor {
  const { values, exact } = gatherExact(exactOf(tensor), gather);
  const { exact: _, ...rest } = tensor;
  return { ...rest, dims, values, ...(exact.size > 0 && { exact }) };
}

/** The same for any value, charged before it is made. */
export function gatherValue(
  call: OperatorCall,
  value: Value,
  dims: readonly number[],
  gather: () => Int32Array,
): Value {
  const size = sizeOf(dims);
  if (value.kind === 'constant') {
    spend(call, 20 * size, 2 * size);
    return gatherConstant(value, gather(), dims);
  }
  const { linear } = value.map;
  const width = linear.kind === 'dense' ? value.map.inputs : 1;
  spend(call, 20 * size * (1 + width), size * (1 + width));
  const indices = gather();
  if (linear.kind === 'sparse') {
    let entries = 0;
    for (const row of indices) entries += linear.starts[row + 1] - linear.starts[row];
    spend(call, 20 * entries, 2 * entries);
  }
  return gatherSignal(value, indices, dims);
}

/** The value with the shape that broadcasting gives it. */
export function broadcastValue(call: OperatorCall, value: Value, dims: readonly number[]): Value {
  if (sizeOf(dims) === sizeOf(value.dims)) return { ...value, dims };
  return gatherValue(call, value, dims, () => broadcastIndices(value.dims, dims));
}

export function broadcastConstant(
  call: OperatorCall,
  tensor: OnnxTensor,
  dims: readonly number[],
): OnnxTensor {
  return broadcastValue(call, tensor, dims) as OnnxTensor;
}

/** All versions of these operators take constants of one type. */
export function refuseMixedTypes(call: OperatorCall, values: readonly Value[]): void {
  const [first, ...others] = values.filter((value) => value.kind === 'constant');
  const other = others.find(({ type }) => type !== first.type);
  if (other === undefined) return;
  throw nodeError(
    call,
    `it combines ${typeName(first.type)} and ${typeName(other.type)}`,
    'use constants of one type',
  );
}

/** Add, Sub, Mul and Div of constants: exact, but for quotients that are no dyadic numbers. */
export function foldConstants(call: OperatorCall, left: OnnxTensor, right: OnnxTensor): OnnxTensor {
  const dims = broadcastShape(left.dims, right.dims);
  const size = sizeOf(dims);
  spend(call, 100 * size, 4 * size);
  const a = broadcastConstant(call, left, dims);
  const b = broadcastConstant(call, right, dims);
  refuseMixedTypes(call, [a, b]);
  if (!isFloatType(a.type)) return foldIntegers(call, a, b);
  spend(call, size * entryCost(exactOf(a), exactOf(b)), 0);
  const changes = [a.change ?? 0, b.change ?? 0] as const;
  const before = changes[0] + changes[1];
  const finish = (exact: ExactArray, change: number): OnnxTensor =>
    before === 0
      ? constantOf(a.type, dims, exact)
      : constantOf(a.type, dims, rounded(exact), change);
  const result = exactBuilder(size);
  switch (call.placed.node.opType) {
    case 'Mul':
      for (let k = 0; k < size; k++) storeProduct(result, k, exactOf(a), k, exactOf(b), k);
      return finish(result, changeOfProduct(...changes));
    case 'Div':
      return divideConstants(call, a, b);
    case 'Sub':
    case 'Add': {
      const x = exactOf(a);
      const y = call.placed.node.opType === 'Sub' ? negateExact(exactOf(b)) : exactOf(b);
      for (let k = 0; k < size; k++) storeSum(result, k, x, k, y, k);
      return finish(result, before === 0 ? 0 : changeOfSum(x, changes[0], y, changes[1], result));
    }
  }
  throw nodeError(
    call,
    'it computes with constants only',
    'export the model with constants folded',
  );
}

function divideConstants(call: OperatorCall, a: OnnxTensor, b: OnnxTensor): OnnxTensor {
  const divisors = exactOf(b);
  if (b.values.includes(0)) throw nodeError(call, 'it divides by 0', 'correct the constant');
  const reciprocals = reciprocalsOf(divisors);
  if (reciprocals !== undefined && b.change === undefined) {
    const result = exactBuilder(a.values.length);
    for (let k = 0; k < a.values.length; k++) {
      storeProduct(result, k, exactOf(a), k, reciprocals, k);
    }
    return constantOf(a.type, a.dims, result, a.change);
  }
  noticeRounding(call, 'quotients of its constants are rounded to float64');
  const quotients = exactArray(a.values.map((value, k) => value / b.values[k]));
  const change = changeOfProduct(a.change ?? 0, 2 * (b.change ?? 0), HALF_PLACE, 2 * HALF_PLACE);
  return constantOf(a.type, a.dims, quotients, change);
}

/** The reciprocals, where all are powers of two whose reciprocals are float64 numbers. */
export function reciprocalsOf({ values, exact }: ExactArray): ExactArray | undefined {
  if (exact.size > 0) return undefined;
  const reciprocals = values.map((value) => 1 / value);
  const fits = values.every(
    (value, index) => isPowerOfTwo(value) && Number.isFinite(reciprocals[index]),
  );
  return fits ? exactArray(reciprocals) : undefined;
}

export function isPowerOfTwo(value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const { mantissa } = dyadicFromNumber(value);
  return mantissa === 1n || mantissa === -1n;
}

/** Integer arithmetic as shapes are computed with; division rounds towards zero, as in C. */
function foldIntegers(call: OperatorCall, a: OnnxTensor, b: OnnxTensor): OnnxTensor {
  const operator = call.placed.node.opType;
  if (operator === 'Div' && b.values.includes(0)) {
    throw nodeError(call, 'it divides by 0', 'correct the constant');
  }
  const values = a.values.map((x, k) => {
    const y = b.values[k];
    if (operator === 'Add') return x + y;
    if (operator === 'Sub') return x - y;
    return operator === 'Mul' ? x * y : Math.trunc(x / y);
  });
  return checkedIntegers(call, a.type, a.dims, values);
}

/** The integers as a constant, if their type holds them. */
export function checkedIntegers(
  call: OperatorCall,
  type: Type,
  dims: readonly number[],
  values: Float64Array,
): OnnxTensor {
  const [least, most] = integerRange(type);
  const wrong = values.findIndex((value) => !(value >= least && value <= most));
  if (wrong >= 0) {
    throw nodeError(
      call,
      `its entry ${wrong}, ${values[wrong]}, is no ${typeName(type)}`,
      'export the model with constants folded',
    );
  }
  return constantOf(type, dims, exactArray(values));
}

const INTEGER_RANGES: ReadonlyMap<Type, readonly [number, number]> = new Map([
  [Type.INT8, [-(2 ** 7), 2 ** 7 - 1]],
  [Type.UINT8, [0, 2 ** 8 - 1]],
  [Type.INT16, [-(2 ** 15), 2 ** 15 - 1]],
  [Type.UINT16, [0, 2 ** 16 - 1]],
  [Type.INT32, [-(2 ** 31), 2 ** 31 - 1]],
  [Type.UINT32, [0, 2 ** 32 - 1]],
  [Type.INT64, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  [Type.UINT64, [0, Number.MAX_SAFE_INTEGER]],
]);

/** Least and largest number of an integer type, within 2^53; NaN for others. */
export function integerRange(type: Type): readonly [number, number] {
  return INTEGER_RANGES.get(type) ?? [Number.NaN, Number.NaN];
}

/** Several constants of one type, joined entry by entry in the order of `gather`. */
export function joinConstants(
  tensors: readonly OnnxTensor[],
  dims: readonly number[],
  gather: Int32Array,
): OnnxTensor {
  const [first] = tensors;
  if (first === undefined) throw new RangeError('at least one constant is joined');
  const all = concatenateExact(tensors.map(exactOf));
  const change = Math.max(...tensors.map((tensor) => tensor.change ?? 0));
  const infinite = tensors.find((tensor) => tensor.infinite !== undefined)?.infinite;
  return {
    ...constantOf(first.type, dims, gatherExact(all, gather), change),
    ...(infinite && { infinite }),
  };
}
