/**
 * The target network `f` of the paper: affine layers with ReLU between them, of vectors or of feature maps.
 * Its meaning is the real function that the exact (dyadic) weights define, not one runtime's rounding of it.
 */
import { InputError } from '../core/errors.js';
import type { ExactArray } from './exact-array.js';
import {
  type FeatureShape,
  type LinearMap,
  outputShape,
  storedNumbers,
  summands,
} from './linear-map.js';
import type { MaxPooling } from './max-pooling.js';

export { type Domain, type InputSign, inputSigns } from './input-signs.js';

import type { Domain } from './input-signs.js';

export type Activation = 'relu' | 'identity';

/**
 * One layer `x -> activation(A x + b)`: a linear map and its bias, both exact; or `x -> activation(max x)`,
 * the maximum over windows. Folding constants (two affine maps into one, a shift into a bias) may need more
 * bits than a float64 has; an `ExactArray` holds the nearest float64 of every number, and the exact value
 * of those few. `denseLayer` makes a layer of plain numbers.
 *
 * What networks of feature maps are made of: a residual sum is a `sum` of the last convolution and of the
 * skip, a convolution with or without a projection's weights; a concatenation is a layer that reads several;
 * average pooling is a convolution; flattening says nothing.
 */
export type Layer = (LinearMap | MaxPooling) & {
  /** One number for each output of a matrix, for each channel of feature maps, none for a maximum. */
  readonly bias: ExactArray;
  readonly activation: Activation;
  /**
   * Whose outputs, one after another, are the layer's inputs: t for layer t (from 1), 0 for the
   * network's input. Left out, the layer before. `checkNetwork` refuses others so far. Only a `sum` reads
   * a layer more than once; each of its parts takes whole layers.
   */
  readonly reads?: readonly number[];
};

/** What layer `index` (from 0) reads. */
export function readsOf({ reads }: Layer, index: number): readonly number[] {
  return reads ?? [index];
}

const KINDS_IN_WORDS = {
  convolution: 'a convolution',
  sum: 'a sum of convolutions',
  'max-pooling': 'max pooling',
} as const;

/** The matrix of a layer that has one. Throws an `InputError` for feature maps. */
export function matrixOf(layer: Layer, place = 'layer'): ExactArray {
  if (layer.kind === 'dense') return layer.matrix;
  throw fullyConnectedOnly(place, `it is ${KINDS_IN_WORDS[layer.kind]}`);
}

/** The error of what understands chains of matrices only, so far, and was given something else. */
export function fullyConnectedOnly(place: string, problem: string): InputError {
  return new InputError({
    place,
    problem: `${problem}, and this takes networks of fully connected layers only`,
    remedy: 'give a fully connected network; find, plan, verify and run take feature maps',
  });
}

/**
 * Normalisation around `f` that a file records and that is not part of `f`: the raw input is clipped
 * to [minimum, maximum] and mapped to `(raw - mean) / range`, the output `y` to `y * range + mean`.
 */
export interface Normalization {
  readonly input: {
    readonly minimum: Float64Array;
    readonly maximum: Float64Array;
    readonly mean: Float64Array;
    readonly range: Float64Array;
  };
  readonly output: { readonly mean: number; readonly range: number };
}

/** What reading a model left out or rounded: the network is the model but for that. */
export interface Reading {
  /** Operators at the very end that were left out, as `Softmax`; perhaps none. */
  readonly leftOut: readonly string[];
  /** Operators whose folded constants were rounded; perhaps none. */
  readonly rounded: readonly string[];
  /** To what, where that is not float64: to as many bits as float32 has. */
  readonly roundedTo?: 'float32';
  /** Largest change of a weight or bias by that, relative to itself; left out where it is not known. */
  readonly relativeChange?: number;
}

/**
 * Inner layers always have activation `relu` (consecutive affine maps are composed by the readers);
 * the last one may be `identity`.
 */
export interface Network {
  readonly layers: readonly Layer[];
  /** The file's own domain (`.nnet` ranges, in the network's normalised coordinates), else all. */
  readonly domain: Domain;
  readonly normalization?: Normalization;
  /** What the reader left out or rounded; absent where the network is all of the model, exactly. */
  readonly reading?: Reading;
  /**
   * Set where samples come position by position (NHWC) and not channel by channel: the shape of the feature
   * maps that they are. Coordinates of the domain are in the same order; layers take channel by channel.
   */
  readonly channelsLast?: FeatureShape;
}

/** What a reader returns: the network, and remarks about everything it rounded, cut off or ignored. */
export interface ReadNetwork {
  readonly network: Network;
  readonly notices: readonly string[];
}

/** The inputs `d_0` of a network; a sum at its beginning reads them once in each part. */
export function inputsOf([first]: readonly Layer[]): number {
  return first.kind === 'sum' ? first.parts[0].inputs : first.inputs;
}

/** Whether a target is more than fully connected layers one after another. */
export function hasMaps({ layers, channelsLast }: Network): boolean {
  return (
    channelsLast !== undefined ||
    layers.some((layer, index) => {
      const reads = readsOf(layer, index);
      return layer.kind !== 'dense' || reads.length !== 1 || reads[0] !== index;
    })
  );
}

/** The feature maps that a network's inputs are: of a network of vectors, channels of one number each. */
export function inputShapeOf({ layers, channelsLast }: Network): FeatureShape {
  if (channelsLast !== undefined) return channelsLast;
  for (const [index, layer] of layers.entries()) {
    if (readsOf(layer, index)[0] !== 0) continue;
    const [map] = layer.kind === 'sum' ? layer.parts : [layer];
    if (map.kind !== 'dense' && map.inputs === inputsOf(layers)) return map.input;
  }
  return { channels: inputsOf(layers), height: 1, width: 1 };
}

/** The feature maps that a layer's outputs are: of a matrix, channels of one number each. */
export function outputShapeOf(layer: Layer): FeatureShape {
  return layer.kind === 'max-pooling' ? layer.output : outputShape(layer);
}

/** Layer widths `d_0, d_1, ..., d_l`. */
export function dimensions(network: Network): number[] {
  const { layers } = network;
  return layers.length === 0 ? [] : [inputsOf(layers), ...layers.map(({ outputs }) => outputs)];
}

/** Number of weights and biases. */
export function parameterCount(network: Network): number {
  return network.layers.reduce(
    (sum, layer) => sum + weightCount(layer) + layer.bias.values.length,
    0,
  );
}

/** Number of weights, each of a convolution once. */
function weightCount(layer: Layer): number {
  if (layer.kind === 'max-pooling') return 0;
  return summands(layer).reduce((sum, { part }) => sum + storedNumbers(part).values.length, 0);
}
