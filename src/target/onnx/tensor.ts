/**
 * Constant tensors of an ONNX file: every way of storing them, every type that a network's constants
 * come in. Nothing is allocated before the declared shape agrees with the bytes that are there.
 */
import type { Dyadic } from '../../core/dyadic.js';
import { InputError } from '../../core/errors.js';
import { float16Value } from '../../data/float16.js';
import { quoted } from '../quote.js';
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType as Type,
} from './onnx_pb.js';
import type { ReadExternal } from './read-external.js';
import { formatShape, MOST_RANK } from './shape.js';

/** A constant; integers up to 2^53 are held as the float64 they are. */
export interface OnnxTensor {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  readonly type: Type;
  readonly values: Float64Array;
  /** Exact values of the folded entries that a float64 is not enough for. */
  readonly exact?: ReadonlyMap<number, Dyadic>;
  /** Bound of the relative change by a rounding; left out where there was none. */
  readonly change?: number;
  /** The error of an infinite entry, for operators that cannot do with it. */
  readonly infinite?: InputError;
}

type TypedField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data';

interface Format {
  readonly bytes: number;
  readonly field: TypedField;
  readonly fromBytes: (view: DataView, offset: number) => number | bigint;
  /** What an entry of the typed field stands for, where it is not the number itself. */
  readonly fromField?: (entry: number) => number;
}

const FORMATS: ReadonlyMap<Type, Format> = new Map<Type, Format>([
  [Type.FLOAT, { bytes: 4, field: 'floatData', fromBytes: (v, at) => v.getFloat32(at, true) }],
  [Type.DOUBLE, { bytes: 8, field: 'doubleData', fromBytes: (v, at) => v.getFloat64(at, true) }],
  [Type.FLOAT16, half(float16Value)],
  [Type.BFLOAT16, half(brainToNumber)],
  [Type.INT8, { bytes: 1, field: 'int32Data', fromBytes: (v, at) => v.getInt8(at) }],
  [Type.UINT8, { bytes: 1, field: 'int32Data', fromBytes: (v, at) => v.getUint8(at) }],
  [Type.BOOL, { bytes: 1, field: 'int32Data', fromBytes: (v, at) => v.getUint8(at) }],
  [Type.INT16, { bytes: 2, field: 'int32Data', fromBytes: (v, at) => v.getInt16(at, true) }],
  [Type.UINT16, { bytes: 2, field: 'int32Data', fromBytes: (v, at) => v.getUint16(at, true) }],
  [Type.INT32, { bytes: 4, field: 'int32Data', fromBytes: (v, at) => v.getInt32(at, true) }],
  [Type.UINT32, { bytes: 4, field: 'uint64Data', fromBytes: (v, at) => v.getUint32(at, true) }],
  [Type.INT64, { bytes: 8, field: 'int64Data', fromBytes: (v, at) => v.getBigInt64(at, true) }],
  [Type.UINT64, { bytes: 8, field: 'uint64Data', fromBytes: (v, at) => v.getBigUint64(at, true) }],
]);

function half(decode: (bits: number) => number): Format {
  return {
    bytes: 2,
    field: 'int32Data',
    fromBytes: (view, offset) => decode(view.getUint16(offset, true)),
    fromField: (entry) => (entry >= 0 && entry <= 0xffff ? decode(entry) : Number.NaN),
  };
}

const scratch = new DataView(new ArrayBuffer(4));

/** Value of a bfloat16 number: the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits * 65536);
  return scratch.getFloat32(0);
}

export function isFloatType(type: Type): boolean {
  return (
    type === Type.FLOAT || type === Type.DOUBLE || type === Type.FLOAT16 || type === Type.BFLOAT16
  );
}

export function typeName(type: number): string {
  return (Type as Record<number, string | undefined>)[type]?.toLowerCase() ?? `type ${type}`;
}

/**
 * Decodes a tensor; `place` names it in errors. Throws an `InputError` for types that are not
 * numbers, shapes that disagree with the data, and entries that are not finite.
 */
export function decodeTensor(
  tensor: TensorProto,
  place: string,
  readExternal: ReadExternal | undefined,
): OnnxTensor {
  const type = tensor.dataType as Type;
  const format = FORMATS.get(type);
  if (format === undefined || tensor.segment !== undefined) {
    throw bad(
      place,
      format === undefined ? `its type ${typeName(type)} is no number` : 'it is stored in segments',
      'use float, double, float16 or integer constants, stored in one piece',
    );
  }
  const { dims, size } = declaredShape(tensor, place);
  const external = tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;
  const raw = external ? externalBytes(tensor, place, readExternal) : tensor.rawData;
  const values =
    external || raw.length > 0
      ? fromRaw(raw, format, size, dims, place)
      : fromTyped(tensor, format, size, dims, place);
  return finiteTensor({ kind: 'constant', dims, type, values }, place);
}

/** Refuses NaN; infinities are left to the operator, since bounds of a Clip may be infinite. */
export function finiteTensor(tensor: OnnxTensor, place: string): OnnxTensor {
  const { values } = tensor;
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return tensor;
  const infinite = isFloatType(tensor.type)
    ? bad(place, `entry ${wrong} is ${values[wrong]}`, 'all constants must be finite numbers')
    : bad(
        place,
        `its entry ${wrong} is an integer beyond 2^53, as INT64_MAX is`,
        'use smaller integers',
      );
  if (values.some(Number.isNaN)) throw infinite;
  return { ...tensor, infinite };
}

function declaredShape(tensor: TensorProto, place: string): { dims: number[]; size: number } {
  if (tensor.dims.length > MOST_RANK) {
    throw bad(place, `it has ${tensor.dims.length} dimensions`, `use at most ${MOST_RANK}`);
  }
  const dims = tensor.dims.map(Number);
  let size = 1;
  for (const dim of dims) {
    size *= dim;
    if (dim < 0 || !(size <= 2 ** 31)) {
      throw bad(place, `its shape ${formatShape(dims)} is impossible`, 'correct its dimensions');
    }
  }
  return { dims, size };
}

function fromRaw(
  raw: Uint8Array,
  format: Format,
  size: number,
  dims: readonly number[],
  place: string,
): Float64Array {
  if (raw.length !== size * format.bytes) {
    throw bad(
      place,
      `its shape ${formatShape(dims)} needs ${size * format.bytes} bytes, but there are ${raw.length}`,
      'check that the file is complete',
    );
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = new Float64Array(size);
  for (let index = 0; index < size; index++) {
    values[index] = asNumber(format.fromBytes(view, index * format.bytes));
  }
  return values;
}

function fromTyped(
  tensor: TensorProto,
  format: Format,
  size: number,
  dims: readonly number[],
  place: string,
): Float64Array {
  const entries: readonly (number | bigint)[] = tensor[format.field];
  if (entries.length !== size) {
    throw bad(
      place,
      `its shape ${formatShape(dims)} needs ${size} entries, but there are ${entries.length}`,
      'check that the file is complete',
    );
  }
  const values = new Float64Array(size);
  entries.forEach((entry, index) => {
    const number = asNumber(entry);
    values[index] = format.fromField === undefined ? number : format.fromField(number);
  });
  return values;
}

/** Integers beyond 2^53 become infinite: they mean "as far as possible", or are refused. */
function asNumber(entry: number | bigint): number {
  if (typeof entry === 'number') return entry;
  const number = Number(entry);
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
  return number > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function externalBytes(
  tensor: TensorProto,
  place: string,
  readExternal: ReadExternal | undefined,
): Uint8Array {
  const settings = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = settings.get('location') ?? '';
  if (!isPlainRelative(location)) {
    throw bad(
      place,
      `its data is in ${quoted(location)}, which is not beside the model`,
      'external data is read from the folder of the model and nowhere else',
    );
  }
  if (readExternal === undefined) {
    throw bad(
      place,
      `its data is in the separate file ${quoted(location)}`,
      'read the model from a folder that holds that file, or export it with the data inside',
    );
  }
  const file = readExternal(location);
  const offset = byteCount(settings.get('offset') ?? '0', place);
  const length = byteCount(settings.get('length') ?? String(file.length - offset), place);
  if (offset + length > file.length) {
    throw bad(
      place,
      `its data is bytes ${offset} to ${offset + length} of ${quoted(location)}, which has ${file.length}`,
      'check that the file is complete',
    );
  }
  return file.subarray(offset, offset + length);
}

function byteCount(text: string, place: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count)) {
    throw bad(
      place,
      `${quoted(text)} is no position in its data file`,
      'correct its external data',
    );
  }
  return count;
}

/** A path that cannot leave the model's folder: relative, no `..`, no drive or scheme, no backslash. */
function isPlainRelative(path: string): boolean {
  const hasControl = [...path].some((character) => character < ' ');
  return (
    path !== '' &&
    !hasControl &&
    !/[\\:]/.test(path) &&
    path.split('/').every((part, index) => part !== '..' && (part !== '' || index > 0))
  );
}

function bad(place: string, problem: string, remedy: string): InputError {
  return new InputError({ place, problem, remedy });
}
