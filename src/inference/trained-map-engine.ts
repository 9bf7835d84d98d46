/**
 * The engine of trained tickets of feature maps: what `trained.ts` says of the arithmetic, with a sum that
 * begins at 0 and goes through the taps of its kernel row by row, in each through the channels; then what is
 * behind the sums of a layer, `products/behind.ts`. Edges that are not kept are weights of 0 here: they add 0 to sums that are never -0, which
 * changes no bit while values are finite, and where they are not the outputs are refused.
 */

import { InputError } from '../core/errors.js';
import type { MapStage } from '../ticket/trained-maps.js';
import { jsMachines } from './fast/js-kernels.js';
import type { MachineFactory } from './fast/kernels.js';
import { hasWasmSimd, wasmMachines } from './fast/wasm-kernels.js';
import { MOST_MEMORY_BYTES } from './fast/web-assembly.js';
import { checkBatch, checkOutputs, type FloatEngineSteps } from './float.js';
import { finishStage, poolFirst, writeChannelMaps } from './products/behind.js';
import { areSumsFinite } from './products/finite-sums.js';
import { packWeights, runStage, runSums } from './products/map-forward.js';
import { mapKernels } from './products/map-kernels.js';
import {
  createAllocator,
  placeStages,
  type StagePlace,
  shortcutOf,
} from './products/map-memory.js';
import type { SignSumsOfLayers } from './products/sign-sums.js';
import type { TrainedProgram, TrainedProgramLayer } from './trained-program.js';

/** A program of feature maps. */
export type TrainedMapProgram = TrainedProgram & { readonly stages: readonly MapStage[] };

/** Samples that go through a layer together, and products between two steps: some tenths of a second. */
const MOST_TOGETHER = 16;
const PRODUCTS_AT_ONCE = 2 ** 30;

function productsOf({ sums, kernel, inputChannels, channels }: MapStage): number {
  return sums.height * sums.width * kernel.height * kernel.width * inputChannels * channels;
}

function weightsIn({ kernel, inputChannels, channels }: MapStage): number {
  return kernel.height * kernel.width * inputChannels * channels;
}

/** A layer's weights tap by tap, 0 where an edge is not kept. */
function weightsOf(
  { offsets, edges, magnitudes }: TrainedProgramLayer,
  { kernel, inputChannels, channels }: MapStage,
): Float32Array {
  const taps = kernel.height * kernel.width;
  const weights = new Float32Array(taps * inputChannels * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = offsets[channel] as number; at < (offsets[channel + 1] as number); at++) {
      const edge = edges[at] as number;
      const column = edge >>> 1;
      const row = (column % taps) * inputChannels + Math.floor(column / taps);
      // Magnitudes are float32 numbers: nothing is rounded.
      const size = magnitudes === null ? 1 : (magnitudes[at] as number);
      weights[row * channels + channel] = (edge & 1) === 0 ? size : -size;
    }
  }
  return weights;
}

/** The most that the weights of a channel add up to, without their signs. */
function reachOf({ offsets, magnitudes }: TrainedProgramLayer): number {
  let most = 0;
  for (let channel = 1; channel < offsets.length; channel++) {
    const [from, to] = [offsets[channel - 1] as number, offsets[channel] as number];
    let sum = to - from;
    if (magnitudes !== null) {
      sum = 0;
      for (let at = from; at < to; at++) sum += magnitudes[at] as number;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** Whether all that a layer reads is +1 or -1, and its weights are. */
function readsSigns(
  { stage: { reads } }: StagePlace,
  { magnitudes }: TrainedProgramLayer,
  places: readonly StagePlace[],
): boolean {
  const from = places[reads - 1];
  if (magnitudes !== null || from === undefined) return false;
  return from.activation === 'sign' && !from.stage.average;
}

/** Where the engine has its numbers, for so many samples at a time. */
function layOut(
  { layers, stages, activation }: TrainedMapProgram,
  signs: SignSumsOfLayers | undefined,
) {
  const largest = stages.reduce((most, stage) => Math.max(most, productsOf(stage)), 1);
  const together = Math.max(1, Math.min(MOST_TOGETHER, Math.floor(PRODUCTS_AT_ONCE / largest)));
  const allocator = createAllocator();
  const places = placeStages(allocator, stages, 'float64', together, activation);
  const signPlaces = places.map((place, index) =>
    signs && readsSigns(place, layers[index] as TrainedProgramLayer, places)
      ? signs.place(allocator, place, together)
      : null,
  );
  return { together, places, signPlaces, bytes: allocator.used };
}

/** What an engine that counts bits takes: bytes, and the layers, from 1, whose sums are such counts. */
export function signEngineSize(
  program: TrainedMapProgram,
  signs: SignSumsOfLayers,
): { readonly bytes: number; readonly layers: readonly number[] } {
  const { signPlaces, bytes: held } = layOut(program, signs);
  // A layer's weights as they are packed.
  const bytes = held + 4 * Math.max(...program.stages.map(weightsIn));
  const layers = signPlaces.flatMap((place, index) => (place === null ? [] : [index + 1]));
  return { bytes, layers };
}

/**
 * In steps. `machines` decides what the kernels run on, and with `signs` layers that read signs count bits: neither
 * changes what they give.
 */
export function trainedMapEngineSteps(
  program: TrainedMapProgram,
  {
    machines = hasWasmSimd() ? wasmMachines : jsMachines,
    signs,
  }: { readonly machines?: MachineFactory; readonly signs?: SignSumsOfLayers } = {},
): FloatEngineSteps {
  const { inputs, outputs, layers, stages, standardization } = program;
  const { together, places, signPlaces, bytes } = layOut(program, signs);
  if (bytes > MOST_MEMORY_BYTES) {
    throw new InputError({
      place: 'maps',
      problem: `running this network holds ${(bytes / 2 ** 30).toFixed(1)} GiB of weights and maps at once, and at most 4 GiB`,
      remedy: 'take a smaller network',
    });
  }
  const machine = machines.create(bytes);
  const values = new Float64Array(machine.buffer);
  const kernels = mapKernels(machine, 'float64');
  const signKernels = signs?.kernels(machine);
  places.forEach((place, index) => {
    const weights = weightsOf(layers[index] as TrainedProgramLayer, stages[index] as MapStage);
    const ofSigns = signPlaces[index] ?? null;
    if (ofSigns === null) packWeights(values, 'float64', place, weights);
    else signs?.pack(machine.buffer, place, ofSigns, weights);
    const { normalization } = layers[index] as TrainedProgramLayer;
    if (normalization !== undefined && place.behind !== null) {
      writeChannelMaps(machine.buffer, place, place.behind, normalization);
    }
  });

  const reaches = layers.map(reachOf);
  const refuse = (index: number, samples: number, first: number): never => {
    throw new InputError({
      place: `samples ${first} to ${first + samples - 1}, layer ${index + 1}`,
      problem: 'a sum is beyond float64',
      remedy: 'give smaller inputs',
    });
  };

  /** A layer that is no more than sums, ReLU and pooling of the largest. */
  function runPlain(index: number, samples: number, first: number): void {
    const place = places[index] as StagePlace;
    const layer = layers[index] as TrainedProgramLayer;
    const { scale } = layer;
    // A maximum with 0 would hide it. The outputs are checked anyway.
    if (place.activation !== null) {
      const weights = () => weightsOf(layer, place.stage);
      const reach = reaches[index] as number;
      if (!areSumsFinite(values, place, samples, scale, reach, weights)) {
        refuse(index, samples, first);
      }
    }
    runStage(kernels, 'float64', place, samples, scale);
  }

  /** Runs layer `index`, from 0, on so many samples; `first` is the number of the first of them. */
  function run(index: number, samples: number, first: number): void {
    const place = places[index] as StagePlace;
    const { scale } = layers[index] as TrainedProgramLayer;
    const { behind, stage } = place;
    const ofSigns = signPlaces[index] ?? null;
    if (ofSigns === null && behind === null) {
      runPlain(index, samples, first);
      return;
    }
    const raw = behind?.raw ?? place.sums;
    if (signs !== undefined && signKernels !== undefined && ofSigns !== null) {
      signs.run(signKernels, machine.buffer, place, ofSigns, raw, samples, scale);
    } else runSums(kernels, 'float64', place, raw, samples, scale, 0);
    if (behind === null) return;
    poolFirst(kernels, 'float64', place, behind, samples);
    const { normalized } = stage;
    const shortcut = shortcutOf(places, stage);
    if (finishStage(kernels, 'float64', values, place, behind, shortcut, normalized, samples))
      return;
    // A sign would hide it.
    refuse(index, samples, first);
  }

  function load(batch: Float64Array, from: number, samples: number): void {
    const { input, stage, inputChannels } = places[0] as StagePlace;
    const { mean, deviation } = standardization;
    const first = input.at + stage.pad * (input.row + input.position);
    const width = stage.input.width * inputChannels;
    for (let sample = 0; sample < samples; sample++) {
      for (let y = 0; y < stage.input.height; y++) {
        const at = (from + sample) * inputs + y * width;
        const to = (first + sample * input.sample + y * input.row) / 8;
        for (let x = 0; x < width; x++) {
          const channel = x % inputChannels;
          const raw = batch[at + x] as number;
          values[to + x] = (raw - (mean[channel] as number)) / (deviation[channel] as number);
        }
      }
    }
  }

  return function* (batch, samples) {
    checkBatch(batch, samples, inputs);
    const result = new Float64Array(samples * outputs);
    const { output } = places.at(-1) as StagePlace;
    for (let from = 0; from < samples; from += together) {
      const count = Math.min(together, samples - from);
      load(batch, from, count);
      for (let index = 0; index < places.length; index++) {
        run(index, count, from);
        yield;
      }
      for (let sample = 0; sample < count; sample++) {
        const at = (output.at + sample * output.sample) / 8;
        result.set(values.subarray(at, at + outputs), (from + sample) * outputs);
      }
      yield { stage: 'run', done: from + count, total: samples };
    }
    // A product of 0 and an infinity is no number: sums beyond float64 are told, not passed on.
    checkOutputs(result, outputs, 0);
    return result;
  };
}
