/**
 * Baseline tickets end to end, and the checker under mutation: one mask bit, one recorded weight, the
 * seed, a scale, the claimed error. Everything that changes what is claimed must be refused, and where.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { BASELINE_NAMES } from '../../src/constructions/baselines/index.js';
import { complete } from '../../src/core/steps.js';
import { exactToNumber } from '../../src/inference/exact.js';
import { compileBaseline, runWeightedExact, weightedEngine } from '../../src/inference/weighted.js';
import { effectiveNetwork } from '../../src/integer/effective-network.js';
import { bigEntry, integerMatrix } from '../../src/integer/integer-network.js';
import { effectiveMatrices } from '../../src/proof/effective-matrices.js';
import { verifyBaselineTicket } from '../../src/proof/verify-baseline.js';
import { keptCount, type SparseMask, toSparse } from '../../src/source/mask.js';
import { maskBuilder } from '../../src/source/mask-builder.js';
import { layeredShape } from '../../src/source/shape.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import type { BaselineTicket } from '../../src/ticket/ticket.js';
import { foundBaseline, MIXED_BOX, smallNetwork } from '../baseline-tickets.js';
import { randomStream } from '../networks.js';

const network = smallNetwork(3);
const specimens = BASELINE_NAMES.map((name) => ({ name, found: foundBaseline(name, network) }));

function randomInputs(samples: number, seed: number): Float64Array {
  const random = randomStream(seed);
  if (MIXED_BOX.kind !== 'box') throw new Error('the domain is a box');
  const { lower, upper } = MIXED_BOX;
  return Float64Array.from({ length: 3 * samples }, (_, index) => {
    const input = index % 3;
    return lower[input] + random() * (upper[input] - lower[input]);
  });
}

/** The same mask with some edges changed. */
function changed(
  mask: SparseMask,
  change: (edges: [number, number][]) => [number, number][],
): SparseMask {
  const edges: [number, number][] = [];
  mask.columns.forEach((column, index) => {
    for (let edge = mask.offsets[index]; edge < mask.offsets[index + 1]; edge++) {
      edges.push([column, mask.rows[edge]]);
    }
  });
  const builder = maskBuilder(mask.inputs, mask.outputs);
  const sorted = change(edges).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [column, row] of sorted) builder.keep(column, row);
  return builder.finish();
}

function withMask(ticket: BaselineTicket, t: number, mask: SparseMask): BaselineTicket {
  return { ...ticket, mask: (layer) => (layer === t ? mask : ticket.mask(layer)) };
}

describe.each(specimens)('$name', ({ found }) => {
  const { ticket, certificate, compared } = found;
  const model = { network };

  it('is proved with its error bound, which no attack exceeds', () => {
    const verdict = verifyBaselineTicket(ticket, { model });
    expect(verdict).toMatchObject({ equal: true, proved: true, modelMatches: true });
    expect(verdict.epsilon).toBe(certificate.decimal);
    const result = attack(compared.network, compared.target, MIXED_BOX, {
      bound: certificate.epsilon,
      evaluations: 1500,
    });
    expect(result.violated).toBe(false);
    expect(verifyBaselineTicket(ticket)).toMatchObject({ proved: true, modelMatches: null });
  });

  it('runs as what was proved: exactly, in float64 and folded', () => {
    const program = compileBaseline(ticket);
    const inputs = randomInputs(40, 5);
    const exact = runWeightedExact(program, inputs, 40).map(exactToNumber);
    const float = weightedEngine(program)(inputs, 40);
    const folded = evaluateNetwork(effectiveNetwork(ticket.effective), inputs);
    const wanted = evaluateNetwork(network, inputs);
    exact.forEach((value, index) => {
      expect(float[index]).toBeCloseTo(value, 9);
      expect(folded[index]).toBeCloseTo(value, 9);
      expect(Math.abs(value - wanted[index])).toBeLessThanOrEqual(certificate.epsilon + 1e-12);
    });
  });

  it('is refused with an edge less, naming block and neuron', () => {
    for (const t of [2, 4]) {
      const mask = toSparse(ticket.mask(t));
      for (let at = 0; at < mask.rows.length; at += 3) {
        const row = mask.rows[at];
        const less = changed(mask, (edges) => edges.filter((_, index) => index !== at));
        const { failure, proved } = verifyBaselineTicket(withMask(ticket, t, less));
        expect(proved).toBe(false);
        expect(failure).toMatchObject({ block: t / 2, layer: t, neuron: row });
      }
    }
  });

  it('is refused with a hidden edge less, or with two edges into a hidden neuron', () => {
    const mask = toSparse(ticket.mask(1));
    const less = changed(mask, (edges) => edges.slice(1));
    expect(verifyBaselineTicket(withMask(ticket, 1, less)).proved).toBe(false);
    const [column, row] = [mask.columns[0], mask.rows[0]];
    const other = (column + 1) % mask.inputs;
    const more = changed(mask, (edges) => [...edges, [other, row]]);
    expect(verifyBaselineTicket(withMask(ticket, 1, more)).failure).toMatchObject({
      block: 1,
      layer: 1,
      neuron: row,
      reason: expect.stringContaining('two incoming edges'),
    });
  });

  it('is refused with another seed, weight, scale or constant', () => {
    const refused = (change: Partial<BaselineTicket>): void => {
      const verdict = verifyBaselineTicket({ ...ticket, ...change }, { model });
      expect(verdict.proved).toBe(false);
      expect(verdict.failure?.reason).not.toBe('');
    };
    refused({ seed: ticket.seed + 1n });
    const { effective } = ticket;
    const [first, ...others] = effective.matrices;
    const entries = Array.from({ length: first.rows * first.columns }, (_, index) =>
      bigEntry(first, index),
    );
    entries[1] += 1n;
    const matrices = [integerMatrix(first.rows, first.columns, entries), ...others];
    refused({ effective: { ...effective, matrices } });
    const scaleExponents = effective.scaleExponents.map((exponent) => exponent + 4);
    refused({ effective: { ...effective, scaleExponents } });
  });

  it('is refused for an error it does not keep, another domain and another model', () => {
    const precision = { ...ticket.precision, certified: '0.0000001' };
    const claimed = verifyBaselineTicket({ ...ticket, precision }, { model });
    expect(claimed).toMatchObject({ equal: true, proved: false });
    expect(claimed.failure?.reason).toContain('does not hold');
    const domain = { kind: 'ball', radius: 1 } as const;
    const signs = verifyBaselineTicket({ ...ticket, domain });
    expect(signs.failure?.reason).toContain('the domain does not say so');
    const other = { network: smallNetwork(4) };
    expect(verifyBaselineTicket(ticket, { model: other }).proved).toBe(false);
    const shape = verifyBaselineTicket(ticket, {
      model: { network: { ...network, layers: network.layers.slice(1) } },
    });
    expect(shape.failure?.reason).toContain('the model is 3-2');
    const digest = verifyBaselineTicket(ticket, { model: { network, sha256: '0'.repeat(64) } });
    expect(digest.failure?.reason).toContain('SHA-256');
  });

  it('is not refused for a defect of the checker: that is thrown', () => {
    const defect = new RangeError('Invalid array length');
    const broken = {
      ...network,
      get layers(): never {
        throw defect;
      },
    };
    expect(() => verifyBaselineTicket(ticket, { model: { network: broken } })).toThrow(defect);
  });
});

describe('effective weights', () => {
  it('are the sums of products over kept paths, in BigInts where float64 does not suffice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.nat(1000), (bits, seed) => {
        const distribution = { kind: 'hyperbolic', least: -3 * bits, most: 2, bits } as const;
        const random = randomStream(seed);
        const first = maskBuilder(2, 8);
        for (let row = 0; row < 8; row += 2) first.keep(0, row);
        for (let row = 1; row < 8; row += 2) first.keep(1, row);
        const second = maskBuilder(8, 2);
        for (let column = 0; column < 8; column++) {
          for (let row = 0; row < 2; row++) if (random() < 0.7) second.keep(column, row);
        }
        const masks = [first.finish(), second.finish()];
        const steps = effectiveMatrices({
          seed: BigInt(seed),
          shape: layeredShape([2, 8, 2], [2]),
          distributions: [distribution, distribution],
          inputSigns: ['signed', 'nonnegative'],
          constant: false,
          mask: (t) => masks[t - 1],
        });
        const computed = complete(steps);
        if (!computed.computed) throw new Error(computed.failure.reason);
        // The pruned source on unit inputs, executed in float64 without any of the checker's code.
        const ticket = {
          seed: BigInt(seed),
          shape: layeredShape([2, 8, 2], [2]),
          distributions: [distribution, distribution],
          mask: (t: number) => masks[t - 1],
          kind: 'baseline',
          domain: { kind: 'all' },
          precision: {},
          kept: masks.map(keptCount),
          effective: {
            matrices: computed.matrices,
            places: [2 * (bits + 3 * bits)],
            scaleExponents: [0],
            constant: false,
            activation: 'identity',
            inputSigns: ['signed', 'nonnegative'],
          },
        } as unknown as BaselineTicket;
        const run = weightedEngine(compileBaseline(ticket));
        const outputs = evaluateNetwork(
          effectiveNetwork(ticket.effective),
          Float64Array.of(1, 0, -1, 0, 0, 1),
        );
        run(Float64Array.of(1, 0, -1, 0, 0, 1), 3).forEach((value, index) => {
          expect(outputs[index]).toBeCloseTo(value, 9);
        });
      }),
      { numRuns: 40 },
    );
  });
});
