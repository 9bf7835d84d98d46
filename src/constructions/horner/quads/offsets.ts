/**
 * What keeps chains in fours from going negative (docs/horner.md, Theorem 2): the offset of each chain at
 * the start and at the end of its units, and how far the top must reach.
 */
import { ceilingOf } from '../windows.js';

/** By type: the first and third chains of a group have the lesser offset, the others the greater one. */
export type ByType<T> = readonly [lesser: T, greater: T];

export interface QuadOffsets {
  /** What each chain holds at every input, besides its share of the weight, before its first unit. */
  readonly start: ByType<bigint>;
  /** The same after the last unit: what outputs subtract. */
  readonly end: ByType<bigint>;
  /** The top's largest coefficient; the least is not below 0. */
  readonly reach: ByType<bigint>;
}

/** `log2` of the inverse of the maximum norm of `U^-k`, for k below 4; `U^4` is 64 times a permutation. */
const SHRINKING = [0, 1, 2, 4] as const;
const PERIOD_BITS = 6;

/** The same for all k. */
function shrinkingBits(k: number): number {
  return PERIOD_BITS * Math.floor(k / 4) + SHRINKING[k % 4];
}

/**
 * For `k = 0 .. units` the largest magnitude that a chain's share of the weights can have k units before
 * the end: `U^-k` of weights of at most `largest`, and of each unit's digits, which move a preimage by at
 * most 1.
 */
export function shareBounds(largest: bigint, units: number): bigint[] {
  const scale = shrinkingBits(units);
  let moved = 0n;
  return Array.from({ length: units + 1 }, (_, k) => {
    const bits = BigInt(scale - shrinkingBits(k));
    const bound = ((largest << bits) + moved) >> BigInt(scale);
    moved += 1n << bits;
    return bound;
  });
}

/** How offsets `(c, 3 c)` grow into `4 (c, 2 c)`, those into `2 (c, 3 c)`, and so on: the lesser of a pair. */
function offsetGrowth(units: number, isThreefold: boolean): bigint {
  const pairs = 1n << BigInt(3 * Math.floor(units / 2));
  return units % 2 === 0 ? pairs : pairs * (isThreefold ? 4n : 2n);
}

/**
 * Offsets for entries of at most `largest` in magnitude after `units` units. They end threefold, `(c, 3 c)`:
 * that asks for the least. k units before the end, with shares of at most `s_k`, an accumulator keeps its
 * sign if the lesser offset is at least `s_k`, and a relay of the unit that begins there if twice that is
 * at least `s_(k-1) + 1`.
 */
export function quadOffsets(largest: bigint, units: number): QuadOffsets {
  if (largest !== knownLargest) {
    known.clear();
    knownLargest = largest;
  }
  const before = known.get(units);
  if (before !== undefined) return before;
  const offsets = computeOffsets(largest, units);
  known.set(units, offsets);
  return offsets;
}

/** A planner asks for those of one class again and again. */
const known = new Map<number, QuadOffsets>();
let knownLargest = -1n;

function computeOffsets(largest: bigint, units: number): QuadOffsets {
  const shares = shareBounds(largest, units);
  const isThreefold = units % 2 === 0;
  let lesser = ceilingOf(shares[0], offsetGrowth(units, isThreefold));
  for (let k = 1; k <= units; k++) {
    const least = maximum(shares[k], ceilingOf(shares[k - 1] + 1n, 2n));
    lesser = maximum(lesser, ceilingOf(least, offsetGrowth(units - k, isThreefold)));
  }
  const greater = lesser * (isThreefold ? 3n : 2n);
  const end = lesser * offsetGrowth(units, isThreefold);
  const share = shares[units];
  return {
    start: [lesser, greater],
    end: [end, 3n * end],
    reach: [lesser + share, greater + share],
  };
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
