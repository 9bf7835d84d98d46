/**
 * Lists of numbers while kernels are folded: exact, or float64s that are off by at most a part `change` of
 * themselves, because an operator before had no exact result.
 */
import { addDyadic, DYADIC_ZERO, multiplyDyadic } from '../../../core/dyadic.js';
import {
  concatenateExact,
  type ExactArray,
  ExactRangeError,
  exactArray,
  exactBuilder,
  exactEntry,
  gatherExact,
  negateExact,
  rounded,
  storeDyadic,
  storeProduct,
  storeSum,
} from '../../exact-array.js';
import { changeOfProduct, changeOfSum, HALF_PLACE } from '../../rounding.js';

export interface Numbers {
  readonly array: ExactArray;
  readonly change: number;
}

export function numbers(array: ExactArray, change = 0): Numbers {
  return { array: change > 0 ? rounded(array) : array, change };
}

/** The same number, so many times. */
export function repeated(value: number, length: number): Numbers {
  return numbers(exactArray(new Float64Array(length).fill(value)));
}

/** The same as float64s, where something is rounded anyway. */
function asFloats({ array, change }: Numbers): { values: Float64Array; change: number } {
  if (array.exact.size === 0) return { values: array.values, change };
  return { values: rounded(array).values, change: changeOfProduct(change) };
}

/** The rounded product, for which what is told of rounding holds: it is neither subnormal nor infinite. */
function roundedProduct(a: number, b: number): number {
  const product = a * b;
  const magnitude = Math.abs(product);
  if (a === 0 || b === 0 || (magnitude >= 2 ** -1022 && magnitude < 2 ** 1000)) return product;
  throw new ExactRangeError('a product is too small or too large to be rounded to float64');
}

/** Entry k is `left[leftAt(k)] * right[rightAt(k)]`. */
export function products(
  length: number,
  left: Numbers,
  leftAt: (k: number) => number,
  right: Numbers,
  rightAt: (k: number) => number,
): Numbers {
  const made = exactBuilder(length);
  if (left.change + right.change > 0) {
    const [a, b] = [asFloats(left), asFloats(right)];
    for (let k = 0; k < length; k++) {
      made.values[k] = roundedProduct(a.values[leftAt(k)], b.values[rightAt(k)]);
    }
    return numbers(made, changeOfProduct(a.change, b.change));
  }
  for (let k = 0; k < length; k++) {
    storeProduct(made, k, left.array, leftAt(k), right.array, rightAt(k));
  }
  return numbers(made);
}

/** Entry by entry. */
export function sum(left: Numbers, right: Numbers): Numbers {
  const { length } = left.array.values;
  const made = exactBuilder(length);
  if (left.change + right.change > 0) {
    const [a, b] = [asFloats(left), asFloats(right)];
    for (let k = 0; k < length; k++) made.values[k] = a.values[k] + b.values[k];
    if (!made.values.every(Number.isFinite)) {
      throw new ExactRangeError('a value exceeds the range of float64');
    }
    const [x, y] = [exactArray(a.values), exactArray(b.values)];
    return numbers(made, changeOfSum(x, a.change, y, b.change, made));
  }
  for (let k = 0; k < length; k++) storeSum(made, k, left.array, k, right.array, k);
  return numbers(made);
}

export function negated({ array, change }: Numbers): Numbers {
  return numbers(negateExact(array), change);
}

/** One list after another. */
export function joinNumbers(lists: readonly Numbers[]): Numbers {
  return numbers(
    concatenateExact(lists.map(({ array }) => array)),
    Math.max(...lists.map(({ change }) => change)),
  );
}

export function gathered({ array, change }: Numbers, indices: Int32Array): Numbers {
  return numbers(gatherExact(array, indices), change);
}

/** Number k at `placeOf(k)` of a list of zeros; all places are different. */
export function placed(
  { array, change }: Numbers,
  placeOf: (k: number) => number,
  length: number,
): Numbers {
  const made = exactBuilder(length);
  array.values.forEach((value, k) => {
    made.values[placeOf(k)] = value;
  });
  for (const [k, value] of array.exact) made.exact.set(placeOf(k), value);
  return numbers(made, change);
}

/** For each entry, pairs of an entry of `left` and one of `right`, one pair after another. */
export interface Pairs {
  readonly entries: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** Entry e is the sum of `left[l] * right[r]` over the pairs (l, r) of e. */
export function sumsOfProducts(
  length: number,
  left: Numbers,
  right: Numbers,
  { entries, left: l, right: r }: Pairs,
): Numbers {
  if (left.change + right.change > 0)
    return roundedSums(length, left, right, { entries, left: l, right: r });
  const sums = Array.from({ length }, () => DYADIC_ZERO);
  for (let k = 0; k < entries.length; k++) {
    const a = exactEntry(left.array, l[k]);
    const b = exactEntry(right.array, r[k]);
    if (a.mantissa !== 0n && b.mantissa !== 0n) {
      sums[entries[k]] = addDyadic(sums[entries[k]], multiplyDyadic(a, b));
    }
  }
  const made = exactBuilder(length);
  sums.forEach((value, index) => {
    storeDyadic(made, index, value);
  });
  return numbers(made);
}

function roundedSums(length: number, left: Numbers, right: Numbers, pairs: Pairs): Numbers {
  const [a, b] = [asFloats(left), asFloats(right)];
  const sums = new Float64Array(length);
  const magnitudes = new Float64Array(length);
  const counts = new Int32Array(length);
  pairs.entries.forEach((entry, k) => {
    const product = roundedProduct(a.values[pairs.left[k]], b.values[pairs.right[k]]);
    sums[entry] += product;
    magnitudes[entry] += Math.abs(product);
    counts[entry]++;
  });
  // Of each product, and a rounding of each step of its sum.
  const part = changeOfProduct(a.change, b.change, 2 * HALF_PLACE);
  let change = 0;
  for (let entry = 0; entry < length; entry++) {
    if (magnitudes[entry] === 0) continue;
    const off = magnitudes[entry] * (part + counts[entry] * HALF_PLACE) * (1 + 2 ** -30);
    const least = Math.abs(sums[entry]) - off;
    change = Math.max(change, least > 0 ? off / least : Number.POSITIVE_INFINITY);
  }
  return numbers(exactArray(sums), change);
}

/** The nearest numbers of `bits` bits, for what is off anyway; `change` then bounds both. */
export function roundedTo({ array, change }: Numbers, bits: number): Numbers {
  if (change === 0 || bits >= 53) return { array, change };
  const values = array.values.map((value) => roundToBits(value, bits));
  return { array: exactArray(values), change: changeOfProduct(change, 2 ** -bits) };
}

/** The nearest number of so many bits, as float32 has 24, whatever the exponent. */
function roundToBits(value: number, bits: number): number {
  const magnitude = Math.abs(value);
  if (bits === 24 && magnitude < 2 ** 127 && magnitude >= 2 ** -126) return Math.fround(value);
  // Veltkamp's splitting: exact unless it overflows.
  const unit = magnitude > 2 ** 960 ? 2 ** -60 : 1;
  const scaled = (2 ** (53 - bits) + 1) * (value * unit);
  return (scaled - (scaled - value * unit)) / unit;
}
