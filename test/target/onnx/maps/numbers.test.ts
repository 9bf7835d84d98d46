/** Numbers that are off anyway: products, sums and roundings are within what is told, or refused. */
import { describe, expect, it } from 'vitest';
import { ExactRangeError, exactArray } from '../../../../src/target/exact-array.js';
import {
  numbers,
  products,
  repeated,
  roundedTo,
  sum,
  sumsOfProducts,
} from '../../../../src/target/onnx/maps/numbers.js';
import { randomStream } from '../../../networks.js';

const off = (values: readonly number[], change: number) =>
  numbers(exactArray(Float64Array.from(values)), change);

describe('numbers of folded kernels', () => {
  it('are exact as long as nothing is off', () => {
    const third = numbers(exactArray(Float64Array.of(1 / 3)));
    const product = products(
      1,
      third,
      () => 0,
      third,
      () => 0,
    );
    expect(product.change).toBe(0);
    expect(product.array.exact.size).toBe(1);
  });

  it('are floats once something is, off by no more than is told', () => {
    const random = randomStream(5);
    for (let turn = 0; turn < 200; turn++) {
      const truth = Array.from(
        { length: 4 },
        () => (random() - 0.5) * 2 ** Math.floor(random() * 40),
      );
      const change = 2 ** -20;
      // Each is off by half of what it may be.
      const wrong = truth.map((value, k) => value * (1 + (k % 2 === 0 ? 1 : -1) * 2 ** -21));
      const [a, b] = [off(wrong.slice(0, 2), change), off(wrong.slice(2), change)];
      const product = products(
        2,
        a,
        (k) => k,
        b,
        (k) => k,
      );
      const total = sum(a, b);
      const dot = sumsOfProducts(1, a, b, {
        entries: Int32Array.of(0, 0),
        left: Int32Array.of(0, 1),
        right: Int32Array.of(0, 1),
      });
      expect(product.array.exact.size).toBe(0);
      for (const k of [0, 1]) {
        const [p, s] = [truth[k] * truth[k + 2], truth[k] + truth[k + 2]];
        expect(Math.abs(product.array.values[k] - p)).toBeLessThanOrEqual(
          product.change * Math.abs(p),
        );
        expect(Math.abs(total.array.values[k] - s)).toBeLessThanOrEqual(
          Number.isFinite(total.change) ? total.change * Math.abs(s) : Number.POSITIVE_INFINITY,
        );
      }
      const d = truth[0] * truth[2] + truth[1] * truth[3];
      if (Number.isFinite(dot.change)) {
        expect(Math.abs(dot.array.values[0] - d)).toBeLessThanOrEqual(dot.change * Math.abs(d));
      }
    }
  });

  it('know nothing of a difference that cancels', () => {
    const [a, b] = [off([1], 2 ** -20), off([-1], 2 ** -20)];
    expect(sum(a, b).change).toBe(Number.POSITIVE_INFINITY);
  });

  it('are refused where a product leaves the range of what is told', () => {
    const tiny = off([2 ** -600], 2 ** -20);
    const vast = off([2 ** 600], 2 ** -20);
    expect(() =>
      products(
        1,
        tiny,
        () => 0,
        tiny,
        () => 0,
      ),
    ).toThrow(ExactRangeError);
    expect(() =>
      products(
        1,
        vast,
        () => 0,
        vast,
        () => 0,
      ),
    ).toThrow(ExactRangeError);
    const pair = { entries: Int32Array.of(0), left: Int32Array.of(0), right: Int32Array.of(0) };
    expect(() => sumsOfProducts(1, tiny, tiny, pair)).toThrow(ExactRangeError);
  });

  it('round to 24 bits whatever the exponent, and not at all what is exact', () => {
    const random = randomStream(9);
    for (const exponent of [-1000, -140, -127, -20, 0, 30, 126, 127, 500, 1000]) {
      const value = (1 + random()) * 2 ** exponent;
      const { array, change } = roundedTo(off([value], 2 ** -50), 24);
      const [found] = array.values;
      expect(Math.fround(found / 2 ** exponent)).toBe(found / 2 ** exponent);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(2 ** -24 * value);
      expect(change).toBeGreaterThan(2 ** -24);
      expect(roundedTo(off([value], 2 ** -50), 53).array.values[0]).toBe(value);
      expect(roundedTo(numbers(exactArray(Float64Array.of(value))), 24).array.values[0]).toBe(
        value,
      );
    }
    expect(roundedTo(repeated(0, 1), 24).array.values[0]).toBe(0);
  });
});
