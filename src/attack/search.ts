/** Points of a region, the error at them, and ways from one to a worse one: what an attack is made of. */
import type { Progress } from '../core/progress.js';
import type { Steps } from '../core/steps.js';
import type { Region } from '../precision/bounds/region.js';
import type { Difference } from './difference.js';

export interface Search {
  readonly difference: Difference;
  readonly region: Region;
  readonly random: () => number;
  readonly limit: number;
  done: number;
}

export interface Point {
  readonly input: Float64Array;
  readonly value: number;
  readonly output: number;
  readonly sign: number;
}

/** Puts a point back into the region, in its place, past the rounding of a ball's norm. */
export function project(region: Region, input: Float64Array): Float64Array {
  if (region.kind === 'box') {
    const { lower, upper } = region;
    for (let k = 0; k < input.length; k++) {
      input[k] = Math.min(Math.max(input[k], lower[k]), upper[k]);
    }
    return input;
  }
  const norm = euclideanNorm(input);
  const most = region.radius * (1 - (input.length + 4) * 2 ** -50);
  if (norm > most) for (let k = 0; k < input.length; k++) input[k] = (input[k] / norm) * most;
  return input;
}

export function euclideanNorm(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return Math.sqrt(sum);
}

export function lookAt(search: Search, input: Float64Array): Point {
  const { errors } = search.difference.at(input);
  search.done++;
  let output = 0;
  for (let j = 1; j < errors.length; j++) {
    if (Math.abs(errors[j]) > Math.abs(errors[output])) output = j;
  }
  return { input, value: Math.abs(errors[output]), output, sign: errors[output] < 0 ? -1 : 1 };
}

/** How far a search is after another point. */
export function told({ done, limit }: Search): Progress {
  return { stage: 'attack', done: Math.min(done, limit), total: limit };
}

export function randomPoint({ region, random, difference }: Search): Float64Array {
  const n = difference.inputs;
  const point = new Float64Array(n);
  if (region.kind === 'box') {
    const { lower, upper } = region;
    for (let k = 0; k < n; k++) {
      const share = random();
      const value = lower[k] * (1 - share) + upper[k] * share;
      // Rounding can leave the box.
      point[k] = Math.min(Math.max(value, lower[k]), upper[k]);
    }
    return point;
  }
  for (let k = 0; k < n; k++) point[k] = random() + random() + random() - 1.5;
  const norm = euclideanNorm(point) || 1;
  const length = region.radius * random() ** (1 / n);
  for (let k = 0; k < n; k++) point[k] = (point[k] / norm) * length;
  return project(region, point);
}

/** A corner of the box, or a point on the ball's surface, by the signs of `along`. */
export function corner(region: Region, along: Float64Array, from: Float64Array): Float64Array {
  if (region.kind === 'box') {
    const { lower, upper } = region;
    const point = from.slice();
    for (let k = 0; k < point.length; k++) {
      if (along[k] > 0) point[k] = upper[k];
      else if (along[k] < 0) point[k] = lower[k];
    }
    return point;
  }
  const norm = euclideanNorm(along);
  if (norm === 0) return from;
  return project(
    region,
    along.map((value) => (value / norm) * region.radius),
  );
}

export function better(a: Point, b: Point): Point {
  return b.value > a.value ? b : a;
}

/** The point of the region that is `step` of the way to `goal`. */
export function between(region: Region, from: Float64Array, goal: Float64Array, step: number) {
  const point = from.slice();
  for (let k = 0; k < point.length; k++) point[k] += step * (goal[k] - point[k]);
  return project(region, point);
}

/** Steps towards the corner that the gradient points to, halving where that does not help. */
export function* ascend(search: Search, start: Point, until: number): Steps<Point> {
  let best = start;
  const { difference, region } = search;
  let step = 1;
  while (search.done < until && step > 2 ** -12) {
    const gradient = difference.at(best.input).gradient(best.output);
    if (best.sign < 0) for (let k = 0; k < gradient.length; k++) gradient[k] = -gradient[k];
    const goal = corner(region, gradient, best.input);
    const next = lookAt(search, step === 1 ? goal : between(region, best.input, goal, step));
    search.done++;
    yield told(search);
    if (next.value > best.value) best = next;
    else step /= 2;
  }
  return best;
}

/** Each coordinate in turn to either end, the middle and a random place. */
export function* byCoordinates(search: Search, start: Point, until: number): Steps<Point> {
  const { region, random } = search;
  let best = start;
  for (let improved = true; improved && search.done < until; ) {
    improved = false;
    for (let k = 0; k < start.input.length && search.done < until; k++) {
      const low = region.kind === 'box' ? region.lower[k] : -region.radius;
      const high = region.kind === 'box' ? region.upper[k] : region.radius;
      for (const value of [low, high, low / 2 + high / 2, low + random() * (high - low)]) {
        if (value === best.input[k] || search.done >= until) continue;
        const input = best.input.slice();
        input[k] = value;
        const next = lookAt(search, project(region, input));
        yield told(search);
        if (next.value > best.value) {
          best = next;
          improved = true;
        }
      }
    }
  }
  return best;
}

/** Widths of gates that a climb begins and ends with, and the length of its steps. */
const SOFTEST = 0.5;
const HARDEST = 2 ** -6;
const LONGEST_STEP = 0.5;

/**
 * A climb with smoothed gates that become steeper: steps towards the corner that the slope points to, shorter and
 * shorter, taken whether they help or not. It passes kinks at which the gradient itself turns back.
 */
export function* climbSmoothly(search: Search, start: Point, turns: number): Steps<Point> {
  const { difference, region } = search;
  const { output, sign } = start;
  let best = start;
  let at = start.input;
  let softness = SOFTEST;
  for (let turn = 0; turn < turns && search.done < search.limit; turn++) {
    const gradient = difference.at(at).gradient(output, softness);
    if (sign < 0) for (let k = 0; k < gradient.length; k++) gradient[k] = -gradient[k];
    const step = LONGEST_STEP * (1 - turn / turns);
    at = between(region, at, corner(region, gradient, at), step);
    search.done++;
    const next = lookAt(search, at);
    yield told(search);
    best = better(best, next);
    softness = Math.max(HARDEST, softness * (1 - 3 / turns));
  }
  return best;
}
