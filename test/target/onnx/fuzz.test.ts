/** Thousands of spoiled ONNX files: a typed error or a valid network, nothing else. */
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { isValidNetwork, readOrRefuse, spoiled } from '../fuzzing.js';
import { buildModel, chain, doubles, floats, integers, someFloats } from '../onnx-writer.js';

const samples: [string, Uint8Array][] = [
  [
    'Gemm with raw weights',
    buildModel({
      inputDims: ['N', 1, 4],
      nodes: chain([
        ['Flatten', ['_']],
        ['Gemm', ['_', 'w', 'b'], { transB: 1n, alpha: 0.5 }],
        ['Relu', ['_']],
        ['Gemm', ['_', 'v']],
        ['Softmax', ['_'], { axis: 1n }],
      ]),
      initializers: [
        floats('w', [3, 4], someFloats(12, 1)),
        floats('b', [3], someFloats(3, 2)),
        floats('v', [3, 2], someFloats(6, 3)),
      ],
    }),
  ],
  [
    'shapes, constants and typed weights',
    buildModel({
      inputDims: [1, 2, 2],
      nodes: [
        { opType: 'Constant', output: ['c'], attribute: [{ name: 'value_float', type: 1, f: 3 }] },
        ...chain([
          ['Sub', ['_', 'mean']],
          ['Transpose', ['_'], { perm: [0n, 2n, 1n] }],
          ['Reshape', ['_', 'shape']],
          ['MatMul', ['w', '_']],
          ['Mul', ['_', 'c']],
          ['BatchNormalization', ['_', 's', 's', 's', 's']],
          ['Relu', ['_']],
          ['Squeeze', ['_', 'one']],
        ]),
      ],
      initializers: [
        doubles('mean', [2, 2], [1, 2, 3, 4]),
        integers('shape', [4, -1]),
        integers('one', [1]),
        { name: 'w', dims: [2n, 4n], dataType: 1, floatData: [...someFloats(8, 4)] },
        { name: 's', dims: [1n], dataType: 10, int32Data: [0x3c00] },
      ],
    }),
  ],
];

describe('spoiled ONNX files', () => {
  it.each(samples)('%s', (_, bytes) => {
    let read = 0;
    for (const copy of spoiled(bytes, 4000, 7)) {
      const result = readOrRefuse(() => readOnnx(copy));
      if (result === undefined) continue;
      read++;
      expect(isValidNetwork(result.network)).toBe(true);
    }
    // Flips in weights and names are harmless: the test would be blind if all were refused.
    expect(read).toBeGreaterThan(200);
    expect(read).toBeLessThan(3000);
  });

  it('every truncation of a file is refused or harmless', () => {
    const [, bytes] = samples[0];
    for (let length = 0; length < bytes.length; length++) {
      const result = readOrRefuse(() => readOnnx(bytes.subarray(0, length)));
      // Only what follows the graph may be missing.
      if (result !== undefined) expect(result).toEqual(readOnnx(bytes));
    }
  });
});
