/** The hypotheses of Lemma 2: each is checked, and refused with its place and reason. */
import { describe, expect, it } from 'vitest';
import { dyadic } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { checkPaperHypotheses, paperPlaces, quantizePaper } from '../../src/precision/paper.js';
import { insideUnitBall } from '../../src/precision/paper-claim.js';
import { type ExactArray, exactArray } from '../../src/target/exact-array.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Layer, Network } from '../../src/target/network.js';

const ball: Domain = { kind: 'ball', radius: 1 };

function layer(outputs: number, inputs: number, weights: readonly number[] | ExactArray): Layer {
  return denseLayer({
    inputs,
    outputs,
    weights,
    activation: 'relu',
  });
}

function network(...layers: Layer[]): Network {
  return { layers, domain: { kind: 'all' } };
}

function box(lower: number[], upper: number[]): Domain {
  return { kind: 'box', lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

const good = network(layer(2, 2, [0.5, 0.25, -0.5, 0.125]), layer(1, 2, [0.5, 0.5]));

function refusal(target: Network, epsilon: number, domain: Domain): InputError {
  try {
    checkPaperHypotheses(target, epsilon, domain);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe("the paper's hypotheses", () => {
  it('are accepted where they hold', () => {
    expect(() => checkPaperHypotheses(good, 0.1, ball)).not.toThrow();
    const integers = quantizePaper(good, 0.1, ball);
    // d^2 l / epsilon = 4 * 2 / 0.1, two digits.
    expect(integers.fractionalPlaces).toEqual([2, 2]);
    expect(integers.matrices[0].values).toEqual(Float64Array.of(50, 25, -50, 12));
    expect(integers.scale).toEqual({ base: 10, exponent: 4 });
    expect(integers.constant).toBe(false);
  });

  it('biases, those too that are 0 in float64', () => {
    const [first, second] = good.layers;
    const tiny = { values: new Float64Array(1), exact: new Map([[0, dyadic(1n, -2000)]]) };
    const hidden = network(first, { ...second, bias: tiny });
    expect(refusal(hidden, 0.1, ball)).toMatchObject({ place: 'layer 2', problem: /biases/ });
    const biased = network(first, { ...second, bias: exactArray(Float64Array.of(0.1)) });
    expect(refusal(biased, 0.1, ball)).toMatchObject({ place: 'layer 2', problem: /biases/ });
  });

  it('a spectral norm above 1, with the norm', () => {
    const tall = network(good.layers[0], layer(1, 2, [0.9, 0.9]));
    expect(refusal(tall, 0.1, ball)).toMatchObject({
      place: 'layer 2',
      problem: /spectral norm is at least 1\.27279, above 1/,
    });
  });

  it('a spectral norm too close to 1 to decide', () => {
    // A rotation: norm 1 up to rounding.
    const rotation = network(layer(2, 2, [Math.cos(1), Math.sin(1), -Math.sin(1), Math.cos(1)]));
    expect(refusal(rotation, 0.1, ball)).toMatchObject({
      place: 'layer 1',
      problem: /too close to 1/,
    });
  });

  it('weights that exceed float64', () => {
    const exact = new Map([[0, dyadic(2n ** 60n + 1n, -62)]]);
    const values = Float64Array.of(0.25, 0.25, -0.5, 0.125);
    expect(refusal(network(layer(2, 2, { values, exact })), 0.1, ball)).toMatchObject({
      place: 'layer 1',
      problem: /exceed float64/,
    });
  });

  it('a domain outside the unit ball', () => {
    const outside: Domain[] = [
      { kind: 'all' },
      { kind: 'ball', radius: 1.0000000001 },
      box([0, 0], [1, 1]),
      box([-1, -1e-9], [0, 0]),
    ];
    for (const domain of outside) {
      expect(refusal(good, 0.1, domain)).toMatchObject({ place: 'domain', problem: /unit ball/ });
      expect(insideUnitBall(domain)).toBe(false);
    }
    const inside: Domain[] = [ball, { kind: 'ball', radius: 0.5 }, box([-1, 0], [1, 0])];
    for (const domain of inside) expect(insideUnitBall(domain)).toBe(true);
    // 0.6^2 + 0.8^2 of the float64s next to 0.6 and 0.8 is just above 1.
    expect(insideUnitBall(box([0, 0], [0.6, 0.8]))).toBe(false);
    expect(insideUnitBall(box([0, 0], [0.59, 0.8]))).toBe(true);
  });

  it('width 1 everywhere, and epsilon beyond the repaired proof', () => {
    const thin = network(layer(1, 1, [0.5]));
    expect(refusal(thin, 0.1, ball)).toMatchObject({ place: 'network', problem: /width 1/ });
    for (const epsilon of [0, -1, 2.6, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkPaperHypotheses(good, epsilon, ball)).toThrow(UsageError);
    }
  });

  it('every refusal says what to do instead', () => {
    expect(refusal(good, 0.1, { kind: 'all' }).remedy).toMatch(/losslessly, or with option "bits"/);
  });
});

describe('paperPlaces', () => {
  it('is ceil(log10(d^2 l/epsilon)), decided exactly at the steps', () => {
    const square = (d: number): Network => network(layer(d, d, new Array(d * d).fill(0)));
    expect(paperPlaces(square(10), 1)).toBe(2);
    expect(paperPlaces(square(10), 0.999999)).toBe(3);
    // The float64 next to 0.1 lies above 0.1, the one next to 0.001 too, the one next to 0.3 below.
    expect(paperPlaces(square(10), 0.1)).toBe(3);
    expect(paperPlaces(square(10), 0.001)).toBe(5);
    expect(paperPlaces(square(10), 2 ** -1074)).toBe(326);
    expect(paperPlaces(good, 0.08)).toBe(2);
    expect(paperPlaces(good, 0.07999999)).toBe(3);
  });
});
