/** Error bounds of feature maps: never below an error that exact arithmetic finds, and what tickets claim of them. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import {
  addDyadic,
  compareDyadic,
  type Dyadic,
  dyadicFromNumber,
  negateDyadic,
} from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { findTicket } from '../../src/pipeline/find.js';
import { numberDifference } from '../../src/precision/bounds/map-difference.js';
import { chooseMapBitsSteps } from '../../src/precision/map-bits.js';
import { certifyMapsSteps, MAP_BOUNDS } from '../../src/precision/map-certificate.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { type Domain, inputsOf, type Network } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { randomBranchedNetwork } from '../branched-networks.js';
import { integerOutputs, loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';
import { joined, readConstructed } from '../ticket/sample.js';
import { attackMapBounds } from './map-attack.js';

function magnitude(value: Dyadic): Dyadic {
  return value.mantissa < 0n ? negateDyadic(value) : value;
}

/** A point of the domain whose coordinates are sixteenths: a corner, or anywhere. */
function pointOf(domain: Domain, inputs: number, random: () => number): Float64Array {
  const atCorner = random() < 0.5;
  if (domain.kind === 'ball') {
    const point = new Float64Array(inputs);
    const share = Math.floor(16 * domain.radius) / 16;
    point[Math.floor(random() * inputs)] = random() < 0.5 ? share : -share;
    return point;
  }
  if (domain.kind === 'all') throw new Error('not bounded');
  return domain.lower.map((low, k) => {
    const share = atCorner ? Math.round(random()) : random();
    return Math.round(16 * (low + share * (domain.upper[k] - low))) / 16;
  });
}

const SIDES: readonly (readonly [number, number])[] = [
  [0, 1],
  [-1, 1],
  [-2, -0.5],
  [0.25, 0.5],
];

function* networks(seeds: number): Generator<readonly [number, Network]> {
  for (let seed = 1; seed <= seeds; seed++) {
    const network = randomMapNetwork({
      ...{ seed, bits: 8, layers: 1 + (seed % 5), side: 1 + (seed % 6) },
      channelsLast: seed % 4 === 0,
    });
    const inputs = inputsOf(network.layers);
    const [low, high] = SIDES[seed % 4] as readonly [number, number];
    const domain: Domain =
      seed % 7 === 0
        ? { kind: 'ball', radius: 0.75 }
        : {
            kind: 'box',
            lower: new Float64Array(inputs).fill(low),
            upper: new Float64Array(inputs).fill(high),
          };
    yield [seed, { ...network, domain }];
  }
}

describe('the certificate of a network of feature maps', () => {
  it('is not below any error on random networks, judged exactly', () => {
    let judged = 0;
    let nearest = 0;
    for (const [seed, network] of networks(250)) {
      const random = randomStream(seed);
      const lossless = losslessMapPlaces(withSumPooling(network));
      const places = lossless.map((own) => Math.floor(random() * (own + 1)));
      let target: IntegerNetwork;
      try {
        target = loweredAt(network, places);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        continue;
      }
      const { outputs, method, epsilon } = complete(
        certifyMapsSteps(network, places, network.domain),
      );
      if (places.join() === lossless.join()) expect(method).toBe('lossless');
      else expect(['lossless', ...MAP_BOUNDS]).toContain(method);
      expect(Math.max(...outputs)).toBe(epsilon);
      for (let trial = 0; trial < 8; trial++) {
        const input = pointOf(network.domain, inputsOf(network.layers), random);
        const wanted = evaluateExactly(network, input);
        integerOutputs(network, target, input).forEach((value, j) => {
          const error = magnitude(addDyadic(value, negateDyadic(wanted[j] as Dyadic)));
          const bound = dyadicFromNumber(outputs[j] as number);
          expect(compareDyadic(error, bound)).toBeLessThanOrEqual(0);
          const share = (Number(error.mantissa) * 2 ** error.exponent) / (outputs[j] || 1);
          nearest = Math.max(nearest, share);
          judged++;
        });
      }
    }
    expect(judged).toBeGreaterThan(3000);
    // It is a bound and not a multiple of one: single layers meet it.
    expect(nearest).toBeGreaterThan(0.9);
  });

  it('is not below any error by any of its bounds alone', () => {
    let judged = 0;
    const nearest = { interval: 0, backward: 0, fourier: 0 };
    for (let seed = 1; seed <= 150; seed++) {
      const attack = attackMapBounds(seed);
      expect(attack.violations).toEqual([]);
      judged += attack.judged;
      for (const bound of MAP_BOUNDS) {
        nearest[bound] = Math.max(nearest[bound], attack.nearest[bound]);
      }
    }
    expect(judged).toBeGreaterThan(10_000);
    expect(nearest.interval).toBeGreaterThan(0.9);
    expect(nearest.backward).toBeGreaterThan(0.9);
    expect(nearest.fourier).toBeGreaterThan(0.9);
  });

  it.each([
    ['vectors', 1],
    ['maps of one position', 2],
  ])('is not below any error where several outputs are in use at a time: %s', (_, first) => {
    let judged = 0;
    let nearest = 0;
    for (let seed = first; seed <= 300; seed += 2) {
      const attack = attackMapBounds(seed, randomBranchedNetwork, 40);
      expect(attack.violations).toEqual([]);
      judged += attack.judged;
      nearest = Math.max(nearest, attack.nearest.fourier);
    }
    expect(judged).toBeGreaterThan(10_000);
    expect(nearest).toBeGreaterThan(0.7);
  });

  it('rounds as the integers are rounded, and knows the difference exactly', () => {
    const numbers = exactArray(Float64Array.of(0.1, -0.375, 0.5, 1.5, 2.5, 2 ** -60, 3));
    expect([...numberDifference(numbers, 0).rounded].map((value) => value + 0)).toEqual([
      0, 0, 0, 2, 2, 0, 3,
    ]);
    const { values, rounded, delta } = numberDifference(numbers, 3);
    rounded.forEach((value, index) => {
      const difference = addDyadic(
        dyadicFromNumber(values[index] as number),
        negateDyadic(dyadicFromNumber(value)),
      );
      expect(compareDyadic(difference, dyadicFromNumber(delta[index] as number))).toBe(0);
      expect(Number.isInteger(8 * value)).toBe(true);
    });
    const beyond = {
      values: Float64Array.of(0.5),
      exact: new Map([[0, { mantissa: (1n << 80n) + 1n, exponent: -81 }]]),
    };
    expect(numberDifference(beyond, 1).delta[0]).toBe(2 ** -81);
    expect(
      numberDifference(
        {
          values: Float64Array.of(1),
          exact: new Map([[0, { mantissa: (1n << 1200n) + 1n, exponent: -1200 }]]),
        },
        0,
      ).delta[0],
    ).toBe(Number.MIN_VALUE);
  });

  it('needs a bounded domain, and meets what is asked for with the fewest bits of its ladder', () => {
    const [, network] = [...networks(10)][8] as readonly [number, Network];
    const all = { kind: 'all' } as const;
    expect(() => complete(chooseMapBitsSteps(network, all, 0.1))).toThrow(UsageError);
    let before = Number.POSITIVE_INFINITY;
    for (const epsilon of [1e-9, 1e-3, 0.1, 2, 1e9]) {
      const { certificate, averagePlaces, places } = complete(
        chooseMapBitsSteps(network, network.domain, epsilon),
      );
      expect(certificate.epsilon).toBeLessThanOrEqual(epsilon);
      expect(averagePlaces).toBeLessThanOrEqual(before);
      if (epsilon === 1e9) expect(places.every((own) => own === 0)).toBe(true);
      before = averagePlaces;
    }
  });
});

describe('a ticket of feature maps with an error bound', () => {
  it('claims no more than its model keeps', () => {
    let checked = 0;
    let moves = 0;
    for (const [seed, network] of networks(24)) {
      const finding = {
        construction: horner,
        precision: { mode: 'certified', epsilon: 0.5 },
      } as const;
      let ticket: ConstructedTicket;
      try {
        const result = findTicket(network, finding);
        if (!result.found) throw new Error('not found');
        expect(result.verdict).toMatchObject({ proved: true, modelMatches: true });
        ({ ticket } = result);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        continue;
      }
      const { precision } = ticket;
      if (precision.mode !== 'certified' || precision.places === undefined)
        throw new Error('not certified');
      const model = { network };
      const read = readConstructed(joined(encodeTicket(ticket)));
      expect(read.precision).toEqual(precision);
      expect(verifyTicket(read, { model })).toMatchObject({
        proved: true,
        epsilon: precision.certified,
      });
      if (Number(precision.certified) === 0) continue;
      checked++;
      const lower = (bound: string): string => (Number(bound) * 0.999).toFixed(30);
      const claim = {
        ...precision,
        certified: lower(precision.certified),
        outputs: precision.outputs.map(lower),
      };
      const overclaiming = verifyTicket({ ...ticket, precision: claim }, { model });
      expect(overclaiming.proved).toBe(false);
      expect(overclaiming.failure?.reason).toMatch(
        /does not hold for this model: only .* can be certified/,
      );
      const moved = { ...precision, places: precision.places.map((own) => Math.max(0, own - 1)) };
      if (precision.places.some((own) => own > 0)) {
        moves++;
        const elsewhere = verifyTicket({ ...ticket, precision: moved }, { model });
        expect(elsewhere.failure?.reason).toMatch(
          /the integers are not the model's at precision.places/,
        );
      }
      for (const wrong of [0.5, -1, 99, Number.NaN]) {
        const spoiled = { ...precision, places: [wrong, ...precision.places.slice(1)] };
        expect(verifyTicket({ ...ticket, precision: spoiled }, { model }).failure?.reason).toMatch(
          /precision\.places\.0 is \S+, and the model's layer has 0 to \d+/,
        );
      }
      const other = randomMapNetwork({ seed: seed + 100, bits: 8, layers: 1 + (seed % 5) });
      expect(verifyTicket(ticket, { model: { network: other } }).proved).toBe(false);
    }
    expect(checked).toBeGreaterThan(6);
    expect(moves).toBeGreaterThan(3);
  });

  it('records the places of its layers, and is refused without them or with others', () => {
    const [, network] = [...networks(10)][8] as readonly [number, Network];
    const result = findTicket(network, {
      construction: horner,
      precision: { mode: 'certified', epsilon: 0.5 },
    });
    if (!result.found) throw new Error('not found');
    const { precision } = result.ticket;
    if (precision.mode !== 'certified') throw new Error('not certified');
    const { places, ...without } = precision;
    const written = (other: ConstructedTicket['precision']) => () =>
      readConstructed(joined(encodeTicket({ ...result.ticket, precision: other })));
    expect(written(without)).toThrow(/precision.places is missing/);
    expect(written({ ...precision, places: [...(places ?? []), 3] })).toThrow(
      /precision.places are not those of target.fractionalPlaces/,
    );
  });
});
