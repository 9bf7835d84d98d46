/**
 * How many neurons a layer gets beyond those that it must have: all failure terms of a source share one
 * price, and a slack is raised while one more neuron costs fewer source weights than the failure
 * probability that it saves is worth.
 */

import { at } from './failure-bounds.js';

/** A failure term this large is no sum's business: the slack is raised whatever it costs. */
const HOPELESS = 0.01;

/** No slack is searched upwards beyond this. */
const MAXIMUM_SLACK = 2 ** 20;

/**
 * The least slack at which one more neuron no longer pays. `failure` falls with the slack. `near` is a
 * guess, which costs the less the better it is.
 */
export function leastSlack(
  weightsPerNeuron: number,
  price: number,
  failure: (slack: number) => number,
  near = 0,
): number {
  const known = new Map<number, number>();
  const bound = (slack: number): number => at(known, slack, () => failure(slack));
  const enough = (slack: number): boolean => {
    const here = bound(slack);
    return here <= HOPELESS && price * (here - bound(slack + 1)) <= weightsPerNeuron;
  };
  const guess = Number.isFinite(near) ? near : 0;
  let step = 1;
  let low: number;
  let high: number;
  if (enough(guess)) {
    high = guess;
    low = guess - 1;
    while (low >= 0 && enough(low)) {
      high = low;
      step *= 2;
      low = low === 0 ? -1 : Math.max(low - step, 0);
    }
  } else {
    low = guess;
    high = guess + 1;
    while (!enough(high)) {
      low = high;
      step *= 2;
      high += step;
      if (high > MAXIMUM_SLACK) return Number.POSITIVE_INFINITY;
    }
  }
  // Not enough at `low` (or none there), enough at `high`.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
