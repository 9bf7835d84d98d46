/** Integers of a file in messages: as they are, or said to be rounded. */
import { describe, expect, it } from 'vitest';
import { TensorProto_DataType as Type } from '../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { formatInteger, formatShape } from '../../../src/target/onnx/shape.js';
import { buildModel, chain, floats, someFloats } from '../onnx-writer.js';

const INT64_MAX = 2n ** 63n - 1n;

function int64(name: string, values: readonly bigint[]) {
  return { name, dims: [BigInt(values.length)], dataType: Type.INT64, int64Data: [...values] };
}

const w = floats('w', [3, 3], someFloats(9, 1));

describe('integers in messages', () => {
  it('are exact, or said to be beyond what is exact', () => {
    expect(formatShape([2, Number.MAX_SAFE_INTEGER, -1])).toBe('[2, 9007199254740991, -1]');
    expect(formatInteger(Number.POSITIVE_INFINITY)).toBe('an integer beyond 2^53');
    expect(formatInteger(Number.NEGATIVE_INFINITY)).toBe('an integer below -2^53');
  });

  it.each<[string, Record<string, bigint>]>([
    ['Reshape', {}],
    ['Gather', { axis: 1n }],
    ['Unsqueeze', {}],
  ])('%s', (operator, attributes) => {
    const bytes = buildModel({
      inputDims: [1, 3],
      nodes: chain([
        [operator, ['_', 's'], attributes],
        ['MatMul', ['_', 'w']],
      ]),
      initializers: [w, int64('s', [INT64_MAX])],
    });
    expect(() => readOnnx(bytes)).toThrow(/entry 0 is an integer beyond 2\^53, as INT64_MAX is/);
  });

  it('Slice: an axis', () => {
    const bytes = buildModel({
      inputDims: [1, 3],
      nodes: chain([
        ['Slice', ['_', 'zero', 's', 's']],
        ['MatMul', ['_', 'w']],
      ]),
      initializers: [w, int64('s', [INT64_MAX]), int64('zero', [0n])],
    });
    expect(() => readOnnx(bytes)).toThrow(/axis an integer beyond 2\^53 does not exist/);
  });
});
