/** Blocks of chains in fours: every kind of block, found and proved, however small. */
import { describe, expect, it } from 'vitest';
import { emptyMasks } from '../../../../src/constructions/horner/fill.js';
import {
  horner,
  hornerFinder,
  hornerLayout,
  layoutHorner,
} from '../../../../src/constructions/horner/horner.js';
import { plainHorner } from '../../../../src/constructions/horner/plain.js';
import { blockDemands, type HornerPlan } from '../../../../src/constructions/horner/plan.js';
import { quadsFailure } from '../../../../src/constructions/horner/quads/block.js';
import { FEWEST_NEURONS } from '../../../../src/constructions/horner/quads/choose.js';
import { planQuadsSteps } from '../../../../src/constructions/horner/quads/search.js';
import { formatHornerPlan, parseHornerPlan } from '../../../../src/constructions/horner/record.js';
import { InputError, UsageError } from '../../../../src/core/errors.js';
import { complete } from '../../../../src/core/steps.js';
import type { IntegerNetwork } from '../../../../src/integer/integer-network.js';
import { type NetworkClass, networkClassOf } from '../../../../src/integer/network-class.js';
import { quantizeLossless } from '../../../../src/integer/quantize.js';
import { countingBound } from '../../../../src/pipeline/find-steps.js';
import { propagate } from '../../../../src/proof/propagate.js';
import { depthOf, sourceWeights } from '../../../../src/source/shape.js';
import { createSource } from '../../../../src/source/source.js';
import type { InputSign } from '../../../../src/target/network.js';
import { findAndProve } from '../../../find-and-prove.js';
import { randomNetwork, randomStream } from '../../../networks.js';
import { KINDS, layerOf, nonnegative, randomLayer } from '../../random-layer.js';

function planQuads(networkClass: NetworkClass, delta: number): HornerPlan {
  const plan = complete(planQuadsSteps(networkClass, delta));
  for (const { quads } of plan.blocks) expect(quads).toBeGreaterThan(0);
  expect(plan.failureBound).toBeLessThanOrEqual(delta);
  return plan;
}

/** Proves the network in the first of a few seeds, which a plan of 1e-3 hardly ever misses. */
function expectFound(target: IntegerNetwork, signs: readonly InputSign[], plan: HornerPlan): void {
  const { finding, proof } = findAndProve(horner, target, signs, plan, 7n);
  expect(finding).toMatchObject({ found: true });
  expect(proof).toMatchObject({ equal: true });
}

describe('blocks of chains in fours', () => {
  it.each([1, 2, 3, 4, 5, 7, 8])('are found and proved with %i outputs', (outputs) => {
    const target = randomLayer(5, outputs, 13, outputs);
    const plan = planQuads(networkClassOf(target, nonnegative(5)), 1e-3);
    expectFound(target, nonnegative(5), plan);
  });

  it.each([1, 2, 3, 9, 53, 54, 90])('are found and proved for integers of %i bits', (bits) => {
    const target = randomLayer(3, 6, bits, bits);
    const plan = planQuads(networkClassOf(target, nonnegative(3)), 1e-3);
    expectFound(target, nonnegative(3), plan);
  });

  it.each([0, 1, 2, 3, 4, 5])('are found and proved in whole networks: %i', (seed) => {
    const dimensions = [1 + (seed % 4), 3 + (seed % 3), 1 + (seed % 5), 2].slice(seed % 2);
    // All signed, all of either known sign, and a mix.
    const signs = Array.from(
      { length: dimensions[0] },
      (_, input) => KINDS[seed < 3 ? seed : (seed + input) % 3],
    );
    const options = { dimensions, seed, bits: 1 + (seed % 7), biases: seed % 3 !== 0 };
    const target = quantizeLossless(randomNetwork(options));
    expectFound(target, signs, planQuads(networkClassOf(target, signs), 1e-3));
  });

  it('reach the largest integers of either sign, and zero rows and columns', () => {
    const largest = (1n << 20n) - 1n;
    const signOf = [
      [1n, 1n, 1n, 1n, 1n, 1n],
      [-1n, -1n, -1n, -1n, -1n, -1n],
      [0n, 0n, 0n, 0n, 0n, 0n],
      [1n, -1n, 0n, 1n, -1n, 0n],
      [-1n, 1n, 0n, 1n, 1n, 0n],
      [0n, 0n, 0n, 0n, 0n, 0n],
      [0n, 0n, 0n, 0n, 0n, 0n],
      [0n, 0n, 0n, 0n, 0n, 0n],
      // A group with a single row that is not 0, and one without.
      [0n, 0n, 0n, 0n, 0n, 0n],
      [1n, 0n, 0n, -1n, 0n, 0n],
    ];
    for (const rows of [signOf, signOf.slice(0, 8), signOf.slice(2, 5), signOf.slice(2, 3)]) {
      // The fourth column is 0.
      const entries = rows.flatMap((row) =>
        row.map((sign, at) => (at === 3 ? 0n : sign * largest)),
      );
      const target = layerOf(rows.length, 6, entries);
      const networkClass: NetworkClass = {
        dimensions: [6, rows.length],
        constant: false,
        bits: [20],
        inputSigns: nonnegative(6),
      };
      expectFound(target, nonnegative(6), planQuads(networkClass, 1e-3));
    }
  });

  it('hold every network of a class, by enumeration', () => {
    // Two outputs, one input and a constant: 5^4 rows times what the constant may be.
    const networkClass: NetworkClass = {
      dimensions: [1, 2],
      constant: true,
      bits: [2],
      ranges: [{ entries: 2n, unit: 0n }],
      inputSigns: nonnegative(1),
    };
    const plan = planQuads(networkClass, 1e-3);
    for (let code = 0; code < 5 ** 4; code++) {
      const entries = [0, 1, 2, 3].map((at) => (Math.floor(code / 5 ** at) % 5) - 2);
      const target: IntegerNetwork = {
        ...layerOf(2, 2, entries.map(BigInt)),
        constant: true,
      };
      const { proof } = findAndProve(horner, target, nonnegative(1), plan, 1n);
      if (proof?.equal !== true) throw new Error(entries.join());
    }
  });

  it('are filled the same range by range, from layouts that went to another thread', () => {
    const target = randomLayer(6, 5, 60, 3);
    const plan = planQuads(networkClassOf(target, nonnegative(6)), 1e-3);
    const { masks: once, finding } = findAndProve(horner, target, nonnegative(6), plan, 7n);
    const source = createSource(7n, plan.shape);
    const placed = layoutHorner(source, plan);
    if (!placed.found || !finding.found) throw new Error('not found');
    const [layout] = placed.layouts.map((own) => structuredClone(own));
    const masks = emptyMasks(layout);
    const ranges = [
      [4, 6],
      [0, 4],
    ].map(([from, to]) =>
      complete(hornerFinder.fillDigits(target.matrices[0], layout, source, masks, from, to)),
    );
    const [matrix] = target.matrices;
    expect(hornerFinder.keepOthers(matrix, layout, masks, ranges)).toBe(finding.digits);
    expect(masks).toEqual(once);
  });

  it('are refused by the proof when an edge into a chain of an output is dropped', () => {
    // All groups of outputs are full. Of the offset's group two chains are read in the end, for which not
    // all of the others is needed.
    const target = quantizeLossless(randomNetwork({ dimensions: [3, 7, 4], seed: 12 }));
    const signs = nonnegative(3);
    const plan = planQuads(networkClassOf(target, signs), 1e-3);
    const source = createSource(7n, plan.shape);
    const { finding, masks } = findAndProve(horner, target, signs, plan, 7n);
    const placed = layoutHorner(source, plan);
    if (!finding.found || !placed.found) throw new Error('not found');
    /** Neurons of outputs and of their chains, by source layer. */
    const chains = new Map<number, Set<number>>();
    for (const { base, radices, accumulators, outputs } of placed.layouts) {
      radices.forEach((radix, index) => {
        const isEnd = index === radices.length - 1;
        const own = isEnd ? accumulators[index] : accumulators[index].slice(0, -4 * radix);
        chains.set(base + index + 1, new Set(own));
      });
      chains.set(base + radices.length + 1, new Set(outputs));
    }
    const random = randomStream(1);
    let dropped = 0;
    while (dropped < 100) {
      const layer = Math.floor(random() * masks.length);
      const mask = masks[layer];
      if (mask.kind !== 'dense') throw new Error('not dense');
      const kept = [...mask.words.keys()].filter((index) => mask.words[index] !== 0);
      const index = kept[Math.floor(random() * kept.length)];
      const words = mask.words.slice();
      words[index] &= words[index] - 1;
      const per = Math.ceil(mask.outputs / 32);
      const row = 32 * (index % per) + 31 - Math.clz32(mask.words[index] ^ words[index]);
      if (!chains.get(layer + 1)?.has(row)) continue;
      dropped++;
      const proof = propagate({
        source,
        mask: (t) => (t === layer + 1 ? { ...mask, words } : masks[t - 1]),
        target,
        inputSigns: signs,
        assignments: finding.assignments,
      });
      expect(proof.equal, `layer ${layer + 1}`).toBe(false);
    }
  });

  it('name the roles of all neurons that masks keep edges into', () => {
    const target = quantizeLossless(randomNetwork({ dimensions: [3, 6, 2], seed: 2 }));
    const signs: InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
    const plan = planQuads(networkClassOf(target, signs), 1e-3);
    const { finding, masks } = findAndProve(horner, target, signs, plan, 7n);
    const placed = layoutHorner(createSource(7n, plan.shape), plan);
    if (!finding.found || !placed.found) throw new Error('not found');
    const layout = hornerLayout(plan, placed.layouts);
    const kinds = new Set<string>();
    for (let t = 1; t <= depthOf(plan.shape); t++) {
      const { neurons, roles } = layout.layer(t);
      for (const { kind } of roles) kinds.add(kind);
      const listed = new Set(neurons);
      expect(listed.size).toBe(neurons.length);
      const mask = masks[t - 1];
      if (mask.kind !== 'dense') throw new Error('not dense');
      const words = Math.ceil(mask.outputs / 32);
      mask.words.forEach((word, index) => {
        for (let bit = 0; bit < 32; bit++) {
          if ((word >>> bit) & 1) expect(listed.has((index % words) * 32 + bit)).toBe(true);
        }
      });
    }
    expect([...kinds].sort()).toEqual(['accumulator', 'carrier', 'offset', 'output', 'relay']);
  });
});

describe('the failure bound of fours', () => {
  it('is no less than the share of seeds that fail, and each failure has one of its terms', () => {
    const networkClass: NetworkClass = {
      dimensions: [4, 5, 2],
      constant: true,
      bits: [5, 4],
      inputSigns: ['signed', 'nonnegative', 'signed', 'nonnegative'],
    };
    const plan = planQuads(networkClass, 0.3);
    const seeds = 400;
    let failures = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const result = layoutHorner(createSource(BigInt(seed), plan.shape), plan);
      if (result.found) continue;
      failures++;
      expect(result.unmet.probability).toBeGreaterThan(0);
      expect(result.unmet.probability).toBeLessThanOrEqual(plan.failureBound);
    }
    // Five standard deviations above the bound, and not far below it either.
    const spread = 5 * Math.sqrt(plan.failureBound / seeds);
    expect(failures / seeds).toBeLessThan(plan.failureBound + spread);
    expect(failures / seeds).toBeGreaterThan(plan.failureBound / 3);
    const sum = blockDemands(networkClass).reduce((total, demand, index) => {
      const block = plan.blocks[index];
      return block.quads === undefined ? total : total + quadsFailure(demand, block);
    }, 0);
    expect(plan.failureBound / sum).toBeCloseTo(1, 6);
  });
});

describe('planning with fours', () => {
  const layerClass = (inputs: number, outputs: number, bits: number): NetworkClass => ({
    dimensions: [inputs, outputs],
    constant: false,
    bits: [bits],
    inputSigns: nonnegative(inputs),
  });
  const overCounting = (networkClass: NetworkClass): number =>
    Number(sourceWeights(horner.plan(networkClass, 1e-6).shape)) / countingBound(networkClass);

  it('takes at most 7.0 times the counting bound for 257 to 256 at 45 bits, 9.3 for 256 to 784', () => {
    expect(overCounting(layerClass(257, 256, 45))).toBeLessThan(7);
    expect(overCounting(layerClass(256, 784, 45))).toBeLessThan(9.3);
  });

  it('is never larger than with plain chains alone, and the same for narrow layers', () => {
    for (const [inputs, outputs, bits] of [
      [785, 257, 45],
      [257, 10, 45],
      [1000, 120, 9],
      [110, 110, 45],
      [90, 300, 2],
      [300, 300, 20],
    ]) {
      const networkClass = layerClass(inputs, outputs, bits);
      const plain = plainHorner.plan(networkClass, 1e-6);
      const plan = horner.plan(networkClass, 1e-6);
      expect(Number(sourceWeights(plan.shape))).toBeLessThanOrEqual(
        Number(sourceWeights(plain.shape)),
      );
      expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
    }
    // Below the fewest neurons nothing is weighed: signed, with a constant.
    const inputs = FEWEST_NEURONS / 2 - 2;
    const narrow: NetworkClass = {
      dimensions: [inputs, 1, 1],
      constant: true,
      bits: [30, 30],
      inputSigns: new Array<InputSign>(inputs).fill('signed'),
    };
    for (const { inputs: halves, outputs } of blockDemands(narrow)) {
      expect(halves + outputs).toBeLessThan(FEWEST_NEURONS);
    }
    expect(horner.plan(narrow, 1e-6)).toEqual(plainHorner.plan(narrow, 1e-6));
  });

  it('refuses what no plan is made for', () => {
    const networkClass = layerClass(3, 3, 4);
    expect(() => complete(planQuadsSteps(networkClass, 0))).toThrow(UsageError);
    expect(() => complete(planQuadsSteps(networkClass, 1e-200))).toThrow(UsageError);
    expect(() => complete(planQuadsSteps({ ...networkClass, bits: [0] }, 0.1))).toThrow(UsageError);
  });
});

describe('the record of a plan with fours', () => {
  const networkClass: NetworkClass = {
    dimensions: [3, 5, 2],
    constant: true,
    bits: [7, 4],
    inputSigns: ['signed', 'signed', 'nonnegative'],
  };
  const plan = planQuads(networkClass, 1e-3);
  const text = formatHornerPlan(plan);

  it('reads back as the same plan; without fours it has no such key', () => {
    expect(parseHornerPlan(text)).toEqual(plan);
    expect(formatHornerPlan(parseHornerPlan(text))).toBe(text);
    expect(formatHornerPlan(horner.plan(networkClass, 1e-3))).not.toContain('quads');
  });

  it.each([
    ['no units', { quads: undefined }],
    ['0 units', { quads: 0 }],
    ['one unit more', { quads: 1 + (plan.blocks[0].quads ?? 0) }],
    ['one unit less', { quads: (plan.blocks[0].quads ?? 0) - 1 }],
    ['more units than layers', { quads: 1000 }],
    ['too few chains', { chains: 8 }],
    ['far too many chains', { chains: 10_000 }],
    ['a selection after the top', { selection: plan.blocks[0].radices.length - 1 }],
    [
      'growth in a unit',
      {
        radices: plan.blocks[0].radices.map((radix, at, all) =>
          at === all.length - 1 ? 2 : radix,
        ),
      },
    ],
    ['no growth in the top', { radices: plan.blocks[0].radices.map(() => 1) }],
    [
      'copies of carriers in a unit',
      {
        carrierCopies: plan.blocks[0].carrierCopies.map((_, at, all) =>
          at === all.length - 1 ? 2 : 1,
        ),
      },
    ],
    [
      'a layer too narrow',
      { hiddenWidths: plan.blocks[0].hiddenWidths.map((width, at) => (at === 4 ? 9 : width)) },
    ],
    ['more copies than fit', { offsetCopies: 4000 }],
  ])('refuses %s', (_, change) => {
    const record = JSON.parse(text);
    Object.assign(record.blocks[0], change);
    expect(() => parseHornerPlan(JSON.stringify(record))).toThrow(InputError);
  });
});
