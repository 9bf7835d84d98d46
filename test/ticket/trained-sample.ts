/** A trained ticket that was never trained: random masks over a seeded source, measured by nobody. */
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained, probeInputs } from '../../src/inference/trained-layers.js';
import type { LayerMask } from '../../src/source/mask.js';
import { keptCount } from '../../src/source/mask.js';
import { maskSizes } from '../../src/source/shape.js';
import { encodeTrainedTicket, type TrainedHead, trainedShape } from '../../src/ticket/trained.js';
import { joined, randomDense, randomNumbers } from './sample.js';

const PROBES = 3;

/** The fields and masks of a ticket whose probe outputs are true. */
export function sampleTrained(given: Partial<TrainedHead> = {}): {
  readonly head: TrainedHead;
  readonly mask: (t: number) => LayerMask;
} {
  const random = randomNumbers(91);
  const widths = given.widths ?? [6, 40, 3];
  const shape = trainedShape({ widths, ...(given.maps && { maps: given.maps }) });
  const masks = maskSizes(shape).map(({ inputs, outputs }) =>
    randomDense(inputs, outputs, 0.5, random),
  );
  const mask = (t: number): LayerMask => masks[t - 1] as LayerMask;
  const inputs = widths[0] as number;
  const head: TrainedHead = {
    kind: 'trained',
    seed: 0xfedcba9876543210n,
    widths,
    weights: 'sign',
    activation: 'relu',
    scales: widths.slice(1).map((_, index) => 0.3 + index),
    standardization: {
      mean: Float64Array.from({ length: inputs }, (_, index) => index / 7),
      deviation: new Float64Array(inputs).fill(1.5),
    },
    training: {
      method: 'edge-popup',
      weights: 'signed-constant',
      keep: widths.slice(1).map(() => 0.5),
      keepScope: 'layer',
      keepRamp: 0,
      epochs: 5,
      batch: 128,
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 5e-4,
      schedule: 'cosine',
      validation: 0,
      patience: 0,
      backend: 'wasm',
      epochsUsed: 5,
      data: 'ab'.repeat(32),
    },
    accuracy: { correct: 90, samples: 100, data: 'cd'.repeat(32) },
    probeOutputs: new Float64Array(0),
    ...given,
  };
  const program = compileTrained({ ...head, kept: masks.map(keptCount), mask });
  const probes = probeInputs(head.seed, head.standardization, PROBES, program.inputs);
  return { head: { ...head, probeOutputs: trainedEngine(program)(probes, PROBES) }, mask };
}

export function trainedBytes(given: Partial<TrainedHead> = {}): Uint8Array {
  const { head, mask } = sampleTrained(given);
  return joined(encodeTrainedTicket(head, mask).bytes);
}

/** The same of feature maps: every kind of layer, channels that do not fill vectors. */
export const MAPS: Pick<TrainedHead, 'widths' | 'maps'> = {
  widths: [3, 5, 6, 7, 3],
  maps: {
    input: { height: 8, width: 7 },
    layers: [
      { kernel: { height: 3, width: 3 }, pad: 1, pool: 1 },
      { kernel: { height: 3, width: 2 }, pad: 1, pool: 3 },
      { kernel: { height: 2, width: 2 }, pad: 0, pool: 1 },
      { kernel: { height: 1, width: 1 }, pad: 0, pool: 1 },
    ],
  },
};

/** The codes of a layer's normalisation, of so many channels. */
function codesOf(channels: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length: 2 * channels }, () => Math.floor(256 * random()));
}

/** All that maps may be more: strides, normalisation before and behind pooling, a residual block, means. */
export const BEHIND: Pick<TrainedHead, 'widths' | 'maps' | 'normalizations'> = {
  widths: [3, 6, 4, 6, 6, 3],
  maps: {
    input: { height: 8, width: 7 },
    layers: [
      { kernel: { height: 3, width: 3 }, pad: 1, pool: 2, normalized: true, poolsFirst: true },
      { kernel: { height: 3, width: 3 }, pad: 1, pool: 1, stride: 2, normalized: true },
      {
        ...{ kernel: { height: 1, width: 1 }, pad: 0, pool: 1, stride: 2 },
        ...{ reads: 1, normalized: true, linear: true },
      },
      {
        ...{ kernel: { height: 3, width: 3 }, pad: 1, pool: 2 },
        ...{ reads: 2, normalized: true, adds: 3, average: true },
      },
      { kernel: { height: 1, width: 1 }, pad: 0, pool: 1 },
    ],
  },
  normalizations: [
    ...[6, 4, 6, 6].map((channels, index) => ({
      ...{ exponent: -9 - index, step: 0.01 },
      codes: codesOf(channels, 40 + index),
    })),
    null,
  ],
};
