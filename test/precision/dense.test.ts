/** The blocked products: every entry is the sum of its products in order, whatever block it is in. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { multiplySymmetric, multiplyTransposed } from '../../src/precision/bounds/dense.js';
import { randomStream } from '../networks.js';

function randomMatrix(rows: number, columns: number, seed: number): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from(
    { length: rows * columns },
    () => (random() - 0.5) * 2 ** (random() * 9),
  );
}

function product(a: Float64Array, b: Float64Array, rows: number, inner: number): Float64Array {
  const columns = b.length / inner;
  return Float64Array.from({ length: rows * columns }, (_, index) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a[Math.floor(index / columns) * inner + k] * b[(index % columns) * inner + k];
    }
    return sum;
  });
}

describe('dense products', () => {
  it('are the same to the last bit as one sum after the other, for all shapes', () => {
    for (let rows = 1; rows <= 10; rows++) {
      for (let columns = 1; columns <= 7; columns++) {
        for (const inner of [1, 2, 5, 13]) {
          const a = randomMatrix(rows, inner, rows);
          const b = randomMatrix(columns, inner, 100 + columns);
          const result = complete(multiplyTransposed(a, rows, b, columns, inner));
          expect(result).toEqual(product(a, b, rows, inner));
        }
      }
      const a = randomMatrix(rows, 6, rows);
      expect(complete(multiplySymmetric(a, a, rows, 6))).toEqual(product(a, a, rows, 6));
    }
  });
});
