/**
 * The two IEEE formats in forward error analysis (N. J. Higham, "Accuracy and Stability of Numerical
 * Algorithms", section 3.1): the constants that every bound on rounding here is made of.
 */

export interface FloatFormat {
  /** Bits of the significand, the hidden one included. */
  readonly precision: number;
  /** Exponent of the least normal number. */
  readonly leastExponent: number;
  /** Everything below this power of two is finite. */
  readonly mostExponent: number;
  /** The least positive number: what a product may lose to underflow. */
  readonly tiny: number;
}

export const FLOAT32: FloatFormat = {
  precision: 24,
  leastExponent: -126,
  mostExponent: 127,
  tiny: 2 ** -149,
};
export const FLOAT64: FloatFormat = {
  precision: 53,
  leastExponent: -1022,
  mostExponent: 1023,
  tiny: Number.MIN_VALUE,
};

/** Half an ulp of 1: the relative error of one rounding. */
export const unitRoundoff = ({ precision }: FloatFormat): number => 2 ** -precision;

/** Higham's gamma: relative error of a sum of non-negative terms after so many roundings. */
export function gamma(roundings: number, { precision }: FloatFormat): number {
  const product = roundings * 2 ** -precision;
  return product < 0.5 ? product / (1 - product) : Number.POSITIVE_INFINITY;
}

/**
 * Upwards, for a float64 sum of `terms` non-negative terms, each a product at most. Only 0 stays 0; below
 * the normal numbers a product may have lost half the least number.
 */
export function up(value: number, terms: number): number {
  if (value === 0) return 0;
  return value * (1 + (terms + 8) * 2 ** -52) + (terms + 8) * Number.MIN_VALUE;
}

/** The product of non-negative factors, where one that underflows must not count as 0. */
export function product(first: number, second: number): number {
  if (first === 0 || second === 0) return 0;
  const value = first * second;
  return value === 0 ? Number.MIN_VALUE : value;
}
