/** Fact 1 and Lemmas 1, 2, 8, 9: how many decimal digits suffice, judged in exact rationals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dyadicFromNumber } from '../../src/core/dyadic.js';
import type { ExactValue } from '../../src/inference/exact.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import { bigEntry, type IntegerNetwork } from '../../src/integer/integer-network.js';
import { truncateDecimal } from '../../src/integer/quantize.js';
import { paperPlaces, quantizePaper } from '../../src/precision/paper.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import type { Network } from '../../src/target/network.js';
import { randomStream } from '../networks.js';
import {
  ballPoints,
  digitsFor,
  layerOf,
  networkOf,
  ontoSphere,
  rowDirections,
  unitNormLayer,
  unitNormNetwork,
  within,
} from './unit-ball.js';

/** Numbers in [-1, 1], the worst for truncation among them: just below a decimal of few digits. */
const unitWeight = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 4, max: 9 }))
    .map(([digits, places]) => (digits / 10 ** places) * (1 - 2 ** -52)),
  fc.constantFrom(0, -0, 1, -1, 0.1, 0.9999999999999999, 5e-324, -2.3e-308),
);
const epsilon = fc.oneof(
  fc.double({ min: 1e-9, max: 1, noNaN: true, minExcluded: false }),
  fc.constantFrom(1, 0.5, 0.1, 0.01, 0.001, 1e-6),
);
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Exact evaluation of the quantised network, scale included. */
function quantised(network: IntegerNetwork, input: readonly number[]): ExactValue[] {
  return runFoldedExact(network, Float64Array.from(input), 1);
}

/** Worst points of the ball that are known beforehand, corners, and random ones. */
function attackPoints(network: Network, random: () => number, count = 12): number[][] {
  const [first] = network.layers;
  return [...rowDirections(first), ...ballPoints(first.inputs, random, count)];
}

function expectWithin(
  network: Network,
  integers: IntegerNetwork,
  points: readonly (readonly number[])[],
  limit: number,
): void {
  for (const point of points) {
    const near = within(evaluateExactly(network, point), quantised(integers, point), limit);
    expect(near, `at ${point.join(', ')}`).toBe(true);
  }
}

describe('Fact 1', () => {
  it('a weight in [-1, 1] truncated to log10(1/epsilon) digits moves by at most epsilon', () => {
    fc.assert(
      fc.property(unitWeight, epsilon, (weight, limit) => {
        const network = networkOf(layerOf(1, 1, [weight]));
        const digits = paperPlaces(network, limit);
        expect(digits).toBe(digitsFor(1, limit));
        const integers = truncateDecimal(network, digits);
        const truncated = bigEntry(integers.matrices[0], 0);
        // |w - t/10^p| <= epsilon, and the truncation goes towards zero.
        const value = { numerator: truncated, denominator: 10n ** BigInt(digits) };
        expect(within([dyadicFromNumber(weight)], [value], limit)).toBe(true);
        expect(Math.abs(Number(truncated) / 10 ** digits)).toBeLessThanOrEqual(
          Math.abs(weight) * (1 + 1e-15),
        );
        expect(integers.scale).toEqual({ base: 10, exponent: digits });
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('one digit less does not suffice', () => {
    const network = networkOf(layerOf(1, 1, [0.0099]));
    expect(paperPlaces(network, 0.001)).toBe(3);
    const [coarse] = quantised(truncateDecimal(network, 2), [1]);
    expect(within([dyadicFromNumber(0.0099)], [coarse], 0.001)).toBe(false);
  });
});

describe('Lemma 1', () => {
  it('s(w x) and s(w^ x) differ by at most epsilon for |x| <= 1', () => {
    fc.assert(
      fc.property(unitWeight, unitWeight, epsilon, (weight, input, limit) => {
        const network = networkOf(layerOf(1, 1, [weight]));
        const integers = truncateDecimal(network, paperPlaces(network, limit));
        expectWithin(network, integers, [[input], [1], [-1]], limit);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('Lemma 2', () => {
  it('log10(d^2 l/epsilon) digits suffice for a whole network of norms at most 1', () => {
    const dimensions = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(dimensions, seed, epsilon, (drawn, networkSeed, limit) => {
        const widths = Math.max(...drawn) < 2 ? [2, ...drawn.slice(1)] : drawn;
        const network = unitNormNetwork(widths, networkSeed);
        const integers = quantizePaper(network, limit, network.domain);
        const digits = digitsFor(Math.max(...widths) ** 2 * network.layers.length, limit);
        expect(integers.fractionalPlaces).toEqual(network.layers.map(() => digits));
        const random = randomStream(networkSeed ^ 0x55);
        expectWithin(network, integers, attackPoints(network, random), limit);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('holds up to epsilon = 2.5, where a single digit is left', () => {
    for (let networkSeed = 0; networkSeed < 60; networkSeed++) {
      const network = unitNormNetwork([2, 2, 2].slice(networkSeed % 2), networkSeed);
      const integers = quantizePaper(network, 2.5, network.domain);
      expect(integers.fractionalPlaces[0]).toBe(1);
      expectWithin(network, integers, attackPoints(network, randomStream(networkSeed)), 2.5);
    }
  });
});

describe('Lemma 8', () => {
  it('log10(d/epsilon) digits suffice for one neuron', () => {
    fc.assert(
      fc.property(
        fc.array(unitWeight, { minLength: 1, maxLength: 8 }),
        epsilon,
        seed,
        (raw, limit, pointSeed) => {
          // |w|_2 <= 1: shortened where it is longer.
          const weights = Math.hypot(...raw) > 1 ? ontoSphere(raw) : raw;
          const inputs = weights.length;
          const network = networkOf(layerOf(1, inputs, weights));
          const integers = truncateDecimal(network, digitsFor(inputs, limit));
          const points = attackPoints(network, randomStream(pointSeed), 6);
          // The direction of w - w^ itself, where Cauchy-Schwarz is an equality.
          const { values } = integers.matrices[0];
          const unit = 10 ** integers.fractionalPlaces[0];
          const lost = weights.map((weight, index) => weight - Number(values[index]) / unit);
          points.push(ontoSphere(lost), ontoSphere(lost.map((value) => -value)));
          expectWithin(network, integers, points, limit);
        },
      ),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('Lemma 9', () => {
  it('log10(d^2/epsilon) digits suffice for s(1^T s(W x))', () => {
    const width = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(width, width, seed, epsilon, (inputs, outputs, layerSeed, limit) => {
        const random = randomStream(layerSeed);
        const layer = unitNormLayer(outputs, inputs, random);
        const ones = layerOf(
          1,
          outputs,
          Array.from({ length: outputs }, () => 1),
        );
        const network = networkOf(layer, ones);
        const integers = truncateDecimal(network, digitsFor(Math.max(inputs, outputs) ** 2, limit));
        // The vector of ones is not touched by the truncation.
        const unit = 10n ** BigInt(integers.fractionalPlaces[1]);
        for (let index = 0; index < outputs; index++) {
          expect(bigEntry(integers.matrices[1], index)).toBe(unit);
        }
        expectWithin(network, integers, attackPoints(network, random), limit);
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
