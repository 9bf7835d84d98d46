/** Every way of storing a constant gives the same network. */
import { describe, expect, it } from 'vitest';
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataLocation,
  TensorProto_DataType as Type,
} from '../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { roundToFloat } from '../../../src/target/onnx/rearranging.js';
import { partsOf } from '../../networks.js';
import {
  type AttributeValue,
  buildModel,
  chain,
  type NodeInit,
  node,
  type TensorInit,
} from '../onnx-writer.js';

const values = [0.5, -3, 1.25, 2, 0, -0.75];
const dims = [3n, 2n];

function weightsOf(tensor: TensorInit, readExternal?: (path: string) => Uint8Array): number[] {
  const bytes = buildModel({
    inputDims: ['N', 3],
    nodes: chain([['MatMul', ['_', 'w']]]),
    initializers: [{ name: 'w', dims, ...tensor }],
  });
  const { network } = readOnnx(bytes, readExternal && { readExternal });
  const { weights } = partsOf(network.layers[0]);
  // Back to the order in which they are stored.
  return [0, 3, 1, 4, 2, 5].map((index) => weights[index]);
}

function halfBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  if (value === 0) return 0;
  return ((bits >> 16) & 0x8000) | ((((bits >> 23) & 0xff) - 112) << 10) | ((bits >> 13) & 0x3ff);
}

function brainBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint16(0);
}

describe('constants', () => {
  const raw = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);
  const whole = [1, -2, 3, 0, 5, -6];

  it.each<[string, TensorInit, number[]]>([
    ['float, raw', { dataType: Type.FLOAT, rawData: raw(Float32Array.from(values)) }, values],
    ['float, typed', { dataType: Type.FLOAT, floatData: values }, values],
    ['double, raw', { dataType: Type.DOUBLE, rawData: raw(Float64Array.from(values)) }, values],
    ['double, typed', { dataType: Type.DOUBLE, doubleData: values }, values],
    [
      'float16, raw',
      { dataType: Type.FLOAT16, rawData: raw(Uint16Array.from(values, halfBits)) },
      values,
    ],
    ['float16, typed', { dataType: Type.FLOAT16, int32Data: values.map(halfBits) }, values],
    [
      'bfloat16, raw',
      { dataType: Type.BFLOAT16, rawData: raw(Uint16Array.from(values, brainBits)) },
      values,
    ],
    ['int8, raw', { dataType: Type.INT8, rawData: raw(Int8Array.from(whole)) }, whole],
    ['int32, typed', { dataType: Type.INT32, int32Data: whole }, whole],
    [
      'int64, raw',
      { dataType: Type.INT64, rawData: raw(BigInt64Array.from(whole, BigInt)) },
      whole,
    ],
    ['int64, typed', { dataType: Type.INT64, int64Data: whole.map(BigInt) }, whole],
    [
      'uint64, typed',
      { dataType: Type.UINT64, uint64Data: whole.map((value) => BigInt(Math.abs(value))) },
      whole.map(Math.abs),
    ],
  ])('%s', (_, tensor, expected) => {
    expect(weightsOf(tensor)).toEqual(expected);
  });

  it('float16: smallest subnormal, largest, and infinity refused', () => {
    const half = (bits: number[]): number[] =>
      weightsOf({ dataType: Type.FLOAT16, rawData: raw(Uint16Array.from(bits)) });
    expect(half([1, 0x8001, 0x3ff, 0x400, 0x7bff, 0x3555])).toEqual([
      2 ** -24,
      -(2 ** -24),
      1023 * 2 ** -24,
      2 ** -14,
      65504,
      1365 * 2 ** -12,
    ]);
    expect(() => half([0x7c00, 0, 0, 0, 0, 0])).toThrow(/initializer "w": entry 0 is Infinity/);
    expect(() => half([0, 0x7e00, 0, 0, 0, 0])).toThrow(/initializer "w": entry 1 is NaN/);
  });

  it('external data, a part of a file', () => {
    const file = new Uint8Array([9, 9, 9, 9, ...raw(Float32Array.from(values)), 7]);
    const tensor = (location: string, offset = '4', length = '24'): TensorInit => ({
      dataType: Type.FLOAT,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({
        key,
        value,
      })),
    });
    const asked: string[] = [];
    const read = (path: string): Uint8Array => {
      asked.push(path);
      return file;
    };
    expect(weightsOf(tensor('sub/weights.bin'), read)).toEqual(values);
    expect(asked).toEqual(['sub/weights.bin']);
    expect(() => weightsOf(tensor('weights.bin'))).toThrow(/in the separate file "weights.bin"/);
    for (const path of [
      '../w',
      '/etc/w',
      'a/../../w',
      'C:\\w',
      'a\\..\\w',
      'file:///w',
      '',
      '\0',
    ]) {
      expect(() => weightsOf(tensor(path), read)).toThrow(/not beside the model/);
    }
    expect(() => weightsOf(tensor('w', '8'), read)).toThrow(/bytes 8 to 32 of "w", which has 29/);
    expect(() => weightsOf(tensor('w', '-4'), read)).toThrow(/"-4" is no position/);
    expect(() => weightsOf(tensor('w', '4', '20'), read)).toThrow(
      /needs 24 bytes, but there are 20/,
    );
    expect(asked).toHaveLength(4);
  });

  it('Constant nodes, in all their forms', () => {
    const bias = (attributes: Record<string, AttributeValue>): number[] => {
      const nodes: NodeInit[] = [
        node('Constant', [], ['c'], attributes),
        ...chain([['Add', ['_', 'c']]]),
      ];
      const { network } = readOnnx(buildModel({ inputDims: ['N', 2], nodes }));
      return [...network.layers[0].bias.values];
    };
    const tensor = { dims: [2n], dataType: Type.DOUBLE, doubleData: [0.1, 3] };
    expect(bias({ value: { tensor } })).toEqual([0.1, 3]);
    expect(bias({ value_float: 0.5 })).toEqual([0.5, 0.5]);
    expect(bias({ value_floats: [0.5, -2] })).toEqual([0.5, -2]);
    expect(bias({ value_int: 7n })).toEqual([7, 7]);
    expect(bias({ value_ints: [7n, -8n] })).toEqual([7, -8]);
    expect(() => bias({ value_string: 1n })).toThrow(/node 1 \(Constant\): its value is not one/);
    expect(() => bias({ value_float: Number.NaN })).toThrow(/entry 0 is NaN/);
    expect(() => bias({ value_floats: [1, Number.POSITIVE_INFINITY] })).toThrow(/is Infinity/);
  });

  it('Cast of constants rounds as ONNX says', () => {
    const cast = (value: number, to: Type): number => {
      const nodes: NodeInit[] = [
        {
          opType: 'Cast',
          input: ['c'],
          output: ['d'],
          attribute: [{ name: 'to', type: Kind.INT, i: BigInt(to) }],
        },
        ...chain([['Add', ['_', 'd']]]),
      ];
      const initializers = [{ name: 'c', dims: [1n], dataType: Type.DOUBLE, doubleData: [value] }];
      return readOnnx(buildModel({ inputDims: [1, 1], nodes, initializers })).network.layers[0].bias
        .values[0];
    };
    expect(cast(0.1, Type.FLOAT)).toBe(Math.fround(0.1));
    expect(cast(0.1, Type.FLOAT16)).toBe(1638 * 2 ** -14);
    expect(cast(-2.7, Type.INT64)).toBe(-2);
    expect(cast(-2.7, Type.BOOL)).toBe(1);
    expect(() => cast(300, Type.UINT8)).toThrow(/300 cannot become uint8/);
    expect(() => cast(1e30, Type.INT64)).toThrow(/cannot become int64/);
    expect(() => cast(70000, Type.FLOAT16)).toThrow(/cannot become float16/);
    expect(() => cast(1e300, Type.FLOAT)).toThrow(/cannot become float/);
    expect(() => cast(1, Type.STRING)).toThrow(/cannot become string/);
  });

  it('rounding to a short float is to nearest, ties to even', () => {
    for (const value of [1 + 2 ** -11, 1 + 3 * 2 ** -11, -1 - 2 ** -11, 2047.5, 2048.5, 2 ** -25]) {
      const short = roundToFloat(value, 23, -126, 3.5e38);
      expect(short).toBe(Math.fround(value));
    }
    expect(roundToFloat(1 + 2 ** -11, 10, -14, 65504)).toBe(1);
    expect(roundToFloat(1 + 3 * 2 ** -11, 10, -14, 65504)).toBe(1 + 2 ** -9);
    expect(roundToFloat(-1 - 3 * 2 ** -11, 10, -14, 65504)).toBe(-1 - 2 ** -9);
    expect(roundToFloat(2 ** -25, 10, -14, 65504)).toBe(0);
    expect(roundToFloat(3 * 2 ** -25, 10, -14, 65504)).toBe(2 ** -23);
    expect(roundToFloat(65519, 10, -14, 65504)).toBe(65504);
    expect(roundToFloat(65520, 10, -14, 65504)).toBeNaN();
  });
});
