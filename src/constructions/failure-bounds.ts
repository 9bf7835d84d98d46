/**
 * Upper bounds of the probabilities with which a random source lacks what Horner looks for (theory,
 * section 5), by counting deficient sets (Hall's theorem) and binomial tails, in log space because
 * the terms run from 10^8 digits below zero to 10^4 above.
 */

/** Log of n! by Stirling's series beyond a table; relative error below 1e-15 for both. */
const SMALL = 2048;
const smallFactorials = new Float64Array(SMALL);
smallFactorials.forEach((_, n) => {
  smallFactorials[n] = n < 2 ? 0 : n < 64 ? smallFactorials[n - 1] + Math.log(n) : stirling(n);
});

function stirling(n: number): number {
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square / 1260));
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

function logFactorial(n: number): number {
  return n < SMALL ? smallFactorials[n] : stirling(n);
}

/** Log of the binomial coefficient, -Infinity where it is 0. */
export function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Covers the rounding of the sums below: their exponents are exact to well within 1e-7. */
const UPWARDS = 1 + 1e-6;

/** The sum of bounds of probabilities, upwards past its rounding. */
export function sumOfBounds(bounds: readonly number[]): number {
  return bounds.reduce((sum, bound) => sum + bound, 0) * (1 + 1e-9);
}

/** Far below any delta that is asked for, even times the number of terms. */
const NEGLIGIBLE = 1e-40;

/** A planner asks for the same bounds at many prices, and equal blocks ask for the same ones. */
const MOST_REMEMBERED = 20_000;

/** What a map has there, made where it has nothing. */
export function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

type ByPool = Map<number, number>;
type ByThird = Map<number, ByPool>;
type BySecond = Map<number, ByThird>;

/**
 * Remembers a bound by three parameters and the pool. Maps of numbers: making keys of text costs more
 * than the bounds do.
 */
function remembering(): (
  parameters: readonly [number, number, number],
  pool: number,
  compute: () => number,
) => number {
  let known = new Map<number, BySecond>();
  let size = 0;
  return ([first, second, third], pool, compute) => {
    const bySecond = at(known, first, (): BySecond => new Map());
    const byThird = at(bySecond, second, (): ByThird => new Map());
    const byPool = at(byThird, third, (): ByPool => new Map());
    const before = byPool.get(pool);
    if (before !== undefined) return before;
    const bound = compute();
    if (size === MOST_REMEMBERED) {
      known = new Map();
      size = 0;
    }
    // Into a map that may have been dropped above: computed once more, then.
    byPool.set(pool, bound);
    size++;
    return bound;
  };
}

const matchings = remembering();
const outputBounds = remembering();
const shortfalls = remembering();

/**
 * Bound for a matching that gives each of `groups` groups `copies` neurons of its own out of `pool`,
 * where a neuron suits a group with probability `edge`, independently for all pairs: some s groups
 * have together at most `copies * s - 1` neighbours. Infinity instead of anything above 1.
 */
export function matchingFailure(
  groups: number,
  copies: number,
  pool: number,
  edge: number,
): number {
  return matchings([groups, copies, edge], pool, () => {
    const logMissing = Math.log1p(-edge);
    return deficientSets(groups, copies, pool, (size) => size * logMissing);
  });
}

/**
 * The same where a neuron suits no group at all with probability `blocked` (the outputs of an inner
 * block: that all edges from the offset's copies into it are +1), and else each with probability `edge`.
 */
export function outputFailure(
  groups: number,
  pool: number,
  edge: number,
  blocked: number,
  copies = 1,
): number {
  return outputBounds([groups + 2 ** 32 * copies, edge, blocked], pool, () =>
    deficientSets(groups, copies, pool, (size) =>
      Math.log(blocked + (1 - blocked) * (1 - edge) ** size),
    ),
  );
}

/**
 * Union bound over sets of s groups, `C(groups, s)` of them, each deficient with the probability that
 * at most `copies s - 1` of the pool suit any of them; `logMissing(s)` is the log of the probability
 * that a neuron suits none. Summed from both ends. A deficient set has all but some `copies s - 1`
 * neurons missing, and `-logMissing(s)` is positive and concave, so its product with the number missing
 * is least at the ends of any range of s: with the binomials at most `2^(groups + pool)` that bounds
 * the middle, which is added as soon as it is negligible.
 */
function deficientSets(
  groups: number,
  copies: number,
  pool: number,
  logMissing: (size: number) => number,
): number {
  if (pool < groups * copies) return Number.POSITIVE_INFINITY;
  const logAll = (groups + pool) * Math.LN2;
  const logEmpty = (size: number): number => logMissing(size) * (pool - copies * size + 1);
  const term = (size: number): number => {
    const missing = logMissing(size);
    return logTail(
      logChoose(groups, size),
      pool,
      Math.log(-Math.expm1(missing)),
      missing,
      copies * size,
    );
  };
  let total = 0;
  let low = 1;
  let high = groups;
  while (low <= high) {
    const middle = (high - low + 1) * Math.exp(logAll + Math.max(logEmpty(low), logEmpty(high)));
    if (middle <= Math.max(NEGLIGIBLE, total * 1e-9)) {
      total += middle;
      break;
    }
    total += term(low);
    if (high > low) total += term(high);
    // No bound of a probability any more; and no long sum for a hopeless plan from a file.
    if (total > 1) return Number.POSITIVE_INFINITY;
    low++;
    high--;
  }
  return total * UPWARDS;
}

/** `e^logFactor` times the probability of fewer than `wanted` successes in `trials`. */
function logTail(
  logFactor: number,
  trials: number,
  logSuccess: number,
  logFailure: number,
  wanted: number,
): number {
  const odds = Math.exp(logFailure - logSuccess);
  let total = 0;
  let term = 0;
  let falling = false;
  for (let count = wanted - 1; count >= 0; count--) {
    if (!falling) {
      const successes = count === 0 ? 0 : count * logSuccess;
      term = Math.exp(
        logFactor + logChoose(trials, count) + successes + (trials - count) * logFailure,
      );
    }
    total += term;
    // The ratio of the next term to this one only falls. Above 1, a term of 0 may be followed by larger
    // ones, so each is computed on its own; below, the rest is at most a geometric series: covered by
    // `UPWARDS`, or too small to matter.
    const ratio = (count * odds) / (trials - count + 1);
    if (ratio >= 1) continue;
    falling = true;
    const rest = (term * ratio) / (1 - ratio);
    if (rest <= total * 1e-9) break;
    if (rest <= NEGLIGIBLE) return total + NEGLIGIBLE;
    term *= ratio;
  }
  return total;
}

/**
 * Bound for the split layer: `pool` neurons, of which each half of each of `coordinates` inputs takes
 * one with the edge of its sign. A set that holds both halves of an input has every neuron as a
 * neighbour, so only sets with at most one half of each can be deficient.
 */
export function splitFailure(coordinates: number, halves: number, pool: number): number {
  if (pool < halves) return Number.POSITIVE_INFINITY;
  let total = 0;
  for (let size = 1; size <= coordinates; size++) {
    const exponent =
      logChoose(coordinates, size) +
      logChoose(pool, size - 1) +
      size * Math.LN2 * (1 - (pool - size + 1));
    total += Math.exp(exponent);
  }
  return total * UPWARDS;
}

/** Upper bound of the probability that fewer than `wanted` of `trials` succeed, each with `success`. */
export function binomialShortfall(trials: number, success: number, wanted: number): number {
  if (trials < wanted) return 1;
  // Above the mean about half fails: of no use, and a long sum.
  if (wanted > 1000 && wanted - 1 > trials * success) return 1;
  if (success >= 1) return 0;
  if (success <= 0) return wanted > 0 ? 1 : 0;
  return shortfalls([success, wanted, 0], trials, () => {
    const total = logTail(0, trials, Math.log(success), Math.log1p(-success), wanted);
    return Math.min(1, total * UPWARDS);
  });
}
