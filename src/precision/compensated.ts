/**
 * Compensated rounding: each weight goes up or down so that what the layer's rounding does *together*
 * stays small, measured by `trace(U E X E^T)`: X the second moments of the layer's inputs over the
 * domain, U how neurons' errors reach the outputs. Rounding in order, with every error fed back into what
 * is still to be rounded, makes the triangular transform of E, not E itself, at most half a unit
 * (Babai's nearest plane; in the field "optimal brain quantisation", here on both sides).
 * Any rounding is sound: the certificate takes the integers as they come.
 */

import { complete, everyFew, type Steps } from '../core/steps.js';
import { type IntegerMatrix, type IntegerNetwork, isBig } from '../integer/integer-network.js';
import { quantizeSteps } from '../integer/quantize.js';
import { type Layer, matrixOf, type Network } from '../target/network.js';
import { cholesky, PRODUCTS_AT_ONCE } from './bounds/dense.js';

/** A symmetric positive semidefinite matrix, flat. */
export interface RoundingMetric {
  /** outputs by outputs. */
  readonly rows: Float64Array;
  /** (inputs + 1) squared, the constant input last. */
  readonly columns: Float64Array;
}

/** Feedback beyond this many units of the last place would change the integers' length. */
const MOST_FEEDBACK = 4;
const SAFE = 2 ** 52;

/** Adds a share of the mean diagonal, so that no direction is thought to be free. */
function regularized(matrix: Float64Array, n: number, share: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i];
  const result = matrix.slice();
  const ridge = (share * trace) / n;
  for (let i = 0; i < n; i++) result[i * n + i] += ridge > 0 ? ridge : 1;
  return result;
}

/** The nearest integer, ties to even, as in `quantize`. */
function nearestInteger(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return fraction < 0.5 ? floor : floor + 1;
}

/** `L` unit lower triangular with `matrix = L^T D L`, in the given order of the coordinates. */
function* feedbackFactor(
  matrix: Float64Array,
  n: number,
  order: readonly number[],
): Steps<Float64Array | undefined> {
  // The reversed matrix has the Cholesky factor of the reversed order.
  const reversed = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      reversed[(n - 1 - a) * n + (n - 1 - b)] = matrix[order[a] * n + order[b]];
    }
  }
  const factor = yield* cholesky(reversed, n);
  if (factor === undefined) return undefined;
  const unit = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      const pivot = n - 1 - a;
      unit[a * n + b] = factor[(n - 1 - b) * n + pivot] / factor[pivot * n + pivot];
    }
  }
  return unit;
}

function byDiagonal(matrix: Float64Array, n: number, last?: number): number[] {
  const order = Array.from({ length: n }, (_, k) => k).filter((k) => k !== last);
  order.sort((a, b) => matrix[b * n + b] - matrix[a * n + a] || a - b);
  if (last !== undefined) order.push(last);
  return order;
}

/**
 * The layer's integers `round(2^places [W b])` with feedback, outputs by inputs + 1, or undefined where
 * plain float64s do not hold them exactly.
 */
function* roundLayer(
  layer: Layer,
  places: number,
  metric: RoundingMetric,
): Steps<Float64Array | undefined> {
  const { inputs, outputs } = layer;
  const matrix = matrixOf(layer);
  if (matrix.exact.size + layer.bias.exact.size > 0) return undefined;
  const [weights, bias] = [matrix.values, layer.bias.values];
  const columns = inputs + 1;
  const scale = 2 ** places;
  const target = new Float64Array(outputs * columns);
  for (let i = 0; i < outputs; i++) {
    for (let k = 0; k < inputs; k++) target[i * columns + k] = weights[i * inputs + k] * scale;
    target[i * columns + inputs] = bias[i] * scale;
  }
  if (!target.every((value) => Math.abs(value) < SAFE)) return undefined;
  // The largest integer stays as rounding to nearest makes it, and none exceeds it: the layer has as
  // many bits either way, so that more places never mean fewer bits.
  let most = 0;
  for (const value of target) most = Math.max(most, Math.abs(nearestInteger(value)));
  const rowMatrix = regularized(metric.rows, outputs, 0.3);
  const columnMatrix = regularized(metric.columns, columns, 0.01);
  const rowOrder = byDiagonal(rowMatrix, outputs);
  const columnOrder = byDiagonal(columnMatrix, columns, inputs);
  const rowFactor = yield* feedbackFactor(rowMatrix, outputs, rowOrder);
  const columnFactor = yield* feedbackFactor(columnMatrix, columns, columnOrder);
  if (rowFactor === undefined || columnFactor === undefined) return undefined;

  const integers = new Float64Array(outputs * columns);
  // Errors column by column (so that both feedback loops run along arrays), rows in their order.
  const errors: Float64Array[] = [];
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  for (let c = 0; c < columns; c++) {
    if (isTurn(outputs * (c + outputs / 2))) yield;
    const k = columnOrder[c];
    const feedback = new Float64Array(outputs);
    for (let before = 0; before < c; before++) {
      const factor = columnFactor[c * columns + before];
      if (factor === 0) continue;
      const error = errors[before];
      for (let r = 0; r < outputs; r++) feedback[r] += factor * error[r];
    }
    const error = new Float64Array(outputs);
    // P = E L_X on this column, then T = L_U P row by row.
    const partial = new Float64Array(outputs);
    for (let r = 0; r < outputs; r++) {
      const i = rowOrder[r];
      let wanted = feedback[r];
      const row = r * outputs;
      for (let before = 0; before < r; before++)
        wanted += rowFactor[row + before] * partial[before];
      const push = Math.min(Math.max(wanted, -MOST_FEEDBACK), MOST_FEEDBACK);
      const value = target[i * columns + k];
      // Without errors there is no feedback: a layer that its places hold exactly stays exact.
      const nearest = nearestInteger(value);
      const wished = Math.min(Math.max(nearestInteger(value + push), -most), most);
      const rounded = (Math.abs(nearest) === most ? nearest : wished) + 0;
      integers[i * columns + k] = rounded;
      error[r] = value - rounded;
      partial[r] = error[r] + feedback[r];
    }
    errors.push(error);
  }
  return integers;
}

/**
 * The integer network with `places[i]` binary places in layer i, rounded with feedback by `metrics[i]`
 * (to nearest where a layer has none). Deterministic.
 */
export function quantizeCompensated(
  network: Network,
  places: readonly number[],
  metrics: readonly (RoundingMetric | undefined)[],
): IntegerNetwork {
  return complete(quantizeCompensatedSteps(network, places, metrics));
}

/** The same in steps of stage `quantise`. */
export function* quantizeCompensatedSteps(
  network: Network,
  places: readonly number[],
  metrics: readonly (RoundingMetric | undefined)[],
): Steps<IntegerNetwork> {
  const nearest = yield* quantizeSteps(network, places);
  const matrices: IntegerMatrix[] = [];
  for (const [index, matrix] of nearest.matrices.entries()) {
    const metric = metrics[index];
    const layer = network.layers[index];
    const integers =
      metric === undefined || isBig(matrix.values)
        ? undefined
        : yield* roundLayer(layer, places[index], metric);
    matrices.push(integers === undefined ? matrix : withIntegers(matrix, layer, integers));
  }
  return { ...nearest, matrices };
}

/** The matrix with the layer's integers, outputs by inputs + 1, in place of its own. */
function withIntegers(matrix: IntegerMatrix, layer: Layer, integers: Float64Array): IntegerMatrix {
  const values = Float64Array.from(matrix.values as Float64Array);
  const columns = layer.inputs + 1;
  for (let i = 0; i < layer.outputs; i++) {
    for (let k = 0; k < matrix.columns; k++) {
      values[i * matrix.columns + k] = integers[i * columns + k];
    }
  }
  return { ...matrix, values };
}
