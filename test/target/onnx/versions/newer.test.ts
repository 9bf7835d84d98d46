/** Axes and indices counted from the back in every version that does, and the table of versions in the docs. */
import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { NodeProtoSchema } from '../../../../src/target/onnx/onnx_pb.js';
import { OPERATORS } from '../../../../src/target/onnx/operators.js';
import { checkVersion, NEWEST_OPSET } from '../../../../src/target/onnx/versions.js';
import { node } from '../../onnx-writer.js';
import { outputsOf, type Row, SAME, statistics, TURNED, titleOf, turn } from './graphs.js';

const BACK: readonly Row[] = [
  [11, NEWEST_OPSET, [['Flatten', ['_'], { axis: -1n }], turn], TURNED],
  [11, NEWEST_OPSET, [['Flatten', ['_'], { axis: -3n }], turn], SAME],
  [11, 12, [['Squeeze', ['_'], { axes: [-3n] }], turn], TURNED],
  [13, NEWEST_OPSET, [['Squeeze', ['_', 'first']], turn], TURNED],
  [11, 12, [['Unsqueeze', ['_'], { axes: [-1n] }], ['Flatten', ['_'], { axis: 2n }], turn], TURNED],
  [
    13,
    NEWEST_OPSET,
    [['Unsqueeze', ['_', 'last']], ['Flatten', ['_'], { axis: 2n }], turn],
    TURNED,
  ],
  [4, NEWEST_OPSET, [['Concat', ['_', '_'], { axis: -1n }]], [1, -2, 1, -2, 3, -4, 3, -4]],
  [
    2,
    12,
    { nodes: [node('Split', ['x'], ['a', 'b'], { axis: -1n, split: [1n, 1n] })] },
    TURNED,
    { outputs: ['a', 'b'] },
  ],
  [
    13,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x', 'both'], ['a', 'b'], { axis: -1n })] },
    TURNED,
    { outputs: ['a', 'b'] },
  ],
  [11, NEWEST_OPSET, [['Gather', ['_', 'last'], { axis: -2n }]], [3, -4]],
  [10, NEWEST_OPSET, [['Slice', ['_', 'list1', 'list2', 'last']]], [-2, -4]],
  [
    15,
    NEWEST_OPSET,
    {
      nodes: [
        node('Flatten', ['x'], ['f']),
        node('Shape', ['x'], ['s'], { start: -2n }),
        node('Reshape', ['f', 's'], ['r']),
        node('Transpose', ['r'], ['y']),
      ],
    },
    TURNED,
  ],
  [
    15,
    NEWEST_OPSET,
    {
      nodes: [
        node('Shape', ['x'], ['s'], { start: -9n, end: -1n }),
        node('Concat', ['s', 'list2'], ['t'], { axis: -1n }),
        node('Reshape', ['x', 't'], ['y']),
      ],
    },
    SAME,
  ],
  [
    13,
    NEWEST_OPSET,
    [
      ['DequantizeLinear', ['codes', 'powers', ''], { axis: -2n }],
      ['MatMul', ['x', '_']],
    ],
    // [[1, -2], [3, -4]] times [[2, 4], [12, 16]].
    [-22, -28, -42, -52],
  ],
  [
    13,
    NEWEST_OPSET,
    [
      ['QuantizeLinear', ['square', 'powers'], { axis: -1n }],
      ['DequantizeLinear', ['_', 'powers'], { axis: -1n }],
      ['MatMul', ['x', '_']],
    ],
    // [[1, 2], [3, 4]] over [2, 4] is 0.5, 0.5, 1.5, 1, to even 0, 0, 2, 1: [[0, 0], [4, 4]].
    [-8, -8, -16, -16],
  ],
  [
    10,
    NEWEST_OPSET,
    [
      ['DequantizeLinear', ['codes', 'two', 'origin']],
      ['MatMul', ['x', '_']],
    ],
    // [[0, 2], [4, 6]].
    [-8, -10, -16, -18],
  ],
  [
    21,
    NEWEST_OPSET,
    [
      ['DequantizeLinear', ['wide', 'two', 'wideOrigin']],
      ['MatMul', ['x', '_']],
    ],
    // [[510, 2], [4, 6]].
    [502, -10, 1514, -18],
  ],
  [
    10,
    NEWEST_OPSET,
    [
      ['DequantizeLinear', ['widest', 'two']],
      ['MatMul', ['x', '_']],
    ],
    // [[2, 4], [6, 8]].
    [-10, -12, -18, -20],
  ],
  // [[1, 4], [2, 5], [3, 6]] times [10, 20].
  [
    1,
    NEWEST_OPSET,
    [turn, ['MatMul', ['_', 'pair']]],
    [90, 120, 150],
    { dims: [2, 3], input: [1, 2, 3, 4, 5, 6] },
  ],
  // Casts to a wider type keep what was folded: the fourth power of 1 + 2^-10 has 41 bits.
  [
    7,
    NEWEST_OPSET,
    [
      ['Mul', ['halfMore', 'halfMore']],
      ['Mul', ['_', '_']],
      ['Cast', ['_'], { to: 1n }],
      ['Mul', ['_', 'x']],
    ],
    [1, -2, 3, -4].map((entry) => entry * (1 + 2 ** -10) ** 4),
  ],
  [11, NEWEST_OPSET, [['Squeeze', ['_'], {}], turn], TURNED],
  [13, NEWEST_OPSET, [['Squeeze', ['_', 'nothing']], turn], TURNED, { dims: [2, 2] }],
  [12, NEWEST_OPSET, [['Dropout', ['_', 'seven', 'false']]], SAME],
  [12, NEWEST_OPSET, [['Dropout', ['_', 'seven', '']]], SAME],
  [14, NEWEST_OPSET, [['BatchNormalization', statistics, { epsilon: 0 }]], [1, -2, 2, -5]],
  [13, NEWEST_OPSET, [['Softmax', ['_'], { axis: -1n }]], SAME],
  [
    18,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x'], ['a', 'b'], { axis: -1n, num_outputs: 2n })] },
    [3, 1, 2],
    { outputs: ['b', 'a'], dims: [1, 3], input: [1, 2, 3] },
  ],
];

describe('operators of newer operator sets', () => {
  it.each(BACK.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
    const [from, to, steps, expected, setting] = row;
    for (let opset = from; opset <= to; opset++) {
      expect(outputsOf(opset, steps, setting)).toEqual(expected);
    }
  });

  it('the operator document is covered', () => {
    const page = readFileSync(new URL('../../../../docs/models.md', import.meta.url), 'utf8');
    const table = page.slice(page.indexOf('## Versions'), page.indexOf('## `.nnet`'));
    expect(table).toContain(`operator set ${NEWEST_OPSET}`);
    for (const opType of OPERATORS.keys()) {
      expect(table).toMatch(new RegExp(`\\b${opType}\\b`));
      const wrong = create(NodeProtoSchema, {
        opType,
        input: ['x', 'x', 'x', 'x', 'x', 'x'],
        attribute: [{ name: 'zzz' }],
      });
      expect(() => checkVersion({ node: wrong, place: 'node 1' }, NEWEST_OPSET)).toThrow(
        /^node 1: (it has 6 inputs, and \w+ takes at most \d in|\w+ has no attribute "zzz" in) operator set/,
      );
    }
  });
});
