/** Verdicts on `|W|_2 <= 1` for matrices whose norm is known, and against exact arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dyadicFromNumber } from '../../src/core/dyadic.js';
import { type RealMatrix, spectralNormAtMostOne } from '../../src/precision/spectral-norm.js';
import { randomStream } from '../networks.js';

function matrixOf(rows: readonly (readonly number[])[]): RealMatrix {
  return { rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) };
}

function scaled(matrix: RealMatrix, factor: number): RealMatrix {
  return { ...matrix, values: matrix.values.map((value) => value * factor) };
}

/** A random orthogonal matrix: Householder reflections, orthogonal to about 1e-15. */
function orthogonal(size: number, random: () => number): number[][] {
  let rows: number[][] = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)),
  );
  for (let reflection = 0; reflection < 3; reflection++) {
    const axis = Array.from({ length: size }, () => random() - 0.5);
    const length = axis.reduce((sum, value) => sum + value * value, 0);
    rows = rows.map((row) => {
      const along = row.reduce((sum, value, index) => sum + value * axis[index], 0);
      return row.map((value, index) => value - (2 * along * axis[index]) / length);
    });
  }
  return rows;
}

/**
 * Exactly: is `I - W W^T` positive semidefinite? Fraction-free (Bareiss) elimination with symmetric
 * pivoting over integers: the leading minors must not turn negative.
 */
function holdsExactly({ rows, columns, values }: RealMatrix): boolean {
  const entries = [...values].map(dyadicFromNumber);
  const shift = Math.max(0, ...entries.map(({ exponent }) => -exponent));
  const integers = entries.map(({ mantissa, exponent }) => mantissa << BigInt(exponent + shift));
  const one = 1n << BigInt(2 * shift);
  const gram = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (__, j) => {
      let sum = i === j ? one : 0n;
      for (let k = 0; k < columns; k++)
        sum -= integers[i * columns + k] * integers[j * columns + k];
      return sum;
    }),
  );
  const left = Array.from({ length: rows }, (_, i) => i);
  let previous = 1n;
  while (left.length > 0) {
    if (left.some((i) => gram[i][i] < 0n)) return false;
    const pivot = left.find((i) => gram[i][i] > 0n);
    // A zero diagonal is semidefinite only if everything left is zero.
    if (pivot === undefined) return left.every((i) => left.every((j) => gram[i][j] === 0n));
    left.splice(left.indexOf(pivot), 1);
    for (const i of left) {
      for (const j of left) {
        gram[i][j] = (gram[i][j] * gram[pivot][pivot] - gram[i][pivot] * gram[pivot][j]) / previous;
      }
    }
    previous = gram[pivot][pivot];
  }
  return true;
}

describe('spectralNormAtMostOne', () => {
  it('exact cases: identity, permutations, signed permutations, zero', () => {
    const cases = [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, -1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [[1]],
      [[-1, 0, 0]],
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      [
        [0.5, 0.5, 0.5, 0.5],
        [0.5, -0.5, 0.5, -0.5],
      ].map((row) => row.map((value) => value * 0.999)),
    ];
    for (const rows of cases) {
      expect(spectralNormAtMostOne(matrixOf(rows))).toEqual({ verdict: 'holds' });
    }
  });

  it('orthogonal matrices, shrunk and stretched by a hair', () => {
    const random = randomStream(1);
    for (let trial = 0; trial < 40; trial++) {
      const matrix = matrixOf(orthogonal(2 + (trial % 12), random));
      const holds = spectralNormAtMostOne(scaled(matrix, 1 - 1e-9));
      expect(holds).toEqual({ verdict: 'holds' });
      const fails = spectralNormAtMostOne(scaled(matrix, 1 + 1e-6));
      expect(fails.verdict).toBe('fails');
      // At 1 itself, up to rounding, either answer but no certain wrong one.
      const edge = spectralNormAtMostOne(matrix);
      expect(edge.verdict).not.toBe('fails');
      if (edge.verdict === 'holds') expect(holdsExactly(matrix)).toBe(true);
    }
  });

  it('rank one: |u v^T| = |u| |v|', () => {
    const random = randomStream(2);
    for (let trial = 0; trial < 60; trial++) {
      const u = Array.from({ length: 1 + (trial % 7) }, () => random() - 0.5);
      const v = Array.from({ length: 1 + (trial % 5) }, () => random() - 0.5);
      const norm = Math.hypot(...u) * Math.hypot(...v);
      const matrix = scaled(matrixOf(u.map((a) => v.map((b) => a * b))), 1 / norm);
      expect(spectralNormAtMostOne(scaled(matrix, 1 - 1e-9)).verdict).toBe('holds');
      const fails = spectralNormAtMostOne(scaled(matrix, 2));
      expect(fails.verdict).toBe('fails');
      expect(fails).toHaveProperty('atLeast', expect.closeTo(2, 6));
    }
  });

  it('never against exact arithmetic, and undecided only next to 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.nat(),
        (rows, columns, size, seed) => {
          const random = randomStream(seed);
          const values = Float64Array.from(
            { length: rows * columns },
            () => size * (random() - 0.5),
          );
          const matrix = { rows, columns, values };
          const { verdict } = spectralNormAtMostOne(matrix);
          expect(verdict).toBe(holdsExactly(matrix) ? 'holds' : 'fails');
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it('finds the growth where W maps the vector of ones to 0', () => {
    const matrix = matrixOf([
      [1, -1],
      [-1, 1],
    ]);
    expect(spectralNormAtMostOne(matrix)).toMatchObject({ verdict: 'fails' });
    expect(spectralNormAtMostOne(matrix)).toHaveProperty('atLeast', expect.closeTo(2, 6));
  });

  it('far from 1 and at the ends of float64', () => {
    for (const factor of [1e-300, 5e-324, 1e-9]) {
      expect(spectralNormAtMostOne(matrixOf([[factor, -factor]])).verdict).toBe('holds');
    }
    for (const factor of [1e9, 1e200, Number.MAX_VALUE]) {
      expect(
        spectralNormAtMostOne(
          matrixOf([
            [factor, factor],
            [0, factor],
          ]),
        ).verdict,
      ).not.toBe('holds');
    }
  });
});
