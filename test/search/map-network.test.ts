/** The hand-written backward pass against finite differences in float64, and its bits on both machines. */
import { describe, expect, it } from 'vitest';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { wasmMachines } from '../../src/inference/fast/wasm-kernels.js';
import type { TrainedLayer } from '../../src/search/layer.js';
import { createMapNetwork } from '../../src/search/map-network.js';
import { type MapStage, mapStages, type TrainedMaps } from '../../src/ticket/trained-maps.js';
import { randomStream } from '../networks.js';
import { plainLoss } from './map-reference.js';

const square = (side: number) => ({ height: side, width: side });

/** Every kind of layer: with and without border, pooled (with rest) or not, by any kernel, connected. */
const NETWORKS: Record<string, { widths: number[]; maps: TrainedMaps }> = {
  'same convolutions, pooling, connected layers': {
    widths: [1, 4, 8, 12, 3],
    maps: {
      input: square(5),
      layers: [
        { kernel: square(3), pad: 1, pool: 1 },
        { kernel: square(3), pad: 1, pool: 2 },
        { kernel: square(2), pad: 0, pool: 1 },
        { kernel: square(1), pad: 0, pool: 1 },
      ],
    },
  },
  'kernels without border, channels that do not fill vectors': {
    widths: [3, 5, 6, 7, 3],
    maps: {
      input: { height: 8, width: 7 },
      layers: [
        { kernel: { height: 3, width: 2 }, pad: 0, pool: 1 },
        { kernel: square(3), pad: 1, pool: 3 },
        { kernel: square(2), pad: 0, pool: 1 },
        { kernel: square(1), pad: 0, pool: 1 },
      ],
    },
  },
  'a convolution with a border of 1 before one of 5x5 with one of 2, and no pooling': {
    widths: [2, 3, 4, 5],
    maps: {
      input: square(4),
      layers: [
        { kernel: square(3), pad: 1, pool: 1 },
        { kernel: square(5), pad: 2, pool: 1 },
        { kernel: square(4), pad: 0, pool: 1 },
      ],
    },
  },
  "convolutions by Winograd's algorithm, with channels that fill up, several rows of tiles and rests":
    {
      widths: [2, 8, 10, 9, 4],
      maps: {
        input: { height: 8, width: 6 },
        layers: [
          { kernel: square(3), pad: 1, pool: 1 },
          { kernel: square(3), pad: 1, pool: 1 },
          { kernel: square(3), pad: 1, pool: 2 },
          { kernel: { height: 4, width: 3 }, pad: 0, pool: 1 },
        ],
      },
    },
};

const SIZE = 37;

function problem(stages: readonly MapStage[]) {
  const random = randomStream(9);
  const [first, last] = [stages[0] as MapStage, stages.at(-1) as MapStage];
  const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
  const layers = stages.map(({ kernel, inputChannels, channels }, index) => ({
    effective: numbers(kernel.height * kernel.width * inputChannels * channels),
    // Sums of about the size of what is read, however many go into one.
    scale: Math.min(0.6 + 0.1 * index, 4 / Math.sqrt(kernel.height * kernel.width * inputChannels)),
  })) as unknown as TrainedLayer[];
  const inputs = numbers(SIZE * first.input.height * first.input.width * first.inputChannels);
  const targets = new Float32Array(SIZE * last.channels);
  for (let row = 0; row < SIZE; row++) targets[row * last.channels + (row % last.channels)] = 1;
  return { layers, batch: { size: SIZE, inputs, targets } };
}

describe.each(Object.entries(NETWORKS))('%s', (_name, { widths, maps }) => {
  const stages = mapStages(widths, maps);
  const { layers, batch } = problem(stages);

  it('has the gradients of finite differences', async () => {
    const { loss, gradients } = await createMapNetwork(stages).step(layers, batch);
    const exact = layers.map(({ effective }) => Float64Array.from(effective));
    const scales = layers.map(({ scale }) => scale);
    // Of some 3.8, in float32.
    expect(loss).toBeCloseTo(plainLoss(stages, exact, scales, batch), 5);
    const step = 1e-6;
    layers.forEach(({ effective }, index) => {
      const stride = Math.max(1, Math.floor(effective.length / 16));
      const own = exact[index] as Float64Array;
      for (let at = 0; at < effective.length; at += stride) {
        const shifted = (by: number): number => {
          own[at] = (effective[at] as number) + by;
          const value = plainLoss(stages, exact, scales, batch);
          own[at] = effective[at] as number;
          return value;
        };
        const difference = (shifted(step) - shifted(-step)) / (2 * step);
        expect(gradients[index]?.[at]).toBeCloseTo(difference, 5);
      }
    });
  });

  it('gives the same bits with WebAssembly and in JavaScript, step after step', async () => {
    const [fast, plain] = [wasmMachines, jsMachines].map((machines) =>
      createMapNetwork(stages, { machines }),
    );
    for (let round = 0; round < 2; round++) {
      const [one, other] = [await fast?.step(layers, batch), await plain?.step(layers, batch)];
      expect(one).toEqual(other);
      layers.forEach(({ effective }, index) => {
        const gradient = one?.gradients[index] as Float32Array;
        for (let at = 0; at < effective.length; at++) effective[at] -= gradient[at] as number;
      });
    }
    const outputs = await fast?.outputs(layers, batch);
    expect(outputs).toEqual(await plain?.outputs(layers, batch));
  });
});
