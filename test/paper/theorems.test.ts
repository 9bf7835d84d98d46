/** Theorems 1 and 2, Corollary 1 and Proposition 1, executed end to end in random sources. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { type ExactValue, runExact } from '../../src/inference/exact.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { bigEntry, type IntegerNetwork } from '../../src/integer/integer-network.js';
import type { NetworkClass } from '../../src/integer/network-class.js';
import { truncateDecimal } from '../../src/integer/quantize.js';
import { paperPlaces, quantizePaper } from '../../src/precision/paper.js';
import { propagate } from '../../src/proof/propagate.js';
import type { LayerMask } from '../../src/source/mask.js';
import { blockEndsOf, widthsOf } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import type { Activation, InputSign } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';
import { findInteger, integersOf, programOf } from '../pruned-sources.js';
import { ballPoints, rowDirections, unitNormNetwork, within } from './unit-ball.js';

const signed = (count: number): InputSign[] => Array.from({ length: count }, () => 'signed');

describe('Theorem 1', () => {
  const cases: readonly (readonly [dimensions: readonly number[], epsilon: number])[] = [
    [[1, 2, 1], 0.1],
    [[2, 3, 2], 0.5],
    [[3, 2, 2, 1], 0.3],
    [[2, 2], 0.01],
  ];
  for (const [index, [dimensions, epsilon]] of cases.entries()) {
    it(`${dimensions.join('-')} within ${epsilon} on the unit ball, through the pruned source`, () => {
      const network = unitNormNetwork(dimensions, 100 + index);
      const target = quantizePaper(network, epsilon, network.domain);
      const { ticket, masks, source, assignments, inputSigns } = findInteger(
        target,
        signed(dimensions[0]),
      );
      const mask = (t: number): LayerMask => masks[t - 1];
      const proof = propagate({ source, mask, target, inputSigns, assignments });
      expect(proof).toMatchObject({ equal: true });

      // Depth: floor(log2 10^p) + 1 layers at most for each of the l, the scale 10^-(p l) at the end.
      const digits = paperPlaces(network, epsilon);
      const perBlock = Math.floor(digits * Math.log2(10)) + 1;
      expect(masks.length).toBeLessThanOrEqual(perBlock * network.layers.length);
      expect(target.scale).toEqual({ base: 10, exponent: digits * network.layers.length });

      const program = compileTicket(ticket);
      const random = randomStream(index);
      const points = [
        ...ballPoints(dimensions[0], random, 30),
        ...rowDirections(network.layers[0]),
      ];
      const outputs = runExact(program, Float64Array.from(points.flat()), points.length);
      for (const [sample, point] of points.entries()) {
        const values = outputs.slice(sample * program.outputs, (sample + 1) * program.outputs);
        expect(within(evaluateExactly(network, point), values, epsilon)).toBe(true);
      }
    });
  }

  it('needs its last scale: without it the outputs are integers on integer inputs', () => {
    const network = unitNormNetwork([2, 2], 4);
    const target = quantizePaper(network, 0.1, network.domain);
    const unscaled = {
      ...target,
      fractionalPlaces: [0],
      scale: { base: 10 as const, exponent: 0 },
    };
    const { ticket } = findInteger(unscaled, signed(2));
    for (const { denominator } of runExact(
      compileTicket(ticket),
      Float64Array.of(1, -1, 0, 1),
      2,
    )) {
      expect(denominator).toBe(1n);
    }
  });
});

describe('Theorem 2', () => {
  const networkClass: NetworkClass = {
    dimensions: [2, 3, 2],
    constant: false,
    bits: [4, 3],
    inputSigns: ['signed', 'signed'],
  };
  const plan = diamond.plan(networkClass, 1e-6);
  const source = createSource(2n, plan.shape);

  it('one random source holds every integer network of its class, exactly', () => {
    const entry = (bits: number) => fc.integer({ min: 1 - 2 ** bits, max: 2 ** bits - 1 });
    const matrix = (rows: number, columns: number, bits: number) =>
      fc.array(fc.array(entry(bits), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      });
    const input = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(
        matrix(3, 2, 4),
        matrix(2, 3, 3),
        fc.constantFrom<Activation>('relu', 'identity'),
        fc.array(input, { minLength: 6, maxLength: 6 }),
        (first, second, activation, inputs) => {
          const target = integersOf([first, second], activation);
          const masks: LayerMask[] = [];
          const finding = diamond.find(target, source, plan, (_, mask) => masks.push(mask));
          if (!finding.found) throw new Error(finding.unmet.demand);
          const { assignments } = finding;
          const claim = { source, masks, target, inputSigns: signed(2), assignments };
          const proof = propagate({ ...claim, mask: (t) => masks[t - 1] });
          expect(proof).toMatchObject({ equal: true });
          const batch = Float64Array.from(inputs);
          expect(runExact(programOf(claim), batch, 3)).toEqual(runFoldedExact(target, batch, 3));
        },
      ),
      { seed: 22, numRuns: 25 },
    );
  });

  it('depth l (n+1), every weight of the source +1 or -1', () => {
    expect(widthsOf(plan.shape)).toHaveLength(1 + 4 + 3);
    expect(blockEndsOf(plan.shape)).toEqual([4, 7]);
    const signs = source.layer(3);
    for (let row = 0; row < 200; row++) expect([1, -1]).toContain(signs.sign(17, row));
  });
});

describe('Corollary 1', () => {
  /** The network with p decimal digits, evaluated as such; its sign is what must be kept. */
  function withoutScale(target: IntegerNetwork): IntegerNetwork {
    return {
      ...target,
      fractionalPlaces: target.fractionalPlaces.map(() => 0),
      scale: { base: 10, exponent: 0 },
    };
  }
  const signOf = ({ numerator }: ExactValue): number =>
    Number(numerator > 0n) - Number(numerator < 0n);

  it('the sign and the arg max of a p-digit network need no scale', () => {
    for (let seed = 0; seed < 6; seed++) {
      const dimensions = [2, 3, 1 + (seed % 3)];
      const real = randomNetwork({ dimensions, seed, bits: 4, places: 4, biases: false });
      const decimal = truncateDecimal(real, 2);
      const target = withoutScale(decimal);
      const { ticket } = findInteger(target, signed(2), 1e-3, BigInt(seed));
      const program = compileTicket(ticket);
      expect(program.scale.exponent).toBe(0);

      const random = randomStream(seed);
      const batch = Float64Array.from({ length: 2 * 40 }, () => random() * 4 - 2);
      const pruned = runExact(program, batch, 40);
      const scaled = runFoldedExact(decimal, batch, 40);
      expect(pruned.map(signOf)).toEqual(scaled.map(signOf));
      // 10^(2l) times the outputs, so the order among the classes is the same as well.
      for (const [index, { numerator, denominator }] of pruned.entries()) {
        const { numerator: expected, denominator: scale } = scaled[index];
        expect(numerator * scale).toBe(expected * denominator * 10n ** 4n);
      }
      const argMax = (values: readonly ExactValue[], from: number): number => {
        const row = values.slice(from, from + program.outputs).map(({ numerator }) => numerator);
        return row.findIndex((value) => row.every((other) => other <= value));
      };
      for (let sample = 0; sample < 40; sample++) {
        const from = sample * program.outputs;
        expect(argMax(pruned, from)).toBe(argMax(scaled, from));
      }
      // Both classes occur, or the comparison would say nothing.
      expect(new Set(pruned.map(signOf)).size).toBeGreaterThan(1);
      expect(bigEntry(target.matrices[0], 0)).toBe(bigEntry(decimal.matrices[0], 0));
    }
  });
});

describe('Proposition 1', () => {
  /** Coefficients `s(sum_j v_j w_j)` that m hidden neurons reach, with or without zeros. */
  function reachable(m: number, pruned: boolean): Set<number> {
    const steps = pruned ? [-1, 0, 1] : [-1, 1];
    let sums = new Set([0]);
    for (let neuron = 0; neuron < m; neuron++) {
      sums = new Set([...sums].flatMap((sum) => steps.map((step) => sum + step)));
    }
    return new Set([...sums].map((sum) => Math.max(0, sum)));
  }

  it('s(sum_i i x_i) is reached by pruning width d, and not by signs alone, from d = 2 on', () => {
    for (let d = 2; d <= 8; d++) {
      const wanted = Array.from({ length: d }, (_, index) => index + 1);
      const pruned = reachable(d, true);
      const unpruned = reachable(d, false);
      expect(wanted.every((coefficient) => pruned.has(coefficient))).toBe(true);
      expect(wanted.every((coefficient) => unpruned.has(coefficient))).toBe(false);
    }
  });

  it('slips: it fails at d = 1; x_d has coefficient d; what is out of reach is i != d mod 2', () => {
    expect(reachable(1, false).has(1)).toBe(true);
    for (let d = 1; d <= 8; d++) {
      const unpruned = reachable(d, false);
      // The coefficient of x_d, which the proof calls d-1 and out of reach: it is d, and reached.
      expect(unpruned.has(d)).toBe(true);
      for (let i = 1; i <= d; i++) expect(unpruned.has(i)).toBe((d - i) % 2 === 0);
    }
  });
});
