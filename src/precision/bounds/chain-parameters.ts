/**
 * The free parameters of the ellipsoid chain, and what they are before any are learned: a value of 0
 * stands for "not yet", and the chain that meets it says what it took instead.
 */
import { multiplyVector } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import type { Shape } from './ellipsoid.js';
import { TINY } from './rounding.js';

/** The free parameters of one layer. Every positive value is sound; good ones are learned. */
export interface LayerParameters {
  /** Multipliers over the diagonal of the shape they belong to, one per neuron. */
  readonly errorMultipliers: Float64Array;
  readonly activationMultipliers: Float64Array;
  /** Importance of each input of the layer where a box is put into an ellipsoid. */
  readonly errorImportance: Float64Array;
  readonly activationImportance: Float64Array;
  /** Shares of the carried error, of this layer's rounding, and of its mean effect. */
  shares: [number, number, number];
  /** Whether the layer's own rounding meets the activations as a box or as an ellipsoid. */
  source: 'box' | 'ellipsoid' | undefined;
}

export function initialParameters(layers: readonly DifferenceLayer[]): LayerParameters[] {
  return layers.map(({ inputs, outputs }) => ({
    errorMultipliers: new Float64Array(outputs),
    activationMultipliers: new Float64Array(outputs),
    errorImportance: new Float64Array(inputs),
    activationImportance: new Float64Array(inputs),
    shares: [1, 1, 1],
    source: undefined,
  }));
}

export function cloneParameters(parameters: readonly LayerParameters[]): LayerParameters[] {
  return parameters.map((layer) => ({
    errorMultipliers: layer.errorMultipliers.slice(),
    activationMultipliers: layer.activationMultipliers.slice(),
    errorImportance: layer.errorImportance.slice(),
    activationImportance: layer.activationImportance.slice(),
    shares: [...layer.shares],
    source: layer.source,
  }));
}

export function isZero(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}

/** Whether some entry of a row that is not 0 meets a value that is not. */
export function meets(row: Float64Array, values: Float64Array): boolean {
  return row.some((entry, k) => entry !== 0 && values[k] !== 0);
}

/** The importances, or column norms times radius before any are learned. */
export function importanceFor(
  weights: Float64Array,
  { inputs, outputs }: DifferenceLayer,
  radius: Float64Array,
  learned: Float64Array,
): Float64Array {
  if (!isZero(learned)) return learned;
  return Float64Array.from({ length: inputs }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < outputs; i++) sum += weights[i * inputs + k] ** 2;
    return Math.max(Math.sqrt(sum) * radius[k], TINY);
  });
}

/** Top eigenvalue of the shape scaled to unit diagonal, by a few rounds of power iteration. */
function topCorrelation(shape: Shape, n: number): number {
  const scale = Float64Array.from({ length: n }, (_, k) => 1 / Math.sqrt(shape[k * n + k]));
  let vector = new Float64Array(n).fill(1);
  let top = 1;
  for (let round = 0; round < 12; round++) {
    const image = multiplyVector(
      shape,
      n,
      n,
      vector.map((value, k) => value * scale[k]),
    );
    let largest = 0;
    for (let k = 0; k < n; k++) {
      image[k] *= scale[k];
      largest = Math.max(largest, Math.abs(image[k]));
    }
    if (!(largest > 0)) break;
    let before = 0;
    let after = 0;
    for (let k = 0; k < n; k++) {
      before += vector[k] ** 2;
      after += image[k] ** 2;
    }
    top = Math.sqrt(after / before);
    vector = image.map((value) => value / largest);
  }
  // A unit diagonal has no smaller one; the rounds miss it where all ones are in the null space, as for
  // the pairs x and -x of inputs that are split into halves.
  return Math.max(1, top);
}

/** The ratios of all neurons: those not yet learned that are `free` take the shape's first one. */
export function ratiosFor(
  learned: Float64Array,
  shape: Shape,
  n: number,
  free: Int32Array,
): Float64Array {
  if (free.every((k) => learned[k] !== 0)) return learned;
  const first = 0.75 * topCorrelation(shape, n);
  const ratios = learned.slice();
  for (const k of free) if (ratios[k] === 0) ratios[k] = first;
  return ratios;
}

/** The multipliers of the free neurons: their ratios times the diagonal of the shape. */
export function multipliersOf(
  ratios: Float64Array,
  shape: Shape,
  n: number,
  free: Int32Array,
): Float64Array {
  return Float64Array.from(free, (k) => ratios[k] * shape[k * n + k]);
}
