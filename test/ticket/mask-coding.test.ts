import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { keptCount, type LayerMask, wordsPerColumn } from '../../src/source/mask.js';
import { decodeMask, type EncodedMask, encodeMask } from '../../src/ticket/mask-coding.js';
import { maskEntropyBits } from '../../src/ticket/mask-entropy.js';
import {
  edgesOf,
  randomDense,
  randomNumbers,
  randomSparse,
  sameEdges,
  sparseMask,
} from './sample.js';

const WIDEST = 2 ** 32 - 1;

function roundTrip(mask: LayerMask): { encoded: EncodedMask; decoded: LayerMask } {
  const encoded = encodeMask(mask);
  const decoded = decodeMask(encoded, mask.inputs, mask.outputs, 'mask');
  expect(encoded.kept).toBe(keptCount(mask));
  expect(sameEdges(decoded, mask)).toBe(true);
  const dense = encoded.kept >= mask.inputs * wordsPerColumn(mask.outputs);
  expect(decoded.kind).toBe(dense ? 'dense' : 'sparse');
  return { encoded, decoded };
}

function ratio(mask: LayerMask): number {
  const { encoded } = roundTrip(mask);
  const entropy = maskEntropyBits(mask.inputs, mask.outputs, encoded.kept);
  expect(entropy / 8).toBeGreaterThan(100_000);
  return (8 * encoded.bytes.length) / entropy;
}

const randomMask = fc
  .record({
    inputs: fc.integer({ min: 1, max: 90 }),
    outputs: fc.integer({ min: 1, max: 90 }),
    density: fc.constantFrom(0, 0.002, 0.03, 0.2, 0.38, 0.5, 0.62, 0.9, 0.999, 1),
    seed: fc.integer(),
  })
  .map(({ inputs, outputs, density, seed }) =>
    randomDense(inputs, outputs, density, randomNumbers(seed)),
  );

describe('mask coding', () => {
  it('brings every mask back, whichever form it comes in', () => {
    fc.assert(
      fc.property(randomMask, (mask) => {
        const { encoded, decoded } = roundTrip(mask);
        expect(encodeMask(edgesOf(mask))).toEqual(encoded);
        expect(encodeMask(decoded)).toEqual(encoded);
      }),
      { seed: 2, numRuns: 400 },
    );
  });

  it('writes the example of docs/ticket.md', () => {
    const { encoded } = roundTrip(sparseMask(100, 100, [[0, [4, 5, 20]]]));
    expect(encoded).toEqual({ encoding: 'gaps', bytes: Uint8Array.of(0x02, 0x09, 0x0a), kept: 3 });
  });

  it('takes the smaller encoding', () => {
    const random = randomNumbers(3);
    expect(roundTrip(randomDense(200, 200, 0.01, random)).encoded.encoding).toBe('gaps');
    expect(roundTrip(randomDense(200, 200, 0.3, random)).encoded.encoding).toBe('gaps');
    expect(roundTrip(randomDense(200, 200, 0.5, random)).encoded.encoding).toBe('bits');
    expect(roundTrip(randomDense(200, 200, 0.7, random)).encoded.encoding).toBe('complement');
  });

  it('stores empty and full masks in no bytes', () => {
    for (const [inputs, outputs] of [
      [1, 1],
      [3, 64],
      [500, 33],
    ] as const) {
      const empty = roundTrip(sparseMask(inputs, outputs, [])).encoded;
      expect(empty).toEqual({ encoding: 'gaps', bytes: new Uint8Array(0), kept: 0 });
      const full = roundTrip(randomDense(inputs, outputs, 1, randomNumbers(4))).encoded;
      const kept = inputs * outputs;
      expect(full).toEqual({ encoding: 'complement', bytes: new Uint8Array(0), kept });
    }
  });

  it('brings back layers of up to 2^64 positions, gaps above 2^53 among them', () => {
    const column = fc.integer({ min: 0, max: WIDEST - 1 });
    const rows = fc.uniqueArray(column, { minLength: 1, maxLength: 4 });
    const columns = fc.uniqueArray(column, { maxLength: 600 });
    fc.assert(
      fc.property(columns, fc.infiniteStream(rows), (chosen, stream) => {
        const targets = [...chosen]
          .sort((first, second) => first - second)
          .map((index): [number, number[]] => {
            const some = stream.next().value as number[];
            return [index, [...some].sort((first, second) => first - second)];
          });
        roundTrip(sparseMask(WIDEST, WIDEST, targets));
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('is exact around 2^52, 2^53 and at the last position of 2^64', () => {
    for (const edge of [52, 53].map((power) => 2n ** BigInt(power))) {
      for (let offset = -3n; offset <= 3n; offset++) {
        for (const outputs of [WIDEST, 2 ** 31, 3 * 2 ** 30 + 1]) {
          // The second of two edges lies `edge + offset` behind the first, at the end of column 0.
          const position = BigInt(outputs) - 1n + edge + offset;
          const target = [Number(position / BigInt(outputs)), Number(position % BigInt(outputs))];
          const [column, row] = target as [number, number];
          const first: [number, number[]] = [0, [outputs - 1]];
          roundTrip(sparseMask(WIDEST, outputs, [first, [column, [row]]]));
          roundTrip(sparseMask(WIDEST, outputs, [[column, [row]]]));
        }
      }
    }
    roundTrip(sparseMask(WIDEST, WIDEST, [[WIDEST - 1, [WIDEST - 1]]]));
  });

  it('stays within 1.1 of the entropy at every density', () => {
    const random = randomNumbers(6);
    for (const density of [0.1, 0.2, 0.25, 0.3, 0.35, 0.382, 0.4, 0.5, 0.618, 0.7, 0.9]) {
      expect(ratio(randomDense(1700, 1100, density, random))).toBeLessThan(1.05);
    }
    for (const perColumn of [1, 3, 10, 40]) {
      const inputs = Math.ceil(180_000 / perColumn);
      expect(ratio(randomSparse(inputs, 40_000, perColumn, false, random))).toBeLessThan(1.02);
    }
    expect(ratio(randomSparse(2000, 9000, 63, false, random))).toBeLessThan(1.03);
  });

  it('stays below the entropy where edges are kept in pairs of neighbours', () => {
    const random = randomNumbers(7);
    expect(ratio(randomSparse(20_000, 4_000_000, 4, true, random))).toBeLessThan(0.65);
  });

  it('stays within 1.1 for masks that are dense here and sparse there', () => {
    const random = randomNumbers(8);
    const left = edgesOf(randomDense(1000, 2000, 0.45, random));
    const right = randomSparse(30_000, 2000, 1, false, random);
    const targets: [number, number[]][] = [left, right].flatMap((part, side) =>
      Array.from(part.columns, (column, index): [number, number[]] => [
        column + side * left.inputs,
        [...part.rows.subarray(part.offsets[index], part.offsets[index + 1])],
      ]),
    );
    expect(ratio(sparseMask(31_000, 2000, targets))).toBeLessThan(1);
  });

  it('refuses masks that are not well-formed', () => {
    const refused: LayerMask[] = [
      sparseMask(4, 4, [[4, [0]]]),
      sparseMask(4, 4, [[0, [4]]]),
      sparseMask(4, 4, [[0, [2, 2]]]),
      sparseMask(4, 4, [[0, [3, 1]]]),
      sparseMask(4, 4, [[2, []]]),
      sparseMask(4, 4, [
        [2, [1]],
        [2, [3]],
      ]),
      { ...sparseMask(4, 4, [[0, [1]]]), offsets: Uint32Array.of(0, 2) },
      { kind: 'dense', inputs: 2, outputs: 4, words: Uint32Array.of(16, 0) },
      { kind: 'dense', inputs: 2, outputs: 4, words: Uint32Array.of(1) },
    ];
    for (const mask of refused) expect(() => encodeMask(mask)).toThrow(RangeError);
  });
});

describe('hostile mask bytes', () => {
  function decodes(encoded: EncodedMask, inputs: number, outputs: number): boolean {
    try {
      const mask = decodeMask(encoded, inputs, outputs, 'mask');
      expect(keptCount(mask)).toBe(encoded.kept);
      // Well-formed, hence encodable.
      encodeMask(mask);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).place).toBe('mask');
      return false;
    }
  }

  it('survives flipped bits, cuts and wrong counts', () => {
    const random = randomNumbers(9);
    const masks: LayerMask[] = [
      ...[0.01, 0.2, 0.5, 0.7, 0.97].map((density) => randomDense(60, 70, density, random)),
      randomSparse(300, 1_000_000, 2, true, random),
      sparseMask(WIDEST, WIDEST, [
        [3, [5, 6]],
        [2 ** 31, [7]],
        [WIDEST - 2, [1]],
      ]),
    ];
    for (const mask of masks) {
      const encoded = encodeMask(mask);
      for (let round = 0; round < 400; round++) {
        const bytes = encoded.bytes.slice();
        const at = Math.floor(random() * bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
        decodes({ ...encoded, bytes }, mask.inputs, mask.outputs);
        const cut = { ...encoded, bytes: encoded.bytes.subarray(0, at) };
        expect(decodes(cut, mask.inputs, mask.outputs)).toBe(false);
      }
      const longer = new Uint8Array(encoded.bytes.length + 1);
      longer.set(encoded.bytes);
      expect(decodes({ ...encoded, bytes: longer }, mask.inputs, mask.outputs)).toBe(false);
      for (const kept of [encoded.kept - 1, encoded.kept + 1, 0, 2 ** 50]) {
        expect(decodes({ ...encoded, kept }, mask.inputs, mask.outputs)).toBe(false);
      }
    }
  });

  it('refuses sizes that the bytes cannot pay for', () => {
    const none = new Uint8Array(0);
    const zeros = new Uint8Array(1000);
    const kept = 2 ** 50;
    for (const bytes of [none, zeros]) {
      expect(decodes({ encoding: 'gaps', bytes, kept }, WIDEST, WIDEST)).toBe(false);
      expect(decodes({ encoding: 'bits', bytes, kept }, WIDEST, WIDEST)).toBe(false);
      expect(decodes({ encoding: 'complement', bytes, kept }, WIDEST, WIDEST)).toBe(false);
      const full = { encoding: 'complement', bytes, kept: 2 ** 40 } as const;
      expect(decodes(full, 2 ** 20, 2 ** 20)).toBe(false);
    }
    expect(decodes({ encoding: 'complement', bytes: none, kept: 2 ** 31 }, 2 ** 31, 1)).toBe(false);
  });

  it('refuses a run of zeros without end, and edges beyond the last', () => {
    const zeros = new Uint8Array(1 << 20);
    expect(decodes({ encoding: 'gaps', bytes: zeros, kept: 5 }, 1000, 1000)).toBe(false);
    // Parameter 63 and a quotient: positions far above 2^64.
    const far = new Uint8Array(40);
    far[0] = 63;
    far[20] = 1;
    expect(decodes({ encoding: 'gaps', bytes: far, kept: 1 }, WIDEST, WIDEST)).toBe(false);
    const ones = new Uint8Array(20).fill(0xff);
    expect(decodes({ encoding: 'gaps', bytes: ones, kept: 100 }, 10, 9)).toBe(false);
  });
});
