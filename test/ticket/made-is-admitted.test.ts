/** What unearth makes by default it also takes by default: limits against tickets of every kind. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BaselineName } from '../../src/constructions/baselines/baseline.js';
import { BASELINE_NAMES } from '../../src/constructions/baselines/index.js';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { findTicket } from '../../src/pipeline/find.js';
import { searchTicket } from '../../src/search/search.js';
import { parseDomain } from '../../src/target/domain.js';
import type { Network } from '../../src/target/network.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import { admitTicket, type TicketUse } from '../../src/ticket/cost.js';
import { readTicket } from '../../src/ticket/read.js';
import type { Ticket } from '../../src/ticket/ticket.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { randomNetwork } from '../networks.js';
import { clusters, smallSearch } from '../search/problems.js';
import { trainedBytes } from './trained-sample.js';

const USES: readonly TicketUse[] = ['proof', 'program', 'pictures'];

/** Reads the file by the default limits, and asks for every use of it. */
function admitted(bytes: Uint8Array): Ticket {
  const ticket = readTicket(bytes);
  expect(ticket.fileBytes).toBe(bytes.length);
  for (const use of USES) {
    const left = admitTicket(ticket, use);
    expect(left.memory).toBeGreaterThan(0);
    expect(left.steps).toBeGreaterThan(0);
  }
  return ticket;
}

const digits = readOnnx(
  readFileSync(new URL('../../examples/digits/digits.onnx', import.meta.url)),
).network;

function found(network: Network, options: Partial<Parameters<typeof findTicket>[1]>): Uint8Array {
  const outcome = findTicket(network, { construction: horner, ...options });
  if (!outcome.found) throw new Error('no seed has the network');
  return concatenate(outcome.bytes);
}

describe('a ticket that is made by default is admitted by default', () => {
  it.each([
    ['losslessly, on all inputs', { domain: parseDomain('all', 64) }],
    ['losslessly, on the images', { domain: parseDomain('box:0,1', 64) }],
    [
      'certified to 0.01',
      {
        domain: parseDomain('box:0,1', 64),
        precision: { mode: 'certified', epsilon: 0.01 },
      },
    ],
    ['with one bit', { precision: { mode: 'bits', bits: 1 } }],
  ] as const)('digits, by horner %s', (_, options) => {
    admitted(found(digits, options));
  });

  it('digits, by diamond', () => {
    admitted(found(digits, { construction: diamond, domain: parseDomain('box:0,1', 64) }));
  });

  it.each([
    ['deep and narrow', Array<number>(41).fill(1)],
    ['shallow and wide', [1, 600, 1]],
    ['one weight', [1, 1]],
  ])('random networks: %s', (_, dimensions) => {
    const network = randomNetwork({ dimensions, seed: 5 });
    for (const bits of [0, 4]) admitted(found(network, { precision: { mode: 'bits', bits } }));
    admitted(found(network, {}));
  });

  it.each(BASELINE_NAMES as readonly BaselineName[])('of the system %s', (name) => {
    for (const seed of [1, 2]) {
      const { bytes } = foundBaseline(name, smallNetwork(seed));
      expect(admitted(concatenate(bytes)).kind).toBe('baseline');
    }
  });

  it.each([
    [{}],
    [{ keep: [1, 1] }],
    [{ keep: [0.01, 0.01] }],
    [{ method: 'biprop', activation: 'sign' }],
    [{ method: 'supermask', keep: [0.1, 0.1] }],
    [{ method: 'edge-popup', weights: 'kaiming-normal', keep: [0.9, 0.9] }],
  ] as const)('trained: %j', async (options) => {
    const data = clusters(64, 1);
    const outcome = await searchTicket({ data, options: smallSearch({ epochs: 1, ...options }) });
    if (!outcome.finished) throw new Error('the search stopped');
    expect(admitted(concatenate(outcome.bytes)).kind).toBe('trained');
  });

  it('trained, as large as for MNIST', () => {
    for (const weights of ['sign', 'normal'] as const) {
      admitted(trainedBytes({ widths: [784, 300, 100, 10], weights }));
    }
  });
});
