/**
 * The sums of the layers of a network under training, and both gradients of them: by Winograd's algorithm where a
 * layer is fit for that (`winograd.ts`), else directly.
 */
import type { Machine } from '../inference/fast/kernels.js';
import { packWeights, runSums } from '../inference/products/map-forward.js';
import type { MapKernels } from '../inference/products/map-kernels.js';
import type { MapsPlace, StagePlace } from '../inference/products/map-memory.js';
import { PRODUCT_MODE } from '../inference/products/product-call.js';
import { inputGradients, packTransposed, weightGradients } from './map-backward.js';
import type { GradientKernels } from './map-gradient-kernels.js';
import type { GradientPlace } from './map-memory.js';
import { packWinograd, winogradSums, winogradWeightGradients } from './map-winograd.js';
import { type WinogradForm, type WinogradKernels, winogradKernels } from './winograd.js';
import type { WinogradPlaces } from './winograd-memory.js';

/** Layers by their index, from 0. */
export interface LayerSums {
  /** Sets a layer's weights; with `withGradients` for `backward` too. */
  pack(index: number, weights: Float32Array, withGradients: boolean): void;
  /** Writes the scaled sums to `to`; `mode` is added to the products' own. */
  forward(index: number, to: MapsPlace, samples: number, scale: number, mode: number): void;
  /** From the gradients of the sums those of weights and inputs; with `adds` the former add to those that are there. */
  backward(index: number, samples: number, adds: boolean): void;
  /** Writes the gradients of the weights, without those of channels that fill up, from `at` on; returns their end. */
  readGradients(index: number, to: Float32Array, at: number): number;
}

export interface LayerPlaces {
  readonly places: readonly StagePlace[];
  readonly gradients: readonly GradientPlace[];
  readonly winograd: WinogradPlaces;
}

export function createLayerSums(
  machine: Machine,
  kernels: MapKernels,
  gradientKernels: GradientKernels,
  { places, gradients, winograd }: LayerPlaces,
): LayerSums {
  const values = new Float32Array(machine.buffer);
  const compiled = new Map<WinogradForm, WinogradKernels>();
  for (const own of winograd.layers) {
    if (own && !compiled.has(own.form)) compiled.set(own.form, winogradKernels(machine, own.form));
  }
  const kernelsOf = (form: WinogradForm) => compiled.get(form) as WinogradKernels;
  const byWinograd = {
    ...{ product: kernels.product, kernelsOf },
    scratch: winograd.scratch,
  };
  return {
    pack(index, weights, withGradients) {
      const place = places[index] as StagePlace;
      const gradient = gradients[index] as GradientPlace;
      const own = winograd.layers[index];
      const withInputs = withGradients && place.stage.reads > 0;
      if (own) {
        packWinograd(kernelsOf(own.form), values, place, own, gradient, weights, withInputs);
        return;
      }
      packWeights(values, 'float32', place, weights);
      if (withInputs) packTransposed(values, place, gradient, weights);
    },
    forward(index, to, samples, scale, mode) {
      const place = places[index] as StagePlace;
      const own = winograd.layers[index];
      if (!own) {
        runSums(kernels, 'float32', place, to, samples, scale, mode);
        return;
      }
      const read = { place: place.input, channels: place.inputChannels };
      const made = { place: to, channels: place.channels };
      const modes = PRODUCT_MODE.scale + mode;
      winogradSums(byWinograd, own, read, own.forward, made, samples, modes, scale);
    },
    backward(index, samples, adds) {
      const place = places[index] as StagePlace;
      const gradient = gradients[index] as GradientPlace;
      const before = gradients[place.stage.reads - 1];
      const own = winograd.layers[index];
      if (!own) {
        weightGradients(kernels, gradientKernels, values, place, gradient, samples, adds);
        if (before !== undefined) inputGradients(kernels, place, gradient, before, samples);
        return;
      }
      winogradWeightGradients(byWinograd, own, place, gradient, samples, adds);
      if (before === undefined) return;
      const from = { place: gradient.bordered, channels: place.channels };
      const to = { place: before.output, channels: place.inputChannels };
      const mode = before.adds ? PRODUCT_MODE.add : 0;
      winogradSums(byWinograd, own, from, own.backward, to, samples, mode, 1);
    },
    readGradients(index, to, at) {
      const { weights } = gradients[index] as GradientPlace;
      return readGradients(values, places[index] as StagePlace, weights, to, at);
    },
  };
}

function readGradients(
  values: Float32Array,
  { stage, channels: filled, inputChannels: filledInputs }: StagePlace,
  gradients: number,
  to: Float32Array,
  at: number,
): number {
  const { kernel, channels, inputChannels } = stage;
  const taps = kernel.height * kernel.width;
  const end = at + taps * inputChannels * channels;
  const from = gradients / 4;
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
