/**
 * The target network `f` of the paper: affine layers with ReLU between them. Its meaning is the real
 * function that the exact (dyadic) weights define, not one runtime's rounding of it.
 */
import { InputError } from '../core/errors.js';
import type { ExactArray } from './exact-array.js';
import { type LinearMap, storedNumbers } from './linear-map.js';

export type Activation = 'relu' | 'identity';

/**
 * One layer `x -> activation(A x + b)`: a linear map and its bias, both exact. Folding constants (two
 * affine maps into one, a shift into a bias) may need more bits than a float64 has; an `ExactArray`
 * holds the nearest float64 of every number, and the exact value of those few. `denseLayer` makes a
 * layer of plain numbers.
 */
export type Layer = LinearMap & {
  /** One number for each output of a matrix, for each output channel of a convolution. */
  readonly bias: ExactArray;
  readonly activation: Activation;
  /**
   * Whose outputs, one after another, are the layer's inputs: t for layer t (from 1), 0 for the
   * network's input. Left out, the layer before. `checkNetwork` refuses others so far.
   */
  readonly reads?: readonly number[];
};

/** What layer `index` (from 0) reads. */
export function readsOf({ reads }: Layer, index: number): readonly number[] {
  return reads ?? [index];
}

/** The matrix of a layer that has one. Throws an `InputError` for a convolution. */
export function matrixOf(layer: Layer, place = 'layer'): ExactArray {
  if (layer.kind === 'dense') return layer.matrix;
  throw new InputError({
    place,
    problem: 'a convolution, where only matrices are understood so far',
    remedy: 'give the layer as a matrix',
  });
}

/** The set of inputs on which a promise holds. Bounds have one entry per input. */
export type Domain =
  | { readonly kind: 'all' }
  | { readonly kind: 'box'; readonly lower: Float64Array; readonly upper: Float64Array }
  | { readonly kind: 'ball'; readonly radius: number };

/** What a domain says of an input coordinate's sign. */
export type InputSign = 'signed' | 'nonnegative' | 'nonpositive';

/** The sign of each of `inputs` coordinates over the domain; {0} counts as non-negative. */
export function inputSigns(domain: Domain, inputs: number): InputSign[] {
  return Array.from({ length: inputs }, (_, index) => {
    if (domain.kind !== 'box') return 'signed';
    if (domain.lower[index] >= 0) return 'nonnegative';
    return domain.upper[index] <= 0 ? 'nonpositive' : 'signed';
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
  /** Operators whose folded constants were rounded to float64; perhaps none. */
  readonly rounded: readonly string[];
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
}

/** What a reader returns: the network, and remarks about everything it rounded, cut off or ignored. */
export interface ReadNetwork {
  readonly network: Network;
  readonly notices: readonly string[];
}

/** Layer widths `d_0, d_1, ..., d_l`. */
export function dimensions(network: Network): number[] {
  const first = network.layers[0];
  return first === undefined ? [] : [first.inputs, ...network.layers.map((layer) => layer.outputs)];
}

/** Number of weights and biases. */
export function parameterCount(network: Network): number {
  return network.layers.reduce(
    (sum, layer) => sum + storedNumbers(layer).values.length + layer.bias.values.length,
    0,
  );
}
