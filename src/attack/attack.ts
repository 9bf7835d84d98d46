/**
 * Looks for the input of the domain with the largest error `|f - f^|`: random points, corners, single
 * coordinates, gradient ascent. Deterministic by its seed. What it finds is judged exactly, so it is a
 * true lower bound of the largest error, to be set beside the certified upper bound.
 */

import { checkList, checkObject, checkWhole } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { MAXIMUM_PLACES } from '../integer/places.js';
import { regionOf } from '../precision/bounds/region.js';
import { checkLayers } from '../target/check-layers.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import { type Difference, denseDifference, denseMultiplications } from './difference.js';
import { createJudge, type ExactError, errorMagnitude, exceeds } from './judge.js';
import { mapDifference, mapMultiplications } from './map-difference.js';
import { createRandom } from './random.js';
import {
  ascend,
  better,
  byCoordinates,
  climbSmoothly,
  corner,
  lookAt,
  type Point,
  project,
  randomPoint,
  type Search,
  told,
} from './search.js';

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
  /** Points to begin with, such as a data set's inputs; those outside of the domain are moved into it. */
  readonly starts?: readonly Float64Array[];
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

/**
 * Shares of the evaluations after which each kind of search has had its turn. Smoothed gates find 0.2 to 0.8 bit
 * more where there are many inputs; of a few, single coordinates find more.
 */
const OF_MANY_INPUTS = { random: 0.25, corner: 0.35, smooth: 0.6 };
const OF_FEW_INPUTS = { random: 0.3, corner: 0.45, smooth: 0.45 };
const FEW_INPUTS = 16;

/** Turns of a climb with smoothed gates. */
const MOST_TURNS = 40;

/** What nobody waits for is a slip. */
const MOST_EVALUATIONS = 1e9;

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
  const { seed = 1, evaluations, places, starts: given = [] } = options;
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (evaluations !== undefined) checkWhole('evaluations', evaluations, 1, MOST_EVALUATIONS);
  const difference = differenceOf(network, integerNetwork, places);
  const region = regionOf(domain, difference.inputs);
  checkList('starts', given);
  for (const input of given) {
    if (input instanceof Float64Array && input.length === difference.inputs) continue;
    throw new UsageError(`starts: each is a Float64Array of ${difference.inputs} numbers`);
  }
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
  const shares = n > FEW_INPUTS ? OF_MANY_INPUTS : OF_FEW_INPUTS;
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
  for (const input of given) {
    if (search.done >= 0.2 * limit) break;
    const point = lookAt(search, project(region, input.slice()));
    yield told(search);
    best = better(best, point);
    starts.push(point);
  }
  while (search.done < shares.random * limit) {
    const point = lookAt(search, randomPoint(search));
    yield told(search);
    best = better(best, point);
    starts.push(point);
  }
  phases.random = best.value;
  while (search.done < shares.corner * limit) {
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
    if (search.done >= shares.smooth * limit) break;
    const turns = Math.min(MOST_TURNS, Math.ceil((shares.smooth * limit - search.done) / 2));
    const point = yield* climbSmoothly(search, start, turns);
    phases.gradient = Math.max(phases.gradient, point.value);
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
