/** The subset-sum experiment on small networks, where every subset can be tried. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type PensiaOptions,
  pensiaExperiment,
} from '../../../src/constructions/baselines/pensia-experiment.js';
import { UsageError } from '../../../src/core/errors.js';
import { partsOf, randomNetwork } from '../../networks.js';

const base: PensiaOptions = { coefficients: 9, tolerance: 0.05, seed: 4n, choice: 'closest' };

describe('the subset-sum experiment', () => {
  it('leaves no weight further off than it says, and keeps fewer where fewer suffice', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.bigInt({ min: 0n, max: 1000n }), (seed, drawn) => {
        const network = randomNetwork({ dimensions: [4, 5, 2], seed, bits: 4, places: 4 });
        const closest = pensiaExperiment(network, { ...base, seed: drawn });
        const fewest = pensiaExperiment(network, { ...base, seed: drawn, choice: 'fewest' });
        for (const result of [closest, fewest]) {
          let largest = 0;
          let outside = 0;
          result.network.layers.map(partsOf).forEach(({ weights, bias }, index) => {
            const original = partsOf(network.layers[index]);
            expect(bias).toEqual(original.bias);
            weights.forEach((weight, at) => {
              const error = Math.abs(weight - original.weights[at]);
              largest = Math.max(largest, error);
              if (error > base.tolerance) outside++;
            });
          });
          expect(result).toMatchObject({ weights: 30, coefficients: 270, outside });
          expect(result.largestError).toBe(largest);
        }
        expect(fewest.kept).toBeLessThanOrEqual(closest.kept);
        expect(fewest.outside).toBe(closest.outside);
        expect(closest.largestError).toBeLessThanOrEqual(fewest.largestError);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a number of coefficients that it cannot list', () => {
    const network = randomNetwork({ dimensions: [2, 2], seed: 1 });
    for (const coefficients of [0, 32, 1.5]) {
      expect(() => pensiaExperiment(network, { ...base, coefficients })).toThrow(UsageError);
    }
  });
});
