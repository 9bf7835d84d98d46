/** Promises about data: the fewest bits by a fixed sequence of tests, counted again, and never more than they are. */
import { describe, expect, it } from 'vitest';
import { createJudge, exceeds } from '../../src/attack/judge.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { MisfitError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { provideLowering } from '../../src/integer/own-lowering.js';
import { placesWithin, quantizeToBits } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { largestShare } from '../../src/precision/clopper-pearson.js';
import {
  fewestSampledBitsSteps,
  mostExceeding,
  sampleCounterSteps,
  sampledFailureSteps,
} from '../../src/precision/sampled.js';
import type { SampledRequest } from '../../src/precision/sampled-record.js';
import { verifyTicket } from '../../src/proof/verify.js';
import type { Domain } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';

const network = randomNetwork({ dimensions: [3, 6, 4, 2], seed: 2, bits: 14, places: 13 });
const domain: Domain = {
  kind: 'box',
  lower: new Float64Array(3),
  upper: new Float64Array(3).fill(1),
};
const random = randomStream(7);
const samples = 400;
const values = Float64Array.from({ length: 3 * samples }, () => Math.floor(256 * random()));
const request: SampledRequest = {
  ...{ epsilon: 0.02, confidence: 0.99, share: 0.05, samples, values },
  ...{ data: 'cd'.repeat(32), divide: 255 },
};

/** Samples beyond epsilon, in exact arithmetic. */
function exactCount(bits: number, epsilon: number): number {
  const judge = createJudge(network, quantizeToBits(network, bits));
  let count = 0;
  for (let sample = 0; sample < samples; sample++) {
    const input = values.subarray(3 * sample, 3 * sample + 3).map((value) => value / 255);
    if (judge(input).some((error) => exceeds(error, epsilon))) count++;
  }
  return count;
}

describe('a promise about data', () => {
  it('is of the fewest bits that every step of the sequence down to them passes', () => {
    const most = mostExceeding(samples, 0.05, 0.99) as number;
    expect(largestShare(most, samples, 0.99)).toBeLessThanOrEqual(0.05);
    expect(largestShare(most + 1, samples, 0.99)).toBeGreaterThan(0.05);
    const { bits, exceeding } = complete(fewestSampledBitsSteps(network, domain, request));
    expect(exceeding).toBe(exactCount(bits, 0.02));
    expect(exceeding).toBeLessThanOrEqual(most);
    expect(exactCount(bits - 1, 0.02)).toBeGreaterThan(most);
  });

  it('counts what float64 arithmetic leaves undecided as beyond', () => {
    const counter = complete(sampleCounterSteps(network, domain, { ...request, epsilon: 1e-300 }));
    // Lossless: the error is 0, but no float64 shows that.
    expect(complete(counter.countSteps(placesWithin(network, 30)))).toBe(samples);
  });

  it("is refused where so few samples show nothing, or where they are not the network's", () => {
    const asked = (changes: Partial<SampledRequest>) => () =>
      complete(fewestSampledBitsSteps(network, domain, { ...request, ...changes }));
    expect(asked({ share: 0.001 })).toThrow(/show with confidence 0.99 no smaller share/);
    expect(asked({ epsilon: 1e-300 })).toThrow(UsageError);
    expect(asked({ confidence: 1 })).toThrow(UsageError);
    expect(asked({ values: values.subarray(1) })).toThrow(MisfitError);
    expect(asked({ divide: 254 })).toThrow(/not in the domain/);
  });

  it('is recorded beside the bits, proved to be no more than that, and counted again', () => {
    provideLowering();
    const precision = { mode: 'sampled', sampled: request } as const;
    const found = findTicket(network, { construction: horner, domain, precision });
    if (!found.found) throw new Error('not found');
    const { ticket, verdict } = found;
    expect(verdict).toMatchObject({ proved: true, epsilon: null });
    if (ticket.precision.mode !== 'bits' || ticket.precision.sampled === undefined) {
      throw new Error('nothing is recorded');
    }
    const { bits, sampled } = ticket.precision;
    const given = { samples, values, data: request.data };
    const again = (model: object) => verifyTicket(ticket, { model: { network, ...model } });
    expect(again({ samples: given })).toMatchObject({ proved: true, epsilon: null });
    expect(again({})).toMatchObject({ proved: true, epsilon: null });
    const other = { ...given, data: 'ef'.repeat(32) };
    expect(again({ samples: other }).failure?.reason).toMatch(/not those that the ticket records/);
    const fails = (record: object) =>
      complete(sampledFailureSteps(network, domain, bits, { ...sampled, ...record }, given));
    expect(fails({})).toBeNull();
    expect(fails({ exceeding: sampled.exceeding - 1 })).toMatch(
      /more than the recorded|do not show/,
    );
    expect(fails({ share: 0.01, exceeding: 0 })).toMatch(/do not show|more than the recorded/);
    expect(complete(sampledFailureSteps(network, domain, bits - 2, sampled, given))).not.toBeNull();
  });
});
