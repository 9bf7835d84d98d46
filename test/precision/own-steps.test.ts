/** Step lengths of their own for the parameters of ellipsoids, where a domain is not split: learned, proved again. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { createJudge, exceeds } from '../../src/attack/judge.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { quantize } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { chooseBits } from '../../src/precision/allot-bits.js';
import { newSteps, turnSteps } from '../../src/precision/bounds/own-steps.js';
import { certify, recertify } from '../../src/precision/certificate.js';
import { MOST_ROUNDS, roundsWithin } from '../../src/precision/effort.js';
import { verifyTicket } from '../../src/proof/verify.js';
import type { Domain } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import { randomNetwork } from '../networks.js';

/** More inputs than a domain is ever split along. */
const INPUTS = 18;
const cube: Domain = {
  kind: 'box',
  lower: new Float64Array(INPUTS),
  upper: new Float64Array(INPUTS).fill(1),
};
// Of few neurons one step for all does as well; not here.
const network = randomNetwork({ dimensions: [INPUTS, 40, 10], seed: 2, bits: 12, places: 14 });
const rounded = quantize(network, [8, 8]);
const ellipsoids = { methods: ['ellipsoid'] as const, boxes: 1 };

describe('step lengths of their own', () => {
  const before = certify(network, rounded, cube, { ...ellipsoids, rounds: 40 });
  const now = certify(network, rounded, cube, { ...ellipsoids, rounds: 80, ownSteps: true });

  it('certify less than one step for all, and no less than an attack finds', () => {
    expect(now.epsilon).toBeLessThan(0.95 * before.epsilon);
    const { input } = attack(network, rounded, cube, { evaluations: 500 });
    createJudge(
      network,
      rounded,
    )(input).forEach((error, output) => {
      expect(exceeds(error, now.outputs[output])).toBe(false);
    });
  });

  it('shorten where the conditions turn round, and grow where they go on', () => {
    const at = (multiplier: number) => [
      {
        errorMultipliers: Float64Array.of(multiplier),
        activationMultipliers: Float64Array.of(1),
        errorImportance: Float64Array.of(1),
        activationImportance: Float64Array.of(1),
        shares: [1, 1, 1] as [number, number, number],
        source: undefined,
      },
    ];
    const steps = newSteps(at(1));
    const length = () => steps.lengths[0][0][0];
    turnSteps(steps, at(1), at(2));
    expect(length()).toBe(1);
    turnSteps(steps, at(2), at(1));
    expect(length()).toBe(0.5);
    turnSteps(steps, at(2), at(1));
    expect(length()).toBe(0.6);
    expect(steps.lengths[0][1][0]).toBe(1);
  });

  it('are taken again for a claim of one box, and only for that', () => {
    const claim = { certified: now.decimal, outputs: now.outputDecimals, requested: now.epsilon };
    // Whoever stopped at a goal is met on the way there.
    const goal = 1.1 * now.epsilon;
    const early = certify(network, rounded, cube, {
      ...ellipsoids,
      rounds: 80,
      ownSteps: true,
      goal,
    });
    expect(early.epsilon).toBeLessThanOrEqual(goal);
    const chosen = { certified: early.decimal, outputs: early.outputDecimals, requested: goal };
    expect(recertify(network, rounded, cube, { ...chosen, boxes: 1 }).holds).toBe(true);
    expect(recertify(network, rounded, cube, claim).holds).toBe(false);
    const less = { ...claim, certified: '0.0001', boxes: 1 };
    expect(recertify(network, rounded, cube, less).holds).toBe(false);
  });

  it('are recorded in a ticket, which is proved from itself and the model', () => {
    const precision = { mode: 'certified', epsilon: 0.03 } as const;
    const found = findTicket(network, { construction: horner, domain: cube, precision });
    if (!found.found) throw new Error('not found');
    expect(found.ticket.precision).toMatchObject({
      mode: 'certified',
      boxes: 1,
      method: 'ellipsoid',
    });
    const ticket = readTicket(found.bytes[0]);
    if (ticket.kind !== 'constructed') throw new Error('another kind');
    const verdict = verifyTicket(ticket, { model: { network } });
    expect(verdict).toMatchObject({ proved: true, modelMatches: true });
  });

  it('meet with more effort what they meet with less', () => {
    let least = Number.POSITIVE_INFINITY;
    for (const effort of [1e-6, 0.02, 1]) {
      const chosen = chooseBits(network, cube, 0.03, { rows: true, effort });
      expect(chosen.averagePlaces).toBeLessThanOrEqual(least);
      least = chosen.averagePlaces;
    }
    const counts = [1e-6, 1, 60, 3600].map((seconds) => roundsWithin(network, seconds, 12));
    expect(counts[0]).toBe(12);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[3]).toBe(MOST_ROUNDS);
  });
});
