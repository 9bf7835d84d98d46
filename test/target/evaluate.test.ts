/** Evaluation in float64, in batches, and exactly; of chains, feature maps and networks with several reads. */
import { describe, expect, it } from 'vitest';
import { dyadic, dyadicFromNumber, dyadicToNumber } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { checkLayers } from '../../src/target/check-layers.js';
import { checkNetwork } from '../../src/target/check-network.js';
import { evaluateExactly, evaluateNetwork } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseLayer } from '../../src/target/make-layers.js';
import type { Layer, Network } from '../../src/target/network.js';
import { evaluateDirectly, partsOf, randomNetwork, randomStream } from '../networks.js';
import { UNSUPPORTED } from '../wrong-arguments.js';
import { evaluateNaively } from './exact-evaluation.js';
import { runtimeOutputs } from './onnx-runtime.js';
import { buildModel, floats, integers, node } from './onnx-writer.js';

describe('evaluateNetwork', () => {
  it.each(['relu', 'identity'] as const)(
    'gives each sample of a batch its outputs (%s)',
    (activation) => {
      const network = randomNetwork({ dimensions: [3, 7, 4, 2], seed: 5, activation });
      const samples = 75;
      const inputs = Float64Array.from(
        { length: 3 * samples },
        (_, index) => ((index * 37) % 64) / 8 - 4,
      );
      const outputs = evaluateNetwork(network, inputs);
      expect(outputs).toHaveLength(2 * samples);
      for (let sample = 0; sample < samples; sample++) {
        const expected = evaluateDirectly(network, [
          ...inputs.subarray(3 * sample, 3 * sample + 3),
        ]);
        expect([...outputs.subarray(2 * sample, 2 * sample + 2)]).toEqual(expected);
      }
    },
  );

  it('takes empty batches, and refuses parts of a sample', () => {
    const network = randomNetwork({ dimensions: [3, 2], seed: 1 });
    expect(evaluateNetwork(network, new Float64Array(0))).toHaveLength(0);
    expect(() => evaluateNetwork(network, new Float64Array(4))).toThrow(UsageError);
    expect(() => evaluateNetwork({ ...network, layers: [] }, new Float64Array(4))).toThrow(
      InputError,
    );
  });

  it('does not hide NaN', () => {
    const network = randomNetwork({ dimensions: [1, 2, 1], seed: 1 });
    expect(evaluateNetwork(network, Float64Array.of(Number.NaN))[0]).toBeNaN();
  });
});

describe('evaluateExactly', () => {
  it('adds and multiplies exactly, whatever the weights and inputs', () => {
    const random = randomStream(77);
    const odd = [2 ** -1074, 2 ** 1000, -(2 ** 900), 0.1, 1 / 3, 0, -0, 1 + 2 ** -52];
    for (let seed = 1; seed <= 30; seed++) {
      const activation = seed % 2 === 0 ? 'relu' : 'identity';
      const drawn = randomNetwork({
        dimensions: [3, 4, 3, 2],
        seed,
        bits: 20,
        places: 19,
        activation,
      });
      const layers = drawn.layers.map((layer, index) => {
        const parts = partsOf(layer);
        const weights = parts.weights.map((value) =>
          random() < 0.3 ? (odd[Math.floor(random() * odd.length)] as number) : value,
        );
        // One number of more bits than a float64 has.
        const exact = new Map([[index, dyadic(2n ** 80n + 1n, -79)]]);
        weights[index] = 2;
        return denseLayer({ ...parts, weights: { values: weights, exact } });
      });
      const network: Network = { ...drawn, layers };
      const input = Array.from({ length: 3 }, () =>
        random() < 0.3 ? (odd[Math.floor(random() * odd.length)] as number) : random() - 0.5,
      );
      const expected = evaluateNaively(network, input);
      expect(evaluateExactly(network, input)).toEqual(expected);
      expect(evaluateExactly(network, Float64Array.from(input))).toEqual(expected);
    }
  });

  it('is what float64 gives where that is exact', () => {
    for (const activation of ['relu', 'identity'] as const) {
      const network = randomNetwork({ dimensions: [3, 7, 4, 2], seed: 8, activation });
      const input = [0.5, -2, 1.25];
      expect(evaluateExactly(network, input).map(dyadicToNumber)).toEqual(
        evaluateDirectly(network, input),
      );
    }
  });

  it('refuses inputs that are none', () => {
    const network = randomNetwork({ dimensions: [3, 2], seed: 1 });
    for (const input of [
      [1, 2],
      [1, 2, 3, 4],
      [1, Number.NaN, 2],
      [Number.POSITIVE_INFINITY, 0, 0],
    ]) {
      expect(() => evaluateExactly(network, input)).toThrow(UsageError);
    }
  });
});

describe('feature maps', () => {
  /** Two convolutions, the second over the first and the input, a dense layer over all of the second. */
  function residual(seed: number): { network: Network; model: Uint8Array } {
    const random = randomStream(seed);
    const draw = (count: number): number[] =>
      Array.from({ length: count }, () => (Math.floor(random() * 15) - 7) / 4);
    const plane = { height: 4, width: 5 };
    const around = { top: 1, left: 1, bottom: 1, right: 1 };
    const three = { height: 3, width: 3 };
    const parts = [draw(54), draw(3), draw(40), draw(2), draw(80), draw(2)] as const;
    const convolution = (
      map: Parameters<typeof convolutionMap>[0],
      bias: readonly number[],
      reads?: readonly number[],
    ): Layer => ({
      ...convolutionMap(map),
      bias: exactArray(Float64Array.from(bias)),
      activation: 'relu',
      ...(reads && { reads }),
    });
    const layers = [
      convolution(
        {
          ...{ input: { channels: 2, ...plane }, outputChannels: 3, kernel: three, pads: around },
          weights: parts[0],
        },
        parts[1],
      ),
      convolution(
        {
          input: { channels: 5, ...plane },
          outputChannels: 2,
          kernel: { height: 2, width: 2 },
          pads: { top: 0, left: 1, bottom: 1, right: 0 },
          weights: parts[2],
        },
        parts[3],
        [1, 0],
      ),
      denseLayer({
        ...{ inputs: 40, outputs: 2, activation: 'identity' },
        ...{ weights: parts[4], bias: parts[5] },
      }),
    ];
    const model = buildModel({
      inputDims: [1, 2, 4, 5],
      nodes: [
        node('Conv', ['x', 'w0', 'b0'], ['c0'], { pads: [1n, 1n, 1n, 1n] }),
        node('Relu', ['c0'], ['r0']),
        node('Concat', ['r0', 'x'], ['both'], { axis: 1n }),
        node('Conv', ['both', 'w1', 'b1'], ['c1'], { pads: [0n, 1n, 1n, 0n] }),
        node('Relu', ['c1'], ['r1']),
        node('Reshape', ['r1', 'flat'], ['f']),
        node('Gemm', ['f', 'w2', 'b2'], ['y'], { transB: 1n }),
      ],
      initializers: [
        floats('w0', [3, 2, 3, 3], parts[0]),
        floats('b0', [3], parts[1]),
        floats('w1', [2, 5, 2, 2], parts[2]),
        floats('b1', [2], parts[3]),
        integers('flat', [1, 40]),
        floats('w2', [2, 40], parts[4]),
        floats('b2', [2], parts[5]),
      ],
    });
    return { network: { layers, domain: { kind: 'all' } }, model };
  }

  it("are evaluated as ONNX Runtime does, in batches and exactly, with a layer's several reads", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, model } = residual(seed);
      checkLayers(network);
      const random = randomStream(100 + seed);
      const samples = Array.from({ length: 3 }, () =>
        Float32Array.from({ length: 40 }, () => (Math.floor(random() * 33) - 16) / 4),
      );
      const judged = await runtimeOutputs(model, samples);
      const batch = Float64Array.from(samples.flatMap((sample) => [...sample]));
      expect([...evaluateNetwork(network, batch)]).toEqual(judged.flatMap((values) => [...values]));
      samples.forEach((sample, index) => {
        expect(evaluateExactly(network, Float64Array.from(sample)).map(dyadicToNumber)).toEqual(
          Array.from(judged[index], (value) => value + 0),
        );
      });
    }
  });

  it('keep every layer that a later one reads', () => {
    const one = (reads: readonly number[], weights: readonly number[]): Layer => ({
      ...denseLayer({ inputs: weights.length, outputs: 1, weights, activation: 'relu' }),
      reads,
    });
    const layers = [
      one([0], [2]),
      one([1], [3]),
      one([2, 0, 1], [1, 10, 100]),
      one([3, 1], [1, 1]),
    ];
    const network: Network = { layers, domain: { kind: 'all' } };
    // 2x, 6x, 6x + 10x + 200x, 216x + 2x.
    expect([...evaluateNetwork(network, Float64Array.of(1, 0.5))]).toEqual([218, 109]);
    expect(evaluateExactly(network, [0.5])).toEqual([dyadicFromNumber(109)]);
  });

  it.each(UNSUPPORTED)('are refused by the rest, by layer: %s', (_, network) => {
    expect(evaluateNetwork(network, new Float64Array(2))).toHaveLength(1);
    expect(evaluateExactly(network, [1, 2])).toHaveLength(1);
    expect(() => checkNetwork(network, 'model')).toThrow(InputError);
    expect(() => checkNetwork(network, 'model')).toThrow(
      /^model\.(layers\[[01]\]|channelsLast).*takes networks of fully connected layers only/,
    );
  });

  it('may say that they read the layer before', () => {
    const network = randomNetwork({ dimensions: [3, 7, 2], seed: 8 });
    const layers = network.layers.map((layer, index) => ({ ...layer, reads: [index] }));
    checkNetwork({ ...network, layers });
    const input = Float64Array.of(1, -2, 3);
    expect(evaluateNetwork({ ...network, layers }, input)).toEqual(evaluateNetwork(network, input));
  });
});
