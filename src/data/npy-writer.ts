/**
 * NumPy's `.npy` format, version 1, written row by row: a header of fixed length, which can be written
 * again when the number of rows is known, then little-endian float64 elements.
 */
import { InputError } from '../core/errors.js';

/** Bytes of the header, padding included: room for any number of rows below 2^53. */
const HEADER_BYTES = 128;

/** The first bytes of a file of `rows` rows of `columns` float64 values. */
export function npyFileHeader(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  if (text.length > HEADER_BYTES - 11) {
    throw new InputError({
      place: 'NPY header',
      problem: `the shape ${rows}x${columns} is too large`,
      remedy: 'write fewer rows to a file',
    });
  }
  const header = new Uint8Array(HEADER_BYTES).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, HEADER_BYTES - 10, 0]);
  header.set(new TextEncoder().encode(text), 10);
  header[HEADER_BYTES - 1] = 0x0a;
  return header;
}

/** The elements' bytes. */
export function npyElements(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let index = 0; index < values.length; index++) {
    view.setFloat64(8 * index, values[index], true);
  }
  return new Uint8Array(view.buffer);
}
