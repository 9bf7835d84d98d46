/** The exact binomial bound on a share: against exact rationals, closed forms and known values. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { largestShare } from '../../src/precision/clopper-pearson.js';

/** Whether P(at most `count` of `samples`) <= (1 - confidence), the share and the confidence as exact fractions. */
function isEnough(count: number, samples: number, share: number, confidence: number): boolean {
  const unit = 2n ** 60n;
  const of = (value: number): bigint => BigInt(Math.floor(value * 2 ** 60));
  const p = of(share);
  const q = unit - p;
  let choose = 1n;
  let sum = 0n;
  for (let k = 0; k <= count; k++) {
    sum += choose * p ** BigInt(k) * q ** BigInt(samples - k);
    choose = (choose * BigInt(samples - k)) / BigInt(k + 1);
  }
  return sum * unit <= (unit - of(confidence)) * unit ** BigInt(samples);
}

describe('the largest share', () => {
  it.each([
    [0, 10_000, 0.99, 4.604e-4],
    [0, 20, 0.95, 0.1391],
    [1, 20, 0.95, 0.2161],
    [5, 50, 0.975, 0.2181],
  ])('of %s among %s at %s is %s, as tables have it', (count, samples, confidence, share) => {
    expect(largestShare(count, samples, confidence)).toBeCloseTo(share, 4);
  });

  it('is enough, and little less is not, judged exactly', () => {
    for (const [count, samples] of [
      [0, 1],
      [0, 100],
      [3, 40],
      [39, 40],
      [60, 200],
      [199, 200],
    ] as const) {
      for (const confidence of [0.5, 0.95, 0.999999]) {
        const share = largestShare(count, samples, confidence);
        expect(isEnough(count, samples, share, confidence)).toBe(true);
        expect(isEnough(count, samples, share * (1 - 1e-6), confidence)).toBe(false);
      }
    }
  });

  it('is 1 where all were, and refuses what is no count and no confidence', () => {
    expect(largestShare(7, 7, 0.9)).toBe(1);
    for (const wrong of [
      [-1, 7, 0.9],
      [8, 7, 0.9],
      [0, 0, 0.9],
      [0, 7, 1],
      [0, 7, 0],
    ] as const) {
      const [count, samples, confidence] = wrong;
      expect(() => largestShare(count, samples, confidence)).toThrow(UsageError);
    }
  });
});
