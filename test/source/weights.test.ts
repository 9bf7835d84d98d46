/** The real-valued source weights: exact dyadics, the stated distributions, any of them alone. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fractionalBits } from '../../src/core/dyadic.js';
import { type WeightDistribution, weightPlaces } from '../../src/source/distributions.js';
import { layerSigns } from '../../src/source/source.js';
import { layerWeights } from '../../src/source/weights.js';

const distributions: readonly WeightDistribution[] = [
  { kind: 'uniform', bits: 24 },
  { kind: 'uniform', bits: 3 },
  { kind: 'hyperbolic', least: -9, most: 4, bits: 12 },
  { kind: 'scaled-sign', exponent: -5 },
];

function sample(distribution: WeightDistribution, count: number): number[] {
  const { weight } = layerWeights(7n, 2, distribution);
  return Array.from({ length: count }, (_, index) => weight(index % 97, Math.floor(index / 97)));
}

/** Largest distance between the empirical distribution of `values` and `below`. */
function kolmogorov(values: readonly number[], below: (value: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce(
    (most, value, index) => Math.max(most, Math.abs((index + 0.5) / sorted.length - below(value))),
    0,
  );
}

describe('source weights', () => {
  it('are integers over 2^places and the same whenever they are asked for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...distributions),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(2 ** 31),
        fc.nat(2 ** 31),
        (distribution, seed, column, row) => {
          const value = layerWeights(seed, 3, distribution).weight(column, row);
          expect(fractionalBits(value)).toBeLessThanOrEqual(
            Math.max(0, weightPlaces(distribution)),
          );
          expect(value).not.toBe(0);
          expect(layerWeights(seed, 3, distribution).weight(column, row)).toBe(value);
        },
      ),
    );
  });

  // Beyond 1.95 / sqrt(n) with probability 0.001; the seed is fixed.
  const limit = 1.95 / Math.sqrt(20_000);

  it('are uniform on [-1, 1]', () => {
    const values = sample({ kind: 'uniform', bits: 24 }, 20_000);
    expect(kolmogorov(values, (value) => (value + 1) / 2)).toBeLessThan(limit);
  });

  it('have a density proportional to 1/|w|', () => {
    const values = sample({ kind: 'hyperbolic', least: -9, most: 4, bits: 20 }, 20_000);
    const logs = values.map((value) => Math.log2(Math.abs(value)));
    expect(kolmogorov(logs, (value) => (value + 9) / 13)).toBeLessThan(limit);
    const positive = values.filter((value) => value > 0).length;
    expect(Math.abs(positive - 10_000)).toBeLessThan(250);
  });

  it('are the signs of the sign source, scaled', () => {
    const signs = layerSigns(9n, 4);
    const { weight } = layerWeights(9n, 4, { kind: 'scaled-sign', exponent: -2 });
    for (let row = 0; row < 200; row++) expect(weight(11, row)).toBe(signs.sign(11, row) / 4);
  });

  it('differ between layers and seeds', () => {
    const at = (seed: bigint, t: number): number =>
      layerWeights(seed, t, { kind: 'uniform', bits: 24 }).weight(5, 6);
    expect(new Set([at(1n, 1), at(1n, 2), at(2n, 1), at(1n << 40n, 1)]).size).toBe(4);
  });

  it('refuse parameters that cannot be drawn from', () => {
    for (const distribution of [
      { kind: 'uniform', bits: 25 },
      { kind: 'uniform', bits: 0 },
      { kind: 'hyperbolic', least: 3, most: 3, bits: 12 },
      { kind: 'hyperbolic', least: -9, most: 2 ** 20, bits: 12 },
      { kind: 'scaled-sign', exponent: 0.5 },
    ] as const) {
      expect(() => layerWeights(1n, 1, distribution)).toThrow(RangeError);
    }
  });
});
