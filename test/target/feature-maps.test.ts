/** Sums of convolutions, max pooling and channels last, against their definitions and ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { dyadicFromNumber, dyadicToNumber } from '../../src/core/dyadic.js';
import { InputError } from '../../src/core/errors.js';
import { applyMap, applyMapExactly } from '../../src/target/apply-map.js';
import { checkLayers } from '../../src/target/check-layers.js';
import { checkMap } from '../../src/target/check-map.js';
import { evaluateExactly, evaluateNetwork } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import {
  type ConvolutionMap,
  type FeatureShape,
  outputLength,
  rows,
  type SumMap,
  toDense,
} from '../../src/target/linear-map.js';
import { convolutionMap } from '../../src/target/make-layers.js';
import {
  applyPooling,
  applyPoolingExactly,
  type MaxPooling,
} from '../../src/target/max-pooling.js';
import { type Layer, type Network, parameterCount } from '../../src/target/network.js';
import { randomStream } from '../networks.js';
import { randomConvolution } from './linear-maps.js';
import { runtimeOutputs } from './onnx-runtime.js';
import { buildModel, chain, floats, node } from './onnx-writer.js';

function eighths(count: number, seed: number): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from({ length: count }, () => (Math.floor(random() * 128) - 64) / 8);
}

/** Maps of 2 x 4 x 6 onto 3 x 2 x 3: by a kernel with pads, pointwise with a stride, and dilated. */
function threeParts(): ConvolutionMap[] {
  const input = { channels: 2, height: 4, width: 6 };
  const stride = { height: 2, width: 2 };
  const part = (parts: Omit<Parameters<typeof convolutionMap>[0], 'input' | 'stride'>) =>
    convolutionMap({ ...parts, input, stride });
  return [
    part({
      outputChannels: 3,
      kernel: { height: 3, width: 3 },
      pads: { top: 1, left: 1, bottom: 1, right: 1 },
      weights: eighths(54, 1),
    }),
    part({ outputChannels: 3, kernel: { height: 1, width: 1 }, weights: eighths(6, 2) }),
    part({
      outputChannels: 3,
      kernel: { height: 2, width: 2 },
      dilation: { height: 1, width: 2 },
      pads: { top: 0, left: 1, bottom: 0, right: 1 },
      weights: eighths(24, 3),
    }),
  ];
}

function sumOf(parts: readonly ConvolutionMap[]): SumMap {
  const inputs = parts.reduce((sum, part) => sum + part.inputs, 0);
  return { kind: 'sum', inputs, outputs: parts[0].outputs, parts };
}

describe('a sum of convolutions', () => {
  const sum = sumOf(threeParts());

  it('adds what its parts make of their inputs: in float64, exactly, by rows and as a matrix', () => {
    checkMap(sum, 'layer');
    const samples = 2;
    const values = eighths(samples * sum.inputs, 4);
    const expected = Array.from({ length: samples }, (_, sample) => {
      let next = sample * sum.inputs;
      const made = sum.parts.map((part) => {
        const from = next;
        next += part.inputs;
        return applyMap(part, values.slice(from, next));
      });
      return [...made[0]].map((value, index) => value + made[1][index] + made[2][index]);
    });
    expect([...applyMap(sum, values, samples)]).toEqual(expected.flat());
    expect([...applyMap(toDense(sum), values, samples)]).toEqual(expected.flat());
    const first = Array.from(values.subarray(0, sum.inputs), dyadicFromNumber);
    expect(applyMapExactly(sum, first).map(dyadicToNumber)).toEqual(expected[0]);
    const { matrix } = toDense(sum);
    [...rows(sum)].forEach((row, output) => {
      const found = new Float64Array(sum.inputs);
      for (const [input, value] of row) found[input] = dyadicToNumber(value);
      const whole = matrix.values.subarray(output * sum.inputs, (output + 1) * sum.inputs);
      expect([...found]).toEqual([...whole]);
    });
  });

  it.each([
    ['no parts', { ...sum, parts: [] }],
    ['inputs that are not those of its parts', { ...sum, inputs: 47 }],
    ['outputs that are not those of its parts', { ...sum, outputs: 17 }],
    ['parts of other shapes', sumOf([sum.parts[0], randomConvolution(1)])],
    ['a matrix in it', { ...sum, parts: [sum.parts[0], toDense(sum)] as never }],
  ])('is refused with %s', (_, map) => {
    expect(() => checkMap(map, 'layer')).toThrow(InputError);
  });
});

/** A pooling whose every window has something inside. */
function randomPooling(seed: number): MaxPooling {
  const random = randomStream(seed);
  const whole = (least: number, most: number): number =>
    least + Math.floor(random() * (most - least + 1));
  for (;;) {
    const axis = () => {
      const [kernel, dilation] = [whole(1, 4), whole(1, 2)];
      return {
        length: whole(1, 8),
        kernel,
        dilation,
        stride: whole(1, 3),
        before: whole(0, kernel - 1),
      };
    };
    const [vertical, horizontal] = [axis(), axis()];
    const after = { bottom: whole(0, vertical.kernel - 1), right: whole(0, horizontal.kernel - 1) };
    const size = ({ length, before, kernel, stride, dilation }: typeof vertical, behind: number) =>
      outputLength(length + before + behind, kernel, stride, dilation);
    const channels = whole(1, 3);
    const input = { channels, height: vertical.length, width: horizontal.length };
    const output = {
      channels,
      height: size(vertical, after.bottom),
      width: size(horizontal, after.right),
    };
    const pooling: MaxPooling = {
      kind: 'max-pooling',
      inputs: channels * input.height * input.width,
      outputs: channels * output.height * output.width,
      ...{ input, output },
      kernel: { height: vertical.kernel, width: horizontal.kernel },
      stride: { height: vertical.stride, width: horizontal.stride },
      pads: { top: vertical.before, left: horizontal.before, ...after },
      dilation: { height: vertical.dilation, width: horizontal.dilation },
    };
    try {
      checkMap(pooling, 'layer');
      return pooling;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}

describe('max pooling', () => {
  it("is ONNX Runtime's MaxPool, in batches and exactly", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const pooling = randomPooling(seed);
      const { input, kernel, stride, pads, dilation } = pooling;
      const model = buildModel({
        inputDims: [1, input.channels, input.height, input.width],
        nodes: chain([
          [
            'MaxPool',
            ['_'],
            {
              kernel_shape: [kernel.height, kernel.width].map(BigInt),
              strides: [stride.height, stride.width].map(BigInt),
              pads: [pads.top, pads.left, pads.bottom, pads.right].map(BigInt),
              dilations: [dilation.height, dilation.width].map(BigInt),
            },
          ],
        ]),
      });
      const values = eighths(2 * pooling.inputs, seed);
      const halves = [values.slice(0, pooling.inputs), values.slice(pooling.inputs)];
      const judged = await runtimeOutputs(
        model,
        halves.map((half) => Float32Array.from(half)),
      );
      const expected = judged.flatMap((outputs) => [...outputs].map((value) => value + 0));
      expect([...applyPooling(pooling, values, 2)].map((value) => value + 0)).toEqual(expected);
      const exactly = applyPoolingExactly(pooling, Array.from(halves[0], dyadicFromNumber));
      expect(exactly.map(dyadicToNumber)).toEqual(expected.slice(0, pooling.outputs));
    }
  });

  it('does not hide NaN', () => {
    const window = { height: 1, width: 2 };
    const pooling: MaxPooling = {
      ...randomPooling(1),
      ...{ inputs: 2, outputs: 1, kernel: window, stride: window },
      input: { channels: 1, height: 1, width: 2 },
      output: { channels: 1, height: 1, width: 1 },
      pads: { top: 0, left: 0, bottom: 0, right: 0 },
      dilation: { height: 1, width: 1 },
    };
    checkMap(pooling, 'layer');
    expect(applyPooling(pooling, Float64Array.of(Number.NaN, 1), 1)[0]).toBeNaN();
    expect(applyPooling(pooling, Float64Array.of(1, Number.NaN), 1)[0]).toBeNaN();
  });

  it.each([
    ['windows outside of the plane', { pads: { top: 0, left: 3, bottom: 0, right: 0 }, width: 7 }],
    ['windows behind the plane', { pads: { top: 0, left: 0, bottom: 0, right: 4 }, width: 8 }],
    // Its taps lie on either side of a plane of 4.
    [
      'windows astride of the plane',
      { pads: { top: 0, left: 1, bottom: 0, right: 1 }, width: 1, dilation: 5 },
    ],
    ['channels that it does not have', { channels: 2 }],
  ])(
    'is refused with %s',
    (_, {
      pads,
      width = 3,
      dilation = 1,
      channels = 1,
    }: Partial<{
      pads: MaxPooling['pads'];
      width: number;
      dilation: number;
      channels: number;
    }>) => {
      const pooling: MaxPooling = {
        kind: 'max-pooling',
        ...{ inputs: 4, outputs: channels * width },
        input: { channels: 1, height: 1, width: 4 },
        output: { channels, height: 1, width },
        kernel: { height: 1, width: 2 },
        stride: { height: 1, width: 1 },
        pads: pads ?? { top: 0, left: 0, bottom: 0, right: 0 },
        dilation: { height: 1, width: dilation },
      };
      expect(() => checkMap(pooling, 'layer')).toThrow(InputError);
    },
  );
});

/** A residual block with a projection, then max pooling and a dense layer. */
function residual(): { network: Network; model: Uint8Array } {
  const around = { top: 1, left: 1, bottom: 1, right: 1 };
  const three = { height: 3, width: 3 };
  const two = { height: 2, width: 2 };
  const one = { height: 1, width: 1 };
  const outside = { channels: 2, height: 5, width: 6 };
  const inside = { channels: 3, height: 3, width: 3 };
  // Small enough for float32 sums to be exact.
  const quarters = (count: number, seed: number): Float64Array =>
    eighths(count, seed).map((value) => Math.round(value) / 4);
  const w = [quarters(54, 1), quarters(81, 2), quarters(6, 3), quarters(24, 4)];
  const b = [eighths(3, 5), eighths(3, 6), eighths(2, 7)];
  const first = convolutionMap({
    ...{ input: outside, outputChannels: 3, kernel: three, stride: two, pads: around },
    weights: w[0],
  });
  const second = convolutionMap({
    ...{ input: inside, outputChannels: 3, kernel: three, pads: around, weights: w[1] },
  });
  const projection = convolutionMap({
    ...{ input: outside, outputChannels: 3, kernel: one, stride: two, weights: w[2] },
  });
  const layers: Layer[] = [
    { ...first, bias: exactArray(b[0]), activation: 'relu' },
    {
      ...sumOf([second, projection]),
      ...{ bias: exactArray(b[1]), activation: 'relu', reads: [1, 0] },
    },
    {
      ...{ kind: 'max-pooling', inputs: 27, outputs: 12, input: inside, kernel: two, stride: one },
      output: { channels: 3, height: 2, width: 2 },
      pads: { top: 0, left: 0, bottom: 0, right: 0 },
      ...{ dilation: one, bias: exactArray(new Float64Array(0)), activation: 'relu' },
    },
    {
      ...{ kind: 'dense', inputs: 12, outputs: 2, matrix: exactArray(w[3]) },
      ...{ bias: exactArray(b[2]), activation: 'identity' },
    },
  ];
  const model = buildModel({
    inputDims: [1, 2, 5, 6],
    nodes: [
      node('Conv', ['x', 'w0', 'b0'], ['c0'], { pads: [1n, 1n, 1n, 1n], strides: [2n, 2n] }),
      node('Relu', ['c0'], ['r0']),
      node('Conv', ['r0', 'w1', 'b1'], ['c1'], { pads: [1n, 1n, 1n, 1n] }),
      node('Conv', ['x', 'w2'], ['p'], { strides: [2n, 2n] }),
      node('Add', ['c1', 'p'], ['sum']),
      node('Relu', ['sum'], ['r1']),
      node('MaxPool', ['r1'], ['m'], { kernel_shape: [2n, 2n] }),
      node('Flatten', ['m'], ['f']),
      node('Gemm', ['f', 'w3', 'b2'], ['y'], { transB: 1n }),
    ],
    initializers: [
      floats('w0', [3, 2, 3, 3], w[0]),
      floats('b0', [3], b[0]),
      floats('w1', [3, 3, 3, 3], w[1]),
      floats('b1', [3], b[1]),
      floats('w2', [3, 2, 1, 1], w[2]),
      floats('w3', [2, 12], w[3]),
      floats('b2', [2], b[2]),
    ],
  });
  return { network: { layers, domain: { kind: 'all' } }, model };
}

describe('a residual network with max pooling', () => {
  const { network, model } = residual();

  it('is evaluated as ONNX Runtime does, in batches and exactly', async () => {
    checkLayers(network);
    const samples = [1, 2, 3].map((seed) => Float32Array.from(eighths(60, seed + 10)));
    const judged = await runtimeOutputs(model, samples);
    const batch = Float64Array.from(samples.flatMap((sample) => [...sample]));
    expect([...evaluateNetwork(network, batch)]).toEqual(judged.flatMap((values) => [...values]));
    samples.forEach((sample, index) => {
      expect(evaluateExactly(network, [...sample]).map(dyadicToNumber)).toEqual([...judged[index]]);
    });
    expect(parameterCount(network)).toBe(54 + 3 + 81 + 6 + 3 + 24 + 2);
  });

  it('takes its inputs channels last where it says so', () => {
    const last: Network = { ...network, channelsLast: { channels: 2, height: 5, width: 6 } };
    const inputs = eighths(120, 20);
    const moved = inputs.map((_, at) => {
      const index = at % 60;
      return inputs[at - index + (index % 2) * 30 + Math.floor(index / 2)];
    });
    expect(evaluateNetwork(last, moved)).toEqual(evaluateNetwork(network, inputs));
    expect(evaluateExactly(last, moved.slice(0, 60))).toEqual(
      evaluateExactly(network, inputs.slice(0, 60)),
    );
    for (const shape of [{ channels: 2, height: 5, width: 5 }, { channels: 60 }]) {
      const wrong = { ...network, channelsLast: shape as FeatureShape };
      expect(() => checkLayers(wrong)).toThrow(/^network\.channelsLast/);
    }
  });

  it('may read a layer, or the input, once in each part of a sum, and whole', () => {
    const [first, second] = network.layers;
    const twice = sumOf([first as ConvolutionMap, first as ConvolutionMap]);
    const { bias } = first;
    const read = (layer: Partial<Layer>): Network => ({
      layers: [{ ...second, ...layer } as Layer],
      domain: { kind: 'all' },
    });
    const doubled = read({ ...twice, bias, reads: [0, 0] });
    checkLayers(doubled);
    const input = eighths(60, 30);
    const expected = [...applyMap(first as ConvolutionMap, input)].map((value, at) =>
      Math.max(0, 2 * value + bias.values[Math.floor(at / 9)]),
    );
    expect([...evaluateNetwork(doubled, input)]).toEqual(expected);
    expect(evaluateExactly(doubled, [...input]).map(dyadicToNumber)).toEqual(expected);
    const halves = sumOf([{ ...(first as ConvolutionMap) }, randomConvolution(3)]);
    expect(() => checkLayers(read({ ...halves, reads: [0, 0] }))).toThrow(InputError);
    const across = network.layers.with(1, { ...second, reads: [0, 1] } as Layer);
    expect(() => checkLayers({ ...network, layers: across })).toThrow(/part of a layer|different/);
  });
});
