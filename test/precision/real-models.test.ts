/** Certified epsilon on real networks that nobody here made, and the attack against it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { readModel } from '../../src/cli/files/read-model.js';
import { quantize } from '../../src/integer/quantize.js';
import { chooseBits } from '../../src/precision/allot-bits.js';
import { certify } from '../../src/precision/certificate.js';
import { readBoxText } from '../../src/target/domain.js';

const shared = process.env.UNEARTH_SHARED ?? '';
const model = (name: string): string => path.join(shared, 'models', name);

describe.skipIf(shared === '')('real models (needs UNEARTH_SHARED)', () => {
  it('ACAS Xu 1_1 over its whole box: below 23 fractional bits with little splitting', () => {
    const { network } = readModel(model('acasxu_1_1.onnx'));
    const domain = readBoxText(readFileSync(model('acasxu.domain.txt'), 'utf8'), 5);
    const chosen = chooseBits(network, domain, 0.01, { boxes: 41, rounding: 'nearest' });
    expect(chosen.certificate.epsilon).toBeLessThanOrEqual(0.01);
    expect(chosen.averagePlaces).toBeLessThan(23);
    const { violated, measured } = attack(network, chosen.integerNetwork, domain, {
      evaluations: 800,
      bound: chosen.certificate.epsilon,
    });
    expect(violated).toBe(false);
    expect(measured).toBeGreaterThan(0);
  });

  it('MNIST 784-256-256-10 over [0, 1]: 18, 18 and 26 fractional bits keep 0.01', () => {
    const { network } = readModel(model('mnist_256x2.onnx'));
    const domain = {
      kind: 'box' as const,
      lower: new Float64Array(784),
      upper: new Float64Array(784).fill(1),
    };
    const integerNetwork = quantize(network, [18, 18, 26]);
    const certificate = certify(network, integerNetwork, domain, {
      goal: 0.01,
      methods: ['ellipsoid'],
    });
    expect(certificate.epsilon).toBeLessThanOrEqual(0.01);
    const { violated } = attack(network, integerNetwork, domain, {
      evaluations: 300,
      bound: certificate.epsilon,
    });
    expect(violated).toBe(false);
  });
});
