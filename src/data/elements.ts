/**
 * Binary elements to numbers: the element types that IDX and NPY files can have, each with its width
 * and the array type that holds it exactly.
 */
import { InputError } from '../core/errors.js';
import { float16Value } from './float16.js';
import { indexText, requireFinite, type TensorData } from './tensor.js';

export type ElementType =
  | 'bool'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64';

const widths: Readonly<Record<ElementType, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

/** Bytes of one element. */
export function elementWidth(type: ElementType): number {
  return widths[type];
}

type ReadElement = (view: DataView, offset: number, littleEndian: boolean) => number;

const readers: Readonly<Record<Exclude<ElementType, 'bool' | 'uint8'>, ReadElement>> = {
  int8: (view, offset) => view.getInt8(offset),
  uint16: (view, offset, little) => view.getUint16(offset, little),
  int16: (view, offset, little) => view.getInt16(offset, little),
  uint32: (view, offset, little) => view.getUint32(offset, little),
  int32: (view, offset, little) => view.getInt32(offset, little),
  // Rounded above 2^53: `readElements` refuses what is not a safe integer.
  uint64: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  int64: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  float16: (view, offset, little) => float16Value(view.getUint16(offset, little)),
  float32: (view, offset, little) => view.getFloat32(offset, little),
  float64: (view, offset, little) => view.getFloat64(offset, little),
};

/**
 * The elements of `bytes`, in file order, whose length is a multiple of the element's width. `shape`
 * is used to name the place of a value that cannot be used, counted from the array's element `first`.
 * The result of `uint8` shares the bytes.
 */
export function readElements(
  bytes: Uint8Array,
  type: ElementType,
  littleEndian: boolean,
  shape: readonly number[],
  first = 0,
): TensorData {
  if (type === 'uint8') return bytes;
  if (type === 'bool') return bytes.map((byte) => (byte === 0 ? 0 : 1));
  const width = widths[type];
  const count = bytes.length / width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[type];
  const single = type === 'float32' || type === 'float16';
  const data = single ? new Float32Array(count) : new Float64Array(count);
  const wide = type === 'int64' || type === 'uint64';
  for (let index = 0; index < count; index++) {
    const value = read(view, index * width, littleEndian);
    if (wide && !Number.isSafeInteger(value)) throw tooWide(indexText(shape, first + index));
    data[index] = Number.isFinite(value)
      ? value
      : requireFinite(value, () => `value ${indexText(shape, first + index)}`);
  }
  return data;
}

function tooWide(index: string): InputError {
  return new InputError({
    place: `value ${index}`,
    problem: 'an integer of 2^53 or more, which float64 cannot hold exactly',
    remedy: 'rescale the data or save it as float64',
  });
}
