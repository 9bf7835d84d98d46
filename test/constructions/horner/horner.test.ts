import { describe, expect, it } from 'vitest';
import { findBlock } from '../../../src/constructions/find-blocks.js';
import { emptyMasks, fillDigits } from '../../../src/constructions/horner/fill.js';
import { horner, layoutHorner } from '../../../src/constructions/horner/horner.js';
import { keepChains } from '../../../src/constructions/horner/keep-chains.js';
import type { BlockLayout } from '../../../src/constructions/horner/layout.js';
import { plainFinder, plainHorner } from '../../../src/constructions/horner/plain.js';
import { blockDemands, blockFailure } from '../../../src/constructions/horner/plan.js';
import { hornerPlanOf } from '../../../src/constructions/horner/quads/plan-of.js';
import { MisfitError, UsageError } from '../../../src/core/errors.js';
import { complete } from '../../../src/core/steps.js';
import { type IntegerNetwork, integerMatrix } from '../../../src/integer/integer-network.js';
import { joinNetworks, padToClass } from '../../../src/integer/join-networks.js';
import type { NetworkClass } from '../../../src/integer/network-class.js';
import { networkClassOf } from '../../../src/integer/network-class.js';
import { quantizeLossless } from '../../../src/integer/quantize.js';
import { propagate } from '../../../src/proof/propagate.js';
import { sourceWeights } from '../../../src/source/shape.js';
import { createSource } from '../../../src/source/source.js';
import type { InputSign } from '../../../src/target/network.js';
import { findAndProve } from '../../find-and-prove.js';
import { randomNetwork, randomStream } from '../../networks.js';
import { KINDS, nonnegative, randomLayer } from '../random-layer.js';

describe('horner', () => {
  it('finds and proves random networks, signed and unsigned, with and without biases', () => {
    for (let seed = 0; seed < 24; seed++) {
      const dimensions = [1 + (seed % 4), 1 + (seed % 3), 1 + (seed % 5)].slice(seed % 2);
      const signs = Array.from({ length: dimensions[0] }, (_, i) => KINDS[(seed + i) % 3]);
      const options = { dimensions, seed, bits: 1 + (seed % 7), biases: seed % 5 !== 0 };
      const target = quantizeLossless(randomNetwork(options));
      const plan = horner.plan(networkClassOf(target, signs), 1e-6);
      const { finding, proof } = findAndProve(horner, target, signs, plan, BigInt(seed));
      expect(finding).toMatchObject({ found: true });
      expect(proof).toMatchObject({ equal: true });
    }
  });

  it('reads inputs that are all of one sign without a split layer', () => {
    const signs: InputSign[] = ['nonpositive', 'nonnegative', 'nonpositive'];
    const target = quantizeLossless(randomNetwork({ dimensions: [3, 4, 2], seed: 9 }));
    const plan = horner.plan(networkClassOf(target, signs), 1e-6);
    expect(plan.blocks[0].splitWidth).toBeNull();
    expect(findAndProve(horner, target, signs, plan, 3n).proof).toMatchObject({ equal: true });
  });

  it.each([
    ['a square block', 51, 51, 45],
    ['one input', 1, 9, 7],
    ['one output', 40, 1, 12],
    ['one weight of one bit', 1, 1, 1],
    ['integers beyond 2^53', 6, 5, 90],
    ['wide to narrow', 120, 7, 20],
    ['narrow to wide', 4, 60, 20],
  ])('finds and proves %s', (_, inputs, outputs, bits) => {
    const target = randomLayer(inputs, outputs, bits, inputs + bits);
    const signs = nonnegative(inputs);
    const networkClass: NetworkClass = {
      dimensions: [inputs, outputs],
      constant: false,
      bits: [bits],
      inputSigns: signs,
    };
    const plan = horner.plan(networkClass, 1e-6);
    expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
    expect(findAndProve(horner, target, signs, plan, 5n).proof).toMatchObject({ equal: true });
  });

  it('reaches the largest integers of the class, of either sign, and zero rows and columns', () => {
    const largest = 2 ** 20 - 1;
    const values = Float64Array.from({ length: 36 }, (_, index) =>
      index < 6 || index % 6 === 2 ? 0 : index % 2 ? largest : -largest,
    );
    const target: IntegerNetwork = {
      ...randomLayer(6, 6, 20, 1),
      matrices: [{ rows: 6, columns: 6, values }],
    };
    const signs = nonnegative(6);
    const plan = horner.plan(networkClassOf(target, signs), 1e-6);
    for (const seed of [1n, 2n, 3n]) {
      expect(findAndProve(horner, target, signs, plan, seed).proof).toMatchObject({ equal: true });
    }
  });

  it('reaches a power of two, of either sign, and every row that the constant leaves room for', () => {
    // Weights of at most 2^n, the constant 2^p: all of -2^n, all of 2^n, the offset alone, 0.
    for (const [n, p, seed] of [
      [5, 6, 1],
      [5, 5, 2],
      [5, 3, 3],
      [4, 9, 4],
      [0, 0, 5],
      [60, 61, 6],
    ]) {
      const most = 1n << BigInt(n);
      const rows = [
        [most, most, most, most],
        [-most, -most, -most, -most],
        [0n, 0n, 0n, 0n],
        [-most, 0n, most, 1n - most],
        [0n, 0n, 0n, 1n << BigInt(p)],
      ];
      const last = rows.slice(0, 2).map((row) => [...row, 0n - most, most]);
      const target: IntegerNetwork = {
        matrices: [
          integerMatrix(5, 4, rows.flat()),
          integerMatrix(
            2,
            5,
            last.flatMap((row) => row.slice(0, 5)),
          ),
        ],
        constant: true,
        fractionalPlaces: [p, 0],
        scale: { base: 2, exponent: p },
        activation: 'identity',
      };
      const networkClass = networkClassOf(target, nonnegative(3));
      expect(networkClass.ranges?.[0]).toEqual({ entries: most, unit: 1n << BigInt(p) });
      const [demand] = blockDemands(networkClass);
      expect(demand.reach.offset).toBe(most);
      expect(demand.reach.window).toBe(p > n + 1 ? 1n << BigInt(p) : 2n * most);
      const plan = horner.plan(networkClass, 1e-6);
      for (let tries = 0; tries < 5; tries++) {
        const { proof } = findAndProve(
          horner,
          target,
          nonnegative(3),
          plan,
          BigInt(10 * seed + tries),
        );
        expect(proof).toMatchObject({ equal: true });
      }
    }
  });

  it('finds every network of a class, by enumeration', () => {
    // Two weights and a constant of at most 2 in magnitude, 2^0 to 2^2: 125 matrices of 3 units.
    const networkClass: NetworkClass = {
      dimensions: [1, 2, 1],
      constant: true,
      bits: [3, 2],
      ranges: [
        { entries: 2n, unit: 4n },
        { entries: 2n, unit: 0n },
      ],
      inputSigns: nonnegative(1),
    };
    const plan = horner.plan(networkClass, 1e-6);
    const values = [-2, -1, 0, 1, 2];
    for (const a of values) {
      for (const b of values) {
        for (const c of values) {
          const unit = [1, 2, 4][Math.abs(a + b + c) % 3];
          const target: IntegerNetwork = {
            matrices: [
              { rows: 3, columns: 2, values: Float64Array.of(a, b, b, c, 0, unit) },
              { rows: 1, columns: 3, values: Float64Array.of(c, a, b) },
            ],
            constant: true,
            fractionalPlaces: [Math.log2(unit), 0],
            scale: { base: 2, exponent: Math.log2(unit) },
            activation: 'identity',
          };
          const { proof } = findAndProve(horner, target, nonnegative(1), plan, 1n);
          expect(proof, `${a} ${b} ${c} ${unit}`).toMatchObject({ equal: true });
        }
      }
    }
  });

  it('plans less where only the constant needs the last bit', () => {
    const inputSigns = nonnegative(64);
    const shape = { dimensions: [64, 64, 10], constant: true, bits: [25, 25], inputSigns };
    const weights = (entries: bigint): number => {
      const ranges = [
        { entries, unit: 1n << 24n },
        { entries: (1n << 25n) - 1n, unit: 0n },
      ];
      return Number(sourceWeights(horner.plan({ ...shape, ranges }, 1e-6).shape));
    };
    const before = Number(sourceWeights(horner.plan(shape, 1e-6).shape));
    expect(weights((1n << 25n) - 1n)).toBe(before);
    // Weights of at most 1 save one layer of 29, of at most 1/2 two; after that the constant decides.
    expect(weights(1n << 24n) / before).toBeLessThan(0.98);
    expect(weights(1n << 23n) / before).toBeLessThan(0.96);
    expect(weights(1n << 20n)).toBeLessThanOrEqual(weights(1n << 23n));
  });

  it('refuses a constant row that holds more than the constant', () => {
    const row = (values: number[]): IntegerNetwork => ({
      matrices: [
        { rows: 2, columns: 2, values: Float64Array.of(1, 1, ...values) },
        { rows: 1, columns: 2, values: Float64Array.of(1, 1) },
      ],
      constant: true,
      fractionalPlaces: [0, 0],
      scale: { base: 2, exponent: 0 },
      activation: 'identity',
    });
    expect(networkClassOf(row([0, 1]), nonnegative(1)).ranges?.[0].unit).toBe(1n);
    expect(() => networkClassOf(row([1, 1]), nonnegative(1))).toThrow(MisfitError);
    expect(() => networkClassOf(row([0, -1]), nonnegative(1))).toThrow(MisfitError);
  });

  it('keeps every accumulator non-negative where carriers have several copies', () => {
    // Small integers: their digits begin in the layers with copies.
    for (let seed = 0; seed < 20; seed++) {
      const target = randomLayer(16, 12, 1 + (seed % 3), seed);
      const plan = horner.plan(networkClassOf(target, nonnegative(16)), 1e-6);
      expect(plan.blocks[0].carrierCopies[0]).toBeGreaterThan(1);
      const { proof } = findAndProve(horner, target, nonnegative(16), plan, BigInt(seed));
      expect(proof).toMatchObject({ equal: true });
    }
  });

  it('plans whole networks within a small factor of the counting bound', () => {
    const dimensions = [784, 256, 256, 10];
    const bits = [44, 45, 39];
    const plan = horner.plan(
      { dimensions, constant: true, bits, inputSigns: nonnegative(784) },
      1e-6,
    );
    const counting = bits.reduce((sum, length, layer) => {
      const rows = dimensions[layer + 1] + (layer < 2 ? 1 : 0);
      return sum + rows * (dimensions[layer] + 1) * (length + 1);
    }, 0);
    expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
    expect(Number(sourceWeights(plan.shape)) / counting).toBeLessThan(9.5);
  });

  it('plans small signed networks within 14 times the counting bound', () => {
    const dimensions = [5, 50, 50, 50, 50, 50, 50, 5];
    const bits = [37, 44, 39, 39, 39, 42, 37];
    const inputSigns = new Array<InputSign>(5).fill('signed');
    const plan = horner.plan({ dimensions, constant: true, bits, inputSigns }, 1e-6);
    const counting = bits.reduce((sum, length, layer) => {
      const rows = dimensions[layer + 1] + (layer < 6 ? 1 : 0);
      return sum + rows * (dimensions[layer] + 1) * (length + 1);
    }, 0);
    expect(Number(sourceWeights(plan.shape)) / counting).toBeLessThan(12);
  });

  it('says so where no source can keep the failure bound', () => {
    const networkClass = networkClassOf(randomLayer(2, 2, 3, 1), nonnegative(2));
    expect(() => horner.plan(networkClass, 1e-300)).toThrow(UsageError);
    expect(horner.plan(networkClass, 1e-20).failureBound).toBeLessThanOrEqual(1e-20);
  });

  it('states a failure bound that is the sum of all its terms', () => {
    const networkClass: NetworkClass = {
      dimensions: [3, 6, 2],
      constant: true,
      bits: [9, 8],
      inputSigns: ['signed', 'signed', 'nonnegative'],
    };
    const plan = plainHorner.plan(networkClass, 1e-4);
    const sum = blockDemands(networkClass)
      .flatMap((demand, index) => Object.values(blockFailure(demand, plan.blocks[index])).flat())
      .reduce((total, term) => total + term, 0);
    expect(plan.failureBound).toBeGreaterThanOrEqual(sum);
    expect(plan.failureBound).toBeLessThan(1.001 * sum);
    expect(plan.failureBound).toBeLessThanOrEqual(1e-4);
    // The budget is used: a source that were much better than asked for would be too large.
    expect(plan.failureBound).toBeGreaterThan(1e-5);
  });

  it('fails for no more seeds than the bound says, and names the demand', () => {
    const target = randomLayer(3, 2, 6, 4);
    const signs = nonnegative(3);
    const plan = horner.plan(networkClassOf(target, signs), 0.2);
    let failures = 0;
    const seeds = 600;
    for (let seed = 0; seed < seeds; seed++) {
      const result = layoutHorner(createSource(BigInt(seed), plan.shape), plan);
      if (result.found) continue;
      failures++;
      expect(result.unmet.probability).toBeGreaterThan(0);
      expect(result.unmet.probability).toBeLessThanOrEqual(plan.failureBound);
      expect(result.unmet.demand).not.toBe('');
    }
    expect(failures).toBeGreaterThan(0);
    const deviation = Math.sqrt(plan.failureBound / seeds);
    expect(failures / seeds).toBeLessThan(plan.failureBound + 3 * deviation);
  });

  it('is deterministic, and the same block by block and range by range', () => {
    const target = quantizeLossless(randomNetwork({ dimensions: [5, 7, 3], seed: 2 }));
    const signs = nonnegative(5);
    const plan = horner.plan(networkClassOf(target, signs), 1e-6);
    const once = findAndProve(horner, target, signs, plan, 8n).masks;
    expect(findAndProve(horner, target, signs, plan, 8n).masks).toEqual(once);
    const source = createSource(8n, plan.shape);
    const placed = layoutHorner(source, plan);
    if (!placed.found) throw new Error('not found');
    // Layouts go to other threads as structured clones.
    const layouts = placed.layouts.map((layout) => structuredClone(layout) as BlockLayout);
    const [second, first] = [1, 0].map((block) =>
      complete(findBlock(plainFinder, target, block, layouts[block], source)),
    );
    expect([...first.masks, ...second.masks]).toEqual(once);
    const masks = emptyMasks(layouts[0]);
    const ranges = [
      complete(fillDigits(target.matrices[0], layouts[0], source, masks, 3, 6)),
      complete(fillDigits(target.matrices[0], layouts[0], source, masks, 0, 3)),
    ];
    expect(keepChains(layouts[0], masks, ranges)).toBe(first.digits);
    expect(masks).toEqual(first.masks);
  });

  it('keeps at most 0.42 digits per weight and bit of uniform integers', () => {
    const target = randomLayer(64, 64, 45, 6);
    const plan = horner.plan(networkClassOf(target, nonnegative(64)), 1e-6);
    const { finding } = findAndProve(horner, target, nonnegative(64), plan, 1n);
    if (!finding.found) throw new Error('not found');
    expect(finding.digits / (64 * 64 * 45)).toBeLessThan(0.42);
  });

  it('is refused by the proof when any edge is dropped', () => {
    const target = quantizeLossless(randomNetwork({ dimensions: [3, 3, 2], seed: 12 }));
    const signs = nonnegative(3);
    const plan = horner.plan(networkClassOf(target, signs), 1e-6);
    const source = createSource(2n, plan.shape);
    const { finding, masks } = findAndProve(horner, target, signs, plan, 2n);
    if (!finding.found) throw new Error('not found');
    const random = randomStream(1);
    let refused = 0;
    for (let trial = 0; trial < 100; trial++) {
      const layer = Math.floor(random() * masks.length);
      const mask = masks[layer];
      if (mask.kind !== 'dense') throw new Error('not dense');
      const kept = [...mask.words.keys()].filter((index) => mask.words[index] !== 0);
      const index = kept[Math.floor(random() * kept.length)];
      const words = mask.words.slice();
      words[index] &= words[index] - 1;
      const proof = propagate({
        source,
        mask: (t) => (t === layer + 1 ? { ...mask, words } : masks[t - 1]),
        target,
        inputSigns: signs,
        assignments: finding.assignments,
      });
      if (!proof.equal) refused++;
    }
    // Nothing superfluous is kept: carriers end with their last digit, chains begin with their first.
    expect(refused).toBe(100);
  });

  it('refuses a source of another shape and a network outside of the class', () => {
    const target = randomLayer(2, 2, 3, 1);
    const plan = horner.plan(networkClassOf(target, nonnegative(2)), 1e-3);
    const wider = hornerPlanOf(plan.networkClass, [
      {
        ...plan.blocks[0],
        offsetCopies: plan.blocks[0].offsetCopies,
        hiddenWidths: plan.blocks[0].hiddenWidths.map((width) => width + 1),
      },
    ]);
    const sink = (): void => undefined;
    expect(() => horner.find(target, createSource(1n, wider.shape), plan, sink)).toThrow(
      RangeError,
    );
    const larger = randomLayer(2, 2, 9, 1);
    expect(() => horner.find(larger, createSource(1n, plan.shape), plan, sink)).toThrow(RangeError);
    expect(() => horner.plan(plan.networkClass, 0)).toThrow(UsageError);
  });

  it('finds several networks in one source with one seed', () => {
    const members = [
      { options: { dimensions: [4, 6, 3], seed: 1, bits: 4 }, signs: nonnegative(4) },
      {
        options: { dimensions: [4, 5, 7, 3], seed: 2, bits: 6, biases: false },
        signs: nonnegative(4),
      },
      { options: { dimensions: [4, 3], seed: 3, bits: 9 }, signs: nonnegative(4) },
    ].map(({ options, signs }) => ({
      network: quantizeLossless(randomNetwork(options)),
      inputSigns: signs,
    }));
    const networkClass = joinNetworks(members);
    const plan = horner.plan(networkClass, 1e-6);
    for (const { network, inputSigns } of members) {
      const padded = padToClass(network, inputSigns, networkClass);
      const { proof } = findAndProve(horner, padded, networkClass.inputSigns, plan, 17n);
      expect(proof).toMatchObject({ equal: true });
    }
  });
});
