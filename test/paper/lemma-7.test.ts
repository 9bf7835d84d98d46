/**
 * Lemma 7: the probability that a random source contains the construction. Measured over seeds, with
 * so few candidates that failures do happen, and compared with the exact probability (gadgets are
 * independent: each has candidates of its own) and with the union bound that plans are made from.
 */
import { describe, expect, it } from 'vitest';
import type { UnmetDemand } from '../../src/constructions/construction.js';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import {
  blockLayouts,
  type DiamondPlan,
  diamondPlanOf,
  incomingProbability,
  outputProbability,
} from '../../src/constructions/diamond/plan.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import type { NetworkClass } from '../../src/integer/network-class.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { createSource } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { integersOf } from '../pruned-sources.js';

interface Measured {
  readonly failures: readonly UnmetDemand[];
  readonly rate: number;
}

function measure(target: IntegerNetwork, plan: DiamondPlan, seeds: number): Measured {
  const failures: UnmetDemand[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const source = createSource(BigInt(seed), plan.shape);
    const finding = diamond.find(target, source, plan, () => undefined);
    if (!finding.found) failures.push(finding.unmet);
  }
  return { failures, rate: failures.length / seeds };
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}

/**
 * The exact probability that a source fails a network all of whose weights have all bits set. A
 * candidate of the last layer fails every output of a set S with probability `1 - q (1 - (1-s)^|S|)`,
 * q for its incoming edges and s for the outgoing ones; the rest is inclusion and exclusion over S.
 */
function exactFailure(networkClass: NetworkClass, candidates: number): number {
  let success = 1;
  for (const { hidden, halves, outputs } of blockLayouts(networkClass)) {
    for (let power = 0; power <= hidden; power++) {
      let gadget = 1;
      for (let layer = 1; layer < hidden; layer++) {
        gadget *= 1 - (1 - incomingProbability(power, layer)) ** candidates;
      }
      const incoming = incomingProbability(power, hidden);
      const outgoing = outputProbability(power, hidden) / incoming;
      let last = 0;
      for (let set = 0; set <= outputs; set++) {
        const unserved = 1 - incoming * (1 - (1 - outgoing) ** set);
        last += (-1) ** set * choose(outputs, set) * unserved ** candidates;
      }
      success *= (gadget * last) ** halves.length;
    }
  }
  return 1 - success;
}

/** The union bound for one network: one sign of each output instead of both. */
function unionBound(networkClass: NetworkClass, candidates: number): number {
  let total = 0;
  for (const { hidden, halves, outputs } of blockLayouts(networkClass)) {
    for (let power = 0; power <= hidden; power++) {
      for (let layer = 1; layer < hidden; layer++) {
        total += halves.length * (1 - incomingProbability(power, layer)) ** candidates;
      }
      total += halves.length * outputs * (1 - outputProbability(power, hidden)) ** candidates;
    }
  }
  return total;
}

/** Standard deviation of a frequency. */
function deviation(probability: number, trials: number): number {
  return Math.sqrt((probability * (1 - probability)) / trials);
}

const SEEDS = 1500;
/** About one in 15,000 for a single comparison of two sides; the seeds are fixed. */
const BAND = 4;

/** Every weight +-(2^bits - 1), so that every gadget and every output is demanded. */
function fullNetwork(dimensions: readonly number[], bits: number): IntegerNetwork {
  const most = 2 ** bits - 1;
  return integersOf(
    dimensions
      .slice(1)
      .map((rows, index) =>
        Array.from({ length: rows }, (_, row) =>
          Array.from({ length: dimensions[index] }, (_, column) =>
            (row + column) % 2 ? -most : most,
          ),
        ),
      ),
  );
}

const cases: readonly {
  readonly dimensions: readonly number[];
  readonly bits: number;
  readonly signs: readonly InputSign[];
  readonly candidates: number;
}[] = [
  { dimensions: [2, 1], bits: 2, signs: ['nonnegative', 'signed'], candidates: 40 },
  { dimensions: [1, 2], bits: 2, signs: ['signed'], candidates: 30 },
  { dimensions: [2, 2], bits: 3, signs: ['nonnegative', 'nonpositive'], candidates: 150 },
  { dimensions: [1, 3], bits: 4, signs: ['signed'], candidates: 260 },
  { dimensions: [2, 1, 2], bits: 3, signs: ['nonnegative', 'signed'], candidates: 180 },
];

describe('Lemma 7', () => {
  for (const { dimensions, bits, signs, candidates } of cases) {
    it(`${SEEDS} seeds at ${dimensions.join('-')}, ${bits} bits, K = ${candidates}: failures as computed, below the union bound`, () => {
      const target = fullNetwork(dimensions, bits);
      const networkClass = networkClassOf(target, signs);
      const plan = diamondPlanOf(networkClass, candidates);
      const exact = exactFailure(networkClass, candidates);
      const { rate, failures } = measure(target, plan, SEEDS);
      expect(failures.length).toBeGreaterThan(20);
      expect(Math.abs(rate - exact)).toBeLessThan(BAND * deviation(exact, SEEDS));
      const bound = unionBound(networkClass, candidates);
      expect(exact).toBeLessThanOrEqual(bound);
      expect(rate).toBeLessThanOrEqual(bound + BAND * deviation(Math.min(bound, 0.5), SEEDS));

      // Each demand by itself: the seeds that failed on it first are no more than its probability.
      // The report names a gadget; its outputs together fail at most `outputs` times as often.
      const byDemand = new Map<string, UnmetDemand[]>();
      for (const failure of failures) {
        const key = `${failure.layer}: ${failure.demand}`;
        byDemand.set(key, [...(byDemand.get(key) ?? []), failure]);
      }
      for (const [key, [first, ...others]] of byDemand) {
        expect(others.every(({ probability }) => probability === first.probability)).toBe(true);
        const outputs = first.demand.includes('outgoing') ? dimensions[first.block] : 1;
        const limit = Math.min(1, outputs * first.probability);
        const frequency = (others.length + 1) / SEEDS;
        expect(frequency, key).toBeLessThanOrEqual(limit + BAND * deviation(limit, SEEDS));
      }
    });
  }

  it('the first demand fails exactly as often as its reported probability says', () => {
    // One input, one output, K = 8: layer 1 asks for a copy, (3/4)^8.
    const target = integersOf([[[4]]]);
    const networkClass = networkClassOf(target, ['nonnegative']);
    const plan = diamondPlanOf(networkClass, 8);
    const { failures } = measure(target, plan, 4000);
    const first = failures.filter(({ layer }) => layer === 1);
    expect(first[0].probability).toBeCloseTo(0.75 ** 8, 12);
    const band = BAND * deviation(0.75 ** 8, 4000);
    expect(Math.abs(first.length / 4000 - 0.75 ** 8)).toBeLessThan(band);
  });

  it('2^0 needs one of two outgoing edges: a candidate serves it with probability 1/4 times 3/4', () => {
    const target = integersOf([[[-1]]]);
    const plan = diamondPlanOf(networkClassOf(target, ['nonnegative']), 8);
    const { failures, rate } = measure(target, plan, 4000);
    expect(failures[0].probability).toBeCloseTo((13 / 16) ** 8, 12);
    const band = BAND * deviation((13 / 16) ** 8, 4000);
    expect(Math.abs(rate - (13 / 16) ** 8)).toBeLessThan(band);
  });

  it('a plan keeps its promise: failures at delta = 0.05 stay below it', () => {
    const target = fullNetwork([2, 2], 2);
    const networkClass = networkClassOf(target, ['signed', 'nonnegative']);
    const plan = diamond.plan(networkClass, 0.05);
    expect(plan.failureBound).toBeLessThanOrEqual(0.05);
    expect(plan.failureBound).toBeGreaterThan(0.045);
    const { rate, failures } = measure(target, plan, SEEDS);
    expect(failures.length).toBeGreaterThan(0);
    expect(rate).toBeLessThan(0.05 + BAND * deviation(0.05, SEEDS));
  });

  it("slip: the paper's (15/16)^k leaves out the last layer's signs, and its k does not suffice", () => {
    const dimensions = [2, 8];
    const target = fullNetwork(dimensions, 3);
    const networkClass = networkClassOf(target, ['nonnegative', 'nonnegative']);
    const delta = 0.1;
    // d l log2(W)^2 (1 - (1/2)^4)^k <= delta, as the proof of Lemma 7 has it.
    const structures = 8 * 1 * Math.log2(7) ** 2;
    const candidates = Math.ceil(Math.log(delta / structures) / Math.log(15 / 16));
    const plan = diamondPlanOf(networkClass, candidates);
    const { rate } = measure(target, plan, 1000);
    expect(candidates).toBeGreaterThan(90);
    expect(rate).toBeGreaterThan(0.9);
    expect(exactFailure(networkClass, candidates)).toBeGreaterThan(0.9);
    // With the signs counted (63/64 at worst) the promise is kept.
    const counted = diamond.plan(networkClass, delta);
    expect(counted.candidates).toBeGreaterThan(3 * candidates);
    expect(measure(target, counted, 1000).rate).toBeLessThan(delta);
  });
});
