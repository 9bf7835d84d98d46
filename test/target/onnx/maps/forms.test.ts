/** What the graphs of the field become: which layers, and the same outputs as ONNX Runtime's. */
import { describe, expect, it } from 'vitest';
import { chain, floats, integers, type ModelInit, node } from '../../onnx-writer.js';
import { normalised, outline, random, readAndJudge, statistics } from './networks.js';

const around = { pads: [1n, 1n, 1n, 1n] };
const two = { kernel_shape: [2n, 2n], strides: [2n, 2n] };

interface Form {
  readonly name: string;
  readonly model: ModelInit;
  readonly layers: readonly string[];
}

const forms: readonly Form[] = [
  {
    name: 'a residual block with a projection, and one without',
    model: {
      inputDims: ['N', 3, 8, 8],
      nodes: [
        node('Conv', ['x', 'a'], ['c0'], { ...around, strides: [2n, 2n] }),
        node('Relu', ['c0'], ['r0']),
        node('Conv', ['r0', 'b'], ['c1'], around),
        node('Conv', ['x', 'p'], ['short'], { strides: [2n, 2n] }),
        node('Add', ['c1', 'short'], ['s1']),
        node('Relu', ['s1'], ['r1']),
        node('Conv', ['r1', 'c'], ['c2'], around),
        node('Relu', ['c2'], ['r2']),
        node('Conv', ['r2', 'd'], ['c3'], around),
        node('Add', ['c3', 'r1'], ['s2']),
        node('Relu', ['s2'], ['r3']),
        node('GlobalAveragePool', ['r3'], ['g']),
        node('Flatten', ['g'], ['f']),
        node('Gemm', ['f', 'e', 'eb'], ['y'], { transB: 1n }),
      ],
      initializers: [
        ...[random('a', 4, 3, 3, 3), random('b', 4, 4, 3, 3), random('p', 4, 3, 1, 1)],
        ...[random('c', 4, 4, 3, 3), random('d', 4, 4, 3, 3), random('e', 5, 4), random('eb', 5)],
      ],
    },
    layers: [
      '3x3 by 2x2 padded to 4',
      '3x3 padded to 4 + 1x1 by 2x2 to 4 of 1,0',
      '3x3 padded to 4',
      '3x3 padded to 4 + 1x1 to 4 in 4 of 3,2',
      '4x4 to 4 in 4',
      'dense 5',
    ],
  },
  {
    name: 'normalisations after convolutions, and before one (pre-activation)',
    model: {
      inputDims: [1, 2, 5, 5],
      nodes: [
        node('Conv', ['x', 'a'], ['c0'], around),
        node('BatchNormalization', ['c0', ...normalised('n0')], ['z0']),
        node('BatchNormalization', ['z0', ...normalised('n1')], ['z1']),
        node('Relu', ['z1'], ['r1']),
        node('Conv', ['r1', 'b'], ['c1'], around),
        node('BatchNormalization', ['c1', ...normalised('n2')], ['z2']),
        node('Relu', ['z2'], ['r2']),
        node('Conv', ['r2', 'c'], ['c2'], around),
        node('Add', ['c2', 'z0'], ['z3']),
        node('BatchNormalization', ['z3', ...normalised('n3')], ['z4']),
        node('Relu', ['z4'], ['r3']),
        node('GlobalAveragePool', ['r3'], ['y']),
      ],
      initializers: [
        ...[random('a', 3, 2, 3, 3), random('b', 3, 3, 3, 3), random('c', 3, 3, 3, 3)],
        ...['n0', 'n1', 'n2', 'n3'].flatMap((name) => statistics(name, 3)),
      ],
    },
    layers: [
      // Both halves of what two layers read.
      '3x3 padded to 6',
      '1x1 to 3 in 3',
      '3x3 padded to 3',
      '3x3 padded to 3 + 1x1 to 3 in 3 of 3,1',
      '5x5 to 3 in 3',
      '1x1 to 3 in 3',
    ],
  },
  {
    name: 'pooling between a convolution and its ReLU',
    model: {
      inputDims: [1, 1, 8, 8],
      nodes: chain([
        ['Conv', ['_', 'a', 'ab']],
        ['MaxPool', ['_'], two],
        ['Dropout', ['_']],
        ['Relu', ['_']],
        ['MaxPool', ['_'], { kernel_shape: [3n, 3n], ...around }],
        ['Flatten', ['_']],
        ['Gemm', ['_', 'b'], { transB: 1n }],
      ]),
      initializers: [random('a', 2, 1, 3, 3), random('ab', 2), random('b', 4, 18)],
    },
    layers: ['3x3 to 2', 'max 2x2 by 2x2', 'max 3x3 padded', 'dense 4'],
  },
  {
    name: 'LeNet: average pooling, two convolutions, three dense layers',
    model: {
      inputDims: ['N', 1, 16, 16],
      nodes: chain([
        ['Conv', ['_', 'a', 'ab'], { pads: [2n, 2n, 2n, 2n] }],
        ['Relu', ['_']],
        ['AveragePool', ['_'], two],
        ['Conv', ['_', 'b', 'bb']],
        ['Relu', ['_']],
        ['AveragePool', ['_'], two],
        ['Reshape', ['_', 'flat']],
        ['MatMul', ['_', 'c']],
        ['Add', ['_', 'cb']],
        ['Relu', ['_']],
        ['MatMul', ['_', 'd']],
      ]),
      initializers: [
        ...[random('a', 3, 1, 5, 5), random('ab', 3), random('b', 4, 3, 5, 5), random('bb', 4)],
        ...[random('c', 16, 6), random('cb', 6), random('d', 6, 3), integers('flat', [-1, 16])],
      ],
    },
    layers: [
      '5x5 padded to 3',
      '2x2 by 2x2 to 3 in 3',
      '5x5 to 4',
      '2x2 by 2x2 to 4 in 4',
      'dense 6',
      'dense 3',
    ],
  },
  {
    name: 'dense blocks: concatenation, normalised and rectified as a whole',
    model: {
      inputDims: [1, 2, 4, 4],
      nodes: [
        node('Conv', ['x', 'a'], ['c0'], around),
        node('Relu', ['c0'], ['r0']),
        node('Conv', ['r0', 'b'], ['c1'], around),
        node('Relu', ['c1'], ['r1']),
        node('Concat', ['r0', 'r1'], ['k'], { axis: 1n }),
        node('BatchNormalization', ['k', ...normalised('n')], ['z']),
        node('Relu', ['z'], ['r2']),
        node('Conv', ['r2', 'c'], ['c2']),
        node('Concat', ['k', 'c2'], ['k2'], { axis: -3n }),
        node('Conv', ['k2', 'd'], ['y'], around),
      ],
      initializers: [
        ...[random('a', 3, 2, 3, 3), random('b', 2, 3, 3, 3), random('c', 2, 5, 1, 1)],
        ...[random('d', 1, 7, 3, 3), ...statistics('n', 5)],
      ],
    },
    layers: [
      '3x3 padded to 3',
      '3x3 padded to 2',
      '1x1 to 5 in 5 of 1,2',
      '3x3 padded to 1 + 3x3 padded to 1 + 3x3 padded to 1 of 1,2,3',
    ],
  },
  {
    name: 'MobileNet: depthwise convolutions, ReLU6, linear bottlenecks',
    model: {
      inputDims: [1, 3, 6, 6],
      opset: 10,
      nodes: [
        node('Conv', ['x', 'a'], ['c0'], { ...around, strides: [2n, 2n] }),
        node('Clip', ['c0'], ['r0'], { min: 0, max: 6 }),
        node('Conv', ['r0', 'b'], ['c1'], { ...around, group: 4n }),
        node('Clip', ['c1'], ['r1'], { min: 0, max: 6 }),
        node('Conv', ['r1', 'c'], ['z1']),
        node('Conv', ['z1', 'd'], ['c2']),
        node('Clip', ['c2'], ['r2'], { min: 0, max: 6 }),
        node('Conv', ['r2', 'e'], ['c3']),
        node('Add', ['c3', 'z1'], ['s']),
        node('GlobalAveragePool', ['s'], ['y']),
      ],
      initializers: [
        ...[random('a', 4, 3, 3, 3), random('b', 4, 1, 3, 3), random('c', 2, 4, 1, 1)],
        ...[random('d', 6, 2, 1, 1), random('e', 2, 6, 1, 1)],
      ],
    },
    layers: [
      '3x3 by 2x2 padded to 8',
      '3x3 padded to 8 in 4',
      '1x1 to 4',
      '1x1 to 12',
      '1x1 to 4 + 1x1 to 4 in 2 of 4,3',
      '3x3 to 2 in 2',
    ],
  },
  {
    name: 'LeakyRelu, Abs and PRelu: both halves in one layer',
    model: {
      inputDims: [1, 1, 4, 5],
      nodes: chain([
        ['Conv', ['_', 'a']],
        ['LeakyRelu', ['_'], { alpha: 0.25 }],
        ['Conv', ['_', 'b']],
        ['PRelu', ['_', 'slope']],
        ['Conv', ['_', 'c']],
        ['Abs', ['_']],
      ]),
      initializers: [
        ...[random('a', 2, 1, 2, 2), random('b', 2, 2, 1, 2), random('slope', 2, 1, 1)],
        random('c', 1, 2, 2, 2),
      ],
    },
    layers: ['2x2 to 4', '1x2 to 4', '2x2 to 2', '1x1 to 1'],
  },
  {
    name: 'Keras: channels last, pads of their own, transposed around each convolution',
    model: {
      inputDims: ['N', 6, 6, 2],
      nodes: chain([
        ['Transpose', ['_'], { perm: [0n, 3n, 1n, 2n] }],
        ['Pad', ['_', 'pads']],
        ['Conv', ['_', 'a'], { strides: [2n, 2n] }],
        ['Transpose', ['_'], { perm: [0n, 2n, 3n, 1n] }],
        ['Add', ['_', 'ab']],
        ['Relu', ['_']],
        ['Transpose', ['_'], { perm: [0n, 3n, 1n, 2n] }],
        ['Conv', ['_', 'b'], { auto_pad: 'SAME_UPPER' }],
        ['Transpose', ['_'], { perm: [0n, 2n, 3n, 1n] }],
        ['Relu', ['_']],
        ['Reshape', ['_', 'flat']],
        ['MatMul', ['_', 'c']],
      ]),
      initializers: [
        ...[random('a', 3, 2, 3, 3), random('ab', 3), random('b', 2, 3, 2, 2), random('c', 18, 4)],
        ...[integers('pads', [0, 0, 0, 0, 0, 0, 1, 1]), integers('flat', [1, -1])],
      ],
    },
    layers: ['3x3 by 2x2 padded to 3', '2x2 padded to 2', 'dense 4'],
  },
  {
    name: 'a shift of the inputs before a padded convolution: a layer of both halves',
    model: {
      inputDims: [1, 2, 3, 3],
      nodes: chain([
        ['Sub', ['_', 'mean']],
        ['Conv', ['_', 'a'], around],
      ]),
      initializers: [random('mean', 1, 2, 1, 1), random('a', 2, 2, 3, 3)],
    },
    layers: ['1x1 to 4 in 2', '3x3 padded to 2'],
  },
  {
    name: 'the same before one without pads: in its bias',
    model: {
      inputDims: [1, 2, 3, 3],
      nodes: chain([
        ['Sub', ['_', 'mean']],
        ['Conv', ['_', 'a']],
      ]),
      initializers: [random('mean', 1, 2, 1, 1), random('a', 2, 2, 3, 3)],
    },
    layers: ['3x3 to 2'],
  },
  {
    name: 'one dimension, dilated',
    model: {
      inputDims: [1, 2, 12],
      nodes: chain([
        ['Conv', ['_', 'a'], { dilations: [2n], pads: [2n, 1n] }],
        ['Relu', ['_']],
        ['MaxPool', ['_'], { kernel_shape: [2n], strides: [2n] }],
        ['ReduceMean', ['_'], { axes: [2n], keepdims: 0n }],
        ['Gemm', ['_', 'b']],
      ]),
      initializers: [random('a', 3, 2, 3), random('b', 3, 2)],
    },
    layers: ['1x3 padded to 3', 'max 1x2 by 1x2', '1x5 to 3 in 3', 'dense 2'],
  },
  {
    name: 'ShuffleNet: channels split, and shuffled',
    model: {
      inputDims: [1, 2, 3, 3],
      nodes: [
        node('Conv', ['x', 'a'], ['c0'], around),
        node('Relu', ['c0'], ['r0']),
        node('Split', ['r0'], ['left', 'right'], { axis: 1n }),
        node('Conv', ['right', 'b'], ['c1'], around),
        node('Relu', ['c1'], ['r1']),
        node('Concat', ['left', 'r1'], ['k'], { axis: 1n }),
        node('Reshape', ['k', 'apart'], ['k2']),
        node('Transpose', ['k2'], ['k3'], { perm: [0n, 2n, 1n, 3n, 4n] }),
        node('Reshape', ['k3', 'together'], ['k4']),
        node('Conv', ['k4', 'c'], ['y']),
      ],
      initializers: [
        ...[random('a', 4, 2, 3, 3), random('b', 2, 2, 3, 3), random('c', 2, 4, 1, 1)],
        ...[integers('apart', [1, 2, 2, 3, 3]), integers('together', [1, 4, 3, 3])],
      ],
    },
    layers: ['3x3 padded to 4', '3x3 padded to 2', '1x1 to 2 + 1x1 to 2 of 1,2'],
  },
  {
    name: 'maximum of values that may be negative: tap by tap',
    model: {
      inputDims: [1, 1, 4, 4],
      nodes: chain([
        ['MaxPool', ['_'], two],
        ['Conv', ['_', 'a']],
      ]),
      initializers: [random('a', 1, 1, 2, 2)],
    },
    layers: [
      '2x1 by 2x1 to 1',
      '2x2 by 2x2 to 1 + 1x2 by 1x2 to 1 of 0,1',
      '4x4 by 2x2 to 1 + 2x4 by 1x2 to 1 + 2x2 to 1 of 0,1,2',
    ],
  },
  {
    name: 'a network that makes maps out of vectors',
    model: {
      inputDims: [1, 3],
      nodes: chain([
        ['Gemm', ['_', 'a'], { transB: 1n }],
        ['Relu', ['_']],
        ['Reshape', ['_', 'maps']],
        ['Conv', ['_', 'b'], around],
        ['Relu', ['_']],
        ['Flatten', ['_']],
        ['Gemm', ['_', 'c'], { transB: 1n }],
      ]),
      initializers: [
        ...[random('a', 18, 3), random('b', 2, 2, 3, 3), random('c', 2, 18)],
        integers('maps', [1, 2, 3, 3]),
      ],
    },
    layers: ['dense 18', '3x3 padded to 2', 'dense 2'],
  },
  {
    name: 'inputs that are rectified before they are maps: a layer of channels, read by two branches',
    model: {
      inputDims: ['n', 2, 4, 4],
      nodes: [
        node('Relu', ['x'], ['x0']),
        node('Conv', ['x0', 'a'], ['p']),
        node('Relu', ['p'], ['p1']),
        node('MaxPool', ['x0'], ['q'], { ...around, kernel_shape: [3n, 3n] }),
        node('Concat', ['p1', 'q'], ['r'], { axis: 1n }),
        node('GlobalAveragePool', ['r'], ['y']),
      ],
      initializers: [random('a', 1, 2, 1, 1)],
    },
    layers: [
      '1x1 to 2 in 2',
      '1x1 to 1',
      'max 3x3 padded of 1',
      '4x4 to 1 of 2',
      '4x4 to 2 in 2 of 3',
      '1x1 to 3 + 1x1 to 3 of 4,5',
    ],
  },
  {
    name: 'the same position by position, clipped channel by channel',
    model: {
      inputDims: ['n', 3, 4, 2],
      nodes: chain([
        ['Mul', ['_', 'm']],
        ['Relu', ['_']],
        ['Transpose', ['_'], { perm: [0n, 3n, 1n, 2n] }],
        ['Conv', ['_', 'a', 'b'], around],
      ]),
      initializers: [floats('m', [2], [0.5, -2]), random('a', 2, 2, 3, 3), random('b', 2)],
    },
    layers: ['1x1 to 2 in 2', '3x3 padded to 2'],
  },
  {
    name: 'position by position, clipped between two bounds: two neurons of each input',
    model: {
      inputDims: ['n', 3, 4, 2],
      nodes: chain([
        ['Mul', ['_', 'm']],
        ['Clip', ['_', 'low', 'high']],
        ['Transpose', ['_'], { perm: [0n, 3n, 1n, 2n] }],
        ['Conv', ['_', 'a', 'b']],
      ]),
      initializers: [
        ...[floats('m', [2], [0.5, -2]), floats('low', [], [-0.25]), floats('high', [], [0.75])],
        ...[random('a', 2, 2, 3, 3), random('b', 2)],
      ],
    },
    layers: ['1x1 to 4', '3x3 to 2'],
  },
  {
    name: 'position by position through a LeakyRelu, read by two convolutions',
    model: {
      inputDims: ['n', 3, 4, 3],
      nodes: [
        node('LeakyRelu', ['x'], ['l'], { alpha: 0.25 }),
        node('Transpose', ['l'], ['t'], { perm: [0n, 3n, 1n, 2n] }),
        node('Conv', ['t', 'a'], ['p'], around),
        node('Conv', ['t', 'b'], ['q']),
        node('Add', ['p', 'q'], ['y']),
      ],
      initializers: [random('a', 2, 3, 3, 3), random('b', 2, 3, 1, 1)],
    },
    layers: ['1x1 to 6', '3x3 padded to 2 + 1x1 to 2 of 1,1'],
  },
  {
    name: 'Keras: means over positions of channels last, and a shape that is a product',
    model: {
      inputDims: ['n', 5, 4, 2],
      nodes: [
        node('Transpose', ['x'], ['t'], { perm: [0n, 3n, 1n, 2n] }),
        node('Conv', ['t', 'a', 'b'], ['c'], around),
        node('Relu', ['c'], ['d']),
        node('Transpose', ['d'], ['e'], { perm: [0n, 2n, 3n, 1n] }),
        node('ReduceMean', ['e'], ['f'], { axes: [1n, 2n], keepdims: 1n }),
        node('Shape', ['f'], ['s']),
        node('Slice', ['s', 'one', 'four'], ['s1']),
        node('ReduceProd', ['s1'], ['s2'], { axes: [0n], keepdims: 1n }),
        node('Concat', ['batch', 's2'], ['s3'], { axis: 0n }),
        node('Reshape', ['f', 's3'], ['g']),
        node('MatMul', ['g', 'w'], ['y']),
      ],
      initializers: [
        ...[random('a', 3, 2, 3, 3), random('b', 3), random('w', 3, 2)],
        ...[integers('one', [1]), integers('four', [4]), integers('batch', [-1])],
      ],
    },
    layers: ['3x3 padded to 3', '5x4 to 3 in 3', 'dense 2'],
  },
];

describe('graphs of feature maps', () => {
  it.each(forms)('$name', async ({ model, layers }) => {
    const network = await readAndJudge(model);
    expect(outline(network)).toEqual(layers);
  });
});
