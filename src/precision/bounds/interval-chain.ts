/**
 * The interval chain (theory, section 2): element by element,
 * `e_i <= |W^_i| e_(i-1) + |dW_i c + db_i| + |dW_i| r`, with the true activations in `c +- r` from interval
 * arithmetic. A neuron contributes nothing only if it is off in both networks: with `u <= 0` an upper
 * bound of the true pre-activation the error after ReLU is at most `max(0, u + e)`.
 * Sums of non-negative terms, each widened by Higham's gamma: outward rounding.
 */
import { multiplyAbsolute, multiplyVector } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import { type CentredRegion, radiusAround } from './region.js';
import { gamma, roundUp } from './rounding.js';

export interface IntervalResult {
  /** Per output, an upper bound of `|f_j - f^_j|`. */
  readonly bounds: Float64Array;
  /** Per layer, the interval of the true pre-activations. */
  readonly ranges: readonly { readonly lower: Float64Array; readonly upper: Float64Array }[];
}

/** The interval bound over the region; for a ball, over the box around it. */
export function intervalChain(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
): IntervalResult {
  let { centre, radius } = region;
  let error: Float64Array | undefined;
  const ranges: { lower: Float64Array; upper: Float64Array }[] = [];
  let bounds = new Float64Array(0);
  layers.forEach((layer, index) => {
    const { inputs, outputs, weights, bias, rounded, deltaWeights, deltaBias } = layer;
    const slop = gamma(2 * inputs + 16);
    const carried =
      error === undefined ? undefined : multiplyAbsolute(rounded, outputs, inputs, error);
    const own = multiplyAbsolute(deltaWeights, outputs, inputs, radius);
    const mean = multiplyVector(deltaWeights, outputs, inputs, centre);
    const meanSize = multiplyAbsolute(deltaWeights, outputs, inputs, centre.map(Math.abs));
    bounds = Float64Array.from({ length: outputs }, (_, i) => {
      const spread = own[i] + (carried?.[i] ?? 0);
      const size = meanSize[i] + Math.abs(deltaBias[i]);
      if (spread === 0 && size === 0) return 0;
      return roundUp(spread * (1 + slop) + Math.abs(mean[i] + deltaBias[i]) + size * slop);
    });
    const middle = multiplyVector(weights, outputs, inputs, centre);
    const reach = multiplyAbsolute(weights, outputs, inputs, radius);
    const size = multiplyAbsolute(weights, outputs, inputs, centre.map(Math.abs));
    const lower = new Float64Array(outputs);
    const upper = new Float64Array(outputs);
    for (let i = 0; i < outputs; i++) {
      const error = roundUp((size[i] + reach[i] + Math.abs(bias[i])) * slop * 2);
      lower[i] = middle[i] + bias[i] - reach[i] - error;
      upper[i] = middle[i] + bias[i] + reach[i] + error;
    }
    ranges.push({ lower, upper });
    if (index === layers.length - 1) return;
    error = bounds.map((bound, i) =>
      upper[i] <= 0
        ? Math.min(bound, Math.max(0, roundUp(bound) + upper[i] * (1 - 2 ** -50)))
        : bound,
    );
    const nextCentre = new Float64Array(outputs);
    const nextRadius = new Float64Array(outputs);
    for (let i = 0; i < outputs; i++) {
      const low = Math.max(0, lower[i]);
      const high = Math.max(0, upper[i]);
      nextCentre[i] = low / 2 + high / 2;
      nextRadius[i] = radiusAround(nextCentre[i], low, high);
    }
    centre = nextCentre;
    radius = nextRadius;
  });
  return { bounds, ranges };
}
