/**
 * What ReLU and maxima are between, as a backward bound on feature maps takes it: true outputs over the range of
 * their pre-activation (Zhang and others, "Efficient Neural Network Robustness Certification with General
 * Activation Functions", 2018), and errors over the range of the error before. Lines are chosen in float64;
 * what makes them sound are their ends, which the rows use (`map-rows.ts`).
 */
import type { Ranges } from './interval-step.js';

/** Of each neuron behind ReLU: `floor z <= relu(z) <= chord (z - lower)`, for z in its range. */
export interface ValueRelaxation extends Ranges {
  /** 1 for a neuron that is on for all inputs, 0 for one that is off. */
  readonly chord: Float64Array;
  readonly floor: Float64Array;
}

export function relaxValues({ lower, upper }: Ranges): ValueRelaxation {
  const chord = new Float64Array(lower.length);
  const floor = new Float64Array(lower.length);
  for (let i = 0; i < lower.length; i++) {
    const [low, high] = [lower[i], upper[i]];
    if (high <= 0) continue;
    chord[i] = low >= 0 ? 1 : high / (high - low);
    floor[i] = low >= 0 || high > -low ? 1 : 0;
  }
  return { lower, upper, chord, floor };
}

/** One side of where an error behind ReLU may be. */
export interface ErrorLine {
  readonly slope: Float64Array;
  /** 1 where the line is that side itself: `d <= 0`, or `d <= delta`, and so below. */
  readonly isExact: Uint8Array;
  /** The side at the ends of the range, rounded outwards. */
  readonly atLow: Float64Array;
  readonly atHigh: Float64Array;
}

/** Of each neuron, with an error `delta` before ReLU in a range: where that behind it may be. */
export interface ErrorRelaxation extends Ranges {
  readonly above: ErrorLine;
  readonly below: ErrorLine;
}

function newLine(count: number): ErrorLine {
  return {
    slope: new Float64Array(count),
    isExact: new Uint8Array(count).fill(1),
    atLow: new Float64Array(count),
    atHigh: new Float64Array(count),
  };
}

/** The chord of a side from its value at the low end to that at the high one. */
function setChord(line: ErrorLine, i: number, low: number, high: number, ends: [number, number]) {
  const [atLow, atHigh] = ends;
  const slope = (atHigh - atLow) / (high - low);
  line.isExact[i] = 0;
  line.atLow[i] = atLow;
  line.atHigh[i] = atHigh;
  line.slope[i] = slope >= 0 && slope <= 1 ? slope : 0;
}

function lowered(value: number): number {
  return value - Math.abs(value) * 2 ** -50 - 2 ** -1060;
}

/** Whether a neuron is on, or off, in both networks: its error passes, or is none. */
export function isOnInBoth(low: number, errorHigh: number): boolean {
  return low >= 0 && errorHigh <= low;
}

export function isOffInBoth(high: number, errorLow: number): boolean {
  return high <= 0 && errorLow >= high;
}

/**
 * With z in `ranges` and `d = relu(z) - relu(z - delta)`: d is delta for neurons on in both networks and 0 for
 * those off in both; `min(z, delta)` for one that is on in `f`; `min(0, delta - z)` for one that is off there;
 * else between 0 and delta. `passes` says of all neurons that they are on in both, whatever the ranges.
 */
export function relaxErrors(ranges: Ranges, errors: Ranges, passes: boolean): ErrorRelaxation {
  const count = errors.lower.length;
  const above = newLine(count);
  const below = newLine(count);
  for (let i = 0; i < count; i++) {
    const [least, most] = [errors.lower[i], errors.upper[i]];
    const [from, to] = [ranges.lower[i], ranges.upper[i]];
    if (passes || isOnInBoth(from, most)) {
      above.slope[i] = 1;
      below.slope[i] = 1;
    } else if (isOffInBoth(to, least)) {
      // Both slopes are 0.
    } else if (from >= 0) {
      above.slope[i] = 1;
      setChord(below, i, least, most, [Math.min(from, least), Math.min(from, most)]);
    } else if (to <= 0) {
      const ends: [number, number] = [
        Math.min(0, lowered(least - to)),
        Math.min(0, lowered(most - to)),
      ];
      setChord(below, i, least, most, ends);
    } else if (least >= 0) {
      above.slope[i] = 1;
    } else if (most <= 0) {
      below.slope[i] = 1;
    } else {
      setChord(above, i, least, most, [0, most]);
      setChord(below, i, least, most, [least, 0]);
    }
  }
  return { ...errors, above, below };
}

/** Where errors behind ReLU may be, for neurons of a relaxation. */
export function errorsBehind({ lower, upper, above, below }: ErrorRelaxation): Ranges {
  const side = (line: ErrorLine, i: number, pick: (...numbers: number[]) => number): number => {
    if (line.isExact[i] === 0) return pick(line.atLow[i], line.atHigh[i]);
    return line.slope[i] === 0 ? 0 : pick(lower[i], upper[i]);
  };
  return {
    lower: lower.map((_, i) => side(below, i, Math.min)),
    upper: upper.map((_, i) => side(above, i, Math.max)),
  };
}
