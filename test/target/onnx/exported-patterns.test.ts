/** What the exporters of real frameworks write, each read and compared with ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { evaluateNetwork } from '../../../src/target/evaluate.js';
import { dimensions, matrixOf } from '../../../src/target/network.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { runtimeOutputs } from '../onnx-runtime.js';
import { buildModel, chain, floats, integers, type ModelInit, someFloats } from '../onnx-writer.js';

interface Pattern {
  readonly name: string;
  readonly model: ModelInit;
  /** Shape that ONNX Runtime is given. */
  readonly runtimeDims: readonly number[];
  readonly widths: readonly number[];
  readonly activation?: 'relu' | 'identity';
  /** A part of each notice. */
  readonly notices?: readonly string[];
  /** Whether some folded constant needs more than a float64. */
  readonly exactEntries?: boolean;
}

const w1 = (dims: readonly number[]) => floats('w1', dims, someFloats(dims[0] * dims[1], 1));
const w2 = (dims: readonly number[]) => floats('w2', dims, someFloats(dims[0] * dims[1], 2));
const b1 = (dims: readonly number[]) =>
  floats(
    'b1',
    dims,
    someFloats(
      dims.reduce((a, b) => a * b, 1),
      3,
    ),
  );
const b2 = (dims: readonly number[]) =>
  floats(
    'b2',
    dims,
    someFloats(
      dims.reduce((a, b) => a * b, 1),
      4,
    ),
  );
const c = (dims: readonly number[], seed = 5) =>
  floats(
    'c',
    dims,
    someFloats(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

/** Two Gemm layers with weights stored outputs by inputs. */
const gemmPair = [
  ['Gemm', ['_', 'w1', 'b1'], { transB: 1n }],
  ['Relu', ['_']],
  ['Gemm', ['_', 'w2', 'b2'], { transB: 1n }],
] as const;
const gemmConstants = [w1([5, 6]), b1([5]), w2([3, 5]), b2([3])];

const patterns: Pattern[] = [
  {
    name: 'PyTorch: Flatten, Gemm with transB, Relu, symbolic batch',
    model: {
      inputDims: ['batch', 1, 2, 3],
      nodes: chain([['Flatten', ['_'], { axis: 1n }], ...gemmPair]),
      initializers: gemmConstants,
    },
    runtimeDims: [1, 1, 2, 3],
    widths: [6, 5, 3],
  },
  {
    name: 'PyTorch before IR version 4: initializers are inputs too, Dropout and Identity between',
    model: {
      inputDims: [1, 6],
      nodes: chain([
        gemmPair[0],
        ['Relu', ['_']],
        ['Dropout', ['_']],
        ['Identity', ['_']],
        gemmPair[2],
      ]),
      initializers: gemmConstants,
      initializersAsInputs: true,
    },
    runtimeDims: [1, 6],
    widths: [6, 5, 3],
  },
  {
    name: 'Keras and tf2onnx: Reshape, MatMul and Add, relu at the end',
    model: {
      inputDims: ['N', 2, 3],
      nodes: chain([
        ['Reshape', ['_', 'shape']],
        ['MatMul', ['_', 'w1']],
        ['Add', ['_', 'b1']],
        ['Relu', ['_']],
        ['MatMul', ['_', 'w2']],
        ['Add', ['b2', '_']],
        ['Relu', ['_']],
      ]),
      initializers: [integers('shape', [-1, 6]), w1([6, 5]), b1([5]), w2([5, 3]), b2([3])],
    },
    runtimeDims: [1, 2, 3],
    widths: [6, 5, 3],
    activation: 'relu',
  },
  {
    name: 'MATLAB: a leading Sub of the mean image, 4-D input',
    model: {
      inputDims: [1, 1, 2, 3],
      nodes: chain([['Sub', ['_', 'c']], ['Flatten', ['_']], ...gemmPair]),
      initializers: [c([1, 1, 2, 3]), ...gemmConstants],
    },
    runtimeDims: [1, 1, 2, 3],
    widths: [6, 5, 3],
  },
  {
    name: 'hand-built: MatMul(W, x) on a column vector',
    model: {
      inputDims: [6, 1],
      nodes: chain([
        ['MatMul', ['w1', '_']],
        ['Add', ['_', 'b1']],
        ['Relu', ['_']],
        ['MatMul', ['w2', '_']],
        ['Add', ['_', 'b2']],
      ]),
      initializers: [w1([5, 6]), b1([5, 1]), w2([3, 5]), b2([3, 1])],
    },
    runtimeDims: [6, 1],
    widths: [6, 5, 3],
  },
  {
    name: 'hand-built: MatMul(W, x) on a vector without batch',
    model: {
      inputDims: [6],
      nodes: chain([
        ['MatMul', ['w1', '_']],
        ['Add', ['_', 'b1']],
        ['Relu', ['_']],
        ['MatMul', ['_', 'w2']],
      ]),
      initializers: [w1([5, 6]), b1([5]), w2([5, 3])],
    },
    runtimeDims: [6],
    widths: [6, 5, 3],
  },
  {
    name: 'constants before, between and after the layers',
    model: {
      inputDims: ['N', 6],
      nodes: chain([
        ['Sub', ['c', '_']],
        ['Mul', ['_', 'six']],
        gemmPair[0],
        ['Mul', ['half', '_']],
        ['Relu', ['_']],
        ['Mul', ['_', 'five']],
        ['Add', ['_', 'half']],
        gemmPair[2],
        ['Neg', ['_']],
        ['Div', ['_', 'half']],
        ['Sub', ['_', 'half']],
      ]),
      initializers: [
        c([1, 6]),
        floats('six', [6], someFloats(6, 6)),
        floats('five', [1, 5], someFloats(5, 7)),
        floats('half', [], [0.5]),
        ...gemmConstants,
      ],
    },
    runtimeDims: [1, 6],
    widths: [6, 5, 3],
    exactEntries: true,
  },
  {
    name: 'affine layers in a row, and a relu at the end',
    model: {
      inputDims: ['N', 6],
      nodes: chain([
        gemmPair[0],
        gemmPair[2],
        ['MatMul', ['_', 'w3']],
        ['Relu', ['_']],
        ['Relu', ['_']],
      ]),
      initializers: [...gemmConstants, floats('w3', [3, 2], someFloats(6, 9))],
    },
    runtimeDims: [1, 6],
    widths: [6, 2],
    activation: 'relu',
    exactEntries: true,
  },
  {
    name: 'division by what is no power of two',
    model: {
      inputDims: ['N', 6],
      nodes: chain([['Sub', ['_', 'c']], ['Div', ['_', 'd']], ...gemmPair]),
      initializers: [c([6]), floats('d', [6], [0.3, 3, 4, 5, -6, 7]), ...gemmConstants],
    },
    runtimeDims: [1, 6],
    widths: [6, 5, 3],
    notices: ['5 of 6 divisors are no powers of two'],
  },
  {
    name: 'BatchNormalization before and after a Relu',
    model: {
      inputDims: ['N', 6],
      nodes: chain([
        gemmPair[0],
        ['BatchNormalization', ['_', 's', 'o', 'm', 'v'], { epsilon: 0.001 }],
        ['Relu', ['_']],
        ['BatchNormalization', ['_', 's', 'o', 'm', 'v']],
        gemmPair[2],
      ]),
      initializers: [
        floats('s', [5], someFloats(5, 11)),
        floats('o', [5], someFloats(5, 12)),
        floats('m', [5], someFloats(5, 13)),
        floats('v', [5], someFloats(5, 14).map(Math.abs)),
        ...gemmConstants,
      ],
    },
    runtimeDims: [1, 6],
    widths: [6, 5, 3],
    notices: ['scale / sqrt(variance + epsilon)', 'scale / sqrt(variance + epsilon)'],
  },
  {
    name: 'BatchNormalization per channel of an image',
    model: {
      inputDims: ['N', 3, 2, 1],
      nodes: chain([
        ['BatchNormalization', ['_', 's', 'o', 'm', 'v']],
        ['Flatten', ['_']],
        ...gemmPair,
      ]),
      initializers: [
        floats('s', [3], someFloats(3, 11)),
        floats('o', [3], someFloats(3, 12)),
        floats('m', [3], someFloats(3, 13)),
        floats('v', [3], someFloats(3, 14).map(Math.abs)),
        ...gemmConstants,
      ],
    },
    runtimeDims: [1, 3, 2, 1],
    widths: [6, 5, 3],
    notices: ['scale / sqrt(variance + epsilon)'],
  },
  {
    name: 'channels-last image: Transpose that moves entries, at both ends',
    model: {
      inputDims: ['N', 2, 3, 1],
      nodes: chain([
        ['Transpose', ['_'], { perm: [0n, 3n, 2n, 1n] }],
        ['Flatten', ['_']],
        ['Mul', ['_', 'c']],
        ...gemmPair,
        ['Relu', ['_']],
        ['Reshape', ['_', 'shape']],
        ['Transpose', ['_']],
      ]),
      initializers: [
        c([6]),
        integers('shape', [1, 3, 2]),
        gemmConstants[0],
        gemmConstants[1],
        w2([6, 5]),
        b2([6]),
      ],
    },
    runtimeDims: [1, 2, 3, 1],
    widths: [6, 5, 6],
    activation: 'relu',
  },
  {
    name: 'Squeeze and Unsqueeze, axes as inputs',
    model: {
      inputDims: ['N', 1, 6],
      nodes: chain([
        ['Squeeze', ['_', 'one']],
        gemmPair[0],
        ['Unsqueeze', ['_', 'ends']],
        ['Relu', ['_']],
        ['Squeeze', ['_', 'ends']],
        gemmPair[2],
      ]),
      initializers: [integers('one', [1]), integers('ends', [0, -1]), ...gemmConstants],
    },
    runtimeDims: [1, 1, 6],
    widths: [6, 5, 3],
  },
  {
    name: 'Squeeze, Unsqueeze and Reshape with attributes (operator set 11)',
    model: {
      inputDims: ['N', 1, 6],
      opset: 11,
      nodes: chain([
        ['Squeeze', ['_'], { axes: [1n] }],
        gemmPair[0],
        ['Unsqueeze', ['_'], { axes: [2n] }],
        ['Relu', ['_']],
        ['Reshape', ['_', 'keep']],
        gemmPair[2],
      ]),
      initializers: [integers('keep', [0, -1]), ...gemmConstants],
    },
    runtimeDims: [1, 1, 6],
    widths: [6, 5, 3],
  },
  {
    name: 'weights through Transpose, Cast and Identity',
    model: {
      inputDims: ['N', 6],
      nodes: [
        ...chain([
          ['MatMul', ['_', 'w1t']],
          ['Add', ['_', 'b1f']],
          ['Relu', ['_']],
          ['MatMul', ['_', 'w2i']],
        ]),
        { opType: 'Transpose', input: ['w1'], output: ['w1t'] },
        { opType: 'Identity', input: ['w2'], output: ['w2i'] },
        {
          opType: 'Cast',
          input: ['b1d'],
          output: ['b1f'],
          attribute: [{ name: 'to', type: 2, i: 1n }],
        },
      ].reverse(),
      initializers: [
        w1([5, 6]),
        w2([5, 3]),
        {
          name: 'b1d',
          dims: [5n],
          dataType: 11,
          rawData: new Uint8Array(Float64Array.of(0.1, 0.2, 0.3, -0.1, 1 / 3).buffer),
        },
      ],
    },
    runtimeDims: [1, 6],
    widths: [6, 5, 3],
  },
];

for (const axis of [-3, -2, -1, 0, 1, 2, 3]) {
  patterns.push({
    name: `Flatten with axis ${axis}, then what tells the shapes apart`,
    model: {
      inputDims: [1, 2, 3],
      nodes: chain([
        ['Flatten', ['_'], { axis: BigInt(axis) }],
        ['Transpose', ['_'], { perm: [1n, 0n] }],
        ['Reshape', ['_', 'shape']],
        ['MatMul', ['_', 'w1']],
      ]),
      initializers: [integers('shape', [1, 6]), w1([6, 5])],
    },
    runtimeDims: [1, 2, 3],
    widths: [6, 5],
  });
}

for (const transA of [0n, 1n]) {
  for (const transB of [0n, 1n]) {
    for (const side of ['signal first', 'constant first'] as const) {
      const signalFirst = side === 'signal first';
      const signalTransposed = signalFirst ? transA : transB;
      const row = signalFirst !== (signalTransposed === 1n);
      const constantTransposed = signalFirst ? transB : transA;
      const stored = signalFirst === (constantTransposed === 1n) ? [5, 6] : [6, 5];
      patterns.push({
        name: `Gemm with transA=${transA}, transB=${transB}, alpha, beta, ${side}`,
        model: {
          inputDims: row ? [1, 6] : [6, 1],
          nodes: chain([
            [
              'Gemm',
              signalFirst ? ['_', 'w1', 'b1'] : ['w1', '_', 'b1'],
              { transA, transB, alpha: 0.3, beta: -1.7 },
            ],
          ]),
          initializers: [w1(stored), signalFirst ? b1([5]) : b1([5, 1])],
        },
        runtimeDims: row ? [1, 6] : [6, 1],
        widths: [6, 5],
      });
    }
  }
}

describe('exported patterns agree with ONNX Runtime', () => {
  it.each(patterns.map((pattern) => [pattern.name, pattern] as const))('%s', async (_, pattern) => {
    const bytes = buildModel(pattern.model);
    const { network, notices } = readOnnx(bytes);
    expect(dimensions(network)).toEqual(pattern.widths);
    expect(network.layers.at(-1)?.activation).toBe(pattern.activation ?? 'identity');
    expect(network.layers.slice(0, -1).every(({ activation }) => activation === 'relu')).toBe(true);
    expect(notices).toHaveLength(pattern.notices?.length ?? 0);
    (pattern.notices ?? []).forEach((part, index) => {
      expect(notices[index]).toContain(part);
    });
    if (pattern.exactEntries) {
      expect(
        network.layers.some((layer) => matrixOf(layer).exact.size + layer.bias.exact.size > 0),
      ).toBe(true);
    }
    const width = pattern.widths[0];
    const inputs = Array.from({ length: 6 }, (_, seed) => someFloats(width, 100 + seed));
    const outputs = await runtimeOutputs(bytes, inputs, pattern.runtimeDims);
    inputs.forEach((input, index) => {
      const ours = evaluateNetwork(network, Float64Array.from(input));
      expect(ours).toHaveLength(outputs[index].length);
      const scale = Math.max(1, ...ours.map(Math.abs));
      ours.forEach((value, output) => {
        expect(Math.abs(value - outputs[index][output])).toBeLessThan(1e-5 * scale);
      });
    });
  });

  it.each(['Softmax', 'LogSoftmax', 'Sigmoid'])(
    'a %s at the end is left out with a notice',
    async (operator) => {
      const body = chain([...gemmPair, [operator, ['_']], ['Identity', ['_']]]);
      const whole = buildModel({ inputDims: ['N', 6], nodes: body, initializers: gemmConstants });
      const logits = buildModel({
        inputDims: ['N', 6],
        nodes: chain(gemmPair),
        initializers: gemmConstants,
      });
      const { network, notices } = readOnnx(whole);
      expect(notices).toEqual([
        `node 4 (${operator}): left out: the network's outputs are the values before the ${operator}`,
      ]);
      const { reading, ...rest } = network;
      expect(rest).toEqual(readOnnx(logits).network);
      expect(reading).toEqual({ leftOut: [operator], rounded: [] });
    },
  );
});
