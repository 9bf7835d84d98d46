/** Float64 arithmetic with exact overrides, judged by dyadic arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDyadic, DYADIC_ZERO, dyadicFromNumber, multiplyDyadic } from '../../src/core/dyadic.js';
import {
  EXPANSION_LENGTH,
  ExactRangeError,
  exactArray,
  exactBuilder,
  exactEntry,
  isMild,
  storeDyadicDot,
  storeMildDot,
  storeProduct,
  storeSum,
} from '../../src/target/exact-array.js';

/** All float64, the extreme ones too, but no overflow of their products. */
const anyNumber = fc.oneof(
  fc.double({ min: -1e150, max: 1e150, noNaN: true }),
  fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }),
);

describe('exact arrays', () => {
  it('products and sums are exact, and overridden only where float64 is not enough', () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, (a, b) => {
        const [left, right] = [exactArray(Float64Array.of(a)), exactArray(Float64Array.of(b))];
        const result = exactBuilder(2);
        storeProduct(result, 0, left, 0, right, 0);
        storeSum(result, 1, left, 0, right, 0);
        expect(exactEntry(result, 0)).toEqual(
          multiplyDyadic(dyadicFromNumber(a), dyadicFromNumber(b)),
        );
        expect(exactEntry(result, 1)).toEqual(addDyadic(dyadicFromNumber(a), dyadicFromNumber(b)));
        // The nearest float64 is what float64 arithmetic gives (zeros may differ in sign).
        expect(result.values[0] + 0).toBe(a * b + 0);
        expect(result.values[1] + 0).toBe(a + b + 0);
        for (const [index, exact] of result.exact) {
          expect(exact).not.toEqual(dyadicFromNumber(result.values[index]));
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('dot products by expansions are exact under cancellation', () => {
    const mild = fc.oneof(
      fc.double({ min: -1e100, max: 1e100, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.constantFrom(1e100, -1e100, 1e-100, 0.1, 0),
    );
    const pairs = fc.array(fc.tuple(mild, mild), { minLength: 1, maxLength: 30 });
    const components = new Float64Array(EXPANSION_LENGTH);
    fc.assert(
      fc.property(pairs, (terms) => {
        const left = Float64Array.from(terms, ([a]) => a);
        const right = Float64Array.from(terms, ([, b]) => b);
        fc.pre(isMild(exactArray(left)) && isMild(exactArray(right)));
        const expected = terms.reduce(
          (sum, [a, b]) => addDyadic(sum, multiplyDyadic(dyadicFromNumber(a), dyadicFromNumber(b))),
          DYADIC_ZERO,
        );
        const result = exactBuilder(2);
        storeMildDot(result, 0, left, 0, right, components);
        storeDyadicDot(result, 1, exactArray(left), 0, exactArray(right), 0, 1, left.length);
        expect(exactEntry(result, 0)).toEqual(expected);
        expect(exactEntry(result, 1)).toEqual(expected);
        expect(result.values[0] + 0).toBe(result.values[1] + 0);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('values beyond float64 are refused', () => {
    const huge = exactArray(Float64Array.of(1e200));
    expect(() => storeProduct(exactBuilder(1), 0, huge, 0, huge, 0)).toThrow(ExactRangeError);
    const largest = exactArray(Float64Array.of(Number.MAX_VALUE));
    expect(() => storeSum(exactBuilder(1), 0, largest, 0, largest, 0)).toThrow(ExactRangeError);
  });
});
