import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialInterval } from '../../src/study/binomial-interval.js';

/** P(X <= k) for X binomial, term by term from the definition. */
function cumulative(k: number, trials: number, share: number): number {
  let term = (1 - share) ** trials;
  let sum = 0;
  for (let count = 0; count <= k; count++) {
    sum += term;
    term *= ((trials - count) / (count + 1)) * (share / (1 - share));
  }
  return sum;
}

describe('binomialInterval', () => {
  it.each([
    // Published tables of the Clopper-Pearson interval.
    [0, 10, 0.95, 0, 0.3085],
    [1, 10, 0.95, 0.0025, 0.445],
    [5, 10, 0.95, 0.1871, 0.8129],
    [10, 10, 0.95, 0.6915, 1],
    [0, 1000, 0.95, 0, 0.003682],
  ])('%i of %i at %d', (successes, trials, level, low, high) => {
    const interval = binomialInterval(successes, trials, level);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('ends where the tails have half of what the level leaves', () => {
    const cases = fc
      .integer({ min: 2, max: 60 })
      .chain((trials) =>
        fc.tuple(
          fc.constant(trials),
          fc.integer({ min: 1, max: trials - 1 }),
          fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        ),
      );
    fc.assert(
      fc.property(cases, ([trials, successes, level]) => {
        const { low, high } = binomialInterval(successes, trials, level);
        const tail = (1 - level) / 2;
        expect(cumulative(successes, trials, high)).toBeCloseTo(tail, 5);
        expect(1 - cumulative(successes - 1, trials, low)).toBeCloseTo(tail, 5);
        expect(low).toBeLessThan(successes / trials);
        expect(high).toBeGreaterThan(successes / trials);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('is exact for thousands of trials, on both sides of one half', () => {
    for (const successes of [3, 2500, 7500, 9997]) {
      const { low, high } = binomialInterval(successes, 10_000, 0.95);
      const share = successes / 10_000;
      const spread = 1.96 * Math.sqrt((share * (1 - share)) / 10_000);
      expect(low).toBeGreaterThan(share - 1.5 * spread - 0.0003);
      expect(high).toBeLessThan(share + 1.5 * spread + 0.0006);
      expect(low).toBeLessThan(share);
      expect(high).toBeGreaterThan(share);
    }
  });

  it.each([
    [-1, 10, 0.9],
    [11, 10, 0.9],
    [1, 0, 0.9],
    [1, 10, 1],
  ])('refuses %i of %i at %d', (successes, trials, level) => {
    expect(() => binomialInterval(successes, trials, level)).toThrow(RangeError);
  });
});
