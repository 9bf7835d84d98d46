/**
 * Float64 evaluation of the error `f - f^` itself, not of two nearly equal outputs: `delta = W^ d + dW a +
 * db`, `d = s(z) - s(z - delta)`. Accurate to about 15 digits however small the error is; with its
 * gradient in the input.
 */

import { multiplyTransposedVector, multiplyVector } from '../precision/bounds/dense.js';
import type { DifferenceLayer } from '../precision/bounds/difference-layers.js';
import type { Activation } from '../target/network.js';

export interface Evaluation {
  /** `f_j - f^_j`. */
  readonly errors: Float64Array;
  /** Pre-activations of the true network and their errors, for the gradient. */
  readonly pre: readonly Float64Array[];
  readonly delta: readonly Float64Array[];
}

function rectified(value: number): number {
  return Math.max(0, value);
}

export function evaluateDifference(
  layers: readonly DifferenceLayer[],
  activation: Activation,
  input: Float64Array,
): Evaluation {
  let values = input;
  let errors: Float64Array | undefined;
  const pre: Float64Array[] = [];
  const deltas: Float64Array[] = [];
  layers.forEach((layer, index) => {
    const { inputs, outputs } = layer;
    const z = multiplyVector(layer.weights, outputs, inputs, values);
    const delta = multiplyVector(layer.deltaWeights, outputs, inputs, values);
    const carried =
      errors === undefined ? undefined : multiplyVector(layer.rounded, outputs, inputs, errors);
    for (let i = 0; i < outputs; i++) {
      z[i] += layer.bias[i];
      delta[i] += layer.deltaBias[i] + (carried?.[i] ?? 0);
    }
    pre.push(z);
    deltas.push(delta);
    if (index === layers.length - 1 && activation === 'identity') {
      errors = delta;
      return;
    }
    errors = z.map((value, i) => {
      const other = value - delta[i];
      if (value > 0 && other > 0) return delta[i];
      return rectified(value) - rectified(other);
    });
    values = z.map(rectified);
  });
  return { errors: errors ?? new Float64Array(0), pre, delta: deltas };
}

/** Root mean square of some numbers. */
export function typicalSize(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (values.length || 1));
}

/**
 * How far a ReLU is open at z: 0 or 1, or in between and smoothly so within about `width` of 0 (an algebraic
 * sigmoid: the same on every platform). A slope that looks a little beyond the kinks leads past more of them.
 */
export function gate(z: number, width: number): number {
  if (!(width > 0)) return z > 0 ? 1 : 0;
  return 0.5 + (0.5 * z) / Math.sqrt(width * width + z * z);
}

/**
 * Gradient of `errors[output]` in the input, where it exists; with `softness` that of gates which open smoothly,
 * over so many times the root mean square of a layer's pre-activations.
 */
export function differenceGradient(
  layers: readonly DifferenceLayer[],
  activation: Activation,
  { pre, delta }: Evaluation,
  output: number,
  softness = 0,
): Float64Array {
  const last = layers.length - 1;
  let onError: Float64Array = new Float64Array(layers[last].outputs);
  let onValue: Float64Array = new Float64Array(layers[last].outputs);
  onError[output] = 1;
  for (let index = last; index >= 0; index--) {
    const { inputs, outputs, weights, deltaWeights, rounded } = layers[index];
    if (index < last || activation === 'relu') {
      const z = pre[index];
      const width = softness * typicalSize(z);
      const error = onError;
      const value = onValue;
      const others = z.map((own, i) => gate(own - delta[index][i], width));
      onError = error.map((slope, i) => slope * others[i]);
      onValue = value.map((slope, i) => {
        const own = gate(z[i], width);
        return slope * own + error[i] * (own - others[i]);
      });
    }
    const through = multiplyTransposedVector(weights, outputs, inputs, onValue);
    const source = multiplyTransposedVector(deltaWeights, outputs, inputs, onError);
    const carried = multiplyTransposedVector(rounded, outputs, inputs, onError);
    for (let k = 0; k < inputs; k++) through[k] += source[k];
    onValue = through;
    onError = carried;
  }
  return onValue;
}
