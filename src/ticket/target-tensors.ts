/**
 * The integer matrices of the target as tensors: the shortest of I8, I16, I32 and I64 in which every
 * entry fits, else two's complement in 32-bit limbs, least significant first, as U32 [rows, columns,
 * limbs].
 */
import { InputError } from '../core/errors.js';
import { bigEntry, type IntegerMatrix, integerMatrix, isBig } from '../integer/integer-network.js';
import type { StoredTensor, TensorParts } from './safetensors.js';

/** 4096 bits an integer. Real networks need up to some hundreds. */
const MAXIMUM_LIMBS = 128;

/** Least number of 32-bit limbs that hold every entry in two's complement. */
function limbsFor(entries: readonly bigint[]): number {
  let limbs = 1;
  for (const entry of entries) while (BigInt.asIntN(32 * limbs, entry) !== entry) limbs++;
  return limbs;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Integer dtypes shorter than I64, by their bytes. */
const SHORT = [
  { dtype: 'I8', bytes: 1, set: 'setInt8', get: 'getInt8' },
  { dtype: 'I16', bytes: 2, set: 'setInt16', get: 'getInt16' },
  { dtype: 'I32', bytes: 4, set: 'setInt32', get: 'getInt32' },
] as const;

type Short = (typeof SHORT)[number];

/** The shortest dtype for these integers; undefined if they need I64. */
function shortFor(values: Float64Array): Short | undefined {
  let least = 0;
  let most = 0;
  for (const value of values) {
    if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer up to 2^53`);
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return SHORT.find(({ bytes }) => {
    const limit = 2 ** (8 * bytes - 1);
    return least >= -limit && most < limit;
  });
}

function encodeShort(values: Float64Array, { bytes, set }: Short): Uint8Array {
  const encoded = new Uint8Array(bytes * values.length);
  const view = viewOf(encoded);
  for (let index = 0; index < values.length; index++) {
    view[set](bytes * index, values[index], true);
  }
  return encoded;
}

function decodeShort(view: DataView, count: number, { bytes, get }: Short): Float64Array {
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) values[index] = view[get](bytes * index, true);
  return values;
}

function encodeNumbers(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = viewOf(bytes);
  values.forEach((value, index) => {
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) {
      throw new RangeError(`${value} is not an integer up to 2^53`);
    }
    const high = Math.floor(value / 2 ** 32);
    view.setUint32(8 * index, value - high * 2 ** 32, true);
    view.setInt32(8 * index + 4, high, true);
  });
  return bytes;
}

function encodeLimbs(entries: readonly bigint[], limbs: number): Uint8Array {
  const bytes = new Uint8Array(4 * limbs * entries.length);
  const view = viewOf(bytes);
  let at = 0;
  for (const entry of entries) {
    let rest = entry;
    for (let limb = 0; limb < limbs; limb++, at += 4) {
      view.setUint32(at, Number(rest & 0xffffffffn), true);
      rest >>= 32n;
    }
  }
  return bytes;
}

/** The bytes depend on the integers alone, not on their representation. */
export function encodeMatrix(name: string, matrix: IntegerMatrix): TensorParts {
  const { rows, columns } = matrix;
  const { values } = isBig(matrix.values) ? integerMatrix(rows, columns, matrix.values) : matrix;
  if (!isBig(values)) {
    const short = shortFor(values);
    if (short !== undefined) {
      const { dtype } = short;
      return { name, dtype, shape: [rows, columns], data: [encodeShort(values, short)] };
    }
    return { name, dtype: 'I64', shape: [rows, columns], data: [encodeNumbers(values)] };
  }
  const limbs = limbsFor(values);
  if (limbs > MAXIMUM_LIMBS) {
    throw new RangeError(`${name}: integers of more than ${32 * MAXIMUM_LIMBS} bits`);
  }
  if (limbs <= 2) {
    return { name, dtype: 'I64', shape: [rows, columns], data: [encodeLimbs(values, 2)] };
  }
  const data = [encodeLimbs(values, limbs)];
  return { name, dtype: 'U32', shape: [rows, columns, limbs], data };
}

/** Float64 values, or undefined if some entry is beyond 2^53. */
function decodeNumbers(view: DataView, count: number): Float64Array | undefined {
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const low = view.getUint32(8 * index, true);
    const high = view.getInt32(8 * index + 4, true);
    if (high < -(2 ** 21) || (high >= 2 ** 21 && (high > 2 ** 21 || low > 0))) return undefined;
    values[index] = high * 2 ** 32 + low;
  }
  return values;
}

function decodeLimbs(view: DataView, count: number, limbs: number): bigint[] {
  return Array.from({ length: count }, (_, index) => {
    const start = 4 * limbs * index;
    let value = BigInt(view.getInt32(start + 4 * (limbs - 1), true));
    for (let limb = limbs - 2; limb >= 0; limb--) {
      value = (value << 32n) | BigInt(view.getUint32(start + 4 * limb, true));
    }
    return value;
  });
}

/** The inverse of `encodeMatrix`. Throws an `InputError` that names the tensor. */
export function decodeMatrix(tensor: StoredTensor): IntegerMatrix {
  const { name, dtype, shape, data } = tensor;
  const refuse = (problem: string): never => {
    const remedy = 'the ticket is damaged; make it again';
    throw new InputError({ place: `tensor "${name}"`, problem, remedy });
  };
  const [rows = 0, columns = 0, limbs = 2] = shape;
  const short = SHORT.find((candidate) => candidate.dtype === dtype);
  const known =
    dtype === 'I64' || short !== undefined
      ? shape.length === 2
      : dtype === 'U32' && shape.length === 3;
  if (!known || rows < 1 || columns < 1) {
    return refuse(`${dtype} [${shape.join(', ')}] is no matrix of integers`);
  }
  const count = rows * columns;
  const view = viewOf(data);
  if (short !== undefined) return { rows, columns, values: decodeShort(view, count, short) };
  if (dtype === 'I64') {
    const values = decodeNumbers(view, count);
    return { rows, columns, values: values ?? decodeLimbs(view, count, 2) };
  }
  if (limbs < 3 || limbs > MAXIMUM_LIMBS) {
    return refuse(`integers of ${32 * limbs} bits, where 96 to ${32 * MAXIMUM_LIMBS} are allowed`);
  }
  const matrix = integerMatrix(rows, columns, decodeLimbs(view, count, limbs));
  const shorter = 32 * (limbs - 1);
  for (let index = 0; index < count; index++) {
    const entry = bigEntry(matrix, index);
    if (BigInt.asIntN(shorter, entry) !== entry) return matrix;
  }
  return refuse(`no integer in it needs ${limbs} limbs`);
}
