/**
 * The first versions of the operators, which no runtime runs any more: what the operator document says of them,
 * with outputs worked out by hand.
 */
import { describe, expect, it } from 'vitest';
import { evaluateNetwork } from '../../../../src/target/evaluate.js';
import { AttributeProto_AttributeType as Kind } from '../../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { buildMessage, chain, encode, floats, node } from '../../onnx-writer.js';
import {
  narrow,
  outputsOf,
  type Row,
  SAME,
  SPREAD,
  statistics,
  TURNED,
  titleOf,
  turn,
} from './graphs.js';

const leak = Math.fround(0.01);

const LEGACY: readonly Row[] = [
  [1, 6, [['MatMul', ['_', 'square']]], [-5, -6, -9, -10]],
  [1, 6, [['Gemm', ['_', 'square', 'row']]], [5, 14], narrow],
  [1, 6, [['Gemm', ['_', 'square', 'pair'], SPREAD]], [5, 14], narrow],
  [1, 6, [['Gemm', ['_', 'square', 'seven'], SPREAD]], [2, 1], narrow],
  [1, 6, [['Gemm', ['_', 'square', 'row'], { transB: 1n, alpha: 2, beta: 0.5 }]], [-1, 0], narrow],
  [
    1,
    6,
    [['Gemm', ['_', 'square', 'row'], { transA: 1n }]],
    [5, 14],
    { dims: [2, 1], input: [1, -2] },
  ],
  [1, 6, [['Add', ['_', 'like']]], [11, 18, 33, 36]],
  [1, 6, [['Add', ['_', 'seven'], SPREAD]], [8, 5, 10, 3]],
  [1, 6, [['Add', ['_', 'one'], { ...SPREAD, axis: 0n }]], [6, 3, 8, 1]],
  [1, 6, [['Add', ['_', 'pair'], SPREAD]], [11, 18, 13, 16]],
  [1, 6, [['Add', ['_', 'pair'], { ...SPREAD, axis: 2n }]], [11, 18, 13, 16]],
  [1, 6, [['Add', ['_', 'pair'], { ...SPREAD, axis: 1n }]], [11, 8, 23, 16]],
  [1, 6, [['Add', ['_', 'square'], SPREAD]], [2, 0, 6, 0]],
  [1, 6, [['Add', ['_', 'row'], { ...SPREAD, axis: 0n }]], [11, 8, 23, 16]],
  [1, 5, [['Add', ['_', 'like'], { consumed_inputs: [0n, 0n] }]], [11, 18, 33, 36]],
  [1, 6, [['Sub', ['_', 'pair'], { ...SPREAD, axis: 1n }]], [-9, -12, -17, -24]],
  [1, 6, [['Mul', ['_', 'pair'], SPREAD]], [10, -40, 30, -80]],
  [1, 6, [['Div', ['_', 'powers'], { ...SPREAD, axis: 1n }]], [0.5, -1, 0.75, -1]],
  [1, 7, [['Sum', ['_', 'like', 'like']]], [21, 38, 63, 76]],
  [
    1,
    7,
    [
      ['Sum', ['like', 'like', 'like']],
      ['Sum', ['_', 'x']],
    ],
    [31, 58, 93, 116],
  ],
  [1, 7, [['Sum', ['_']]], SAME],
  [1, 6, [['Neg', ['_']]], [-1, 2, -3, 4]],
  [1, 6, [['BatchNormalization', statistics, { is_test: 1n, epsilon: 0 }]], [1, -2, 2, -5]],
  [7, 8, [['BatchNormalization', statistics, { spatial: 1n, epsilon: 0 }]], [1, -2, 2, -5]],
  [1, 6, [['Relu', ['_']]], [1, 0, 3, 0]],
  [1, 6, [['LeakyRelu', ['_']]], [1, -2 * leak, 3, -4 * leak]],
  [1, 6, [['LeakyRelu', ['_'], { alpha: 0.5 }]], [1, -1, 3, -2]],
  [1, 6, [['PRelu', ['_', 'pair']]], [1, -20, 3, -80]],
  [7, 10, [['PRelu', ['_', 'pair']]], [1, -40, 3, -80]],
  [1, 6, [['PRelu', ['_', 'one']]], [1, -10, 3, -20]],
  [1, 6, [['Abs', ['_']]], [1, 2, 3, 4]],
  [1, 6, [['Clip', ['_'], { min: -3, max: 2 }]], [1, -2, 2, -3]],
  [1, 6, [['Clip', ['_'], { max: 0 }]], [0, -2, 0, -4]],
  [1, 6, [['Clip', ['_'], { min: 0 }]], [1, 0, 3, 0]],
  [1, 6, [['Clip', ['_']]], SAME],
  [1, 7, [['Max', ['_', 'zeros', 'like']]], [10, 20, 30, 40]],
  [1, 7, [['Min', ['like', '_', 'zeros']]], [0, -2, 0, -4]],
  [1, 6, [['Identity', ['_']]], SAME],
  [1, 6, [['Dropout', ['_'], { is_test: 1n, ratio: 0.5 }]], SAME],
  [7, 11, [['Dropout', ['_'], { ratio: 0.5 }]], SAME],
  [1, 10, [['Flatten', ['_']], turn], SAME],
  [1, 10, [['Flatten', ['_'], { axis: 2n }], turn], TURNED],
  [1, 10, [['Flatten', ['_'], { axis: 0n }], turn], SAME],
  [1, 10, [['Flatten', ['_'], { axis: 3n }], turn], SAME],
  [1, 4, [['Reshape', ['_'], { shape: [2n, -1n] }], turn], TURNED],
  [1, 4, [['Reshape', ['_'], { shape: [2n, 0n] }], turn], TURNED],
  [5, 12, [['Reshape', ['_', 'folded']], turn], TURNED],
  [1, 10, [['Squeeze', ['_'], { axes: [0n] }], turn], TURNED],
  [1, 10, [['Squeeze', ['_']], turn], TURNED],
  [1, 10, [['Unsqueeze', ['_'], { axes: [3n] }], ['Flatten', ['_'], { axis: 2n }], turn], TURNED],
  [1, 10, [['Unsqueeze', ['_'], { axes: [0n] }], ['Flatten', ['_'], { axis: 2n }], turn], SAME],
  [1, 12, [turn], TURNED],
  [1, 12, [['Transpose', ['_'], { perm: [0n, 2n, 1n] }]], TURNED],
  [
    1,
    5,
    [
      ['Cast', ['numbers'], { to: 'FLOAT' }],
      ['Mul', ['x', '_'], SPREAD],
    ],
    [3, -8, 9, -16],
  ],
  [
    6,
    6,
    [
      ['Cast', ['numbers'], { to: 1n }],
      ['Mul', ['x', '_'], SPREAD],
    ],
    [3, -8, 9, -16],
  ],
  [1, 9, [['Slice', ['_'], { starts: [1n], ends: [9n], axes: [2n] }]], [-2, -4]],
  [1, 9, [['Slice', ['_'], { starts: [0n, -1n], ends: [1n, 2n] }]], [3, -4]],
  [1, 9, [['Slice', ['_'], { starts: [0n], ends: [-1n], axes: [1n] }]], [1, -2]],
  [1, 10, [['Gather', ['_', 'list1'], { axis: 1n }]], [3, -4]],
  [1, 10, [['Gather', ['_', 'list1'], { axis: -1n }]], [-2, -4]],
  [1, 10, [['Gather', ['_', 'list0']]], SAME],
  [
    1,
    12,
    { nodes: [node('Split', ['x'], ['a', 'b'], { axis: 2n, split: [1n, 1n] })] },
    TURNED,
    { outputs: ['a', 'b'] },
  ],
  [
    1,
    1,
    { nodes: [node('Split', ['x', 'halves'], ['a', 'b'], { axis: 2n })] },
    TURNED,
    { outputs: ['a', 'b'] },
  ],
  [
    1,
    17,
    { nodes: [node('Split', ['x'], ['a', 'b'], { axis: 2n })] },
    TURNED,
    { outputs: ['a', 'b'] },
  ],
  [
    2,
    17,
    { nodes: [node('Split', ['x'], ['a', 'b'])] },
    [3, -4, 1, -2],
    { outputs: ['b', 'a'], dims: [2, 2] },
  ],
  [1, 3, [['Concat', ['_', '_']]], [1, -2, 1, -2, 3, -4, 3, -4], { dims: [2, 1, 2] }],
  [1, 10, [['Concat', ['_', '_'], { axis: 0n }]], [...SAME, ...SAME], { dims: [2, 1, 2] }],
  [1, 5, [['Tile', ['_', 'two', 'two']]], [1, -2, 1, -2, 3, -4, 3, -4]],
  [6, 12, [['Tile', ['_', 'stripe']]], [...SAME, ...SAME]],
  [
    5,
    14,
    {
      nodes: [
        node('Flatten', ['x'], ['f']),
        node('Shape', ['x'], ['s']),
        node('Reshape', ['f', 's'], ['r']),
        node('Transpose', ['r'], ['y']),
      ],
    },
    TURNED,
  ],
  [
    1,
    5,
    [
      ['Size', ['_']],
      ['Cast', ['_'], { to: 'FLOAT' }],
      ['Mul', ['x', '_'], SPREAD],
    ],
    [4, -8, 12, -16],
  ],
  [
    1,
    6,
    [
      ['Constant', [], { value: { tensor: floats('', [2], [1, 2]) } }],
      ['Add', ['x', '_'], SPREAD],
    ],
    [2, 0, 4, -2],
  ],
  ...['Softmax', 'LogSoftmax', 'Sigmoid'].map((name): Row => [1, 12, [[name, ['_']]], SAME]),
];

describe('operators of old operator sets', () => {
  it.each(LEGACY.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
    const [from, to, steps, expected, setting] = row;
    for (let opset = from; opset <= to; opset++) {
      expect(outputsOf(opset, steps, setting)).toEqual(expected);
    }
  });

  it('files of the first IR version name no operator set and no types of attributes', () => {
    const message = buildMessage({
      inputDims: [1, 2, 2],
      nodes: chain([
        ['Cast', ['_'], { to: 'FLOAT' }],
        ['Clip', ['_'], { min: -1 }],
        ['Flatten', ['_'], { axis: 2n }],
        ['Transpose', ['_'], { perm: [1n, 0n] }],
      ]),
    });
    message.irVersion = 1n;
    message.opsetImport = [];
    for (const { attribute } of message.graph?.node ?? []) {
      for (const one of attribute) one.type = Kind.UNDEFINED;
    }
    const { network } = readOnnx(encode(message));
    expect([...evaluateNetwork(network, Float64Array.of(1, -2, 3, -4))]).toEqual([1, 3, -1, -1]);
  });
});
