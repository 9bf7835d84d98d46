import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { jsonText, parseJson } from '../../src/ticket/json.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/ticket/safetensors.js';
import { joined } from './sample.js';

/** A file with any header text and data. */
function crafted(
  header: string,
  data: Uint8Array = new Uint8Array(0),
  length?: bigint,
): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function entry(begin: number, end: number, shape: unknown = [end - begin], dtype = 'U8'): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

function refused(bytes: Uint8Array): InputError {
  try {
    decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('safetensors', () => {
  it('writes and reads tensors in pieces, aligned and padded to 8 bytes', () => {
    const chunks = encodeSafetensors({ format: 'x', 'a "key"': 'ü\n' }, [
      { name: 'bytes', dtype: 'U8', shape: [3], data: [Uint8Array.of(1, 2), Uint8Array.of(3)] },
      { name: 'none', dtype: 'F32', shape: [0, 7], data: [] },
      { name: 'scalar', dtype: 'F64', shape: [], data: [new Uint8Array(8).fill(9)] },
    ]);
    const bytes = joined(chunks);
    const headerLength = new DataView(bytes.buffer).getUint32(0, true);
    expect(headerLength % 8).toBe(0);
    const { metadata, tensors } = decodeSafetensors(bytes);
    expect(Object.fromEntries(metadata)).toEqual({ format: 'x', 'a "key"': 'ü\n' });
    expect([...tensors.keys()].sort()).toEqual(['bytes', 'none', 'scalar']);
    expect([...(tensors.get('bytes')?.data ?? [])]).toEqual([1, 2, 3]);
    expect(tensors.get('scalar')?.data.byteOffset).toBe(8 + headerLength);
    expect(tensors.get('none')).toMatchObject({ dtype: 'F32', shape: [0, 7] });
  });

  it('refuses to write names twice and data that do not fit', () => {
    const one = { name: 'a', dtype: 'U8', shape: [1], data: [new Uint8Array(1)] } as const;
    expect(() => encodeSafetensors({}, [one, one])).toThrow(RangeError);
    expect(() => encodeSafetensors({}, [{ ...one, name: '__metadata__' }])).toThrow(RangeError);
    expect(() => encodeSafetensors({}, [{ ...one, shape: [2] }])).toThrow(RangeError);
  });

  it('takes a file without metadata, and trailing spaces', () => {
    const { metadata, tensors } = decodeSafetensors(crafted('{}   '));
    expect(metadata.size + tensors.size).toBe(0);
  });

  it('refuses bad headers and names the byte', () => {
    expect(refused(new Uint8Array(7)).place).toBe('byte 0');
    expect(refused(crafted('{}', new Uint8Array(9), 100n)).place).toBe('byte 0');
    expect(refused(crafted('{}', new Uint8Array(9), 2n ** 63n)).place).toBe('byte 0');
    expect(refused(crafted('[]')).place).toBe('byte 8');
    expect(refused(crafted('')).place).toBe('byte 8');
    expect(refused(crafted('{"a":')).problem).toBe('is not valid JSON');
    const notText = crafted('{"abc":1}');
    notText[11] = 0xff;
    expect(refused(notText).problem).toBe('the header is not UTF-8');
    expect(refused(crafted(`{"a":${'['.repeat(100_000)}`)).problem).toMatch(/nested deeper/);
    expect(refused(crafted(`{"a":${'{"a":'.repeat(100_000)}`)).problem).toMatch(/nested deeper/);
    const keys = Array.from({ length: 2 ** 18 + 1 }, (_, index) => `"${index}":1`);
    expect(refused(crafted(`{${keys.join(',')}}`)).problem).toMatch(/more than 262144 keys/);
    const large = new Uint8Array(8 + 2 ** 25 + 1);
    new DataView(large.buffer).setUint32(0, 2 ** 25 + 1, true);
    expect(refused(large).problem).toMatch(/a header of 33554433 bytes/);
  });

  it('refuses keys that appear twice, in whatever spelling, and __proto__', () => {
    const two = new Uint8Array(2);
    const twice = `{"a":${entry(0, 1)},"\\u0061":${entry(1, 2)}}`;
    expect(refused(crafted(twice, two)).problem).toBe('key "a" appears twice');
    expect(refused(crafted('{"__metadata__":{"a":"1","b":"2","a":"3"}}')).problem).toMatch(/twice/);
    expect(refused(crafted(`{"__proto__":${entry(0, 2)}}`, two)).problem).toMatch(/not allowed/);
  });

  it('refuses overlaps, holes and bytes left over, and names the tensor', () => {
    const four = new Uint8Array(4);
    const cases: [string, string, RegExp][] = [
      [`{"a":${entry(0, 3)},"b":${entry(2, 4)}}`, 'tensor "b"', /inside the tensor before/],
      [`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 'tensor "b"', /inside the tensor before/],
      [`{"a":${entry(0, 1)},"b":${entry(2, 4)}}`, 'tensor "b"', /hole at bytes 1 to 2/],
      [`{"a":${entry(1, 4)}}`, 'tensor "a"', /hole at bytes 0 to 1/],
      [`{"a":${entry(0, 3)}}`, 'data byte 3', /1 bytes belong to no tensor/],
      [`{"a":${entry(0, 5)}}`, 'tensor "a"', /ends at byte 5 of 4/],
    ];
    for (const [header, place, problem] of cases) {
      const error = refused(crafted(header, four));
      expect(error.place).toBe(place);
      expect(error.problem).toMatch(problem);
    }
  });

  it('refuses shapes and types that do not fit, overflow included', () => {
    const eight = new Uint8Array(8);
    for (const tensor of [
      entry(0, 8, [7]),
      entry(0, 8, [2 ** 32, 2 ** 32]),
      entry(0, 8, [2 ** 53, 2 ** 53, 0]),
      entry(0, 8, [-8]),
      entry(0, 8, [1.5]),
      entry(0, 8, ['8']),
      entry(0, 8, new Array(40).fill(1)),
      entry(8, 0, []),
      entry(0, 8, [8], 'U7'),
      entry(0, 8, [8], 'toString'),
      entry(0, 8, [2], 'F64'),
      '{"dtype":"U8","shape":[8],"data_offsets":[0,8,8]}',
      '{"dtype":"U8","shape":[8],"data_offsets":[0,1e400]}',
      '{"dtype":"U8","shape":[8],"data_offsets":[0,8],"more":1}',
      '{"dtype":"U8","shape":[8]}',
      'null',
      '[]',
    ]) {
      expect(refused(crafted(`{"a":${tensor}}`, eight)).place).toBe('tensor "a"');
    }
    expect(refused(crafted('{"__metadata__":{"a":1}}')).place).toBe('__metadata__ "a"');
    expect(refused(crafted('{"__metadata__":[]}')).place).toBe('__metadata__');
  });

  it('shows names from the file without their control characters', () => {
    const name = JSON.stringify(`\u001b[31m\u202e${'x'.repeat(500)}`);
    const { message } = refused(crafted(`{${name}:null}`));
    expect(message).not.toMatch(/\p{Cc}|\u202e/u);
    expect(message.length).toBeLessThan(400);
  });
});

describe('JSON', () => {
  it('brings back every float64 and every string', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string());
    const key = fc.string().filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(fc.array(value), fc.dictionary(key, value), (list, dictionary) => {
        const both = { list, dictionary };
        const back = parseJson(jsonText(both), 'text') as { list: unknown[]; dictionary: object };
        expect(back.list).toEqual(list);
        expect(Object.entries(back.dictionary)).toEqual(Object.entries(dictionary));
      }),
      { seed: 10, numRuns: 300 },
    );
    expect(() => jsonText(Number.NaN)).toThrow(RangeError);
  });
});
