/** Add, Sub, Mul, Div, Sum and Neg. Constants are folded exactly, but for division by what is no power of two. */
import { addMaps, divideRowsRounded, scaleRows, shiftRows } from '../affine.js';
import { exactArray, exactBuilder, negateExact, storeProduct } from '../exact-array.js';
import { entryCost } from '../exact-cost.js';
import { changeOfProduct, HALF_PLACE } from '../rounding.js';
import { integerAttribute } from './attributes.js';
import {
  broadcastValue,
  checkedIntegers,
  constantOf,
  exactOf,
  foldConstants,
  isPowerOfTwo,
  reciprocalsOf,
} from './constants.js';
import {
  allInputs,
  chargeTo,
  nodeError,
  notAffine,
  noticeRounding,
  type Operator,
  type OperatorCall,
  required,
  spend,
  spendOnMap,
  spendOnScaling,
  type Value,
} from './operator.js';
import { broadcastShape, formatShape, ShapeError, sizeOf } from './shape.js';
import { aligned, negateMap, refuseAfterCut, type Signal, storedSize, withMap } from './signal.js';
import { isFloatType, type OnnxTensor } from './tensor.js';

type Combine = (call: OperatorCall, left: Value, right: Value) => Value;

/** An operator of two values that broadcasts them. */
function binary(combine: Combine): Operator {
  return (call) => {
    const left = required(call, 0);
    const right = alongAxis(call, left, required(call, 1));
    for (const value of [left, right]) {
      if (value.kind === 'signal') refuseAfterCut(value, call.placed.place);
    }
    if (left.kind === 'constant' && right.kind === 'constant') {
      return foldConstants(call, left, right);
    }
    const dims = broadcastShape(left.dims, right.dims);
    const a = broadcastValue(call, left, dims);
    const b = broadcastValue(call, right, dims);
    for (const value of [a, b]) if (value.kind === 'signal') spendOnMap(call, value.map);
    return combine(call, a, b);
  };
}

/**
 * Before operator set 7 the second value was spread over the first one's dimensions from `axis` on, or
 * over its last ones, and only where `broadcast` is set.
 */
export function alongAxis<Right extends { readonly dims: readonly number[] }>(
  call: OperatorCall,
  left: { readonly dims: readonly number[] },
  right: Right,
): Right {
  const { placed, opset } = call;
  if (opset >= 7) return right;
  if (integerAttribute(placed, 'broadcast', 0) === 0) {
    if (formatShape(left.dims) === formatShape(right.dims)) return right;
    throw new ShapeError(
      `${formatShape(left.dims)} and ${formatShape(right.dims)} differ, and its attribute broadcast is 0`,
    );
  }
  const rank = left.dims.length;
  if (sizeOf(right.dims) === 1 && right.dims.length <= rank) return right;
  const last = rank - right.dims.length;
  const start = integerAttribute(placed, 'axis', last);
  const covered = left.dims.slice(start, start + right.dims.length);
  if (start < 0 || start > last || formatShape(covered) !== formatShape(right.dims)) {
    throw new ShapeError(
      `a value of shape ${formatShape(right.dims)} has no place at axis ${start} of ${formatShape(left.dims)}, and before operator set 7 its dimensions are to be equal to those there`,
    );
  }
  return { ...right, dims: [...right.dims, ...new Array<number>(last - start).fill(1)] };
}

/** Sum of two values of one shape. */
export function addValues(call: OperatorCall, left: Value, right: Value): Value {
  if (left.kind === 'constant') {
    if (right.kind === 'constant') return foldConstants(call, left, right);
    return addValues(call, right, left);
  }
  if (right.kind === 'constant') {
    const bias = left.map.bias;
    if (bias) spend(call, bias.values.length * entryCost(bias, exactOf(right)), 0);
    return withMap(left, shiftRows(left.map, exactOf(right), right.change), left.dims);
  }
  const [a, b] = aligned([left, right], chargeTo(call));
  spendOnSum(call, a, b);
  return withMap(a, addMaps(a.map, b.map), left.dims);
}

/** What a sum takes besides its entries. */
const SUM_OPERATIONS = 10_000;

function spendOnSum(call: OperatorCall, { map: left }: Signal, { map: right }: Signal): void {
  const dense = left.linear.kind === 'dense' || right.linear.kind === 'dense';
  for (const map of [left, right]) spendOnMap(call, map);
  const entries = dense ? left.inputs * left.outputs : 0;
  const stored = storedSize(left) + storedSize(right);
  spend(call, SUM_OPERATIONS + 100 * stored + 200 * entries, 8 * entries);
}

const add = binary(addValues);

const subtract = binary((call, left, right) => addValues(call, left, negated(right)));

function negated(value: Value): Value {
  if (value.kind === 'signal') return withMap(value, negateMap(value.map), value.dims);
  const { values, exact } = negateExact(exactOf(value));
  return { ...value, values, ...(exact.size > 0 && { exact }) };
}

const multiply = binary((call, left, right) => {
  if (left.kind === 'signal' && right.kind === 'signal') {
    throw notAffine(call, "multiplies two values that depend on the network's input");
  }
  const [signal, factor] = left.kind === 'signal' ? [left, right] : [right, left];
  spendOnScaling(call, (signal as Signal).map, exactOf(factor as OnnxTensor));
  return scaleSignal(signal as Signal, factor as OnnxTensor);
});

/** The signal times a constant of its shape. */
export function scaleSignal(signal: Signal, factor: OnnxTensor): Signal {
  const plain = factor.change === undefined && factor.values.every((value) => value === 1);
  if (plain && factor.exact === undefined) return signal;
  return withMap(signal, scaleRows(signal.map, exactOf(factor), factor.change), signal.dims);
}

const divide = binary((call, signal, divisor) => {
  if (divisor.kind === 'signal' || signal.kind === 'constant') {
    throw nodeError(call, "it divides by the network's values", 'divide by constants only');
  }
  const { values, exact, change } = divisor;
  if (values.includes(0)) throw nodeError(call, 'it divides by 0', 'correct the constant');
  const reciprocals = reciprocalsOf(exactOf(divisor));
  if (reciprocals !== undefined) {
    spendOnScaling(call, signal.map, reciprocals);
    return withMap(signal, scaleRows(signal.map, reciprocals, change), signal.dims);
  }
  const inexact = values.filter((value, index) => exact?.has(index) || !isPowerOfTwo(value));
  noticeRounding(
    call,
    `${Math.max(inexact.length, 1)} of ${values.length} divisors are no powers of two; the weights and biases that the division changes are rounded to float64`,
  );
  const off = (change ?? 0) + (exact === undefined ? 0 : HALF_PLACE);
  return withMap(signal, divideRowsRounded(signal.map, values, off), signal.dims);
});

const negate: Operator = (call) => {
  const value = required(call, 0);
  if (value.kind === 'signal') {
    refuseAfterCut(value, call.placed.place);
    spendOnMap(call, value.map);
  } else {
    spend(call, 10 * value.values.length, value.values.length);
    if (!isFloatType(value.type)) {
      return checkedIntegers(
        call,
        value.type,
        value.dims,
        value.values.map((entry) => 0 - entry),
      );
    }
  }
  return negated(value);
};

/** Sum of any number of values; before operator set 8 all have one shape. */
const sum: Operator = (call) => {
  const values = allInputs(call);
  refuseShapesBefore8(call, values);
  const opset = Math.max(call.opset, 8);
  const addition = { ...call, placed: asAddition(call), opset };
  return values
    .slice(1)
    .reduce<Value>(
      (total, value) => binary(addValues)({ ...addition, inputs: [total, value] }) as Value,
      required(call, 0),
    );
};

/** Sum, Max and Min of values of several shapes came with operator set 8. */
export function refuseShapesBefore8(call: OperatorCall, values: readonly Value[]): void {
  if (call.opset < 8 && new Set(values.map(({ dims }) => formatShape(dims))).size > 1) {
    throw new ShapeError(
      `its inputs have different shapes, which ${call.placed.node.opType} allows from operator set 8 on`,
    );
  }
}

/** Constants are folded by the name of their operation. */
export function asAddition({ placed }: OperatorCall): OperatorCall['placed'] {
  return { ...placed, node: { ...placed.node, opType: 'Add' } };
}

/** A constant times a float attribute. */
export function scaleConstant(call: OperatorCall, tensor: OnnxTensor, factor: number): OnnxTensor {
  if (factor === 1) return tensor;
  const { values, change } = tensor;
  spend(call, 100 * values.length, values.length);
  const product = exactBuilder(values.length);
  const by = exactArray(Float64Array.of(factor));
  for (let k = 0; k < values.length; k++) storeProduct(product, k, exactOf(tensor), k, by, 0);
  const off = change === undefined ? 0 : changeOfProduct(change);
  return constantOf(tensor.type, tensor.dims, product, off);
}

export const ELEMENTWISE: ReadonlyMap<string, Operator> = new Map([
  ['Add', add],
  ['Sub', subtract],
  ['Mul', multiply],
  ['Div', divide],
  ['Sum', sum],
  ['Neg', negate],
]);
