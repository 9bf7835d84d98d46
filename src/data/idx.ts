/**
 * IDX, the format of the MNIST family: two zero bytes, an element type, the number of dimensions,
 * big-endian 32-bit sizes, then the elements, big-endian and row-major.
 */
import { InputError } from '../core/errors.js';
import { type ElementType, elementWidth, readElements } from './elements.js';
import { elementCount, shapeText, type Tensor } from './tensor.js';

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

/**
 * Reads an IDX file that is already decompressed. Unsigned bytes are not copied: the tensor shares
 * them with `bytes`.
 */
export function readIdx(bytes: Uint8Array): Tensor {
  const type = elementTypes.get(bytes[2] ?? 0);
  if (!looksLikeIdx(bytes) || type === undefined) {
    throw new InputError({
      place: 'byte 0',
      problem: 'not an IDX header (two zero bytes and a known element type)',
      remedy: 'give an IDX, NPY, CSV or JSON file',
    });
  }
  const dimensions = bytes[3] ?? 0;
  const start = 4 + 4 * dimensions;
  if (dimensions === 0 || bytes.length < start) {
    throw new InputError({
      place: 'byte 3',
      problem: `${dimensions} dimensions in a file of ${bytes.length} bytes`,
      remedy: damaged,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const width = elementWidth(type);
  const count = elementCount(shape, Math.floor((bytes.length - start) / width), 'byte 4');
  const end = start + count * width;
  if (bytes.length !== end) {
    throw new InputError({
      place: `byte ${end}`,
      problem: `${bytes.length - end} bytes after the last value of shape ${shapeText(shape)}`,
      remedy: damaged,
    });
  }
  return { shape, data: readElements(bytes.subarray(start), type, false, shape) };
}
