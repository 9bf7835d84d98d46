/**
 * Bounds where products are too small for a float64: what is lost now may be multiplied by later layers, so no
 * bound may take it for nothing. Chains of single neurons, whose error is known.
 */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { quantize } from '../../src/integer/quantize.js';
import { mapDifferences } from '../../src/precision/bounds/map-difference.js';
import { certify } from '../../src/precision/certificate.js';
import {
  certifyMapsSteps,
  MAP_BOUNDS,
  mapBoundSteps,
} from '../../src/precision/map-certificate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseLayer } from '../../src/target/make-layers.js';
import type { Activation, Domain, Layer, Network } from '../../src/target/network.js';

const activationOf = (index: number, count: number): Activation =>
  index === count - 1 ? 'identity' : 'relu';

function boxTo(upper: number): Domain {
  return { kind: 'box', lower: Float64Array.of(0), upper: Float64Array.of(upper) };
}

function denseChain(weights: readonly number[], upper: number): Network {
  const layers = weights.map((weight, index) =>
    denseLayer({
      ...{ inputs: 1, outputs: 1, weights: [weight] },
      activation: activationOf(index, weights.length),
    }),
  );
  return { layers, domain: boxTo(upper) };
}

/** The same as convolutions of a plane of one number. */
function mapChain(weights: readonly number[], upper: number): Network {
  const layers = weights.map((weight, index): Layer => {
    const map = convolutionMap({
      ...{ input: { channels: 1, height: 1, width: 1 }, outputChannels: 1 },
      ...{ kernel: { height: 1, width: 1 }, weights: [weight] },
    });
    const activation = activationOf(index, weights.length);
    return { ...map, bias: exactArray(new Float64Array(1)), activation };
  });
  return { layers, domain: boxTo(upper) };
}

/** Weights, the largest input, and the error at it if all are rounded to integers. */
const CHAINS: readonly (readonly [readonly number[], number, number])[] = [
  [[1.5, ...Array<number>(9).fill(2 ** -120), ...Array<number>(9).fill(2 ** 120)], 1, 1.5],
  [[1.5, 2 ** -900, 2 ** 900], 1, 1.5],
  [[1.5, 2 ** -600, 2 ** 600], 1, 1.5],
  [[1.5, 2 ** -300, 2 ** -300, 2 ** 300, 2 ** 300], 1, 1.5],
  [[1 + 2 ** -40, 2 ** 1000, 2 ** 75], 2 ** -1050, 2 ** -15],
  [[1 + 2 ** -40, 2 ** 500, 2 ** 500, 2 ** 75], 2 ** -1050, 2 ** -15],
];

describe('error bounds of chains whose products underflow', () => {
  it.each(CHAINS)('%j on [0, %s]: at least %s', (weights, upper, error) => {
    const places = weights.map(() => 0);
    const network = denseChain(weights, upper);
    const rounded = quantize(network, places);
    for (const methods of [
      ['interval'],
      ['norm'],
      ['relaxation'],
      ['ellipsoid'],
      undefined,
    ] as const) {
      const { epsilon } = certify(network, rounded, network.domain, methods ? { methods } : {});
      expect(epsilon, methods?.[0] ?? 'all').toBeGreaterThanOrEqual(error);
    }
    const maps = mapChain(weights, upper);
    const { epsilon } = complete(certifyMapsSteps(maps, places, maps.domain));
    expect(epsilon).toBeGreaterThanOrEqual(error);
    for (const bound of MAP_BOUNDS) {
      const [own] = complete(mapBoundSteps(mapDifferences(maps, places), maps, maps.domain, bound));
      expect(own, bound).toBeGreaterThanOrEqual(error);
    }
  });

  it('are no smaller where a neuron reaches beyond all float64', () => {
    // Its chord rounds to 0, which is not to say that it is off.
    const layer = (weight: number, bias: number, activation: Activation): Layer =>
      denseLayer({ inputs: 1, outputs: 1, weights: [weight], bias: [bias], activation });
    const domain: Domain = {
      kind: 'box',
      lower: Float64Array.of(-1.25),
      upper: Float64Array.of(1),
    };
    const layers = [
      layer(1, 0, 'relu'),
      layer(-1e308, 1.7e308, 'relu'),
      layer(1.5 * 2 ** -900, 0, 'identity'),
    ];
    const network: Network = { layers, domain };
    const { epsilon } = complete(certifyMapsSteps(network, [0, 0, 899], domain));
    // At -0.5 the last weight is off by half of its last place.
    expect(epsilon).toBeGreaterThanOrEqual(2 ** -900 * 1.7e308 * 0.5);
  });

  it('are 0 still where nothing differs, or what differs is multiplied by 0', () => {
    const layer = denseLayer({
      ...{ inputs: 2, outputs: 2, activation: 'identity' },
      weights: [1.5, 0, 0.5, 1],
    });
    const domain: Domain = {
      kind: 'box',
      lower: new Float64Array(2),
      upper: Float64Array.of(0, 1),
    };
    const network = { layers: [layer], domain };
    const { outputs } = certify(network, quantize(network, [0]), domain);
    expect([...outputs]).toEqual([0, 0]);
  });
});
