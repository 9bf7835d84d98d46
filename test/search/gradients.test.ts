/** Gradients of a training step, and of the methods, against finite differences and by hand. */
import { describe, expect, it } from 'vitest';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import type { Batch } from '../../src/search/data.js';
import { createJaxNetwork } from '../../src/search/jax-network.js';
import { createLayers, type TrainedLayer } from '../../src/search/layer.js';
import { createMapNetwork } from '../../src/search/map-network.js';
import { METHODS } from '../../src/search/methods.js';
import type { TrainableNetwork } from '../../src/search/network.js';
import type { HiddenActivation, SearchOptions } from '../../src/search/options.js';
import { beginScores } from '../../src/search/train.js';
import { stagesOf } from '../../src/ticket/trained-maps.js';
import { randomStream } from '../networks.js';
import { smallSearch } from './problems.js';

const SIZE = 6;

function batchOf(options: SearchOptions, size = SIZE): Batch {
  const random = randomStream(5);
  const inputs = options.widths[0] as number;
  const classes = options.widths.at(-1) as number;
  const targets = new Float32Array(size * classes);
  for (let row = 0; row < size; row++) targets[row * classes + (row % classes)] = 1;
  const values = Float32Array.from({ length: size * inputs }, () => 2 * random() - 1);
  return { size, inputs: values, targets };
}

function prepared(options: SearchOptions): TrainedLayer[] {
  const layers = createLayers(options);
  beginScores(layers, options);
  METHODS[options.method].forward(layers, options.keep, options, { k0: 1, k1: 2 });
  return layers;
}

/**
 * The loss in float64, written out. Activations are linear around the frozen sums, with the slope that
 * their gradient has there: of ReLU 0 at 0, of a sign the straight-through estimator's.
 */
function lossByHand(
  layers: readonly TrainedLayer[],
  effective: readonly Float64Array[],
  { inputs, targets, size }: Batch,
  activation: HiddenActivation,
  frozen: number[][][] | null,
): { loss: number; sums: number[][][] } {
  let loss = 0;
  const sums: number[][][] = [];
  for (let row = 0; row < size; row++) {
    const width = inputs.length / size;
    let current = Array.from(inputs.subarray(row * width, (row + 1) * width));
    const ofRow: number[][] = [];
    layers.forEach((layer, index) => {
      const matrix = effective[index] as Float64Array;
      const next = Array.from({ length: layer.outputs }, (_, v) => {
        let sum = 0;
        for (let c = 0; c < layer.inputs; c++) {
          sum += (current[c] as number) * (matrix[c * layer.outputs + v] as number);
        }
        return sum * layer.scale;
      });
      ofRow.push(next);
      if (index === layers.length - 1) current = next;
      else {
        current = next.map((value, v) => {
          const at = frozen?.[row]?.[index]?.[v] ?? value;
          if (activation === 'relu') return at > 0 ? value : 0;
          const slope = Math.abs(at) < 1 ? 2 * (1 - Math.abs(at)) : 0;
          return (at >= 0 ? 1 : -1) + slope * (value - at);
        });
      }
    });
    sums.push(ofRow);
    const classes = current.length;
    const largest = Math.max(...current);
    const total = current.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    const label = targets.subarray(row * classes, (row + 1) * classes).indexOf(1);
    loss += (largest + Math.log(total) - (current[label] as number)) / size;
  }
  return { loss, sums };
}

type Widths = readonly number[];
type Make = (widths: Widths, activation: HiddenActivation) => TrainableNetwork;

const byKernels: Make = (widths, activation) =>
  createMapNetwork(stagesOf(widths, undefined), { activation });
const byPlainKernels: Make = (widths, activation) =>
  createMapNetwork(stagesOf(widths, undefined), { activation, machines: jsMachines });

describe('a training step', () => {
  it.each([
    ['kernels', 'relu', byKernels],
    ['kernels', 'sign', byKernels],
    [
      'jax-js',
      'relu',
      (_: Widths, activation: HiddenActivation) => createJaxNetwork(activation, 'wasm'),
    ],
    [
      'jax-js',
      'sign',
      (_: Widths, activation: HiddenActivation) => createJaxNetwork(activation, 'wasm'),
    ],
  ] as const)('has the gradient of finite differences (%s, %s)', async (_, activation, make) => {
    const options = smallSearch({ widths: [5, 8, 6, 3], activation });
    const layers = prepared(options);
    const batch = batchOf(options);
    const network = await make(options.widths, activation);
    const { loss, gradients } = await network.step(layers, batch);
    const exact = layers.map(({ effective }) => Float64Array.from(effective));
    const base = lossByHand(layers, exact, batch, activation, null);
    expect(loss).toBeCloseTo(base.loss, 5);
    const step = 1e-5;
    layers.forEach((layer, index) => {
      for (let at = 0; at < layer.weights.length; at++) {
        const shifted = (by: number): number => {
          const changed = exact.map((matrix) => matrix.slice());
          (changed[index] as Float64Array)[at] += by;
          return lossByHand(layers, changed, batch, activation, base.sums).loss;
        };
        const difference = (shifted(step) - shifted(-step)) / (2 * step);
        expect(gradients[index]?.[at]).toBeCloseTo(difference, 4);
      }
    });
  });

  it.each([
    [[1, 1], 'relu', 3],
    [[3, 1, 2], 'relu', 31],
    [[70, 33, 17, 10], 'relu', 33],
    [[129, 66, 5], 'relu', 150],
    [[70, 33, 17, 10], 'sign', 65],
    [[2, 7, 7, 7, 7, 7, 3], 'sign', 32],
  ] as const)(
    'agrees with jax-js, and in plain JavaScript to the bit: %j, %s, %d samples',
    async (widths, activation, size) => {
      const options = smallSearch({ widths: [...widths], activation, seed: BigInt(size) });
      const layers = prepared(options);
      const batch = batchOf(options, size);
      const step = await byKernels(widths, activation).step(layers, batch);
      expect(await byPlainKernels(widths, activation).step(layers, batch)).toEqual(step);
      const other = await (await createJaxNetwork(activation, 'wasm')).step(layers, batch);
      expect(step.loss).toBeCloseTo(other.loss, 5);
      expect(offBy(step.outputs, other.outputs)).toBeLessThan(1e-6);
      step.gradients.forEach((gradient, index) => {
        expect(offBy(gradient, other.gradients[index] as Float32Array)).toBeLessThan(2e-6);
      });
    },
  );

  it('gives signs that are exactly +1 and -1, 0 counted as positive', async () => {
    const options = smallSearch({ widths: [2, 3, 3], activation: 'sign' });
    const [first, second] = createLayers(options) as [TrainedLayer, TrainedLayer];
    first.effective.set([1, 1, 0, 0, 0, 0]);
    first.effective.set([1, 0, -1], 0);
    second.effective.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    first.scale = 1;
    second.scale = 1;
    const inputs = Float32Array.of(0.3, 0, -0.3, 0);
    const targets = new Float32Array(6);
    for (const network of [byKernels([2, 3, 3], 'sign'), await createJaxNetwork('sign', 'wasm')]) {
      const outputs = await network.outputs([first, second], { size: 2, inputs, targets });
      expect(Array.from(outputs)).toEqual([1, 1, -1, -1, 1, 1]);
    }
  });

  it('refuses a network that does not fit into one memory, before it takes any', () => {
    const widths = [1000, 130_000, 1000, 130_000, 1000, 10];
    expect(() => byKernels(widths, 'relu')).toThrow(/5\.\d GiB/);
  });
});

/** Root mean square of the difference, of that of `b`. */
function offBy(a: Float32Array, b: Float32Array): number {
  const [difference, size] = [0, 0].map((_, which) =>
    b.reduce((sum, value, at) => sum + (which === 0 ? (a[at] as number) - value : value) ** 2, 0),
  ) as [number, number];
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}

describe('the methods', () => {
  const gradientOf = (layer: TrainedLayer): Float32Array =>
    Float32Array.from(layer.weights, (_, index) => Math.sin(index + 1));

  it('edge-popup: keeps the largest scores, scaled, and passes the gradient straight through', () => {
    const options = smallSearch({ keep: [0.3, 0.6] });
    const layers = prepared(options);
    layers.forEach((layer, index) => {
      const { weights, mask, effective, scores, scale, outputs, inputs } = layer;
      const kept = mask.reduce((sum, bit) => sum + bit, 0);
      expect(kept).toBe(Math.round((options.keep[index] as number) * weights.length));
      expect(scale).toBeCloseTo(Math.sqrt((2 * outputs) / kept), 12);
      const sizes = (bit: number): number[] =>
        Array.from(scores, Math.abs).filter((_, at) => mask[at] === bit);
      expect(Math.min(...sizes(1))).toBeGreaterThanOrEqual(Math.max(...sizes(0)));
      expect(Math.max(...sizes(1))).toBeLessThanOrEqual(1 / Math.sqrt(inputs));
      expect(
        effective.every((value, at) => value === (weights[at] as number) * (mask[at] as number)),
      ).toBe(true);
      const gradient = gradientOf(layer);
      const through = gradient.map(
        (value, at) => value * (weights[at] as number) * Math.sign(scores[at] as number),
      );
      METHODS['edge-popup'].backward(layer, gradient);
      expect(Array.from(gradient)).toEqual(Array.from(through));
    });
  });

  it('a global kept fraction is that of all layers together', () => {
    const layers = prepared(smallSearch({ keep: [0.25], keepScope: 'global' }));
    const kept = layers.map(({ mask }) => mask.reduce((sum, bit) => sum + bit, 0));
    expect(kept[0] + kept[1]).toBe(Math.round(0.25 * (12 * 40 + 40 * 4)));
    expect(kept[0]).not.toBe(120);
  });

  it('biprop: signs times the mean magnitude of the kept weights', () => {
    const options = smallSearch({ method: 'biprop', weights: 'kaiming-normal' });
    for (const layer of prepared(options)) {
      const { weights, mask, effective, scores, scale, inputs } = layer;
      const sizes = Array.from(weights, Math.abs).filter((_, at) => mask[at] === 1);
      const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
      expect(scale).toBeCloseTo(Math.sqrt(2 / inputs) * mean, 6);
      expect(
        effective.every(
          (value, at) =>
            value === Math.sign(weights[at] as number) * (mask[at] as number) ||
            (value === 0 && mask[at] === 0),
        ),
      ).toBe(true);
      const gradient = gradientOf(layer);
      // The given gradient is alpha times that by the effective weight; W is the Kaiming weight.
      const wanted = gradient.map(
        (value, at) =>
          (value / scale) *
          Math.sqrt(2 / inputs) *
          (weights[at] as number) *
          Math.sign(scores[at] as number),
      );
      METHODS.biprop.backward(layer, gradient);
      gradient.forEach((value, at) => {
        expect(value).toBeCloseTo(wanted[at] as number, 5);
      });
    }
  });

  it('supermask: draws with the probabilities that scores stand for, and rescales', () => {
    const options = smallSearch({ method: 'supermask', keep: [0.3, 0.8], widths: [60, 80, 40] });
    prepared(options).forEach((layer, index) => {
      const { weights, mask, scores, scale, inputs, outputs, chances } = layer;
      const probability = options.keep[index] as number;
      const kept = mask.reduce((sum, bit) => sum + bit, 0);
      const deviation = Math.sqrt(weights.length * probability * (1 - probability));
      expect(Math.abs(kept - probability * weights.length)).toBeLessThan(5 * deviation);
      expect(chances[0]).toBeCloseTo(probability, 6);
      expect(scores[0]).toBeCloseTo(Math.log(probability / (1 - probability)), 5);
      expect(scale).toBeCloseTo((Math.sqrt(2 / (inputs + outputs)) * weights.length) / kept, 10);
      const gradient = gradientOf(layer);
      const wanted = gradient[7] * weights[7] * probability * (1 - probability);
      METHODS.supermask.backward(layer, gradient);
      expect(gradient[7]).toBeCloseTo(wanted, 6);
    });
  });
});
