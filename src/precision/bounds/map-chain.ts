/**
 * The interval chain on feature maps (theory, section 2): the formulas of the dense one, convolutions in the
 * place of products with matrices. What is read by several layers comes with its own intervals and errors to
 * each; a maximum over a window changes by at most as much as what it is taken of.
 */
import { joinedNumbers } from '../../core/concatenate.js';
import type { Steps } from '../../core/steps.js';
import { applyPooling } from '../../target/max-pooling.js';
import {
  centredRanges,
  errorBounds,
  preActivations,
  type Ranges,
  rectifiedErrors,
} from './interval-step.js';
import {
  applyMagnitudes,
  applyNumbers,
  type LinearDifference,
  type MapDifference,
  type PoolingDifference,
} from './map-difference.js';
import { gamma } from './rounding.js';

/** Of the outputs of a layer, or of the input: true values, and how far those of `f^` may be from them. */
export interface MapReach extends Ranges {
  readonly error: Float64Array;
}

/**
 * The reach of the input and of each layer, in steps of a few convolutions each. Errors of the last are upper
 * bounds of `|f_j - f^_j|` for inputs in `input`; NaN or Infinity where they outgrow float64.
 */
export function* mapChainSteps(layers: readonly MapDifference[], input: Ranges): Steps<MapReach[]> {
  const all: MapReach[] = [{ ...input, error: new Float64Array(input.lower.length) }];
  for (const layer of layers) {
    const read = joinReaches(layer.reads.map((number) => all[number]));
    all.push(layer.kind === 'pooling' ? pooled(layer, read) : yield* linear(layer, read));
  }
  return all;
}

/** What a layer reads, one after another. */
function joinReaches(parts: readonly MapReach[]): MapReach {
  if (parts.length === 1) return parts[0];
  const join = (of: keyof MapReach): Float64Array => joinedNumbers(parts.map((part) => part[of]));
  return { lower: join('lower'), upper: join('upper'), error: join('error') };
}

function rectified({ lower, upper }: Ranges): Ranges {
  const positive = (value: number): number => Math.max(0, value);
  return { lower: lower.map(positive), upper: upper.map(positive) };
}

function pooled({ pooling, isRectified }: PoolingDifference, read: MapReach): MapReach {
  const ranges = {
    lower: applyPooling(pooling, read.lower, 1),
    upper: applyPooling(pooling, read.upper, 1),
  };
  const error = applyPooling(pooling, read.error, 1);
  if (!isRectified) return { ...ranges, error };
  return { ...rectified(ranges), error: rectifiedErrors(error, ranges.upper) };
}

/** Which outputs read an input by a weight that differs, or one with an error. Worked out when it is asked. */
function touched(layer: LinearDifference, { lower, upper, error }: MapReach) {
  let counts: Float64Array | undefined;
  const some = (values: Float64Array): Float64Array => values.map((value) => (value === 0 ? 0 : 1));
  return (output: number): boolean => {
    if (counts === undefined) {
      const inputs = lower.map((low, i) => (low === 0 && upper[i] === 0 ? 0 : 1));
      const carried = applyNumbers(layer, ({ rounded }) => some(rounded), some(error));
      counts = applyNumbers(layer, ({ delta }) => some(delta), inputs);
      for (let i = 0; i < counts.length; i++) counts[i] += carried[i];
    }
    return counts[output] > 0;
  };
}

function* linear(layer: LinearDifference, read: MapReach): Steps<MapReach> {
  const { bias, perChannel, products, isRectified } = layer;
  const { centre, radius } = centredRanges(read, false);
  const sizes = centre.map(Math.abs);
  const slop = gamma(2 * products + 16);
  const terms = {
    own: applyMagnitudes(layer, 'delta', radius),
    carried: applyMagnitudes(layer, 'rounded', read.error),
    mean: applyNumbers(layer, 'delta', centre),
    meanSize: applyMagnitudes(layer, 'delta', sizes),
  };
  yield;
  const deltaBias = (i: number): number => bias.delta[Math.floor(i / perChannel)];
  const error = errorBounds(terms, deltaBias, touched(layer, read), slop);
  const ranges = preActivations(
    {
      middle: applyNumbers(layer, 'values', centre),
      reach: applyMagnitudes(layer, 'values', radius),
      size: applyMagnitudes(layer, 'values', sizes),
    },
    (i) => bias.values[Math.floor(i / perChannel)],
    slop,
  );
  yield;
  if (!isRectified) return { ...ranges, error };
  return { ...rectified(ranges), error: rectifiedErrors(error, ranges.upper) };
}

/** Multiplications that a run of the chain takes. */
export function mapChainWork(layers: readonly MapDifference[]): number {
  return layers.reduce((sum, layer) => {
    if (layer.kind === 'pooling') {
      const { kernel, outputs } = layer.pooling;
      return sum + 3 * outputs * kernel.height * kernel.width;
    }
    return sum + 7 * layer.outputs * layer.products;
  }, 0);
}
