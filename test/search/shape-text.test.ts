/** Networks by a short text. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { needsInput, parseShape, shapeText } from '../../src/search/shape-text.js';
import { sourceWeights } from '../../src/source/shape.js';
import { trainedShape } from '../../src/ticket/trained.js';

const MNIST = { height: 28, width: 28, channels: 1 };
const CIFAR = { height: 32, width: 32, channels: 3 };

describe('the text of a network', () => {
  it('is widths', () => {
    expect(parseShape('784-300-100-10')).toEqual({ widths: [784, 300, 100, 10] });
    expect(shapeText({ widths: [784, 10] })).toBe('784-10');
  });

  it.each([
    // Weights of the papers' networks, counted by hand from their layers.
    ['conv2', MNIST, 576 + 36_864 + 12_544 * 256 + 65_536 + 2560],
    ['conv2', CIFAR, 1728 + 36_864 + 16_384 * 256 + 65_536 + 2560],
    ['conv4', CIFAR, 1728 + 36_864 + 73_728 + 147_456 + 8192 * 256 + 65_536 + 2560],
    ['conv6', CIFAR, 1728 + 36_864 + 73_728 + 147_456 + 294_912 + 589_824 + 4096 * 256 + 68_096],
    ['lenet-5', MNIST, 150 + 2400 + 48_000 + 10_080 + 840],
    ['conv2-norm', CIFAR, 1728 + 36_864 + 16_384 * 256 + 65_536 + 2560],
    // Of 3 blocks of two convolutions for each of 16, 32 and 64 channels; two shortcuts of 1 by 1.
    [
      'resnet20',
      CIFAR,
      432 + 6 * 2304 + (4608 + 5 * 9216 + 512) + (18_432 + 5 * 36_864 + 2048) + 640,
    ],
    ['lenet-5', CIFAR, 450 + 2400 + 48_000 + 10_080 + 840],
  ] as const)('names %s', (name, input, weights) => {
    const shape = parseShape(name, input);
    expect(sourceWeights(trainedShape(shape))).toBe(BigInt(weights));
    // Written out it is the same.
    expect(parseShape(shapeText(shape))).toEqual(shape);
  });

  it('has kernels, padding and pooling of other sizes', () => {
    const { widths, maps } = parseShape('9x8x2-conv4k2p1-pool3-conv5k1-7-3');
    expect(widths).toEqual([2, 4, 5, 7, 3]);
    expect(maps).toEqual({
      input: { height: 9, width: 8 },
      layers: [
        { kernel: { height: 2, width: 2 }, pad: 1, pool: 3 },
        { kernel: { height: 1, width: 1 }, pad: 0, pool: 1 },
        { kernel: { height: 3, width: 3 }, pad: 0, pool: 1 },
        { kernel: { height: 1, width: 1 }, pad: 0, pool: 1 },
      ],
    });
  });

  it('has strides, normalisation, residual blocks and means', () => {
    const { widths, maps } = parseShape('8x8x3-conv4-pool-norm-res4-res6s2-average-5');
    expect(widths).toEqual([3, 4, 4, 4, 6, 6, 6, 5]);
    const square = (side: number) => ({ height: side, width: side });
    const conv = { kernel: square(3), pad: 1, pool: 1, normalized: true };
    expect(maps?.layers).toEqual([
      { ...conv, pool: 2, poolsFirst: true },
      conv,
      { ...conv, adds: 1 },
      { ...conv, stride: 2 },
      { ...conv, kernel: square(1), pad: 0, stride: 2, reads: 3, linear: true },
      { ...conv, reads: 4, adds: 5, pool: 2, average: true },
      { kernel: square(1), pad: 0, pool: 1 },
    ]);
    const text = shapeText({ widths, ...(maps && { maps }) });
    expect(text).toBe(
      '8x8x3-conv4-pool-norm-conv4-norm-conv4-norm-add1-conv6s2-norm-conv6k1p0s2-from3-norm-linear-conv6-from4-norm-add5-average-5',
    );
    expect(parseShape(text)).toEqual({ widths, maps });
  });

  it('may leave the size to the data', () => {
    expect(['conv2', 'conv64-pool-10', 'lenet-5', 'resnet20'].every(needsInput)).toBe(true);
    expect(['784-10', '28x28-conv2', 'constructor'].some(needsInput)).toBe(false);
    expect(() => parseShape('conv2')).toThrow(/how large the inputs are/);
  });

  it.each([
    '784',
    'constructor',
    '28x28-constructor',
    '28x28-pool-10',
    '28x28-conv4k2-10',
    '28x28-conv4-pool-pool-10',
    '28x28-conv5',
    '28x28-conv4k40p0-10',
    '28x28-conv4k3p3-10',
    '4x4-conv4-pool16-10',
    '28x28-10-conv4',
    '28x28-norm-10',
    '28x28-conv4-norm-norm-10',
    '28x28-conv4-pool-average-10',
    '28x28-conv4-pool1-10',
    '28x28-conv4-add-10',
    '28x28-conv4-add1-10',
    '28x28-conv4-add0-10',
    '28x28-conv4-conv5-add1-10',
    '28x28-conv4-from1-10',
    '28x28-conv4-conv4-conv4-from1-10',
    '28x28-conv4s0-10',
    '28x28-conv4s29p0-pool-10',
    '28x28-conv4s2p1-10',
    '28x27-conv4-average-10',
    '28x28-conv4-10-norm',
    '28x28-conv4-10-linear',
    '28x28-resnet21',
    '99999x99999-conv4-10',
    '28x28-conv9999999-10',
    `28x28-${'conv4-'.repeat(50)}x`,
  ])('refuses %s', (text) => {
    expect(() => parseShape(text)).toThrow(UsageError);
  });
});
