/** Decimals of bounds are rounded upwards, exactly. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDyadic, dyadic, dyadicFromNumber, multiplyDyadic } from '../../src/core/dyadic.js';
import { decimalRoundedUp } from '../../src/precision/decimal-up.js';

describe('decimalRoundedUp', () => {
  it('is never below the number and at most one unit above', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalRoundedUp(value);
        const [whole, fraction = ''] = text.split('.');
        const units = BigInt(whole + fraction);
        const scaled = multiplyDyadic(
          dyadicFromNumber(value),
          dyadic(10n ** BigInt(fraction.length)),
        );
        expect(compareDyadic(dyadic(units), scaled)).toBeGreaterThanOrEqual(0);
        expect(Number(text)).toBeLessThanOrEqual(value * (1 + 1e-4) + 5e-324);
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('writes plain decimals', () => {
    expect(decimalRoundedUp(0)).toBe('0');
    expect(decimalRoundedUp(0.5)).toBe('0.5');
    expect(decimalRoundedUp(0.1)).toBe('0.100001');
    expect(decimalRoundedUp(1234567.25)).toBe('1234570');
    expect(decimalRoundedUp(2 ** -20)).toBe('0.000000953675');
    expect(decimalRoundedUp(Number.POSITIVE_INFINITY)).toBe('Infinity');
    expect(() => decimalRoundedUp(Number.NaN)).toThrow(RangeError);
    expect(() => decimalRoundedUp(-1)).toThrow(RangeError);
  });
});
