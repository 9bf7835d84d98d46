import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { CONSTRUCTION_NAMES } from '../../src/constructions/names.js';
import { concatenate } from '../../src/core/concatenate.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { bigEntry, integerMatrix } from '../../src/integer/integer-network.js';
import type { LayerRange } from '../../src/integer/network-class.js';
import { losslessPlaces, quantize } from '../../src/integer/quantize.js';
import { type Found, findTicket } from '../../src/pipeline/find.js';
import { countingBound } from '../../src/pipeline/find-steps.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { InputSign, Network } from '../../src/target/network.js';
import { evaluateDirectly, partsOf, randomNetwork } from '../networks.js';

function find(seed: number, name: string, options: object = {}): Found {
  const network = randomNetwork({ dimensions: [3, 4, 2], seed });
  const construction = constructionNamed(name) as Construction;
  const outcome = findTicket(network, { construction, ...options });
  if (!outcome.found) throw new Error('not found');
  return outcome;
}

describe('findTicket', () => {
  it.each(CONSTRUCTION_NAMES)(
    '%s: the ticket is the network, exactly, on signed inputs',
    (name) => {
      for (let seed = 0; seed < 8; seed++) {
        const network = randomNetwork({ dimensions: [3, 4, 2], seed });
        const program = compileTicket(find(seed, name).ticket);
        for (const input of [
          [0, 0, 0],
          [1, -2, 3],
          [-0.5, 0.25, -4],
          [1e6, -1e-6, 0.1],
        ]) {
          const [exact] = [runExact(program, Float64Array.from(input), 1).map(exactToNumber)];
          const direct = evaluateDirectly(network, input);
          exact.forEach((value, output) => {
            // Float64 rounds the direct evaluation, nothing else.
            expect(value).toBeCloseTo(direct[output], 6);
          });
        }
      }
    },
  );

  it.each(CONSTRUCTION_NAMES)('%s: the same call makes the same bytes', (name) => {
    expect(concatenate(find(1, name).bytes)).toEqual(concatenate(find(1, name).bytes));
  });

  it('goes on to the next seed where one fails, and not if the seed was given', () => {
    const network = randomNetwork({ dimensions: [2, 3, 2], seed: 3 });
    const construction = constructionNamed('diamond') as Construction;
    let failures = 0;
    for (let start = 1; start <= 40; start++) {
      // At delta near 1 the plan is so small that seeds do fail.
      const given = findTicket(network, { construction, delta: 0.9, seed: BigInt(start) });
      if (given.found) continue;
      failures++;
      expect(given.failedSeeds).toHaveLength(1);
      expect(given.failedSeeds[0].unmet.probability).toBeLessThan(1);
      expect(given.failedSeeds[0].unmet.demand).toMatch(/candidate pair/);
    }
    expect(failures).toBeGreaterThan(0);
    const searched = findTicket(network, { construction, delta: 0.9 });
    expect(searched.found).toBe(true);
  });

  it('reports stages that only go forward, each seed anew', () => {
    const network = randomNetwork({ dimensions: [3, 6, 6, 2], seed: 3, bits: 20, places: 18 });
    const domain = {
      kind: 'box' as const,
      lower: new Float64Array(3).fill(-1),
      upper: new Float64Array(3).fill(1),
    };
    for (const name of CONSTRUCTION_NAMES) {
      for (const [precision, delta, own] of [
        [{ mode: 'lossless' }, 1e-6, ['quantise', 'plan', 'find', 'prove']],
        [{ mode: 'lossless' }, 0.999, ['quantise', 'plan', 'find', 'prove']],
        [{ mode: 'certified', epsilon: 0.01 }, 1e-6, ['analyse', 'allot', 'plan', 'find', 'prove']],
      ] as const) {
        const reports: { stage: string; done: number; total: number }[] = [];
        const outcome = findTicket(network, {
          construction: constructionNamed(name) as Construction,
          precision,
          domain,
          delta,
          onProgress: (progress) => reports.push(progress),
        });
        const attempts = outcome.failedSeeds.length + 1;
        expect([...new Set(reports.map(({ stage }) => stage))]).toEqual(own);
        reports.forEach(({ stage, done, total }, index) => {
          expect(Number.isFinite(done) && done >= 0).toBe(true);
          if (total > 0) expect(done).toBeLessThanOrEqual(total);
          const before = reports[index - 1];
          if (before?.stage === stage && done > 0) {
            expect(done).toBeGreaterThanOrEqual(before.done);
            expect(total).toBe(before.total);
          }
        });
        expect(reports.filter(({ stage, done }) => stage === 'find' && done === 0)).toHaveLength(
          attempts,
        );
      }
    }
  });

  it('records bits beyond lossless as lossless, and per layer no more than it needs', () => {
    const network = randomNetwork({ dimensions: [3, 4, 2], seed: 5, places: 9 });
    // The second layer alone is exact with 4 places.
    const [first, second] = network.layers;
    const round = (values: Float64Array): Float64Array =>
      values.map((value) => Math.round(16 * value) / 16);
    const { weights, bias, ...rest } = partsOf(second);
    const coarse = round(weights).fill(1 / 16, 0, 1);
    const layers = [first, denseLayer({ ...rest, weights: coarse, bias: round(bias) })];
    const mixed: Network = { ...network, layers };
    const [needed] = losslessPlaces(mixed);
    expect(losslessPlaces(mixed)).toEqual([needed, 4]);
    const construction = constructionNamed('horner') as Construction;
    const at = (bits: number): Found => {
      const outcome = findTicket(mixed, { construction, precision: { mode: 'bits', bits } });
      if (!outcome.found) throw new Error('not found');
      expect(outcome.verdict).toMatchObject({ proved: true, modelMatches: true });
      return outcome;
    };
    const { ticket, bytes, verdict } = at(200);
    expect(ticket.precision).toEqual({ mode: 'lossless' });
    expect(verdict.epsilon).toBe('0');
    const lossless = findTicket(mixed, { construction });
    if (!lossless.found) throw new Error('not found');
    expect(concatenate(bytes)).toEqual(concatenate(lossless.bytes));
    const partly = at(needed - 1);
    expect(partly.ticket.precision).toEqual({ mode: 'bits', bits: needed - 1 });
    expect(partly.ticket.target.fractionalPlaces).toEqual([needed - 1, 4]);
    expect(partly.verdict.epsilon).toBeNull();
  });

  it('verifies tickets of 0.1, whose layers all have the bits asked for', () => {
    const network = randomNetwork({ dimensions: [3, 4, 2], seed: 5, places: 3 });
    for (const bits of [3, 7, 60, 200]) {
      const target = quantize(network, [bits, bits]);
      const record = { mode: 'bits', bits } as const;
      const construction = constructionNamed('horner') as Construction;
      const outcome = findTicket(network, { construction, chosen: { record, target } });
      if (!outcome.found) throw new Error('not found');
      expect(outcome.ticket.target.fractionalPlaces).toEqual([bits, bits]);
      expect(outcome.verdict, `${bits}`).toMatchObject({ proved: true, modelMatches: true });
      // One integer of another value is another network.
      const [matrix, ...rest] = target.matrices;
      const values = Array.from({ length: matrix.rows * matrix.columns }, (_, index) =>
        index === 0 ? bigEntry(matrix, 0) + 1n : bigEntry(matrix, index),
      );
      const changed = integerMatrix(matrix.rows, matrix.columns, values);
      const other = { record, target: { ...target, matrices: [changed, ...rest] } };
      const wrong = findTicket(network, { construction, chosen: other });
      if (!wrong.found) throw new Error('not found');
      expect(wrong.verdict).toMatchObject({ equal: true, proved: false, modelMatches: false });
    }
  });

  it('counts the bound by the integers that a bit length allows', () => {
    const bound = (dimensions: number[], bits: number[], ranges?: LayerRange[]): number =>
      countingBound({
        ...{ dimensions, bits, constant: ranges !== undefined },
        inputSigns: new Array<InputSign>(dimensions[0]).fill('nonnegative'),
        ...(ranges && { ranges }),
      });
    // One weight of one bit: -1, 0 or 1.
    expect(bound([1, 1], [1])).toBeCloseTo(Math.log2(3), 12);
    expect(bound([5, 2], [45])).toBeCloseTo(460, 9);
    // Nine integers for each of three weights and three biases; a constant of 0 .. 8; then 3 times 3.
    const ranges = [
      { entries: 4n, unit: 8n },
      { entries: 1n, unit: 0n },
    ];
    const exact = 6 * Math.log2(9) + Math.log2(9) + 4 * Math.log2(3);
    expect(bound([1, 3, 1], [4, 1], ranges)).toBeCloseTo(exact, 12);
    // Longer than a float64 holds.
    const long = { entries: 1n << 3000n, unit: 0n };
    expect(bound([2, 1], [3001], [long])).toBeCloseTo(3 * 3001, 9);
  });
});
