/** The constants in the code of `docs/checker.md` are those that unearth computes with. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { portableLog } from '../../src/core/portable-math.js';
import { halfNormalQuantile } from '../../src/source/normal.js';
import { threefry2x32, threefrySecondWord } from '../../src/source/threefry.js';
import { layerWeights } from '../../src/source/weights.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/checker.md', import.meta.url)), 'utf8');

/** The lists of numbers that are assigned to a name. */
function lists(name: string): number[][] {
  const start = page.indexOf(`    ${name} = `);
  const text = page.slice(start, page.indexOf(name === 'C' ? ']' : '])', start) + 1);
  return [...text.matchAll(/\[([^[\]]*)\]/g)].map(([, numbers = '']) =>
    numbers.split(',').map(Number),
  );
}

function horner(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((total, coefficient) => total * x + coefficient, 0);
}

function ratio(x: number, name: string): number {
  const [numerator = [], denominator = []] = lists(name);
  expect(numerator.length).toBe(8);
  expect(denominator.length).toBe(8);
  return horner(x, numerator) / horner(x, denominator);
}

describe('the page for writers of checkers', () => {
  it('gives the coefficients of the half-normal quantile', () => {
    for (let p = 2 ** -33; p < 1 - 2 ** -33; p += 0.00097) {
      const q = p / 2;
      const r = Math.sqrt(-portableLog((1 - p) / 2));
      const value = q <= 0.425 ? q * ratio(0.180625 - q * q, 'CENTRE') : ratio(r - 1.6, 'MIDDLE');
      expect(value).toBe(halfNormalQuantile(p));
    }
    for (const tail of [1e-11, 1e-12, 1e-14]) {
      const p = 1 - tail;
      const r = Math.sqrt(-portableLog((1 - p) / 2));
      expect(r).toBeGreaterThan(5);
      expect(ratio(r - 5, 'TAIL')).toBe(halfNormalQuantile(p));
    }
  });

  it('gives the coefficients of the exponential of hyperbolic weights', () => {
    const [coefficients = []] = lists('C');
    expect(coefficients.length).toBe(12);
    const distribution = { kind: 'hyperbolic', least: -7, most: 3, bits: 24 } as const;
    const weights = layerWeights(5n, 3, distribution);
    const k0 = threefry2x32(5, 0, 3, 1);
    const k1 = threefrySecondWord();
    for (let edge = 0; edge < 2000; edge++) {
      const x = threefry2x32(k0, k1, edge, 7) >>> 0;
      const y = threefrySecondWord() >>> 0;
      const z = (x >>> 1) / 2 ** 31;
      const total = coefficients.reduceRight((sum, coefficient) => (sum + coefficient) * z, 0);
      const exponent = -7 + Number((BigInt(y) * 10n) >> 32n);
      const magnitude = (1 + Math.floor(total * 2 ** 24) / 2 ** 24) * 2 ** exponent;
      expect(weights.weight(edge, 7)).toBe(x & 1 ? magnitude : -magnitude);
    }
  });

  it('gives the constants of the logarithm', () => {
    expect(page).toContain(`exponent * ${Math.LN2} +`);
    expect(page).toContain(`mantissa > ${Math.SQRT2}:`);
  });
});
