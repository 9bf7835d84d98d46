/**
 * The integer network as exported constants: per layer the rows without the constant's, the columns
 * without the constant's (that one is the bias), in the narrowest type that holds every entry.
 */
import { InputError } from '../core/errors.js';
import { columnPlaces, tapCount, windowChannels } from '../integer/block-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { Dtype } from '../ticket/safetensors.js';
import type { Compute } from './exported-file.js';
import type { MatrixOrder } from './matrix-order.js';
import { COMPUTE_TYPES } from './onnx-graph.js';

/** Element types of integer constants, narrowest first. */
const INTEGER_TYPES = [
  { type: Type.INT8, dtype: 'I8', bytes: 1 },
  { type: Type.INT16, dtype: 'I16', bytes: 2 },
  { type: Type.INT32, dtype: 'I32', bytes: 4 },
  { type: Type.INT64, dtype: 'I64', bytes: 8 },
] as const satisfies readonly { type: Type; dtype: Dtype; bytes: number }[];

export interface StoredType {
  readonly type: Type;
  readonly dtype: Dtype;
  readonly bytes: number;
}

export interface IntegerLayer {
  /** Of feature maps channels times taps. */
  readonly inputs: number;
  readonly outputs: number;
  /** How weights and bias are stored. */
  readonly stored: StoredType;
  readonly weights: (order: MatrixOrder) => Uint8Array;
  readonly bias: (() => Uint8Array) | null;
}

/** Whether the type computed with holds this integer: all that a matrix of Numbers has are float64s. */
function fits(entry: number | bigint, compute: Compute): boolean {
  const number = Number(entry);
  return (
    Number.isFinite(number) &&
    (typeof entry === 'number' || BigInt(number) === entry) &&
    (compute === 'double' || Math.fround(number) === number)
  );
}

/**
 * Integers up to 2^53, which readers hold exactly, are stored as such; larger ones in the type that is
 * computed with, which must hold them too.
 */
function storedType(largest: number | bigint, compute: Compute): StoredType {
  if (largest <= 2 ** 53) {
    for (const candidate of INTEGER_TYPES) {
      if (largest < 2 ** (8 * candidate.bytes - 1)) return candidate;
    }
  }
  return compute === 'float'
    ? { type: COMPUTE_TYPES.float, dtype: 'F32', bytes: 4 }
    : { type: COMPUTE_TYPES.double, dtype: 'F64', bytes: 8 };
}

/**
 * `rows * columns` entries in the order of `at`, put where they are stored one by one: a list of them
 * would take many times their bytes.
 */
function encode(
  rows: number,
  columns: number,
  at: (row: number, column: number) => number | bigint,
  { type, bytes }: StoredType,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes * rows * columns));
  const put = ((): ((to: number, entry: number | bigint) => void) => {
    switch (type) {
      case Type.FLOAT:
        return (to, entry) => view.setFloat32(to, Number(entry), true);
      case Type.DOUBLE:
        return (to, entry) => view.setFloat64(to, Number(entry), true);
      case Type.INT64:
        return (to, entry) => view.setBigInt64(to, BigInt(entry), true);
      case Type.INT32:
        return (to, entry) => view.setInt32(to, Number(entry), true);
      case Type.INT16:
        return (to, entry) => view.setInt16(to, Number(entry), true);
      default:
        return (to, entry) => view.setInt8(to, Number(entry));
    }
  })();
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, to += bytes) put(to, at(row, column));
  }
  return new Uint8Array(view.buffer);
}

/**
 * The column of a block's matrix for each channel and tap of its window, -1 for taps that it has no column
 * for; undefined where columns are channels.
 */
function columnsAtTaps({ maps }: IntegerNetwork, block: number): Int32Array | undefined {
  const window = maps?.blocks[block]?.window;
  if (window === undefined) return undefined;
  const columns = new Int32Array(windowChannels(window) * tapCount(window)).fill(-1);
  columnPlaces(window).forEach((place, column) => {
    columns[place] = column;
  });
  return columns;
}

/**
 * The layers of an integer network. Throws an `InputError` for an entry that the type computed with
 * does not hold exactly, and for biases under a decimal scale.
 */
export function integerLayers(network: IntegerNetwork, compute: Compute): IntegerLayer[] {
  const { matrices, constant, scale } = network;
  if (constant && scale.base !== 2 && matrices.length > 1) {
    // After a layer the constant is 10^p, and no power of two brings it back to the 1 of a bias.
    throw new InputError({
      place: 'target',
      problem: 'it has biases and a decimal scale, which would round every layer',
      remedy: 'export the pruned source, without option "folded"',
    });
  }
  const carried = constant ? 1 : 0;
  return matrices.map((matrix, index) => {
    const outputs = matrix.rows - (index < matrices.length - 1 ? carried : 0);
    const read = columnsAtTaps(network, index);
    const inputs = read?.length ?? matrix.columns - carried;
    const { values } = matrix;
    const entry = (row: number, column: number): number | bigint =>
      values[row * matrix.columns + column];
    let largest: number | bigint = 0;
    for (let row = 0; row < outputs; row++) {
      for (let column = 0; column < matrix.columns; column++) {
        const value = entry(row, column);
        const magnitude = value < 0 ? -value : value;
        if (magnitude > largest) largest = magnitude;
        if (fits(value, compute)) continue;
        throw new InputError({
          place: `target layer ${index + 1}, row ${row}, column ${column}`,
          problem: `the integer ${value} is no ${compute === 'float' ? 'float32' : 'float64'} number`,
          remedy:
            compute === 'float'
              ? 'export with option "compute: double"'
              : 'export the pruned source, or find the network with fewer bits',
        });
      }
    }
    const stored = storedType(largest, compute);
    const weight = (row: number, input: number): number | bigint => {
      const column = read === undefined ? input : (read[input] as number);
      return column < 0 ? 0 : entry(row, column);
    };
    return {
      inputs,
      outputs,
      stored,
      weights: (order) =>
        order === 'outputs-first'
          ? encode(outputs, inputs, weight, stored)
          : encode(inputs, outputs, (input, row) => weight(row, input), stored),
      bias: constant
        ? () => encode(outputs, 1, (row) => entry(row, matrix.columns - 1), stored)
        : null,
    };
  });
}
