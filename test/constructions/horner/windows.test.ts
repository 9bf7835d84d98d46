import { describe, expect, it } from 'vitest';
import {
  type ChainLayer,
  chainReach,
  selectionThresholds,
  windowShortfall,
} from '../../../src/constructions/horner/windows.js';

/** All ways to choose how many of each layer's digit edges are positive. */
function* signCounts(layers: readonly ChainLayer[]): Generator<number[]> {
  if (layers.length === 0) {
    yield [];
    return;
  }
  for (const rest of signCounts(layers.slice(0, -1))) {
    for (let plus = 0; plus <= (layers.at(-1) as ChainLayer).digits; plus++) yield [...rest, plus];
  }
}

/** Per layer, the number of +1 edges into each of the chain's accumulators. */
type SignPattern = readonly (readonly number[])[];

/** Ways to spread the +1 edges over the accumulators, one for each that matters. */
function* patterns(layers: readonly ChainLayer[]): Generator<SignPattern> {
  if (layers.length === 0) {
    yield [];
    return;
  }
  const { radix, digits } = layers.at(-1) as ChainLayer;
  const copies = digits / radix;
  for (const rest of patterns(layers.slice(0, -1))) {
    // Ascending counts: the accumulators of a chain are alike.
    const counts = new Array<number>(radix).fill(0);
    for (;;) {
      yield [...rest, [...counts]];
      let at = radix - 1;
      while (at >= 0 && counts[at] === copies) at--;
      if (at < 0) break;
      counts.fill(counts[at] + 1, at);
    }
  }
}

/** Values reachable with at most one digit -1 an accumulator, whose coefficient then is `value - 1`. */
function reachable(layers: readonly ChainLayer[], pattern: SignPattern): Set<number> {
  let values = new Set([0]);
  layers.forEach(({ radix, digits }, index) => {
    const next = new Set<number>();
    const positive = pattern[index].reduce((sum, count) => sum + count, 0);
    const negative = pattern[index].filter((count) => count < digits / radix).length;
    for (const value of values) {
      for (let sum = value > 0 ? -negative : 0; sum <= positive; sum++) {
        next.add(radix * value + sum);
      }
    }
    values = next;
  });
  return values;
}

const SAMPLES: readonly (readonly ChainLayer[])[] = [
  [2, 2, 2, 2, 2].map((radix) => ({ radix, digits: radix })),
  [3, 3, 3].map((radix) => ({ radix, digits: radix })),
  [4, 2, 3].map((radix) => ({ radix, digits: radix })),
  [
    { radix: 2, digits: 2 },
    { radix: 2, digits: 6 },
    { radix: 2, digits: 2 },
    { radix: 3, digits: 3 },
  ],
];

describe('the windows of Horner', () => {
  it('Lemma (no gaps): every integer of [0, P] is reachable, for all sign patterns', () => {
    for (const layers of SAMPLES) {
      for (const pattern of patterns(layers)) {
        const top = layers.reduce(
          (before, { radix }, index) =>
            pattern[index].reduce((sum, count) => sum + count, radix * before),
          0,
        );
        const values = reachable(layers, pattern);
        for (let value = 0; value <= top; value++) {
          if (!values.has(value)) throw new Error(`${value} of ${top} with ${pattern.join(' ')}`);
        }
        expect(Math.max(...values)).toBe(top);
        expect(Math.min(...values)).toBe(0);
      }
    }
  });

  it('have exactly the computed distribution', () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    for (const layers of SAMPLES) {
      for (const threshold of [1, 2, 3, 7, 20]) {
        let exact = 0;
        for (const plus of signCounts(layers)) {
          const top = layers.reduce((sum, { radix }, index) => radix * sum + plus[index], 0);
          if (top >= threshold) continue;
          exact += layers.reduce(
            (mass, { digits }, index) => mass * choose(digits, plus[index]) * 0.5 ** digits,
            1,
          );
        }
        expect(windowShortfall(layers, threshold)).toBeCloseTo(exact, 12);
      }
    }
  });

  it('agree with theory’s closed form for two digits a layer', () => {
    // P(P_t < 2 W) = W (2 W + 1) / 4^t.
    const layers = Array.from({ length: 9 }, () => ({ radix: 2, digits: 2 }));
    for (const largest of [1, 3, 7, 31]) {
      expect(windowShortfall(layers, 2 * largest)).toBeCloseTo(
        (largest * (2 * largest + 1)) / 4 ** 9,
        12,
      );
    }
  });

  it('have no probability above 1, however many digits a layer has', () => {
    for (let digits = 1; digits <= 120; digits++) {
      expect(windowShortfall([{ radix: 1, digits }], digits + 1)).toBeLessThanOrEqual(1);
    }
  });

  it('are certain from the selection threshold on, and not below it', () => {
    for (const radices of [
      [2, 2, 2, 2, 2, 2],
      [3, 3, 2, 2, 2],
      [4, 4, 4, 2],
    ]) {
      for (const entries of [1n, 2n, 3n, 4n, 7n, 8n, 15n, 16n]) {
        const offset = 2 ** Math.ceil(Math.log2(Number(entries)));
        const reach = chainReach({ entries, unit: 0n });
        selectionThresholds(radices, reach).forEach((threshold, index) => {
          // The worst signs afterwards: P grows by the radices alone.
          const grown = (start: number, to: number): number =>
            radices.slice(index + 1, to).reduce((value, radix) => value * radix, start);
          const suffices = (start: number): boolean =>
            grown(start, radices.length) >= offset + Number(entries) &&
            grown(start, radices.length - 1) >= offset;
          expect(suffices(threshold)).toBe(true);
          expect(suffices(threshold - 1)).toBe(false);
        });
      }
    }
  });
});
