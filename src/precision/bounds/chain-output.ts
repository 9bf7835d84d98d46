/** The last layer of the ellipsoid chain: a bound of each output. */
import { everyFew, type Steps } from '../../core/steps.js';
import { isZero, meets } from './chain-parameters.js';
import { multiplyAbsolute, PRODUCTS_AT_ONCE } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import { type Shape, scaledImage, supportAlong, supports } from './ellipsoid.js';
import { gamma, roundUp } from './rounding.js';

/** Per output. */
export interface OutputBounds {
  /** An upper bound of `|f_j - f^_j|`: what inner layers carry and the last one's own. */
  readonly bounds: Float64Array;
  readonly carriedParts: Float64Array;
  readonly ownParts: Float64Array;
  /** Whether the last layer's own part comes from the ellipsoid of activations (1) or the box (0). */
  readonly ownEllipsoid: Uint8Array;
}

/** What a layer's rounding adds on average: a vector, known up to `slack`. */
export interface Mean {
  readonly vector: Float64Array;
  readonly slack: Float64Array;
}

/** The effect of a layer's own rounding: its mean, and how far from it each output can be. */
export interface OwnEffect {
  readonly mean: Mean;
  readonly reach: Float64Array;
}

/** Per output, how far `dW v` can reach over the box of radius `radius`, or the ball. */
export function* outputReach(
  layer: DifferenceLayer,
  radius: Float64Array,
  ball: boolean,
): Steps<Float64Array> {
  const { deltaWeights, outputs, inputs } = layer;
  if (ball) return supports(yield* scaledImage(deltaWeights, outputs, inputs, radius), outputs);
  return multiplyAbsolute(deltaWeights, outputs, inputs, radius).map((value, j) =>
    value === 0 && !meets(deltaWeights.subarray(j * inputs, (j + 1) * inputs), radius)
      ? 0
      : roundUp(value * (1 + gamma(inputs + 4))),
  );
}

/** Per output, how far `dW v` can reach over the ellipsoid of activations. */
export function* outputSupports(layer: DifferenceLayer, activation: Shape): Steps<Float64Array> {
  const { deltaWeights, outputs, inputs } = layer;
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const reach = new Float64Array(outputs);
  for (let j = 0; j < outputs; j++) {
    const row = deltaWeights.subarray(j * inputs, (j + 1) * inputs);
    if (!isZero(row)) reach[j] = supportAlong(row, activation);
    if (isTurn(2 * inputs * inputs)) yield;
  }
  return reach;
}

/** The output layer, one output at a time: parts add up, the layer's own the better of two. */
export function* boundOutputs(
  { outputs, inputs, rounded }: DifferenceLayer,
  error: Shape | undefined,
  byBox: OwnEffect,
  byEllipsoid: OwnEffect | undefined,
): Steps<OutputBounds> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const bounds = new Float64Array(outputs);
  const carriedParts = new Float64Array(outputs);
  const ownParts = new Float64Array(outputs);
  const ownEllipsoid = new Uint8Array(outputs);
  const constant = ({ mean }: OwnEffect, j: number): number =>
    Math.abs(mean.vector[j]) + mean.slack[j];
  for (let j = 0; j < outputs; j++) {
    const row = rounded.subarray(j * inputs, (j + 1) * inputs);
    if (error !== undefined) {
      carriedParts[j] = supportAlong(row, error);
      if (isTurn(2 * inputs * inputs)) yield;
    }
    ownParts[j] = byBox.reach[j] + constant(byBox, j);
    if (byEllipsoid !== undefined) {
      const other = byEllipsoid.reach[j] + constant(byEllipsoid, j);
      if (other < ownParts[j]) {
        ownParts[j] = other;
        ownEllipsoid[j] = 1;
      }
    }
    const sum = carriedParts[j] + ownParts[j];
    const isNone = sum === 0 && (error === undefined || isZero(row));
    bounds[j] = isNone ? 0 : roundUp(sum);
  }
  return { bounds, carriedParts, ownParts, ownEllipsoid };
}
