/**
 * The interval chain (theory, section 2): element by element,
 * `e_i <= |W^_i| e_(i-1) + |dW_i c + db_i| + |dW_i| r`, with the true activations in `c +- r` from interval
 * arithmetic. A neuron contributes nothing only if it is off in both networks: with `u <= 0` an upper
 * bound of the true pre-activation the error after ReLU is at most `max(0, u + e)`.
 * Sums of non-negative terms, each widened by Higham's gamma: outward rounding.
 */
import { multiplyAbsolute, multiplyVector } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import {
  centredRanges,
  errorBounds,
  preActivations,
  type Ranges,
  rectifiedErrors,
} from './interval-step.js';
import type { CentredRegion } from './region.js';
import { gamma } from './rounding.js';

export interface IntervalResult {
  /** Per output, an upper bound of `|f_j - f^_j|`. */
  readonly bounds: Float64Array;
  /** Per layer, the interval of the true pre-activations. */
  readonly ranges: readonly Ranges[];
}

/** Whether a row has an entry that meets an input: differences one that is not 0, others one with an error. */
function isTouched(
  { inputs, deltaWeights, rounded }: DifferenceLayer,
  row: number,
  {
    centre,
    radius,
    error,
  }: Pick<CentredRegion, 'centre' | 'radius'> & { readonly error: Float64Array | undefined },
): boolean {
  const at = row * inputs;
  return centre.some(
    (middle, k) =>
      (deltaWeights[at + k] !== 0 && (middle !== 0 || radius[k] !== 0)) ||
      (error !== undefined && rounded[at + k] !== 0 && error[k] !== 0),
  );
}

/** The interval bound over the region; for a ball, over the box around it. */
export function intervalChain(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
): IntervalResult {
  let { centre, radius }: Pick<CentredRegion, 'centre' | 'radius'> = region;
  let error: Float64Array | undefined;
  const ranges: Ranges[] = [];
  let bounds: Float64Array = new Float64Array(0);
  layers.forEach((layer, index) => {
    const { inputs, outputs, weights, bias, rounded, deltaWeights, deltaBias } = layer;
    const slop = gamma(2 * inputs + 16);
    const absolute = (matrix: Float64Array, values: Float64Array): Float64Array =>
      multiplyAbsolute(matrix, outputs, inputs, values);
    const sizes = centre.map(Math.abs);
    bounds = errorBounds(
      {
        own: absolute(deltaWeights, radius),
        carried: error && absolute(rounded, error),
        mean: multiplyVector(deltaWeights, outputs, inputs, centre),
        meanSize: absolute(deltaWeights, sizes),
      },
      (i) => deltaBias[i],
      (i) => isTouched(layer, i, { centre, radius, error }),
      slop,
    );
    const range = preActivations(
      {
        middle: multiplyVector(weights, outputs, inputs, centre),
        reach: absolute(weights, radius),
        size: absolute(weights, sizes),
      },
      (i) => bias[i],
      slop,
    );
    ranges.push(range);
    if (index === layers.length - 1) return;
    error = rectifiedErrors(bounds, range.upper);
    ({ centre, radius } = centredRanges(range, true));
  });
  return { bounds, ranges };
}
