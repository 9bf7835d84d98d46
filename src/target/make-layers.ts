/** Linear maps and layers made of plain numbers, as users and tests write them. */
import { checkObject, checkOneOf } from '../core/arguments.js';
import { checkNames } from '../core/options.js';
import { checkDense, checkExactArray } from './check-dense.js';
import { checkMap } from './check-map.js';
import { type ExactArray, exactArray } from './exact-array.js';
import {
  type ConvolutionMap,
  type DenseMap,
  type FeatureShape,
  featureCount,
  outputLength,
  type Pads,
  type PlaneSize,
} from './linear-map.js';
import type { Activation, Layer } from './network.js';

/** What a convolution is made of; left out, strides, dilations and groups are 1, pads 0. */
export interface ConvolutionParts {
  readonly input: FeatureShape;
  readonly outputChannels: number;
  readonly kernel: PlaneSize;
  readonly stride?: PlaneSize;
  readonly pads?: Pads;
  readonly dilation?: PlaneSize;
  readonly groups?: number;
  readonly weights: ExactArray | ArrayLike<number>;
}

/** The numbers of a list, exactly; a Float64Array is kept, not copied. */
export function numbersOf(list: ExactArray | ArrayLike<number>): ExactArray {
  checkObject('numbers', list);
  if ('values' in list && 'exact' in list) return list;
  const numbers = list as ArrayLike<number>;
  if (numbers instanceof Float64Array) return exactArray(numbers);
  // Without it "1" and [1] would be read as numbers.
  const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
  return exactArray(Float64Array.from(numbers, number));
}

/**
 * The map of a matrix, row-major. Throws an `InputError` where its length is not `outputs` by
 * `inputs`, or a number is not finite.
 */
export function denseMap(
  inputs: number,
  outputs: number,
  matrix: ExactArray | ArrayLike<number>,
): DenseMap {
  const map: DenseMap = { kind: 'dense', inputs, outputs, matrix: numbersOf(matrix) };
  checkDense(map, 'layer');
  return map;
}

/**
 * A convolution. Throws an `InputError` for sizes that are no whole numbers or do not fit each other, a
 * kernel that is larger than the padded plane, and weights of the wrong number or not finite.
 */
export function convolutionMap(parts: ConvolutionParts): ConvolutionMap {
  const {
    input,
    outputChannels,
    kernel,
    stride = { height: 1, width: 1 },
    pads = { top: 0, left: 0, bottom: 0, right: 0 },
    dilation = { height: 1, width: 1 },
    groups = 1,
    weights,
  } = parts;
  const output: FeatureShape = {
    channels: outputChannels,
    height: outputLength(
      input.height + pads.top + pads.bottom,
      kernel.height,
      stride.height,
      dilation.height,
    ),
    width: outputLength(
      input.width + pads.left + pads.right,
      kernel.width,
      stride.width,
      dilation.width,
    ),
  };
  const map: ConvolutionMap = {
    kind: 'convolution',
    inputs: featureCount(input),
    outputs: featureCount(output),
    ...{ input, output, kernel, stride, pads, dilation, groups },
    weights: numbersOf(weights),
  };
  checkMap(map, 'convolution');
  return map;
}

/** What a layer `x -> activation(W x + b)` is made of. */
export interface DenseLayerParts {
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major, `outputs` by `inputs`. */
  readonly weights: ExactArray | ArrayLike<number>;
  /** Length `outputs`; left out, zeros. */
  readonly bias?: ExactArray | ArrayLike<number>;
  readonly activation: Activation;
}

const DENSE_PARTS: readonly (keyof DenseLayerParts)[] = [
  'inputs',
  'outputs',
  'weights',
  'bias',
  'activation',
];

/**
 * A layer of plain numbers. Float64Arrays are kept, not copied. Throws an `InputError` for lists of
 * another length and numbers that are not finite, a `UsageError` for what is no layer, or has a part of
 * another name.
 */
export function denseLayer(parts: DenseLayerParts): Layer {
  checkObject('layer', parts);
  checkNames('a dense layer', 'part', parts, DENSE_PARTS);
  const { inputs, outputs, activation } = parts;
  checkOneOf('activation', activation, ['relu', 'identity']);
  const map = denseMap(inputs, outputs, parts.weights);
  const bias = numbersOf(parts.bias ?? new Float64Array(outputs));
  checkExactArray(bias, outputs, 'layer.bias');
  return { ...map, bias, activation };
}
