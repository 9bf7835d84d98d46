import { describe, expect, it } from 'vitest';
import { bitLength } from '../../src/core/dyadic.js';
import { layeredShape, maskSizes } from '../../src/source/shape.js';
import { maskEntropyBits, ticketEntropyBits } from '../../src/ticket/mask-entropy.js';

/** `log2` of a positive integer from its leading bits. */
function bigLog2(value: bigint): number {
  const shift = Math.max(0, bitLength(value) - 60);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}

function exactEntropy(positions: bigint, kept: number): number {
  let numerator = 1n;
  let denominator = 1n;
  for (let index = 0n; index < BigInt(kept); index++) {
    numerator *= positions - index;
    denominator *= index + 1n;
  }
  return bigLog2(numerator / denominator);
}

describe('maskEntropyBits', () => {
  it('is the logarithm of the binomial coefficient, exactly counted', () => {
    for (const [inputs, outputs] of [
      [1, 1],
      [2, 3],
      [7, 5],
      [10, 10],
      [31, 33],
    ] as const) {
      for (let kept = 0; kept <= Math.min(inputs * outputs, 400); kept += kept < 40 ? 1 : 37) {
        const exact = exactEntropy(BigInt(inputs * outputs), kept);
        expect(Math.abs(maskEntropyBits(inputs, outputs, kept) - exact)).toBeLessThan(
          1e-13 * exact + 1e-12,
        );
      }
    }
  });

  it('stays exact for few edges of up to 2^64', () => {
    for (const width of [2 ** 20, 2 ** 27 + 1, 2 ** 32 - 1]) {
      for (const kept of [1, 2, 17, 18, 19, 1000, 4096]) {
        const exact = exactEntropy(BigInt(width) ** 2n, kept);
        expect(Math.abs(maskEntropyBits(width, width, kept) / exact - 1)).toBeLessThan(1e-14);
      }
    }
  });

  it('agrees with values computed to 50 digits', () => {
    for (const [width, kept, bits] of REFERENCE) {
      expect(Math.abs(maskEntropyBits(width, width, kept) / bits - 1)).toBeLessThan(1e-14);
    }
  });

  it('is symmetric, zero at the ends, and refuses impossible counts', () => {
    expect(maskEntropyBits(100, 7, 0)).toBe(0);
    expect(maskEntropyBits(100, 7, 700)).toBe(0);
    expect(maskEntropyBits(100, 7, 699)).toBe(maskEntropyBits(7, 100, 1));
    for (const kept of [-1, 0.5, 701, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => maskEntropyBits(100, 7, kept)).toThrow(RangeError);
    }
  });

  it('adds up over layers', () => {
    const sum = maskEntropyBits(3, 40, 9) + maskEntropyBits(40, 8, 100);
    expect(ticketEntropyBits(maskSizes(layeredShape([3, 40, 8])), [9, 100])).toBe(sum);
  });
});

/** Width of a square layer, kept edges, bits; by a 50-digit log-gamma. */
const REFERENCE: readonly (readonly [number, number, number])[] = [
  [1340, 538680, 1582435.3506624133],
  [1000, 1000, 11401.4496987378],
  [100000, 5000000000, 9999999983.064611],
  [7000000, 11000, 368440.54895515746],
  [4294967295, 1000000, 45511115.17936047],
  [4294967295, 1000000000000, 25579557862443.223],
  [4294967295, 9007199254740991, 1.1207066045677954e17],
  [12345, 76000000, 152398257.44414023],
];
