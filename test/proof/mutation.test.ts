/**
 * The checker under mutation: small proved tickets, changed in one place. If the change makes a
 * difference to the function (judged by evaluating every kept edge on many inputs), the proof must say
 * no, and where.
 */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { propagate } from '../../src/proof/propagate.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { checkShape } from '../../src/source/check-shape.js';
import { widthsOf } from '../../src/source/shape.js';
import type { InputSign, Network } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';
import {
  type Claim,
  findInteger,
  integerInput,
  referenceInteger,
  referencePruned,
} from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { mutations, replaceAt } from './mutations.js';

/**
 * Changes that leave both functions alone: claims about the inside of the source, what both sides
 * share, and edges between neurons of which, among thousands, hardly one is in use.
 */
const neutral = new Set([
  'an edge more anywhere',
  'an assignment',
  'the last activation',
  'the end of a block',
  'the base of the scale',
]);

/**
 * Whether the pruned source, times its scale, is another function than the integer network, each
 * layer of it over its own scale; on inputs of the stated signs.
 */
function differs({ source, masks, target, inputSigns }: Claim, random: () => number): boolean {
  const { base, exponent } = target.scale;
  const places = target.fractionalPlaces.reduce((sum, count) => sum + count, 0);
  const pruned = referencePruned(source, masks, target.activation);
  const integers = referenceInteger(target);
  for (let trial = 0; trial < 60; trial++) {
    const input = integerInput(random, inputSigns, target.constant);
    const left = pruned(input).map((value) => value * BigInt(base) ** BigInt(places));
    const right = integers(input).map((value) => value * BigInt(base) ** BigInt(exponent));
    if (`${left}` !== `${right}`) return true;
  }
  return false;
}

function model(options: Parameters<typeof randomNetwork>[0]): Network {
  return randomNetwork({ bits: 2, places: 1, ...options });
}

const tickets: readonly (readonly [Network, readonly InputSign[]])[] = [
  [model({ dimensions: [2, 2], seed: 1, biases: false }), ['signed', 'signed']],
  [model({ dimensions: [2, 2, 1], seed: 2 }), ['nonnegative', 'nonnegative']],
  [model({ dimensions: [1, 3, 2], seed: 3, activation: 'relu' }), ['signed']],
  [
    model({ dimensions: [3, 2, 2, 2], seed: 4, biases: false }),
    ['nonpositive', 'signed', 'nonnegative'],
  ],
];

/** Changes that make no shape of a skip source: what is no source is not asked for a proof. */
function shapeOrNone(claim: Claim): Claim | null {
  try {
    checkShape(claim.source.shape);
    return claim;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(() => propagate({ ...claim, mask: (t) => claim.masks[t - 1] })).toThrow(UsageError);
    return null;
  }
}

const kinds: readonly (readonly [string, (index: number) => Claim])[] = [
  [
    'layered sources',
    (index) => {
      const [network, signs] = tickets[index];
      return findInteger(quantizeLossless(network), signs, 0.5, BigInt(100 * index));
    },
  ],
  [
    'skip sources',
    (index) => {
      const [network, signs] = tickets[index];
      return findSkip(quantizeLossless(network), signs);
    },
  ],
];

describe.each(kinds)('mutated tickets of %s', (kind, find) => {
  const found = tickets.map((_, index) => find(index));

  it('are proved before they are changed', () => {
    for (const claim of found) {
      const result = propagate({ ...claim, mask: (t) => claim.masks[t - 1] });
      expect(result).toMatchObject({ equal: true });
      expect(differs(claim, randomStream(1))).toBe(false);
    }
  });

  it('are refused, not kept in memory, where the rows of one input are too many', () => {
    const limits = { coefficients: 1, additions: 1e9 };
    for (const claim of found) {
      expect(propagate({ ...claim, mask: (t) => claim.masks[t - 1], limits })).toMatchObject({
        equal: false,
        failure: { block: 1, reason: expect.stringMatching(/more than 1 coefficients/) },
      });
    }
  });

  it('are proved in the smallest parts there are, with more room for those that need it', () => {
    const limits = { coefficients: 2 ** 20, partsBeyond: 1, additions: 1e9 };
    for (const claim of found) {
      const result = propagate({ ...claim, mask: (t) => claim.masks[t - 1], limits });
      expect(result).toMatchObject({ equal: true });
    }
  });

  it('are refused, not worked on for ever, where a mask asks for too many additions', () => {
    for (const claim of found) {
      const check = (additions: number) =>
        propagate({
          ...claim,
          mask: (t) => claim.masks[t - 1],
          limits: { coefficients: 2 ** 20, additions },
        });
      expect(check(1e9)).toMatchObject({ equal: true });
      expect(check(10)).toMatchObject({
        equal: false,
        failure: { block: 1, reason: expect.stringMatching(/more additions/) },
      });
    }
  });

  /** Room for the rows of one input, not for those of two. */
  const leastLimits = found.map((claim) => {
    for (let coefficients = 1; ; coefficients *= 2) {
      const limits = { coefficients, additions: 1e9 };
      if (propagate({ ...claim, mask: (t) => claim.masks[t - 1], limits }).equal) {
        return coefficients;
      }
    }
  });

  for (const [name, mutate] of Object.entries(mutations)) {
    it(`${name}: refused wherever it changes the function, by block, layer, neuron and reason`, () => {
      const random = randomStream(name.length * 1000 + name.charCodeAt(3));
      let changed = 0;
      for (let trial = 0; trial < 60; trial++) {
        const claim = shapeOrNone(mutate(found[trial % found.length], random));
        if (claim === null) continue;
        const result = propagate({ ...claim, mask: (t) => claim.masks[t - 1] });
        const limits = { coefficients: 2 * leastLimits[trial % found.length], additions: 1e9 };
        const inParts = propagate({ ...claim, mask: (t) => claim.masks[t - 1], limits });
        expect(inParts.equal, `${name}, trial ${trial}, in parts`).toBe(result.equal);
        const different = differs(claim, random);
        if (different) {
          changed++;
          expect(result.equal, `${name}, trial ${trial}`).toBe(false);
        }
        if (result.equal) continue;
        const { block, layer, neuron, reason } = result.failure;
        const widths = widthsOf(claim.source.shape);
        expect(block).toBeGreaterThanOrEqual(1);
        expect(block).toBeLessThanOrEqual(claim.target.matrices.length);
        expect(layer).toBeGreaterThanOrEqual(0);
        expect(neuron).toBeLessThan(widths[Math.min(layer, widths.length - 1)]);
        expect(reason.length).toBeGreaterThan(20);
      }
      // The skip sources here are small, and an edge anywhere may be one between neurons in use.
      const anywhere = name === 'an edge more anywhere' && kind === 'skip sources';
      if (anywhere) expect(changed).toBeLessThan(30);
      else if (neutral.has(name)) expect(changed).toBe(0);
      else expect(changed).toBeGreaterThan(8);
    });
  }
});

describe('mutated tickets against their model', () => {
  const [network, signs] = tickets[1];
  const claim = findInteger(quantizeLossless(network), signs, 0.5, 1000n);
  const box = {
    kind: 'box' as const,
    lower: Float64Array.of(0, 0),
    upper: Float64Array.of(1, 1),
  };
  const ticket = { ...claim.ticket, domain: box };
  const verdict = (target: IntegerNetwork) =>
    verifyTicket({ ...ticket, target }, { model: { network } });

  it('the ticket as found is proved, with error 0', () => {
    expect(verdict(claim.target)).toMatchObject({ proved: true, equal: true, epsilon: '0' });
  });

  it('scale, places and activation are refused even where both sides change alike', () => {
    const { target } = claim;
    const last = target.fractionalPlaces.length - 1;
    const places = replaceAt(target.fractionalPlaces, last, target.fractionalPlaces[last] + 1);
    const scale = { ...target.scale, exponent: target.scale.exponent + 1 };
    const changes: IntegerNetwork[] = [
      { ...target, fractionalPlaces: places, scale },
      { ...target, activation: 'relu' },
    ];
    for (const changed of changes) {
      expect(verifyTicket({ ...ticket, target: changed })).toMatchObject({ equal: true });
      expect(verdict(changed)).toMatchObject({ proved: false, modelMatches: false, epsilon: null });
    }
  });

  it('signs that the domain does not grant are refused', () => {
    const all = { ...ticket, domain: { kind: 'all' as const } };
    expect(verifyTicket(all)).toMatchObject({
      equal: true,
      proved: false,
      failure: { block: 1, neuron: 0, reason: expect.stringMatching(/nonnegative/) },
    });
  });
});
