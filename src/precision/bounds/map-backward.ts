/**
 * Backward linear relaxation of the difference on feature maps: the errors of `f^` as linear functions of the
 * errors and the true activations of earlier layers, carried back to the input, where the errors are 0. Where a
 * row meets an error behind ReLU that is neither passed on nor 0 for certain, a line takes its place; the range
 * of the error before, which decides that line, is bounded the same way, layer by layer, for those neurons
 * alone. In the manner of CROWN (Zhang and others, 2018), for two networks at once.
 */
import { joinedNumbers } from '../../core/concatenate.js';
import type { Steps } from '../../core/steps.js';
import { forEachWindow } from '../../target/max-pooling.js';
import { centredRanges, errorBounds, type Ranges } from './interval-step.js';
import { type Budget, narrowedSteps, neuronOrder, type RowLayers } from './map-bounding.js';
import {
  applyMagnitudes,
  applyNumbers,
  type LinearDifference,
  type MapDifference,
  type PoolingDifference,
} from './map-difference.js';
import {
  type ErrorRelaxation,
  errorsBehind,
  isOffInBoth,
  isOnInBoth,
  relaxErrors,
} from './map-relaxation.js';
import { layerSizes, type PoolingLine } from './map-rows.js';
import { joinRanges, type MapValues, magnitudesOf } from './map-values.js';
import { gamma, SUM_UNDERFLOW } from './rounding.js';

/** `|delta|` by intervals, from the errors of what the layer reads. */
function forwardErrors(layer: LinearDifference, read: Ranges, errors: Float64Array): Float64Array {
  const { centre, radius } = centredRanges(read, false);
  const terms = {
    own: applyMagnitudes(layer, 'delta', radius),
    carried: applyMagnitudes(layer, 'rounded', errors),
    mean: applyNumbers(layer, 'delta', centre),
    meanSize: applyMagnitudes(layer, 'delta', centre.map(Math.abs)),
  };
  const deltaBias = (i: number): number => layer.bias.delta[Math.floor(i / layer.perChannel)];
  const slop = gamma(2 * layer.products + 16);
  return errorBounds(terms, deltaBias, () => true, slop).map((bound) => bound + SUM_UNDERFLOW);
}

/** The input whose error that of a maximum surely is, or the largest and the least that it may be. */
function maximumLines({ pooling }: PoolingDifference, { lower, upper }: Ranges, errors: Ranges) {
  const { outputs } = pooling;
  const line = (): PoolingLine => ({
    input: new Int32Array(outputs).fill(-1),
    number: new Float64Array(outputs),
  });
  const above = line();
  const below = line();
  // The inputs that may be the maximum, of numbers between `least` and `most`.
  const candidates = (
    inputs: readonly number[],
    least: (input: number) => number,
    most: (input: number) => number,
  ): number[] => {
    let reached = Number.NEGATIVE_INFINITY;
    for (const input of inputs) reached = Math.max(reached, least(input));
    return inputs.filter((input) => !(most(input) < reached));
  };
  const outward = (value: number): number => Math.abs(value) * 2 ** -50 + 2 ** -1000;
  const belowRounded = (input: number): number => {
    const value = lower[input] - errors.upper[input];
    return value - outward(value);
  };
  const aboveRounded = (input: number): number => {
    const value = upper[input] - errors.lower[input];
    return value + outward(value);
  };
  forEachWindow(pooling, (output, inputs) => {
    // max a - max a^ is at most the error at the maximum of a, and at least that at the maximum of a^.
    const own = candidates(
      inputs,
      (input) => lower[input],
      (input) => upper[input],
    );
    const rounded = candidates(inputs, belowRounded, aboveRounded);
    if (own.length === 1) above.input[output] = own[0];
    if (rounded.length === 1) below.input[output] = rounded[0];
    above.number[output] = own.reduce(
      (most, input) => Math.max(most, errors.upper[input]),
      Number.NEGATIVE_INFINITY,
    );
    below.number[output] = rounded.reduce(
      (least, input) => Math.min(least, errors.lower[input]),
      Number.POSITIVE_INFINITY,
    );
  });
  return { above, below };
}

/** The error of each output of a maximum: that of the lines. */
function pooledErrors(
  lines: { readonly above: PoolingLine; readonly below: PoolingLine },
  of: 'above' | 'below',
  errors: Float64Array,
): Float64Array {
  const { input, number } = lines[of];
  return number.map((bound, output) => (input[output] >= 0 ? errors[input[output]] : bound));
}

/** The bounds, and what further rows of the same two networks go through. */
export interface MapBackward {
  readonly bounds: Float64Array;
  readonly rowLayers: RowLayers;
}

/**
 * Upper bounds of `|f_j - f^_j|` over the region of `values`, in steps of a batch of rows through a layer each;
 * NaN or Infinity where they outgrow float64. Rows that `budget` has no room for are left out, layer by layer,
 * and intervals stand.
 */
export function* mapBackwardSteps(
  layers: readonly MapDifference[],
  values: MapValues,
  budget: Budget,
): Steps<MapBackward> {
  const inputs = values.input.centre.length;
  const wholeBudget = budget.left;
  const behind: Ranges[] = [{ lower: new Float64Array(inputs), upper: new Float64Array(inputs) }];
  const errorRelaxations: (ErrorRelaxation | undefined)[] = [];
  const errorMaxima: ({ above: PoolingLine; below: PoolingLine } | undefined)[] = [];
  const rowLayers: RowLayers = {
    layers,
    input: values.input,
    valueRelaxations: values.relaxations,
    valueMaxima: values.maxima,
    sizes: [],
    errorRelaxations,
    errorMaxima,
  };
  for (const [index, layer] of layers.entries()) {
    const isLast = index === layers.length - 1;
    const errors = joinedNumbers(layer.reads.map((number) => magnitudesOf(behind[number])));
    const sizes = joinedNumbers(layer.reads.map((number) => values.magnitudes[number]));
    rowLayers.sizes.push(layerSizes(layer, sizes, errors));
    const read = joinRanges(layer.reads.map((number) => values.behind[number]));
    let own: Ranges;
    if (layer.kind === 'pooling') {
      const before = joinRanges(layer.reads.map((number) => behind[number]));
      const lines = maximumLines(layer, read, before);
      errorMaxima.push(lines);
      own = {
        lower: pooledErrors(lines, 'below', before.lower),
        upper: pooledErrors(lines, 'above', before.upper),
      };
    } else {
      errorMaxima.push(undefined);
      const most = forwardErrors(layer, read, errors);
      own = { lower: most.map((bound) => -bound), upper: most };
      yield;
      if (isLast || (layer.isRectified && !values.passes[index])) {
        const rows = isLast ? neuronOrder(layer) : undecided(layer, values.before[index], own);
        // The outputs are bounded whatever was left out before.
        const allowed = isLast ? { ...budget, left: wholeBudget } : budget;
        own = yield* narrowedSteps(rowLayers, index, 'errors', own, rows, allowed);
      }
    }
    const relaxation = layer.isRectified
      ? relaxErrors(values.before[index], own, values.passes[index])
      : undefined;
    errorRelaxations.push(relaxation);
    behind.push(relaxation ? errorsBehind(relaxation) : own);
  }
  return { bounds: magnitudesOf(behind[layers.length]), rowLayers };
}

/** Neurons whose error is neither passed on nor stopped for certain. */
function undecided(layer: LinearDifference, { lower, upper }: Ranges, own: Ranges): number[] {
  return neuronOrder(layer).filter(
    (i) => !isOnInBoth(lower[i], own.upper[i]) && !isOffInBoth(upper[i], own.lower[i]),
  );
}
