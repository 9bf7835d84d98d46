/**
 * The number types a lane can have, and the WebAssembly instructions for a whole row of lanes (four
 * 128-bit vectors, one cache line) or for a row of one lane. Integers are computed modulo 2^16, 2^32
 * and 2^64: a sum whose end result fits is right whatever overflowed on the way.
 */
import { type Code, localGet, simd, TYPE, unsigned, type ValueType } from './wasm-module.js';

/** `fixed32`: integers of 32 bits in rows of as many lanes as float64 has (`fixed-point.ts`). */
export type LaneType = 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'fixed32';

/** Bytes of one lane. */
export const LANE_BYTES: Readonly<Record<LaneType, 2 | 4 | 8>> = {
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
  fixed32: 4,
};

export const isFloat = (type: LaneType): type is 'float32' | 'float64' =>
  type === 'float32' || type === 'float64';

/** Bytes of a row of many lanes: a cache line. */
export const ROW_BYTES = 64;

/** Bytes of a row of many lanes of this type. */
export const rowBytesOf = (type: LaneType): 32 | typeof ROW_BYTES =>
  type === 'fixed32' ? 32 : ROW_BYTES;

/** A row is computed in equal parts; these are the instructions for one of them. */
export interface RowParts {
  readonly type: ValueType;
  readonly count: number;
  /** Byte offset of part number `index`, times `index`. */
  readonly bytes: number;
  readonly load: (offset: number) => Code;
  readonly store: (offset: number) => Code;
  readonly add: Code;
  readonly subtract: Code;
  readonly zero: Code;
  /** Leaves `max(0, local)` on the stack. */
  readonly rectified: (local: number) => Code;
  /** Multiplies by the local; floats only. */
  readonly multiply: Code;
}

const VECTOR_ZERO: Code = [...simd(12), ...new Array<number>(16).fill(0)];

/** SIMD opcodes: add, subtract, maximum, multiply. */
const VECTOR: Readonly<Record<LaneType, readonly [number, number, number, number]>> = {
  int16: [0x8e, 0x91, 0x98, 0x95],
  int32: [0xae, 0xb1, 0xb8, 0xb5],
  int64: [0xce, 0xd1, 0, 0xd5],
  float32: [0xe4, 0xe5, 0xe9, 0xe6],
  float64: [0xf0, 0xf1, 0xf5, 0xf2],
  fixed32: [0xae, 0xb1, 0xb8, 0xb5],
};

/** The parts of a row of many lanes: 32, 16 or 8. */
export function vectorParts(type: LaneType): RowParts {
  const [add, subtract, maximum, multiply] = VECTOR[type];
  return {
    type: TYPE.v128,
    count: rowBytesOf(type) / 16,
    bytes: 16,
    // Declared alignment is a hint only; rows are aligned to 64 bytes.
    load: (offset) => [...simd(0), 4, ...unsigned(offset)],
    store: (offset) => [...simd(11), 4, ...unsigned(offset)],
    add: simd(add),
    subtract: simd(subtract),
    zero: VECTOR_ZERO,
    rectified: (local) =>
      type === 'int64'
        ? // i64x2 has no maximum: x AND (x > 0).
          [...localGet(local), ...localGet(local), ...VECTOR_ZERO, ...simd(0xd9), ...simd(0x4e)]
        : [...localGet(local), ...VECTOR_ZERO, ...simd(maximum)],
    multiply: simd(multiply),
  };
}

/** Scalar opcodes: value type, load, store, alignment, add, subtract, multiply, greater than. */
const SCALAR: Readonly<
  Record<
    Exclude<LaneType, 'int16' | 'fixed32'>,
    readonly [ValueType, number, number, number, number, number, number, number, number]
  >
> = {
  int32: [TYPE.i32, 0x28, 0x36, 2, 0x6a, 0x6b, 0x6c, 0x4a, 0x41],
  int64: [TYPE.i64, 0x29, 0x37, 3, 0x7c, 0x7d, 0x7e, 0x55, 0x42],
  float32: [TYPE.f32, 0x2a, 0x38, 2, 0x92, 0x93, 0x94, 0x5e, 0x43],
  float64: [TYPE.f64, 0x2b, 0x39, 3, 0xa0, 0xa1, 0xa2, 0x64, 0x44],
};

/** The one part of a row of one lane; int16 and fixed32 have none: a RangeError. */
export function scalarParts(type: LaneType): RowParts {
  if (type === 'int16' || type === 'fixed32') {
    throw new RangeError(`there are no rows of a single ${type}`);
  }
  const [value, load, store, alignment, add, subtract, multiply, greater, constant] = SCALAR[type];
  const zero: Code = [constant, ...new Array<number>(isFloat(type) ? LANE_BYTES[type] : 1).fill(0)];
  return {
    type: value,
    count: 1,
    bytes: LANE_BYTES[type],
    load: (offset) => [load, alignment, ...unsigned(offset)],
    store: (offset) => [store, alignment, ...unsigned(offset)],
    add: [add],
    subtract: [subtract],
    zero,
    // select(x, 0, x > 0): +0 for both zeros, like the maximum of vectors with +0.
    rectified: (local) => [...localGet(local), ...zero, ...localGet(local), ...zero, greater, 0x1b],
    multiply: [multiply],
  };
}
