import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitExponent, fitLine } from '../../src/study/least-squares.js';

const number = fc.double({ min: -100, max: 100, noNaN: true });

describe('least squares', () => {
  it('finds the line that points lie on', () => {
    fc.assert(
      fc.property(number, number, fc.integer({ min: 2, max: 20 }), (slope, intercept, count) => {
        const line = fitLine(
          Array.from({ length: count }, (_, x) => [x, slope * x + intercept] as const),
        );
        expect(line.slope).toBeCloseTo(slope, 6);
        expect(line.intercept).toBeCloseTo(intercept, 6);
      }),
      { seed: 5 },
    );
  });

  it('matches a textbook example', () => {
    // Anscombe's first data set: y = 3.00 + 0.500 x, R^2 = 0.667, standard error 0.118.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const line = fitLine(x.map((each, index) => [each, y[index]] as const));
    expect(line.slope).toBeCloseTo(0.5001, 4);
    expect(line.intercept).toBeCloseTo(3.0001, 4);
    expect(line.rSquared).toBeCloseTo(0.6665, 4);
    expect(line.slopeError).toBeCloseTo(0.1179, 4);
  });

  it('finds exponents of powers', () => {
    for (const exponent of [-2, 0.5, 1, 3]) {
      const { slope } = fitExponent([1, 2, 5, 30].map((x) => [x, 7 * x ** exponent] as const));
      expect(slope).toBeCloseTo(exponent, 9);
    }
  });

  it('refuses points above each other', () => {
    expect(() =>
      fitLine([
        [1, 2],
        [1, 3],
      ]),
    ).toThrow(RangeError);
  });
});
