/** Chains of several types, which differ in how far they must reach: whether there are enough of each. */
import { binomialShortfall } from './failure-bounds.js';

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
