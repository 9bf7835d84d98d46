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

  it('may leave the size to the data', () => {
    expect(['conv2', 'conv64-pool-10', 'lenet-5'].every(needsInput)).toBe(true);
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
    '99999x99999-conv4-10',
    '28x28-conv9999999-10',
    `28x28-${'conv4-'.repeat(50)}x`,
  ])('refuses %s', (text) => {
    expect(() => parseShape(text)).toThrow(UsageError);
  });
});
