/** What of a claim on a model becomes a verdict, and what must not. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { ownCertifier } from '../../src/precision/own-certifier.js';
import { certificateFailure } from '../../src/proof/certificate-claim.js';
import type { Domain, Network } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

const target = quantizeLossless(randomNetwork({ dimensions: [2, 3, 1], seed: 1 }));
const box: Domain = { kind: 'box', lower: new Float64Array(2), upper: Float64Array.of(1, 1) };
const claim = {
  mode: 'certified',
  requested: 1,
  certified: '0',
  outputs: ['0'],
  method: 'lossless',
} as const;

function failureFor(network: Network, domain: Domain = box) {
  const place = { block: 2, layer: 4, neuron: 0 };
  const subject = { place, network, target, domain };
  return complete(certificateFailure(subject, claim, undefined, { certifier: ownCertifier }));
}

describe('a recorded error bound', () => {
  it('fails for a model or a domain that it cannot be computed for', () => {
    const longer = randomNetwork({ dimensions: [2, 3, 3, 1], seed: 1 });
    expect(failureFor(longer)?.reason).toMatch(/cannot be computed: .*number of layers/);
    const other = randomNetwork({ dimensions: [2, 3, 1], seed: 2 });
    const wide = { ...box, lower: new Float64Array(3), upper: new Float64Array(3) };
    expect(failureFor(other, wide)?.reason).toMatch(/cannot be computed: .*3 coordinates/);
    expect(failureFor(other, { kind: 'all' })?.reason).toMatch(/cannot be computed: .*bounded/);
  });

  it('does not fail for a defect of the checker, which is thrown', () => {
    const defect = new RangeError('Invalid array length');
    const broken = {
      domain: box,
      get layers(): never {
        throw defect;
      },
    };
    expect(() => failureFor(broken)).toThrow(defect);
  });
});
