/**
 * One layer of the interval chain, element by element, whatever its linear map is (theory, section 2):
 * `e <= |W^| e' + |dW c + db| + |dW| r` for true inputs in `c +- r` that come with errors of at most `e'`, and
 * the interval of the true pre-activations. Sums of n products are widened by Higham's gamma.
 */
import { radiusAround } from './region.js';
import { roundUp } from './rounding.js';

/** Per output, in float64. */
export interface ErrorTerms {
  /** `|dW| r`. */
  readonly own: Float64Array;
  /** `|W^| e'`; undefined where the inputs come without errors. */
  readonly carried: Float64Array | undefined;
  /** `dW c`. */
  readonly mean: Float64Array;
  /** `|dW| |c|`. */
  readonly meanSize: Float64Array;
}

/**
 * Upper bounds of the errors; `deltaBias` gives `db` of an output. Where all terms are 0, `isTouched` says whether
 * factors of some are not: their product is too small for a float64, and what is small now may be multiplied.
 */
export function errorBounds(
  { own, carried, mean, meanSize }: ErrorTerms,
  deltaBias: (output: number) => number,
  isTouched: (output: number) => boolean,
  slop: number,
): Float64Array {
  return own.map((spreadOfOwn, i) => {
    const spread = spreadOfOwn + (carried?.[i] ?? 0);
    const shift = deltaBias(i);
    const size = meanSize[i] + Math.abs(shift);
    if (spread === 0 && size === 0 && !isTouched(i)) return 0;
    return roundUp(spread * (1 + slop) + Math.abs(mean[i] + shift) + size * slop);
  });
}

/** An interval for each of some numbers. */
export interface Ranges {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Per output, in float64: `W c`, `|W| r` and `|W| |c|`. */
export interface RangeTerms {
  readonly middle: Float64Array;
  readonly reach: Float64Array;
  readonly size: Float64Array;
}

/** Intervals of the true pre-activations; `bias` gives `b` of an output. */
export function preActivations(
  { middle, reach, size }: RangeTerms,
  bias: (output: number) => number,
  slop: number,
): Ranges {
  const lower = new Float64Array(middle.length);
  const upper = new Float64Array(middle.length);
  for (let i = 0; i < middle.length; i++) {
    const shift = bias(i);
    const error = roundUp((size[i] + reach[i] + Math.abs(shift)) * slop * 2);
    lower[i] = middle[i] + shift - reach[i] - error;
    upper[i] = middle[i] + shift + reach[i] + error;
  }
  return { lower, upper };
}

/** Errors behind ReLU: a neuron contributes nothing only if it is off in both networks. */
export function rectifiedErrors(bounds: Float64Array, upper: Float64Array): Float64Array {
  return bounds.map((bound, i) =>
    upper[i] <= 0
      ? Math.min(bound, Math.max(0, roundUp(bound) + upper[i] * (1 - 2 ** -50)))
      : bound,
  );
}

/** Centre and outward rounded radius of intervals, behind ReLU or as they are. */
export function centredRanges({ lower, upper }: Ranges, rectify: boolean) {
  const centre = new Float64Array(lower.length);
  const radius = new Float64Array(lower.length);
  for (let i = 0; i < lower.length; i++) {
    const low = rectify ? Math.max(0, lower[i]) : lower[i];
    const high = rectify ? Math.max(0, upper[i]) : upper[i];
    centre[i] = low / 2 + high / 2;
    radius[i] = radiusAround(centre[i], low, high);
  }
  return { centre, radius };
}
