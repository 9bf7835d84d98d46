/** The kind `trained`: what it holds comes back, and hostile files are refused. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type TensorParts,
} from '../../src/ticket/safetensors.js';
import { encodeTrainedTicket, type TrainedHead } from '../../src/ticket/trained.js';
import { joined, randomNumbers, sameEdges } from './sample.js';
import { BEHIND, MAPS, sampleTrained, trainedBytes } from './trained-sample.js';

function readTrained(bytes: Uint8Array, ignoreDigest = false) {
  return ticketOfKind(readTicket(bytes, { ignoreDigest }), 'trained', 'this test');
}

/** The sample's file with parts replaced. */
function edited(
  body: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, string | undefined>> = {},
  tensors: (given: TensorParts[]) => TensorParts[] = (given) => given,
  given: Partial<TrainedHead> = {},
): Uint8Array {
  const file = decodeSafetensors(trainedBytes(given));
  const texts: Record<string, string> = Object.fromEntries(file.metadata);
  texts.trained = JSON.stringify({ ...(JSON.parse(texts.trained as string) as object), ...body });
  for (const [key, value] of Object.entries(metadata)) {
    if (value === undefined) delete texts[key];
    else texts[key] = value;
  }
  const parts = [...file.tensors.values()].map((tensor) => ({ ...tensor, data: [tensor.data] }));
  return joined(encodeSafetensors(texts, tensors(parts)));
}

function refused(bytes: Uint8Array): InputError {
  try {
    readTicket(bytes, { ignoreDigest: true });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('trained tickets', () => {
  it.each([
    {},
    { weights: 'normal', activation: 'sign' },
    { widths: [6, 3] },
    { widths: [1, 1, 1, 1] },
    MAPS,
    BEHIND,
  ] as readonly Partial<TrainedHead>[])('come back as they were: %j', (given) => {
    const { head, mask } = sampleTrained(given);
    const { bytes, masks } = encodeTrainedTicket(head, mask);
    const { mask: back, storedMasks, kept, fileBytes, ...fields } = readTrained(joined(bytes));
    expect(fields).toEqual(head);
    expect(kept).toEqual(masks.kept);
    expect(storedMasks.reduce((sum, { bytes: size }) => sum + size, 0)).toBe(masks.bytes);
    for (let t = 1; t < head.widths.length; t++) expect(sameEdges(back(t), mask(t))).toBe(true);
    const { accuracy: _, ...without } = head;
    expect(readTrained(joined(encodeTrainedTicket(without, mask).bytes)).accuracy).toBeUndefined();
  });

  it('are not written if they could not be read', () => {
    const { head, mask } = sampleTrained();
    const { standardization } = head;
    for (const part of [
      { scales: [1] },
      { scales: [1, 0] },
      { scales: [1, Number.POSITIVE_INFINITY] },
      { standardization: { ...standardization, deviation: new Float64Array(6) } },
      { standardization: { ...standardization, mean: new Float64Array(5) } },
      { probeOutputs: new Float64Array(3).fill(Number.NaN) },
      { probeOutputs: new Float64Array(3 * 5000) },
      { training: { ...head.training, keep: [0.5] } },
      { training: { ...head.training, method: 'A METHOD' } },
      { accuracy: { correct: 101, samples: 100, data: 'cd'.repeat(32) } },
    ] as readonly Partial<TrainedHead>[]) {
      let error: unknown;
      try {
        encodeTrainedTicket({ ...head, ...part }, mask);
      } catch (thrown) {
        error = thrown;
      }
      // Numbers that JSON cannot hold are a RangeError already.
      expect(error instanceof InputError || error instanceof RangeError).toBe(true);
    }
  });
});

describe('hostile trained tickets', () => {
  it('are read where nothing is wrong with them', () => {
    expect(readTrained(edited({}), true).scales).toEqual([0.3, 1.3]);
  });

  it.each([
    { scales: [0.5] },
    { scales: [0.5, -1] },
    { scales: 'none' },
    { standardization: { mean: [[0, 5]], deviation: [[1, 6]] } },
    { standardization: { mean: [[0, 6]], deviation: [[0, 6]] } },
    { standardization: { mean: [[0, 2 ** 52]], deviation: [[1, 6]] } },
    { probes: 4 },
    { probes: -1 },
    { probes: 1e9 },
    { training: {} },
    { accuracy: { correct: 2, samples: 1, data: 'cd'.repeat(32) } },
    { accuracy: { correct: 0, samples: 0, data: 'cd'.repeat(32) } },
    { more: 1 },
  ])('%j is refused', (body) => {
    expect(refused(edited(body)).place).toMatch(/^metadata "trained"|^tensor "probe\.outputs"/);
  });

  it('names words, domains and keys that the kind does not know', () => {
    for (const [key, value] of [
      ['weights', 'uniform'],
      ['activation', 'tanh'],
      ['domain', '{"kind":"ball","radius":1}'],
      ['kept', '[1]'],
      ['constructed', '{}'],
      ['trained', undefined],
    ] as const) {
      expect(refused(edited({}, { [key]: value })).place).toBe(`metadata "${key}"`);
    }
  });

  it('refuses tensors that are missing, of another form or not its own', () => {
    const outputs = 'probe.outputs';
    const replaced =
      (tensor: TensorParts | null, name = outputs) =>
      (given: TensorParts[]): TensorParts[] => [
        ...given.filter((each) => each.name !== name),
        ...(tensor === null ? [] : [tensor]),
      ];
    const zeros = (shape: number[], dtype: 'F64' | 'F32' = 'F64'): TensorParts => {
      const bytes = shape.reduce((product, size) => product * size, dtype === 'F64' ? 8 : 4);
      return { name: outputs, dtype, shape, data: [new Uint8Array(bytes)] };
    };
    for (const tensor of [null, zeros([9]), zeros([3, 4]), zeros([3, 3], 'F32')]) {
      expect(refused(edited({}, {}, replaced(tensor))).place).toBe(`tensor "${outputs}"`);
    }
    const infinite = { ...zeros([3, 3]), data: [new Uint8Array(72).fill(0xff)] };
    expect(refused(edited({}, {}, replaced(infinite))).problem).toMatch(/finite/);
    const other = { ...zeros([3, 3]), name: 'target.1' };
    expect(refused(edited({}, {}, replaced(other, 'none'))).place).toBe('tensor "target.1"');
  });

  it('meets flipped bits and cuts with an InputError or another well-formed ticket', () => {
    const random = randomNumbers(23);
    const intact = trainedBytes();
    let survivors = 0;
    for (let round = 0; round < 1500; round++) {
      let bytes = intact.slice();
      if (round % 5 === 0) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      else {
        for (let flips = 1 + (round % 3); flips > 0; flips--) {
          bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
        }
      }
      expect(() => readTicket(bytes)).toThrow(InputError);
      try {
        const { mask, storedMasks: _, kept: __, ...head } = readTrained(bytes, true);
        const again = joined(encodeTrainedTicket(head, mask).bytes);
        expect(readTrained(again).probeOutputs).toEqual(head.probeOutputs);
        survivors++;
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
    expect(survivors).toBeGreaterThan(0);
  });
});

describe('stored signs', () => {
  const signs = [new Uint8Array(30).fill(0x5a), new Uint8Array(15).fill(0xa5)];
  const change = (part: Partial<TensorParts> | null) => (tensors: TensorParts[]) =>
    tensors.flatMap((tensor) => {
      if (tensor.name !== 'signs.2') return [tensor];
      return part === null ? [] : [{ ...tensor, ...part }];
    });

  it('come back, and make another network', () => {
    const ticket = readTrained(trainedBytes({ signs }));
    expect(ticket.signs).toEqual(signs);
    expect(ticket.probeOutputs).not.toEqual(readTrained(trainedBytes()).probeOutputs);
  });

  it('are refused of another size or form, with bits too many, and of weights that are no signs', () => {
    refused(edited({}, {}, change(null), { signs }));
    refused(edited({}, {}, change({ shape: [14], data: [new Uint8Array(14)] }), { signs }));
    refused(edited({}, {}, change({ dtype: 'I8' }), { signs }));
    refused(edited({ signs: 'elsewhere' }, {}, undefined, { signs }));
    refused(edited({ signs: undefined }, {}, undefined, { signs }));
    refused(edited({}, { weights: 'normal' }, undefined, { signs }));
    const odd = { widths: [3, 3], signs: [Uint8Array.of(255, 1)] };
    expect(readTrained(trainedBytes(odd)).signs).toEqual(odd.signs);
    expect(() => trainedBytes({ ...odd, signs: [Uint8Array.of(255, 3)] })).toThrow(InputError);
  });
});

describe('hostile maps', () => {
  const input = [8, 7];
  const layers = [
    [3, 3, 1, 1],
    [3, 2, 1, 3],
    [2, 2, 0, 1],
    [1, 1, 0, 1],
  ];
  const with0 = (first: unknown) => ({ input, layers: [first, ...layers.slice(1)] });

  it('are read where nothing is wrong with them', () => {
    const bytes = edited({ maps: { input, layers } }, {}, undefined, MAPS);
    expect(readTrained(bytes, true).maps).toEqual(MAPS.maps);
  });

  it.each([
    { input, layers: layers.slice(1) },
    { input: [8], layers },
    { input: [8, 0], layers },
    { input: [8192, 8192], layers },
    { input: [2 ** 40, 7], layers },
    { input: [9, 7], layers },
    { input, layers: 'none' },
    { input, layers, more: 1 },
    with0([3, 3, 1]),
    with0([3, 3, 3, 1]),
    with0([30, 3, 0, 1]),
    with0([3, 3, 1, 0]),
    with0([3, 3, 1, 9]),
    with0([3, 3, 1.5, 1]),
    with0([3, 3, -1, 1]),
    with0([2 ** 31, 2 ** 31, 0, 1]),
    { input, layers: [...layers.slice(0, 3), [1, 1, 0, 2]] },
    null,
    with0([3, 3, 1, 1, {}]),
    with0([3, 3, 1, 1, { more: true }]),
    with0([3, 3, 1, 1, { stride: 1 }]),
    with0([3, 3, 1, 1, { stride: 9000 }]),
    with0([3, 3, 1, 1, { reads: 1 }]),
    with0([3, 3, 1, 1, { adds: 1 }]),
    with0([3, 3, 1, 1, { linear: false }]),
    with0([3, 3, 1, 1, { average: true }]),
    with0([3, 3, 1, 1, { poolsFirst: true }]),
    with0([3, 3, 1, 1, { normalized: true }]),
    with0([3, 3, 1, 1, null]),
    with0([3, 3, 1, 1, { linear: true }, 1]),
    { input, layers: [...layers.slice(0, 3), [1, 1, 0, 1, { linear: true }]] },
    { input, layers: [...layers.slice(0, 3), [2, 2, 0, 1, { reads: 2 }]] },
    { input, layers: [...layers.slice(0, 2), [2, 2, 0, 1, { adds: 2 }], [1, 1, 0, 1]] },
  ])('%j are refused', (maps) => {
    expect(refused(edited({ maps }, {}, undefined, MAPS)).problem).not.toBe('');
  });

  const records = BEHIND.normalizations?.map((each) => each && [each.exponent, each.step]) ?? [];
  it.each([
    [undefined],
    [records.slice(1)],
    [[...records.slice(0, 4), [0, 1]]],
    [[null, ...records.slice(1)]],
    [[[0.5, 1], ...records.slice(1)]],
    [[[301, 1], ...records.slice(1)]],
    [[[0, 0], ...records.slice(1)]],
    [[[0, -1], ...records.slice(1)]],
    [[[0, 1e300], ...records.slice(1)]],
    [[[0], ...records.slice(1)]],
    ['none'],
  ])('normalizations %j are refused', (normalizations) => {
    refused(edited({ normalizations }, {}, undefined, BEHIND));
  });

  it('are refused with other tensors of normalisations than theirs', () => {
    const change = (part: Partial<TensorParts> | null) => (tensors: TensorParts[]) =>
      tensors.flatMap((tensor) => {
        if (tensor.name !== 'normalization.2') return [tensor];
        return part === null ? [] : [{ ...tensor, ...part }];
      });
    for (const part of [null, { shape: [2, 4] }, { shape: [8] }, { dtype: 'I8' }] as const) {
      refused(edited({}, {}, change(part as Partial<TensorParts> | null), BEHIND));
    }
  });

  it('are refused of fully connected networks, and left out of those that have them', () => {
    refused(edited({ maps: undefined }, {}, undefined, MAPS));
    refused(
      edited({
        maps: {
          input: [1, 1],
          layers: [
            [3, 3, 1, 1],
            [1, 1, 0, 1],
          ],
        },
      }),
    );
  });
});
