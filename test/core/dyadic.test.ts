/** Exact dyadic rationals, against integers over one common power of two. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDyadic,
  bitLength,
  compareDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadic,
  dyadicFromNumber,
  dyadicToNumber,
  fitsNumber,
  floorDyadic,
  multiplyDyadic,
  negateDyadic,
  trailingZeros,
} from '../../src/core/dyadic.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const value = fc
  .tuple(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), fc.integer({ min: -120, max: 120 }))
  .map(([mantissa, exponent]) => dyadic(mantissa, exponent));

/** `a * 2^400` as an integer; exact for every value above. */
function scaled({ mantissa, exponent }: Dyadic): bigint {
  return mantissa << BigInt(exponent + 400);
}

function expectNormalised({ mantissa, exponent }: Dyadic): void {
  if (mantissa === 0n) expect(exponent).toBe(0);
  else expect(mantissa & 1n).toBe(1n);
}

describe('dyadic', () => {
  it('is normalised, so that equal values are equal objects', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 200 }), (a, shift) => {
        expectNormalised(a);
        expect(dyadic(a.mantissa << BigInt(shift), a.exponent - shift)).toEqual(a);
      }),
      { seed: 1 },
    );
    expect(dyadic(0n, 17)).toEqual(DYADIC_ZERO);
    expect(dyadic(-12n, 3)).toEqual({ mantissa: -3n, exponent: 5 });
  });

  it('adds, multiplies, negates, compares and floors like integers over one denominator', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const sum = addDyadic(a, b);
        expectNormalised(sum);
        expect(scaled(sum)).toBe(scaled(a) + scaled(b));
        const product = multiplyDyadic(a, b);
        expectNormalised(product);
        expect(scaled(product) << 400n).toBe(scaled(a) * scaled(b));
        expect(scaled(negateDyadic(a))).toBe(-scaled(a));
        const difference = scaled(a) - scaled(b);
        expect(Math.sign(compareDyadic(a, b))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
        expect(compareDyadic(a, a)).toBe(0);
        const floor = floorDyadic(a);
        expect(floor << 400n <= scaled(a) && scaled(a) < (floor + 1n) << 400n).toBe(true);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('takes every finite float64 and gives it back', () => {
    const extremes = [5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE, 1, 0.1];
    for (const number of extremes) expect(dyadicToNumber(dyadicFromNumber(number))).toBe(number);
    expect(dyadicFromNumber(-0)).toEqual(DYADIC_ZERO);
    fc.assert(
      fc.property(finite, (number) => {
        const exact = dyadicFromNumber(number);
        expectNormalised(exact);
        expect(fitsNumber(exact)).toBe(true);
        expect(dyadicToNumber(exact)).toBe(number + 0);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it('has no value for NaN and the infinities', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => dyadicFromNumber(number)).toThrow(RangeError);
    }
  });

  it('rounds to the nearest float64 like the processor: sums and products of two', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const x = dyadicFromNumber(a);
        const y = dyadicFromNumber(b);
        expect(dyadicToNumber(addDyadic(x, y)) + 0).toBe(a + b + 0);
        expect(dyadicToNumber(multiplyDyadic(x, y)) + 0).toBe(a * b + 0);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('rounds ties to even, also among subnormals', () => {
    expect(dyadicToNumber(dyadic(2n ** 53n + 1n))).toBe(2 ** 53);
    expect(dyadicToNumber(dyadic(2n ** 53n + 3n))).toBe(2 ** 53 + 4);
    expect(dyadicToNumber(dyadic(2n ** 54n + 2n ** 2n - 1n))).toBe(2 ** 54 + 4);
    expect(dyadicToNumber(dyadic(-(2n ** 53n + 1n)))).toBe(-(2 ** 53));
    expect(dyadicToNumber(dyadic(1n, -1075))).toBe(0);
    expect(dyadicToNumber(dyadic(3n, -1075))).toBe(2 ** -1073);
    expect(dyadicToNumber(dyadic(2n ** 60n + 1n, -1075 - 60))).toBe(2 ** -1074);
    expect(fitsNumber(dyadic(1n, -1075))).toBe(false);
    expect(fitsNumber(dyadic(2n ** 53n + 1n))).toBe(false);
  });

  it('goes to the infinities beyond the range, from half a unit on', () => {
    const largest = dyadicFromNumber(Number.MAX_VALUE);
    const half = dyadic(1n, 970);
    expect(dyadicToNumber(addDyadic(largest, half))).toBe(Number.POSITIVE_INFINITY);
    expect(dyadicToNumber(negateDyadic(addDyadic(largest, half)))).toBe(Number.NEGATIVE_INFINITY);
    expect(dyadicToNumber(addDyadic(largest, dyadic(1n, 969)))).toBe(Number.MAX_VALUE);
    expect(dyadicToNumber(dyadic(1n, 5000))).toBe(Number.POSITIVE_INFINITY);
    expect(dyadicToNumber(dyadic(1n, -5000))).toBe(0);
    expect(fitsNumber(dyadic(1n, 1024))).toBe(false);
  });

  it('counts bits and trailing zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (integer) => {
        const magnitude = integer < 0n ? -integer : integer;
        expect(bitLength(integer)).toBe(magnitude === 0n ? 0 : magnitude.toString(2).length);
        if (integer === 0n) return;
        expect(trailingZeros(integer)).toBe(/0*$/.exec(magnitude.toString(2))?.[0].length);
      }),
      { seed: 5, numRuns: 500 },
    );
    expect(trailingZeros(2n ** 5000n)).toBe(5000);
  });
});
