/** Attacks on feature maps: the error that they climb on, its gradient, and what they find against bounds. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { createJudge, errorMagnitude } from '../../src/attack/judge.js';
import { mapDifference } from '../../src/attack/map-difference.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { lowerMapsSteps } from '../../src/integer/lower-maps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { signsOf } from '../../src/integer/source-signs.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { certifyMapsSteps } from '../../src/precision/map-certificate.js';
import { inputsOf, type Network } from '../../src/target/network.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

interface Case {
  readonly seed: number;
  readonly network: Network;
  readonly places: readonly number[];
  readonly target: IntegerNetwork;
}

/** Networks with fewer places than they need, of every kind of layer and both orders of inputs. */
function* cases(seeds: number): Generator<Case> {
  for (let seed = 1; seed <= seeds; seed++) {
    const network = randomMapNetwork({
      ...{ seed, bits: 8, layers: 1 + (seed % 4), side: 1 + (seed % 5) },
      channelsLast: seed % 3 === 0,
    });
    const places = losslessMapPlaces(withSumPooling(network)).map((own) => Math.max(0, own - 3));
    try {
      const signs = signsOf(network, network.domain);
      yield { seed, network, places, target: complete(lowerMapsSteps(network, places, signs)) };
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
}

function pointFor(network: Network, random: () => number): Float64Array {
  return Float64Array.from({ length: inputsOf(network.layers) }, () => random());
}

describe('the error on feature maps', () => {
  it('is what the exact judge says, and changes as its gradient says', () => {
    let done = 0;
    let sloped = 0;
    for (const { seed, network, places, target } of cases(30)) {
      done++;
      const random = randomStream(seed);
      const difference = mapDifference(network, places);
      const judge = createJudge(network, target);
      const input = pointFor(network, random);
      const here = difference.at(input);
      judge(input).forEach((error, output) => {
        const own = here.errors[output] as number;
        const exact = (error.numerator < 0n ? -1 : 1) * errorMagnitude(error);
        expect(Math.abs(own - exact)).toBeLessThanOrEqual(1e-9 * Math.abs(exact) + 1e-13);
      });
      // Networks are linear about most points, so that a small step changes the error by its slope.
      const output = Math.floor(random() * here.errors.length);
      const gradient = here.gradient(output);
      const step = 2 ** -20;
      const along = pointFor(network, random).map((value) => value - 0.5);
      const behind = difference.at(input.map((value, k) => value + step * (along[k] as number)));
      const change = ((behind.errors[output] as number) - (here.errors[output] as number)) / step;
      const slope = gradient.reduce((sum, own, k) => sum + own * (along[k] as number), 0);
      if (Math.abs(change - slope) <= 1e-6 * (1 + Math.abs(slope))) sloped += slope === 0 ? 0 : 1;
      else expect([seed, change]).toEqual([seed, slope]);
    }
    expect(done).toBeGreaterThan(20);
    expect(sloped).toBeGreaterThan(10);
  });

  it('is never found larger than what is certified, and nearly as large on some', () => {
    let closest = 0;
    for (const { network, places, target } of cases(16)) {
      const certificate = complete(certifyMapsSteps(network, places, network.domain));
      const options = { places, evaluations: 300, bound: certificate.epsilon };
      const found = attack(network, target, network.domain, options);
      expect(found.violated).toBe(false);
      expect(found.measured).toBeLessThanOrEqual(certificate.epsilon * (1 + 1e-12));
      const [error] = [createJudge(network, target)(found.input)[found.output]];
      expect(errorMagnitude(error as never)).toBe(found.measured);
      if (certificate.epsilon > 0)
        closest = Math.max(closest, found.measured / certificate.epsilon);
    }
    expect(closest).toBeGreaterThan(0.5);
  });

  it('needs the places of all layers', () => {
    const [{ network, places, target }] = [...cases(3)] as [Case, ...Case[]];
    const attackWith = (own?: readonly number[]) => () =>
      attack(network, target, network.domain, { ...(own && { places: own }), evaluations: 10 });
    expect(attackWith()).toThrow(/places: an attack on feature maps needs/);
    expect(attackWith([...places, 1])).toThrow(/places: \d for \d layers/);
    expect(attackWith(places.map(() => -1))).toThrow(UsageError);
  });
});
