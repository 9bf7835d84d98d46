/** Graphs of feature maps that are not read, and hostile ones: an error that names node and remedy, soon. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../../src/core/errors.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import {
  buildModel,
  type ChainStep,
  chain,
  floats,
  integers,
  type ModelInit,
} from '../../onnx-writer.js';
import { random } from './networks.js';

function refusal(init: ModelInit): string {
  try {
    readOnnx(buildModel(init));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('it was read');
}

const constants = [
  random('w', 3, 2, 3, 3),
  random('flat', 3, 2, 3),
  random('deep', 3, 2, 1, 1, 1),
  random('thin', 3, 1, 3, 3),
  random('point', 2, 2, 1, 1),
  random('square', 2, 2, 3, 3),
  random('b', 3),
  random('long', 4),
  random('image', 1, 2, 5, 5),
  floats('none', [0, 2, 1, 1], []),
  floats('one', [], [1]),
  floats('each', [65_536, 1, 1, 1], new Float32Array(65_536)),
  integers('first', [1]),
  integers('last', [65_536]),
  integers('one channel', [0, 1, 0, 0, 0, 0, 0, 0]),
  integers('down', [0, 0, -1, 0, 0, 0, 0, 0]),
  integers('across', [0, 0, 1, 1, 0, 0, 1, 1]),
  integers('vast', [0, 0, 2 ** 40, 0, 0, 0, 0, 0]),
  integers('wide', [0, 0, 2 ** 20, 0, 0, 0, 0, 0]),
  integers('rows', [2]),
  integers('many', [0, 2 ** 30, 0, 0, 0, 0, 0, 0]),
];

const refused = (
  steps: readonly ChainStep[],
  inputDims: ModelInit['inputDims'] = [1, 2, 5, 5],
  opset = 13,
): string => refusal({ nodes: chain(steps), inputDims, initializers: constants, opset });

const plane = (height: number, width = height): bigint[] => [BigInt(height), BigInt(width)];

describe('feature maps', () => {
  it.each<[string, readonly ChainStep[], RegExp, ModelInit['inputDims']?, number?]>([
    [
      'weights of other channels',
      [['Conv', ['_', 'thin']]],
      /\[3, 1, 3, 3\] do not fit a value of/,
    ],
    ['weights of another rank', [['Conv', ['_', 'flat']]], /\[3, 2, 3\] do not fit/],
    [
      'weights without channels',
      [['Conv', ['_', 'none']]],
      /0 output channels do not make 1 groups/,
    ],
    ['groups of none', [['Conv', ['_', 'w'], { group: 0n }]], /in 0 groups/],
    [
      'a bias of another size',
      [['Conv', ['_', 'w', 'long']]],
      /its bias of shape \[4\] does not fit 3/,
    ],
    [
      'a kernel_shape that is not its weights',
      [['Conv', ['_', 'w'], { kernel_shape: plane(2) }]],
      /kernel_shape \[2, 2\] is not that of its weights/,
    ],
    [
      'a kernel that is larger than the maps',
      [['Conv', ['_', 'w']]],
      /kernel of 3 by 3 is larger than the padded maps, of 2 by 5/,
      [1, 2, 2, 5],
    ],
    ['three axes', [['Conv', ['_', 'deep']]], /maps of one axis or two are read/, [1, 2, 3, 3, 3]],
    ['no batch', [['Conv', ['_', 'w']]], /maps of one axis or two/, [2, 5]],
    ['several samples', [['Conv', ['_', 'w']]], /4 samples at once.*batch size 1/, [4, 2, 5, 5]],
    [
      'negative pads',
      [['Conv', ['_', 'w'], { pads: [0n, 0n, -1n, 0n] }]],
      /negative ones cut maps/,
    ],
    ['negative pads of Pad', [['Pad', ['_', 'down']]], /\(Pad\): its pads .* negative ones cut/],
    ['too few pads', [['Conv', ['_', 'w'], { pads: [0n, 0n] }]], /not two for each of 2 axes/],
    ['a stride of 0', [['Conv', ['_', 'w'], { strides: plane(0) }]], /its strides are \[0, 0\]/],
    [
      'one stride for two axes',
      [['Conv', ['_', 'w'], { strides: [1n] }]],
      /are not 2, one for each/,
    ],
    [
      'both pads and auto_pad',
      [['Conv', ['_', 'w'], { auto_pad: 'SAME_UPPER', pads: [1n, 1n, 1n, 1n] }]],
      /both pads and auto_pad/,
    ],
    ['an unknown auto_pad', [['Conv', ['_', 'w'], { auto_pad: 'SOME' }]], /auto_pad is none of/],
    ['weights that are values', [['Conv', ['_', 'x']]], /weights depends on the network's input/],
    ['pads of ones', [['Pad', ['_', 'across', 'one']]], /other numbers than 0; pad with zeros/],
    ['reflected pads', [['Pad', ['_', 'across'], { mode: 'reflect' }]], /other numbers than 0/],
    [
      'pads in averages that are not counted',
      [['AveragePool', ['_'], { kernel_shape: plane(2), pads: [1n, 0n, 0n, 0n] }]],
      /count_include_pad is 0; use count_include_pad = 1/,
    ],
    [
      'averages beyond the maps',
      [['AveragePool', ['_'], { kernel_shape: plane(2), strides: plane(2), ceil_mode: 1n }]],
      /with ceil_mode its last windows hold fewer/,
    ],
    [
      'maxima of negative values and pads',
      [['MaxPool', ['_'], { kernel_shape: plane(3), pads: [1n, 1n, 1n, 1n] }]],
      /values that may be negative.*put a Relu before or right after it, or use no pads/,
    ],
    [
      'VALID beside ceil_mode',
      [
        [
          'MaxPool',
          ['_'],
          { kernel_shape: plane(2), strides: plane(2), auto_pad: 'VALID', ceil_mode: 1n },
        ],
      ],
      /both auto_pad VALID and ceil_mode/,
    ],
    [
      'pads as large as the kernel',
      [['MaxPool', ['_'], { kernel_shape: plane(2), pads: [2n, 0n, 0n, 0n] }]],
      /pads are as large as its kernel/,
    ],
    [
      'means over channels',
      [['ReduceMean', ['_'], { axes: [1n] }]],
      /means over the axes \[1\].*of GlobalAveragePool/,
    ],
    ['means over everything', [['ReduceMean', ['_']]], /means over the axes \[\]/],
    [
      'an image subtracted before a convolution',
      [
        ['Sub', ['_', 'image']],
        ['Conv', ['_', 'w']],
      ],
      /^node 2 \(Conv\): before it the inputs are scaled or shifted by numbers that differ within/,
    ],
    [
      'rows and columns exchanged',
      [
        ['Transpose', ['_'], { perm: [0n, 1n, 3n, 2n] }],
        ['Conv', ['_', 'w']],
      ],
      /neither channel by channel nor position by position; .* N x C x H x W or N x H x W x C/,
    ],
    [
      'products of two values',
      [
        ['Conv', ['_', 'point']],
        ['Mul', ['_', 'x']],
      ],
      /multiplies two values/,
    ],
    [
      'what comes after a Softmax',
      [
        ['Conv', ['_', 'w']],
        ['Softmax', ['_'], { axis: 1n }],
        ['Relu', ['_']],
      ],
      /it can be left out only at the very end/,
    ],
    [
      'ConvTranspose',
      [['ConvTranspose', ['_', 'w']]],
      /of the operators on feature maps Conv, Pad, MaxPool/,
    ],
    ['a pooling of no kernel', [['MaxPool', ['_']]], /it has no kernel_shape/],
    [
      'one length for two axes',
      [['AveragePool', ['_'], { kernel_shape: [2n] }]],
      /not 2, one for each axis/,
    ],
  ])('refuse %s', (_, steps, message, inputDims, opset) => {
    expect(refused(steps, inputDims, opset)).toMatch(message);
  });
});

/** Few bytes that ask for very much. */
describe('hostile maps', () => {
  const many = (count: number, step: ChainStep): ChainStep[] =>
    new Array<ChainStep>(count).fill(step);

  it.each<[string, readonly ChainStep[], RegExp, ModelInit['inputDims']?]>([
    [
      'pads beyond all bounds',
      [['Conv', ['_', 'w'], { pads: [2n ** 50n, 0n, 0n, 0n] }]],
      /makes maps of .* numbers; use at most 16777216/,
    ],
    ['pads of Pad beyond all bounds', [['Pad', ['_', 'vast']]], /use at most 16777216/],
    [
      'channels beyond all bounds',
      [['Pad', ['_', 'many']]],
      /use at most|operations to read|entries/,
    ],
    [
      'an average over a window of pads',
      [
        [
          'AveragePool',
          ['_'],
          {
            kernel_shape: plane(2 ** 30),
            pads: [2n ** 29n, 2n ** 29n, 2n ** 29n, 2n ** 29n],
            count_include_pad: 1n,
          },
        ],
      ],
      /matrix entries|operations to read/,
    ],
    [
      'a dilation beyond all bounds',
      [['Conv', ['_', 'w'], { dilations: plane(2 ** 52) }]],
      /larger than the padded maps/,
    ],
    [
      'a stride beyond all bounds',
      [
        ['Conv', ['_', 'w'], { strides: plane(2 ** 52) }],
        ['Conv', ['_', 'w']],
      ],
      /do not fit a value of shape \[1, 3, 1, 1\]/,
    ],
    [
      'more products than can be evaluated',
      [
        ['Pad', ['_', 'wide']],
        ...many(2000, ['Conv', ['_', 'square'], { pads: [1n, 1n, 1n, 1n] }]).flatMap(
          (step): ChainStep[] => [step, ['Relu', ['_']]],
        ),
      ],
      /one sample takes .* products/,
      [1, 2, 5, 1],
    ],
    [
      'channels chosen from very many groups',
      [
        ['Conv', ['_', 'each'], { group: 65_536n }],
        ['Slice', ['_', 'first', 'last', 'first']],
      ],
      /matrix entries|operations to read/,
      [1, 65_536, 1, 1],
    ],
    [
      'channels of zeros beside very many groups',
      [
        ['Conv', ['_', 'each'], { group: 65_536n }],
        ['Pad', ['_', 'one channel']],
      ],
      /matrix entries|operations to read/,
      [1, 65_536, 1, 1],
    ],
    [
      'channels doubled again and again',
      many(40, ['Concat', ['_', '_'], { axis: 1n }])
        .flatMap((step): ChainStep[] => [step, ['Conv', ['_', 'point'], { group: 1n }]])
        .slice(0, 1)
        .concat(many(40, ['Concat', ['_', '_'], { axis: 1n }])),
      /use at most 16777216|matrix entries|operations to read|do not fit/,
    ],
  ])('are refused soon: %s', (_, steps, message, inputDims) => {
    expect(refused(steps, inputDims)).toMatch(message);
  });

  it('are refused soon: maps in maps', () => {
    const steps: ChainStep[] = [
      ['Conv', ['_', 'point']],
      ['Relu', ['_']],
      ...many(40, ['Concat', ['_', '_'], { axis: 1n }]),
      ['Relu', ['_']],
    ];
    expect(refused(steps)).toMatch(/use at most|matrix entries|operations to read/);
  });

  it('are read soon where they are only deep', () => {
    const steps = many(2000, ['Conv', ['_', 'point']]).flatMap((step): ChainStep[] => [
      step,
      ['Relu', ['_']],
    ]);
    const { network } = readOnnx(
      buildModel({ nodes: chain(steps), inputDims: [1, 2, 3, 3], initializers: constants }),
    );
    expect(network.layers).toHaveLength(2000);
  });
});
