/**
 * The linear maps of a target network: a matrix, or a convolution of feature maps that stands for one.
 * Numbers are exact; what a convolution repeats is stored once. Feature maps are flattened channel by
 * channel, row by row (NCHW at batch size 1), as ONNX flattens.
 */

import type { Dyadic } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import {
  type ExactArray,
  exactBuilder,
  exactEntry,
  gatherExact,
  isNonzero,
  MOST_OVERRIDES,
} from './exact-array.js';

/** `x -> A x` for a matrix, row-major, `outputs` by `inputs`. */
export interface DenseMap {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly outputs: number;
  readonly matrix: ExactArray;
}

/** Feature maps: `channels` planes of `height` by `width`. A plain vector has planes of 1 by 1. */
export interface FeatureShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** One number along each axis of a plane. One dimension is a height of 1. */
export interface PlaneSize {
  readonly height: number;
  readonly width: number;
}

/** Zeros around a plane. */
export interface Pads {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * A convolution as ONNX's Conv: output channel o at (y, x) is the sum over input channels i of its
 * group and taps (a, b) of `weights[o][i][a][b] * input[i][y * stride - top + a * dilation][..]`, what
 * lies outside of the plane being 0. `inputs`, `outputs` and `output` follow from the rest.
 */
export interface ConvolutionMap {
  readonly kind: 'convolution';
  readonly inputs: number;
  readonly outputs: number;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  readonly kernel: PlaneSize;
  readonly stride: PlaneSize;
  readonly pads: Pads;
  readonly dilation: PlaneSize;
  /** Output channels of group g read the input channels of group g; divides both counts. */
  readonly groups: number;
  /** `output.channels` by `input.channels / groups` by `kernel.height` by `kernel.width`. */
  readonly weights: ExactArray;
}

export type LinearMap = DenseMap | ConvolutionMap;

/** Places of a kernel along an axis of `length`, padding included; below 1 if it has none. */
export function outputLength(
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
): number {
  return Math.floor((length - dilation * (kernel - 1) - 1) / stride) + 1;
}

export function featureCount({ channels, height, width }: FeatureShape): number {
  return channels * height * width;
}

/** Outputs of the map that share a bias: those of one channel of a convolution, one of a matrix. */
export function outputsPerChannel(map: LinearMap): number {
  return map.kind === 'dense' ? 1 : map.output.height * map.output.width;
}

/** Channels of the output; every output of a matrix is one. */
export function outputChannels(map: LinearMap): number {
  return map.kind === 'dense' ? map.outputs : map.output.channels;
}

/** The numbers that the map holds. */
export function storedNumbers(map: LinearMap): ExactArray {
  return map.kind === 'dense' ? map.matrix : map.weights;
}

/** Calls `visit` with the input and the index in `storedNumbers` of every entry of an output's row. */
export function forEachEntry(
  map: LinearMap,
  output: number,
  visit: (input: number, index: number) => void,
): void {
  if (map.kind === 'dense') {
    const start = output * map.inputs;
    for (let input = 0; input < map.inputs; input++) visit(input, start + input);
    return;
  }
  const { input, kernel, stride, pads, dilation, groups } = map;
  const { height, width } = map.output;
  const channel = Math.floor(output / (height * width));
  const top = (Math.floor(output / width) % height) * stride.height - pads.top;
  const left = (output % width) * stride.width - pads.left;
  const channels = input.channels / groups;
  const first = Math.floor(channel / (map.output.channels / groups)) * channels;
  for (let c = 0; c < channels; c++) {
    for (let a = 0; a < kernel.height; a++) {
      const y = top + a * dilation.height;
      if (y < 0 || y >= input.height) continue;
      const row = ((first + c) * input.height + y) * input.width;
      const taps = ((channel * channels + c) * kernel.height + a) * kernel.width;
      for (let b = 0; b < kernel.width; b++) {
        const x = left + b * dilation.width;
        if (x >= 0 && x < input.width) visit(row + x, taps + b);
      }
    }
  }
}

/** One row of the map's matrix: entry k is the k-th of `entries`, for input `inputs[k]`. */
export interface MapRow {
  /** Ascending. */
  readonly inputs: Int32Array;
  /** None is zero; `exactEntry(entries, k)` is the exact value. */
  readonly entries: ExactArray;
}

/** The entries of one output's row that are not zero. */
export function rowEntries(map: LinearMap, output: number): MapRow {
  const numbers = storedNumbers(map);
  const inputs: number[] = [];
  const indices: number[] = [];
  forEachEntry(map, output, (input, index) => {
    if (!isNonzero(numbers, index)) return;
    inputs.push(input);
    indices.push(index);
  });
  return {
    inputs: Int32Array.from(inputs),
    entries: gatherExact(numbers, Int32Array.from(indices)),
  };
}

/**
 * For every output in order, the pairs of an input and its exact value that are not zero. One row is in
 * memory at a time.
 */
export function* rows(map: LinearMap): Generator<readonly (readonly [number, Dyadic])[]> {
  for (let output = 0; output < map.outputs; output++) {
    const { inputs, entries } = rowEntries(map, output);
    yield Array.from(inputs, (input, k) => [input, exactEntry(entries, k)] as const);
  }
}

/** Entries of the largest matrix that `toDense` makes: 512 MB. */
export const MOST_DENSE_ENTRIES = 2 ** 26;

/**
 * The matrix of the map; a matrix is returned as it is. Throws an `InputError` that names `place` if a
 * convolution's has more than `most` entries, or over a million that need more than a float64.
 */
export function toDense(
  map: LinearMap,
  place = 'convolution',
  most: number = MOST_DENSE_ENTRIES,
): DenseMap {
  if (map.kind === 'dense') return map;
  const { inputs, outputs, weights } = map;
  if (inputs * outputs > most) {
    throw tooLarge(place, `its matrix has ${outputs} by ${inputs} entries, more than ${most}`);
  }
  const matrix = exactBuilder(inputs * outputs);
  for (let output = 0; output < outputs; output++) {
    forEachEntry(map, output, (input, index) => {
      const to = output * inputs + input;
      matrix.values[to] = weights.values[index];
      const exact = weights.exact.get(index);
      if (exact !== undefined) matrix.exact.set(to, exact);
    });
    if (matrix.exact.size > MOST_OVERRIDES) {
      throw tooLarge(place, `its matrix has over ${MOST_OVERRIDES} numbers beyond float64`);
    }
  }
  return { kind: 'dense', inputs, outputs, matrix };
}

function tooLarge(place: string, problem: string): InputError {
  return new InputError({ place, problem, remedy: 'use smaller feature maps' });
}
