/**
 * One update of the ellipsoid chain's free parameters: the derivative of the outputs' bounds runs back
 * through the layers as a few directions, and every parameter has a condition at the optimum that is
 * solved for it (multiplicative updates).
 */
import { everyFew, type Steps } from '../../core/steps.js';
import type { LayerParameters } from './chain-parameters.js';
import { multiplyTransposedVector, multiplyVector, PRODUCTS_AT_ONCE } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import type { Shape, SlopedImage, Slopes } from './ellipsoid.js';
import type { ChainLayer, ChainResult } from './ellipsoid-chain.js';
import type { CentredRegion } from './region.js';

type Direction = Float64Array;

/** How strongly the largest output bounds dominate the objective, a power mean of all. */
const POWER = 8;
/** Outputs that are followed back; more cost time and change little. */
const DIRECTIONS = 16;
const LEAST_SHARE = 1e-4;
/** A layer's inputs are taken as a box only where that is better by this factor. */
const BOX_MARGIN = 0.5;

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function scaledBy(direction: Direction, factor: number): Direction {
  return direction.map((value) => value * factor);
}

/** `sum over directions of f^T H f`. */
function* weightAlong(shape: Shape, directions: readonly Direction[]): Steps<number> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  let sum = 0;
  for (const direction of directions) {
    const n = direction.length;
    if (isTurn(n * n)) yield;
    const image = multiplyVector(shape, n, n, direction);
    for (let k = 0; k < n; k++) sum += image[k] * direction[k];
  }
  return sum;
}

/** Directions on a post-activation, taken to the pre-activation; updates the multipliers' ratios. */
function* throughSlopes(
  directions: readonly Direction[],
  { low, span, free }: Slopes,
  image: SlopedImage,
  shape: Shape,
  ratios: Float64Array,
  shortest: number,
): Steps<Direction[]> {
  const size = free.length;
  const squares = new Float64Array(size);
  const products = new Float64Array(size);
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const results: Direction[] = [];
  for (const direction of directions) {
    const n = direction.length;
    if (isTurn(size * (n + size))) yield;
    const inner = multiplyTransposedVector(image.cross, n, size, direction);
    const part = multiplyVector(image.inverse, size, size, inner);
    const result = direction.map((value, k) => value * low[k]);
    for (let a = 0; a < size; a++) {
      const k = free[a];
      result[k] += part[a];
      squares[a] += part[a] ** 2;
      products[a] += direction[k] * span[k] * part[a];
    }
    results.push(result);
  }
  const n = low.length;
  for (let a = 0; a < size; a++) {
    const k = free[a];
    const longest = 1 / shortest;
    const ratio = products[a] > 0 ? squares[a] / products[a] : longest;
    const step = clamp(ratio, shortest, longest);
    const diagonal = shape[k * n + k];
    if (!(diagonal > 0) || Number.isNaN(step)) continue;
    ratios[k] = (image.multipliers[a] / diagonal) * step;
  }
  return results;
}

/** Importance of each input at the optimum: the size of the directions' effect, damped; their sum. */
function* updateImportance(
  importance: Float64Array,
  weights: Float64Array,
  rows: number,
  columns: number,
  radius: Float64Array,
  directions: readonly Direction[],
): Steps<number> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const squares = new Float64Array(columns);
  for (const direction of directions) {
    if (isTurn(rows * columns)) yield;
    const image = multiplyTransposedVector(weights, rows, columns, direction);
    for (let k = 0; k < columns; k++) squares[k] += (image[k] * radius[k]) ** 2;
  }
  let total = 0;
  let before = 0;
  for (let k = 0; k < columns; k++) {
    squares[k] = Math.sqrt(squares[k]);
    total += squares[k];
    before += importance[k];
  }
  if (!(total > 0)) return 0;
  for (let k = 0; k < columns; k++) {
    if (radius[k] === 0) continue;
    const wanted = Math.max(squares[k] / total, 1e-9);
    importance[k] =
      before > 0 ? Math.sqrt(Math.max(importance[k] / before, 1e-9) * wanted) : wanted;
  }
  return total;
}

/** Directions per layer on the pre-activation error, as the rounding wants them. */
export interface LearnedDirections {
  readonly error: readonly (readonly Direction[])[];
}

/** What runs back through the layers: directions on a layer's outputs. */
interface Backwards {
  readonly onError: readonly Direction[];
  readonly onActivation: readonly Direction[];
}

/** The derivative at the outputs, the largest of them `largest`, as directions on what the last layer meets. */
function fromOutputs(
  { outputs, inputs, rounded, deltaWeights }: DifferenceLayer,
  result: ChainResult,
  largest: number,
  settled: boolean,
): Backwards & { readonly units: readonly Direction[] } {
  const { bounds, carriedParts, ownParts, ownEllipsoid } = result;
  const units: Direction[] = [];
  const onError: Direction[] = [];
  const onActivation: Direction[] = [];
  const order = Array.from(bounds.keys())
    .sort((a, b) => bounds[b] - bounds[a])
    .slice(0, DIRECTIONS);
  for (const j of order) {
    const relative = bounds[j] / largest;
    let weight = 1;
    for (let power = 1; power < POWER; power++) weight *= relative;
    const unit = new Float64Array(outputs);
    unit[j] = Math.sqrt(weight / largest);
    units.push(unit);
    const row = rounded.slice(j * inputs, (j + 1) * inputs);
    if (carriedParts[j] > 0) onError.push(scaledBy(row, Math.sqrt(weight / carriedParts[j])));
    if (ownParts[j] > 0 && (ownEllipsoid[j] === 1 || !settled)) {
      const deltaRow = deltaWeights.slice(j * inputs, (j + 1) * inputs);
      onActivation.push(scaledBy(deltaRow, Math.sqrt(weight / ownParts[j])));
    }
  }
  return { units, onError, onActivation };
}

/** A layer of the chain, with its parameters, which are updated. */
interface Passed {
  readonly layer: DifferenceLayer;
  readonly step: ChainLayer;
  readonly own: LayerParameters;
  /** The first layer, and whether it meets a ball: that has no importances. */
  readonly isFirst: boolean;
  readonly ball: boolean;
  readonly settled: boolean;
  readonly shortest: number;
}

/** Directions on a layer's outputs as directions on its inputs. */
function* throughMatrix(
  matrix: Float64Array,
  { outputs, inputs }: DifferenceLayer,
  directions: readonly Direction[],
): Steps<Direction[]> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const through: Direction[] = [];
  for (const direction of directions) {
    through.push(multiplyTransposedVector(matrix, outputs, inputs, direction));
    if (isTurn(outputs * inputs)) yield;
  }
  return through;
}

/** Updates the shares; returns what each part of the error does, and the shares that it had. */
function* updateShares(
  { step, own }: Passed,
  directions: readonly Direction[],
): Steps<{ readonly effect: readonly number[]; readonly before: readonly number[] }> {
  const parts = [step.carried, step.own, step.mean];
  const total = parts.reduce(
    (sum, shape, part) => (shape === undefined ? sum : sum + step.shares[part]),
    0,
  );
  const effect: number[] = [];
  for (const shape of parts) {
    const weight = shape === undefined ? 0 : yield* weightAlong(shape, directions);
    effect.push(Math.sqrt(Math.max(0, weight)));
  }
  const sum = effect.reduce((all, value) => all + value, 0);
  if (sum > 0) {
    own.shares = [0, 1, 2].map((part) =>
      Math.max(effect[part] / sum, LEAST_SHARE),
    ) as LayerParameters['shares'];
  }
  return { effect, before: step.shares.map((share) => share / total) };
}

/** From a layer's error to what it meets, through its own rounding and what it carries on. */
function* errorBackwards(
  passed: Passed,
  onError: readonly Direction[],
): Steps<Backwards & { readonly directions: readonly Direction[] }> {
  const { layer, step, own, isFirst, ball, settled, shortest } = passed;
  const none: Direction[] = [];
  if (!(step.errorImage && step.errorSlopes && step.error)) {
    return { directions: none, onError: none, onActivation: none };
  }
  const { errorImage, errorSlopes, error } = step;
  const directions = yield* throughSlopes(
    onError,
    errorSlopes,
    errorImage,
    error,
    own.errorMultipliers,
    shortest,
  );
  const { effect, before } = yield* updateShares(passed, directions);
  if (step.own !== undefined && !(isFirst && ball)) {
    const asBox = yield* updateImportance(
      own.errorImportance,
      layer.deltaWeights,
      layer.outputs,
      layer.inputs,
      step.radius,
      directions,
    );
    // A box is worth (sum of effects)^2 at its best importances.
    if (settled && step.source === 'ellipsoid' && asBox < BOX_MARGIN * effect[1]) {
      own.source = 'box';
    }
  }
  function* scaledThrough(matrix: Float64Array, share: number): Steps<Direction[]> {
    const through = yield* throughMatrix(matrix, layer, directions);
    return through.map((each) => scaledBy(each, 1 / Math.sqrt(share)));
  }
  const meetsEllipsoid = step.own !== undefined && step.source === 'ellipsoid';
  return {
    directions,
    onActivation: meetsEllipsoid ? yield* scaledThrough(layer.deltaWeights, before[1]) : none,
    onError: step.carried === undefined ? none : yield* scaledThrough(layer.rounded, before[0]),
  };
}

/** From a layer's activations to those it meets; the first layer meets the region itself. */
function* activationBackwards(
  { layer, step, own, isFirst, ball, shortest }: Passed,
  onActivation: readonly Direction[],
): Steps<Direction[]> {
  const { activationImage, activationSlopes, activation } = step;
  if (onActivation.length === 0 || !activationImage || !activationSlopes) return [];
  const directions = yield* throughSlopes(
    onActivation,
    activationSlopes,
    activationImage,
    activation as Shape,
    own.activationMultipliers,
    shortest,
  );
  const { weights, outputs, inputs } = layer;
  if (!isFirst) return yield* throughMatrix(weights, layer, directions);
  if (!ball) {
    const { radius } = step;
    yield* updateImportance(own.activationImportance, weights, outputs, inputs, radius, directions);
  }
  return [];
}

/**
 * One update of all parameters from the derivative at `result`. `settled` allows layers to change from
 * the ellipsoid of their inputs to the box; a multiplier is changed by a factor of `shortest` to 1 / `shortest`.
 * In steps.
 */
export function* updateParameters(
  layers: readonly DifferenceLayer[],
  result: ChainResult,
  region: CentredRegion,
  parameters: readonly LayerParameters[],
  settled: boolean,
  shortest: number,
): Steps<LearnedDirections> {
  const last = layers.length - 1;
  const byLayer: (readonly Direction[])[] = layers.map(() => []);
  const largest = result.bounds.reduce((most, value) => Math.max(most, value), 0);
  if (!(largest > 0)) return { error: byLayer };
  const { units, ...outputs } = fromOutputs(layers[last], result, largest, settled);
  byLayer[last] = units;
  let back: Backwards = outputs;
  for (let index = last - 1; index >= 0; index--) {
    const passed: Passed = {
      layer: layers[index],
      step: result.layers[index],
      own: parameters[index],
      isFirst: index === 0,
      ball: region.ball,
      settled,
      shortest,
    };
    const byError = yield* errorBackwards(passed, back.onError);
    yield;
    const byActivation = yield* activationBackwards(passed, back.onActivation);
    byLayer[index] = byError.directions;
    back = {
      onError: byError.onError,
      onActivation: [...byError.onActivation, ...byActivation],
    };
    yield;
  }
  return { error: byLayer };
}
