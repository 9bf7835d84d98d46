import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/core/errors.js';
import { bigEntry, integerMatrix } from '../../src/integer/integer-network.js';
import { depthOf, layeredShape, widthsOf } from '../../src/source/shape.js';
import { isTicket, TICKET_HEAD_BYTES } from '../../src/ticket/file-head.js';
import { readTicket, type Stored } from '../../src/ticket/read.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type TensorParts,
} from '../../src/ticket/safetensors.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { createTicketWriter, encodeTicket } from '../../src/ticket/write.js';
import { joined, randomNumbers, readConstructed, sameEdges, sampleTicket } from './sample.js';

function expectSame(back: ConstructedTicket, ticket: ConstructedTicket): void {
  const { mask, storedMasks, fileBytes, ...fields } = back as Stored<ConstructedTicket>;
  const {
    mask: original,
    storedMasks: _,
    fileBytes: __,
    ...expected
  } = ticket as Stored<ConstructedTicket>;
  expect(fields).toEqual(expected);
  for (let t = 1; t <= depthOf(ticket.shape); t++) {
    expect(sameEdges(mask(t), original(t))).toBe(true);
    expect(storedMasks[t - 1]?.bytes).toBeGreaterThanOrEqual(0);
  }
}

interface Edit {
  readonly metadata?: Readonly<Record<string, string | undefined>>;
  /** Changes to the JSON object of the key `constructed`. */
  readonly constructed?: Readonly<Record<string, unknown>>;
  readonly drop?: string;
  readonly add?: readonly TensorParts[];
}

/** The sample's file with some parts replaced. */
function edited({ metadata = {}, constructed = {}, drop, add = [] }: Edit): Uint8Array {
  const file = decodeSafetensors(joined(encodeTicket(sampleTicket({ seed: 20 }))));
  const texts: Record<string, string> = Object.fromEntries(file.metadata);
  texts.constructed = JSON.stringify({
    ...(JSON.parse(texts.constructed as string) as object),
    ...constructed,
  });
  for (const [key, value] of Object.entries(metadata)) {
    if (value === undefined) delete texts[key];
    else texts[key] = value;
  }
  const kept = [...file.tensors.values()]
    .filter(({ name }) => name !== drop)
    .map((tensor) => ({ ...tensor, data: [tensor.data] }));
  return joined(encodeSafetensors(texts, [...kept, ...add]));
}

function refused(bytes: Uint8Array): InputError {
  try {
    readTicket(bytes);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('ticket', () => {
  it('comes back as it was, integers above 64 bits included, and is the same bytes again', () => {
    const bits = fc.array(fc.constantFrom(1, 20, 52, 54, 63, 64, 65, 200), {
      minLength: 2,
      maxLength: 2,
    });
    const densities = fc.array(fc.constantFrom(0, 0.01, 0.3, 0.5, 0.8, 1), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.nat(), bits, densities, fc.boolean(), (seed, size, density, constant) => {
        const ticket = sampleTicket({ seed, bits: size, densities: density, constant });
        const bytes = joined(encodeTicket(ticket));
        const back = readConstructed(bytes);
        expectSame(back, ticket);
        expect(joined(encodeTicket(back))).toEqual(bytes);
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('holds the extreme integers of each representation', () => {
    for (const [entries, dtype] of [
      [[127n, -128n, 0n, 1n], 'I8'],
      [[128n, -1n, 0n, 1n], 'I16'],
      [[-129n, 0n, 0n, 1n], 'I16'],
      [[2n ** 15n - 1n, -(2n ** 15n), 0n, 1n], 'I16'],
      [[2n ** 15n, -1n, 0n, 1n], 'I32'],
      [[2n ** 31n - 1n, -(2n ** 31n), 0n, 1n], 'I32'],
      [[2n ** 31n, 0n, 0n, 1n], 'I64'],
      [[0n, -(2n ** 31n) - 1n, 0n, 1n], 'I64'],
      [[2n ** 53n, -(2n ** 53n), 0n, 1n], 'I64'],
      [[2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n, 1n], 'I64'],
      [[2n ** 63n - 1n, -(2n ** 63n), 0n, 1n], 'I64'],
      [[2n ** 63n, 0n, -1n, 1n], 'U32'],
      [[2n ** 4095n - 1n, -(2n ** 4095n), 0n, -1n], 'U32'],
    ] as const) {
      const ticket = sampleTicket({ seed: 12, constant: false });
      const columns = Array.from({ length: 3 * 4 }, (_, index) => entries[index % 4] as bigint);
      const matrices = [integerMatrix(3, 4, columns), ticket.target.matrices[1] as never];
      const bytes = joined(encodeTicket({ ...ticket, target: { ...ticket.target, matrices } }));
      expect(decodeSafetensors(bytes).tensors.get('target.1')?.dtype).toBe(dtype);
      const back = readConstructed(bytes).target.matrices[0] as (typeof matrices)[0];
      expect(columns.map((_, index) => bigEntry(back, index))).toEqual(columns);
      expect(back.values).toEqual(matrices[0]?.values);
      const asBigInts = [{ rows: 3, columns: 4, values: columns }, matrices[1] as never];
      const target = { ...ticket.target, matrices: asBigInts };
      expect(joined(encodeTicket({ ...ticket, target }))).toEqual(bytes);
    }
    const ticket = sampleTicket({ seed: 12, constant: false });
    const matrices = [
      integerMatrix(3, 4, new Array(12).fill(2n ** 4095n)),
      ticket.target.matrices[1],
    ];
    const target = { ...ticket.target, matrices: matrices as never };
    expect(() => encodeTicket({ ...ticket, target })).toThrow(RangeError);
  });

  it('holds every domain, precision and optional part', () => {
    const { model: _model, normalization: _normalization, ...plain } = sampleTicket({ seed: 13 });
    const precisions: ConstructedTicket['precision'][] = [
      { mode: 'lossless' },
      { mode: 'bits', bits: 4 },
      {
        mode: 'certified',
        requested: 0.01,
        certified: '0.00998',
        outputs: ['0.00998', '0'],
        method: 'ellipsoid',
      },
    ];
    const domains: ConstructedTicket['domain'][] = [{ kind: 'all' }, { kind: 'ball', radius: 0.3 }];
    for (const precision of precisions) {
      for (const domain of domains) {
        const target = { ...plain.target, scale: { base: 2, exponent: 8 } as const };
        const ticket = { ...plain, precision, domain, target };
        expectSame(readConstructed(joined(encodeTicket(ticket))), ticket);
      }
    }
  });

  it('keeps uniform bounds of many inputs small', () => {
    const chunks = encodeTicket(sampleTicket({ seed: 14 }));
    const texts = decodeSafetensors(joined(chunks)).metadata;
    expect(texts.get('domain')).toBe(
      '{"kind":"box","lower":[[-0,1],[0,1],[0.1,1],[-1.5e-300,1]],"upper":[[0.5,3],[5e-324,1]]}',
    );
    expect(texts.get('seed')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('takes masks in order only, and reports their size and entropy', () => {
    const ticket = sampleTicket({ seed: 15 });
    const writer = createTicketWriter(ticket);
    expect(() => writer.addMask(2, ticket.mask(2))).toThrow(RangeError);
    writer.addMask(1, ticket.mask(1));
    expect(() => writer.addMask(1, ticket.mask(1))).toThrow(RangeError);
    expect(() => writer.addMask(2, ticket.mask(3))).toThrow(RangeError);
    expect(() => writer.finish(ticket.assignments)).toThrow(RangeError);
    for (const t of [2, 3, 4]) writer.addMask(t, ticket.mask(t));
    expect(() => writer.addMask(5, ticket.mask(4))).toThrow(RangeError);
    const { kept, bytes, entropyBits } = writer.totals();
    expect(kept).toEqual(ticket.kept);
    expect(entropyBits).toBeGreaterThan(0);
    const back = readConstructed(joined(writer.finish(ticket.assignments)));
    expect(back.storedMasks.reduce((sum, mask) => sum + mask.bytes, 0)).toBe(bytes);
    expect(() => back.mask(5)).toThrow(UsageError);
    expect(() => back.mask(0)).toThrow(UsageError);
  });

  it('is not written if it could not be read, and that is known at the start', () => {
    const ticket = sampleTicket({ seed: 16 });
    const infinite = Float64Array.of(0, 0, 0, Number.NEGATIVE_INFINITY);
    const upper = Float64Array.of(1, 1, 1, 1);
    const bad: Partial<ConstructedTicket>[] = [
      { domain: { kind: 'box', lower: infinite, upper } },
      { domain: { kind: 'box', lower: upper, upper: new Float64Array(4) } },
      { inputSigns: ['signed'] },
      { delta: 0 },
      { construction: 'Not A Name' },
      { shape: layeredShape(widthsOf(ticket.shape), [1, 2, 4]) },
    ];
    for (const part of bad) {
      expect(() => createTicketWriter({ ...ticket, ...part })).toThrow(InputError);
    }
    expect(() => encodeTicket({ ...ticket, assignments: [] })).toThrow(InputError);
    const outside = Uint32Array.of(1, 2, 3, 11);
    expect(() => encodeTicket({ ...ticket, assignments: [outside] })).toThrow(InputError);
  });

  it('replaces what a model name must not contain', () => {
    const model = { name: 'a/b\u001b.onnx', sha256: '0'.repeat(64) };
    const back = readConstructed(joined(encodeTicket({ ...sampleTicket({ seed: 17 }), model })));
    expect(back.model?.name).toBe('a_b_.onnx');
  });

  it('is recognised by its first bytes', () => {
    const bytes = joined(encodeTicket(sampleTicket({ seed: 18 })));
    expect(isTicket(bytes.subarray(0, TICKET_HEAD_BYTES))).toBe(true);
    expect(isTicket(bytes.subarray(0, 30))).toBe(false);
    expect(isTicket(new Uint8Array(0))).toBe(false);
    expect(isTicket(joined(encodeSafetensors({ format: 'pt' }, [])))).toBe(false);
  });
});

describe('hostile tickets', () => {
  it('names what a newer version wrote, and what is no ticket', () => {
    for (const [key, value] of [
      ['format', 'unearth-ticket/2'],
      ['kind', 'future'],
      ['generator', 'philox4x32-10/1'],
      ['weights', 'uniform'],
      ['activation', 'sign'],
      ['new', 'key'],
    ] as const) {
      const error = refused(edited({ metadata: { [key]: value } }));
      expect(error.place).toBe(`metadata "${key}"`);
      expect(error.remedy).toMatch(/newer version/);
    }
    for (const format of [undefined, 'pt']) {
      expect(refused(edited({ metadata: { format } })).remedy).toMatch(/not a ticket/);
    }
  });

  it('refuses metadata that are missing, of another type or do not agree', () => {
    for (const key of ['kind', 'seed', 'widths', 'kept', 'domain', 'constructed']) {
      expect(refused(edited({ metadata: { [key]: undefined } })).place).toBe(`metadata "${key}"`);
      expect(refused(edited({ metadata: { [key]: 'null' } })).place).toBe(`metadata "${key}"`);
    }
    const normalization = (range: unknown) => ({
      input: {
        minimum: [[0, 4]],
        maximum: [[1, 4]],
        mean: [[0, 4]],
        range: [[range, 4]],
      },
      output: { mean: 0, range: 1 },
    });
    for (const [key, value] of [
      ['seed', 'ABCDEF0123456789'],
      ['widths', '[5,37,11,64,0]'],
      ['widths', '[5,37,11,64,4294967296]'],
      ['widths', '[5,37,11,64]'],
      ['widths', '[5,37,11,64.5,2]'],
      ['widths', `[${'['.repeat(50)}`],
      ['widths', `[${'1,'.repeat(100_001)}1]`],
      ['kept', '[1,1,1]'],
      ['kept', '[1,1,1,-1]'],
      ['domain', '{"kind":"box","lower":[[0,4]],"upper":[[1,5]]}'],
      ['domain', '{"kind":"box","lower":[[0,4]],"upper":[[1,9007199254740991]]}'],
      ['domain', '{"kind":"box","lower":[[0,4]],"upper":[[1,3],[-1,1]]}'],
      ['domain', '{"kind":"box","lower":[[0,4]],"upper":[[1e999,4]]}'],
      ['domain', '{"kind":"ball","radius":-1}'],
      ['domain', '{"kind":"ball","radius":1,"radius":2}'],
      ['domain', '{"kind":"ball","radius":1,"__proto__":{"polluted":true}}'],
      ['model', '{"name":"../x","sha256":"00"}'],
      ['normalization', JSON.stringify(normalization(0))],
      ['normalization', JSON.stringify(normalization(null))],
      ['reading', '{"leftOut":[],"rounded":[]}'],
      ['reading', '{"leftOut":["Soft max"],"rounded":[]}'],
      ['reading', '{"leftOut":["Softmax"]}'],
      ['reading', '{"leftOut":["Softmax"],"rounded":[],"relativeChange":1e-16}'],
      ['reading', '{"leftOut":[],"rounded":["Div"],"relativeChange":0}'],
      ['reading', '{"leftOut":[],"rounded":["Div"],"relativeChange":1e-16,"more":1}'],
      ['reading', JSON.stringify({ leftOut: new Array(33).fill('Softmax'), rounded: [] })],
    ] as const) {
      expect(refused(edited({ metadata: { [key]: value } })).message).not.toBe('');
    }
    expect(
      readTicket(edited({ metadata: { normalization: JSON.stringify(normalization(2)) } }), {
        ignoreDigest: true,
      }).kind,
    ).toBe('constructed');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('refuses blocks, outputs and scales that do not agree', () => {
    const target = {
      constant: true,
      fractionalPlaces: [4, 4],
      scale: { base: 10, exponent: 8 },
      activation: 'identity',
    };
    for (const part of [
      { blockEnds: [4] },
      { blockEnds: [2, 3] },
      { blockEnds: [4, 2] },
      { blockEnds: [2, 2, 4] },
      { blockEnds: [2, 5] },
      { assignments: [] },
      { assignments: [[0, 1, 2]] },
      { assignments: [[0, 1, 2, 2]] },
      { assignments: [[0, 1, 2, 11]] },
      { assignments: [[[0, 4294967295]]] },
      { assignments: [[[3, 0]]] },
      { assignments: [[0, 1, 2, -1]] },
      { inputSigns: [['signed', 3]] },
      { inputSigns: [['signed', 4294967295]] },
      { inputSigns: [['odd', 4]] },
      { delta: 2 },
      { precision: { mode: 'bits', bits: 5000 } },
      { target: { ...target, scale: { base: 10, exponent: 9 } } },
      { target: { ...target, scale: { base: 3, exponent: 8 } } },
      { target: { ...target, fractionalPlaces: [8] } },
      { target: { ...target, fractionalPlaces: [9, -1] } },
      { target: { ...target, constant: false } },
      { target: { ...target, activation: 'tanh' } },
      { more: 1 },
    ]) {
      expect(refused(edited({ constructed: part })).place).toMatch(/^metadata "|^tensor "target/);
    }
  });

  it('refuses tensors that are missing, too many or of the wrong form', () => {
    const u8 = (name: string, length: number): TensorParts => {
      return { name, dtype: 'U8', shape: [length], data: [new Uint8Array(length)] };
    };
    for (const [edit, place] of [
      [{ drop: 'target.1' }, 'tensor "target.1"'],
      [{ drop: 'mask.2.gaps' }, 'tensor "mask.2"'],
      [{ add: [u8('mask.2.bits', 51)] }, 'tensor "mask.2.bits"'],
      [{ add: [u8('mask.5.gaps', 0)] }, 'tensor "mask.5.gaps"'],
      [{ add: [u8('target.3', 0)] }, 'tensor "target.3"'],
      [{ drop: 'mask.2.gaps', add: [u8('mask.2.bits', 50)] }, 'tensor "mask.2.bits"'],
      [{ drop: 'mask.2.gaps', add: [u8('mask.2.gaps', 0)] }, 'tensor "mask.2.gaps"'],
      [{ drop: 'target.1', add: [u8('target.1', 20)] }, 'tensor "target.1"'],
    ] as const) {
      expect(refused(edited(edit)).place).toBe(place);
    }
    for (const [shape, dtype, size] of [
      [[20], 'I64', 8],
      [[0, 5], 'I64', 8],
      [[5, 4], 'I64', 8],
      [[4, 4], 'I64', 8],
      [[4, 4], 'I8', 1],
      [[20], 'I16', 2],
      [[4, 5, 1], 'I32', 4],
      [[4, 5, 2], 'U32', 4],
      [[4, 5, 3], 'U32', 4],
      [[4, 5, 129], 'U32', 4],
      [[4, 5], 'F64', 8],
    ] as const) {
      const bytes = shape.reduce<number>((product, length) => product * length, size);
      const tensor = { name: 'target.1', dtype, shape, data: [new Uint8Array(bytes)] };
      expect(refused(edited({ drop: 'target.1', add: [tensor] })).place).toBe('tensor "target.1"');
    }
  });

  it('refuses bombs: sizes without bytes', () => {
    const wide = 2 ** 32 - 1;
    for (const [widths, kept] of [
      [
        [5, wide, wide, 64, 2],
        [0, 0, 0, 0],
      ],
      [
        [5, 37, wide, 64, 2],
        [4, 2 ** 50, 3, 2],
      ],
      [
        [wide, 37, 11, 64, 2],
        [4, 3, 3, 2],
      ],
      [
        [5, 37, 11, 64, wide],
        [4, 3, 3, 2],
      ],
    ]) {
      const metadata = { widths: JSON.stringify(widths), kept: JSON.stringify(kept) };
      expect(refused(edited({ metadata })).message).not.toBe('');
    }
  });

  it('refuses lists of a hundred thousand wrong items as quickly as one', () => {
    const many = (item: string) => `[${new Array(300_000).fill(item).join(',')}]`;
    for (const metadata of [
      { widths: many('0') },
      { kept: many('""') },
      { domain: `{"kind":"box","lower":${many('[0,0]')},"upper":[]}` },
      { domain: `{"kind":"all",${many('"x":1').slice(1, -1)}}` },
    ]) {
      expect(refused(edited({ metadata })).message.length).toBeLessThan(300);
    }
    const assignments = [new Array<number>(300_000).fill(-1)];
    expect(refused(edited({ constructed: { assignments } })).problem).toMatch(/"assignments"/);
    const inputs = new Array<number>(300_000).fill(0);
    expect(refused(edited({ constructed: { blockEnds: inputs } })).problem).toMatch(/"blockEnds"/);
  });

  it('refuses any change of the content by its digest', () => {
    const intact = joined(encodeTicket(sampleTicket({ seed: 21 })));
    const random = randomNumbers(22);
    for (let round = 0; round < 500; round++) {
      const bytes = intact.slice();
      bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
      expect(() => readTicket(bytes)).toThrow(InputError);
    }
    const changed = edited({
      constructed: { precision: { mode: 'paper', epsilon: 0.2, digits: 4 } },
    });
    expect(refused(changed).place).toBe('metadata "digest"');
  });

  it('meets flipped bits and cuts with an InputError or another well-formed ticket', () => {
    const random = randomNumbers(19);
    let survivors = 0;
    for (let sample = 0; sample < 12; sample++) {
      const ticket = sampleTicket({ seed: sample, bits: [20 + sample, 40 + 10 * sample] });
      const intact = joined(encodeTicket(ticket));
      for (let round = 0; round < 400; round++) {
        let bytes = intact.slice();
        if (round % 4 === 0) {
          bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
        } else {
          for (let flips = 1 + (round % 3); flips > 0; flips--) {
            const at = Math.floor(random() * bytes.length);
            bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
          }
        }
        try {
          // The digest would refuse them all: what is behind it must hold without it.
          const back = readConstructed(bytes, { ignoreDigest: true });
          const again = joined(encodeTicket(back));
          expectSame(readConstructed(again), back);
          survivors++;
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          const { place, problem, remedy } = error as InputError;
          // What is no ticket at all is so as a whole.
          expect(place !== '' || problem.startsWith('this is ')).toBe(true);
          expect(problem !== '' && remedy !== '').toBe(true);
        }
      }
    }
    // Flips in the integers and in packed bits leave tickets that only the proof can refuse.
    expect(survivors).toBeGreaterThan(0);
  });
});
