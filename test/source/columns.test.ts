/** Columns of masks and signs: every (layer, channel, tap) has one, and the generator counts by it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { checkShape } from '../../src/source/check-shape.js';
import { columnGroups, columnOf, placeOf } from '../../src/source/columns.js';
import { maskBuilder } from '../../src/source/mask-builder.js';
import {
  columnsOf,
  layeredShape,
  maskSizes,
  type SourceLayer,
  type SourceShape,
  widthOf,
} from '../../src/source/shape.js';
import { createSource, layerSigns } from '../../src/source/source.js';
import { threefry2x32, threefrySecondWord } from '../../src/source/threefry.js';

/** Any shape of a few layers: what is read, kernels and blocks as they come. */
const shapes: fc.Arbitrary<SourceShape> = fc
  .record({
    inputs: fc.integer({ min: 1, max: 5 }),
    layers: fc.array(
      fc.record({
        channels: fc.integer({ min: 1, max: 6 }),
        reads: fc.array(fc.nat(9), { maxLength: 4 }),
        kernel: fc.record({
          height: fc.integer({ min: 1, max: 3 }),
          width: fc.integer({ min: 1, max: 3 }),
        }),
        endsBlock: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ inputs, layers }) => {
    let blockInput = 0;
    const made = layers.map(({ reads, ...layer }, index): SourceLayer => {
      const from = blockInput;
      const all = reads.map((read) => from + (read % (index + 1 - from)));
      const chosen = [...new Set(all)].sort((a, b) => a - b);
      if (layer.endsBlock) blockInput = index + 1;
      return chosen.length === 0 ? layer : { ...layer, reads: chosen };
    });
    return { inputs, layers: made };
  });

describe('columns', () => {
  it('are the layers read in order, their channels, their taps, one after the other', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        expect(() => checkShape(shape)).not.toThrow();
        shape.layers.forEach(({ reads, kernel }, index) => {
          const t = index + 1;
          let next = 0;
          for (const [at, layer] of (reads ?? [t - 1]).entries()) {
            for (let channel = 0; channel < widthOf(shape, layer); channel++) {
              const taps = at === 0 ? (kernel?.height ?? 1) * (kernel?.width ?? 1) : 1;
              for (let tap = 0; tap < taps; tap++) {
                const place = { layer, channel, tap };
                expect(columnOf(shape, t, place)).toBe(next);
                expect(placeOf(shape, t, next)).toEqual(place);
                next++;
              }
            }
          }
          expect(columnsOf(shape, t)).toBe(next);
          expect(maskSizes(shape)[index]).toEqual({ inputs: next, outputs: widthOf(shape, t) });
          expect(() => placeOf(shape, t, next)).toThrow(UsageError);
          expect(() => placeOf(shape, t, -1)).toThrow(UsageError);
        });
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('are the neurons of the layer before in a fully connected layer', () => {
    const shape = layeredShape([4, 7, 3]);
    for (let channel = 0; channel < 7; channel++) {
      const place = { layer: 1, channel, tap: 0 };
      expect(columnOf(shape, 2, place)).toBe(channel);
      expect(placeOf(shape, 2, channel)).toEqual(place);
    }
  });

  it('are channel * taps + tap with a kernel, taps row by row', () => {
    const kernel = { height: 3, width: 4 };
    const shape: SourceShape = { inputs: 6, layers: [{ channels: 2, kernel }] };
    const [y, x, channel] = [2, 1, 5];
    const place = { layer: 0, channel, tap: y * kernel.width + x };
    expect(columnOf(shape, 1, place)).toBe(5 * 12 + 9);
  });

  it('come in a group for each layer read', () => {
    const kernel = { height: 2, width: 2 };
    const layers = [{ channels: 3 }, { channels: 2, reads: [0, 1], kernel }];
    expect(columnGroups({ inputs: 5, layers }, 2)).toEqual([
      { layer: 0, first: 0, channels: 5, taps: 4 },
      { layer: 1, first: 20, channels: 3, taps: 1 },
    ]);
  });

  it('none belongs to what is not read', () => {
    const shape = layeredShape([4, 7, 3]);
    const wrong = [
      { layer: 0, channel: 0, tap: 0 },
      { layer: 1, channel: 7, tap: 0 },
      { layer: 1, channel: -1, tap: 0 },
      { layer: 1, channel: 0, tap: 1 },
      { layer: 1, channel: 0, tap: -1 },
    ];
    for (const place of wrong) expect(() => columnOf(shape, 2, place)).toThrow(UsageError);
    expect(() => columnsOf(shape, 3)).toThrow(RangeError);
    expect(() => columnsOf(shape, 0)).toThrow(RangeError);
  });
});

describe('the signs of a layer with taps and several reads', () => {
  const kernel = { height: 3, width: 3 };
  const shape: SourceShape = {
    inputs: 2,
    layers: [{ channels: 4 }, { channels: 70, reads: [0, 1], kernel }],
  };
  const seed = 0x0123456789abcdefn;

  it('are the generator blocks (column, k) under the key of the layer', () => {
    const signs = layerSigns(seed, 2);
    const words = new Uint32Array(3);
    for (const { layer, first, channels, taps } of columnGroups(shape, 2)) {
      for (let channel = 0; channel < channels; channel++) {
        for (let tap = 0; tap < taps; tap++) {
          const column = columnOf(shape, 2, { layer, channel, tap });
          expect(column).toBe(layer === 0 ? channel * 9 + tap : 2 * 9 + channel);
          expect(taps).toBe(layer === 0 ? 9 : 1);
          expect(first).toBe(layer === 0 ? 0 : 18);
          signs.column(column, 70, words);
          const k0 = threefry2x32(0x89abcdef, 0x01234567, 2, 0);
          const k1 = threefrySecondWord();
          for (let row = 0; row < 70; row++) {
            const low = threefry2x32(k0, k1, column, Math.floor(row / 64));
            const drawn = row % 64 < 32 ? low : threefrySecondWord();
            const bit = (drawn >>> (row % 32)) & 1;
            expect((words[row >>> 5] >>> (row & 31)) & 1).toBe(bit);
            expect(signs.sign(column, row)).toBe(bit === 1 ? 1 : -1);
          }
        }
      }
    }
  });

  it('are in the first columns those of a fully connected layer of the same number', () => {
    const plain = createSource(seed, layeredShape([4, 2, 70])).layer(2);
    const signs = layerSigns(seed, 2);
    for (let column = 0; column < 2; column++) {
      for (let row = 0; row < 70; row++) {
        expect(signs.sign(column, row)).toBe(plain.sign(column, row));
      }
    }
  });

  it('are kept or not by a mask of so many columns', () => {
    const { inputs, outputs } = maskSizes(shape)[1];
    const builder = maskBuilder(inputs, outputs);
    const last = columnOf(shape, 2, { layer: 1, channel: 3, tap: 0 });
    builder.keep(0, 69);
    builder.keep(last, 0);
    expect(builder.finish()).toMatchObject({
      inputs: 22,
      outputs: 70,
      columns: Uint32Array.of(0, 21),
    });
    expect(() => maskBuilder(inputs, outputs).keep(last + 1, 0)).toThrow(RangeError);
  });
});
