/** The source network's signs: one scheme in three ways of asking, pinned, and random enough. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { layeredShape, sourceWeights } from '../../src/source/shape.js';
import { createSource, GENERATOR } from '../../src/source/source.js';
import { threefry2x32, threefrySecondWord } from '../../src/source/threefry.js';

const anyShape = layeredShape([1, 1]);
const seedArbitrary = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

describe('source', () => {
  it('sign, word and column agree', () => {
    fc.assert(
      fc.property(
        seedArbitrary,
        fc.integer({ min: 1, max: 2 ** 20 }),
        fc.integer({ min: 0, max: 2 ** 32 - 2 }),
        fc.integer({ min: 1, max: 300 }),
        (seed, t, column, rows) => {
          const signs = createSource(seed, anyShape).layer(t);
          const words = new Uint32Array(Math.ceil(rows / 32)).fill(0xffffffff);
          signs.column(column, rows, words);
          for (let row = 0; row < 32 * words.length; row++) {
            const bit = (words[row >>> 5] >>> (row & 31)) & 1;
            if (row >= rows) {
              // Beyond the layer's rows a column is 0 whatever the generator says.
              expect(bit).toBe(0);
              continue;
            }
            expect(signs.sign(column, row)).toBe(bit === 1 ? 1 : -1);
            expect((signs.word(column, row >>> 5) >>> (row & 31)) & 1).toBe(bit);
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('answers do not depend on the order of the questions', () => {
    const source = createSource(77n, anyShape);
    const inOrder: number[] = [];
    const signs = source.layer(2);
    for (let column = 0; column < 8; column++) {
      for (let row = 0; row < 200; row++) inOrder.push(signs.sign(column, row));
    }
    const other = source.layer(2);
    const between = source.layer(3);
    for (let index = inOrder.length - 1; index >= 0; index--) {
      const question = (index * 977) % inOrder.length;
      between.sign(question, 5);
      expect(other.sign(Math.floor(question / 200), question % 200)).toBe(inOrder[question]);
    }
  });

  it('is the scheme threefry2x32-20/1: key (t, 0) under the seed, block (c, k) under the key', () => {
    expect(GENERATOR).toBe('threefry2x32-20/1');
    fc.assert(
      fc.property(
        seedArbitrary,
        fc.integer({ min: 1, max: 9999 }),
        fc.nat(99999),
        fc.nat(99999),
        (seed, t, column, row) => {
          const k0 = threefry2x32(Number(seed % 2n ** 32n), Number(seed / 2n ** 32n), t, 0);
          const k1 = threefrySecondWord();
          const low = threefry2x32(k0, k1, column, Math.floor(row / 64));
          const high = threefrySecondWord();
          const bit = ((row % 64 < 32 ? low : high) >>> (row % 32)) & 1;
          expect(createSource(seed, anyShape).layer(t).sign(column, row)).toBe(bit === 1 ? 1 : -1);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it('gives these words for these seeds, now and in every later version', () => {
    // Computed by an independent implementation: a ticket found today must be the same ticket later.
    const golden: readonly (readonly [bigint, number, number, string])[] = [
      [0n, 1, 0, 'ad95c101 ac976aa4 cff794e9 81f59647'],
      [0x0123456789abcdefn, 3, 7, '080bc9c6 72c9bb67 3fc500b7 9a7505ce'],
      [2n ** 64n - 1n, 1000, 4294967294, 'c21162d0 9106be38 dc76e0d0 db0ebdaa'],
    ];
    for (const [seed, t, column, words] of golden) {
      const signs = createSource(seed, anyShape).layer(t);
      const found = [0, 1, 2, 3].map((index) => hex(signs.word(column, index)));
      expect(found.join(' ')).toBe(words);
    }
  });

  it('refuses seeds outside [0, 2^64)', () => {
    expect(() => createSource(-1n, anyShape)).toThrow(UsageError);
    expect(() => createSource(2n ** 64n, anyShape)).toThrow(UsageError);
  });

  it('counts the weights of sources that could never be stored', () => {
    expect(sourceWeights(layeredShape([2, 3, 4]))).toBe(18n);
    const wide = layeredShape([5, 2 ** 32 - 1, 2 ** 32 - 1, 5]);
    expect(sourceWeights(wide)).toBe((2n ** 32n - 1n) ** 2n + 10n * (2n ** 32n - 1n));
  });
});

describe('statistics of the signs', () => {
  const WORDS = 2 ** 16; // 2,097,152 signs a comparison
  const COLUMNS = 64;

  function popcount(word: number): number {
    let rest = word - ((word >>> 1) & 0x55555555);
    rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
    return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }

  /** Words of columns `firstColumn ..` of a layer, column after column. */
  function signsOf(seed: bigint, t: number, firstColumn = 0): Uint32Array {
    const signs = createSource(seed, anyShape).layer(t);
    const perColumn = WORDS / COLUMNS;
    const all = new Uint32Array(WORDS);
    for (let column = 0; column < COLUMNS; column++) {
      const from = column * perColumn;
      signs.column(firstColumn + column, 32 * perColumn, all.subarray(from, from + perColumn));
    }
    return all;
  }

  /** Standard deviations by which the number of ones among fair coins is off. */
  function score(words: Uint32Array): number {
    const trials = 32 * words.length;
    const ones = words.reduce((sum, word) => sum + popcount(word), 0);
    return (ones - trials / 2) / Math.sqrt(trials / 4);
  }

  function agreement(a: Uint32Array, b: Uint32Array): number {
    return score(a.map((word, index) => word ^ b[index]));
  }

  /** A fair generator exceeds this once in 16,000 comparisons; there are some 150, seeds fixed. */
  const LIMIT = 4;

  it('balanced, overall and at every bit position of a word', () => {
    for (const seed of [0n, 1n, 2n ** 63n, 0xdeadbeefn]) {
      const words = signsOf(seed, 1);
      expect(Math.abs(score(words))).toBeLessThan(LIMIT);
      for (let bit = 0; bit < 32; bit++) {
        const ones = words.reduce((sum, word) => sum + ((word >>> bit) & 1), 0);
        expect(Math.abs(ones - WORDS / 2) / Math.sqrt(WORDS / 4)).toBeLessThan(LIMIT);
      }
    }
  });

  it('neighbouring rows, columns, layers and seeds are uncorrelated', () => {
    const base = signsOf(5n, 2);
    for (const lag of [1, 2, 7, 31]) {
      // Row v against row v + lag, where both lie in one word: the upper bits are filled alternately.
      const pairs = base.map((word) => word ^ (word >>> lag));
      let ones = 0;
      for (const word of pairs) ones += popcount(word & (0xffffffff >>> lag));
      const trials = WORDS * (32 - lag);
      expect(Math.abs(ones - trials / 2) / Math.sqrt(trials / 4)).toBeLessThan(LIMIT);
    }
    // The word 32 or 64 rows on: the other half of a block, and the next block.
    for (const words of [1, 2]) {
      expect(Math.abs(agreement(base.subarray(0, -words), base.subarray(words)))).toBeLessThan(
        LIMIT,
      );
    }
    expect(Math.abs(agreement(base, signsOf(5n, 2, 1)))).toBeLessThan(LIMIT);
    for (const t of [1, 3, 4, 2 ** 16 + 2]) {
      expect(Math.abs(agreement(base, signsOf(5n, t)))).toBeLessThan(LIMIT);
    }
    for (const seed of [4n, 6n, 7n, 5n + 2n ** 32n, 5n * 2n ** 32n]) {
      expect(Math.abs(agreement(base, signsOf(seed, 2)))).toBeLessThan(LIMIT);
    }
    // Layer and column do not trade places.
    expect(Math.abs(agreement(signsOf(5n, 1, 2), signsOf(5n, 2, 1)))).toBeLessThan(LIMIT);
  });
});
