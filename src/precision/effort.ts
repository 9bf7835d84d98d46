/**
 * How many boxes the choice of bits may split a domain into, for the seconds that someone is willing to wait. It
 * is counted in steps, never by a clock: what is chosen does not depend on the machine. More boxes never lead to a
 * higher rung of the ladder, since a rung that is met with some is met with more.
 */
import { chainSteps, type LayerSize, rowSteps } from './bounds/steps.js';
import { MOST_BOXES } from './most-boxes.js';

/** Rounds of learning after which nothing more is to be had, where a domain is not split. */
export const MOST_ROUNDS = 400;

/** Steps of two cores in a second, about. */
const STEPS_PER_SECOND = 2e9;
/** Rungs that are split as far as they may be: most are met or given up long before. */
const WHOLE_RUNGS = 2;
const FEWEST = 9;

/** Where nobody says how long: with ranges by rows so many certify more than 300 did without, in less time. */
export const BOXES_BY_DEFAULT = 60;

/** Rounds of learning on each box on average, and the run that makes it a bound. */
const ROUNDS = 9;

/** What a limit of steps is to allow more where someone is willing to wait. */
export function stepsOfEffort(seconds = 0): number {
  return 4 * seconds * STEPS_PER_SECOND;
}

/** Boxes for so many seconds on two cores of the day. */
export function boxesWithin(
  { layers }: { readonly layers: readonly LayerSize[] },
  seconds: number,
): number {
  const each = ROUNDS * chainSteps(layers) + rowSteps(layers);
  const most = (seconds * STEPS_PER_SECOND) / (WHOLE_RUNGS * each);
  return Math.min(MOST_BOXES, Math.max(FEWEST, Math.floor(most)));
}

/**
 * Rounds of learning for so many seconds where nothing is split, and no fewer than `least`. (On one core: a chain is not
 * divided.)
 */
export function roundsWithin(
  { layers }: { readonly layers: readonly LayerSize[] },
  seconds: number,
  least: number,
): number {
  const most = (seconds * STEPS_PER_SECOND) / (2 * WHOLE_RUNGS * chainSteps(layers));
  return Math.min(MOST_ROUNDS, Math.max(least, Math.floor(most)));
}
