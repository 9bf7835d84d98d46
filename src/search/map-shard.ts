/**
 * One shard of a batch at a time of a network of feature maps under training, on kernels of our own, in
 * float32: forward, and backward by hand. The same bits with WebAssembly and in plain JavaScript, and in
 * whatever thread, see `map-network.ts`.
 */
import { portableExp, portableLog } from '../core/portable-math.js';
import type { MachineFactory } from '../inference/fast/kernels.js';
import { packWeights, runStage } from '../inference/products/map-forward.js';
import { mapKernels } from '../inference/products/map-kernels.js';
import { createAllocator, placeStages, type StagePlace } from '../inference/products/map-memory.js';
import type { MapStage } from '../ticket/trained-maps.js';
import {
  backThroughActivation,
  inputGradients,
  packTransposed,
  weightGradients,
} from './map-backward.js';
import { gradientKernels } from './map-gradient-kernels.js';
import { type GradientPlace, placeGradients } from './map-memory.js';

export const SHARD = 32;

/** Bytes that training such a network takes beside scores and data. */
export function mapTrainingBytes(stages: readonly MapStage[]): number {
  return layOut(stages).bytes;
}

function layOut(stages: readonly MapStage[]) {
  const allocator = createAllocator();
  const places = placeStages(allocator, stages, 'float32', SHARD);
  const gradients = placeGradients(allocator, places, SHARD);
  return { places, gradients, bytes: allocator.used };
}

/** Samples of a shard, each shard with gradients of its own. */
export interface ShardBatch {
  /** Standardised, samples in sequence. */
  readonly inputs: Float32Array;
  /** Rows with a one at the label; not looked at without gradients. */
  readonly targets: Float32Array;
  readonly samples: number;
  /** Samples of the whole batch, of whose loss the gradients are. */
  readonly size: number;
}

export interface ShardRunner {
  /** Takes the effective weights of all layers, in the order of `TrainedLayer`, and their scales. */
  load(weights: readonly Float32Array[], scales: readonly number[], withGradients: boolean): void;
  /** Outputs, samples by classes. */
  outputs(batch: ShardBatch): Float32Array;
  /** The same with the summed loss in nats; gradients of all layers follow one another in `gradients`. */
  step(
    batch: ShardBatch,
    gradients: Float32Array,
  ): { readonly loss: number; readonly outputs: Float32Array };
}

/** `machines` decides what the kernels run on, not what they give. */
export function createShardRunner(
  stages: readonly MapStage[],
  machines: MachineFactory,
): ShardRunner {
  const { places, gradients, bytes } = layOut(stages);
  const machine = machines.create(bytes);
  const values = new Float32Array(machine.buffer);
  const kernels = mapKernels(machine, 'float32');
  const backward = gradientKernels(machine);
  const last = places.length - 1;
  const classes = (stages[last] as MapStage).channels;
  let scales: readonly number[] = [];

  function forward({ inputs, samples }: ShardBatch): Float32Array {
    const { input, stage, inputChannels } = places[0] as StagePlace;
    const width = stage.input.width * inputChannels;
    const first = input.at + stage.pad * (input.row + input.position);
    let at = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let y = 0; y < stage.input.height; y++) {
        const to = (first + sample * input.sample + y * input.row) / 4;
        values.set(inputs.subarray(at, at + width), to);
        at += width;
      }
    }
    for (const [index, place] of places.entries()) {
      runStage(kernels, 'float32', place, samples, scales[index] as number, index === last);
    }
    const { output } = places[last] as StagePlace;
    const outputs = new Float32Array(samples * classes);
    for (let sample = 0; sample < samples; sample++) {
      const from = (output.at + sample * output.sample) / 4;
      outputs.set(values.subarray(from, from + classes), sample * classes);
    }
    return outputs;
  }

  /** Writes the loss's gradients by the last layer's sums; returns the summed loss. */
  function lossOf(outputs: Float32Array, { targets, samples, size }: ShardBatch): number {
    const { sums } = gradients[last] as GradientPlace;
    const scale = scales[last] as number;
    let loss = 0;
    for (let sample = 0; sample < samples; sample++) {
      const first = sample * classes;
      const row = outputs.subarray(first, first + classes);
      const to = (sums.at + sample * sums.sample) / 4;
      const own = targets.subarray(first, first + classes);
      loss += crossEntropy(row, own, (share, target, column) => {
        values[to + column] = ((share - target) / size) * scale;
      });
    }
    return loss;
  }

  return {
    load(weights, given, withGradients) {
      scales = given;
      weights.forEach((own, index) => {
        const place = places[index] as StagePlace;
        packWeights(values, 'float32', place, own);
        if (!withGradients || index === 0) return;
        packTransposed(values, place, gradients[index] as GradientPlace, own);
      });
    },
    outputs: forward,
    step(batch, to) {
      const outputs = forward(batch);
      const loss = lossOf(outputs, batch);
      for (let index = last; index >= 0; index--) {
        const place = places[index] as StagePlace;
        const own = gradients[index] as GradientPlace;
        if (index < last) {
          const scale = scales[index] as number;
          backThroughActivation(backward, place, own, batch.samples, scale);
        }
        weightGradients(kernels, values, place, own, batch.samples);
        const before = gradients[index - 1];
        if (before !== undefined) inputGradients(kernels, place, own, before, batch.samples);
      }
      let at = 0;
      places.forEach((place, index) => {
        at = readGradients(values, place, (gradients[index] as GradientPlace).shard, to, at);
      });
      return { loss, outputs };
    },
  };
}

/**
 * The cross-entropy of the softmax of `outputs` in nats; `tell` hears of each class its share and target. In
 * float64, by the portable exponential and logarithm.
 */
function crossEntropy(
  outputs: Float32Array,
  targets: Float32Array,
  tell: (share: number, target: number, column: number) => void,
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const output of outputs) largest = Math.max(largest, output);
  let total = 0;
  for (const output of outputs) total += portableExp(output - largest);
  let loss = 0;
  for (let column = 0; column < outputs.length; column++) {
    const output = outputs[column] as number;
    const target = targets[column] as number;
    tell(portableExp(output - largest) / total, target, column);
    if (target !== 0) loss += target * (largest + logarithm(total) - output);
  }
  return loss;
}

/** NaN where training has diverged, instead of a refusal. */
function logarithm(total: number): number {
  return Number.isFinite(total) ? portableLog(total) : Number.NaN;
}

/** Writes a layer's gradients, without those of channels that fill up, from `at` on; returns where they end. */
function readGradients(
  values: Float32Array,
  { stage, channels: filled, inputChannels: filledInputs }: StagePlace,
  shard: number,
  to: Float32Array,
  at: number,
): number {
  const { kernel, channels, inputChannels } = stage;
  const taps = kernel.height * kernel.width;
  const end = at + taps * inputChannels * channels;
  const from = shard / 4;
  if (channels === filled && inputChannels === filledInputs) {
    to.set(values.subarray(from, from + end - at), at);
    return end;
  }
  for (let tap = 0; tap < taps; tap++) {
    for (let read = 0; read < inputChannels; read++) {
      const row = from + (tap * filledInputs + read) * filled;
      to.set(values.subarray(row, row + channels), at + (tap * inputChannels + read) * channels);
    }
  }
  return end;
}
