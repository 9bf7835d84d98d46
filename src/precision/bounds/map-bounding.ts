/**
 * Upper bounds of linear functions of one layer of a network of feature maps, of its errors or of its true
 * pre-activations, over the domain: rows are carried back to the input (`map-rows.ts`), batch by batch.
 */
import type { Spend } from '../../core/limits.js';
import type { Steps } from '../../core/steps.js';
import type { Ranges } from './interval-step.js';
import type { LinearDifference, MapDifference } from './map-difference.js';
import type { ErrorRelaxation, ValueRelaxation } from './map-relaxation.js';
import {
  backThroughLinear,
  backThroughPooling,
  backThroughReluOfErrors,
  backThroughReluOfValues,
  type LayerSizes,
  mostReadings,
  newBatch,
  type PoolingLine,
  type RowBatch,
} from './map-rows.js';
import { gamma } from './rounding.js';

/** The inputs of a network: a box, or a Euclidean ball around 0 with the box around it. */
export interface InputRegion {
  readonly ranges: Ranges;
  readonly centre: Float64Array;
  readonly radius: Float64Array;
  /** The ball's radius. */
  readonly ball?: number;
}

/** Products that may still be taken, and who is told of them. */
export interface Budget {
  left: number;
  readonly spend: Spend | undefined;
}

/** What rows go through. Of layers before the one that is bounded everything is there. */
export interface RowLayers {
  readonly layers: readonly MapDifference[];
  readonly input: InputRegion;
  readonly valueRelaxations: readonly (ValueRelaxation | undefined)[];
  readonly valueMaxima: readonly ({ above: PoolingLine; below: PoolingLine } | undefined)[];
  readonly sizes: LayerSizes[];
  /** Of rows of errors. */
  readonly errorRelaxations?: readonly (ErrorRelaxation | undefined)[];
  readonly errorMaxima?: readonly ({ above: PoolingLine; below: PoolingLine } | undefined)[];
}

/** A sum of neurons of one layer, each with its coefficient, which is exact. */
export type Row = readonly (readonly [neuron: number, coefficient: number])[];

/** What rows are of: true pre-activations z, errors delta of them, or `z - delta`, those of the rounded network. */
export type RowKind = 'values' | 'errors' | 'rounded';

/** Rows of a batch: the innermost loop. */
const MOST_ROWS = 32;
/** Numbers of a batch's coefficients. */
const MOST_COEFFICIENTS = 2 ** 24;

/** A layer's neurons position by position, so that those of a batch look at the same part of the input. */
export function neuronOrder({ outputs, perChannel }: LinearDifference): number[] {
  const channels = outputs / perChannel;
  return Array.from(
    { length: outputs },
    (_, at) => (at % channels) * perChannel + Math.floor(at / channels),
  );
}

function widthsOf({ layers, input }: RowLayers): number[] {
  return [input.centre.length, ...layers.map(({ outputs }) => outputs)];
}

/**
 * For each row an upper bound of what it is of layer `index`, before its activation;
 * Infinity or NaN where it outgrows float64. Undefined where the budget ends before.
 */
export function* upperBoundsSteps(
  rowLayers: RowLayers,
  index: number,
  of: RowKind,
  rows: readonly Row[],
  budget: Budget,
): Steps<Float64Array | undefined> {
  const { layers, input } = rowLayers;
  const widths = widthsOf(rowLayers);
  const neurons = widths.reduce((sum, width) => sum + width, 0);
  const together = Math.min(MOST_ROWS, Math.floor(MOST_COEFFICIENTS / (2 * neurons)));
  if (together < 1) return undefined;
  const slop = gamma(mostReadings(layers));
  const bounds = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += together) {
    const few = rows.slice(from, from + together);
    const batch = newBatch(layers.length, few.length);
    const width = widths[index + 1];
    const begun = (sign: number): Float64Array => {
      const start = new Float64Array(width * few.length);
      few.forEach((terms, row) => {
        for (const [neuron, coefficient] of terms) {
          start[neuron * few.length + row] += sign * coefficient;
        }
      });
      return start;
    };
    let products = 0;
    let own: Coefficients = {
      values: of === 'errors' ? undefined : begun(1),
      errors: of === 'values' ? undefined : begun(of === 'errors' ? 1 : -1),
    };
    for (let at = index; at >= 0; at--) {
      if (at < index) own = behindActivation(rowLayers, batch, at);
      products += backThroughLayer(rowLayers, batch, at, own, widths, slop);
      batch.values[at + 1] = undefined;
      batch.errors[at + 1] = undefined;
      yield;
    }
    bounds.set(overInput(batch, input, neurons), from);
    budget.left -= products;
    budget.spend?.(products);
    // The first batch tells about what all of them take.
    const batches = Math.ceil(rows.length / together);
    const ahead = from === 0 ? products * (batches - 1) : 0;
    if (from + together < rows.length && budget.left < ahead) return undefined;
  }
  return bounds;
}

/** For each of some neurons a lower and an upper bound, by two rows; undefined where the budget ends before. */
export function* neuronBoundsSteps(
  rowLayers: RowLayers,
  index: number,
  of: 'values' | 'errors',
  neurons: readonly number[],
  budget: Budget,
): Steps<Ranges | undefined> {
  const rows = neurons.flatMap((neuron): Row[] => [[[neuron, 1]], [[neuron, -1]]]);
  const bounds = yield* upperBoundsSteps(rowLayers, index, of, rows, budget);
  if (bounds === undefined) return undefined;
  return {
    lower: Float64Array.from(neurons, (_, at) => -bounds[2 * at + 1]),
    upper: Float64Array.from(neurons, (_, at) => bounds[2 * at]),
  };
}

/** Ranges with those of some neurons cut to `bounds`, where these are numbers. */
function narrowed(ranges: Ranges, neurons: readonly number[], bounds: Ranges): Ranges {
  const lower = ranges.lower.slice();
  const upper = ranges.upper.slice();
  for (const [at, neuron] of neurons.entries()) {
    const low = Math.max(lower[neuron], bounds.lower[at]);
    const high = Math.min(upper[neuron], bounds.upper[at]);
    // False of what is no number.
    if (!(low <= high)) continue;
    lower[neuron] = low;
    upper[neuron] = high;
  }
  return { lower, upper };
}

interface Coefficients {
  readonly values: Float64Array | undefined;
  readonly errors: Float64Array | undefined;
}

/** What has come together at a layer, before its activation. */
function behindActivation(
  { valueRelaxations, errorRelaxations }: RowLayers,
  batch: RowBatch,
  at: number,
): Coefficients {
  const values = batch.values[at + 1];
  const errors = batch.errors[at + 1];
  const ofValues = valueRelaxations[at];
  const ofErrors = errorRelaxations?.[at];
  if (values && ofValues) backThroughReluOfValues(batch, values, ofValues);
  if (errors && ofErrors) backThroughReluOfErrors(batch, errors, ofErrors);
  return { values, errors };
}

function backThroughLayer(
  { layers, valueMaxima, errorMaxima, sizes }: RowLayers,
  batch: RowBatch,
  at: number,
  own: Coefficients,
  widths: readonly number[],
  slop: number,
): number {
  const layer = layers[at];
  if (own.values === undefined && own.errors === undefined) return 0;
  if (layer.kind === 'linear') {
    return backThroughLinear(batch, layer, own, sizes[at], widths, slop);
  }
  const { values, errors } = own;
  const { largest } = sizes[at];
  const ofValues = valueMaxima[at];
  const ofErrors = errorMaxima?.[at];
  if (values && ofValues) {
    backThroughPooling(batch, batch.values, layer, values, ofValues, largest, widths, slop);
  }
  if (errors && ofErrors) {
    backThroughPooling(batch, batch.errors, layer, errors, ofErrors, largest, widths, slop);
  }
  return batch.rows * layer.pooling.outputs;
}

/** The rows' bounds over the inputs, which come without errors. */
function overInput(batch: RowBatch, input: InputRegion, neurons: number): Float64Array {
  const { rows, constant, size, slack } = batch;
  const { centre, radius, ball } = input;
  const values = batch.values[0];
  const spread = new Float64Array(rows);
  if (values) {
    for (let k = 0; k < centre.length; k++) {
      const far = ball === undefined ? radius[k] : 0;
      for (let row = 0; row < rows; row++) {
        const own = values[k * rows + row];
        if (own === 0) continue;
        const middle = own * centre[k];
        constant[row] += middle;
        size[row] += Math.abs(middle);
        spread[row] += ball === undefined ? Math.abs(own) * far : own * own;
      }
    }
  }
  // Every constant is a sum of at most four numbers for each neuron.
  const slop = gamma(4 * neurons + 16);
  return constant.map((middle, row) => {
    const reach =
      ball === undefined
        ? spread[row] * (1 + slop)
        : ball * (Math.sqrt(spread[row] * (1 + slop)) * (1 + 2 ** -50) + 2 ** -500);
    const outward = reach + slack[row] * (1 + 2 ** -20) + size[row] * slop;
    return middle + Math.abs(middle) * 2 ** -50 + outward * (1 + 2 ** -48) + 2 ** -990;
  });
}

/** The ranges, those of these neurons as narrow as rows show them; rows that there is no room for leave them. */
export function* narrowedSteps(
  rowLayers: RowLayers,
  index: number,
  kind: Parameters<typeof neuronBoundsSteps>[2],
  ranges: Ranges,
  neurons: readonly number[],
  budget: Budget,
): Steps<Ranges> {
  const bounds = yield* neuronBoundsSteps(rowLayers, index, kind, neurons, budget);
  return bounds === undefined ? ranges : narrowed(ranges, neurons, bounds);
}
