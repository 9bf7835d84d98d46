/**
 * Learns the free parameters of the ellipsoid chain: the derivative of the outputs' bounds runs back
 * through the layers as a few directions, and every parameter has a condition at the optimum that is
 * solved for it (multiplicative updates). Nothing here needs to be exact: any positive parameters are
 * sound, and the chain is run again, verified, with the best ones met.
 */

import type { Steps } from '../../core/steps.js';
import { cloneParameters, type LayerParameters } from './chain-parameters.js';
import { multiplyTransposedVector, multiplyVector } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import { OutOfRange, type Shape, type SlopedImage, type Slopes } from './ellipsoid.js';
import { type ChainResult, type RangeHint, runChainSteps } from './ellipsoid-chain.js';
import type { CentredRegion } from './region.js';

type Direction = Float64Array;

/** How strongly the largest output bounds dominate the objective, a power mean of all. */
const POWER = 8;
/** Outputs that are followed back; more cost time and change little. */
const DIRECTIONS = 16;
/** Shortest and longest step of one multiplier in one update. */
const SHORTEST = 0.7;
const LONGEST = 1 / SHORTEST;
const LEAST_SHARE = 1e-4;
/** A layer's inputs are taken as a box only where that is better by this factor. */
const BOX_MARGIN = 0.5;
/** Rounds before the ellipsoids are judged against boxes: they begin far from their best. */
const SETTLED = 12;
/** A step may make the bound this much worse: the way to a better one is often not downhill. */
const TOLERATED = 1.2;
/** How the length of a step changes after a failure and after a success. */
const SHORTER = 0.5;
const LONGER = 1.5;

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function scaledBy(direction: Direction, factor: number): Direction {
  return direction.map((value) => value * factor);
}

/** `sum over directions of f^T H f`. */
function weightAlong(shape: Shape, directions: readonly Direction[]): number {
  let sum = 0;
  for (const direction of directions) {
    const n = direction.length;
    const image = multiplyVector(shape, n, n, direction);
    for (let k = 0; k < n; k++) sum += image[k] * direction[k];
  }
  return sum;
}

/** Directions on a post-activation, taken to the pre-activation; updates the multipliers' ratios. */
function throughSlopes(
  directions: readonly Direction[],
  { low, span, free }: Slopes,
  image: SlopedImage,
  shape: Shape,
  ratios: Float64Array,
): Direction[] {
  const size = free.length;
  const squares = new Float64Array(size);
  const products = new Float64Array(size);
  const results = directions.map((direction) => {
    const n = direction.length;
    const inner = multiplyTransposedVector(image.cross, n, size, direction);
    const part = multiplyVector(image.inverse, size, size, inner);
    const result = direction.map((value, k) => value * low[k]);
    for (let a = 0; a < size; a++) {
      const k = free[a];
      result[k] += part[a];
      squares[a] += part[a] ** 2;
      products[a] += direction[k] * span[k] * part[a];
    }
    return result;
  });
  const n = low.length;
  for (let a = 0; a < size; a++) {
    const k = free[a];
    const ratio = products[a] > 0 ? squares[a] / products[a] : LONGEST;
    const step = clamp(ratio, SHORTEST, LONGEST);
    const diagonal = shape[k * n + k];
    if (!(diagonal > 0) || Number.isNaN(step)) continue;
    ratios[k] = (image.multipliers[a] / diagonal) * step;
  }
  return results;
}

/** Importance of each input at the optimum: the size of the directions' effect, damped; their sum. */
function updateImportance(
  importance: Float64Array,
  weights: Float64Array,
  rows: number,
  columns: number,
  radius: Float64Array,
  directions: readonly Direction[],
): number {
  const squares = new Float64Array(columns);
  for (const direction of directions) {
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

/**
 * One update of all parameters from the derivative at `result`. `settled` allows layers to change from
 * the ellipsoid of their inputs to the box.
 */
export function updateParameters(
  layers: readonly DifferenceLayer[],
  result: ChainResult,
  region: CentredRegion,
  parameters: readonly LayerParameters[],
  settled: boolean,
): LearnedDirections {
  const last = layers.length - 1;
  const { outputs, inputs, rounded, deltaWeights } = layers[last];
  const largest = result.bounds.reduce((most, value) => Math.max(most, value), 0);
  const byLayer: Direction[][] = layers.map(() => []);
  if (!(largest > 0)) return { error: byLayer };
  let onError: Direction[] = [];
  let onActivation: Direction[] = [];
  const order = Array.from(result.bounds.keys())
    .sort((a, b) => result.bounds[b] - result.bounds[a])
    .slice(0, DIRECTIONS);
  for (const j of order) {
    const relative = result.bounds[j] / largest;
    let weight = 1;
    for (let power = 1; power < POWER; power++) weight *= relative;
    const unit = new Float64Array(outputs);
    unit[j] = Math.sqrt(weight / largest);
    byLayer[last].push(unit);
    const row = rounded.slice(j * inputs, (j + 1) * inputs);
    const carried = result.carriedParts[j];
    if (carried > 0) onError.push(scaledBy(row, Math.sqrt(weight / carried)));
    const own = result.ownParts[j];
    if (own > 0 && (result.ownEllipsoid[j] === 1 || !settled)) {
      const deltaRow = deltaWeights.slice(j * inputs, (j + 1) * inputs);
      onActivation.push(scaledBy(deltaRow, Math.sqrt(weight / own)));
    }
  }
  for (let index = last - 1; index >= 0; index--) {
    const layer = layers[index];
    const step = result.layers[index];
    const own = parameters[index];
    const { weights } = layer;
    const nextError: Direction[] = [];
    const nextActivation: Direction[] = [];
    if (step.errorImage && step.errorSlopes && step.error) {
      const directions = throughSlopes(
        onError,
        step.errorSlopes,
        step.errorImage,
        step.error,
        own.errorMultipliers,
      );
      byLayer[index] = directions;
      const parts = [step.carried, step.own, step.mean];
      const present = parts.map((shape) => shape !== undefined);
      let total = 0;
      parts.forEach((_, part) => {
        if (present[part]) total += step.shares[part];
      });
      const old = step.shares.map((share) => share / total);
      const effect = parts.map((shape) =>
        shape === undefined ? 0 : Math.sqrt(Math.max(0, weightAlong(shape, directions))),
      );
      const sum = effect.reduce((all, value) => all + value, 0);
      if (sum > 0) {
        own.shares = [0, 1, 2].map((part) =>
          Math.max(effect[part] / sum, LEAST_SHARE),
        ) as LayerParameters['shares'];
      }
      const ownScale = 1 / Math.sqrt(old[1]);
      if (step.own !== undefined) {
        if (!(index === 0 && region.ball)) {
          const asBox = updateImportance(
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
        if (step.source === 'ellipsoid') {
          for (const direction of directions) {
            nextActivation.push(
              scaledBy(
                multiplyTransposedVector(
                  layer.deltaWeights,
                  layer.outputs,
                  layer.inputs,
                  direction,
                ),
                ownScale,
              ),
            );
          }
        }
      }
      if (step.carried !== undefined) {
        const scale = 1 / Math.sqrt(old[0]);
        for (const direction of directions) {
          nextError.push(
            scaledBy(
              multiplyTransposedVector(layer.rounded, layer.outputs, layer.inputs, direction),
              scale,
            ),
          );
        }
      }
    }
    if (onActivation.length > 0 && step.activationImage && step.activationSlopes) {
      const directions = throughSlopes(
        onActivation,
        step.activationSlopes,
        step.activationImage,
        step.activation as Shape,
        own.activationMultipliers,
      );
      if (index === 0 && !region.ball) {
        updateImportance(
          own.activationImportance,
          weights,
          layer.outputs,
          layer.inputs,
          step.radius,
          directions,
        );
      } else if (index > 0) {
        for (const direction of directions) {
          nextActivation.push(
            multiplyTransposedVector(weights, layer.outputs, layer.inputs, direction),
          );
        }
      }
    }
    onError = nextError;
    onActivation = nextActivation;
  }
  return { error: byLayer };
}

export interface Learned {
  readonly parameters: LayerParameters[];
  /** Where the conditions at these parameters point. */
  readonly proposal: LayerParameters[];
  /** Largest output bound of the estimate. */
  readonly estimate: number;
  readonly result: ChainResult | undefined;
  readonly directions: LearnedDirections | undefined;
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Between two sets of parameters, by factors; values not yet learned (0) are taken over. */
function blend(
  from: readonly LayerParameters[],
  to: readonly LayerParameters[],
  step: number,
): LayerParameters[] {
  // Multiplicative like a geometric mean, in operations that are the same on every platform.
  const between = (a: number, b: number): number => {
    if (!(a > 0 && b > 0)) return b;
    return b >= a ? a * (1 - step + (step * b) / a) : a / (1 - step + (step * a) / b);
  };
  const arrays = (a: Float64Array, b: Float64Array): Float64Array =>
    a.map((value, k) => between(value, b[k]));
  return cloneParameters(to).map((target, index) => {
    const start = from[index];
    if (step === 1) return target;
    return {
      errorMultipliers: arrays(start.errorMultipliers, target.errorMultipliers),
      activationMultipliers: arrays(start.activationMultipliers, target.activationMultipliers),
      errorImportance: arrays(start.errorImportance, target.errorImportance),
      activationImportance: arrays(start.activationImportance, target.activationImportance),
      shares: [0, 1, 2].map((part) =>
        between(start.shares[part], target.shares[part]),
      ) as LayerParameters['shares'],
      source: target.source,
    };
  });
}

/**
 * `rounds` runs from `start`: each takes a step towards what the conditions of the last parameters ask
 * for. A step that leads far off is taken back and made shorter (the conditions are coupled: a full
 * step often goes too far). Ends early where the estimate is
 * below `goal`, or beyond a factor of it when patience ends. Yields before every round.
 */
export function* learnParameters(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
  start: readonly LayerParameters[],
  rounds: number,
  goal = 0,
  patience?: { readonly rounds: number; readonly factor: number },
  hints: readonly RangeHint[] = [],
): Steps<Learned> {
  let best: Learned = {
    parameters: cloneParameters(start),
    proposal: [],
    estimate: Number.POSITIVE_INFINITY,
    result: undefined,
    directions: undefined,
  };
  let current = cloneParameters(start);
  let proposal = current;
  let step = 1;
  for (let round = 0; round < rounds; round++) {
    if (goal > 0 && round === patience?.rounds && best.estimate > patience.factor * goal) break;
    const used = round === 0 ? current : blend(current, proposal, step);
    let result: ChainResult | undefined;
    yield;
    try {
      result = yield* runChainSteps(layers, region, used, false, hints);
    } catch (error) {
      if (!(error instanceof OutOfRange)) throw error;
      if (best.result === undefined) break;
    }
    const estimate = result === undefined ? Number.POSITIVE_INFINITY : largestOf(result.bounds);
    if (result === undefined || !(estimate < best.estimate * TOLERATED)) {
      step *= SHORTER;
      current = best.parameters;
      proposal = best.proposal;
      continue;
    }
    current = cloneParameters(result.parameters);
    proposal = cloneParameters(current);
    const directions = updateParameters(layers, result, region, proposal, round >= SETTLED);
    if (estimate < best.estimate) {
      best = { parameters: current, proposal, estimate, result, directions };
      step = Math.min(1, step * LONGER);
      if (estimate <= goal * (1 - 2 ** -20)) break;
    }
  }
  return best;
}
