/**
 * What exact arithmetic costs, in nanoseconds measured on one machine and rounded, for a reader's
 * budget: it grows with the bits of the longest entries and with how far apart their places are.
 */
import { bitLength } from '../core/dyadic.js';
import { type ExactArray, isMild } from './exact-array.js';

interface Extent {
  /** Of the longest entry. */
  readonly bits: number;
  /** From the lowest place of any entry to the highest one. */
  readonly span: number;
  readonly mild: boolean;
}

/** By the long entries of an array, or by its values where there are none. */
const extents = new WeakMap<object, Extent>();

function extentOf(array: ExactArray): Extent {
  const key = array.exact.size > 0 ? array.exact : array.values;
  const known = extents.get(key);
  if (known !== undefined) return known;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of array.values) {
    const magnitude = Math.abs(value);
    if (magnitude > most) most = magnitude;
    if (magnitude > 0 && magnitude < least) least = magnitude;
  }
  let bits = 53;
  let highest = most > 0 ? Math.log2(most) : 0;
  let lowest = most > 0 ? Math.log2(least) - 53 : 0;
  for (const { mantissa, exponent } of array.exact.values()) {
    const length = bitLength(mantissa);
    bits = Math.max(bits, length);
    lowest = Math.min(lowest, exponent);
    highest = Math.max(highest, exponent + length);
  }
  const extent = { bits, span: highest - lowest, mild: isMild(array) };
  extents.set(key, extent);
  return extent;
}

/** Making an entry that a float64 may not hold, of so many bits. */
function storeCost(bits: number): number {
  return 1000 + bits;
}

/** A product of an entry each, stored; also their sum. */
export function entryCost(left: ExactArray, right: ExactArray): number {
  const a = extentOf(left);
  const b = extentOf(right);
  const stored = storeCost(a.span + b.span) + (a.bits * b.bits) / 3000;
  // Of two float64 the product mostly is one, and the rest is charged once it is there.
  return left.exact.size + right.exact.size === 0 ? 50 : stored;
}

/** A product of an entry each, added to a sum; and the sum, stored. */
export function dotCost(left: ExactArray, right: ExactArray): { term: number; sum: number } {
  const a = extentOf(left);
  const b = extentOf(right);
  const span = a.span + b.span;
  // An expansion has a component for some fifty places.
  if (a.mild && b.mild) return { term: 20 + span / 8, sum: 500 };
  return { term: 400 + span / 6 + (a.bits * b.bits) / 3000, sum: storeCost(span) };
}

/** One step over entries that a float64 does not hold. */
export function overridesCost(array: ExactArray): number {
  if (array.exact.size === 0) return 0;
  return array.exact.size * storeCost(extentOf(array).bits);
}
