import { describe, expect, it } from 'vitest';
import {
  DigitAutomaton,
  signCode,
  writeMixedRadix,
} from '../../../src/constructions/horner/digits.js';
import type { ChainLayer } from '../../../src/constructions/horner/windows.js';
import { randomStream } from '../../networks.js';

/** The digit sums that one layer's signs allow: `-negative .. positive`. */
interface Signs {
  readonly positive: number;
  readonly negative: number;
}

/** Fewest digits for every reachable coefficient, by going through all of them. */
function fewest(layers: readonly ChainLayer[], signs: readonly Signs[]): Map<number, number> {
  let costs = new Map([[0, 0]]);
  layers.forEach(({ radix }, index) => {
    const { positive, negative } = signs[index];
    const next = new Map<number, number>();
    for (const [value, cost] of costs) {
      for (let sum = -negative; sum <= positive; sum++) {
        const after = radix * value + sum;
        const total = cost + Math.abs(sum);
        if (after >= 0 && total < (next.get(after) ?? Number.POSITIVE_INFINITY)) {
          next.set(after, total);
        }
      }
    }
    costs = next;
  });
  return costs;
}

function digitsOf(
  layers: readonly ChainLayer[],
  signs: readonly Signs[],
  value: number,
): number[] | null {
  const automaton = new DigitAutomaton(layers);
  const digits = new Uint8Array(layers.length);
  const radices = layers.map(({ radix }) => radix);
  const codes = Uint16Array.from(signs, ({ positive, negative }, index) =>
    signCode(positive, negative, radices[index]),
  );
  const prefix = writeMixedRadix(value, radices, digits, 1, 0);
  const sums = new Int16Array(layers.length);
  return automaton.fewest(prefix, digits, codes, 1, 0, sums) ? [...sums] : null;
}

describe('DigitAutomaton', () => {
  it('makes every reachable coefficient with the fewest digits there are', () => {
    const random = randomStream(3);
    const kinds: ChainLayer[] = [
      { radix: 2, digits: 2 },
      { radix: 3, digits: 3 },
      { radix: 2, digits: 6 },
      { radix: 4, digits: 4 },
    ];
    for (let sample = 0; sample < 60; sample++) {
      const layers = Array.from(
        { length: 1 + (sample % 6) },
        () => kinds[Math.floor(random() * kinds.length)],
      );
      const signs = layers.map(({ radix, digits }): Signs => {
        const copies = digits / radix;
        const plus = Array.from({ length: radix }, () => Math.floor(random() * (copies + 1)));
        return {
          positive: plus.reduce((sum, count) => sum + count, 0),
          negative: plus.filter((count) => count < copies).length,
        };
      });
      for (const [value, cost] of fewest(layers, signs)) {
        const sums = digitsOf(layers, signs, value);
        if (sums === null) throw new Error(`${value} is not reached`);
        expect(sums.reduce((sum, digit) => sum + Math.abs(digit), 0)).toBe(cost);
        expect(layers.reduce((sum, { radix }, index) => radix * sum + sums[index], 0)).toBe(value);
        sums.forEach((sum, index) => {
          expect(sum).toBeLessThanOrEqual(signs[index].positive);
          expect(sum).toBeGreaterThanOrEqual(-signs[index].negative);
        });
      }
    }
  });

  it('says where a coefficient cannot be reached', () => {
    const layers = Array.from({ length: 3 }, () => ({ radix: 2, digits: 2 }));
    const all = (counts: readonly number[]): Signs[] =>
      counts.map((positive) => ({ positive, negative: 2 - positive }));
    expect(digitsOf(layers, all([0, 0, 1]), 1)).toEqual([0, 0, 1]);
    expect(digitsOf(layers, all([0, 0, 0]), 1)).toBeNull();
    expect(digitsOf(layers, all([0, 0, 1]), 2)).toBeNull();
  });
});

describe('writeMixedRadix', () => {
  it('writes Numbers and BigInts alike, beyond 2^53 too', () => {
    const random = randomStream(5);
    for (let sample = 0; sample < 200; sample++) {
      const radices = Array.from({ length: 60 }, () => 2 + Math.floor(random() * 3));
      const length = 1 + Math.floor(random() * 70);
      let value = 1n;
      for (let bit = 0; bit < length; bit++) value = 2n * value + (random() < 0.5 ? 1n : 0n);
      const digits = new Uint8Array(2 * radices.length);
      let read = BigInt(writeMixedRadix(value, radices, digits, 2, 1));
      radices.forEach((radix, t) => {
        expect(digits[2 * t + 1]).toBeLessThan(radix);
        read = BigInt(radix) * read + BigInt(digits[2 * t + 1]);
      });
      expect(read).toBe(value);
      if (value >= 2n ** 53n) continue;
      const again = new Uint8Array(2 * radices.length);
      writeMixedRadix(Number(value), radices, again, 2, 1);
      expect(again).toEqual(digits);
    }
  });
});
