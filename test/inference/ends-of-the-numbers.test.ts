/** Stated errors where numbers underflow: tiny weights, tiny domains, and domains that are one point. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import type { OpenEngineOptions } from '../../src/inference/open-engine.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { findTicket } from '../../src/pipeline/find.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Network } from '../../src/target/network.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { fractionOf, fractionOfDecimal, isWithinBound } from '../exact-comparison.js';

const ENGINES: readonly OpenEngineOptions[] = [
  { engine: 'fast' },
  { engine: 'float' },
  { engine: 'folded' },
  { engine: 'exact' },
];

function ticketOf(weights: readonly number[], bias: number, domain: Domain): ConstructedTicket {
  const network: Network = {
    layers: [
      denseLayer({
        ...{ inputs: weights.length, outputs: 1, weights, bias: [bias], activation: 'identity' },
      }),
    ],
    domain,
  };
  const outcome = findTicket(network, { construction: horner, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  return ticketOfKind(readTicket(concatenate(outcome.bytes)), 'constructed', 'this test');
}

/** Holds, or no bound is stated; returns whether one was. */
function isStated(
  ticket: ConstructedTicket,
  sample: readonly number[],
  options: OpenEngineOptions,
) {
  const batch = Float64Array.from(sample);
  const [exact] = runFoldedExact(ticket.target, batch, 1);
  const engine = openEngine(ticket, options);
  const [value] = engine.evaluate(batch, 1);
  const { rounding } = engine.report().error;
  if (rounding === null) return false;
  expect(isWithinBound(value, exact, fractionOfDecimal(rounding[0])), rounding[0]).toBe(true);
  return true;
}

const ball = (radius: number): Domain => ({ kind: 'ball', radius });

describe('the stated error', () => {
  it.each(ENGINES)('holds on a domain that is one point, and outside it: %j', (options) => {
    for (const domain of [
      ball(0),
      { kind: 'box', lower: new Float64Array(2), upper: new Float64Array(2) } as const,
    ]) {
      const ticket = ticketOf([0.7, 0.3], 0.1, domain);
      expect(isStated(ticket, [0, 0], options)).toBe(true);
      if (domain.kind === 'ball') expect(isStated(ticket, [0.1, 0.2], options)).toBe(true);
    }
  });

  it.each(ENGINES)('holds, or is not stated, far outside a subnormal domain: %j', (options) => {
    for (const radius of [5e-324, 1e-310, 1e-200]) {
      const ticket = ticketOf([0.7, 0.3], 0, ball(radius));
      for (const sample of [
        [0.1, 0.2],
        [1e-310, -3e-311],
      ]) {
        isStated(ticket, sample, options);
      }
    }
  });

  it.each(ENGINES)('holds where tiny weights meet large inputs: %j', (options) => {
    const ticket = ticketOf([3e-290, -7.1e-291], 0, { kind: 'all' });
    for (const size of [1, 1e20, 1e150, 1e300]) {
      expect(isStated(ticket, [size / 3, size / 7], options)).toBe(true);
    }
  });

  it('far outside a small ball tells the distance', () => {
    const engine = openEngine(ticketOf([1, 1], 0, ball(0)), { engine: 'float' });
    engine.evaluate(Float64Array.of(3, 4), 1);
    expect(engine.report().outside.first).toEqual({ sample: 0, coordinate: null, value: 5 });
  });
});

describe('exactness float', () => {
  it.each(ENGINES)('is relative: outputs far below float32 keep their digits: %j', (options) => {
    for (const scale of [1e-30, 1e-60, 1e-100]) {
      const ticket = ticketOf([0.7 * scale, 0.3 * scale], 0, { kind: 'all' });
      const batch = Float64Array.of(0.1, 0.2);
      const [exact] = runFoldedExact(ticket.target, batch, 1);
      const [value] = openEngine(ticket, options).evaluate(batch, 1);
      expect(isWithinBound(value, exact, fractionOf(1e-6 * 0.13 * scale))).toBe(true);
    }
  });
});
