/** One `verify` for every kind of ticket: the verdict that its own checker gives, and its own options. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { UsageError } from '../../src/core/errors.js';
import { findTicket } from '../../src/pipeline/find.js';
import { verifyAny } from '../../src/pipeline/verify.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import type { Ticket } from '../../src/ticket/ticket.js';
import { encodeTrainedTicket, type TrainedTicket } from '../../src/ticket/trained.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { randomNetwork } from '../networks.js';
import { sampleTrained } from '../ticket/trained-sample.js';

function constructed() {
  const network = randomNetwork({ dimensions: [3, 4, 2], seed: 5, places: 3, bits: 4 });
  const found = findTicket(network, { construction: horner });
  if (!found.found) throw new Error('not found');
  return { network, ticket: found.ticket };
}

function trained(): TrainedTicket {
  const { head, mask } = sampleTrained();
  const bytes = concatenate(encodeTrainedTicket(head, mask).bytes);
  return ticketOfKind(readTicket(bytes), 'trained', 'this test');
}

describe('verify', () => {
  it('proves a constructed ticket, with its model and without', () => {
    const { network, ticket } = constructed();
    expect(verifyAny(ticket)).toMatchObject({ kind: 'constructed', proved: true, epsilon: null });
    expect(verifyAny(ticket, { model: { network } })).toMatchObject({ proved: true, epsilon: '0' });
    const other = randomNetwork({ dimensions: [3, 4, 2], seed: 6, places: 3, bits: 4 });
    expect(verifyAny(ticket, { model: { network: other } })).toMatchObject({
      proved: false,
      modelMatches: false,
    });
  });

  it('proves a baseline ticket', () => {
    const network = smallNetwork(1);
    const { ticket } = foundBaseline('diffenderfer', network);
    expect(verifyAny(ticket, { model: { network } })).toMatchObject({
      kind: 'baseline',
      proved: true,
    });
  });

  it('proves a trained ticket by what it records', () => {
    const ticket = trained();
    expect(verifyAny(ticket)).toMatchObject({ kind: 'trained', proved: true, probes: 3 });
    const other = verifyAny({ ...ticket, seed: ticket.seed ^ 1n });
    expect(other).toMatchObject({ kind: 'trained', proved: false });
  });

  it('refuses options that a kind has no use for, and what is no ticket, by their names', () => {
    const { network, ticket } = constructed();
    const data = {
      inputs: 3,
      classes: 2,
      count: 0,
      values: new Float32Array(),
      labels: new Uint32Array(),
    };
    expect(() => verifyAny(ticket, { data })).toThrow(/^option "data" has no meaning/);
    const learned = trained();
    expect(() => verifyAny(learned, { model: { network } })).toThrow(/^option "model" has no mean/);
    for (const none of [null, undefined, 7, {}, { kind: 'other' }]) {
      expect(() => verifyAny(none as unknown as Ticket)).toThrow(UsageError);
    }
  });

  it('ends by a signal', () => {
    const { ticket } = constructed();
    const signal = AbortSignal.abort(new Error('enough'));
    expect(() => verifyAny(ticket, { signal })).toThrow('enough');
  });
});
