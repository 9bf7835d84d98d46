import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectLargest } from '../../src/search/select.js';

/** By sorting, equal ones by position. */
function bySorting(lists: readonly Float32Array[], count: number): number[][] {
  const all = lists.flatMap((list, which) =>
    Array.from(list, (score, at) => ({ which, at, size: Math.abs(score) })),
  );
  all.sort((a, b) => b.size - a.size || a.which - b.which || a.at - b.at);
  const masks = lists.map(({ length }) => new Array<number>(length).fill(0));
  for (const { which, at } of all.slice(0, count)) (masks[which] as number[])[at] = 1;
  return masks;
}

describe('selectLargest', () => {
  it('is what sorting gives, ties, zeros, subnormals and infinities included', () => {
    const few = fc.constantFrom(
      0,
      -0,
      1,
      -1,
      1.5,
      1e-45,
      2 ** -126,
      -(2 ** 127),
      Number.POSITIVE_INFINITY,
    );
    const score = fc.oneof(few, fc.float({ noNaN: true }));
    const list = fc.array(score, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(list, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lists, part) => {
          const scores = lists.map((values) => Float32Array.from(values));
          const total = scores.reduce((sum, { length }) => sum + length, 0);
          const count = Math.max(1, Math.round(part * total));
          const masks = scores.map(({ length }) => new Uint8Array(length).fill(7));
          selectLargest(scores, count, masks);
          expect(masks.map((mask) => Array.from(mask))).toEqual(bySorting(scores, count));
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it('refuses counts that cannot be', () => {
    const scores = [new Float32Array(3)];
    for (const count of [0, 4, 1.5]) {
      expect(() => selectLargest(scores, count, [new Uint8Array(3)])).toThrow(RangeError);
    }
  });
});
