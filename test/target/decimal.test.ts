/** Decimals to the nearest float32 and to enclosing float64 bounds, judged by exact fractions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dyadic, dyadicFromNumber } from '../../src/core/dyadic.js';
import { UsageError } from '../../src/core/errors.js';
import {
  comparePlainDecimals,
  decimalDown,
  decimalToFloat32,
  decimalUp,
  exactDecimal,
  isDecimal,
  nextDown,
  nextUp,
} from '../../src/target/decimal.js';

/** The value of a plain decimal as `numerator / 10^places`. */
function parse(text: string): { numerator: bigint; places: number } {
  const [whole, fraction = ''] = text.split('.');
  return { numerator: BigInt(whole + fraction), places: fraction.length };
}

/** `digits * 10^power` and a float64 as integers over a common denominator. */
function compare(digits: bigint, power: number, value: number): number {
  const decimal = digits * 10n ** BigInt(power + 400);
  const scaled = BigInt(value * 2 ** 600) * 10n ** 400n;
  const left = decimal * 2n ** 600n;
  return left < scaled ? -1 : left > scaled ? 1 : 0;
}

const decimals = fc.record({
  digits: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  power: fc.integer({ min: -40, max: 10 }),
});

describe('decimal numbers', () => {
  it('bounds enclose the decimal and are next to each other', () => {
    fc.assert(
      fc.property(decimals, ({ digits, power }) => {
        const text = `${digits}e${power}`;
        const [down, up] = [decimalDown(text), decimalUp(text)];
        expect(compare(digits, power, down)).toBeGreaterThanOrEqual(0);
        expect(compare(digits, power, up)).toBeLessThanOrEqual(0);
        expect(up === down || up === nextUp(down)).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('compare exactly as plain decimals', () => {
    const plain = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 6n }), fc.nat(8), fc.nat(3), fc.nat(3));
    const text = ([digits, places, before, after]: [bigint, number, number, number]): string => {
      const padded = String(digits).padStart(places + 1, '0');
      const [whole, fraction] = [padded.slice(0, -places || undefined), padded.slice(-places)];
      const tail = places === 0 ? '' : fraction;
      const end = `${tail}${'0'.repeat(after)}`;
      return `${'0'.repeat(before)}${whole}${end === '' ? '' : `.${end}`}`;
    };
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        const [left, right] = [one, other].map(
          ([digits, places]) => digits * 10n ** BigInt(8 - places),
        );
        const wanted = left === right ? 0 : (left as bigint) < (right as bigint) ? -1 : 1;
        expect(Math.sign(comparePlainDecimals(text(one), text(other)))).toBe(wanted);
        expect(
          Math.sign(
            comparePlainDecimals(text(one), `${text(one)}${text(one).includes('.') ? '' : '.'}0`),
          ),
        ).toBe(0);
      }),
      { numRuns: 2000, seed: 3 },
    );
  });

  it('bounds at the edges: zero, subnormal, largest', () => {
    expect(decimalUp('1e-999999999')).toBe(Number.MIN_VALUE);
    expect(decimalDown('1e-999999999')).toBe(0);
    expect(decimalDown('-1e-400')).toBe(-Number.MIN_VALUE);
    expect(decimalUp('1.7976931348623158e308')).toBe(Number.POSITIVE_INFINITY);
    expect([decimalDown('0.5'), decimalUp('+.5'), decimalUp('-5e-1')]).toEqual([0.5, 0.5, -0.5]);
    expect(nextDown(0)).toBe(-Number.MIN_VALUE);
    expect(nextUp(-Number.MIN_VALUE)).toBe(-0);
    expect(nextUp(1)).toBe(1 + 2 ** -52);
    expect(nextDown(1)).toBe(1 - 2 ** -53);
  });

  it('float32 is the nearest to the decimal where rounding by way of float64 is not', () => {
    // 1 + 2^-24 is halfway; a decimal a little above it, closer than half a float64 step.
    const above = '1.00000005960464477539062500000000001';
    const below = '1.00000005960464477539062499999999999';
    const halfway = '1.000000059604644775390625';
    expect(Math.fround(Number(above))).toBe(1);
    expect(decimalToFloat32(above)).toBe(1 + 2 ** -23);
    expect(decimalToFloat32(`-${above}`)).toBe(-1 - 2 ** -23);
    expect(decimalToFloat32(below)).toBe(1);
    expect(decimalToFloat32(halfway)).toBe(1);
    // 1 + 3 * 2^-24 rounds to even upwards, unless the decimal is below.
    expect(decimalToFloat32('1.000000178813934326171875')).toBe(1 + 2 ** -22);
    expect(decimalToFloat32('1.00000017881393432617187499999999')).toBe(1 + 2 ** -23);
    // Halfway between 0 and the smallest, and between the largest and 2^128.
    expect(decimalToFloat32('7.006492321624086e-46')).toBe(2 ** -149);
    expect(Number('7.006492321624085e-46')).toBe(2 ** -150);
    expect(decimalToFloat32('7.006492321624085e-46')).toBe(0);
    const edge = 2n ** 128n - 2n ** 103n;
    expect(decimalToFloat32(`${edge}`)).toBe(Number.POSITIVE_INFINITY);
    expect(decimalToFloat32(`${edge - 1n}`)).toBe((2 - 2 ** -23) * 2 ** 127);
    expect(decimalToFloat32(`-${edge - 1n}`)).toBe(-(2 - 2 ** -23) * 2 ** 127);
    expect(decimalToFloat32('1e300')).toBe(Number.POSITIVE_INFINITY);
  });

  it('float32: no other is closer, for decimals around halfway points', () => {
    const view = new DataView(new ArrayBuffer(4));
    fc.assert(
      fc.property(
        fc.integer({ min: 0x20000000, max: 0x5f000000 }),
        fc.bigInt({ min: -3n, max: 3n }),
        fc.boolean(),
        (bits, nudge, negative) => {
          view.setUint32(0, bits);
          const low = view.getFloat32(0);
          view.setUint32(0, bits + 1);
          const high = view.getFloat32(0);
          // The halfway point with 200 decimal places, which is all that it has, then nudged.
          const scale = 10n ** 200n;
          const halfway = (BigInt((low / 2 + high / 2) * 2 ** 150) * scale) / 2n ** 150n + nudge;
          const text = `${negative ? '-' : ''}${halfway}e-200`;
          const even = bits % 2 === 0 ? low : high;
          const expected = nudge === 0n ? even : nudge > 0n ? high : low;
          expect(decimalToFloat32(text)).toBe(negative ? -expected : expected);
        },
      ),
      { numRuns: 500, seed: 2 },
    );
  });

  it('knows what a decimal is', () => {
    const good = ['1', '-1.', '+.5', '1e5', '1.5E-7', '0', '007'];
    const bad = [
      '',
      '.',
      '-',
      '1e',
      'e5',
      '0x10',
      'NaN',
      'Infinity',
      '1e999',
      '1 2',
      '1,2',
      '1'.repeat(401),
    ];
    expect(good.filter((text) => !isDecimal(text))).toEqual([]);
    expect(bad.filter(isDecimal)).toEqual([]);
  });
});

describe('exactDecimal', () => {
  it('is the value, without digits to spare', () => {
    const dyadics = fc.record({
      mantissa: fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
      exponent: fc.integer({ min: -150, max: 60 }),
    });
    fc.assert(
      fc.property(dyadics, ({ mantissa, exponent }) => {
        const value = dyadic(mantissa, exponent);
        const text = exactDecimal(value);
        expect(text).toMatch(/^(0|-?(0\.\d*[1-9]|[1-9]\d*(\.\d*[1-9])?))$/);
        const { numerator, places } = parse(text);
        // Both over 10^places 2^150.
        expect(numerator << 150n).toBe(
          mantissa * 10n ** BigInt(places) * 2n ** BigInt(exponent + 150),
        );
      }),
      { numRuns: 500, seed: 9 },
    );
  });

  it('is what float64s print, where that is exact', () => {
    for (const value of [0, -0, 1, -1, 0.5, -0.125, 12.75, -1024, 2 ** -9, 2 ** 40]) {
      expect(exactDecimal(dyadicFromNumber(value))).toBe(`${value + 0}`);
    }
    expect(exactDecimal(dyadicFromNumber(0.1))).toBe(
      '0.1000000000000000055511151231257827021181583404541015625',
    );
  });

  it('writes fractions over twos and fives, and refuses others', () => {
    const text = (numerator: bigint, denominator: bigint): string =>
      exactDecimal({ numerator, denominator });
    expect([text(3n, 8n), text(-3n, 1000n), text(12n, 4n)]).toEqual(['0.375', '-0.003', '3']);
    expect([text(0n, 25n), text(1n, 6250n), text(-5n, 1n)]).toEqual(['0', '0.00016', '-5']);
    for (let exponent = 0; exponent < 1100; exponent += 7) {
      const value = { mantissa: 12345n, exponent: -exponent };
      expect(text(12345n, 2n ** BigInt(exponent))).toBe(exactDecimal(value));
    }
    for (const [numerator, denominator] of [
      ...[
        [1n, 3n],
        [1n, 0n],
        [1n, -2n],
        [1, 2n],
        [1n, 2],
        [1n, 5n ** 5000n],
      ],
    ] as [bigint, bigint][]) {
      expect(() => text(numerator, denominator)).toThrow(UsageError);
    }
  });
});
