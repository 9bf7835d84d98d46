/**
 * How large a share of all inputs may be of a kind of which so many were among some that were drawn: the upper end
 * of the exact interval of Clopper and Pearson (Biometrika 26, 1934). It is no proof of anything, but fails with a
 * known probability, and that only where the inputs were drawn independently of each other and of what is judged.
 */
import { check, checkWhole, PROBABILITY } from '../core/arguments.js';

/** What rounding may do to a sum of probabilities, relatively, many times over. */
const MARGIN = 2 ** -26;

/** Probability that at most `count` of `samples` are of a kind whose share is `share`. */
function atMost(count: number, samples: number, share: number): number {
  // The terms up to `count`, the last one by logarithms and the others from it, largest first where it matters.
  let logarithm = samples * Math.log1p(-share);
  const odds = Math.log(share) - Math.log1p(-share);
  for (let k = 1; k <= count; k++) logarithm += Math.log((samples - k + 1) / k) + odds;
  let term = 1;
  let sum = 1;
  for (let k = count; k > 0 && term > 2 ** -60 * sum; k--) {
    term *= (k * (1 - share)) / ((samples - k + 1) * share);
    sum += term;
  }
  return Math.exp(logarithm) * sum;
}

/**
 * The least share, rounded up, at which seeing no more than `count` of `samples` has a probability of at most
 * `1 - confidence`; 1 where all were. Throws a `UsageError` for numbers that are none of these.
 */
export function largestShare(count: number, samples: number, confidence: number): number {
  checkWhole('samples', samples, 1, 2 ** 40);
  checkWhole('count', count, 0, samples);
  check('confidence', confidence, PROBABILITY);
  if (count === samples) return 1;
  // The confidence that was meant may be half a unit above the float64 that it is read as; and sums of
  // logarithms of many samples lose more than the margin.
  const least = 1 - confidence - 2 ** -53;
  if (least <= 0) return 1;
  const allowed = least * (1 - MARGIN - samples * 2 ** -44);
  let low = count / samples;
  let high = 1;
  // What has been found is at the upper end, where the condition holds.
  for (let turn = 0; turn < 200; turn++) {
    const middle = low / 2 + high / 2;
    if (!(low < middle && middle < high)) break;
    if (atMost(count, samples, middle) <= allowed) high = middle;
    else low = middle;
  }
  return high;
}
