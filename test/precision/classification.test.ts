/** Corollary 1: proved classes never differ between the two networks. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/attack/random.js';
import { quantize, quantizeLossless } from '../../src/integer/quantize.js';
import { certify } from '../../src/precision/certificate.js';
import { certifyClassification } from '../../src/precision/classification.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Network } from '../../src/target/network.js';
import { evaluateDirectly, partsOf, randomNetwork } from '../networks.js';

const box = (lower: number[], upper: number[]): Extract<Domain, { kind: 'box' }> => ({
  kind: 'box',
  lower: Float64Array.from(lower),
  upper: Float64Array.from(upper),
});

function roundedNetwork(network: Network, places: readonly number[]): Network {
  const integers = quantize(network, places);
  return {
    ...network,
    layers: network.layers.map(partsOf).map((layer, index) => {
      const { columns, values } = integers.matrices[index];
      const entry = (i: number, k: number): number =>
        Number(values[i * columns + k]) * 2 ** -places[index];
      return denseLayer({
        ...layer,
        weights: layer.weights.map((_, at) =>
          entry(Math.trunc(at / layer.inputs), at % layer.inputs),
        ),
        bias: layer.bias.map((_, i) => entry(i, layer.inputs)),
      });
    }),
  };
}

function classOf(outputs: readonly number[]): number {
  return outputs.length === 1 ? (outputs[0] > 0 ? 1 : 0) : outputs.indexOf(Math.max(...outputs));
}

describe('certifyClassification', () => {
  it('proves no sample whose class changes, and many that do not', () => {
    const random = createRandom(5);
    let proved = 0;
    let changed = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const outputs = seed % 4 === 0 ? 1 : 3;
      const network = randomNetwork({
        dimensions: [2, 5, outputs],
        seed,
        activation: seed % 5 === 0 ? 'relu' : 'identity',
      });
      const places = [1, 1];
      const rounded = roundedNetwork(network, places);
      const integerNetwork = quantize(network, places);
      const domain = box([-1, -1], [1, 1]);
      const certificate = certify(network, integerNetwork, domain, { boxes: 9 });
      const inputs = Float64Array.from({ length: 60 }, () => 2 * random() - 1);
      const { verdicts, unchanged, outside } = certifyClassification(
        network,
        integerNetwork,
        domain,
        certificate,
        { kind: 'samples', inputs },
      );
      expect(outside).toBe(0);
      proved += unchanged;
      verdicts.forEach((verdict, sample) => {
        const point = Array.from(inputs.subarray(2 * sample, 2 * sample + 2));
        const same =
          classOf(evaluateDirectly(network, point)) === classOf(evaluateDirectly(rounded, point));
        if (verdict === 1) expect(same).toBe(true);
        if (!same) changed++;
      });
    }
    expect(proved).toBeGreaterThan(100);
    expect(changed).toBeGreaterThan(0);
  });

  it('counts labels, and claims nothing outside the domain', () => {
    const network = randomNetwork({ dimensions: [2, 3], seed: 2 });
    const integerNetwork = quantizeLossless(network);
    const domain = box([0, 0], [1, 1]);
    const certificate = certify(network, integerNetwork, domain);
    const inputs = Float64Array.of(0.5, 0.25, 2, 2);
    const labels = [0, 1].map((sample) =>
      classOf(evaluateDirectly(network, Array.from(inputs.subarray(2 * sample, 2 * sample + 2)))),
    );
    expect(
      certifyClassification(network, integerNetwork, domain, certificate, {
        kind: 'samples',
        inputs,
        labels,
      }),
    ).toMatchObject({ samples: 2, unchanged: 1, outside: 1, correct: 2, provablyCorrect: 1 });
  });

  it('proves a box by splitting it, and not where two classes meet', () => {
    // f = (x + 1, y): class 0 while x + 1 > y.
    const network: Network = {
      layers: [
        denseLayer({
          inputs: 2,
          outputs: 2,
          weights: Float64Array.of(1.01, 0, 0, 1.01),
          bias: Float64Array.of(1, 0),
          activation: 'identity',
        }),
      ],
      domain: { kind: 'all' },
    };
    const integerNetwork = quantize(network, [4]);
    const domain = box([-4, -4], [4, 4]);
    const certificate = certify(network, integerNetwork, domain);
    expect(
      certifyClassification(network, integerNetwork, domain, certificate, box([0, -2], [3, 0.5])),
    ).toMatchObject({ unchanged: true, class: 0, provedShare: 1 });
    const mixed = certifyClassification(
      network,
      integerNetwork,
      domain,
      certificate,
      box([-2, -2], [2, 2]),
    );
    expect(mixed.unchanged).toBe(false);
    expect(mixed.class).toBeUndefined();
    expect(mixed.provedShare).toBeGreaterThan(0.5);
    expect(() =>
      certifyClassification(network, integerNetwork, domain, certificate, box([0, 0], [5, 1])),
    ).toThrow(/leaves the domain/);
  });

  it('know which points are outside of balls of any size', () => {
    const layer = denseLayer({
      inputs: 2,
      outputs: 2,
      weights: Float64Array.of(0.4, 0.4, 0.6, 0.1),
      activation: 'identity',
    });
    const network = { layers: [layer], domain: { kind: 'all' as const } };
    const integers = quantize(network, [0]);
    for (const radius of [1e200, 1, 1e-200]) {
      const domain = { kind: 'ball' as const, radius };
      const certificate = certify(network, integers, domain);
      const count = (scale: number) =>
        certifyClassification(network, integers, domain, certificate, {
          kind: 'samples',
          inputs: Float64Array.of(scale * radius, scale * radius),
        });
      expect(count(1e100)).toMatchObject({ outside: 1, unchanged: 0 });
      expect(count(0.8)).toMatchObject({ outside: 1, unchanged: 0 });
      expect(count(0.5)).toMatchObject({ outside: 0 });
    }
  });
});
