/** No certificate may ever be exceeded: an attack on random networks with exact rationals as the judge. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { createJudge, exceeds } from '../../src/attack/judge.js';
import { UsageError } from '../../src/core/errors.js';
import { quantize, quantizeLossless, truncateDecimal } from '../../src/integer/quantize.js';
import { type BoundMethod, certify, recertify } from '../../src/precision/certificate.js';
import { certifiedRecord } from '../../src/precision/precision.js';
import { comparePlainDecimals, decimalDown, nextUp } from '../../src/target/decimal.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Network } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';
import { randomCases } from './random-cases.js';

const METHODS: readonly BoundMethod[] = ['interval', 'norm', 'relaxation', 'ellipsoid'];

function box(lower: readonly number[], upper: readonly number[]): Domain {
  return { kind: 'box', lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

function oneNeuron(weights: readonly number[], bias: number): Network {
  return {
    layers: [
      denseLayer({
        inputs: weights.length,
        outputs: 1,
        weights: Float64Array.from(weights),
        bias: Float64Array.of(bias),
        activation: 'relu',
      }),
      denseLayer({
        inputs: 1,
        outputs: 1,
        weights: Float64Array.of(1),
        bias: Float64Array.of(0),
        activation: 'identity',
      }),
    ],
    domain: { kind: 'all' },
  };
}

describe('certificates', () => {
  it('are not exceeded by an attack on 1,500 random networks and domains, method by method', () => {
    const next = randomCases(20261123);
    const tightest = new Map<string, number>();
    for (let number = 0; number < 1500; number++) {
      const { network, domain, integerNetwork } = next();
      const { input, measured } = attack(network, integerNetwork, domain, {
        evaluations: 200,
        seed: number,
      });
      const exact = createJudge(network, integerNetwork)(input);
      for (const method of METHODS) {
        const certificate = certify(network, integerNetwork, domain, {
          methods: [method],
          boxes: number % 10 === 0 ? 9 : 1,
          rounds: 5,
        });
        exact.forEach((error, j) => {
          if (exceeds(error, certificate.outputs[j])) {
            expect.fail(`case ${number}, ${method}, output ${j}: ${certificate.decimal} exceeded`);
          }
        });
        if (certificate.epsilon > 0) {
          const ratio = measured / certificate.epsilon;
          tightest.set(method, Math.max(tightest.get(method) ?? 0, ratio));
        }
      }
    }
    // The attack comes close, so it would notice bounds that are a little too small.
    for (const method of METHODS) expect(tightest.get(method)).toBeGreaterThan(0.95);
  });

  it('count a neuron as off only if it is off in both networks', () => {
    // True maximum -0.04, so the true neuron is off; rounded to 2 places it reaches 0.25.
    const network = oneNeuron([0.13, 0.13], -0.3);
    const integerNetwork = quantize(network, [2, 2]);
    const corner = createJudge(network, integerNetwork)([1, 1])[0];
    expect(exceeds(corner, 0.2499)).toBe(true);
    for (const method of METHODS) {
      const { epsilon } = certify(network, integerNetwork, box([0, 0], [1, 1]), {
        methods: [method],
      });
      expect(epsilon).toBeGreaterThanOrEqual(0.25);
      expect(epsilon).toBeLessThan(0.6);
    }
  });

  it('are exact for a linear layer over a box, up to rounding', () => {
    const network: Network = {
      layers: [
        denseLayer({
          inputs: 2,
          outputs: 1,
          weights: Float64Array.of(0.3, -0.7),
          bias: Float64Array.of(0.1),
          activation: 'identity',
        }),
      ],
      domain: { kind: 'all' },
    };
    const { epsilon } = certify(network, quantize(network, [1]), box([-1, -1], [1, 2]));
    // dW = (-0.2, -0.2), db = 0.1: largest at (1, 2).
    expect(epsilon).toBeGreaterThanOrEqual(0.5);
    expect(epsilon).toBeLessThan(0.5 + 1e-9);
  });

  it('are 0 for the lossless network, on every domain', () => {
    const network = randomNetwork({ dimensions: [3, 4, 2], seed: 1 });
    const certificate = certify(network, quantizeLossless(network), { kind: 'all' });
    expect(certificate).toMatchObject({ epsilon: 0, method: 'lossless', decimal: '0' });
  });

  it('need a bounded domain unless lossless, and say so', () => {
    const network = randomNetwork({ dimensions: [3, 4, 2], seed: 2 });
    const integerNetwork = quantize(network, [1, 1]);
    expect(() => certify(network, integerNetwork, { kind: 'all' })).toThrow(UsageError);
    expect(() => certify(network, integerNetwork, { kind: 'all' })).toThrow(/only lossless/);
  });

  it('hold on a single point, on huge domains and with decimal places', () => {
    const network = randomNetwork({ dimensions: [3, 5, 4, 2], seed: 3 });
    const judge = (places: readonly number[], point: number[]): number => {
      const integerNetwork = quantize(network, places);
      const exact = createJudge(network, integerNetwork)(point);
      const { outputs, epsilon } = certify(network, integerNetwork, box(point, point));
      exact.forEach((error, j) => {
        expect(exceeds(error, outputs[j])).toBe(false);
      });
      return epsilon;
    };
    expect(judge([1, 1, 1], [0.3, -0.2, 1e6])).toBeGreaterThan(0);
    expect(judge([2, 1, 0], [1e-300, 0, 1e-8])).toBeGreaterThan(0);
    const wide = certify(network, quantize(network, [1, 1, 1]), { kind: 'ball', radius: 1e60 });
    expect(wide.epsilon).toBeGreaterThan(1e55);
    const decimal = truncateDecimal(network, 2);
    const { outputs } = certify(network, decimal, box([-1, -1, -1], [1, 1, 1]));
    const errors = createJudge(network, decimal)([1, -1, 1]);
    errors.forEach((error, j) => {
      expect(exceeds(error, outputs[j])).toBe(false);
    });
  });

  it('are the same every time, and refuse a claim that does not hold', () => {
    const network = randomNetwork({ dimensions: [4, 6, 6, 3], seed: 4 });
    const integerNetwork = quantize(network, [2, 2, 2]);
    const domain = box([0, 0, 0, 0], [1, 1, 1, 1]);
    const first = certify(network, integerNetwork, domain, { boxes: 9 });
    const second = certify(network, integerNetwork, domain, { boxes: 9 });
    expect(second).toEqual(first);
    expect(Number(first.decimal)).toBeGreaterThanOrEqual(first.epsilon);
    const requested = first.epsilon * 1.5;
    const honest = certify(network, integerNetwork, domain, { goal: requested });
    const { decimal: certified, outputDecimals } = honest;
    const holds = (
      of: typeof integerNetwork,
      claim: string,
      outputs: readonly string[] = outputDecimals,
    ): boolean => recertify(network, of, domain, { requested, certified: claim, outputs }).holds;
    expect(holds(integerNetwork, certified)).toBe(true);
    expect(holds(integerNetwork, certified, outputDecimals.slice(1))).toBe(false);
    outputDecimals.forEach((_, output) => {
      const lower = outputDecimals.with(output, String(honest.outputs[output] * 0.999));
      expect(holds(integerNetwork, certified, lower)).toBe(false);
    });
    // What was asked for decides nothing.
    for (const factor of [1e-6, 0.5, 1, 2, 1e6, 1e300]) {
      const asked = { requested: requested * factor, certified, outputs: outputDecimals };
      expect(recertify(network, integerNetwork, domain, asked).holds).toBe(true);
    }
    const lower = outputDecimals.with(1, '0.01');
    const { overclaim } = recertify(network, integerNetwork, domain, {
      requested,
      certified,
      outputs: lower,
    });
    expect(overclaim).toEqual({ output: 1, claimed: '0.01', certified: honest.outputDecimals[1] });
    expect(holds(integerNetwork, String(first.epsilon / 50))).toBe(false);
    const other = quantize(randomNetwork({ dimensions: [4, 6, 6, 3], seed: 5 }), [2, 2, 2]);
    expect(holds(other, certified)).toBe(false);
    expect(() => holds(integerNetwork, 'small')).toThrow(UsageError);
  });

  it('are recorded as what was asked for allows, however few digits would round up', () => {
    const network = randomNetwork({ dimensions: [4, 6, 6, 3], seed: 4 });
    const domain = box([0, 0, 0, 0], [1, 1, 1, 1]);
    const certificate = certify(network, quantize(network, [2, 2, 2]), domain);
    const { epsilon } = certificate;
    for (const requested of [epsilon, nextUp(epsilon), epsilon * (1 + 1e-9), epsilon * 1.1]) {
      const { certified, outputs } = certifiedRecord(requested, certificate);
      expect(decimalDown(certified)).toBeLessThanOrEqual(requested);
      expect(decimalDown(certified)).toBeGreaterThanOrEqual(epsilon);
      expect(outputs.some((bound) => bound === certified)).toBe(true);
      outputs.forEach((bound, output) => {
        expect(decimalDown(bound)).toBeGreaterThanOrEqual(certificate.outputs[output]);
        expect(comparePlainDecimals(bound, certified)).toBeLessThanOrEqual(0);
      });
    }
    expect(certifiedRecord(epsilon * 1.1, certificate).certified).toBe(certificate.decimal);
  });

  it('claim nothing where data are too near the end of the range for relative errors', () => {
    const exact = { mantissa: 5n, exponent: -1076 };
    const layer = denseLayer({
      inputs: 1,
      outputs: 1,
      weights: { values: Float64Array.of(2 ** -1074), exact: new Map([[0, exact]]) },
      activation: 'identity',
    });
    const network = { layers: [layer], domain: { kind: 'all' as const } };
    const domain = box([0], [2 ** 1020]);
    const { epsilon } = certify(network, quantize(network, [0]), domain);
    // The true largest error is 5 * 2^-56; 2^-1074 in place of 5 * 2^-1076 would say 4 * 2^-56.
    expect(epsilon).toBe(Number.POSITIVE_INFINITY);
    expect(certify(network, quantizeLossless(network), domain).epsilon).toBe(0);
  });

  it('refuse networks that do not fit each other', () => {
    const network = randomNetwork({ dimensions: [3, 4, 2], seed: 6 });
    const other = quantize(randomNetwork({ dimensions: [3, 5, 2], seed: 6 }), [1, 1]);
    expect(() => certify(network, other, { kind: 'ball', radius: 1 })).toThrow(
      /shape of the layer/,
    );
    const honest = quantize(network, [1, 1]);
    const values = Float64Array.from(honest.matrices[0].values as Float64Array);
    values[values.length - 1] += 1;
    const tampered = {
      ...honest,
      matrices: [{ ...honest.matrices[0], values }, honest.matrices[1]],
    };
    expect(() => certify(network, tampered, { kind: 'ball', radius: 1 })).toThrow(/constant/);
    expect(() => certify(network, honest, box([0], [1]))).toThrow(/coordinates/);
    expect(() => certify(network, honest, box([0, 2, 0], [1, 1, 1]))).toThrow(/coordinate 2/);
  });
});
