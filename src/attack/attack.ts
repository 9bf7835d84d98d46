/**
 * Looks for the input of the domain with the largest error `|f - f^|`: random points, corners, single
 * coordinates, gradient ascent. Deterministic by its seed. What it finds is judged exactly, so it is a
 * true lower bound of the largest error, to be set beside the certified upper bound.
 */

import { checkList, checkObject, checkWhole } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import type { Progress, Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { MAXIMUM_PLACES } from '../integer/places.js';
import { type Region, regionOf } from '../precision/bounds/region.js';
import { checkLayers } from '../target/check-layers.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import { type Difference, denseDifference, denseMultiplications } from './difference.js';
import { createJudge, type ExactError, errorMagnitude, exceeds } from './judge.js';
import { mapDifference, mapMultiplications } from './map-difference.js';
import { createRandom } from './random.js';

export type AttackPhase = 'random' | 'corner' | 'gradient' | 'coordinate';

export interface AttackOptions {
  readonly seed?: number;
  /** Evaluations of the networks in all (default 4,000; fewer for large networks). */
  readonly evaluations?: number;
  /**
   * Of feature maps, and needed there: binary places of each layer of the network, whose averages add up (as
   * `recordPlaces` tells and certified tickets record). Where to look follows from them, not what is found.
   */
  readonly places?: readonly number[];
  /** A certified bound to test: `violated` says whether it was exceeded, exactly. */
  readonly bound?: number;
}

export interface AttackResult {
  /** The largest error found, judged exactly and given as the nearest float64. */
  readonly measured: number;
  readonly exact: ExactError;
  readonly input: Float64Array;
  /** Which output, from 0. */
  readonly output: number;
  /** Largest error, in float64, that each kind of search ended with. */
  readonly phases: Readonly<Record<AttackPhase, number>>;
  readonly evaluations: number;
  /** Whether the exact error exceeds the bound that was given. */
  readonly violated: boolean;
}

/** Multiplications that the default number of evaluations may take. */
const DEFAULT_WORK = 2e9;

/**
 * Steps of an evaluation for each input coordinate, beside the networks' multiplications: choosing the
 * point, projecting it, walking towards a corner. A step is about as long as an addition in memory.
 */
const COORDINATE_STEPS = 32;

/** What nobody waits for is a slip. */
const MOST_EVALUATIONS = 1e9;

interface Search {
  readonly difference: Difference;
  readonly region: Region;
  readonly random: () => number;
  readonly limit: number;
  done: number;
}

interface Point {
  readonly input: Float64Array;
  readonly value: number;
  readonly output: number;
  readonly sign: number;
}

/** Puts a point back into the region, in its place, past the rounding of a ball's norm. */
function project(region: Region, input: Float64Array): Float64Array {
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

function euclideanNorm(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return Math.sqrt(sum);
}

function lookAt(search: Search, input: Float64Array): Point {
  const { errors } = search.difference.at(input);
  search.done++;
  let output = 0;
  for (let j = 1; j < errors.length; j++) {
    if (Math.abs(errors[j]) > Math.abs(errors[output])) output = j;
  }
  return { input, value: Math.abs(errors[output]), output, sign: errors[output] < 0 ? -1 : 1 };
}

/** How far a search is after another point. */
function told({ done, limit }: Search): Progress {
  return { stage: 'attack', done: Math.min(done, limit), total: limit };
}

function randomPoint({ region, random, difference }: Search): Float64Array {
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
function corner(region: Region, along: Float64Array, from: Float64Array): Float64Array {
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

function better(a: Point, b: Point): Point {
  return b.value > a.value ? b : a;
}

/** The point of the region that is `step` of the way to `goal`. */
function between(region: Region, from: Float64Array, goal: Float64Array, step: number) {
  const point = from.slice();
  for (let k = 0; k < point.length; k++) point[k] += step * (goal[k] - point[k]);
  return project(region, point);
}

/** Steps towards the corner that the gradient points to, halving where that does not help. */
function* ascend(search: Search, start: Point, until: number): Steps<Point> {
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
function* byCoordinates(search: Search, start: Point, until: number): Steps<Point> {
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

function defaultEvaluations(multiplications: number): number {
  return Math.min(4000, Math.max(200, Math.round(DEFAULT_WORK / multiplications)));
}

/** Steps that an attack with the default number of evaluations takes, each as an addition in memory. */
export function attackWork(network: Network): number {
  const inputs = inputsOf(network.layers);
  const each = hasMaps(network)
    ? mapMultiplications(network)
    : denseMultiplications(network.layers);
  return defaultEvaluations(each) * (each + COORDINATE_STEPS * inputs);
}

function differenceOf(
  network: Network,
  integerNetwork: IntegerNetwork,
  places: readonly number[] | undefined,
): Difference {
  if (!hasMaps(network)) {
    checkNetwork(network);
    return denseDifference(network, integerNetwork);
  }
  if (integerNetwork.maps === undefined) {
    throw new MisfitError('the network is of feature maps, the integer network is not');
  }
  if (places === undefined) {
    throw new UsageError('places: an attack on feature maps needs the places of their layers');
  }
  checkList('places', places);
  for (const each of places) checkWhole('places', each, 0, MAXIMUM_PLACES);
  return mapDifference(network, places);
}

/**
 * Attacks the promise on the domain. Throws a `UsageError` for the domain `all` and a `MisfitError`
 * where the networks do not fit each other.
 */
export function attack(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  options: AttackOptions & Watch = {},
): AttackResult {
  return complete(attackSteps(network, integerNetwork, domain, options), options);
}

/** The same in steps of stage `attack`, counted in evaluations. */
export function* attackSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  options: AttackOptions = {},
): Steps<AttackResult> {
  checkLayers(network);
  checkIntegerNetwork(integerNetwork);
  checkDomain(domain, inputsOf(network.layers));
  checkObject('options', options);
  const { seed = 1, evaluations, places } = options;
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (evaluations !== undefined) checkWhole('evaluations', evaluations, 1, MOST_EVALUATIONS);
  const difference = differenceOf(network, integerNetwork, places);
  const region = regionOf(domain, difference.inputs);
  const limit = evaluations ?? defaultEvaluations(difference.multiplications);
  const random = createRandom(seed);
  const search: Search = {
    difference,
    region,
    random,
    limit,
    done: 0,
  };
  const n = difference.inputs;
  const phases: Record<AttackPhase, number> = { random: 0, corner: 0, gradient: 0, coordinate: 0 };

  const centre = project(
    region,
    Float64Array.from({ length: n }, (_, k) =>
      region.kind === 'box' ? region.lower[k] / 2 + region.upper[k] / 2 : 0,
    ),
  );
  yield told(search);
  let best = lookAt(search, centre);
  const starts: Point[] = [];
  while (search.done < 0.3 * limit) {
    const point = lookAt(search, randomPoint(search));
    yield told(search);
    best = better(best, point);
    starts.push(point);
  }
  phases.random = best.value;
  while (search.done < 0.45 * limit) {
    const signs = new Float64Array(n);
    for (let k = 0; k < n; k++) signs[k] = random() < 0.5 ? -1 : 1;
    const point = lookAt(search, corner(region, signs, centre));
    yield told(search);
    phases.corner = Math.max(phases.corner, point.value);
    best = better(best, point);
    starts.push(point);
  }
  starts.sort((a, b) => b.value - a.value);
  for (const start of [best, ...starts]) {
    if (search.done >= 0.8 * limit) break;
    const point = yield* ascend(search, start, 0.8 * limit);
    phases.gradient = Math.max(phases.gradient, point.value);
    best = better(best, point);
  }
  best = better(best, yield* byCoordinates(search, best, limit));
  phases.coordinate = best.value;
  yield { stage: 'attack', done: limit, total: limit };

  const exactErrors = createJudge(network, integerNetwork)(best.input);
  let output = 0;
  exactErrors.forEach((error, j) => {
    if (errorMagnitude(error) > errorMagnitude(exactErrors[output])) output = j;
  });
  const exact = exactErrors[output];
  return {
    measured: errorMagnitude(exact),
    exact,
    input: best.input,
    output,
    phases,
    evaluations: search.done,
    violated: options.bound !== undefined && exceeds(exact, options.bound),
  };
}
