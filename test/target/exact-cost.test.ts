import { describe, expect, it } from 'vitest';
import { dyadic, dyadicToNumber } from '../../src/core/dyadic.js';
import { type ExactArray, exactArray } from '../../src/target/exact-array.js';
import { dotCost, entryCost, overridesCost } from '../../src/target/exact-cost.js';

/** Entries of so many bits each, below 1. */
function longs(bits: number, count: number): ExactArray {
  const value = dyadic(2n ** BigInt(bits - 1) + 1n, -bits);
  return {
    values: new Float64Array(count).fill(dyadicToNumber(value)),
    exact: new Map(Array.from({ length: count }, (_, index) => [index, value])),
  };
}

describe('the cost of exact arithmetic', () => {
  it('is the least for float64 entries near each other', () => {
    const near = exactArray(Float64Array.of(0.5, -0.75, 0, 1));
    const spread = exactArray(Float64Array.of(2 ** 300, 2 ** -300));
    expect(dotCost(near, near).term).toBeLessThan(40);
    expect(dotCost(spread, spread).term).toBeGreaterThan(150);
    expect(entryCost(near, spread)).toBe(50);
    expect(overridesCost(spread)).toBe(0);
  });

  it('grows with the bits of long entries, for products of two with their product', () => {
    const near = exactArray(Float64Array.of(0.5));
    expect(dotCost(longs(8000, 2), near).term).toBeGreaterThan(1400);
    expect(dotCost(longs(8000, 2), longs(8000, 2)).term).toBeGreaterThan(20_000);
    expect(entryCost(longs(8000, 2), near)).toBeGreaterThan(9000);
    expect(overridesCost(longs(8000, 3))).toBe(3 * 9000);
  });

  it('counts places that are far apart as bits: sums hold all between', () => {
    const far: ExactArray = {
      values: Float64Array.of(1, 0),
      exact: new Map([[1, dyadic(1n, -15_000)]]),
    };
    expect(dotCost(far, exactArray(Float64Array.of(1))).term).toBeGreaterThan(2500);
  });
});
