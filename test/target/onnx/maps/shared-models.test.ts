/** Convolutional and residual networks by other people, on real images, against ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dyadicToNumber } from '../../../../src/core/dyadic.js';
import { readIdx } from '../../../../src/data/idx.js';
import { readNpy } from '../../../../src/data/npy.js';
import { evaluateExactly, evaluateNetwork } from '../../../../src/target/evaluate.js';
import { inputsOf } from '../../../../src/target/network.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { sharedFolder, sharedModel } from '../../../shared-files.js';
import { runtimeOutputs } from '../../onnx-runtime.js';
import { outline } from './networks.js';

const where = sharedFolder === undefined ? ' (skipped: UNEARTH_SHARED is not set)' : '';
const data = (...path: string[]): Buffer => readFileSync(join(sharedFolder ?? '', 'data', ...path));

/** 48 images of CIFAR-10, 3 x 32 x 32 each. */
const cifar = (): Float32Array => Float32Array.from(readNpy(data('cifar', 'images48.npy')).data);
/** 100 digits, 28 x 28 each. */
function digits(): Float32Array {
  const file = gunzipSync(data('mnist', 't10k-images-idx3-ubyte.gz'));
  return Float32Array.from(readIdx(file).data.subarray(0, 78_400), (value) => value / 255);
}
/** The same images position by position. */
function channelsLast(images: Float32Array): Float32Array {
  return images.map((_, at) => {
    const inside = at % 3072;
    return images[at - inside + (inside % 3) * 1024 + Math.floor(inside / 3)];
  });
}

describe(`shared models of feature maps${where}`, () => {
  it.skipIf(sharedFolder === undefined).each([
    [
      'resnet_2b.onnx',
      cifar,
      [
        '3x3 by 2x2 padded to 8',
        '3x3 by 2x2 padded to 16',
        '3x3 padded to 16 + 1x1 by 2x2 to 16 of 2,1',
        '3x3 padded to 16',
        '3x3 padded to 16 + 1x1 to 16 in 16 of 4,3',
        'dense 100',
        'dense 10',
      ],
    ],
    [
      'cifar_base_kw.onnx',
      cifar,
      ['4x4 by 2x2 padded to 8', '4x4 by 2x2 padded to 16', 'dense 100', 'dense 10'],
    ],
    ['convnet_maxpool.onnx', digits, ['2x2 to 32', 'max 4x4 by 4x4', 'dense 10']],
    [
      'cifar10_small_nhwc.onnx',
      () => channelsLast(cifar()),
      ['4x4 by 2x2 to 8', '4x4 by 2x2 to 16', 'dense 128', 'dense 64', 'dense 10'],
    ],
  ] as const)('%s', async (name, images, layers) => {
    const bytes = readFileSync(sharedModel(name));
    const { network, notices } = readOnnx(bytes);
    expect(outline(network)).toEqual(layers);
    expect(notices).toEqual([]);
    expect(network.reading).toBeUndefined();
    const all = images();
    const width = inputsOf(network.layers);
    const samples = Array.from({ length: all.length / width }, (_, sample) =>
      all.subarray(sample * width, (sample + 1) * width),
    );
    const dims = name.includes('nhwc') ? [1, 32, 32, 3] : undefined;
    const judged = await runtimeOutputs(bytes, samples, dims);
    const ours = evaluateNetwork(network, Float64Array.from(all));
    judged.forEach((outputs, sample) => {
      const own = ours.subarray(sample * outputs.length, (sample + 1) * outputs.length);
      const scale = Math.max(1, ...outputs.map(Math.abs));
      own.forEach((value, output) => {
        expect(Math.abs(value - outputs[output])).toBeLessThan(2e-6 * scale);
      });
    });
    if (name === 'resnet_2b.onnx') {
      const labels = readNpy(data('cifar', 'labels48.npy')).data;
      judged.forEach((_, sample) => {
        const own = ours.subarray(sample * 10, (sample + 1) * 10);
        expect(own.indexOf(Math.max(...own))).toBe(Number(labels[sample]));
      });
    }
    // Exactly, on one image: float64 is as near as it can be.
    const exactly = evaluateExactly(network, Float64Array.from(samples[0])).map(dyadicToNumber);
    exactly.forEach((value, output) => {
      expect(Math.abs(value - ours[output])).toBeLessThan(1e-11 * Math.max(1, Math.abs(value)));
    });
  });
});
