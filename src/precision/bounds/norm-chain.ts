/**
 * The norm chain (theory, section 2): `e_i <= |W^_i|_2 e_(i-1) + |dW_i|_2 R_(i-1) + |db_i|_2`, R bounding the
 * true network's activations in the Euclidean norm, by `|W_i|_2 R_(i-1) + |b_i|_2` or by their intervals,
 * whichever is smaller. Only certified upper bounds of spectral norms; outward rounding.
 */
import type { Steps } from '../../core/steps.js';
import type { DifferenceLayer } from './difference-layers.js';
import type { CentredRegion } from './region.js';
import { roundUp } from './rounding.js';
import { euclideanBound, spectralNormBound } from './spectral-bound.js';

/** Per output, an upper bound of `|f_j - f^_j|`. `ranges`: certain pre-activation ranges per layer. In steps. */
export function* normChain(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
  ranges: readonly { readonly lower: Float64Array; readonly upper: Float64Array }[],
): Steps<Float64Array> {
  const { ball, centre, radius } = region;
  let size = ball
    ? radius[0] * (1 + 2 ** -50)
    : euclideanBound(centre.map((value, k) => roundUp(Math.abs(value) + radius[k])));
  let error = 0;
  for (const [index, layer] of layers.entries()) {
    const { inputs, outputs, weights, bias, rounded, deltaWeights, deltaBias } = layer;
    if (index === layers.length - 1) {
      return Float64Array.from({ length: outputs }, (_, j) => {
        const row = (matrix: Float64Array): number =>
          euclideanBound(matrix.subarray(j * inputs, (j + 1) * inputs));
        const sum = row(rounded) * error + row(deltaWeights) * size + Math.abs(deltaBias[j]);
        return sum === 0 ? 0 : roundUp(sum);
      });
    }
    const carried = error === 0 ? 0 : (yield* spectralNormBound(rounded, outputs, inputs)) * error;
    const own = (yield* spectralNormBound(deltaWeights, outputs, inputs)) * size;
    const sum = carried + own + euclideanBound(deltaBias);
    error = sum === 0 ? 0 : roundUp(sum);
    const norm = yield* spectralNormBound(weights, outputs, inputs);
    const byNorm = roundUp(norm * size + euclideanBound(bias));
    size = Math.min(byNorm, euclideanBound(ranges[index].upper.map((value) => Math.max(0, value))));
  }
  throw new RangeError('a network has at least one layer');
}
