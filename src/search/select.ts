/**
 * The edges with the largest scores: the threshold is found by radix selection on the bits of the
 * absolute values, without sorting, which was what made a step of edge-popup slow inside an
 * automatic-differentiation graph. Of equal scores those of lower position are kept. Loops over all
 * edges are written without branches that depend on scores: half of those would be mispredicted.
 */

const MAGNITUDE = 0x7fffffff;
/** The first bucket is the exponent and three bits; the rest is narrowed down bucket by bucket. */
const FIRST_SHIFT = 20;
const BUCKET_BITS = 10;

/** Float32 numbers as 32-bit words: magnitudes order like their bits without the sign. */
function bitsOf(scores: Float32Array): Uint32Array {
  return new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
}

/** The bucket of the `wanted`-th largest number, and how many of that bucket are wanted. */
function topBucket(histogram: Uint32Array, wanted: number): { bucket: number; wanted: number } {
  let left = wanted;
  let bucket = histogram.length - 1;
  while (bucket > 0 && left > (histogram[bucket] as number)) {
    left -= histogram[bucket] as number;
    bucket--;
  }
  return { bucket, wanted: left };
}

/** The magnitudes' bits of the `count`-th largest, and how many equal to it are among the largest. */
function findThreshold(
  lists: readonly Uint32Array[],
  count: number,
): { threshold: number; ties: number } {
  const first = new Uint32Array(2 ** (31 - FIRST_SHIFT));
  for (const list of lists) {
    for (let index = 0; index < list.length; index++) {
      first[((list[index] as number) & MAGNITUDE) >>> FIRST_SHIFT]++;
    }
  }
  let { bucket, wanted } = topBucket(first, count);
  let candidates = new Uint32Array(first[bucket] as number);
  let found = 0;
  for (const list of lists) {
    for (let index = 0; index < list.length; index++) {
      const bits = (list[index] as number) & MAGNITUDE;
      if (bits >>> FIRST_SHIFT === bucket) candidates[found++] = bits;
    }
  }
  let threshold = bucket;
  for (let shift = FIRST_SHIFT - BUCKET_BITS; shift >= 0; shift -= BUCKET_BITS) {
    const histogram = new Uint32Array(2 ** BUCKET_BITS);
    for (const bits of candidates) histogram[(bits >>> shift) & (2 ** BUCKET_BITS - 1)]++;
    ({ bucket, wanted } = topBucket(histogram, wanted));
    threshold = threshold * 2 ** BUCKET_BITS + bucket;
    candidates = candidates.filter((bits) => bits >>> shift === threshold);
  }
  return { threshold, ties: wanted };
}

/**
 * Sets `masks[l][p]` to 1 for the `count` scores of largest absolute value over all lists, else to 0.
 * Scores must not be NaN.
 */
export function selectLargest(
  scores: readonly Float32Array[],
  count: number,
  masks: readonly Uint8Array[],
): void {
  const lists = scores.map(bitsOf);
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  if (!(Number.isInteger(count) && count >= 1 && count <= total)) {
    throw new RangeError(`${count} of ${total} scores cannot be kept`);
  }
  const { threshold, ties } = findThreshold(lists, count);
  let left = ties;
  lists.forEach((list, which) => {
    const mask = masks[which] as Uint8Array;
    for (let index = 0; index < list.length; index++) {
      // The sign of the difference of two 31-bit numbers, as 0 or 1.
      mask[index] = (threshold - ((list[index] as number) & MAGNITUDE)) >>> 31;
    }
    for (let index = 0; left > 0 && index < list.length; index++) {
      if (((list[index] as number) & MAGNITUDE) === threshold) {
        mask[index] = 1;
        left--;
      }
    }
  });
}
