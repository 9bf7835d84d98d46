import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { looksLikeIdx, readIdx } from '../../src/data/idx.js';
import {
  damagedFiles,
  expectTensorOrInputError,
  float64Bytes,
  idxFile,
  shapedValues,
} from './writers.js';

describe('readIdx', () => {
  it('reads unsigned bytes without copying them', () => {
    const file = idxFile(0x08, [2, 3], Uint8Array.of(0, 1, 2, 253, 254, 255));
    const { shape, data } = readIdx(file);
    expect(shape).toEqual([2, 3]);
    expect(data).toBeInstanceOf(Uint8Array);
    expect([...data]).toEqual([0, 1, 2, 253, 254, 255]);
    expect(data.buffer).toBe(file.buffer);
  });

  it.each([
    ['int8', 0x09, [0xff, 0x7f], [-1, 127]],
    ['int16', 0x0b, [0xff, 0xfe, 0x01, 0x00], [-2, 256]],
    ['int32', 0x0c, [0xff, 0xff, 0xff, 0xfd, 0x00, 0x01, 0x00, 0x00], [-3, 65536]],
    ['float32', 0x0d, [0x3f, 0xc0, 0, 0, 0xbf, 0x80, 0, 0], [1.5, -1]],
  ])('reads %s elements, big-endian', (_name, code, bytes, values) => {
    expect([...readIdx(idxFile(code, [2], Uint8Array.from(bytes))).data]).toEqual(values);
  });

  it('returns any float64 values and shape as written', () => {
    fc.assert(
      fc.property(shapedValues, ({ shape, values }) => {
        const tensor = readIdx(idxFile(0x0e, shape, float64Bytes(values, false)));
        expect(tensor.shape).toEqual(shape);
        expect(tensor.data).toEqual(Float64Array.from(values));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('knows its own files only', () => {
    expect(looksLikeIdx(idxFile(0x08, [1], Uint8Array.of(7)))).toBe(true);
    expect(looksLikeIdx(Uint8Array.of(0, 0, 0x0a, 1))).toBe(false);
    expect(looksLikeIdx(new Uint8Array())).toBe(false);
  });

  it.each([
    ['an empty file', new Uint8Array(), 'byte 0'],
    ['another magic', Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), 'byte 0'],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0), 'byte 3'],
    ['a cut header', Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1), 'byte 3'],
    ['an empty axis', idxFile(8, [0, 4294967295], new Uint8Array()), 'byte 4'],
    [
      'sizes whose product overflows',
      idxFile(8, Array(32).fill(2 ** 32 - 1), new Uint8Array(9)),
      'byte 4',
    ],
    ['too many dimensions', idxFile(8, Array(33).fill(1), new Uint8Array(1)), 'byte 4'],
    ['missing values', idxFile(8, [4], new Uint8Array(3)), 'byte 4'],
    ['bytes after the end', idxFile(8, [4], new Uint8Array(5)), 'byte 12'],
    ['NaN', idxFile(0x0e, [1, 2], float64Bytes([1, Number.NaN], false)), 'value [0, 1]'],
  ])('refuses %s and names the place', (_name, file, place) => {
    expect(() => readIdx(file)).toThrow(InputError);
    expect(() => readIdx(file)).toThrow(`${place}: `);
  });

  it('gives a tensor or an InputError for 4,000 damaged files', () => {
    const bytes = idxFile(
      0x08,
      [3, 2, 2],
      Uint8Array.from({ length: 12 }, (_, index) => index),
    );
    const floats = idxFile(0x0e, [2, 2], float64Bytes([1, -2, 3.5, 1e300], false));
    fc.assert(
      fc.property(fc.oneof(damagedFiles(bytes), damagedFiles(floats)), (file) => {
        expectTensorOrInputError(() => readIdx(file));
      }),
      { seed: 2, numRuns: 4000 },
    );
  });
});
