/** Work that has to do with certificates, started without them, is refused: never done as if it had none. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { findTicket } from '../../src/pipeline/find.js';
import { findTicketSteps } from '../../src/pipeline/find-steps.js';
import { ownCertifier } from '../../src/precision/own-certifier.js';
import { comparingWith } from '../../src/proof/compare-model.js';
import { verifyTicketSteps } from '../../src/proof/verify-steps.js';
import type { Domain } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

const network = randomNetwork({ dimensions: [2, 3, 1], seed: 5 });
const domain: Domain = { kind: 'box', lower: new Float64Array(2), upper: Float64Array.of(1, 1) };
const precision = { mode: 'certified', epsilon: 0.1 } as const;
const model = { network };

describe('without a certifier', () => {
  it('no error is certified, and lossless networks are found all the same', () => {
    const options = { construction: horner, domain };
    expect(() => complete(findTicketSteps(network, { ...options, precision }))).toThrow(UsageError);
    const found = complete(findTicketSteps(network, options));
    expect(found.found && found.verdict.proved).toBe(true);
  });

  it('no certified bound is proved, and none is needed where the model is not given', () => {
    const found = findTicket(network, { construction: horner, domain, precision });
    if (!found.found) throw new Error('not found');
    const { ticket } = found;
    expect(() => complete(verifyTicketSteps(ticket, { model }, comparingWith(undefined)))).toThrow(
      /certifier/,
    );
    expect(() => complete(verifyTicketSteps(ticket, { model }))).toThrow(UsageError);
    expect(complete(verifyTicketSteps(ticket)).proved).toBe(true);
    const proof = complete(verifyTicketSteps(ticket, { model }, comparingWith(ownCertifier)));
    expect(proof).toMatchObject({ proved: true, modelMatches: true });
  });
});
