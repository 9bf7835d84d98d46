/**
 * How source weights are distributed, as tickets record it. How they are drawn is said apart (`normal.ts`,
 * `weights.ts`): who reads a ticket draws none.
 */

/** Of a trained ticket's source. `sign`: +1 or -1, equally likely. `normal`: mean 0, variance 1. */
export const UNIT_DISTRIBUTIONS = ['sign', 'normal'] as const;
export type UnitDistribution = (typeof UNIT_DISTRIBUTIONS)[number];

/** Of one layer of a baseline's source. */
export type WeightDistribution =
  /** `(2k + 1) / 2^bits - 1`, k uniform in [0, 2^bits): U[-1, 1] on `2^bits` points, 1 <= bits <= 24. */
  | { readonly kind: 'uniform'; readonly bits: number }
  /**
   * `+-2^e (1 + m / 2^bits)`: density proportional to 1/|w| on `2^least <= |w| < 2^most`, the mantissa
   * rounded to `bits` places (at most 24).
   */
  | {
      readonly kind: 'hyperbolic';
      readonly least: number;
      readonly most: number;
      readonly bits: number;
    }
  /** `+-2^exponent`, with the signs of a sign source of the same seed. */
  | { readonly kind: 'scaled-sign'; readonly exponent: number };

/** Exponents within this range keep products and sums of weights far from overflow and underflow. */
export const MAXIMUM_EXPONENT = 200;

const MAXIMUM_BITS = 24;

/** Places p such that every weight is an integer over `2^p` (p may be negative). */
export function weightPlaces(distribution: WeightDistribution): number {
  switch (distribution.kind) {
    case 'uniform':
      return distribution.bits;
    case 'hyperbolic':
      return distribution.bits - distribution.least;
    case 'scaled-sign':
      return -distribution.exponent;
  }
}

/** Random bits that one weight takes: points of the distribution, as a base-2 logarithm. */
export function bitsOfRandomness(distribution: WeightDistribution): number {
  switch (distribution.kind) {
    case 'uniform':
      return distribution.bits;
    case 'hyperbolic':
      return 1 + distribution.bits + Math.log2(distribution.most - distribution.least);
    case 'scaled-sign':
      return 1;
  }
}

/** Whether the numbers are ones that can be drawn from (`layerWeights`). */
export function isDistribution(distribution: WeightDistribution): boolean {
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  switch (distribution.kind) {
    case 'uniform':
      return whole(distribution.bits, 1, MAXIMUM_BITS);
    case 'hyperbolic': {
      const { least, most, bits } = distribution;
      return (
        whole(bits, 1, MAXIMUM_BITS) &&
        whole(least, -MAXIMUM_EXPONENT, MAXIMUM_EXPONENT) &&
        whole(most, least + 1, MAXIMUM_EXPONENT)
      );
    }
    case 'scaled-sign':
      return whole(distribution.exponent, -MAXIMUM_EXPONENT, MAXIMUM_EXPONENT);
  }
}
