import { describe, expect, it } from 'vitest';
import { halfNormalQuantile, layerMagnitudes, unitWeights } from '../../src/source/normal.js';
import { layeredShape } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';

const shape = layeredShape([200, 150], [1]);

describe('normal source weights', () => {
  it('has the quantiles of the half-normal distribution', () => {
    // P(|N| <= x) for whole x, and the median.
    for (const [probability, x] of [
      [0.6826894921370859, 1],
      [0.9544997361036416, 2],
      [0.9973002039367398, 3],
      [0.9999366575163338, 4],
      [0.5, 0.6744897501960817],
      [1e-9, 1.2533141373155e-9],
    ] as const) {
      expect(halfNormalQuantile(probability) / x).toBeCloseTo(1, 10);
    }
    // The largest that 32 bits reach.
    expect(halfNormalQuantile((2 ** 32 - 0.5) / 2 ** 32)).toBeCloseTo(6.44, 2);
  });

  it('is the same number however it is asked for, with the signs of the sign source', () => {
    const signs = createSource(9n, shape).layer(1);
    const magnitude = layerMagnitudes(9n, 1);
    const weights = unitWeights(signs, layerMagnitudes(9n, 1), 200, 150);
    for (let question = 0; question < 500; question++) {
      const at = (question * 7919) % weights.length;
      const [column, row] = [Math.floor(at / 150), at % 150];
      expect(weights[at]).toBe(signs.sign(column, row) * magnitude(column, row));
      expect(magnitude(column, row)).toBe(Math.fround(magnitude(column, row)));
    }
    const plain = unitWeights(signs, null, 200, 150);
    expect(plain.every((value, at) => value === Math.sign(weights[at] as number))).toBe(true);
  });

  it('has mean 0, variance 1 and kurtosis 3 as far as 30,000 numbers tell', () => {
    const weights = unitWeights(createSource(3n, shape).layer(1), layerMagnitudes(3n, 1), 200, 150);
    const moment = (power: number): number =>
      weights.reduce((sum, value) => sum + value ** power, 0) / weights.length;
    // Five standard deviations of each estimate.
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(30_000));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 30_000));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 30_000));
  });

  it('keeps its bits: values pinned', () => {
    const weights = unitWeights(createSource(1n, shape).layer(2), layerMagnitudes(1n, 2), 2, 3);
    expect(Array.from(weights)).toMatchInlineSnapshot(`
      [
        -1.3335342407226562,
        -0.6260831356048584,
        0.3061959147453308,
        0.7886558175086975,
        2.233365058898926,
        -0.8759024739265442,
      ]
    `);
  });
});
