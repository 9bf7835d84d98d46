/** Compensated rounding: near the weights, exact where nothing is lost, and better by its own measure. */
import { describe, expect, it } from 'vitest';
import { losslessPlaces, quantize, quantizeLossless } from '../../src/integer/quantize.js';
import { differenceLayers } from '../../src/precision/bounds/difference-layers.js';
import { quantizeCompensated } from '../../src/precision/compensated.js';
import { analyseReference } from '../../src/precision/reference-analysis.js';
import type { Domain } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

const network = randomNetwork({ dimensions: [6, 12, 12, 3], seed: 5, bits: 20, places: 18 });
const domain: Domain = {
  kind: 'box',
  lower: new Float64Array(6),
  upper: new Float64Array(6).fill(1),
};
const { metrics } = analyseReference(network, domain as Exclude<Domain, { kind: 'all' }>, true);

/** `trace(U E X E^T)` of a layer, E the rounding errors of `[W b]`. */
function cost(layer: number, deltas: Float64Array, bias: Float64Array): number {
  const metric = metrics[layer];
  if (metric === undefined) throw new Error('no metric');
  const outputs = bias.length;
  const inputs = deltas.length / outputs;
  const entry = (i: number, k: number): number => (k === inputs ? bias[i] : deltas[i * inputs + k]);
  let total = 0;
  for (let a = 0; a < outputs; a++) {
    for (let b = 0; b < outputs; b++) {
      let inner = 0;
      for (let k = 0; k <= inputs; k++) {
        for (let m = 0; m <= inputs; m++) {
          inner += entry(a, k) * metric.columns[k * (inputs + 1) + m] * entry(b, m);
        }
      }
      total += metric.rows[a * outputs + b] * inner;
    }
  }
  return total;
}

describe('quantizeCompensated', () => {
  it('makes what the rounding does together smaller than rounding to nearest', () => {
    const places = [6, 6, 6];
    const nearest = differenceLayers(network, quantize(network, places));
    const feedback = differenceLayers(network, quantizeCompensated(network, places, metrics));
    for (let layer = 0; layer < 3; layer++) {
      const before = cost(layer, nearest[layer].deltaWeights, nearest[layer].deltaBias);
      const after = cost(layer, feedback[layer].deltaWeights, feedback[layer].deltaBias);
      expect(after).toBeLessThan(before);
    }
  });

  it('stays within a few units of the last place', () => {
    const layers = differenceLayers(network, quantizeCompensated(network, [5, 5, 5], metrics));
    for (const { deltaWeights, deltaBias } of layers) {
      for (const delta of [...deltaWeights, ...deltaBias]) {
        expect(Math.abs(delta)).toBeLessThanOrEqual(4.5 * 2 ** -5);
      }
    }
  });

  it('needs as many bits per layer as rounding to nearest', () => {
    const largest = (values: Float64Array | readonly bigint[]): number =>
      Math.max(...Array.from(values as Float64Array, Math.abs));
    for (let places = 0; places < 12; places++) {
      const all = [places, places, places];
      const nearest = quantize(network, all);
      quantizeCompensated(network, all, metrics).matrices.forEach(({ values }, layer) => {
        const most = largest(nearest.matrices[layer].values);
        expect(largest(values)).toBe(most);
      });
    }
  });

  it('changes nothing where the places are lossless, or no metric is given', () => {
    expect(quantizeCompensated(network, losslessPlaces(network), metrics)).toEqual(
      quantizeLossless(network),
    );
    expect(quantizeCompensated(network, [4, 4, 4], [undefined, undefined, undefined])).toEqual(
      quantize(network, [4, 4, 4]),
    );
  });
});
