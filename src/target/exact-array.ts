/**
 * Vectors of exact dyadic numbers that are float64 wherever a float64 is enough: `values` holds the
 * nearest float64 of each entry, `exact` the true value of the few entries that need more bits.
 * Folding a network's constants stays on the fast path as long as float64 arithmetic is exact.
 */
import {
  addDyadic,
  bitLength,
  compareDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadicFromNumber,
  dyadicToNumber,
  fractionalBits,
  multiplyDyadic,
  negateDyadic,
} from '../core/dyadic.js';

export interface ExactArray {
  readonly values: Float64Array;
  readonly exact: ReadonlyMap<number, Dyadic>;
}

/** The same while it is being filled; entries start at 0. */
export interface ExactBuilder {
  readonly values: Float64Array;
  readonly exact: Map<number, Dyadic>;
}

/** Thrown where a number outgrows float64's range or any sensible precision; readers name the place. */
export class ExactRangeError extends RangeError {
  override readonly name = 'ExactRangeError';
}

/** More bits than any product or sum of a few float64 values has; hostile chains get here. */
const MOST_BITS = 16384;

/** Per array: overrides are two hundred bytes each, and float32 models need next to none. */
export const MOST_OVERRIDES = 2 ** 20;

const NO_EXACT: ReadonlyMap<number, Dyadic> = new Map();

export function exactArray(values: Float64Array): ExactArray {
  return { values, exact: NO_EXACT };
}

export function exactBuilder(length: number): ExactBuilder {
  return { values: new Float64Array(length), exact: new Map() };
}

/** Exact value of one entry. */
export function exactEntry(array: ExactArray, index: number): Dyadic {
  return array.exact.get(index) ?? dyadicFromNumber(array.values[index] as number);
}

export function isNonzero({ values, exact }: ExactArray, index: number): boolean {
  return values[index] !== 0 || exact.has(index);
}

/** The least p >= 0 with every entry an integer over `2^p`. */
export function placesOf({ values, exact }: ExactArray): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) {
    const override = exact.size === 0 ? undefined : exact.get(index);
    const bits =
      override === undefined ? fractionalBits(values[index]) : Math.max(0, -override.exponent);
    if (bits > most) most = bits;
  }
  return most;
}

/** The entry times `2^places`, for places of at least its own. */
export function entryOverPlaces(array: ExactArray, index: number, places: number): bigint {
  if (places <= 1000 && !array.exact.has(index)) {
    // Exact as long as it does not overflow: scaling up drops no bit.
    const scaled = array.values[index] * 2 ** places;
    if (Number.isSafeInteger(scaled)) return BigInt(scaled);
  }
  const { mantissa, exponent } = exactEntry(array, index);
  return mantissa << BigInt(exponent + places);
}

/** Stores an exact value, once per index; the override is kept only if a float64 is not enough. */
export function storeDyadic(target: ExactBuilder, index: number, value: Dyadic): void {
  if (value.exponent < -MOST_BITS || bitLength(value.mantissa) > MOST_BITS) {
    throw new ExactRangeError(`an exact value needs more than ${MOST_BITS} bits`);
  }
  const nearest = dyadicToNumber(value);
  if (!Number.isFinite(nearest)) throw new ExactRangeError('a value exceeds the range of float64');
  target.values[index] = nearest;
  if (compareDyadic(dyadicFromNumber(nearest), value) === 0) return;
  if (target.exact.size >= MOST_OVERRIDES) {
    throw new ExactRangeError('too many folded weights need more than a float64');
  }
  target.exact.set(index, value);
}

// Dekker's splitting constant for 53 bits.
const SPLITTER = 134217729;

/**
 * The error `a*b - fl(a*b)`. Valid if `|a|, |b| < 2^995` and the product is 0 or at least 2^-960 in
 * magnitude, so that neither the splitting overflows nor the error underflows.
 */
function productError(a: number, b: number, product: number): number {
  const scaledA = SPLITTER * a;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = SPLITTER * b;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function productIsExact(a: number, b: number, product: number): boolean {
  if (a === 0 || b === 0) return true;
  const magnitude = Math.abs(product);
  if (!(magnitude > 2 ** -960 && magnitude < 2 ** 995)) return false;
  if (Math.abs(a) > 2 ** 995 || Math.abs(b) > 2 ** 995) return false;
  return productError(a, b, product) === 0;
}

/** `target[index] = left[i] * right[j]`, exactly. */
export function storeProduct(
  target: ExactBuilder,
  index: number,
  left: ExactArray,
  i: number,
  right: ExactArray,
  j: number,
): void {
  if (!left.exact.has(i) && !right.exact.has(j)) {
    const a = left.values[i] as number;
    const b = right.values[j] as number;
    const product = a * b;
    if (productIsExact(a, b, product)) {
      target.values[index] = product;
      return;
    }
  }
  storeDyadic(target, index, multiplyDyadic(exactEntry(left, i), exactEntry(right, j)));
}

/** `target[index] = left[i] + right[j]`, exactly. */
export function storeSum(
  target: ExactBuilder,
  index: number,
  left: ExactArray,
  i: number,
  right: ExactArray,
  j: number,
): void {
  if (!left.exact.has(i) && !right.exact.has(j)) {
    const a = left.values[i] as number;
    const b = right.values[j] as number;
    const sum = a + b;
    const shadow = sum - a;
    // Knuth's TwoSum: the error of the sum, exact unless the sum overflows (then it is NaN).
    if (a - (sum - shadow) + (b - shadow) === 0) {
      target.values[index] = sum;
      return;
    }
  }
  storeDyadic(target, index, addDyadic(exactEntry(left, i), exactEntry(right, j)));
}

/** Whether `dotKernel` is exact on these values: no overrides, and nothing far from 1. */
export function isMild(array: ExactArray): boolean {
  if (array.exact.size > 0) return false;
  return array.values.every((value) => {
    const magnitude = Math.abs(value);
    return value === 0 || (magnitude > 2 ** -480 && magnitude < 2 ** 480);
  });
}

/**
 * Exact dot products of float64 values by Shewchuk's expansions (Discrete Comput. Geom. 18, 1997):
 * the running sum is kept as a few non-overlapping float64 components. Only for mild values.
 */
export function storeMildDot(
  target: ExactBuilder,
  index: number,
  left: Float64Array,
  leftStart: number,
  right: Float64Array,
  components: Float64Array,
): void {
  let used = 0;
  for (let k = 0; k < right.length; k++) {
    const a = left[leftStart + k] as number;
    const b = right[k] as number;
    if (a === 0 || b === 0) continue;
    const product = a * b;
    const error = productError(a, b, product);
    if (error !== 0) used = grow(components, used, error);
    used = grow(components, used, product);
  }
  if (used <= 1) {
    target.values[index] = used === 0 ? 0 : (components[0] as number);
    return;
  }
  let sum = DYADIC_ZERO;
  for (let k = 0; k < used; k++) sum = addDyadic(sum, dyadicFromNumber(components[k] as number));
  storeDyadic(target, index, sum);
}

/**
 * Room for the components of `storeMildDot`: they do not overlap, and sums of mild products have
 * their bits between 2^-1066 and 2^1024, so there are never more than this.
 */
export const EXPANSION_LENGTH = 2200;

function grow(components: Float64Array, used: number, term: number): number {
  let carry = term;
  let kept = 0;
  for (let k = 0; k < used; k++) {
    const other = components[k] as number;
    const sum = carry + other;
    const shadow = sum - carry;
    const error = carry - (sum - shadow) + (other - shadow);
    if (error !== 0) components[kept++] = error;
    carry = sum;
  }
  if (carry !== 0) components[kept++] = carry;
  return kept;
}

/** `target[index] = sum over k of left[leftStart + k] * right[rightStart + k * rightStride]`. */
export function storeDyadicDot(
  target: ExactBuilder,
  index: number,
  left: ExactArray,
  leftStart: number,
  right: ExactArray,
  rightStart: number,
  rightStride: number,
  length: number,
): void {
  let sum = DYADIC_ZERO;
  for (let k = 0; k < length; k++) {
    const i = leftStart + k;
    const j = rightStart + k * rightStride;
    if (left.values[i] === 0 && !left.exact.has(i)) continue;
    if (right.values[j] === 0 && !right.exact.has(j)) continue;
    sum = addDyadic(sum, multiplyDyadic(exactEntry(left, i), exactEntry(right, j)));
  }
  storeDyadic(target, index, sum);
}

/** Nearest float64 of every entry, the rest dropped: where a reader has said that it rounds. */
export function rounded(array: ExactArray): ExactArray {
  for (const index of array.exact.keys()) {
    // What is told of the rounding is relative, and subnormal numbers have fewer bits.
    if (Math.abs(array.values[index]) < 2 ** -1022) {
      throw new ExactRangeError('a value is too small to be rounded to float64');
    }
  }
  return array.exact.size === 0 ? array : exactArray(array.values);
}

/** The entries at `indices`, in that order. */
export function gatherExact(array: ExactArray, indices: Int32Array): ExactArray {
  const gathered = exactBuilder(indices.length);
  if (array.exact.size === 0) {
    for (let k = 0; k < indices.length; k++) gathered.values[k] = array.values[indices[k]];
    return gathered;
  }
  for (let k = 0; k < indices.length; k++) {
    const from = indices[k] as number;
    gathered.values[k] = array.values[from] as number;
    const exact = array.exact.get(from);
    if (exact !== undefined) gathered.exact.set(k, exact);
  }
  return gathered;
}

/** The entries of several arrays, one after another. */
export function concatenateExact(arrays: readonly ExactArray[]): ExactArray {
  const whole = exactBuilder(arrays.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values, exact } of arrays) {
    whole.values.set(values, at);
    for (const [index, value] of exact) whole.exact.set(at + index, value);
    at += values.length;
  }
  return whole;
}

export function isZero(array: ExactArray): boolean {
  return array.exact.size === 0 && array.values.every((value) => value === 0);
}

export function negateExact({ values, exact }: ExactArray): ExactArray {
  return {
    values: values.map((value) => -value),
    exact: new Map([...exact].map(([index, value]) => [index, negateDyadic(value)])),
  };
}
