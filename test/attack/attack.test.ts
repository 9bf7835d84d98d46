/** The attack and its exact judge. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { gate } from '../../src/attack/difference-search.js';
import { createJudge, errorMagnitude, exceeds } from '../../src/attack/judge.js';
import { quantize, quantizeLossless, truncateDecimal } from '../../src/integer/quantize.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Network } from '../../src/target/network.js';
import { evaluateDirectly, partsOf, randomNetwork } from '../networks.js';

describe('the judge', () => {
  it('agrees with float64 where that is exact', () => {
    const network = randomNetwork({ dimensions: [3, 5, 4, 2], seed: 8 });
    const places = [1, 2, 0];
    const integerNetwork = quantize(network, places);
    const rounded: Network = {
      ...network,
      layers: network.layers.map(partsOf).map((layer, index) => {
        const step = 2 ** -places[index];
        const { columns, values } = integerNetwork.matrices[index];
        const entry = (i: number, k: number): number => Number(values[i * columns + k]) * step;
        return denseLayer({
          ...layer,
          weights: layer.weights.map((_, at) =>
            entry(Math.trunc(at / layer.inputs), at % layer.inputs),
          ),
          bias: layer.bias.map((_, i) => entry(i, layer.inputs)),
        });
      }),
    };
    const judge = createJudge(network, integerNetwork);
    for (const input of [
      [0.5, -0.25, 3],
      [-1, 2, 0],
      [0, 0, 0],
    ]) {
      const wanted = evaluateDirectly(network, input);
      const got = evaluateDirectly(rounded, input);
      judge(input).forEach((error, j) => {
        expect(errorMagnitude(error)).toBe(Math.abs(wanted[j] - got[j]));
        expect(exceeds(error, Math.abs(wanted[j] - got[j]))).toBe(false);
      });
    }
  });

  it('judges decimal places exactly', () => {
    const network: Network = {
      layers: [
        denseLayer({
          inputs: 1,
          outputs: 1,
          weights: Float64Array.of(0.75),
          bias: Float64Array.of(0),
          activation: 'identity',
        }),
      ],
      domain: { kind: 'all' },
    };
    // 0.75 truncated to 0.7: the error of 1/20 is no float64.
    const [error] = createJudge(network, truncateDecimal(network, 1))([1]);
    expect(error.numerator * 20n).toBe(error.denominator);
    expect(exceeds(error, 0.05)).toBe(false);
    expect(exceeds(error, 0.05 - 2 ** -50)).toBe(true);
  });
});

describe('attack', () => {
  const domain: Domain = {
    kind: 'box',
    lower: Float64Array.of(-1, 0, -2),
    upper: Float64Array.of(1, 1, 3),
  };

  it('finds the worst corner of a linear layer', () => {
    const network = randomNetwork({ dimensions: [3, 2], seed: 4, biases: false });
    const integerNetwork = quantize(network, [0]);
    const { measured, input } = attack(network, integerNetwork, domain, { evaluations: 300 });
    let most = 0;
    for (let corner = 0; corner < 8; corner++) {
      const point = [0, 1, 2].map((k) =>
        corner & (1 << k) ? (domain.upper as Float64Array)[k] : (domain.lower as Float64Array)[k],
      );
      for (const error of createJudge(network, integerNetwork)(point)) {
        most = Math.max(most, errorMagnitude(error));
      }
    }
    expect(measured).toBe(most);
    expect(input).toHaveLength(3);
  });

  it('stays inside box and ball, and repeats itself by its seed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const network = randomNetwork({ dimensions: [3, 6, 2], seed });
      const integerNetwork = quantize(network, [1, 1]);
      const first = attack(network, integerNetwork, domain, { evaluations: 150, seed });
      expect(attack(network, integerNetwork, domain, { evaluations: 150, seed })).toEqual(first);
      first.input.forEach((value, k) => {
        expect(value).toBeGreaterThanOrEqual((domain.lower as Float64Array)[k]);
        expect(value).toBeLessThanOrEqual((domain.upper as Float64Array)[k]);
      });
      const ball = attack(
        network,
        integerNetwork,
        { kind: 'ball', radius: 0.7 },
        { evaluations: 150 },
      );
      expect(ball.input.reduce((sum, value) => sum + value * value, 0)).toBeLessThanOrEqual(0.49);
    }
  });

  it('says where a bound is exceeded, and finds nothing in the lossless network', () => {
    const network = randomNetwork({ dimensions: [3, 6, 2], seed: 7 });
    const integerNetwork = quantize(network, [0, 0]);
    const { measured } = attack(network, integerNetwork, domain);
    expect(attack(network, integerNetwork, domain, { bound: measured * 0.9 }).violated).toBe(true);
    expect(attack(network, integerNetwork, domain, { bound: measured }).violated).toBe(false);
    expect(attack(network, quantizeLossless(network), domain, { bound: 0 })).toMatchObject({
      measured: 0,
      violated: false,
    });
  });

  it('begins at given points too, moved into the domain, and refuses others', () => {
    const inputs = 20;
    const network = randomNetwork({ dimensions: [inputs, 12, 2], seed: 3 });
    const integerNetwork = quantize(network, [1, 1]);
    const box: Domain = {
      kind: 'box',
      lower: new Float64Array(inputs).fill(-1),
      upper: new Float64Array(inputs).fill(1),
    };
    const long = attack(network, integerNetwork, box, { evaluations: 3000 });
    const options = { evaluations: 20, seed: 5 };
    const alone = attack(network, integerNetwork, box, options);
    const starts = [long.input];
    const begun = attack(network, integerNetwork, box, { ...options, starts });
    expect(alone.measured).toBeLessThan(long.measured);
    expect(begun.measured).toBeGreaterThanOrEqual(long.measured);
    const far = attack(network, integerNetwork, box, {
      ...options,
      starts: [new Float64Array(inputs).fill(7)],
    });
    expect(Math.max(...far.input.map(Math.abs))).toBeLessThanOrEqual(1);
    const short = { starts: [new Float64Array(inputs - 1)] };
    expect(() => attack(network, integerNetwork, box, short)).toThrow(/Float64Array of 20 numbers/);
  });

  it('opens gates at once, or smoothly over a width', () => {
    expect([gate(-1, 0), gate(0, 0), gate(2 ** -60, 0)]).toEqual([0, 0, 1]);
    for (const z of [0.1, 1, 50]) {
      expect(gate(z, 1)).toBeGreaterThan(0.5);
      expect(gate(z, 1)).toBeLessThan(1);
      expect(gate(z, 1) + gate(-z, 1)).toBeCloseTo(1, 12);
      expect(gate(z, 0.1)).toBeGreaterThan(gate(z, 1));
    }
  });
});
