import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptCount, toSparse } from '../../src/source/mask.js';
import { maskBuilder } from '../../src/source/mask-builder.js';
import { denseMask, type Edge, edgesOf, sparseMask } from '../pruned-sources.js';

/** Shapes around the word boundaries, and any set of edges. */
const maskContents = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 2, 31, 32, 33, 63, 64, 65, 100))
  .chain(([inputs, outputs]) =>
    fc.record({
      inputs: fc.constant(inputs),
      outputs: fc.constant(outputs),
      edges: fc.uniqueArray(
        fc.tuple(fc.integer({ min: 0, max: inputs - 1 }), fc.integer({ min: 0, max: outputs - 1 })),
        { maxLength: 80, selector: ([column, row]) => column * outputs + row },
      ),
    }),
  );

const sorted = (edges: readonly Edge[]): Edge[] =>
  [...edges].sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe('masks', () => {
  it('dense and sparse forms, and the builder, hold the same edges', () => {
    fc.assert(
      fc.property(maskContents, ({ inputs, outputs, edges }) => {
        const sparse = sparseMask(inputs, outputs, edges);
        const dense = denseMask(inputs, outputs, edges);
        expect(toSparse(dense)).toEqual(sparse);
        expect(toSparse(sparse)).toBe(sparse);
        expect(keptCount(dense)).toBe(edges.length);
        expect(keptCount(sparse)).toBe(edges.length);
        expect(edgesOf(dense)).toEqual(sorted(edges));
        const builder = maskBuilder(inputs, outputs);
        for (const [column, row] of sorted(edges)) builder.keep(column, row);
        expect(builder.finish()).toEqual(sparse);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('a full mask is counted to the last bit', () => {
    const edges = Array.from({ length: 3 * 70 }, (_, index): Edge => [index % 3, index % 70]);
    expect(keptCount(denseMask(3, 70, edges))).toBe(210);
  });
});

describe('mask builder', () => {
  it('refuses edges out of order or out of range', () => {
    const keeping =
      (...edges: Edge[]) =>
      (): void => {
        const builder = maskBuilder(4, 5);
        for (const [column, row] of edges) builder.keep(column, row);
      };
    expect(keeping([1, 2], [0, 3])).toThrow('column 0 is out of order');
    expect(keeping([1, 2], [1, 2])).toThrow('row 2 of column 1 is out of order');
    expect(keeping([1, 2], [1, 1])).toThrow('row 1 of column 1 is out of order');
    expect(keeping([4, 0])).toThrow('column 4');
    expect(keeping([0, 5])).toThrow('row 5');
    expect(keeping([0, 4], [1, 0], [3, 4])).not.toThrow();
  });

  it('an empty mask has no columns', () => {
    const mask = maskBuilder(3, 3).finish();
    expect(mask.columns).toHaveLength(0);
    expect([...mask.offsets]).toEqual([0]);
  });

  it('grows beyond its first capacity', () => {
    const builder = maskBuilder(2, 5000);
    for (let row = 0; row < 5000; row++) builder.keep(1, row);
    expect(builder.finish().rows).toEqual(Uint32Array.from({ length: 5000 }, (_, row) => row));
  });
});
