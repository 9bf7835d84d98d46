/**
 * One shard of a batch at a time of a network of feature maps under training, on kernels of our own, in
 * float32: forward, and backward by hand. The same bits with WebAssembly and in plain JavaScript, and in
 * whatever thread, see `map-network.ts`.
 */
import type { MachineFactory } from '../inference/fast/kernels.js';
import {
  finishStage,
  poolBehind,
  poolFirst,
  writeChannelMaps,
} from '../inference/products/behind.js';
import { poolMaps } from '../inference/products/map-forward.js';
import { mapKernels } from '../inference/products/map-kernels.js';
import {
  type BehindPlace,
  createAllocator,
  inside,
  type MapsPlace,
  placeStages,
  type StagePlace,
  shortcutOf,
} from '../inference/products/map-memory.js';
import { PRODUCT_MODE } from '../inference/products/product-call.js';
import type { TrainedActivation } from '../ticket/trained.js';
import type { MapStage } from '../ticket/trained-maps.js';
import type { ChannelMaps } from '../ticket/trained-normalization.js';
import { ACTIVATION_MODE } from './behind-functions.js';
import { behindKernels } from './behind-kernels.js';
import { crossEntropy } from './cross-entropy.js';
import { createLayerSums } from './layer-sums.js';
import { backThroughActivation } from './map-backward.js';
import { backThroughBehind, MODES, rowAt } from './map-behind-backward.js';
import { gradientKernels } from './map-gradient-kernels.js';
import { type GradientPlace, placeGradients } from './map-memory.js';
import { momentsOf, normalize, placeChannels } from './map-normalize.js';
import type { Moments } from './running-moments.js';
import { placeWinograd } from './winograd-memory.js';

export const SHARD = 32;

/** Bytes that training such a network takes beside scores and data. */
export function mapTrainingBytes(
  stages: readonly MapStage[],
  activation: TrainedActivation = 'relu',
): number {
  return layOut(stages, activation).bytes;
}

function layOut(stages: readonly MapStage[], activation: TrainedActivation) {
  const allocator = createAllocator();
  const places = placeStages(allocator, stages, 'float32', SHARD, activation);
  const gradients = placeGradients(allocator, places, SHARD);
  const winograd = placeWinograd(allocator, places, SHARD);
  const most = places.reduce((largest, { channels }) => Math.max(largest, channels), 0);
  const channels = placeChannels(allocator, most);
  return { places, gradients, winograd, channels, bytes: allocator.used };
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

/** What a network computes with. */
export interface ShardWeights {
  /** Effective weights of all layers, in the order of `TrainedLayer`. */
  readonly weights: readonly Float32Array[];
  readonly scales: readonly number[];
  /** With what outputs are normalised; null for layers that are not. Steps find that out for themselves. */
  readonly normalizations: readonly (ChannelMaps | null)[];
}

export interface ShardStep {
  readonly loss: number;
  readonly outputs: Float32Array;
  /** Of the layers that are normalised, without channels that fill up; null for others. */
  readonly moments: readonly (Moments | null)[];
}

export interface ShardRunner {
  load(weights: ShardWeights, withGradients: boolean): void;
  /** Outputs, samples by classes. */
  outputs(batch: ShardBatch): Float32Array;
  /** The same with the summed loss in nats. Gradients are kept, with `adds` added to those that are there. */
  step(batch: ShardBatch, adds: boolean): ShardStep;
  /** Writes the gradients of all layers one after another. */
  readGradients(to: Float32Array): void;
}

/** `machines` decides what the kernels run on, not what they give. */
export function createShardRunner(
  stages: readonly MapStage[],
  activation: TrainedActivation,
  machines: MachineFactory,
): ShardRunner {
  const { places, gradients, winograd, channels: scratch, bytes } = layOut(stages, activation);
  const machine = machines.create(bytes);
  const values = new Float32Array(machine.buffer);
  const kernels = mapKernels(machine, 'float32');
  const backward = gradientKernels(machine);
  const behindMachine = {
    ...{ values, wide: new Float64Array(machine.buffer), scratch },
    ...{ kernels: behindKernels(machine), add: backward.add },
  };
  const layerSums = createLayerSums(machine, kernels, backward, { places, gradients, winograd });
  const last = places.length - 1;
  const classes = (stages[last] as MapStage).channels;
  let scales: readonly number[] = [];
  /** By layer, whether outputs are normalised with what a ticket would have. */
  let normalized: readonly boolean[] = [];

  function loadInputs({ inputs, samples }: ShardBatch): void {
    const { input, stage, inputChannels } = places[0] as StagePlace;
    const width = stage.input.width * inputChannels;
    const { at: first, sample: apart, row } = inside(input, stage.pad);
    let at = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let y = 0; y < stage.input.height; y++) {
        values.set(inputs.subarray(at, at + width), (first + sample * apart + y * row) / 4);
        at += width;
      }
    }
  }

  function runPlain(index: number, samples: number): void {
    const place = places[index] as StagePlace;
    const { sums, output, activation, stage } = place;
    layerSums.forward(
      index,
      sums,
      samples,
      scales[index] as number,
      activation === null ? 0 : PRODUCT_MODE.rectify,
    );
    if (stage.pool !== 1) poolMaps(kernels, 'float32', place, sums, output, samples);
  }

  /** Runs a layer that is no plain one. Returns by what it was normalised, in a step. */
  function runBehind(
    index: number,
    behind: BehindPlace,
    samples: number,
    isStep: boolean,
  ): Moments | null {
    const place = places[index] as StagePlace;
    const { stage, channels } = place;
    const { before, plane } = behind;
    layerSums.forward(index, behind.raw, samples, scales[index] as number, 0);
    poolFirst(kernels, 'float32', place, behind, samples);
    let moments: Moments | null = null;
    if (isStep && stage.normalized) {
      moments = momentsOf(behindMachine, before, plane, samples, channels);
      normalize(behindMachine, before, plane, samples, moments);
    }
    const shortcut = shortcutOf(places, stage);
    if (!isStep && normalized[index] === true) {
      finishStage(kernels, 'float32', values, place, behind, shortcut, true, samples);
      return moments;
    }
    activate(place, behind, shortcut, samples);
    poolBehind(kernels, 'float32', values, place, samples);
    return moments;
  }

  /** From `before`, which is normalised where it has to be, to what the activation gives. */
  function activate(
    { activation: own, channels, sums }: StagePlace,
    { before, plane }: BehindPlace,
    shortcut: MapsPlace | null,
    samples: number,
  ): void {
    const mode = (own === null ? 0 : MODES[own]) + (shortcut === null ? 0 : ACTIVATION_MODE.add);
    const vectors = (plane.width * channels) / 4;
    for (let sample = 0; sample < samples; sample++) {
      for (let y = 0; y < plane.height; y++) {
        behindMachine.kernels.activate(
          rowAt(before, sample, y),
          shortcut === null ? 0 : rowAt(shortcut, sample, y),
          rowAt(sums, sample, y),
          vectors,
          mode,
        );
      }
    }
  }

  function forward(batch: ShardBatch, isStep: boolean) {
    const { samples } = batch;
    loadInputs(batch);
    const moments = places.map((place, index): Moments | null => {
      if (place.behind !== null) return runBehind(index, place.behind, samples, isStep);
      runPlain(index, samples);
      return null;
    });
    const { output } = places[last] as StagePlace;
    const outputs = new Float32Array(samples * classes);
    for (let sample = 0; sample < samples; sample++) {
      const from = (output.at + sample * output.sample) / 4;
      outputs.set(values.subarray(from, from + classes), sample * classes);
    }
    return { outputs, moments };
  }

  /** From the gradients of what layer `index`, from 0, hands on to those of its sums. */
  function backToSums(index: number, samples: number, moments: Moments | null): void {
    const place = places[index] as StagePlace;
    const own = gradients[index] as GradientPlace;
    const scale = scales[index] as number;
    if (place.behind === null || own.behind === null) {
      backThroughActivation(backward, place, own, samples, scale);
      return;
    }
    const value = shortcutOf(places, place.stage);
    const gradient = gradients[place.stage.adds - 1]?.output;
    backThroughBehind(behindMachine, {
      ...{ place, behind: place.behind, gradients: own, own: own.behind, moments, samples, scale },
      shortcut: value === null || gradient === undefined ? null : { value, gradient },
    });
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
    load(given, withGradients) {
      ({ scales } = given);
      normalized = given.normalizations.map((maps, index) => {
        const place = places[index] as StagePlace;
        if (maps === null || place.behind === null) return false;
        writeChannelMaps(machine.buffer, place, place.behind, maps);
        return true;
      });
      given.weights.forEach((own, index) => {
        layerSums.pack(index, own, withGradients);
      });
    },
    outputs: (batch) => forward(batch, false).outputs,
    step(batch, addsUp) {
      const { outputs, moments } = forward(batch, true);
      const loss = lossOf(outputs, batch);
      for (const { adds, output } of gradients) {
        if (adds) values.fill(0, output.at / 4, (output.at + SHARD * output.sample) / 4);
      }
      for (let index = last; index >= 0; index--) {
        if (index < last) backToSums(index, batch.samples, moments[index] ?? null);
        layerSums.backward(index, batch.samples, addsUp);
      }
      return { loss, outputs, moments: moments.map((each, index) => own(each, index)) };
    },
    readGradients(to) {
      let at = 0;
      for (let index = 0; index < places.length; index++) {
        at = layerSums.readGradients(index, to, at);
      }
    },
  };

  /** Without channels that fill up. */
  function own(moments: Moments | null, index: number): Moments | null {
    if (moments === null) return null;
    const { channels } = stages[index] as MapStage;
    const { count, mean, variance } = moments;
    return { count, mean: mean.slice(0, channels), variance: variance.slice(0, channels) };
  }
}
