/** Decimal strings of bounds, rounded upwards: what is printed is still a bound. */
import { dyadicFromNumber } from '../core/dyadic.js';

/**
 * The least decimal with `digits` significant digits that is not below the non-negative `value`, plain
 * (no exponent). `Infinity` for infinity. Throws a RangeError for NaN and negative values.
 */
export function decimalRoundedUp(value: number, digits = 6): string {
  if (!(value >= 0)) throw new RangeError(`${value} is not a non-negative bound`);
  if (value === 0) return '0';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  const { mantissa, exponent } = dyadicFromNumber(value);
  // toExponential rounds to nearest, so the leading place may be one too high: still enough digits.
  const places = digits - 1 - Number(value.toExponential(digits - 1).split('e')[1]);
  const numerator =
    (mantissa * (places > 0 ? 10n ** BigInt(places) : 1n)) << BigInt(Math.max(0, exponent));
  const denominator = (places < 0 ? 10n ** BigInt(-places) : 1n) << BigInt(Math.max(0, -exponent));
  const units = (numerator + denominator - 1n) / denominator;
  if (places <= 0) return (units * 10n ** BigInt(-places)).toString();
  const text = units.toString().padStart(places + 1, '0');
  const whole = text.slice(0, -places);
  // Looked for from the end: tiny bounds begin with hundreds of zeros.
  let end = text.length;
  while (end > text.length - places && text[end - 1] === '0') end--;
  const fraction = text.slice(text.length - places, end);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
