/** Distances of float64s from exact fractions, and decimal bounds, compared without rounding. */
import { dyadicFromNumber } from '../src/core/dyadic.js';
import type { ExactValue } from '../src/inference/exact.js';

/** The fraction of a float64. */
export function fractionOf(value: number): ExactValue {
  const { mantissa, exponent } = dyadicFromNumber(value);
  return exponent >= 0
    ? { numerator: mantissa << BigInt(exponent), denominator: 1n }
    : { numerator: mantissa, denominator: 1n << BigInt(-exponent) };
}

/** The fraction of a plain decimal. */
export function fractionOfDecimal(text: string): ExactValue {
  const [whole = '', places = ''] = text.split('.');
  return { numerator: BigInt(whole + places), denominator: 10n ** BigInt(places.length) };
}

/** Whether `|value - exact| <= bound`, in rationals. */
export function isWithinBound(value: number, exact: ExactValue, bound: ExactValue): boolean {
  const own = fractionOf(value);
  const difference = own.numerator * exact.denominator - exact.numerator * own.denominator;
  const size = difference < 0n ? -difference : difference;
  return size * bound.denominator <= bound.numerator * own.denominator * exact.denominator;
}
