/** Meeting in the middle against all subsets, and Pensia's bound against what happens. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subsetSumFailure } from '../../../src/constructions/baselines/pensia.js';
import { allSubsetSums, subsetSumSolver } from '../../../src/constructions/baselines/subset-sum.js';
import { layerWeights } from '../../../src/source/weights.js';

/** Integers over 2^20, so that every order of addition gives the same sum. */
const values = fc.array(
  fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((value) => value / 2 ** 20),
  { minLength: 0, maxLength: 11 },
);

function sumOf(numbers: readonly number[], subset: number): number {
  return numbers.reduce((sum, value, bit) => sum + ((subset >>> bit) & 1 ? value : 0), 0);
}

describe('subset sums', () => {
  it('are all there, ascending', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const { count, sums, subsets } = allSubsetSums(numbers);
        expect(count).toBe(2 ** numbers.length);
        expect(new Set(subsets.subarray(0, count)).size).toBe(count);
        for (let index = 0; index < count; index++) {
          expect(sums[index]).toBe(sumOf(numbers, subsets[index]));
          if (index > 0) expect(sums[index]).toBeGreaterThanOrEqual(sums[index - 1]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('come as close as any subset', () => {
    const solver = subsetSumSolver();
    fc.assert(
      fc.property(values, fc.double({ min: -3, max: 3, noNaN: true }), (numbers, goal) => {
        const { subset, distance } = solver.closest(numbers, numbers.length, goal);
        const own = subset.reduce((sum, index) => sum + numbers[index], 0);
        expect(Math.abs(own - goal)).toBeCloseTo(distance, 12);
        let best = Number.POSITIVE_INFINITY;
        for (let any = 0; any < 2 ** numbers.length; any++) {
          best = Math.min(best, Math.abs(sumOf(numbers, any) - goal));
        }
        expect(distance).toBeCloseTo(best, 12);
        expect([...subset].sort((a, b) => a - b)).toEqual(subset);
      }),
      { numRuns: 200 },
    );
  });

  it('miss a fixed goal no more often than the bound says', () => {
    const tolerance = 0.02;
    const trials = 400;
    for (const [goal, neurons] of [
      [1 / (2 * Math.E), 40],
      [-0.1, 90],
      [0.15, 120],
    ] as const) {
      const bound = subsetSumFailure(tolerance, neurons);
      let missed = 0;
      for (let seed = 0; seed < trials; seed++) {
        const hidden = layerWeights(BigInt(seed), 1, { kind: 'uniform', bits: 24 });
        const outer = layerWeights(BigInt(seed), 2, { kind: 'uniform', bits: 24 });
        const reached = new Uint8Array(4001);
        reached[2000] = 1;
        // Sums on a grid of 1/1000, floored: a coarser search than the real one, so it misses more.
        for (let k = 0; k < neurons; k++) {
          const a = hidden.weight(0, k);
          if (a < 0) continue;
          const step = Math.round(1000 * a * outer.weight(k, 0));
          const before = reached.slice();
          for (let at = 0; at < 4001; at++) {
            if (before[at] && at + step >= 0 && at + step <= 4000) reached[at + step] = 1;
          }
        }
        const low = Math.ceil(1000 * (goal - tolerance / 2)) + 2000;
        const high = Math.floor(1000 * (goal + tolerance / 2)) + 2000;
        if (!reached.subarray(low, high + 1).includes(1)) missed++;
      }
      // Three standard deviations of the binomial at the bound.
      const band = 3 * Math.sqrt((bound * (1 - bound)) / trials) + 1e-9;
      expect(missed / trials).toBeLessThanOrEqual(bound + band);
    }
  });
});
