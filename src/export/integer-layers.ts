/**
 * The integer network as exported constants: per layer the rows without the constant's, the columns
 * without the constant's (that one is the bias), in the narrowest type that holds every entry.
 */
import { InputError } from '../core/errors.js';
import { bigEntry, type IntegerNetwork } from '../integer/integer-network.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { Dtype } from '../ticket/safetensors.js';
import type { Compute } from './exported-file.js';
import { COMPUTE_TYPES, computeBytes } from './onnx-chain.js';
import type { MatrixOrder } from './ternary-layers.js';

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
  readonly inputs: number;
  readonly outputs: number;
  /** How weights and bias are stored. */
  readonly stored: StoredType;
  readonly weights: (order: MatrixOrder) => Uint8Array;
  readonly bias: (() => Uint8Array) | null;
}

function significantBitsFit(entry: bigint, compute: Compute): boolean {
  const number = Number(entry);
  return (
    Number.isFinite(number) &&
    BigInt(number) === entry &&
    (compute === 'double' || Math.fround(number) === number)
  );
}

/**
 * Integers up to 2^53, which readers hold exactly, are stored as such; larger ones in the type that is
 * computed with, which must hold them too.
 */
function storedType(largest: bigint, compute: Compute): StoredType {
  if (largest <= 2n ** 53n) {
    for (const candidate of INTEGER_TYPES) {
      if (largest < 1n << BigInt(8 * candidate.bytes - 1)) return candidate;
    }
  }
  return compute === 'float'
    ? { type: COMPUTE_TYPES.float, dtype: 'F32', bytes: 4 }
    : { type: COMPUTE_TYPES.double, dtype: 'F64', bytes: 8 };
}

function encode(entries: readonly bigint[], { dtype, bytes }: StoredType, compute: Compute) {
  if (dtype.startsWith('F')) return computeBytes(entries.map(Number), compute);
  const view = new DataView(new ArrayBuffer(bytes * entries.length));
  entries.forEach((entry, index) => {
    const at = bytes * index;
    if (bytes === 8) view.setBigInt64(at, entry, true);
    else if (bytes === 4) view.setInt32(at, Number(entry), true);
    else if (bytes === 2) view.setInt16(at, Number(entry), true);
    else view.setInt8(at, Number(entry));
  });
  return new Uint8Array(view.buffer);
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
      remedy: 'export the pruned source, without --folded',
    });
  }
  const carried = constant ? 1 : 0;
  return matrices.map((matrix, index) => {
    const outputs = matrix.rows - (index < matrices.length - 1 ? carried : 0);
    const inputs = matrix.columns - carried;
    const entry = (row: number, column: number): bigint =>
      bigEntry(matrix, row * matrix.columns + column);
    let largest = 0n;
    for (let row = 0; row < outputs; row++) {
      for (let column = 0; column < matrix.columns; column++) {
        const value = entry(row, column);
        const magnitude = value < 0n ? -value : value;
        if (magnitude > largest) largest = magnitude;
        if (significantBitsFit(value, compute)) continue;
        throw new InputError({
          place: `target layer ${index + 1}, row ${row}, column ${column}`,
          problem: `the integer ${value} is no ${compute === 'float' ? 'float32' : 'float64'} number`,
          remedy:
            compute === 'float'
              ? 'export with --compute double'
              : 'export the pruned source, or find the network with fewer bits',
        });
      }
    }
    const stored = storedType(largest, compute);
    const list = (rows: number, columns: number, at: (row: number, column: number) => bigint) =>
      Array.from({ length: rows * columns }, (_, flat) =>
        at(Math.floor(flat / columns), flat % columns),
      );
    return {
      inputs,
      outputs,
      stored,
      weights: (order) =>
        encode(
          order === 'outputs-first'
            ? list(outputs, inputs, entry)
            : list(inputs, outputs, (column, row) => entry(row, column)),
          stored,
          compute,
        ),
      bias: constant
        ? () =>
            encode(
              list(outputs, 1, (row) => entry(row, inputs)),
              stored,
              compute,
            )
        : null,
    };
  });
}
