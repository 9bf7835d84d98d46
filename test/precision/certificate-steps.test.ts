/** What certifying an error may take: counted before it is done, and refused beyond a limit. */
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_MEMORY,
  mostCertificateSteps,
  StepLimitError,
  spendUpTo,
} from '../../src/core/limits.js';
import { quantize } from '../../src/integer/quantize.js';
import { chooseBits } from '../../src/precision/allot-bits.js';
import { chainSteps, relaxationSteps } from '../../src/precision/bounds/steps.js';
import { certify, recertify } from '../../src/precision/certificate.js';
import { certifyClassification } from '../../src/precision/classification.js';
import { smallNetwork } from '../baseline-tickets.js';

const network = smallNetwork(5);
const { inputs } = network.layers[0];
const domain = {
  kind: 'box',
  lower: new Float64Array(inputs),
  upper: new Float64Array(inputs).fill(1),
} as const;
const places = network.layers.map(() => 3);
const rounded = quantize(network, places);

/** What `work` tells that it does. */
function counted(work: (spend: (steps: number) => void) => unknown): number {
  let spent = 0;
  work((steps) => {
    spent += steps;
  });
  return spent;
}

/** `work` runs with just as many steps as it takes, and not with one less. */
function expectLimited(work: (spend: (steps: number) => void) => unknown): void {
  const steps = counted(work);
  expect(steps).toBeGreaterThan(0);
  expect(counted(work)).toBe(steps);
  const limit = (most: number) => spendUpTo({ most, memory: DEFAULT_MEMORY }, 'this');
  // Steps are no whole numbers, and their sums are rounded.
  work(limit(steps * (1 + 1e-9)));
  expect(() => work(limit(steps * (1 - 1e-9)))).toThrow(StepLimitError);
}

describe('the steps of a certificate', () => {
  it('are counted for every bound, for choosing bits, for checking claims and for classes', () => {
    expectLimited((spend) => certify(network, rounded, domain, { spend }));
    expectLimited((spend) => chooseBits(network, domain, 0.1, { spend, boxes: 9 }));
    const certificate = certify(network, rounded, domain, { goal: 0.5 });
    const claim = {
      requested: 0.5,
      certified: certificate.decimal,
      outputs: certificate.outputDecimals,
    };
    expectLimited((spend) => recertify(network, rounded, domain, claim, { spend }));
    // A claim that does not hold is tried in several ways, and all of them count.
    const least = { ...claim, certified: '0', outputs: claim.outputs.map(() => '0') };
    const one = counted((spend) => certify(network, rounded, domain, { spend, goal: 0.5 }));
    expect(
      counted((spend) => recertify(network, rounded, domain, least, { spend })),
    ).toBeGreaterThan(one);
    const { lower, upper } = domain;
    expectLimited((spend) =>
      certifyClassification(
        network,
        rounded,
        domain,
        certificate,
        { kind: 'box', lower, upper },
        { spend },
      ),
    );
  });

  it('of a few wide layers are cubic, and beyond what a small file may cost', () => {
    const wide = (width: number) => [
      { inputs: 5, outputs: width },
      { inputs: width, outputs: width },
      { inputs: width, outputs: 1 },
    ];
    expect(chainSteps(wide(1600)) / chainSteps(wide(800))).toBeGreaterThan(6);
    expect(relaxationSteps(wide(800)) / relaxationSteps(wide(400))).toBeGreaterThan(6);
    // 300 boxes of 500 neurons: a file of 500 kB, and a day of work.
    expect(1800 * chainSteps(wide(500))).toBeGreaterThan(mostCertificateSteps(500_000));
  });

  it('may be more where the option "memory" allows more', () => {
    expect(mostCertificateSteps(1000, 2 ** 33)).toBe(4 * mostCertificateSteps(1000));
    const spend = spendUpTo({ most: 10, memory: DEFAULT_MEMORY }, 'this work');
    spend(10);
    expect(() => spend(1)).toThrow(
      'this work takes more than 10 steps, the limit for a file of its size; if the file is trusted, set option "memory" to 8589934592 (8G) or more',
    );
  });
});
