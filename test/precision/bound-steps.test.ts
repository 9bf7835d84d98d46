/** How much error bounds do between two turns of the event loop, counted in multiplications. */
import { describe, expect, it } from 'vitest';
import type { Steps } from '../../src/core/steps.js';
import { losslessPlaces, quantize } from '../../src/integer/quantize.js';
import {
  cholesky,
  inverseFromCholesky,
  multiplySymmetric,
  multiplyTransposed,
  PRODUCTS_AT_ONCE,
} from '../../src/precision/bounds/dense.js';
import { differenceLayers } from '../../src/precision/bounds/difference-layers.js';
import { differenceRelaxation } from '../../src/precision/bounds/difference-relaxation.js';
import { centred } from '../../src/precision/bounds/region.js';
import { spectralNormBound } from '../../src/precision/bounds/spectral-bound.js';
import { certifySteps } from '../../src/precision/certificate.js';
import { randomNetwork, randomStream } from '../networks.js';

const n = 320;
const random = randomStream(3);
const matrix = Float64Array.from({ length: n * n }, () => random() - 0.5);
/** Positive definite, and a factor of one. */
const definite = matrix.map((value, at) => (at % (n + 1) === 0 ? n : value / n));
const lower = matrix.map((value, at) =>
  at % n > Math.floor(at / n) ? 0 : at % (n + 1) === 0 ? 1 : value / n,
);

function stepsOf(work: Steps<unknown>): number {
  let count = 1;
  while (work.next().done !== true) count++;
  return count;
}

describe('bounds work in steps', () => {
  it.each([
    ['products', n ** 3, () => multiplyTransposed(matrix, n, matrix, n, n)],
    ['symmetric products', n ** 3 / 2, () => multiplySymmetric(matrix, matrix, n, n)],
    ['Cholesky factors', n ** 3 / 6, () => cholesky(definite, n)],
    ['inverses', n ** 3 / 3, () => inverseFromCholesky(lower, n)],
    ['spectral norms', n ** 3 / 2, () => spectralNormBound(matrix, n, n)],
  ] as const)('%s', (_, products, work) => {
    expect(products).toBeGreaterThan(PRODUCTS_AT_ONCE);
    expect(stepsOf(work())).toBeGreaterThan(products / (1.25 * PRODUCTS_AT_ONCE));
  });

  it('the relaxation, and the chain of ellipsoids', () => {
    const network = randomNetwork({ dimensions: [64, n, n, 4], seed: 4, bits: 14, places: 12 });
    const places = losslessPlaces(network).map((most) => Math.max(0, most - 1));
    const rounded = quantize(network, places);
    const domain = {
      kind: 'box' as const,
      lower: new Float64Array(64).fill(-1),
      upper: new Float64Array(64).fill(1),
    };
    const layers = differenceLayers(network, rounded);
    const forms = n * n * 64;
    expect(stepsOf(differenceRelaxation(layers, centred(domain, 64)))).toBeGreaterThan(
      forms / PRODUCTS_AT_ONCE,
    );
    const options = { methods: ['ellipsoid'] as const, rounds: 2 };
    // A verified run multiplies matrices of the free neurons several times.
    expect(stepsOf(certifySteps(network, rounded, domain, options))).toBeGreaterThan(
      (4 * n ** 3) / PRODUCTS_AT_ONCE,
    );
  });
});
