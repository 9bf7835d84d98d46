import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { looksLikeNpy, readNpy } from '../../src/data/npy.js';
import {
  damagedFiles,
  expectTensorOrInputError,
  float64Bytes,
  npyFile,
  npyHeader,
  productOf,
  shapedValues,
} from './writers.js';

/** Column-major copy of row-major values, by explicit index arithmetic. */
function columnMajor(values: readonly number[], shape: readonly number[]): number[] {
  const result: number[] = new Array(values.length).fill(0);
  for (const [flat, value] of values.entries()) {
    let rest = flat;
    let position = 0;
    let stride = productOf(shape);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      stride /= size;
      position += (rest % size) * stride;
      rest = Math.floor(rest / size);
    }
    result[position] = value;
  }
  return result;
}

describe('readNpy', () => {
  it('returns any values, shape, order, byte order and version as written', () => {
    const files = fc.record({
      array: shapedValues,
      little: fc.boolean(),
      fortran: fc.boolean(),
      version: fc.constantFrom(1, 2, 3),
    });
    fc.assert(
      fc.property(files, ({ array: { shape, values }, little, fortran, version }) => {
        const stored = fortran ? columnMajor(values, shape) : values;
        const header = npyHeader(little ? '<f8' : '>f8', shape, fortran);
        const tensor = readNpy(npyFile(header, float64Bytes(stored, little), version));
        expect(tensor.shape).toEqual(shape);
        expect(tensor.data).toEqual(Float64Array.from(values));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it.each([
    ['|b1', [0, 1, 2], [0, 1, 1], Uint8Array],
    ['|u1', [0, 255], [0, 255], Uint8Array],
    ['|i1', [0x80, 0x7f], [-128, 127], Float64Array],
    ['<u2', [0x01, 0x02], [513], Float64Array],
    ['>i2', [0xff, 0xfe], [-2], Float64Array],
    ['<i4', [0xfd, 0xff, 0xff, 0xff], [-3], Float64Array],
    ['>u4', [0xff, 0xff, 0xff, 0xff], [4294967295], Float64Array],
    ['<i8', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1], Float64Array],
    ['>u8', [0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [2 ** 53 - 1], Float64Array],
    ['<f2', [0x00, 0x3e, 0x01, 0x00, 0xff, 0x7b], [1.5, 2 ** -24, 65504], Float32Array],
    ['<f4', [0, 0, 0xc0, 0x3f], [1.5], Float32Array],
  ])('reads %s elements exactly', (descr, bytes, values, arrayType) => {
    const file = npyFile(npyHeader(descr, [values.length]), Uint8Array.from(bytes));
    const { data } = readNpy(file);
    expect(data).toBeInstanceOf(arrayType);
    expect([...data]).toEqual(values);
  });

  it('takes a scalar as one value', () => {
    const file = npyFile(npyHeader('<f8', []), float64Bytes([2.5], true));
    expect(readNpy(file)).toEqual({ shape: [1], data: Float64Array.of(2.5) });
  });

  it('reads the headers of Python 2 and of other writers', () => {
    const body = float64Bytes([1, 2], true);
    for (const header of [
      "{'shape': (2L,), 'fortran_order': False, 'descr': '<f8'}",
      '{"descr":"<f8","fortran_order":False,"shape":(2)}',
      "{ 'descr' : '=f8' , 'fortran_order' : True , 'shape' : ( 2 , ) , }",
    ]) {
      expect([...readNpy(npyFile(header, body)).data]).toEqual([1, 2]);
    }
  });

  it('knows its own files only', () => {
    expect(looksLikeNpy(npyFile(npyHeader('<f8', [1]), float64Bytes([1], true)))).toBe(true);
    expect(looksLikeNpy(Uint8Array.of(0x93, 0x4e))).toBe(false);
  });

  const one = float64Bytes([1], true);
  it.each([
    ['an empty file', new Uint8Array(), 'byte 0'],
    ['a cut header', npyFile(npyHeader('<f8', [1]), one).slice(0, 9), 'byte 6'],
    ['an unknown version', npyFile(npyHeader('<f8', [1]), one, 4), 'byte 6'],
    ['a header beyond the file', npyFile(npyHeader('<f8', [1]), one).slice(0, 40), 'byte 8'],
    ['objects', npyFile(npyHeader('|O', [1]), one), 'NPY header'],
    ['complex numbers', npyFile(npyHeader('<c8', [1]), one), 'NPY header'],
    ['a structured type', npyFile("{'descr': [('a', '<f8')]}", one), 'NPY header, byte 21'],
    ['a missing entry', npyFile("{'descr': '<f8', 'shape': (1,)}", one), 'NPY header'],
    ['a repeated entry', npyFile("{'descr': '<f8', 'descr': '<f8'}", one), 'NPY header'],
    ['text after the header', npyFile(`${npyHeader('<f8', [1])}x`, one), 'NPY header'],
    ['an unclosed header', npyFile("{'descr': '<f8', 'shape': (1", one), 'NPY header'],
    ['a negative size', npyFile("{'shape': (-1,)}", one), 'NPY header'],
    ['a size of 30 digits', npyFile(`{'shape': (${'9'.repeat(30)},)}`, one), 'NPY header'],
    ['sizes whose product overflows', npyFile(npyHeader('<f8', [1e14, 1e14]), one), 'NPY header'],
    ['an empty axis', npyFile(npyHeader('<f8', [0, 5]), new Uint8Array()), 'NPY header'],
    ['missing values', npyFile(npyHeader('<f8', [2]), one), 'NPY header'],
    ['bytes after the end', npyFile(npyHeader('|u1', [7]), one), 'byte 135'],
    ['an infinity', npyFile(npyHeader('<f8', [1]), float64Bytes([-1 / 0], true)), 'value [0]'],
    [
      'a wide integer',
      npyFile(npyHeader('<i8', [1]), Uint8Array.of(0, 0, 0, 0, 0, 0, 32, 0)),
      'value [0]',
    ],
  ])('refuses %s and names the place', (_name, file, place) => {
    expect(() => readNpy(file)).toThrow(InputError);
    expect(() => readNpy(file)).toThrow(place);
  });

  it('gives a tensor or an InputError for 6,000 damaged files', () => {
    const plain = npyFile(npyHeader('<f8', [2, 3]), float64Bytes([1, 2, 3, -4, 5e-300, 6], true));
    const fortran = npyFile(npyHeader('|u1', [2, 3, 2], true), new Uint8Array(12).fill(9), 2);
    const halves = npyFile(npyHeader('<f2', [3]), Uint8Array.of(0, 0x3c, 0, 0x40, 1, 0), 3);
    fc.assert(
      fc.property(
        fc.oneof(damagedFiles(plain), damagedFiles(fortran), damagedFiles(halves)),
        (file) => {
          expectTensorOrInputError(() => readNpy(file));
        },
      ),
      { seed: 4, numRuns: 6000 },
    );
  });
});
