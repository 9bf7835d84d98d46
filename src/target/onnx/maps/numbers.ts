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

/** Entry k is `left[at(k)[0]] * right[at(k)[1]]`. */
export function products(
  length: number,
  left: Numbers,
  leftAt: (k: number) => number,
  right: Numbers,
  rightAt: (k: number) => number,
): Numbers {
  const made = exactBuilder(length);
  for (let k = 0; k < length; k++) {
    storeProduct(made, k, left.array, leftAt(k), right.array, rightAt(k));
  }
  const inexact = left.change + right.change > 0;
  return numbers(made, inexact ? changeOfProduct(left.change, right.change) : 0);
}

/** Entry by entry. */
export function sum(left: Numbers, right: Numbers): Numbers {
  const made = exactBuilder(left.array.values.length);
  for (let k = 0; k < made.values.length; k++) storeSum(made, k, left.array, k, right.array, k);
  if (left.change + right.change === 0) return numbers(made);
  return numbers(made, changeOfSum(left.array, left.change, right.array, right.change, made));
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
  const sums = new Float64Array(length);
  const magnitudes = new Float64Array(length);
  const counts = new Int32Array(length);
  pairs.entries.forEach((entry, k) => {
    const [a, b] = [left.array.values[pairs.left[k]], right.array.values[pairs.right[k]]];
    const product = a * b;
    if (a !== 0 && b !== 0 && !(Math.abs(product) >= 2 ** -1022 && Math.abs(product) < 2 ** 1000)) {
      throw new ExactRangeError('a product is too small or too large to be rounded to float64');
    }
    sums[entry] += product;
    magnitudes[entry] += Math.abs(product);
    counts[entry]++;
  });
  // Of each product, and a rounding of each step of its sum.
  const part = changeOfProduct(left.change, right.change, 2 * HALF_PLACE);
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
  // Veltkamp's splitting: exact unless it overflows.
  const scale = 2 ** (53 - bits) + 1;
  const large = Math.abs(value) > 2 ** 960;
  const scaled = scale * (large ? value * 2 ** -60 : value);
  const nearest = scaled - (scaled - (large ? value * 2 ** -60 : value));
  return large ? nearest * 2 ** 60 : nearest;
}
