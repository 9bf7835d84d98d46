/**
 * IDX, the format of the MNIST family: two zero bytes, an element type, the number of dimensions,
 * big-endian 32-bit sizes, then the elements, big-endian and row-major.
 */
import { InputError } from '../core/errors.js';
import { checkedArray, type DeclaredArray } from './array-header.js';
import { type ElementType, readElements } from './elements.js';
import type { Tensor } from './tensor.js';

const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [0x08, 'uint8'],
  [0x09, 'int8'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
]);

const damaged = 'the file is cut short or damaged: get it again';

/** Whether the bytes begin as an IDX file does. */
export function looksLikeIdx(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && elementTypes.has(bytes[2] ?? 0);
}

/** Enough leading bytes for any header. */
export const IDX_HEAD_BYTES = 4 + 4 * 255;

/**
 * The header of an IDX file from its first bytes: `IDX_HEAD_BYTES` of them, or the whole file.
 * Throws an `InputError` that names the byte.
 */
export function readIdxHeader(head: Uint8Array): DeclaredArray {
  const type = elementTypes.get(head[2] ?? 0);
  if (!looksLikeIdx(head) || type === undefined) {
    throw new InputError({
      place: 'byte 0',
      problem: 'not an IDX header (two zero bytes and a known element type)',
      remedy: 'give an IDX, NPY, CSV or JSON file',
    });
  }
  const dimensions = head[3] ?? 0;
  const start = 4 + 4 * dimensions;
  if (dimensions === 0 || head.length < start) {
    throw new InputError({
      place: 'byte 3',
      problem: `${dimensions} dimensions in a file of ${head.length} bytes`,
      remedy: damaged,
    });
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  return {
    shape,
    type,
    littleEndian: false,
    columnMajor: false,
    start,
    shapePlace: 'byte 4',
    excessRemedy: damaged,
  };
}

/**
 * Reads an IDX file that is already decompressed. Unsigned bytes are not copied: the tensor shares
 * them with `bytes`.
 */
export function readIdx(bytes: Uint8Array): Tensor {
  const { shape, type, start } = checkedArray(readIdxHeader(bytes), bytes.length);
  return { shape, data: readElements(bytes.subarray(start), type, false, shape) };
}
