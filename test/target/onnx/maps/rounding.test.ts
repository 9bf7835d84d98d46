/** What folding rounds in networks of feature maps: to the bits of the file, by no more than is told. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../../src/target/network.js';
import { TensorProto_DataType as Type } from '../../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { readingInWords } from '../../../../src/target/reading.js';
import { buildModel, chain, floats, type ModelInit, someFloats } from '../../onnx-writer.js';
import { normalised, random, readAndJudge, statistics } from './networks.js';

const epsilon = Math.fround(1e-5);

const model: ModelInit = {
  inputDims: [1, 2, 6, 6],
  nodes: chain([
    ['Conv', ['_', 'a', 'ab']],
    ['BatchNormalization', ['_', ...normalised('n')], { epsilon }],
    ['Relu', ['_']],
    ['AveragePool', ['_'], { kernel_shape: [3n, 3n] }],
    ['Conv', ['_', 'b']],
  ]),
  initializers: [
    random('a', 3, 2, 3, 3),
    random('ab', 3),
    random('b', 2, 3, 1, 1),
    ...statistics('n', 3),
  ],
};

function numbersOf(network: Network, layer: number): { weights: Float64Array; bias: Float64Array } {
  const found = network.layers[layer];
  if (found.kind !== 'convolution') throw new Error('no convolution');
  return { weights: found.weights.values, bias: found.bias.values };
}

/** Integers over 2^-400: enough places for quotients and roots to be compared with float64. */
const PLACES = 400n;

function scaled(value: number): bigint {
  let [mantissa, exponent] = [value, 0];
  while (!Number.isSafeInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return BigInt(mantissa) << (PLACES - BigInt(exponent));
}

function root(value: bigint): bigint {
  const target = value << PLACES;
  let guess = 1n << BigInt((target.toString(2).length / 2 + 1) | 0);
  for (;;) {
    const next = (guess + target / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

const times = (a: bigint, b: bigint): bigint => (a * b) >> PLACES;
const over = (a: bigint, b: bigint): bigint => (a << PLACES) / b;

/** How far `found` is from the true value, relative to that. */
function off(found: number, truth: bigint): number {
  const difference = scaled(found) - truth;
  return Math.abs(Number((difference << 60n) / (truth === 0n ? 1n : truth)) / 2 ** 60);
}

const tensor = (name: string): Float32Array => {
  const { rawData } = model.initializers?.find((init) => init.name === name) ?? {};
  return new Float32Array((rawData as Uint8Array).slice().buffer);
};

/** The largest change of any number by what the reader did, in exact arithmetic. */
function largestChange(network: Network): number {
  const [scale, shift, mean, variance] = normalised('n').map(tensor);
  const [a, ab, b] = ['a', 'ab', 'b'].map(tensor);
  const first = numbersOf(network, 0);
  let most = 0;
  for (let channel = 0; channel < 3; channel++) {
    const factor = over(scaled(scale[channel]), root(scaled(variance[channel]) + scaled(epsilon)));
    for (let k = 18 * channel; k < 18 * channel + 18; k++) {
      most = Math.max(most, off(first.weights[k], times(scaled(a[k]), factor)));
    }
    const centred = scaled(ab[channel]) - scaled(mean[channel]);
    const truth = times(centred, factor) + scaled(shift[channel]);
    most = Math.max(most, off(first.bias[channel], truth));
  }
  const last = numbersOf(network, 2);
  b.forEach((value, k) => {
    most = Math.max(most, off(last.weights[k], scaled(value) / 9n));
  });
  return most;
}

describe('rounded numbers of feature maps', () => {
  it('have the 24 bits of float32, and are off by no more than is told', async () => {
    const network = await readAndJudge(model);
    const { reading } = network;
    expect(reading).toMatchObject({
      rounded: ['BatchNormalization', 'AveragePool'],
      roundedTo: 'float32',
    });
    const change = largestChange(network);
    expect(change).toBeGreaterThan(2 ** -26);
    expect(change).toBeLessThanOrEqual(reading?.relativeChange as number);
    expect(reading?.relativeChange).toBeLessThan(1.001 * 2 ** -24);
    for (const layer of [0, 2]) {
      const { weights, bias } = numbersOf(network, layer);
      for (const value of [...weights, ...bias]) expect(Math.fround(value)).toBe(value);
    }
    expect(readingInWords(reading)).toMatch(
      /^folding BatchNormalization and AveragePool rounded weights or biases to float32, by at most 6\.0e-8 of each$/,
    );
  });

  it('have those of float64 where that is asked for, or is the type of the model', async () => {
    const network = await readAndJudge(model, { rounding: 'float64' });
    const { reading } = network;
    expect(reading?.roundedTo).toBeUndefined();
    expect(largestChange(network)).toBeLessThanOrEqual(reading?.relativeChange as number);
    expect(reading?.relativeChange).toBeLessThan(2 ** -50);
    const wide = readOnnx(buildModel({ ...model, inputType: Type.DOUBLE })).network;
    expect(numbersOf(wide, 0)).toEqual(numbersOf(network, 0));
  });

  it('are none where divisors and factors are powers of two', async () => {
    const network = await readAndJudge({
      inputDims: [1, 1, 4, 4],
      nodes: chain([
        ['Div', ['_', 'two']],
        ['Conv', ['_', 'a']],
        ['Relu', ['_']],
        ['AveragePool', ['_'], { kernel_shape: [2n, 2n] }],
      ]),
      initializers: [random('a', 2, 1, 2, 2), floats('two', [], [2])],
    });
    expect(network.reading).toBeUndefined();
  });

  it('are told of in vectors after maps, too', async () => {
    const network = await readAndJudge({
      inputDims: [1, 1, 3, 3],
      nodes: chain([
        ['Conv', ['_', 'a'], { pads: [1n, 1n, 1n, 1n] }],
        ['Relu', ['_']],
        ['GlobalAveragePool', ['_']],
        ['Flatten', ['_']],
        ['Gemm', ['_', 'b']],
      ]),
      initializers: [random('a', 4, 1, 3, 3), floats('b', [4, 2], someFloats(8, 3))],
    });
    const last = network.layers.at(-1);
    if (last?.kind !== 'dense') throw new Error('no matrix');
    someFloats(8, 3).forEach((value, k) => {
      // Stored inputs by outputs, and with a ninth of each.
      const found = last.matrix.values[(k % 2) * 4 + Math.floor(k / 2)];
      expect(off(found, scaled(value) / 9n)).toBeLessThanOrEqual(
        network.reading?.relativeChange as number,
      );
      expect(Math.fround(found)).toBe(found);
    });
  });

  it('are told of in large matrices after maps', async () => {
    const network = await readAndJudge({
      inputDims: [1, 1025, 3, 3],
      nodes: chain([
        ['Conv', ['_', 'each'], { group: 1025n }],
        ['Relu', ['_']],
        ['GlobalAveragePool', ['_']],
        ['Flatten', ['_']],
        ['MatMul', ['_', 'large']],
      ]),
      initializers: [random('each', 1025, 1, 1, 1), random('large', 1025, 1024)],
    });
    expect(network.reading?.relativeChange).toBeLessThan(1.1 * 2 ** -24);
  });

  it('refuses another rounding', () => {
    const rounding = 'float16' as never;
    expect(() => readOnnx(buildModel(model), { rounding })).toThrow(/rounding/);
  });
});
