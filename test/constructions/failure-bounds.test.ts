import { describe, expect, it } from 'vitest';
import {
  binomialShortfall,
  logChoose,
  matchingFailure,
  outputFailure,
  splitFailure,
} from '../../src/constructions/failure-bounds.js';
import { matchGroups, suitability } from '../../src/constructions/matching.js';
import { randomStream } from '../networks.js';

const TRIALS = 4000;

/** Share of random suitabilities without a complete matching. */
function measure(
  groups: number,
  copies: number,
  pool: number,
  seed: number,
  draw: (random: () => number) => (group: number) => boolean,
): number {
  const random = randomStream(seed);
  let failures = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const rows = suitability(groups, pool);
    for (let neuron = 0; neuron < pool; neuron++) {
      const suits = draw(random);
      for (let group = 0; group < groups; group++) {
        if (suits(group)) rows.rows[group * rows.words + (neuron >>> 5)] |= 1 << (neuron & 31);
      }
    }
    if (!matchGroups(rows, copies).complete) failures++;
  }
  return failures / TRIALS;
}

/** Four standard deviations above what a probability of `bound` would show. */
function above(bound: number): number {
  return bound + 4 * Math.sqrt(Math.max(bound, 1e-3) / TRIALS);
}

describe('failure bounds', () => {
  it.each([
    [1, 1, 6, 0.5],
    [4, 1, 8, 0.5],
    [8, 1, 8, 0.5],
    [5, 2, 18, 0.25],
    [3, 3, 30, 0.25],
    [12, 2, 26, 0.25],
    [4, 2, 40, 0.125],
  ])(
    'hold for matchings of %i groups with %i copies in a pool of %i, edges %f',
    (groups, copies, pool, edge) => {
      const bound = matchingFailure(groups, copies, pool, edge);
      const measured = measure(
        groups,
        copies,
        pool,
        groups * 100 + pool,
        (random) => () => random() < edge,
      );
      expect(measured).toBeLessThan(above(bound));
      // And they are of use: no more than a few times the truth where it can be measured.
      if (measured > 0.01 && bound < 1) expect(bound).toBeLessThan(4 * measured);
    },
  );

  it('hold for outputs, whose neurons share the offset', () => {
    for (const [outputs, pool, edge, blocked] of [
      [3, 16, 0.25, 0.125],
      [6, 14, 0.25, 0.0625],
      [10, 14, 0.25, 0.5],
    ]) {
      const bound = outputFailure(outputs, pool, edge, blocked);
      const measured = measure(outputs, 1, pool, outputs, (random) => {
        const open = random() >= blocked;
        return () => random() < edge && open;
      });
      expect(measured).toBeLessThan(above(bound));
    }
  });

  it('hold for the split layer, where the halves of an input exclude each other', () => {
    for (const [coordinates, pool] of [
      [2, 8],
      [3, 9],
      [6, 14],
    ]) {
      const bound = splitFailure(coordinates, 2 * coordinates, pool);
      const measured = measure(2 * coordinates, 1, pool, coordinates, (random) => {
        const signs = Array.from({ length: coordinates }, () => random() < 0.5);
        return (half) => signs[half >> 1] === (half % 2 === 0);
      });
      expect(measured).toBeLessThan(above(bound));
    }
  });

  it('sum binomial tails exactly', () => {
    for (const [trials, success, wanted] of [
      [10, 0.3, 4],
      [60, 0.9, 50],
      [200, 0.25, 30],
    ]) {
      let exact = 0;
      for (let count = 0; count < wanted; count++) {
        exact +=
          Math.exp(logChoose(trials, count)) * success ** count * (1 - success) ** (trials - count);
      }
      const bound = binomialShortfall(trials, success, wanted);
      expect(bound).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(bound).toBeLessThan(exact * (1 + 1e-5));
    }
    expect(binomialShortfall(3, 0.5, 4)).toBe(1);
  });

  it('equal the sum over all sizes of deficient sets, of which they add up the ends only', () => {
    for (const [groups, copies, pool, edge] of [
      [51, 2, 155, 0.25],
      [30, 1, 31, 0.5],
      [6, 2, 90, 0.25],
      [120, 3, 500, 0.125],
    ]) {
      let whole = 0;
      let theory = 0;
      for (let size = 1; size <= groups; size++) {
        const missing = (1 - edge) ** size;
        const sets = Math.exp(logChoose(groups, size));
        for (let count = 0; count < copies * size; count++) {
          whole +=
            sets *
            Math.exp(logChoose(pool, count)) *
            (1 - missing) ** count *
            missing ** (pool - count);
        }
        // The coarser count of theory, section 5.
        const rest = pool - copies * size + 1;
        theory += sets * Math.exp(logChoose(pool, copies * size - 1)) * missing ** rest;
      }
      const bound = matchingFailure(groups, copies, pool, edge);
      expect(bound).toBeGreaterThanOrEqual(whole * (1 - 1e-9));
      expect(bound).toBeLessThan(whole * (1 + 1e-4) + 1e-39);
      expect(bound).toBeLessThan(theory * (1 + 1e-4) + 1e-39);
    }
  });

  it('are infinite where the pool is too small', () => {
    expect(matchingFailure(4, 2, 7, 0.9)).toBe(Number.POSITIVE_INFINITY);
    expect(splitFailure(3, 6, 5)).toBe(Number.POSITIVE_INFINITY);
  });
});
