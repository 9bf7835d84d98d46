/** Nodes that are none of their operator set's version, each refused in every operator set that has none such. */
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { NEWEST_OPSET } from '../../../../src/target/onnx/versions.js';
import { buildMessage, chain, encode, node } from '../../onnx-writer.js';
import { narrow, refusalOf, type Setting, SPREAD, type Steps, statistics } from './graphs.js';

const negative =
  /is negative, and \w+ counts nothing from the back before operator set 11; .* is 10/;

/** First and last operator set, nodes, what is said. */
type Refused = readonly [number, number, Steps, RegExp, Setting?];

const REFUSED: readonly Refused[] = [
  [
    1,
    6,
    [['Gemm', ['_', 'square', 'pair']]],
    /\(Gemm\): C of shape \[2\] .* broadcast is 0/,
    narrow,
  ],
  [1, 10, [['Gemm', ['_', 'square']]], /its input 3 is missing/, narrow],
  [
    7,
    NEWEST_OPSET,
    [['Gemm', ['_', 'square', 'row'], SPREAD]],
    /Gemm has no attribute "broadcast" in .* \(only before 7\)/,
  ],
  [1, 6, [['Add', ['_', 'pair']]], /its attribute broadcast is 0/],
  [1, 6, [['Add', ['_', 'row'], SPREAD]], /no place at axis 1 of \[1, 2, 2\]/],
  [1, 6, [['Mul', ['_', 'pair'], { ...SPREAD, axis: -1n }]], /no place at axis -1/],
  [1, 6, [['Add', ['pair', '_'], SPREAD]], /no place at axis -2 of \[2\]/],
  [1, 6, [['Add', ['_', 'pair'], { ...SPREAD, axis: 0n }]], /no place at axis 0/],
  [
    7,
    NEWEST_OPSET,
    [['Add', ['_', 'pair'], { axis: 1n }]],
    /Add has no attribute "axis" in operator set \d+ \(only before 7\)/,
  ],
  [1, 7, [['Sum', ['_', 'seven']]], /different shapes, which Sum allows from operator set 8 on/],
  [1, 7, [['Max', ['_', 'seven']]], /different shapes, which Max allows from operator set 8 on/],
  [
    1,
    8,
    [['BatchNormalization', ['_', 'one', 'one', 'one', 'one'], { epsilon: 0 }]],
    /is_test is 0|does not fit/,
    { dims: [4] },
  ],
  [
    9,
    NEWEST_OPSET,
    [['BatchNormalization', statistics, { spatial: 1n }]],
    /no attribute "spatial"/,
  ],
  [
    1,
    6,
    [['PRelu', ['_', 'column']]],
    /neither one number nor one for each channel of \[1, 2, 2\]/,
  ],
  [1, 10, [['Clip', ['_', 'seven']]], /it has 2 inputs, and Clip takes at most 1/],
  [11, NEWEST_OPSET, [['Clip', ['_'], { min: 0 }]], /Clip has no attribute "min"/],
  [12, NEWEST_OPSET, [['Dropout', ['_'], { ratio: 0.5 }]], /Dropout has no attribute "ratio"/],
  [1, 4, [['Reshape', ['_', 'folded']]], /takes at most 1/],
  [5, NEWEST_OPSET, [['Reshape', ['_'], { shape: [2n, 2n] }]], /its input 2 is missing/],
  [5, 13, [['Reshape', ['_', 'folded'], { allowzero: 0n }]], /only from 14 on/],
  [1, 12, [['Squeeze', ['_'], { axes: [] as bigint[] }]], /its list of axes is empty/],
  [13, NEWEST_OPSET, [['Squeeze', ['_', 'nothing']]], /its list of axes is empty/],
  [8, NEWEST_OPSET, [['Expand', ['_', 'last']]], /no value has the shape \[-1\]/, { dims: [1] }],
  [8, NEWEST_OPSET, [['Expand', ['_', 'folded']]], /no value has the shape \[2, -1\]/],
  [9, NEWEST_OPSET, [['ConstantOfShape', ['folded']]], /no value has the shape \[2, -1\]/],
  [8, NEWEST_OPSET, [['Max', ['_', 'seven', 'both']]], /combines float and int64/],
  [4, NEWEST_OPSET, [['Concat', ['square', 'codes'], { axis: 0n }]], /combines float and int8/],
  [
    1,
    NEWEST_OPSET,
    {
      nodes: [
        node('BatchNormalization', ['x', 'scale', 'shift', 'mean', 'variance'], ['y', 'm', 'v']),
      ],
    },
    /is_test is 0|it has 3 outputs, and only training has more than one/,
  ],
  [10, 20, [['DequantizeLinear', ['wide', 'two']]], /has int16, .* operator set \d+/],
  [10, NEWEST_OPSET, [['DequantizeLinear', ['list1', 'two']]], /has int64, which it does not take/],
  [
    10,
    NEWEST_OPSET,
    [['DequantizeLinear', ['widest', 'two', 'widestOrigin']]],
    /zero point of int32 that is not 0/,
  ],
  [
    13,
    NEWEST_OPSET,
    [['DequantizeLinear', ['codes', 'powers', 'origin']]],
    /its zero point of shape \[\] does not fit its scale of shape \[2\]/,
  ],
  [
    10,
    NEWEST_OPSET,
    [['QuantizeLinear', ['square', 'two', 'origins']]],
    /its zero point of shape \[2\] does not fit its scale of shape \[\]/,
  ],
  [10, 20, [['QuantizeLinear', ['square', 'two', 'wideOrigin']]], /has int16, which it does not/],
  [
    7,
    NEWEST_OPSET,
    [
      ['Div', ['seven', 'three']],
      ['Cast', ['_'], { to: 10n }],
    ],
    /it rounds constants to float16 that were computed in more than 53 bits, or rounded/,
  ],
  [1, 10, [['Unsqueeze', ['_']]], /it has no axes, which Unsqueeze needs/],
  [13, NEWEST_OPSET, [['Squeeze', ['_'], { axes: [0n] }]], /Squeeze has no attribute "axes"/],
  [1, NEWEST_OPSET, [['Transpose', ['_'], { perm: [0n, 1n, -1n] }]], /axis -1 does not exist/],
  [1, 5, [['Cast', ['_'], { to: 'Float32' }]], /casts to "Float32".* name of a type/],
  [1, 5, [['Cast', ['_'], { to: 1n }]], /"to" is not of type STRING/],
  [6, NEWEST_OPSET, [['Cast', ['_'], { to: 'FLOAT' }]], /"to" is not of type INT/],
  [1, NEWEST_OPSET, [['Cast', ['_']]], /it has no to, which Cast needs/],
  [1, 9, [['Slice', ['_'], { starts: [1n] }]], /it has no ends, which Slice needs/],
  [10, NEWEST_OPSET, [['Slice', ['_', 'list1', '']]], /its input 3 is missing/],
  [10, NEWEST_OPSET, [['Slice', ['_', 'half', 'list1']]], /its starts are no list of integers/],
  [10, NEWEST_OPSET, [['Gather', ['_', 'half']]], /index 0.5 is outside of dimension 0/],
  [13, NEWEST_OPSET, [['Squeeze', ['_', 'half']]], /its axes is not a list of integers/],
  [10, NEWEST_OPSET, [['Slice', ['_'], { starts: [0n], ends: [1n] }]], /its input 2 is missing/],
  [1, 1, { nodes: [node('Split', ['x'], ['y', 'z'])] }, /does not say which one Split/],
  [
    1,
    1,
    { nodes: [node('Split', ['x', 'halves'], ['y', 'z'], { axis: 2n, split: [1n, 1n] })] },
    /given twice/,
  ],
  [2, 12, { nodes: [node('Split', ['x', 'both'], ['y', 'z'], { axis: 2n })] }, /takes at most 1/],
  [
    13,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x'], ['y', 'z'], { axis: 2n, split: [1n, 1n] })] },
    /no attribute "split"/,
  ],
  [
    18,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x'], ['y', 'z'], { axis: 2n })] },
    /neither the input split nor the attribute num_outputs/,
  ],
  [
    18,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x', 'both'], ['y', 'z'], { axis: 2n, num_outputs: 2n })] },
    /given twice/,
  ],
  [
    18,
    NEWEST_OPSET,
    { nodes: [node('Split', ['x'], ['y', 'b', 'c', 'd'], { axis: 1n, num_outputs: 4n })] },
    /does not split into 4/,
    { dims: [1, 5] },
  ],
  [4, NEWEST_OPSET, [['Concat', ['_', '_']]], /it has no axis, which Concat needs/],
  [1, 7, [['Expand', ['_', 'both']]], /has no Expand; it came with 8/],
  [1, 8, [['ConstantOfShape', ['both']]], /has no ConstantOfShape; it came with 9/],
  [1, 9, [['DequantizeLinear', ['codes', 'two']]], /has no DequantizeLinear; it came with 10/],
  [10, 12, [['DequantizeLinear', ['codes', 'powers']]], /its scale of shape \[2\] does not fit/],
  [
    10,
    NEWEST_OPSET,
    [['DequantizeLinear', ['codes', 'two', 'otherOrigin']]],
    /zero point is uint8 and its values int8/,
  ],
  [10, NEWEST_OPSET, [['DequantizeLinear', ['square', 'two']]], /makes float of float/],
  [13, 20, [['DequantizeLinear', ['codes', 'two'], { block_size: 1n }]], /only from 21 on/],
  [
    23,
    NEWEST_OPSET,
    [['DequantizeLinear', ['codes', 'two'], { output_dtype: 3n }]],
    /makes int8 of int8/,
  ],
  [
    21,
    NEWEST_OPSET,
    [['QuantizeLinear', ['square', 'two', 'origin'], { output_dtype: 2n }]],
    /int8 and its output_dtype uint8/,
  ],
  [
    23,
    NEWEST_OPSET,
    [['QuantizeLinear', ['square', 'two'], { precision: 10n }]],
    /divides in float16/,
  ],
  [
    21,
    NEWEST_OPSET,
    [['QuantizeLinear', ['square', 'two'], { output_dtype: 7n }]],
    /has int64, which it does not take/,
  ],
  [1, 14, [['Shape', ['_'], { start: 1n }]], /only from 15 on/],
  [
    1,
    11,
    [['Constant', [], { value_float: 1 }]],
    /Constant has no attribute "value_float" .* from 12 on/,
  ],
  [
    9,
    NEWEST_OPSET,
    [['Gemm', ['codes', 'codes', 'codes'], { alpha: 0.5 }]],
    /it multiplies integers by 0.5/,
  ],
  [9, NEWEST_OPSET, [['MatMul', ['large', 'large']]], /its entry 0, 16129, is no int8/],
  [6, NEWEST_OPSET, [['Neg', ['otherOrigin']]], /its entry 0, -1, is no uint8/],
  [10, 10, [['Flatten', ['_'], { axis: -1n }]], negative],
  [10, 10, [['Squeeze', ['_'], { axes: [-3n] }]], negative],
  [10, 10, [['Unsqueeze', ['_'], { axes: [-1n] }]], negative],
  [10, 10, [['Gather', ['_', 'last']]], negative],
  [
    NEWEST_OPSET + 1,
    40,
    [['Relu', ['_']]],
    /^node 1 \(Relu\): Relu may mean something else in operator set \d+: 27 is the newest/,
  ],
  [
    1,
    NEWEST_OPSET,
    [['Relu', ['_'], { slope: 1 }]],
    /Relu has no attribute "slope" in operator set \d+; export/,
  ],
];

describe('what a version does not have', () => {
  it.each(REFUSED.map((row) => [String(row[3]), row] as const))('%s', (_, row) => {
    const [from, to, steps, said, setting] = row;
    for (let opset = from; opset <= to; opset++) {
      expect(refusalOf(opset, steps, setting)).toMatch(said);
    }
  });

  it('attributes given twice, and operator sets that are none', () => {
    const twice = buildMessage({
      inputDims: [1, 2],
      nodes: chain([['LeakyRelu', ['_'], { alpha: 0.5 }]]),
    });
    for (const { attribute } of twice.graph?.node ?? []) attribute.push(...attribute);
    expect(() => readOnnx(encode(twice))).toThrow(/its attribute "alpha" is given twice/);
    expect(refusalOf(0, [['Relu', ['_']]])).toMatch(/its operator set is 0/);
    const message = buildMessage({ inputDims: [1, 2], nodes: chain([['Relu', ['_']]]) });
    const [imported] = message.opsetImport;
    message.opsetImport = [imported, { ...imported, domain: 'ai.onnx' }];
    expect(readOnnx(encode(message)).network.layers).toHaveLength(1);
    message.opsetImport = [imported, { ...imported, domain: 'ai.onnx', version: 6n }];
    expect(() => readOnnx(encode(message))).toThrow(/the operator sets 13 and 6 at once/);
    message.opsetImport = [];
    expect(() => readOnnx(encode(message))).toThrow(/IR version 3 and names no operator set/);
    message.irVersion = 2n;
    expect(readOnnx(encode(message)).network.layers).toHaveLength(1);
  });
});
