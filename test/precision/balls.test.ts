/** Balls around inputs: what they hold, the bits that suffice on all of them, and what is proved around each. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import {
  addDyadic,
  compareDyadic,
  type Dyadic,
  dyadicFromNumber,
  negateDyadic,
} from '../../src/core/dyadic.js';
import { InputError, MisfitError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { evaluateIntegers } from '../../src/integer/evaluate-integers.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { type Balls, ballAround, checkBallSigns, hullOf } from '../../src/precision/balls.js';
import { certificateOf } from '../../src/precision/certificate.js';
import { lowestRungSteps } from '../../src/precision/fewest-bits.js';
import { recertifyAroundSteps } from '../../src/precision/map-claim.js';
import { ownMapPlaces } from '../../src/precision/map-integers.js';
import { placesFront } from '../../src/precision/places-front.js';
import { differencesOf, robustnessSteps } from '../../src/precision/robustness.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { hasMaps, inputsOf, type Network } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { integerOutputs } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomNetwork, randomStream } from '../networks.js';
import { joined, readConstructed } from '../ticket/sample.js';

const DATA = 'ab'.repeat(32);

/** Around points of sixteenths, so that corners are exact. */
function ballsOf(network: Network, samples: number, seed: number, more: Partial<Balls> = {}) {
  const random = randomStream(seed);
  const values = Float64Array.from(
    { length: samples * inputsOf(network.layers) },
    () => Math.floor(16 * random()) / 16,
  );
  return { samples, data: DATA, divide: 1, radius: 1 / 16, values, ...more } satisfies Balls;
}

const networks: readonly Network[] = [
  ...[3, 8, 14, 15, 16].map((seed) => randomMapNetwork({ seed, bits: 7, layers: 3, side: 4 })),
  randomMapNetwork({ seed: 24, bits: 7, layers: 3, side: 4, channelsLast: true }),
  randomNetwork({ dimensions: [4, 6, 5, 3], seed: 1, bits: 9, places: 9 }),
  randomNetwork({ dimensions: [3, 7, 2], seed: 2, bits: 9, places: 9, activation: 'relu' }),
];

/** What is found around inputs, with the balls; of those networks that can be laid out. */
function found(): { network: Network; around: Balls; ticket: ConstructedTicket }[] {
  return networks.flatMap((network, index) => {
    const around = ballsOf(network, 3, index);
    try {
      const result = findTicket(network, {
        construction: horner,
        domain: hullOf(around),
        precision: { mode: 'certified', epsilon: 0.25, around },
      });
      if (!result.found) throw new Error('not found');
      expect(result.verdict).toMatchObject({ proved: true, modelMatches: true });
      return [{ network, around, ticket: result.ticket }];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

function outputsOf(network: Network, { target }: ConstructedTicket, point: Float64Array): Dyadic[] {
  if (hasMaps(network)) return integerOutputs(network, target, point);
  const scaled = Array.from(point, (value) => BigInt(Math.round(value * 256)));
  const { constant, scale } = target;
  const outputs = evaluateIntegers(target, constant ? [...scaled, 256n] : scaled);
  return outputs.map((mantissa) => ({ mantissa, exponent: -scale.exponent - 8 }));
}

describe('a ball around an input', () => {
  it('holds all points within its radius, cut to the clip, past all rounding', () => {
    const values = Float64Array.of(3, 100, 254.9, 0, 7, 1e-300);
    const balls: Balls = { samples: 2, data: DATA, divide: 255, radius: 0.1, values };
    for (const sample of [0, 1]) {
      const { lower, upper } = ballAround(balls, sample);
      for (let k = 0; k < 3; k++) {
        const value = values[3 * sample + k] as number;
        // 255 times an end, exactly, is not within the radius.
        const times = (end: number): Dyadic => {
          const { mantissa, exponent } = dyadicFromNumber(end);
          return { mantissa: 255n * mantissa, exponent };
        };
        const high = addDyadic(dyadicFromNumber(value), dyadicFromNumber(0.1));
        const low = addDyadic(dyadicFromNumber(value), negateDyadic(dyadicFromNumber(0.1)));
        expect(compareDyadic(times(upper[k] as number), high)).toBeGreaterThanOrEqual(0);
        expect(compareDyadic(times(lower[k] as number), low)).toBeLessThanOrEqual(0);
        expect(upper[k]).toBeLessThan((value + 0.1) / 255 + 1e-12);
      }
    }
    const clipped = ballAround({ ...balls, clip: [0, 0.9996] }, 0);
    expect(Math.min(...clipped.lower)).toBeGreaterThan(0);
    expect(clipped.upper[2]).toBe(0.9996);
    const point = ballAround({ ...balls, divide: 1, radius: 0 }, 0);
    expect([...point.lower]).toEqual([3, 100, 254.9]);
    expect(point.upper).toEqual(point.lower);
  });

  it('is refused where nothing of it is left, or its input is no number', () => {
    const balls: Balls = {
      ...{ samples: 1, data: DATA, divide: 1, radius: 0.1 },
      values: Float64Array.of(2),
    };
    expect(() => ballAround({ ...balls, clip: [0, 1] }, 0)).toThrow(/outside of its clip/);
    expect(() => ballAround({ ...balls, values: Float64Array.of(Number.NaN) }, 0)).toThrow(
      UsageError,
    );
  });
});

describe('the lowest rung', () => {
  it('is the first that holds on every domain, each certified on it', () => {
    const random = randomStream(9);
    for (let trial = 0; trial < 200; trial++) {
      const rungs = 2 + Math.floor(20 * random());
      const needs = Array.from({ length: 1 + Math.floor(8 * random()) }, () =>
        Math.floor(rungs * random()),
      );
      const { rung, certificates } = complete(
        lowestRungSteps(
          rungs,
          needs.length,
          1,
          function* (own, some) {
            yield undefined;
            return some.map((domain) => {
              const error = own >= (needs[domain] as number) ? 1 - own / 100 : 2;
              return certificateOf(Float64Array.of(error), 'backward', {}, 0);
            });
          },
          1 + (trial % 4),
        ),
      );
      expect(rung).toBe(Math.max(...needs));
      expect(certificates).toHaveLength(needs.length);
      for (const { epsilon } of certificates) expect(epsilon).toBe(1 - rung / 100);
    }
  });

  it('is on a ladder that rises in cost and falls in predicted error', () => {
    const effects = [3, 0.1, 40];
    const lossless = [9, 12, 6];
    const cost = (places: readonly number[]): number =>
      places.reduce((sum, own, index) => sum + own * (1 + 10 * index), 0);
    const front = placesFront(effects, lossless, cost);
    expect(front[0]).toEqual([0, 0, 0]);
    expect(front.at(-1)).toEqual(lossless);
    for (let rung = 1; rung < front.length - 1; rung++) {
      expect(cost(front[rung] ?? [])).toBeGreaterThan(cost(front[rung - 1] ?? []));
    }
  });
});

describe('a ticket certified around inputs', () => {
  const tickets = found();

  it('keeps its error and its classes on every ball, judged exactly', () => {
    expect(tickets.length).toBeGreaterThan(4);
    let stays = 0;
    for (const { network, around, ticket } of tickets) {
      const { precision, target, domain } = ticket;
      if (precision.mode !== 'certified') throw new Error('not certified');
      const places = ownMapPlaces(network, precision);
      const layers = complete(differencesOf(network, target, domain, places));
      const verdicts = complete(robustnessSteps(network, layers, around));
      const inputs = inputsOf(network.layers);
      const random = randomStream(4);
      for (let trial = 0; trial < 60; trial++) {
        const sample = trial % around.samples;
        const point = around.values
          .slice(sample * inputs, (sample + 1) * inputs)
          .map((value) => value + Math.round(2 * random() - 1) / 16);
        const wanted = evaluateExactly(network, point);
        const own = outputsOf(network, ticket, point);
        const verdict = verdicts[sample];
        own.forEach((value, j) => {
          const difference = addDyadic(value, negateDyadic(wanted[j] as Dyadic));
          const error = difference.mantissa < 0n ? negateDyadic(difference) : difference;
          const bounds = [Number(precision.certified), verdict?.error ?? 0];
          for (const bound of bounds) {
            expect(compareDyadic(error, dyadicFromNumber(bound))).toBeLessThanOrEqual(0);
          }
        });
        const isLargest = (values: readonly Dyadic[]): boolean =>
          values.every(
            (value, j) =>
              j === verdict?.class ||
              compareDyadic(value, values[verdict?.class ?? 0] as Dyadic) < 0,
          );
        if (verdict?.modelStays) expect(isLargest(wanted)).toBe(true);
        if (verdict?.ticketStays) expect(isLargest(own)).toBe(true);
        if (verdict?.ticketStays) stays++;
      }
    }
    expect(stays).toBeGreaterThan(10);
  });

  it('is proved again with its inputs, and not with others or a smaller bound', () => {
    let refusedClaims = 0;
    for (const { network, around, ticket } of tickets) {
      const { precision } = ticket;
      if (precision.mode !== 'certified') throw new Error('not certified');
      const read = readConstructed(joined(encodeTicket(ticket)));
      expect(read.precision).toEqual(precision);
      expect(precision.around).toEqual({ samples: 3, data: DATA, divide: 1, radius: 1 / 16 });
      const model = { network, samples: around };
      expect(verifyTicket(read, { model })).toMatchObject({ proved: true });
      expect(() => verifyTicket(read, { model: { network } })).toThrow(UsageError);
      const others = { ...around, data: 'cd'.repeat(32) };
      expect(verifyTicket(read, { model: { network, samples: others } }).failure?.reason).toMatch(
        /not those given/,
      );
      if (Number(precision.certified) === 0) continue;
      const lower = (bound: string): string => (Number(bound) / 1000).toFixed(30);
      const claim = {
        ...precision,
        certified: lower(precision.certified),
        outputs: precision.outputs.map(lower),
      };
      const overclaiming = verifyTicket({ ...ticket, precision: claim }, { model });
      // Where the outputs are off in both networks a bound of 0 holds that was not needed before.
      if (overclaiming.proved) continue;
      refusedClaims++;
      expect(overclaiming.failure?.reason).toMatch(/does not hold for this model/);
    }
    expect(refusedClaims).toBeGreaterThan(2);
  });

  it('is not certified by integers of other signs than the weights that they stand for', () => {
    const network = (first: number[], bias: number[]): Network => ({
      domain: { kind: 'box', lower: Float64Array.of(0), upper: Float64Array.of(2) },
      layers: [
        denseLayer({ inputs: 1, outputs: 1, weights: first, bias, activation: 'relu' }),
        denseLayer({ inputs: 1, outputs: 1, weights: [1], bias: [-4], activation: 'identity' }),
      ],
    });
    const model = network([1], [1]);
    const forged = quantizeLossless(network([-1], [0.5]));
    const around = { samples: 1, data: DATA, divide: 1, radius: 0, values: Float64Array.of(1) };
    const layers = complete(
      differencesOf(model, forged, model.domain, ownMapPlaces(model, { mode: 'lossless' })),
    );
    const [verdict] = complete(robustnessSteps(model, layers, around));
    // At 1 the model has 2 - 4, the integers 0 - 4.
    expect(verdict?.error).toBeGreaterThanOrEqual(2);
  });

  it('is not proved on balls that its domain does not hold', () => {
    const { network, around, ticket } = tickets.at(-1) as (typeof tickets)[number];
    const { precision, target, domain } = ticket;
    if (precision.mode !== 'certified') throw new Error('not certified');
    const { certified, outputs, requested } = precision;
    const claim = { certified, outputs, requested };
    const recertify = (own: Balls) =>
      complete(recertifyAroundSteps(network, target, domain, claim, { around: own }));
    expect(() => recertify(around)).not.toThrow();
    const beyond = { ...around, values: around.values.map((value) => value - 5) };
    expect(() => recertify(beyond)).toThrow(MisfitError);
    const ball = ballAround(beyond, 0);
    expect(() => checkBallSigns(ball, ['signed', 'signed', 'signed'], 0)).not.toThrow();
    expect(() => checkBallSigns(ball, ['signed', 'nonnegative', 'signed'], 0)).toThrow(/input 1/);
  });

  it('is refused with inputs of another size, or integers of another model', () => {
    const { network, around } = tickets[0] as (typeof tickets)[number];
    const short = { ...around, values: around.values.subarray(1) };
    expect(() =>
      findTicket(network, {
        construction: horner,
        domain: hullOf(around),
        precision: { mode: 'certified', epsilon: 1, around: short },
      }),
    ).toThrow(MisfitError);
    const rounded = tickets.find(
      (own) =>
        hasMaps(own.network) &&
        own.ticket.precision.mode === 'certified' &&
        Number(own.ticket.precision.certified) > 0,
    ) as (typeof tickets)[number];
    const other = ownMapPlaces(rounded.network, { mode: 'lossless' });
    const { target, domain } = rounded.ticket;
    expect(() => complete(differencesOf(rounded.network, target, domain, other))).toThrow(
      MisfitError,
    );
  });

  it.each([
    [{ samples: 0 }, /samples/],
    [{ data: 'no digest' }, /data/],
    [{ divide: 0 }, /divide/],
    [{ radius: -1 }, /radius/],
    [{ clip: [1, 0] }, /clip/],
  ])('is not read with %j', (spoiled, reason) => {
    const { ticket } = tickets[0] as (typeof tickets)[number];
    const { precision } = ticket;
    if (precision.mode !== 'certified') throw new Error('not certified');
    const around = { ...precision.around, ...spoiled } as typeof precision.around;
    const written = { ...ticket, precision: { ...precision, around } } as ConstructedTicket;
    expect(() => readConstructed(joined(encodeTicket(written)))).toThrow(reason);
  });
});
