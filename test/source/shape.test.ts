/** Shapes as lists of layers: widths and all counts are views of it, and nonsense is refused by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import {
  checkShape,
  requireConnectedLayers,
  requirePlainLayers,
} from '../../src/source/check-shape.js';
import { planesOf } from '../../src/source/planes.js';
import {
  blockEndsOf,
  columnsOf,
  depthOf,
  layeredShape,
  maskSizes,
  type SourceLayer,
  type SourceShape,
  sameShape,
  sourceWeights,
  widthOf,
  widthsOf,
} from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';

/** Widths `N_0 .. N_L` and ascending block ends, the last of them L. */
const layered = fc
  .array(fc.nat(2 ** 32 - 1), { minLength: 2, maxLength: 12 })
  .chain((widths) =>
    fc
      .subarray(Array.from({ length: widths.length - 2 }, (_, index) => index + 1))
      .map((ends) => ({ widths, blockEnds: [...ends, widths.length - 1] })),
  );

/** Two blocks, of a skip source: layers 1 to 3 read the inputs, layers 4 and 5 what layer 3 holds. */
const skip: SourceShape = {
  inputs: 5,
  layers: [
    { channels: 7 },
    { channels: 11, reads: [0, 1] },
    { channels: 4, reads: [0, 1, 2], endsBlock: true },
    { channels: 6, reads: [3] },
    { channels: 2, reads: [3, 4] },
  ],
};

/** A block of feature maps: 3 channels read with a kernel of 3 by 2, all else 1 by 1. */
const gathered: SourceShape = {
  inputs: 3,
  layers: [
    {
      channels: 10,
      kernel: { height: 3, width: 2 },
      stride: { height: 2, width: 1 },
      pads: { top: 1, left: 0, bottom: 1, right: 1 },
    },
    { channels: 4 },
  ],
};

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
}

describe('a shape of fully connected layers', () => {
  it('is its widths and block ends, and they are views of it', () => {
    fc.assert(
      fc.property(layered, ({ widths, blockEnds }) => {
        const shape = layeredShape(widths, blockEnds);
        expect(widthsOf(shape)).toEqual(widths);
        expect(blockEndsOf(shape)).toEqual(blockEnds);
        expect(depthOf(shape)).toBe(widths.length - 1);
        for (const [t, width] of widths.entries()) {
          expect(widthOf(shape, t)).toBe(width);
          if (t > 0) expect(columnsOf(shape, t)).toBe(widths[t - 1]);
        }
        expect(() => requirePlainLayers(shape, 'this')).not.toThrow();
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('is plain data of two fields a layer at most', () => {
    expect(layeredShape([3, 5, 4, 2], [2, 3])).toEqual({
      inputs: 3,
      layers: [{ channels: 5 }, { channels: 4, endsBlock: true }, { channels: 2 }],
    });
    expect(structuredClone(layeredShape([3, 5]))).toEqual(layeredShape([3, 5], [1]));
    expect(layeredShape([3])).toEqual({ inputs: 3, layers: [] });
    expect(blockEndsOf(layeredShape([3]))).toEqual([]);
  });

  it('is the same shape however it is written', () => {
    const short = layeredShape([3, 5, 4, 2], [2, 3]);
    const one = { height: 1, width: 1 };
    const none = { top: 0, left: 0, bottom: 0, right: 0 };
    const long: SourceShape = {
      inputs: 3,
      layers: [
        { channels: 5, reads: [0], kernel: one, endsBlock: false },
        { channels: 4, reads: [1], stride: one, pads: none, endsBlock: true },
        { channels: 2, reads: [2], endsBlock: true },
      ],
    };
    expect(sameShape(short, long)).toBe(true);
    expect(() => requirePlainLayers(long, 'this')).not.toThrow();
    expect(blockEndsOf(long)).toEqual([2, 3]);
    for (const other of [
      layeredShape([3, 5, 4, 2]),
      layeredShape([3, 5, 4, 2], [1, 3]),
      layeredShape([3, 5, 4, 3], [2, 3]),
      layeredShape([4, 5, 4, 2], [2, 3]),
      layeredShape([3, 5, 4], [1, 2]),
      skip,
      gathered,
    ]) {
      expect(sameShape(short, other)).toBe(false);
      expect(sameShape(other, short)).toBe(false);
    }
  });
});

describe('a shape whose layers read several, or with a kernel', () => {
  it('has the channels of all layers read as columns, once a tap', () => {
    expect(maskSizes(skip)).toEqual([
      { inputs: 5, outputs: 7 },
      { inputs: 7 + 5, outputs: 11 },
      { inputs: 5 + 11 + 7, outputs: 4 },
      { inputs: 4, outputs: 6 },
      { inputs: 6 + 4, outputs: 2 },
    ]);
    expect(blockEndsOf(skip)).toEqual([3, 5]);
    expect(maskSizes(gathered)).toEqual([
      { inputs: 18, outputs: 10 },
      { inputs: 10, outputs: 4 },
    ]);
  });

  it('has a source weight for each row and column', () => {
    expect(sourceWeights(skip)).toBe(BigInt(35 + 132 + 92 + 24 + 20));
    expect(sourceWeights(gathered)).toBe(220n);
  });

  it('has the weights of theorem 1: N_1 N_0, then N_t (N_(t-1) + N_0), then N_y N_E', () => {
    const fed: SourceShape = {
      inputs: 9,
      layers: [
        { channels: 20 },
        { channels: 30, reads: [0, 1] },
        { channels: 40, reads: [0, 2] },
        { channels: 6 },
      ],
    };
    expect(sourceWeights(fed)).toBe(BigInt(20 * 9 + 30 * (20 + 9) + 40 * (30 + 9) + 6 * 40));
  });

  it('has planes as a convolution of this kernel, stride and padding has', () => {
    const plane = { height: 8, width: 5 };
    // (8 + 2 - 3) / 2, rounded down, and (5 + 1 - 2) / 1, and one each.
    const planes = [plane, { height: 4, width: 5 }, { height: 4, width: 5 }];
    expect(planesOf(gathered, plane)).toEqual(planes);
    expect(planesOf(skip, plane)).toEqual(new Array(6).fill(plane));
  });

  it('has no planes where a kernel finds no place, or what is read without it differs in size', () => {
    expect(messageOf(() => planesOf(gathered, { height: 3, width: 0 }))).toMatch(
      /layer 1: .* no place/,
    );
    const second: SourceLayer = { channels: 2, reads: [0, 1] };
    const torn: SourceShape = { inputs: 3, layers: [gathered.layers[0] as SourceLayer, second] };
    expect(messageOf(() => planesOf(torn, { height: 8, width: 5 }))).toMatch(
      /layer 2: .* 0, 1, all but the first must be of 8 by 5/,
    );
  });
});

describe('what a shape may not be', () => {
  const withLayer = (t: number, change: object): SourceShape => ({
    ...skip,
    layers: skip.layers.map((layer, index) => (index + 1 === t ? { ...layer, ...change } : layer)),
  });

  it('nothing that is right is refused', () => {
    for (const shape of [skip, gathered, layeredShape([0, 0]), layeredShape([2 ** 32 - 1, 1])]) {
      expect(() => checkShape(shape)).not.toThrow();
    }
  });

  it.each([
    ['of no layers', [], /layer 2: reads: no list/],
    ['of what is no list', 1, /layer 2: reads: no list/],
    ['of itself', [2], /layer 2: reads: layer 2 is none of 0 to 1/],
    ['of a later layer', [1, 3], /layer 3 is none of/],
    ['of no layer', [1, -1], /layer -1 is none of/],
    ['of half a layer', [0.5], /layer 0.5 is none of/],
    ['of words', ['1'], /layer 1 is none of/],
    // biome-ignore lint/suspicious/noSparseArray: what JavaScript allows
    ['of a hole', [, 1], /layer undefined is none of/],
    ['of one layer twice', [0, 1, 1], /layer 2: reads: layer 1 twice/],
    ['in another order', [1, 0], /layer 2: reads: layer 0 after layer 1; list them ascending/],
  ])('no reads %s', (_, reads, message) => {
    expect(messageOf(() => checkShape(withLayer(2, { reads })))).toMatch(message);
  });

  it('no reads out of an earlier block but of its last layer', () => {
    expect(messageOf(() => checkShape(withLayer(4, { reads: [3] })))).toBe('');
    for (const reads of [[2], [3, 0], [1, 3]]) {
      expect(messageOf(() => checkShape(withLayer(4, { reads })))).toMatch(
        /layer 4: reads: layer \d is none of 3 to 3/,
      );
    }
    expect(messageOf(() => checkShape(withLayer(5, { reads: [2, 4] })))).toMatch(/none of 3 to 4/);
    // Layer 2 may read the inputs only as long as no block ends with layer 1.
    expect(messageOf(() => checkShape(withLayer(1, { endsBlock: true })))).toMatch(
      /none of 1 to 1/,
    );
  });

  const plane = { height: 1, width: 1 };
  it.each([
    ['channels', { channels: -1 }, /layer 3: channels/],
    ['channels', { channels: 2 ** 32 }, /layer 3: channels/],
    ['channels', { channels: undefined }, /layer 3: channels/],
    ['a kernel', { kernel: 3 }, /layer 3: kernel/],
    ['a kernel', { kernel: { ...plane, height: 0 } }, /layer 3: kernel\.height: 0/],
    ['a kernel', { kernel: { height: 3 } }, /layer 3: kernel\.width/],
    ['a stride', { stride: { ...plane, width: 0.5 } }, /layer 3: stride\.width: 0\.5/],
    ['pads', { pads: { top: 0, left: 0, bottom: -1, right: 0 } }, /layer 3: pads\.bottom: -1/],
    ['pads', { pads: { top: 1, left: 1 } }, /layer 3: pads\.bottom/],
    ['the end of a block', { endsBlock: 1 }, /layer 3: endsBlock/],
    ['columns', { kernel: { height: 2 ** 16, width: 2 ** 16 } }, /layer 3: \d+ columns, more than/],
  ])('no such %s', (_, change, message) => {
    expect(messageOf(() => checkShape(withLayer(3, change)))).toMatch(message);
  });

  it('no gap in the list of layers', () => {
    const layers = [...skip.layers];
    delete layers[1];
    expect(messageOf(() => checkShape({ ...skip, layers }))).toMatch(/layer 2/);
  });

  it('nothing but plain layers where only they are known: the layer and what it has are named', () => {
    const plain = layeredShape([3, 5, 4, 2]);
    const second = (change: object): SourceShape => ({
      ...plain,
      layers: plain.layers.map((layer, index) => (index === 1 ? { ...layer, ...change } : layer)),
    });
    const cases: readonly (readonly [SourceShape, RegExp])[] = [
      [skip, /layer 2 reads layers 0, 1$/],
      [gathered, /layer 1 has a kernel of 3 by 2$/],
      [second({ reads: [0] }), /layer 2 reads layer 0$/],
      [second({ kernel: { height: 1, width: 2 } }), /layer 2 has a kernel of 1 by 2$/],
      [second({ stride: { height: 2, width: 1 } }), /layer 2 has a stride of 2 by 1$/],
      [second({ pads: { top: 0, left: 0, bottom: 0, right: 1 } }), /layer 2 has padding$/],
    ];
    for (const [shape, message] of cases) {
      expect(() => checkShape(shape)).not.toThrow();
      expect(messageOf(() => requirePlainLayers(shape, 'this'))).toMatch(message);
      // Where kernels alone are unknown, several reads are no matter.
      const reads = message.source.includes('reads');
      const connected = reads ? /^$/ : message;
      expect(messageOf(() => requireConnectedLayers(shape, 'this'))).toMatch(connected);
      // The generator knows columns, whatever they read.
      expect(createSource(1n, shape).shape).toBe(shape);
    }
  });
});
