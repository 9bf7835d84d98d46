/**
 * The layers that sum all halves of the inputs (Theorem 5): each half has a neuron of its own in the split
 * layer, with the edge of its sign and +1 into one of a few sums; one neuron reads all of those.
 */
import { binomialShortfall, splitFailure } from '../failure-bounds.js';

/** More neurons that some sum reads than halves are asked for only where there are a few inputs. */
const MOST_MORE = 48;

/**
 * Bound for the split layer of `pool` neurons: too few of them, `enough`, have +1 into one of the `sums`,
 * or those are no split layer. Their edges from the inputs are independent of those into the sums, so both
 * are known bounds; the least over `enough` counts. (A union bound over sets of halves of the whole pool
 * would not do: it counts one shortage of neurons again for each of `2^inputs` sets.)
 */
export function sumFailure(inputs: number, halves: number, pool: number, sums: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let enough = halves; enough <= halves + MOST_MORE && enough <= pool; enough++) {
    const split = splitFailure(inputs, halves, enough);
    const bound = binomialShortfall(pool, 1 - 2 ** -sums, enough) + split;
    if (bound < least) least = bound;
    // From here on only the first term rises.
    if (split <= bound * 1e-3) break;
  }
  return least;
}

/** That none of `pool` neurons has +1 from all sums. */
export function totalShortfall(pool: number, sums: number): number {
  return binomialShortfall(pool, 2 ** -sums, 1);
}
