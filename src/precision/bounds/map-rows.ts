/**
 * Rows of a backward bound on feature maps: linear functions of the true outputs `a_t` of layers and of the
 * errors `d_t` that those of `f^` have, carried from one layer towards the inputs, a batch at a time. What a
 * batch states stays true in float64: `row <= constant + slack + sum_t (u_t . a_t + v_t . d_t)` for the
 * coefficients as they are stored. Those are sums of products, each off by at most gamma_n times the sum of the
 * products' magnitudes; what that may change is bounded through `|a| <= A` and `|d| <= D` and goes into the slack.
 * No matrix of a convolution is formed: a product with a transposed one is a scatter.
 */
import {
  applyMagnitudes,
  type LinearDifference,
  type MapDifference,
  type PoolingDifference,
} from './map-difference.js';
import { joinReads, scatterReads } from './map-reads.js';
import type { ErrorRelaxation, ValueRelaxation } from './map-relaxation.js';
import { addTransposed } from './map-transposed.js';
import { gamma, TINY } from './rounding.js';

/** What underflow may lose in all products of one layer, per unit of what they are multiplied by. */
const LAYER_UNDERFLOW = 2 ** -1000;

/** Some rows, each with its own bound; arrays are neurons by rows. */
export interface RowBatch {
  readonly rows: number;
  /** By number of layer, 0 the input: coefficients of true outputs; undefined before any. */
  readonly values: (Float64Array | undefined)[];
  /** The same of errors. */
  readonly errors: (Float64Array | undefined)[];
  readonly constant: Float64Array;
  /** Sums of the magnitudes of what was added to the constant. */
  readonly size: Float64Array;
  readonly slack: Float64Array;
}

/** Magnitudes that a layer's rounding is measured by. */
export interface LayerSizes {
  /** `|W| A` for inputs of magnitude A. */
  readonly values: Float64Array;
  /** `|W^| D + |dW| A`. */
  readonly errors: Float64Array;
  /** The largest of A and D. */
  readonly largest: number;
}

/** The magnitudes of a layer whose inputs are at most `inputs` and their errors at most `errors`. */
export function layerSizes(
  layer: MapDifference,
  inputs: Float64Array,
  errors: Float64Array | undefined,
): LayerSizes {
  const greatest = (numbers: Float64Array): number =>
    numbers.reduce((most, number) => Math.max(most, number), 0);
  const largest = Math.max(greatest(inputs), errors ? greatest(errors) : 0);
  if (layer.kind === 'pooling') return { values: EMPTY, errors: EMPTY, largest };
  const upward = 1 + gamma(layer.products + 8);
  const values = applyMagnitudes(layer, 'values', inputs);
  const own = errors && applyMagnitudes(layer, 'delta', inputs);
  const carried = errors && applyMagnitudes(layer, 'rounded', errors);
  return {
    // A product that is too small for a float64 is not 0.
    values: values.map((value) => value * upward + TINY),
    errors: own && carried ? own.map((value, i) => (value + carried[i]) * upward + TINY) : EMPTY,
    largest,
  };
}

const EMPTY = new Float64Array(0);

export function newBatch(layers: number, rows: number): RowBatch {
  return {
    rows,
    values: new Array(layers + 1).fill(undefined),
    errors: new Array(layers + 1).fill(undefined),
    constant: new Float64Array(rows),
    size: new Float64Array(rows),
    slack: new Float64Array(rows),
  };
}

/** What a term of the constant is, beside the magnitude of its parts. */
function addConstant(batch: RowBatch, row: number, term: number, size: number): void {
  batch.constant[row] += term;
  batch.size[row] += size;
}

/** Through the ReLU of a layer: coefficients of its outputs become such of its pre-activations. */
export function backThroughReluOfValues(
  batch: RowBatch,
  coefficients: Float64Array,
  { lower, upper, chord, floor }: ValueRelaxation,
): void {
  const { rows } = batch;
  for (let i = 0; i < lower.length; i++) {
    const rising = chord[i];
    const resting = floor[i];
    const low = lower[i];
    const high = upper[i];
    // On, or off, for all inputs: its function is linear. Slopes do not tell: a chord may round to 0 or 1.
    if (low >= 0) continue;
    const at = i * rows;
    if (high <= 0) {
      coefficients.fill(0, at, at + rows);
      continue;
    }
    for (let row = 0; row < rows; row++) {
      const own = coefficients[at + row];
      if (own > 0) {
        const carried = own * rising;
        coefficients[at + row] = carried;
        // relu(z) own - carried z is convex in z: largest at an end of the range, whatever the slope.
        const atLow = -carried * low;
        const atHigh = own * high - carried * high;
        addConstant(batch, row, Math.max(atLow, atHigh), atLow + (own + carried) * high);
      } else if (resting === 0) {
        // relu(z) >= 0; where the floor is 1, relu(z) >= z and nothing changes. What has overflowed stays known.
        if (!(own > Number.NEGATIVE_INFINITY)) batch.constant[row] = Number.NaN;
        coefficients[at + row] = 0;
      }
    }
  }
}

/** The same of errors: `d` between two lines over the error before, of which each row takes one. */
export function backThroughReluOfErrors(
  batch: RowBatch,
  coefficients: Float64Array,
  { lower, upper, above, below }: ErrorRelaxation,
): void {
  const { rows } = batch;
  for (let i = 0; i < lower.length; i++) {
    if (above.isExact[i] === 1 && below.isExact[i] === 1) {
      if (above.slope[i] === 1 && below.slope[i] === 1) continue;
      if (above.slope[i] === 0 && below.slope[i] === 0) {
        coefficients.fill(0, i * rows, (i + 1) * rows);
        continue;
      }
    }
    const [start, end] = [lower[i], upper[i]];
    for (let row = 0; row < rows; row++) {
      const own = coefficients[i * rows + row];
      if (own === 0) continue;
      const line = own > 0 ? above : below;
      const carried = own * line.slope[i];
      coefficients[i * rows + row] = carried;
      if (line.isExact[i] === 1) continue;
      // The hull's side is convex where it is above, and the other way: its ends decide, whatever the slope.
      const [first, last] = [own * line.atLow[i], own * line.atHigh[i]];
      const [before, behind] = [carried * start, carried * end];
      const size = Math.abs(first) + Math.abs(last) + Math.abs(before) + Math.abs(behind);
      addConstant(batch, row, Math.max(first - before, last - behind), size);
    }
  }
}

/** How many products are added up for one coefficient, at the most: by all layers that read it. */
export function mostReadings(layers: readonly MapDifference[]): number {
  const readings = new Array<number>(layers.length + 1).fill(2);
  for (const layer of layers) {
    if (layer.kind === 'pooling') {
      const { kernel } = layer.pooling;
      for (const number of layer.reads) readings[number] += 2 * kernel.height * kernel.width;
      continue;
    }
    for (const { map } of layer.parts) {
      const own =
        map.kind === 'dense'
          ? map.outputs
          : (map.output.channels / map.groups) * map.kernel.height * map.kernel.width;
      // Into errors one product, into values two.
      for (const number of layer.reads) readings[number] += 2 * own + 2;
    }
  }
  return readings.reduce((most, own) => Math.max(most, own), 0);
}

/**
 * Through the linear map of a layer, onto the coefficients of what it reads. Returns how many products that
 * took.
 */
export function backThroughLinear(
  batch: RowBatch,
  layer: LinearDifference,
  own: { readonly values: Float64Array | undefined; readonly errors: Float64Array | undefined },
  sizes: LayerSizes,
  widths: readonly number[],
  slop: number,
): number {
  const { rows, slack } = batch;
  const { values, errors } = own;
  const { bias, perChannel, outputs, parts } = layer;
  const ontoValues = joinReads(batch.values, layer.reads, widths, rows);
  const ontoErrors = errors && joinReads(batch.errors, layer.reads, widths, rows);
  for (let output = 0; output < outputs; output++) {
    const channel = perChannel === 1 ? output : Math.floor(output / perChannel);
    const [shift, change] = [bias.values[channel], bias.delta[channel]];
    const at = output * rows;
    for (let row = 0; row < rows; row++) {
      const u = values === undefined ? 0 : values[at + row];
      const v = errors === undefined ? 0 : errors[at + row];
      if (u === 0 && v === 0) continue;
      const [first, second] = [u * shift, v * change];
      addConstant(batch, row, first + second, Math.abs(first) + Math.abs(second));
      slack[row] +=
        slop *
        (Math.abs(u) * sizes.values[output] + (v === 0 ? 0 : Math.abs(v) * sizes.errors[output]));
    }
  }
  for (let row = 0; row < rows; row++) slack[row] += LAYER_UNDERFLOW * (1 + sizes.largest);
  let products = 0;
  for (const { map, start, values: weights, rounded, delta } of parts) {
    if (values) products += addTransposed(map, weights, values, ontoValues, start, rows);
    if (errors && ontoErrors) {
      products += addTransposed(map, delta, errors, ontoValues, start, rows);
      products += addTransposed(map, rounded, errors, ontoErrors, start, rows);
    }
  }
  scatterReads(batch.values, ontoValues, layer.reads, widths, rows);
  if (ontoErrors) scatterReads(batch.errors, ontoErrors, layer.reads, widths, rows);
  return products;
}

/** For each output of a maximum, what bounds it from above and below: one of its inputs, or a number. */
export interface PoolingLine {
  /** Input that it is at most (or at least), or -1. */
  readonly input: Int32Array;
  /** Where there is none, the number. */
  readonly number: Float64Array;
}

/** Through a maximum: each coefficient goes to one input, or into the constant. */
export function backThroughPooling(
  batch: RowBatch,
  into: (Float64Array | undefined)[],
  layer: PoolingDifference,
  coefficients: Float64Array,
  lines: { readonly above: PoolingLine; readonly below: PoolingLine },
  largest: number,
  widths: readonly number[],
  slop: number,
): void {
  const { rows, slack } = batch;
  const onto = joinReads(into, layer.reads, widths, rows);
  for (let output = 0; output < layer.pooling.outputs; output++) {
    for (let row = 0; row < rows; row++) {
      const own = coefficients[output * rows + row];
      if (own === 0) continue;
      const { input, number } = own > 0 ? lines.above : lines.below;
      if (input[output] >= 0) {
        onto[input[output] * rows + row] += own;
        slack[row] += slop * Math.abs(own) * largest;
      } else {
        const term = own * number[output];
        addConstant(batch, row, term, Math.abs(term));
      }
    }
  }
  scatterReads(into, onto, layer.reads, widths, rows);
}
