/** Numbers as people write them. */
import { describe, expect, it } from 'vitest';
import { formatTick, powerOfTen, shortNumber, shortTime } from '../../src/figures/numbers.js';

describe('numbers in figures', () => {
  it.each([
    [1234567, '1,234,567'],
    [0.1 + 0.2, '0.3'],
    [-1500, '−1,500'],
    [0, '0'],
    [-0, '0'],
    [0.000012, '0.000012'],
    [6.6e-12, '6.6·10⁻¹²'],
    [-2e21, '−2·10²¹'],
  ])('a tick of %d is %s', (value, text) => {
    expect(formatTick(value)).toBe(text);
  });

  it('writes powers of ten', () => {
    expect([-3, 0, 12].map(powerOfTen)).toEqual(['10⁻³', '10⁰', '10¹²']);
  });

  it.each([
    [358, '358'],
    [28268, '28,268'],
    [79510, '79,510'],
    [99999, '100 thousand'],
    [725143, '725 thousand'],
    [999_999, '1 million'],
    [40461398, '40.5 million'],
    [54906000600, '54.9 billion'],
    [1.95e14, '195 trillion'],
    [1.8e17, '1.8·10¹⁷'],
    [9.999e15, '1·10¹⁶'],
    [0.0033, '0.0033'],
    [0.00950712, '0.00951'],
    [4.59e-7, '4.6·10⁻⁷'],
  ])('%d is short as %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  it.each([
    [8.6, '8.6 µs'],
    [999.7, '1 ms'],
    [6071, '6.07 ms'],
    [999_600, '1 s'],
    [2.5e6, '2.5 s'],
  ])('%d µs are %s', (value, text) => {
    expect(shortTime(value)).toBe(text);
  });
});
