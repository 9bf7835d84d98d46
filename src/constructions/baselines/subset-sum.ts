/**
 * Subset sums by meeting in the middle (Horowitz, Sahni 1974): the sums of either half of the numbers in
 * ascending order, each list merged from the one before, then one pass over both. No solver: 2^(n/2)
 * steps and numbers for n values.
 */

/** Values that one list may have: 2^23 sums of 12 bytes. */
const MOST_IN_A_LIST = 23;
export const MOST_VALUES = 2 * MOST_IN_A_LIST;

/** Ascending subset sums; bit i of `subsets[k]` says whether value i is in the k-th sum. */
export interface SumList {
  readonly count: number;
  readonly sums: Float64Array;
  readonly subsets: Uint32Array;
}

interface Scratch {
  sums: Float64Array;
  subsets: Uint32Array;
}

function scratch(): Scratch {
  return { sums: new Float64Array(0), subsets: new Uint32Array(0) };
}

function reserve(buffer: Scratch, length: number): void {
  if (buffer.sums.length >= length) return;
  buffer.sums = new Float64Array(length);
  buffer.subsets = new Uint32Array(length);
}

/** All sums of `values[from .. to)`, ascending, in `into`; `other` is overwritten too. */
function listSums(
  values: ArrayLike<number>,
  from: number,
  to: number,
  into: Scratch,
  other: Scratch,
): SumList {
  const size = to - from;
  if (size > MOST_IN_A_LIST) throw new RangeError(`subset sums of more than ${MOST_VALUES} values`);
  reserve(into, 2 ** size);
  reserve(other, 2 ** size);
  let [source, target] = size % 2 === 0 ? [into, other] : [other, into];
  source.sums[0] = 0;
  source.subsets[0] = 0;
  for (let bit = 0; bit < size; bit++) {
    mergeShifted(source, 2 ** bit, values[from + bit], 2 ** bit, target);
    [source, target] = [target, source];
  }
  return { count: 2 ** size, sums: source.sums, subsets: source.subsets };
}

/** Merges the list with itself plus `value`. */
function mergeShifted(
  { sums, subsets }: Scratch,
  count: number,
  value: number,
  flag: number,
  target: Scratch,
): void {
  const outSums = target.sums;
  const outSubsets = target.subsets;
  let plain = 0;
  let shifted = 0;
  for (let at = 0; at < 2 * count; at++) {
    if (shifted === count || (plain < count && sums[plain] <= sums[shifted] + value)) {
      outSums[at] = sums[plain];
      outSubsets[at] = subsets[plain++];
    } else {
      outSums[at] = sums[shifted] + value;
      outSubsets[at] = subsets[shifted++] | flag;
    }
  }
}

/** All subset sums of up to 23 values, in arrays of their own. */
export function allSubsetSums(values: ArrayLike<number>): SumList {
  return listSums(values, 0, values.length, scratch(), scratch());
}

/** A subset with its distance from the goal; bit i of low stands for value i, of high for `split + i`. */
export interface ClosestSubset {
  readonly distance: number;
  readonly low: number;
  readonly high: number;
}

/** The closest pair of sums, one from each list; the first of equals. */
export function closestPair(low: SumList, high: SumList, goal: number): ClosestSubset {
  let distance = Number.POSITIVE_INFINITY;
  let bestLow = 0;
  let bestHigh = 0;
  let at = high.count - 1;
  const { sums: highSums } = high;
  for (let index = 0; index < low.count; index++) {
    const rest = goal - low.sums[index];
    while (at > 0 && highSums[at] > rest) at--;
    // The last sum not above the rest, and the one after it.
    const below = Math.abs(highSums[at] - rest);
    if (below < distance) {
      distance = below;
      bestLow = index;
      bestHigh = at;
    }
    if (at + 1 < high.count) {
      const above = Math.abs(highSums[at + 1] - rest);
      if (above < distance) {
        distance = above;
        bestLow = index;
        bestHigh = at + 1;
      }
    }
  }
  return { distance, low: low.subsets[bestLow], high: high.subsets[bestHigh] };
}

/** Finds closest subsets again and again with the same memory. */
export interface SubsetSumSolver {
  /**
   * Indices of the subset of the first `count` values whose sum is closest to `goal`, ascending, and its
   * distance (to the rounding of float64). Throws a RangeError beyond `MOST_VALUES` values.
   */
  closest(
    values: ArrayLike<number>,
    count: number,
    goal: number,
  ): { readonly subset: number[]; readonly distance: number };
}

export function subsetSumSolver(): SubsetSumSolver {
  const lowList = scratch();
  const highList = scratch();
  const spare = scratch();
  return {
    closest(values, count, goal) {
      const split = Math.floor(count / 2);
      const low = listSums(values, 0, split, lowList, spare);
      const high = listSums(values, split, count, highList, spare);
      const best = closestPair(low, high, goal);
      const subset: number[] = [];
      for (let bit = 0; bit < split; bit++) if ((best.low >>> bit) & 1) subset.push(bit);
      for (let bit = 0; bit < count - split; bit++) {
        if ((best.high >>> bit) & 1) subset.push(split + bit);
      }
      return { subset, distance: best.distance };
    },
  };
}
