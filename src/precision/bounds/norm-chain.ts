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

/** Rounded up; 0 only if each product has a factor 0, since what is too small now may be multiplied later. */
function sumOf(...products: readonly (readonly [first: number, second: number])[]): number {
  if (products.every(([first, second]) => first === 0 || second === 0)) return 0;
  return roundUp(products.reduce((sum, [first, second]) => sum + first * second, 0));
}

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
        return sumOf([row(rounded), error], [row(deltaWeights), size], [Math.abs(deltaBias[j]), 1]);
      });
    }
    const ofRounded = error === 0 ? 0 : yield* spectralNormBound(rounded, outputs, inputs);
    const ofDelta = yield* spectralNormBound(deltaWeights, outputs, inputs);
    error = sumOf([ofRounded, error], [ofDelta, size], [euclideanBound(deltaBias), 1]);
    const norm = yield* spectralNormBound(weights, outputs, inputs);
    const byNorm = roundUp(norm * size + euclideanBound(bias));
    size = Math.min(byNorm, euclideanBound(ranges[index].upper.map((value) => Math.max(0, value))));
  }
  throw new RangeError('a network has at least one layer');
}
