/** Units of neurons: shorter integers for the same effect of rounding. */
import { describe, expect, it } from 'vitest';
import { rescaledNetwork } from '../../src/integer/neuron-scales.js';
import {
  type BalancedLayer,
  balanceScales,
  scaledMetric,
} from '../../src/precision/balance-scales.js';
import { matrixOf, type Network } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
}

function layersOf(network: Network): BalancedLayer[] {
  return network.layers.map((layer) => {
    const { inputs, outputs } = layer;
    return {
      ...{ inputs, outputs, cost: inputs * outputs },
      weights: matrixOf(layer).values,
      bias: layer.bias.values,
      metric: { rows: identity(outputs), columns: identity(inputs + 1) },
    };
  });
}

describe('balanceScales', () => {
  it('finds the units that a network was taken out of', () => {
    const even = randomNetwork({ dimensions: [4, 6, 6, 3], seed: 3, bits: 12, places: 12 });
    const off = [
      [5, -4, 0, 3, -2, 1],
      [-3, 4, 0, 1, -5, 2],
    ];
    const metricsIn = (layers: BalancedLayer[]) =>
      layers.map((layer, index) => ({
        ...layer,
        metric: scaledMetric(layer.metric, off[index], off[index - 1]),
      }));
    const uneven = layersOf(rescaledNetwork(even, off)).map((layer, index) => ({
      ...layer,
      metric: metricsIn(layersOf(even))[index].metric,
    }));
    const own = balanceScales(layersOf(even));
    const found = balanceScales(uneven);
    expect(found).toBeDefined();
    // What is best for the one is best for the other, but for where the descent ends.
    const spread = found?.scales.map((scales, index) =>
      scales.map((scale, j) => scale + off[index][j]),
    );
    for (const scales of spread ?? []) {
      expect(Math.max(...scales) - Math.min(...scales)).toBeLessThanOrEqual(3);
    }
    expect(found?.gain).toBeGreaterThan((own?.gain ?? 0) + 1);
  });

  it('says how much less the rounding of each layer does', () => {
    const network = randomNetwork({ dimensions: [2, 3, 1], seed: 8, bits: 12, places: 12 });
    const layers = layersOf(network);
    layers[0].metric.rows.set([2 ** 20, 0, 0, 0, 1, 0, 0, 0, 2 ** -20]);
    const found = balanceScales(layers);
    expect(found).toBeDefined();
    const [scales] = found?.scales ?? [[]];
    // The neuron that matters most is counted most finely.
    expect(scales[0]).toBeGreaterThan(scales[1]);
    expect(scales[1]).toBeGreaterThan(scales[2]);
    const rows = [2 ** 20, 1, 2 ** -20];
    const before = rows.reduce((sum, own) => sum + own);
    const after = rows.reduce((sum, own, j) => sum + own * 4 ** -scales[j], 0);
    expect(found?.effects[0]).toBeCloseTo(Math.sqrt(after / before), 10);
  });

  it('leaves alone what gains nothing, and what is not known', () => {
    const one = layersOf(randomNetwork({ dimensions: [3, 2], seed: 1 }));
    expect(balanceScales(one)).toBeUndefined();
    const unknown = layersOf(randomNetwork({ dimensions: [3, 2, 2], seed: 1 }));
    unknown[0].metric.rows.fill(0);
    expect(balanceScales(unknown)).toBeUndefined();
  });
});
