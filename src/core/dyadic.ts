/**
 * Exact dyadic rationals `mantissa * 2^exponent`: what every finite float is, closed under the
 * additions and multiplications of a network's affine maps. Kept normalised: the mantissa is odd,
 * or zero with exponent 0, so that equal values have equal fields.
 */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export const DYADIC_ZERO: Dyadic = { mantissa: 0n, exponent: 0 };

const scratch = new DataView(new ArrayBuffer(8));

/** Number of trailing zero bits of a non-zero integer. */
export function trailingZeros(value: bigint): number {
  let count = 0;
  let rest = value < 0n ? -value : value;
  // Whole words first: a mantissa that was shifted far left has thousands of them.
  while ((rest & 0xffffffffn) === 0n) {
    rest >>= 32n;
    count += 32;
  }
  const low = Number(rest & 0xffffffffn) | 0;
  return count + (31 - Math.clz32(low & -low));
}

/** Number of bits of `|value|`; 0 for 0. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude === 0n) return 0;
  const hex = magnitude.toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

/** `mantissa * 2^exponent`, normalised. */
export function dyadic(mantissa: bigint, exponent = 0): Dyadic {
  if (mantissa === 0n) return DYADIC_ZERO;
  const shift = trailingZeros(mantissa);
  return { mantissa: mantissa >> BigInt(shift), exponent: exponent + shift };
}

/** The exact value of a finite float64. Throws a RangeError for NaN and infinities. */
export function dyadicFromNumber(value: number): Dyadic {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a dyadic rational`);
  if (value === 0) return DYADIC_ZERO;
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  let mantissa = (BigInt(high & 0xfffff) << 32n) | BigInt(scratch.getUint32(4));
  if (biased !== 0) mantissa |= 1n << 52n;
  return dyadic(high >>> 31 ? -mantissa : mantissa, Math.max(biased, 1) - 1075);
}

/** Fractional bits of a finite float64: the least p >= 0 with `2^p * value` an integer. */
export function fractionalBits(value: number): number {
  if (Number.isInteger(value)) return 0;
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const low = scratch.getUint32(4);
  const biased = (high >>> 20) & 0x7ff;
  // The implied leading one matters only if all stored mantissa bits are zero.
  const upper = (high & 0xfffff) | (biased === 0 ? 0 : 0x100000);
  const zeros = low !== 0 ? 31 - Math.clz32(low & -low) : 32 + (31 - Math.clz32(upper & -upper));
  return 1075 - Math.max(biased, 1) - zeros;
}

export function addDyadic(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  return dyadic(
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent)),
    exponent,
  );
}

export function multiplyDyadic(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n || b.mantissa === 0n) return DYADIC_ZERO;
  // The product of odd mantissas is odd: already normalised.
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
}

export function negateDyadic(a: Dyadic): Dyadic {
  return { mantissa: -a.mantissa, exponent: a.exponent };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareDyadic(a: Dyadic, b: Dyadic): number {
  const difference = addDyadic(a, negateDyadic(b)).mantissa;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `floor(mantissa * 2^exponent)` as an integer. */
export function floorDyadic(a: Dyadic): bigint {
  // BigInt's right shift rounds towards minus infinity.
  return a.exponent >= 0 ? a.mantissa << BigInt(a.exponent) : a.mantissa >> BigInt(-a.exponent);
}

/** The nearest float64, ties to even; infinities beyond the range. */
export function dyadicToNumber(a: Dyadic): number {
  const { mantissa, exponent } = a;
  if (mantissa === 0n) return 0;
  const negative = mantissa < 0n;
  const magnitude = negative ? -mantissa : mantissa;
  const length = bitLength(magnitude);
  const top = length + exponent; // the value lies in [2^(top-1), 2^top)
  if (top > 1024) return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // The last place that float64 keeps: 53 bits, fewer where the value is subnormal.
  const lastPlace = Math.max(top - 53, -1074);
  const drop = lastPlace - exponent;
  let kept = drop <= 0 ? magnitude << BigInt(-drop) : magnitude >> BigInt(drop);
  if (drop > 0) {
    const rest = magnitude - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  // `kept` is at most 2^53; scaled in two steps because 2^-1074 * 2^53 has no single exact factor.
  const half = Math.trunc(lastPlace / 2);
  const value = Number(kept) * 2 ** half * 2 ** (lastPlace - half);
  return negative ? -value : value;
}

/** True if the value is exactly a finite float64. */
export function fitsNumber(a: Dyadic): boolean {
  const nearest = dyadicToNumber(a);
  return Number.isFinite(nearest) && compareDyadic(dyadicFromNumber(nearest), a) === 0;
}
