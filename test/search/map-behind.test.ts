/** Normalised, residual and sign networks: the backward pass against automatic differentiation, and its bits. */
import { describe, expect, it } from 'vitest';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { wasmMachines } from '../../src/inference/fast/wasm-kernels.js';
import type { TrainedLayer } from '../../src/search/layer.js';
import { createMapNetwork } from '../../src/search/map-network.js';
import { SHARD } from '../../src/search/map-shard.js';
import { beginRunning, updateRunning } from '../../src/search/running-moments.js';
import { parseShape } from '../../src/search/shape-text.js';
import type { TrainedActivation } from '../../src/ticket/trained.js';
import { type MapStage, mapStages, type TrainedMaps } from '../../src/ticket/trained-maps.js';
import { randomStream } from '../networks.js';
import { autodiff } from './map-autodiff.js';

const NETWORKS: readonly (readonly [text: string, activation: TrainedActivation])[] = [
  ['6x6x2-conv5-norm-conv4-pool-norm-7-norm-3', 'sign'],
  ['6x6x2-conv5-conv4-norm-pool-7-3', 'relu'],
  ['6x6x3-conv4-norm-res4-res6s2-average-3', 'relu'],
  ['6x6x3-conv4-norm-res4-res6s2-average-3', 'sign'],
  // By Winograd's algorithm, in tiles of 2 and then of 4 by 4, the first too where its channels are whole vectors: normalised, pooled before and
  // behind, read by one and added by another.
  ['8x6x9-conv9-norm-res9-res12s2-7-3', 'relu'],
  ['8x8x8-conv12-conv8-pool-norm-conv9-norm-3', 'sign'],
  // Tiles of every width at the end of a side: 3 by 2, 1 by 3, 2 by 1 of 4 by 4; and of 2 by 2.
  ['7x10x9-conv12-conv8-3', 'relu'],
  ['13x15x8-conv9-conv8-pool-3', 'relu'],
  ['14x17x8-conv8-conv12-3', 'relu'],
  ['5x3x8-conv8-conv9-3', 'relu'],
  ['5x5x8-conv8-conv9-3', 'relu'],
  // Read, and added, by several; a border of 2 beside one of 0; a stride that leaves positions over.
  ['7x6-conv4-conv4k5-conv4k1p0-from1-add2-conv3k2p0s3-linear-5-3', 'relu'],
  // LeNet-5's layers on an image of half the side.
  ['14x14-conv6k5p2-pool-conv8k3p0-12-8-3', 'relu'],
];

/** More than a shard holds; normalised networks have shards of 18 and 17 then. */
const SIZE = 35;

function problem(stages: readonly MapStage[], size: number) {
  const random = randomStream(9);
  const [first, last] = [stages[0] as MapStage, stages.at(-1) as MapStage];
  const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
  const layers = stages.map(({ kernel, inputChannels, channels, normalized }, index) => ({
    effective: numbers(kernel.height * kernel.width * inputChannels * channels),
    scale: 0.3 + 0.1 * index,
    running: normalized ? beginRunning(channels) : null,
  })) as unknown as TrainedLayer[];
  const inputs = numbers(size * first.input.height * first.input.width * first.inputChannels);
  const targets = new Float32Array(size * last.channels);
  for (let row = 0; row < size; row++) targets[row * last.channels + (row % last.channels)] = 1;
  return { layers, batch: { size, inputs, targets } };
}

describe.each(NETWORKS)('%s, %s', (text, activation) => {
  const { widths, maps } = parseShape(text);
  const stages = mapStages(widths, maps as TrainedMaps);
  const { layers, batch } = problem(stages, SIZE);
  const isNormalized = stages.some(({ normalized }) => normalized);

  it('has the gradients of automatic differentiation', async () => {
    const { loss, gradients } = await createMapNetwork(stages, { activation }).step(layers, batch);
    const together = isNormalized ? 18 : SHARD;
    const perSample = batch.inputs.length / SIZE;
    const classes = batch.targets.length / SIZE;
    const sums = layers.map(({ effective }) => new Float64Array(effective.length));
    let lossSum = 0;
    for (let from = 0; from < SIZE; from += together) {
      const samples = Math.min(together, SIZE - from);
      const shard = {
        size: SIZE,
        inputs: batch.inputs.slice(from * perSample, (from + samples) * perSample),
        targets: batch.targets.slice(from * classes, (from + samples) * classes),
      };
      const effective = layers.map((layer) => layer.effective);
      const scales = layers.map(({ scale }) => scale);
      const wanted = await autodiff(stages, activation, effective, scales, shard, samples);
      lossSum += wanted.loss;
      wanted.gradients.forEach((gradient, index) => {
        // jax-js has no scale of its own: its gradient is of weights before scaling, as ours.
        gradient.forEach((value, at) => {
          (sums[index] as Float64Array)[at] += value;
        });
      });
    }
    expect(loss).toBeCloseTo(lossSum, 4);
    sums.forEach((wanted, index) => {
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      const off = wanted.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (gradients[index]?.[at] as number))),
        0,
      );
      expect(largest).toBeGreaterThan(1e-4);
      expect(off / largest).toBeLessThan(2e-4);
    });
  });

  it('gives the same bits with WebAssembly and in JavaScript, step after step', async () => {
    const [fast, plain] = [wasmMachines, jsMachines].map((machines) =>
      createMapNetwork(stages, { machines, activation }),
    );
    for (let round = 0; round < 2; round++) {
      const [one, other] = [await fast?.step(layers, batch), await plain?.step(layers, batch)];
      expect(one).toEqual(other);
      layers.forEach(({ effective, running }, index) => {
        const gradient = one?.gradients[index] as Float32Array;
        for (let at = 0; at < effective.length; at++) effective[at] -= gradient[at] as number;
        const moments = one?.moments?.[index];
        if (running && moments) updateRunning(running, moments);
      });
    }
    const outputs = await fast?.outputs(layers, batch);
    expect(outputs).toEqual(await plain?.outputs(layers, batch));
  });
});

describe("Winograd's algorithm", () => {
  it.each([
    ['4 by 4', '8x8-conv32-conv32-conv32-8', 6e-6],
    ['4 by 4, 4 by 3, 3 by 4 and 3 by 3', '7x7-conv32-conv32-conv32-8', 6e-6],
    ['2 by 2', '6x6-conv32-conv32-conv32-8', 2e-6],
    ['2 by 2, 2 by 1, 1 by 2 and 1 by 1', '5x5-conv32-conv32-conv32-8', 2e-6],
  ])(
    'in tiles of %s is off automatic differentiation by little more than that is by rounding',
    async (_, text, most) => {
      const { widths, maps } = parseShape(text);
      const stages = mapStages(widths, maps as TrainedMaps);
      const { layers: given, batch } = problem(stages, 8);
      // Sums of the size of what is read, as in training.
      const layers = given.map((layer, index) => {
        const { kernel, inputChannels } = stages[index] as MapStage;
        return { ...layer, scale: Math.sqrt(6 / (kernel.height * kernel.width * inputChannels)) };
      });
      const { gradients } = await createMapNetwork(stages).step(layers, batch);
      const [effective, scales] = [
        layers.map((own) => own.effective),
        layers.map((own) => own.scale),
      ];
      const wanted = await autodiff(stages, 'relu', effective, scales, batch, 8);
      wanted.gradients.forEach((gradient, index) => {
        let [off, all] = [0, 0];
        gradient.forEach((value, at) => {
          off += (value - (gradients[index]?.[at] as number)) ** 2;
          all += value ** 2;
        });
        expect(all).toBeGreaterThan(0);
        expect(Math.sqrt(off / all)).toBeLessThan(most);
      });
    },
  );
});

describe('batch normalisation', () => {
  it('hands on mean 0 and variance 1, and keeps running moments as PyTorch does', async () => {
    const { widths, maps } = parseShape('4x4x2-conv3-norm-2');
    const stages = mapStages(widths, maps as TrainedMaps);
    const { layers, batch } = problem(stages, SIZE);
    const { moments } = await createMapNetwork(stages).step(layers, batch);
    const [first, second] = moments ?? [];
    expect(second).toBeNull();
    expect(first?.count).toBe(SIZE * 16);
    // The moments of all sums of the batch, though it was normalised in two shards.
    const sums = plainSums(stages[0] as MapStage, layers[0] as TrainedLayer, batch.inputs);
    const running = beginRunning(3);
    updateRunning(running, first as NonNullable<typeof first>);
    for (let channel = 0; channel < 3; channel++) {
      const own = sums.filter((_, at) => at % 3 === channel);
      const mean = own.reduce((total, value) => total + value, 0) / own.length;
      const squares = own.reduce((total, value) => total + (value - mean) ** 2, 0);
      expect(first?.mean[channel]).toBeCloseTo(mean, 5);
      expect(first?.variance[channel]).toBeCloseTo(squares / own.length, 4);
      expect(running.mean[channel]).toBeCloseTo(0.1 * mean, 5);
      const unbiased = squares / (own.length - 1);
      expect(running.variance[channel]).toBeCloseTo(0.9 + 0.1 * unbiased, 4);
    }
  });
});

/** The sums of a convolution of 3 by 3 on 4 by 4 positions of 2 channels, position by position. */
function plainSums(
  stage: MapStage,
  { effective, scale }: TrainedLayer,
  inputs: Float32Array,
): number[] {
  const sums: number[] = [];
  for (let first = 0; first < inputs.length; first += 32) {
    for (let at = 0; at < 16 * stage.channels; at++) {
      const [position, channel] = [Math.floor(at / stage.channels), at % stage.channels];
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        const y = Math.floor(position / 4) + Math.floor(tap / 3) - 1;
        const x = (position % 4) + (tap % 3) - 1;
        if (y < 0 || x < 0 || y > 3 || x > 3) continue;
        for (let read = 0; read < 2; read++) {
          const weight = effective[(tap * 2 + read) * stage.channels + channel] as number;
          sum += weight * (inputs[first + (y * 4 + x) * 2 + read] as number);
        }
      }
      sums.push(sum * scale);
    }
  }
  return sums;
}

describe('pooling of signs', () => {
  it('gives the gradient to the first of equals, through its own slope', async () => {
    const { widths, maps } = parseShape('2x2-conv1k1p0-pool-2');
    const stages = mapStages(widths, maps as TrainedMaps);
    const layers = [
      { effective: Float32Array.of(1), scale: 1, running: null },
      { effective: Float32Array.of(0.5, -0.25), scale: 1, running: null },
    ] as unknown as TrainedLayer[];
    const batch = {
      size: 1,
      inputs: Float32Array.of(-0.5, 0.25, 0.75, -0.125),
      targets: Float32Array.of(1, 0),
    };
    const network = createMapNetwork(stages, { activation: 'sign' });
    const { gradients, outputs } = await network.step(layers, batch);
    expect(Array.from(outputs)).toEqual([0.5, -0.25]);
    const share = Math.exp(0.5) / (Math.exp(0.5) + Math.exp(-0.25));
    const ofSign = (share - 1) * 0.5 + (1 - share) * -0.25;
    // 0.25 is the first number that becomes 1; the sum is the weight times it.
    expect(gradients[0]?.[0]).toBeCloseTo(ofSign * 2 * (1 - 0.25) * 0.25, 6);
  });
});
