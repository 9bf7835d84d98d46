/**
 * NumPy's `.npy` format, versions 1 to 3: magic bytes, a header with type, order and shape, then the
 * elements. Numeric types only; a column-major array is brought into row-major order.
 */
import { InputError } from '../core/errors.js';
import { checkedArray, type DeclaredArray } from './array-header.js';
import { type ElementType, readElements } from './elements.js';
import { type NpyHeader, parseNpyHeader } from './npy-header.js';
import type { Tensor, TensorData } from './tensor.js';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Headers of plain arrays have about 100 bytes; NumPy itself refuses to parse above 10,000. */
const maximumHeaderBytes = 65_536;

const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['u2', 'uint16'],
  ['i2', 'int16'],
  ['u4', 'uint32'],
  ['i4', 'int32'],
  ['u8', 'uint64'],
  ['i8', 'int64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
]);

const damaged = 'the file is cut short or damaged: save or get it again';

/** Whether the bytes begin as an NPY file does. */
export function looksLikeNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Enough leading bytes for any header that is read. */
export const NPY_HEAD_BYTES = 12 + maximumHeaderBytes;

/**
 * The header of an NPY file from its first bytes: `NPY_HEAD_BYTES` of them, or the whole file. Throws
 * an `InputError` that names the byte.
 */
export function readNpyHeader(head: Uint8Array): DeclaredArray {
  if (!looksLikeNpy(head)) {
    throw new InputError({
      place: 'byte 0',
      problem: "not an NPY file (its first bytes are not '\\x93NUMPY')",
      remedy: 'save the array with numpy.save',
    });
  }
  const { header, start } = readHeader(head);
  const type = elementTypes.get(header.descr.slice(1));
  const order = header.descr[0] ?? '';
  if (type === undefined || !'<>|='.includes(order)) {
    throw new InputError({
      place: 'NPY header',
      problem: `elements of type '${header.descr.slice(0, 40)}' are not plain numbers`,
      remedy: "save the array as numbers, for example with array.astype('float64')",
    });
  }
  return {
    shape: header.shape.length === 0 ? [1] : header.shape,
    type,
    littleEndian: order !== '>',
    columnMajor: header.fortranOrder,
    start,
    shapePlace: 'NPY header',
    excessRemedy: 'save one array per file with numpy.save',
  };
}

/**
 * Reads an `.npy` file. A scalar becomes a tensor of shape `[1]`. Unsigned bytes in row-major order
 * are not copied: the tensor shares them with `bytes`.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const header = checkedArray(readNpyHeader(bytes), bytes.length);
  const { shape, type, littleEndian, columnMajor, start } = header;
  // Places of unusable values are named in file order, so axes are reversed for column-major files.
  const fileShape = columnMajor ? [...shape].reverse() : shape;
  const data = readElements(bytes.subarray(start), type, littleEndian, fileShape);
  return { shape, data: columnMajor ? toRowMajor(data, shape) : data };
}

function readHeader(bytes: Uint8Array): { header: NpyHeader; start: number } {
  const version = bytes[6] ?? 0;
  // Version 1 has a 16-bit header length, 2 and 3 have 32 bits; 3 differs by UTF-8 field names only.
  const begin = version === 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.length < begin) {
    throw new InputError({
      place: 'byte 6',
      problem: bytes.length < begin ? 'the header is cut short' : `NPY version ${version}`,
      remedy: bytes.length < begin ? damaged : 'save as version 1, 2 or 3 with numpy.save',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maximumHeaderBytes || begin + length > bytes.length) {
    throw new InputError({
      place: 'byte 8',
      problem: `a header of ${length} bytes in a file of ${bytes.length}`,
      remedy: damaged,
    });
  }
  const start = begin + length;
  const text = new TextDecoder('utf-8').decode(bytes.subarray(begin, start));
  return { header: parseNpyHeader(text, begin), start };
}

/** Column-major elements in row-major order. */
function toRowMajor(data: TensorData, shape: readonly number[]): TensorData {
  const result = data.slice();
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape) {
    strides.push(stride);
    stride *= size;
  }
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from] as number;
    // The row-major successor of `index`, with `from` kept at its column-major position.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      const axisStride = strides[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        from += axisStride;
        break;
      }
      from -= axisStride * (next - 1);
      index[axis] = 0;
    }
  }
  return result;
}
