import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableCosine, portableExp, portableLog } from '../../src/core/portable-math.js';

const runs = { seed: 1, numRuns: 2000 };

describe('portable mathematics', () => {
  it('is within a few units in the last place of Math', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(
          1e-15 * Math.max(1, Math.abs(Math.log(x))),
        );
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(Math.abs(portableExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: Math.PI, noNaN: true }), (x) => {
        expect(Math.abs(portableCosine(x) - Math.cos(x))).toBeLessThan(1e-15);
      }),
      runs,
    );
  });

  it('is exact where it should be, and refuses what it does not compute', () => {
    expect([portableLog(1), portableExp(0), portableCosine(0), portableCosine(Math.PI)]).toEqual([
      0, 1, 1, -1,
    ]);
    expect([portableExp(-1e9), portableExp(1e9)]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(portableExp(Number.NaN)).toBeNaN();
    for (const x of [0, -1, 1e-320, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => portableLog(x)).toThrow(RangeError);
    }
    expect(() => portableCosine(-0.1)).toThrow(RangeError);
    expect(() => portableCosine(3.2)).toThrow(RangeError);
  });

  it('keeps its bits: values pinned', () => {
    // Any change here would change trained tickets.
    expect([portableLog(7), portableLog(0.3), portableExp(2.1), portableExp(-3.7)]).toEqual([
      1.945910149055313, -1.203972804325936, 8.166169912567652, 0.024723526470339388,
    ]);
  });
});
