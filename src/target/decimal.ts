/**
 * Decimal numbers of text files, read without double rounding: the nearest float32 (what a `.nnet`
 * weight stands for) and float64 bounds that certainly enclose the decimal (what a box needs). And
 * exact decimals of exact values.
 */
import { checkObject, checkWhole } from '../core/arguments.js';
import type { Dyadic } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';

/** An ordinary decimal number; other spellings (hexadecimal, inf, nan) are not numbers here. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?$/;

/** Longer numerals are refused: no writer makes them, and exact arithmetic on them would be slow. */
const LONGEST = 400;

/** Whether `text` is a decimal number of sensible length whose magnitude a float64 can hold. */
export function isDecimal(text: string): boolean {
  return text.length <= LONGEST && DECIMAL.test(text) && Number.isFinite(Number(text));
}

/** Sign of `decimal - value` for a finite float64 `value`, exactly. */
function compareDecimal(text: string, value: number): number {
  const [digits = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa =
    BigInt(`${whole.replace(/^[+-]/, '')}${fraction}`) * (text[0] === '-' ? -1n : 1n);
  // Zero, and what lies below half the smallest float64: the exponent may be too large to expand.
  if (mantissa === 0n || Number(text) === 0) {
    const sign = mantissa > 0n ? 1 : mantissa < 0n ? -1 : 0;
    return value > 0 ? -1 : value < 0 ? 1 : sign;
  }
  const exponent = Number(power) - fraction.length;
  let [left, right] = [mantissa, 1n];
  if (exponent >= 0) left *= 10n ** BigInt(exponent);
  else right *= 10n ** BigInt(-exponent);
  // A float64 is an integer multiple of 2^-1074.
  left <<= 1074n;
  right *= multipleOfSmallest(value);
  return left < right ? -1 : left > right ? 1 : 0;
}

function multipleOfSmallest(value: number): bigint {
  const bits = bitsOf(Math.abs(value));
  const biased = bits >> 52n;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = biased === 0n ? fraction : (fraction | (1n << 52n)) << (biased - 1n);
  return value < 0 ? -magnitude : magnitude;
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

/** The next float64 above; for finite values. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  scratch.setFloat64(0, value);
  scratch.setBigUint64(0, scratch.getBigUint64(0) + (value > 0 ? 1n : -1n));
  return scratch.getFloat64(0);
}

/** The next float64 below; for finite values. */
export function nextDown(value: number): number {
  return -nextUp(-value);
}

/** The largest float64 that is not above the decimal. */
export function decimalDown(text: string): number {
  const nearest = Number(text);
  return compareDecimal(text, nearest) < 0 ? nextDown(nearest) : nearest;
}

/** The smallest float64 that is not below the decimal. */
export function decimalUp(text: string): number {
  const nearest = Number(text);
  return compareDecimal(text, nearest) > 0 ? nextUp(nearest) : nearest;
}

/** More bits than exact outputs of networks have: one has some ten thousand a layer at most. */
const MOST_BITS = 2 ** 22;

/**
 * The decimal number that a dyadic rational is, or a fraction over a product of twos and fives (outputs of
 * `trace` and of the exact engine), all digits of it: `-0.125`, `12`, `0`. Throws a `UsageError` for what
 * is neither, or is more than four million bits long.
 */
export function exactDecimal(
  value: Dyadic | { readonly numerator: bigint; readonly denominator: bigint },
): string {
  checkObject('value', value);
  if ('denominator' in value) return fractionDecimal(value.numerator, value.denominator);
  const { mantissa, exponent } = value;
  if (typeof mantissa !== 'bigint') throw new UsageError('value: its mantissa is no BigInt');
  checkWhole('value.exponent', exponent, -MOST_BITS, MOST_BITS);
  if (exponent >= 0) return (mantissa << BigInt(exponent)).toString();
  // m / 2^p = m 5^p / 10^p.
  return withPoint(mantissa * 5n ** BigInt(-exponent), -exponent);
}

/** Fives that are taken out of a denominator one by one: those of a scale of ten. */
const MOST_FIVES = 2 ** 12;

function fractionDecimal(numerator: bigint, denominator: bigint): string {
  if (typeof numerator !== 'bigint') throw new UsageError('value: its numerator is no BigInt');
  if (typeof denominator !== 'bigint' || denominator <= 0n) {
    throw new UsageError('value: its denominator is no BigInt above 0');
  }
  const twos = (denominator & -denominator).toString(2).length - 1;
  let odd = denominator >> BigInt(twos);
  let fives = 0;
  for (; fives < MOST_FIVES && odd % 5n === 0n; fives++) odd /= 5n;
  if (odd !== 1n) throw new UsageError('value: it has no end as a decimal');
  const places = Math.max(twos, fives);
  checkWhole('the length of value in bits', places, 0, MOST_BITS);
  return withPoint((numerator * 10n ** BigInt(places)) / denominator, places);
}

/** `digits / 10^places`, without zeros at the end. */
function withPoint(digits: bigint, places: number): string {
  const magnitude = digits < 0n ? -digits : digits;
  const all = magnitude.toString().padStart(places + 1, '0');
  const whole = all.slice(0, all.length - places);
  const fraction = all.slice(all.length - places).replace(/0+$/, '');
  return `${digits < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Whether a value is a plain decimal, of a length that costs no more than a moment. */
export function isPlainDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{1,400}(\.[0-9]{1,1200})?$/.test(value);
}

/** Negative, zero or positive as one plain decimal (digits, perhaps a point and digits) is less than another. */
export function comparePlainDecimals(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return { whole: whole.replace(/^0+/, ''), fraction: fraction.replace(/0+$/, '') };
  }) as [PlainDecimal, PlainDecimal];
  if (left.whole.length !== right.whole.length) return left.whole.length - right.whole.length;
  // Digits of equal length compare as text, and so do fractions without trailing zeros.
  const [a, b] = [left.whole + left.fraction, right.whole + right.fraction];
  return a < b ? -1 : a > b ? 1 : 0;
}

interface PlainDecimal {
  readonly whole: string;
  readonly fraction: string;
}

const floatScratch = new DataView(new ArrayBuffer(4));

/**
 * The float32 nearest to the decimal, ties to even; infinite beyond float32. Rounding by way of
 * float64 goes wrong only if the float64 is just halfway between two float32 numbers, because every
 * such halfway point is a float64 and rounding is monotonic: there the decimal itself decides.
 */
export function decimalToFloat32(text: string): number {
  const double = Number(text);
  const float = Math.fround(double);
  if (float === double || Math.abs(double) > 2 ** 128) return float;
  const other = neighbour(float, double);
  const halfway = finite32(float) / 2 + finite32(other) / 2;
  if (halfway !== double) return float;
  const side = compareDecimal(text, double);
  if (side === 0) return float;
  return side > 0 ? Math.max(float, other) : Math.min(float, other);
}

/** The float32 next to `float` on the side of `target`; 2^128 counts as the one after the largest. */
function neighbour(float: number, target: number): number {
  const away = Math.abs(target) > Math.abs(float);
  if (float === 0) return target < 0 ? -(2 ** -149) : 2 ** -149;
  floatScratch.setFloat32(0, float);
  floatScratch.setUint32(0, floatScratch.getUint32(0) + (away ? 1 : -1));
  return floatScratch.getFloat32(0);
}

function finite32(float: number): number {
  return Number.isFinite(float) ? float : Math.sign(float) * 2 ** 128;
}
