/** The tops of chains: how far their first digits reach, and how many chains reach far enough. */
import { binomialShortfall } from '../failure-bounds.js';

/** A planner asks for the same ones again and again. */
const shortfalls = new Map<number, number>();
const MOST_KEPT = 4096;
const MOST_REACH = 4096;

/**
 * Probability that fewer than `reach` of the `units + 1` digits of a top are +1 at one input; all have the
 * same place.
 */
export function topShortfall(units: number, reach: number): number {
  const key = units * MOST_REACH + reach;
  let known = shortfalls.get(key);
  if (known === undefined) {
    known = binomialShortfall(units + 1, 1 / 2, reach);
    if (shortfalls.size < MOST_KEPT && reach < MOST_REACH) shortfalls.set(key, known);
  }
  return known;
}

/**
 * Probability that among `chains` independent ones, each good for type t of a group with probability
 * `good[t]`, there are not `wanted` for all places of the groups. Who is good for a type is good for those
 * after it, so chains run short of a type only if too few are good for it and for those before it.
 */
export function typesShortfall(chains: number, wanted: number, good: readonly number[]): number {
  return good.reduce((sum, probability, type) => {
    // Equal neighbours ask for the same chains: the last of them decides.
    if (good[type + 1] === probability) return sum;
    return sum + binomialShortfall(chains, probability, (wanted * (type + 1)) / good.length);
  }, 0);
}
