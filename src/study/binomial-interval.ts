/**
 * Confidence bands of measured shares: the exact interval of Clopper and Pearson (1934), from binomial
 * tails, no normal approximation. Its coverage is never below the level, whatever the true share.
 */
import { binomialShortfall } from '../constructions/failure-bounds.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Halvings of [0, 1]: beyond float64's precision. */
const HALVINGS = 60;

/** The largest share with which `successes` or fewer of `trials` still have probability `tail`. */
function upperLimit(successes: number, trials: number, tail: number): number {
  if (successes === trials) return 1;
  let low = successes / trials;
  let high = 1;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (binomialShortfall(trials, middle, successes + 1) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The interval that holds the true share with probability at least `level`.
 *
 * @param successes 0 to `trials`
 * @param level strictly between 0 and 1, e.g. 0.95
 */
export function binomialInterval(successes: number, trials: number, level: number): Interval {
  if (!(Number.isInteger(successes) && successes >= 0 && successes <= trials && trials > 0)) {
    throw new RangeError(`${successes} of ${trials} is no measured share`);
  }
  if (!(level > 0 && level < 1)) throw new RangeError('a level lies strictly between 0 and 1');
  const tail = (1 - level) / 2;
  return {
    low: 1 - upperLimit(trials - successes, trials, tail),
    high: upperLimit(successes, trials, tail),
  };
}
