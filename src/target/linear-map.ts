/**
 * The linear maps of a target network: a matrix, a convolution of feature maps that stands for one, or a sum
 * of convolutions of several maps. Numbers are exact; what a convolution repeats is stored once. Feature maps
 * are flattened channel by channel, row by row (NCHW at batch size 1), as ONNX flattens.
 */

import type { Dyadic } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import {
  concatenateExact,
  type ExactArray,
  exactBuilder,
  exactEntry,
  gatherExact,
  isNonzero,
  MOST_OVERRIDES,
} from './exact-array.js';
import type { FeatureShape, Pads, PlaneSize } from './planes.js';

export {
  type FeatureShape,
  featureCount,
  outputLength,
  type Pads,
  type PlaneSize,
} from './planes.js';

/** `x -> A x` for a matrix, row-major, `outputs` by `inputs`. */
export interface DenseMap {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly outputs: number;
  readonly matrix: ExactArray;
}

/**
 * Where a kernel looks: output position (y, x) at the input's `(y * stride - top + a * dilation, ..)` for each
 * tap (a, b). `inputs`, `outputs` and the plane of `output` follow from the rest.
 */
export interface Window {
  readonly inputs: number;
  readonly outputs: number;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  readonly kernel: PlaneSize;
  readonly stride: PlaneSize;
  readonly pads: Pads;
  readonly dilation: PlaneSize;
}

/**
 * A convolution as ONNX's Conv: output channel o at (y, x) is the sum over input channels i of its
 * group and taps (a, b) of `weights[o][i][a][b] * input[i][y * stride - top + a * dilation][..]`, what
 * lies outside of the plane being 0. A skip (residual) is one of `pointwise`, an average pooling one of
 * equal weights, both with a group for each channel.
 */
export interface ConvolutionMap extends Window {
  readonly kind: 'convolution';
  /** Output channels of group g read the input channels of group g; divides both counts. */
  readonly groups: number;
  /** `output.channels` by `input.channels / groups` by `kernel.height` by `kernel.width`. */
  readonly weights: ExactArray;
}

/** Vectors one after another, each through its own convolution, and added: `A_1 x_1 + A_2 x_2 + ...`. */
export interface SumMap {
  readonly kind: 'sum';
  /** Of all parts together. */
  readonly inputs: number;
  /** Of each part. */
  readonly outputs: number;
  /** At least one, onto feature maps of one shape. */
  readonly parts: readonly ConvolutionMap[];
}

/** A map by itself. */
export type SimpleMap = DenseMap | ConvolutionMap;

export type LinearMap = SimpleMap | SumMap;

/** The maps whose sum a map is; `start` is the first input of each. */
export function summands(map: LinearMap): { readonly part: SimpleMap; readonly start: number }[] {
  if (map.kind !== 'sum') return [{ part: map, start: 0 }];
  let next = 0;
  return map.parts.map((part) => {
    const start = next;
    next += part.inputs;
    return { part, start };
  });
}

/** The feature maps that the outputs are; every output of a matrix is a channel. */
export function outputShape(map: LinearMap): FeatureShape {
  if (map.kind === 'dense') return { channels: map.outputs, height: 1, width: 1 };
  return map.kind === 'sum' ? map.parts[0].output : map.output;
}

/** Outputs of the map that share a bias: those of one channel of a convolution, one of a matrix. */
export function outputsPerChannel(map: LinearMap): number {
  const { height, width } = outputShape(map);
  return height * width;
}

/** The numbers that the map holds. */
export function storedNumbers(map: SimpleMap): ExactArray {
  return map.kind === 'dense' ? map.matrix : map.weights;
}

/** Calls `visit` with the input and the index in `storedNumbers` of every entry of an output's row. */
export function forEachEntry(
  map: SimpleMap,
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
  const inputs: number[] = [];
  const entries = summands(map).map(({ part, start }) => {
    const numbers = storedNumbers(part);
    const indices: number[] = [];
    forEachEntry(part, output, (input, index) => {
      if (!isNonzero(numbers, index)) return;
      inputs.push(start + input);
      indices.push(index);
    });
    return gatherExact(numbers, Int32Array.from(indices));
  });
  return { inputs: Int32Array.from(inputs), entries: concatenateExact(entries) };
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
 * The matrix of the map; a matrix is returned as it is. Throws an `InputError` that names `place` if
 * another one's has more than `most` entries, or over a million that need more than a float64.
 */
export function toDense(
  map: LinearMap,
  place = 'convolution',
  most: number = MOST_DENSE_ENTRIES,
): DenseMap {
  if (map.kind === 'dense') return map;
  const { inputs, outputs } = map;
  if (inputs * outputs > most) {
    throw tooLarge(place, `its matrix has ${outputs} by ${inputs} entries, more than ${most}`);
  }
  const matrix = exactBuilder(inputs * outputs);
  for (const { part, start } of summands(map)) {
    const { values, exact } = storedNumbers(part);
    for (let output = 0; output < outputs; output++) {
      forEachEntry(part, output, (input, index) => {
        const to = output * inputs + start + input;
        matrix.values[to] = values[index];
        const long = exact.get(index);
        if (long !== undefined) matrix.exact.set(to, long);
      });
      if (matrix.exact.size > MOST_OVERRIDES) {
        throw tooLarge(place, `its matrix has over ${MOST_OVERRIDES} numbers beyond float64`);
      }
    }
  }
  return { kind: 'dense', inputs, outputs, matrix };
}

function tooLarge(place: string, problem: string): InputError {
  return new InputError({ place, problem, remedy: 'use smaller feature maps' });
}
