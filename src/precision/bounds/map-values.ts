/**
 * Ranges of the true activations of a network of feature maps: forward by intervals, and for neurons that these
 * leave undecided backward by rows, as CROWN does. They depend on the network and the domain alone, not on how
 * it is rounded: one analysis serves every choice of bits.
 */
import { joinedNumbers } from '../../core/concatenate.js';
import type { Steps } from '../../core/steps.js';
import { applyPooling, forEachWindow } from '../../target/max-pooling.js';
import { centredRanges, preActivations, type Ranges } from './interval-step.js';
import {
  type Budget,
  type InputRegion,
  narrowedSteps,
  neuronOrder,
  type RowLayers,
} from './map-bounding.js';
import {
  applyMagnitudes,
  applyNumbers,
  type LinearDifference,
  type MapDifference,
  type PoolingDifference,
} from './map-difference.js';
import { relaxValues, type ValueRelaxation } from './map-relaxation.js';
import { layerSizes, type PoolingLine } from './map-rows.js';
import { gamma, SUM_UNDERFLOW } from './rounding.js';

/** What is known of the true activations; by number of layer where 0 is the input. */
export interface MapValues {
  readonly input: InputRegion;
  /** Of layer t at t - 1. */
  readonly before: readonly Ranges[];
  /** Behind the layer's activation. */
  readonly behind: readonly Ranges[];
  /** `max |a|`. */
  readonly magnitudes: readonly Float64Array[];
  /** Of layer t at t - 1; undefined of layers without ReLU. */
  readonly relaxations: readonly (ValueRelaxation | undefined)[];
  /** Of layers that take a maximum. */
  readonly maxima: readonly ({ above: PoolingLine; below: PoolingLine } | undefined)[];
  /** Of layer t at t - 1: whether nothing is negative before its activation, in `f` and in any `f^`. */
  readonly passes: readonly boolean[];
}

export function magnitudesOf({ lower, upper }: Ranges): Float64Array {
  return lower.map((low, i) => Math.max(Math.abs(low), Math.abs(upper[i])));
}

export function joinRanges(parts: readonly Ranges[]): Ranges {
  if (parts.length === 1) return parts[0];
  return {
    lower: joinedNumbers(parts.map(({ lower }) => lower)),
    upper: joinedNumbers(parts.map(({ upper }) => upper)),
  };
}

/** By intervals, from what the layer reads; before its activation. */
export function linearRanges(layer: LinearDifference, read: Ranges): Ranges {
  const { centre, radius } = centredRanges(read, false);
  const ranges = preActivations(
    {
      middle: applyNumbers(layer, 'values', centre),
      reach: applyMagnitudes(layer, 'values', radius),
      size: applyMagnitudes(layer, 'values', centre.map(Math.abs)),
    },
    (i) => layer.bias.values[Math.floor(i / layer.perChannel)],
    gamma(2 * layer.products + 16),
  );
  // Products that are too small for a float64.
  const { lower, upper } = ranges;
  return {
    lower: lower.map((low) => low - SUM_UNDERFLOW),
    upper: upper.map((high) => high + SUM_UNDERFLOW),
  };
}

/** Which input a maximum surely is, or the largest that it may be; and the input that it is at least. */
function maximumLines({ pooling }: PoolingDifference, { lower, upper }: Ranges) {
  const { outputs } = pooling;
  const line = (): PoolingLine => ({
    input: new Int32Array(outputs).fill(-1),
    number: new Float64Array(outputs),
  });
  const above = line();
  const below = line();
  forEachWindow(pooling, (output, inputs) => {
    let best = inputs[0];
    let most = Number.NEGATIVE_INFINITY;
    for (const input of inputs) {
      if (lower[input] > lower[best]) best = input;
      most = Math.max(most, upper[input]);
    }
    below.input[output] = best;
    above.number[output] = most;
    if (inputs.every((input) => input === best || upper[input] <= lower[best])) {
      above.input[output] = best;
    }
  });
  return { above, below };
}

/** What rows of true values go through, given all ranges. */
export function valueRowLayers(layers: readonly MapDifference[], values: MapValues): RowLayers {
  const { input, relaxations, maxima, magnitudes } = values;
  const sizes = layers.map((layer) =>
    layerSizes(layer, joinedNumbers(layer.reads.map((number) => magnitudes[number])), undefined),
  );
  return { layers, input, valueRelaxations: relaxations, valueMaxima: maxima, sizes };
}

/** Whether no input that is not negative makes the layer's outputs negative; what is rounded keeps its sign. */
function keepsSign({ parts, bias }: LinearDifference): boolean {
  const isNone = (numbers: Float64Array): boolean => numbers.every((number) => number >= 0);
  // Integers of a ticket need not be rounded: they may have other signs.
  return [...parts, bias].every(({ values, rounded }) => isNone(values) && isNone(rounded));
}

/**
 * The ranges over the domain, in steps of a batch of rows each. Rows that `budget` has no room for are left
 * out, layer by layer, and intervals stand.
 */
export function* mapValuesSteps(
  layers: readonly MapDifference[],
  input: InputRegion,
  budget: Budget,
): Steps<MapValues> {
  const before: Ranges[] = [];
  const behind: Ranges[] = [input.ranges];
  const magnitudes = [magnitudesOf(input.ranges)];
  const relaxations: (ValueRelaxation | undefined)[] = [];
  const maxima: MapValues['maxima'][number][] = [];
  const passes: boolean[] = [];
  const nonnegative = [input.ranges.lower.every((low) => low >= 0)];
  const rowLayers: RowLayers = {
    layers,
    input,
    valueRelaxations: relaxations,
    valueMaxima: maxima,
    sizes: [],
  };
  for (const [index, layer] of layers.entries()) {
    const read = joinRanges(layer.reads.map((number) => behind[number]));
    const readsNonnegative = layer.reads.every((number) => nonnegative[number]);
    const sizes = joinedNumbers(layer.reads.map((number) => magnitudes[number]));
    rowLayers.sizes.push(layerSizes(layer, sizes, undefined));
    let own: Ranges;
    let stays = readsNonnegative;
    if (layer.kind === 'pooling') {
      const { pooling } = layer;
      own = {
        lower: applyPooling(pooling, read.lower, 1),
        upper: applyPooling(pooling, read.upper, 1),
      };
      maxima.push(maximumLines(layer, read));
    } else {
      maxima.push(undefined);
      own = linearRanges(layer, read);
      stays = readsNonnegative && keepsSign(layer);
      if (stays) own = { lower: own.lower.map((low) => Math.max(0, low)), upper: own.upper };
      const isFirst = layer.reads.every((number) => number === 0);
      if (layer.isRectified && !(isFirst && layer.reads.length === 1 && !input.ball)) {
        own = yield* refined(rowLayers, index, layer, own, budget);
      }
      yield;
    }
    before.push(own);
    passes.push(stays);
    relaxations.push(layer.isRectified ? relaxValues(own) : undefined);
    const positive = (value: number): number => Math.max(0, value);
    const out = layer.isRectified
      ? { lower: own.lower.map(positive), upper: own.upper.map(positive) }
      : own;
    behind.push(out);
    magnitudes.push(magnitudesOf(out));
    nonnegative.push(layer.isRectified || stays);
  }
  return { input, before, behind, magnitudes, relaxations, maxima, passes };
}

/** The ranges of neurons that may be on or off, by a row each from above and from below. */
function* refined(
  rowLayers: RowLayers,
  index: number,
  layer: LinearDifference,
  ranges: Ranges,
  budget: Budget,
): Steps<Ranges> {
  const undecided = neuronOrder(layer).filter((i) => ranges.lower[i] < 0 && ranges.upper[i] > 0);
  return yield* narrowedSteps(rowLayers, index, 'values', ranges, undecided, budget);
}
