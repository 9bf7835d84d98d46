/** Writers of the formats that the data readers read, and the damage that the fuzz tests do. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import type { Tensor } from '../../src/data/tensor.js';

export function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An IDX file of the given element code around big-endian element bytes. */
export function idxFile(code: number, shape: readonly number[], body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, code, shape.length]);
  for (const [axis, size] of shape.entries()) view.setUint32(4 + 4 * axis, size);
  bytes.set(body, 4 + 4 * shape.length);
  return bytes;
}

/** An NPY file with this header text, padded as NumPy does. */
export function npyFile(header: string, body: Uint8Array, version = 1): Uint8Array {
  const begin = version === 1 ? 10 : 12;
  const padded = `${header.padEnd(64 * Math.ceil((begin + header.length + 1) / 64) - begin - 1)}\n`;
  const bytes = new Uint8Array(begin + padded.length + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  bytes.set(new TextEncoder().encode(padded), begin);
  bytes.set(body, begin + padded.length);
  return bytes;
}

export function npyHeader(descr: string, shape: readonly number[], fortran = false): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
}

/** Element bytes of float64 values. */
export function float64Bytes(values: readonly number[], littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setFloat64(8 * index, value, littleEndian);
  return bytes;
}

/** Small shapes without empty axes. */
export const shapes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 5 }), {
  minLength: 1,
  maxLength: 4,
});

export const finiteNumbers: fc.Arbitrary<number> = fc.double({
  noNaN: true,
  noDefaultInfinity: true,
});

/** Row-major values of a small shape. */
export const shapedValues: fc.Arbitrary<{ shape: number[]; values: number[] }> = shapes.chain(
  (shape) => {
    const length = productOf(shape);
    const values = fc.array(finiteNumbers, { minLength: length, maxLength: length });
    return fc.record({ shape: fc.constant(shape), values });
  },
);

/** What a reader may do with damaged bytes: a whole tensor of finite values, or an InputError. */
export function expectTensorOrInputError(read: () => Tensor): void {
  let tensor: Tensor;
  try {
    tensor = read();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    const { problem, remedy } = error as InputError;
    expect(problem).not.toBe('');
    expect(remedy).not.toBe('');
    return;
  }
  expect(tensor.shape.length).toBeGreaterThan(0);
  expect(tensor.shape.every((size) => Number.isInteger(size) && size > 0)).toBe(true);
  expect(tensor.data.length).toBe(productOf(tensor.shape));
  expect(tensor.data.every((value) => Number.isFinite(value))).toBe(true);
}

/** A file with some bits flipped, bytes replaced, or its end cut off or grown. */
export function damagedFiles(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const flips = fc
    .array(fc.tuple(fc.nat(file.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 })
    .map((places) => {
      const bytes = file.slice();
      for (const [place, bit] of places) bytes[place] = (bytes[place] as number) ^ (1 << bit);
      return bytes;
    });
  const headerBytes = fc
    .array(fc.tuple(fc.nat(Math.min(file.length, 80) - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    })
    .map((places) => {
      const bytes = file.slice();
      for (const [place, byte] of places) bytes[place] = byte;
      return bytes;
    });
  const cut = fc.nat(file.length).map((length) => file.slice(0, length));
  const grown = fc
    .uint8Array({ minLength: 1, maxLength: 9 })
    .map((tail) => Uint8Array.from([...file, ...tail]));
  return fc.oneof(flips, headerBytes, cut, grown);
}
