/** The tops of chains: how far their first digits reach. */
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
