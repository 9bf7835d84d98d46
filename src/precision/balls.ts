/**
 * Balls in the maximum norm around given inputs, cut to a box: the domains that robustness is certified on.
 * A ticket records how they are made and a digest of the inputs, not the inputs.
 */
import { check, checkObject, checkPositive, checkText, checkWhole } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import type { Domain, InputSign } from '../target/network.js';

type Box = Extract<Domain, { kind: 'box' }>;

/** What a ticket records of balls. A number of the file is `value / divide` for the network, and so the radius. */
export interface BallsRecord {
  readonly samples: number;
  /** Digest of the samples, as of data that a ticket was trained on, without labels. */
  readonly data: string;
  /** Above 0. */
  readonly divide: number;
  /** Not negative, in units of the file. */
  readonly radius: number;
  /** What the balls are cut to, in units of the network; absent where they are whole. */
  readonly clip?: readonly [number, number] | undefined;
}

/** With the samples themselves: `samples` by inputs, as numbers of the file. */
export interface Balls extends BallsRecord {
  readonly values: Float64Array;
}

/** The record of balls alone, fields in the order in which they are written. */
export function ballsRecord({ samples, data, divide, radius, clip }: BallsRecord): BallsRecord {
  return { samples, data, divide, radius, ...(clip && { clip }) };
}

/** Whether two records are of the same balls. */
export function sameBalls(one: BallsRecord | undefined, other: BallsRecord | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return JSON.stringify(ballsRecord(one)) === JSON.stringify(ballsRecord(other));
}

/** Throws a `UsageError` unless these are balls, and a `MisfitError` unless they are of so many inputs. */
export function checkBalls(balls: Balls, inputs: number): void {
  checkObject('around', balls);
  const { samples, data, divide, radius, clip, values } = balls;
  checkWhole('around.samples', samples, 1, 2 ** 32);
  checkText('around.data', data);
  check('around.values', values, {
    is: (own) => own instanceof Float64Array,
    not: 'no Float64Array',
  });
  checkPositive('around.divide', divide);
  if (!(radius >= 0) || !Number.isFinite(radius)) {
    throw new UsageError(`around.radius: ${radius} is no radius`);
  }
  if (values.length !== samples * inputs) {
    throw new MisfitError(
      `around.values: ${values.length} numbers are not ${samples} samples of ${inputs} inputs`,
    );
  }
  if (clip !== undefined && !(clip[0] <= clip[1])) {
    throw new UsageError(`around.clip: from ${clip[0]} to ${clip[1]} there is nothing`);
  }
}

/** Outwards past the rounding of a quotient and a sum. */
function outward(value: number, away: number): number {
  return Math.abs(value) * 2 ** -51 + away * 2 ** -51 + 2 ** -1060;
}

/**
 * The ball around one sample as a box that holds it: `|x - value / divide| <= radius / divide`, cut to `clip`.
 * Throws a `UsageError` for a sample that is not finite, or so far from the clip that nothing is left.
 */
export function ballAround({ values, divide, radius, clip, samples }: Balls, sample: number): Box {
  const inputs = values.length / samples;
  const lower = new Float64Array(inputs);
  const upper = new Float64Array(inputs);
  const away = radius / divide;
  for (let k = 0; k < inputs; k++) {
    const value = values[sample * inputs + k];
    const middle = value / divide;
    if (!Number.isFinite(middle)) {
      throw new UsageError(`around: sample ${sample + 1}, coordinate ${k + 1} is not finite`);
    }
    // A sample by itself is what it is where nothing is divided.
    const slack = radius === 0 && (divide === 1 || value === 0) ? 0 : outward(middle, away);
    const low = middle - away - slack;
    const high = middle + away + slack;
    lower[k] = clip === undefined ? low : Math.max(low, clip[0]);
    upper[k] = clip === undefined ? high : Math.min(high, clip[1]);
    if (lower[k] <= upper[k]) continue;
    throw new UsageError(
      `around: the ball of sample ${sample + 1} lies outside of its clip in coordinate ${k + 1}`,
    );
  }
  return { kind: 'box', lower, upper };
}

/**
 * Throws a `MisfitError` where a ball has inputs of signs that are not in the domain of a ticket: there the
 * pruned source need not be its integer network.
 */
export function checkBallSigns(ball: Box, signs: readonly InputSign[], sample: number): void {
  const outside = signs.findIndex(
    (sign, k) =>
      (sign === 'nonnegative' && !(ball.lower[k] >= 0)) ||
      (sign === 'nonpositive' && !(ball.upper[k] <= 0)),
  );
  if (outside < 0) return;
  throw new MisfitError(
    `the ball of input ${sample + 1} has coordinates ${outside + 1} of a sign that the ticket's domain has not; ` +
      'cut it with option "clip", or find the ticket on a larger domain',
  );
}

/** Inputs up to which each coordinate has its own range in a hull: a record of more would be long. */
const MOST_RANGES = 64;

/** A box that holds all of the balls: the domain of a ticket that is certified on them. */
export function hullOf(balls: Balls): Box {
  const inputs = balls.values.length / balls.samples;
  const lower = new Float64Array(inputs).fill(Number.POSITIVE_INFINITY);
  const upper = new Float64Array(inputs).fill(Number.NEGATIVE_INFINITY);
  for (let sample = 0; sample < balls.samples; sample++) {
    const ball = ballAround(balls, sample);
    for (let k = 0; k < inputs; k++) {
      lower[k] = Math.min(lower[k], ball.lower[k]);
      upper[k] = Math.max(upper[k], ball.upper[k]);
    }
  }
  if (inputs <= MOST_RANGES) return { kind: 'box', lower, upper };
  const least = lower.reduce((low, own) => Math.min(low, own), Number.POSITIVE_INFINITY);
  const most = upper.reduce((high, own) => Math.max(high, own), Number.NEGATIVE_INFINITY);
  return { kind: 'box', lower: lower.fill(least), upper: upper.fill(most) };
}
