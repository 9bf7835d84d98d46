import { describe, expect, it } from 'vitest';
import { findBlock } from '../../../src/constructions/find-blocks.js';
import { blockWeights, skipDemands } from '../../../src/constructions/skip/demand.js';
import { emptyMasks, fillDigits } from '../../../src/constructions/skip/fill.js';
import { keepFixed } from '../../../src/constructions/skip/keep-fixed.js';
import { layersOf } from '../../../src/constructions/skip/plan.js';
import { formatSkipPlan, parseSkipPlan } from '../../../src/constructions/skip/record.js';
import { planSkip, type SchemeName } from '../../../src/constructions/skip/search.js';
import { layoutSkip, skip, skipFinder } from '../../../src/constructions/skip/skip.js';
import { InputError, MisfitError, UsageError } from '../../../src/core/errors.js';
import { complete } from '../../../src/core/steps.js';
import { integerMatrix } from '../../../src/integer/integer-network.js';
import { joinNetworks, padToClass } from '../../../src/integer/join-networks.js';
import { type NetworkClass, networkClassOf } from '../../../src/integer/network-class.js';
import { quantizeLossless } from '../../../src/integer/quantize.js';
import { toSparse } from '../../../src/source/mask.js';
import { sourceWeights } from '../../../src/source/shape.js';
import { createSource } from '../../../src/source/source.js';
import type { InputSign } from '../../../src/target/network.js';
import { findAndProve } from '../../find-and-prove.js';
import { randomNetwork } from '../../networks.js';
import { randomIntegers, SCHEMES, schemesFor, signsFor } from '../../skip-schemes.js';

describe('skip', () => {
  it.each(SCHEMES)('finds and proves random integer networks by %s', (scheme) => {
    let found = 0;
    for (let seed = 0; seed < 24; seed++) {
      const dimensions = [1 + (seed % 5), 1 + ((3 * seed) % 7), 1 + (seed % 4), 1 + (seed % 6)];
      const bits = [1 + (seed % 9), 1 + ((2 * seed) % 5), 1 + (seed % 3)].slice(seed % 2);
      const widths = dimensions.slice(seed % 2);
      const target = randomIntegers(widths, bits, seed % 3 > 0, seed);
      const signs = signsFor(scheme, widths[0], seed);
      const networkClass = networkClassOf(target, signs);
      const plan = planSkip(networkClass, 1e-4, schemesFor(scheme, bits.length));
      expect(plan.blocks[0].scheme).toBe(scheme);
      expect(plan.failureBound).toBeLessThanOrEqual(1e-4);
      const { finding, proof } = findAndProve(skip, target, signs, plan, BigInt(seed));
      if (!finding.found) continue;
      found++;
      expect(proof).toMatchObject({ equal: true });
    }
    expect(found).toBe(24);
  });

  it('chooses by source weights, and counts them as the shape does', () => {
    const target = quantizeLossless(randomNetwork({ dimensions: [9, 14, 3], seed: 3, bits: 12 }));
    const signs = signsFor('twin', 9, 0);
    const networkClass = networkClassOf(target, signs);
    const plan = planSkip(networkClass, 1e-6);
    const demands = skipDemands(networkClass);
    let inputWidth = demands[0].columns;
    let weights = 0;
    plan.blocks.forEach((block, index) => {
      weights += blockWeights(layersOf(demands[index], block), inputWidth);
      inputWidth = block.outputWidth;
    });
    expect(BigInt(weights)).toBe(sourceWeights(plan.shape));
    for (const scheme of ['twin', 'pairs', 'gathered'] as const) {
      const other = planSkip(networkClass, 1e-6, () => [scheme]);
      expect(sourceWeights(plan.shape)).toBeLessThanOrEqual(sourceWeights(other.shape));
    }
    expect(findAndProve(skip, target, signs, plan, 1n).proof).toMatchObject({ equal: true });
  });

  it('takes integers beyond 53 bits', () => {
    for (const scheme of ['twin', 'pairs', 'quads', 'based', 'gathered'] as const) {
      const target = randomIntegers([4, 5, 2], [70, 3], true, 11);
      const signs = signsFor(scheme, 4, 0);
      const plan = planSkip(networkClassOf(target, signs), 1e-6, schemesFor(scheme, 2));
      expect(findAndProve(skip, target, signs, plan, 1n).proof).toMatchObject({ equal: true });
    }
  });

  it('fills the same masks in any ranges of inputs', () => {
    const target = randomIntegers([7, 6, 3], [9, 6], true, 4);
    const signs = signsFor('pairs', 7, 1);
    for (const scheme of ['pairs', 'quads', 'based', 'gathered'] as const) {
      const plan = planSkip(networkClassOf(target, signs), 1e-4, schemesFor(scheme, 2));
      const source = createSource(5n, plan.shape);
      const placed = layoutSkip(source, plan);
      if (!placed.found) throw new Error(placed.unmet.demand);
      placed.layouts.forEach((layout, block) => {
        const whole = complete(findBlock(skipFinder, target, block, layout, source));
        const masks = emptyMasks(layout);
        const matrix = target.matrices[block];
        let digits = 0;
        for (let input = layout.columns.length - 1; input >= 0; input--) {
          digits += complete(fillDigits(matrix, layout, source, masks, input, input + 1));
        }
        keepFixed(layout, matrix, masks);
        expect(masks).toEqual(whole.masks);
        expect(digits).toBe(whole.digits);
      });
    }
  });

  it('holds every network of its class: largest and least entries, zeros', () => {
    for (const scheme of SCHEMES) {
      const bits = [4, 3];
      const dimensions = [3, 5, 2];
      const networkClass: NetworkClass = {
        dimensions,
        constant: true,
        bits,
        inputSigns: signsFor(scheme, 3, 0),
      };
      const plan = planSkip(networkClass, 1e-4, schemesFor(scheme, 2));
      for (const fill of [0, 15, -15]) {
        const target = randomIntegers(dimensions, bits, true, 1, 3);
        const matrices = target.matrices.map(({ rows, columns, values }, layer) => {
          const carries = layer === 0;
          const entries = Array.from({ length: rows * columns }, (_, index) => {
            if (carries && index >= (rows - 1) * columns) return BigInt(values[index] as number);
            return BigInt(layer === 0 ? fill : Math.sign(fill) * 7);
          });
          return integerMatrix(rows, columns, entries);
        });
        const { proof } = findAndProve(
          skip,
          { ...target, matrices },
          networkClass.inputSigns,
          plan,
          1n,
        );
        expect(proof).toMatchObject({ equal: true });
      }
    }
  });

  it('serves several networks with one source', () => {
    const members = [
      randomIntegers([3, 4, 2], [6, 4], true, 1),
      randomIntegers([3, 2], [5], false, 2),
    ].map((network) => ({ network, inputSigns: new Array<InputSign>(3).fill('nonnegative') }));
    const networkClass = joinNetworks(members);
    const plan = parseSkipPlan(formatSkipPlan(planSkip(networkClass, 1e-6)));
    for (const { network, inputSigns } of members) {
      const padded = padToClass(network, inputSigns, networkClass);
      const { proof } = findAndProve(skip, padded, networkClass.inputSigns, plan, 3n);
      expect(proof).toMatchObject({ equal: true });
    }
  });

  it.each(SCHEMES)(
    'hands out a layout that has a role for each neuron that it keeps: %s',
    (scheme) => {
      const target = randomIntegers([5, 6, 3], [7, 5], true, 8);
      const signs = signsFor(scheme, 5, 0);
      const plan = planSkip(networkClassOf(target, signs), 1e-6, schemesFor(scheme, 2));
      const { finding, masks } = findAndProve(skip, target, signs, plan, 2n);
      if (!finding.found) throw new Error('not found');
      masks.forEach((mask, index) => {
        const { neurons, roles } = finding.layout.layer(index + 1);
        expect(new Set(neurons).size).toBe(neurons.length);
        const placed = new Set(neurons);
        const { rows } = toSparse(mask);
        expect([...rows].every((row) => placed.has(row))).toBe(true);
        expect(roles.every(({ kind }) => kind !== 'unknown')).toBe(true);
      });
    },
  );

  it('says which demand a seed does not meet', () => {
    const networkClass: NetworkClass = {
      dimensions: [5, 4],
      constant: false,
      bits: [6],
      inputSigns: new Array<InputSign>(5).fill('nonnegative'),
    };
    const plan = planSkip(networkClass, 0.3);
    const failed = Array.from({ length: 60 }, (_, seed) =>
      layoutSkip(createSource(BigInt(seed), plan.shape), plan),
    ).flatMap((result) => (result.found ? [] : [result.unmet]));
    expect(failed.length).toBeGreaterThan(0);
    for (const { block, layer, demand, probability } of failed) {
      expect(block).toBe(1);
      expect(layer).toBeGreaterThan(0);
      expect(demand).not.toBe('');
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(plan.failureBound);
    }
  });

  it('refuses networks of another class, plans of others, and schemes that cannot be', () => {
    const target = randomIntegers([3, 2], [5], false, 2);
    const signs = signsFor('pairs', 3, 1);
    const plan = planSkip(networkClassOf(target, signs), 1e-6);
    const larger = randomIntegers([3, 2], [9], false, 2);
    const source = createSource(1n, plan.shape);
    expect(() => skip.find(larger, source, plan, () => undefined)).toThrow(MisfitError);
    const relays = (): SchemeName[] => ['relay'];
    expect(() => planSkip(networkClassOf(target, signs), 1e-6, relays)).toThrow(UsageError);
  });
});

describe('the record of a plan of skip', () => {
  const networkClass: NetworkClass = {
    dimensions: [6, 9, 2],
    constant: true,
    bits: [7, 5],
    inputSigns: signsFor('based', 6, 0),
  };

  it.each(SCHEMES)('gives back what was planned: %s', (scheme) => {
    const plan = planSkip(networkClass, 1e-6, schemesFor(scheme, 2));
    expect(parseSkipPlan(formatSkipPlan(plan))).toEqual(plan);
  });

  it.each(SCHEMES)('refuses what the planner would not choose: %s', (scheme) => {
    const text = formatSkipPlan(planSkip(networkClass, 1e-6, schemesFor(scheme, 2)));
    const record = JSON.parse(text) as { blocks: Record<string, unknown>[] };
    for (const key of Object.keys(record.blocks[0])) {
      for (const value of [-1, 2 ** 31, 1.5, 'x', null]) {
        const blocks = record.blocks.map((block, index) =>
          index === 0 ? { ...block, [key]: value } : block,
        );
        expect(() => parseSkipPlan(JSON.stringify({ ...record, blocks }))).toThrow(InputError);
      }
    }
    for (const damaged of [text.slice(0, -9), text.replace('skip', 'horner'), '{}', '[]', '']) {
      expect(() => parseSkipPlan(damaged)).toThrow(InputError);
    }
  });
});
