/** Slips that executing the paper brings up (docs/slips.md lists them), each as a small computation. */
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { diamondPlanOf } from '../../src/constructions/diamond/plan.js';
import { runExact } from '../../src/inference/exact.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import type { NetworkClass } from '../../src/integer/network-class.js';
import { truncateDecimal } from '../../src/integer/quantize.js';
import { quantizePaper } from '../../src/precision/paper.js';
import { spectralNormAtMostOne } from '../../src/precision/spectral-norm.js';
import { depthOf, sourceWeights, widthsOf } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { vectors } from '../../src/study/arrangement.js';
import { binomialInterval } from '../../src/study/binomial-interval.js';
import { deterministicSource, findInteger, integersOf, programOf } from '../pruned-sources.js';
import { layerOf, networkOf } from './unit-ball.js';

function squareClass(d: number, layers: number, bits: number): NetworkClass {
  return {
    dimensions: Array.from({ length: layers + 1 }, () => d),
    constant: false,
    bits: Array.from({ length: layers }, () => bits),
    inputSigns: Array.from({ length: d }, () => 'nonnegative'),
  };
}

describe('slips of the paper', () => {
  it('Table 1: "total params" is width x depth, which counts neurons; weights grow by d^2', () => {
    const size = (d: number) => {
      const { shape } = diamond.plan(squareClass(d, 2, 6), 1e-3);
      const depth = depthOf(shape);
      const width = Math.max(...widthsOf(shape));
      return { neurons: width * depth, weights: Number(sourceWeights(shape)) };
    };
    const small = size(10);
    const large = size(160);
    // 16 times the width of the target: neurons 16-fold up to a logarithm, weights 256-fold.
    expect(large.neurons / small.neurons).toBeGreaterThan(16);
    expect(large.neurons / small.neurons).toBeLessThan(32);
    expect(large.weights / small.weights).toBeGreaterThan(256);
    expect(small.weights / small.neurons).toBeGreaterThan(1000);
    // The rows of the table that state an exponent: width times depth gives the column.
    const rows = [
      { width: { d: 2, l: 2, e: -2 }, total: { d: 2, l: 3, e: -2 } },
      { width: { d: 1.5, l: 1, e: -1 }, total: { d: 1.5, l: 2, e: -1 } },
    ];
    for (const { width, total } of rows) expect({ ...width, l: width.l + 1 }).toEqual(total);
  });

  it('Figure 4: the bound |w| < 2^(n+1) - 1 is not tight, w = 2^(n+1) - 1 is reached', () => {
    const target = integersOf([[[7]]]);
    const { source, plan } = deterministicSource(target, ['nonnegative']);
    const masks: Parameters<Parameters<typeof diamond.find>[3]>[1][] = [];
    const finding = diamond.find(target, source, plan, (_, mask) => masks.push(mask));
    expect(finding.found).toBe(true);
    expect(masks).toHaveLength(3);
    const claim = { source, masks, target, inputSigns: ['nonnegative'] as const, assignments: [] };
    expect(runExact(programOf(claim), Float64Array.of(3), 1)[0].numerator).toBe(21n);
  });

  it('Lemma 3: powers from k = 1 make even weights only; k must start at 0', () => {
    const sums = (first: number, last: number): Set<number> => {
      let reached = new Set([0]);
      for (let k = first; k <= last; k++) {
        reached = new Set([...reached].flatMap((sum) => [sum, sum + 2 ** k]));
      }
      return reached;
    };
    expect([...sums(1, 5)].some((sum) => sum % 2 === 1)).toBe(false);
    expect([...sums(0, 5)].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, w) => w));
  });

  it('log is base 10 for digits and base 2 for powers: p digits need 3.32 p layers, not p', () => {
    for (const p of [1, 2, 5, 10]) {
      const largest = 10n ** BigInt(p);
      const plan = diamond.plan({ ...squareClass(1, 1, largest.toString(2).length) }, 0.5);
      const hidden = widthsOf(plan.shape).length - 2;
      expect(hidden).toBe(Math.floor(p * Math.log2(10)));
      // p hidden layers would reach only 2^(p+1) - 1.
      expect(2n ** BigInt(p + 1) - 1n < largest).toBe(true);
    }
  });

  it("Lemma 7: the stated width lacks Theorem 2's factor log |W|", () => {
    const widthOver = (bits: number): number => {
      const plan = diamond.plan(squareClass(4, 2, bits), 1e-3);
      const log = Math.log((4 * 2 * (bits - 1) ** 2) / 1e-3);
      return Math.max(...widthsOf(plan.shape)) / (4 * log);
    };
    const ratios = [8, 16, 32, 64].map((bits) => widthOver(bits) / bits);
    // Over d log(d l log^2 W / delta) the width still grows with log W; over Theorem 2's, it does not.
    expect(widthOver(64) / widthOver(8)).toBeGreaterThan(5);
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(1.5);
  });

  it('Lemma 2: truncation can raise a spectral norm above 1, which the printed proof excludes', () => {
    const weights = [0.8033, -0.4001, 0.0916, 0.8147];
    const network = networkOf(layerOf(2, 2, weights));
    const epsilon = 2.5;
    // One digit, and every hypothesis of Lemma 2 is checked here.
    const { matrices, fractionalPlaces } = quantizePaper(network, epsilon, network.domain);
    expect(fractionalPlaces).toEqual([1]);
    const truncated = Float64Array.from(
      matrices[0].values as ArrayLike<number | bigint>,
      (value) => Number(value) / 10,
    );
    expect([...truncated]).toEqual([0.8, -0.4, 0, 0.8]);
    const norm = spectralNormAtMostOne({ rows: 2, columns: 2, values: truncated });
    expect(norm).toMatchObject({ verdict: 'fails' });
    expect(norm).toHaveProperty('atLeast', expect.closeTo(1.0246, 4));
    // What the repaired proof uses instead, 1 + epsilon/(d l), holds.
    const repaired = truncated.map((value) => value / (1 + epsilon / 2));
    expect(spectralNormAtMostOne({ rows: 2, columns: 2, values: repaired })).toEqual({
      verdict: 'holds',
    });
    // And its sum over the layers stays below epsilon for d >= 2, epsilon <= 2.5, any depth.
    for (let l = 1; l <= 1000; l++) expect((1 + epsilon / (2 * l)) ** l - 1).toBeLessThan(epsilon);
  });

  it('Lemma 9: the printed g^ lacks its outer 1^T s', () => {
    const layer = layerOf(2, 2, [0.5, 0, 0, 0.5]);
    const input = Float64Array.of(0.5, 0.5);
    const whole = networkOf(layer, layerOf(1, 2, [1, 1]));
    // As printed: a vector of two outputs, 1/4 each, for a number that is 1/2; nothing is rounded here.
    const printed = runFoldedExact(truncateDecimal(networkOf(layer), 2), input, 1);
    const corrected = runFoldedExact(truncateDecimal(whole, 2), input, 1);
    const value = (index: number, from: typeof printed): number =>
      Number(from[index].numerator) / Number(from[index].denominator);
    expect(printed).toHaveLength(2);
    expect([value(0, printed), value(1, printed)]).toEqual([0.25, 0.25]);
    expect(corrected).toHaveLength(1);
    expect(value(0, corrected)).toBe(0.5);
  });

  it('Figure 4 and Lemma 3: f_k^+ + f_k^- is 0, so their sum is no ±sum of powers until pruned', () => {
    // f^+ = 4x and f^- = -4x, both in one pruned source, at points of both signs.
    const found = findInteger(integersOf([[[4], [-4]]]), ['signed']);
    const inputs = Float64Array.of(3, -2, 0.5, -7.25);
    const outputs = runExact(compileTicket(found.ticket), inputs, inputs.length);
    inputs.forEach((x, sample) => {
      const [plus, minus] = outputs.slice(2 * sample, 2 * sample + 2);
      expect(Number(plus.numerator) / Number(plus.denominator)).toBe(4 * x);
      expect(plus.numerator * minus.denominator + minus.numerator * plus.denominator).toBe(0n);
    });
    // What is meant: every sum of powers times a choice of one of 2^k x, -2^k x and nothing.
    const sums = (powers: number): Set<number> => {
      let reached = new Set([0]);
      for (let k = 0; k < powers; k++) {
        reached = new Set([...reached].flatMap((sum) => [sum - 2 ** k, sum, sum + 2 ** k]));
      }
      return reached;
    };
    expect(sums(4).size).toBe(2 * 15 + 1);
  });

  it('Section 3.2.3: c = 10^p is d^2 l / epsilon only where that is a power of ten', () => {
    const network = networkOf(layerOf(2, 2, [0.5, 0, 0, 0.5]));
    const epsilon = 0.5;
    const { scale } = quantizePaper(network, epsilon, network.domain);
    // d^2 l / epsilon = 8: one digit, and the scale epsilon' is 1/10, not (epsilon / d^2 l)^l = 1/8.
    expect(scale).toEqual({ base: 10, exponent: 1 });
    expect(10 ** -scale.exponent).toBeLessThan(epsilon / 4);
  });

  it('Remark 2: floor(log W) layers for one are one too few, and none for W = 1', () => {
    const printed = (largest: number): number => Math.floor(Math.log2(largest));
    for (const bits of [1, 2, 3, 6]) {
      const largest = 2 ** (bits - 1);
      const { shape } = diamond.plan(squareClass(1, 1, bits), 0.5);
      const layers = depthOf(shape);
      expect(layers).toBe(Math.max(1, printed(largest)) + 1);
      // Gadgets of that many weight layers have one hidden layer fewer, and reach less than W.
      if (bits > 2) expect(2 ** printed(largest) - 1).toBeLessThan(largest);
    }
    expect(printed(1)).toBe(0);
  });

  it('Section 3.2.3: the width of the last paragraph lacks the factor d', () => {
    const over = (d: number): number => {
      const bits = 8;
      const { shape } = diamond.plan(squareClass(d, 2, bits), 1e-3);
      const printed = bits * Math.log((d * 2 * bits ** 2) / 1e-3);
      return Math.max(...widthsOf(shape)) / printed;
    };
    expect(over(80) / over(8)).toBeGreaterThan(9);
    expect(over(80) / over(8)).toBeLessThan(12);
  });

  it('Proposition 1: fails at d = 1; x_d has coefficient d, which is reached; i != d mod 2 is not', () => {
    for (let d = 1; d <= 6; d++) {
      const reached = new Set(
        vectors([-1, 1], d).map((signs) =>
          Math.max(
            0,
            signs.reduce((sum, sign) => sum + sign, 0),
          ),
        ),
      );
      for (let i = 1; i <= d; i++) expect(reached.has(i)).toBe((d - i) % 2 === 0);
      const all = Array.from({ length: d }, (_, index) => index + 1);
      expect(all.every((i) => reached.has(i))).toBe(d === 1);
    }
  });

  it("Lemma 7, proof: (1/2)^4 is a gadget's edges inside; with its output edges it is (1/2)^6", () => {
    // Over many candidates of a real source: the share with all incoming edges, and with both outgoing.
    const plan = diamondPlanOf(squareClass(1, 1, 3), 4000);
    const source = createSource(5n, plan.shape);
    const pairs = 4000;
    const into = source.layer(2);
    const out = source.layer(3);
    let inside = 0;
    let both = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const neurons = [2 * pair, 2 * pair + 1];
      const incoming = neurons.every((to) => [0, 1].every((from) => into.sign(from, to) === 1));
      if (!incoming) continue;
      inside++;
      if (neurons.every((from) => out.sign(from, 0) === 1)) both++;
    }
    const { low, high } = binomialInterval(inside, pairs, 0.999);
    expect(low).toBeLessThan(1 / 16);
    expect(high).toBeGreaterThan(1 / 16);
    const whole = binomialInterval(both, pairs, 0.999);
    expect(whole.high).toBeLessThan(1 / 16);
    expect(whole.low).toBeLessThan(1 / 64);
    expect(whole.high).toBeGreaterThan(1 / 64);
  });
});
