/**
 * Certified upper bounds of the spectral norm: the least of Frobenius, `sqrt(|A|_1 |A|_inf)`, and a
 * shift for which `s I - A A^T` is proved positive definite (Cholesky with Rump's shift). Power
 * iteration only proposes s; it bounds from below and proves nothing. Outward rounding.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import { cholesky, multiplySymmetric, multiplyVector, PRODUCTS_AT_ONCE } from './dense.js';
import { gamma, LARGEST, roundUp, TINY } from './rounding.js';

/** Larger Gram matrices cost more than they are worth here. */
export const LARGEST_GRAM = 1024;

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) out[k * rows + i] = values[i * columns + k];
  }
  return out;
}

function* byGram(
  values: Float64Array,
  rows: number,
  columns: number,
  below: number,
): Steps<number> {
  const wide = rows <= columns;
  const n = wide ? rows : columns;
  const inner = wide ? columns : rows;
  if (n > LARGEST_GRAM || !(below < LARGEST)) return below;
  const vectors = wide ? values : transposed(values, rows, columns);
  const gram = yield* multiplySymmetric(vectors, vectors, n, inner);
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  let vector = new Float64Array(n).fill(1);
  let estimate = 0;
  for (let round = 0; round < 40; round++) {
    if (isTurn(n * n)) yield;
    const image = multiplyVector(gram, n, n, vector);
    const length = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    if (!(length > 0)) return below;
    estimate = length;
    vector = image.map((value) => value / length);
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i];
  // The Gram matrix is off by at most gamma |A||A|^T, whose norm is at most its trace.
  const error = roundUp(gamma(inner + 8) * trace * 2) + TINY;
  for (let top = estimate * (1 + 2 ** -10); top < below * below; top *= 1.01) {
    const shift = 8 * gamma(n + 2) * n * top + error + TINY;
    const lowered = gram.map((value) => -value);
    for (let i = 0; i < n; i++) lowered[i * n + i] += top - shift;
    const factor = yield* cholesky(lowered, n);
    if (factor !== undefined) return Math.min(below, roundUp(Math.sqrt(top)));
  }
  return below;
}

/** An upper bound of `|A|_2` for a row-major matrix; Infinity only where an entry is not finite. In steps. */
export function* spectralNormBound(
  values: Float64Array,
  rows: number,
  columns: number,
): Steps<number> {
  let squares = 0;
  let rowSum = 0;
  const columnSums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) {
      const magnitude = Math.abs(values[i * columns + k]);
      squares += magnitude * magnitude;
      sum += magnitude;
      columnSums[k] += magnitude;
    }
    rowSum = Math.max(rowSum, sum);
  }
  if (rowSum === 0) return 0;
  const columnSum = columnSums.reduce((most, sum) => Math.max(most, sum), 0);
  const slop = 1 + gamma(rows * columns + 8);
  const frobenius = roundUp(Math.sqrt(roundUp(squares * slop) + TINY));
  const sums = roundUp(
    Math.sqrt(roundUp(roundUp(rowSum * slop) * roundUp(columnSum * slop)) + TINY),
  );
  const below = Math.min(frobenius, sums);
  if (!(below < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  return yield* byGram(values, rows, columns, below);
}

/** An upper bound of `|v|_2`. */
export function euclideanBound(vector: ArrayLike<number>): number {
  let squares = 0;
  let any = false;
  for (let k = 0; k < vector.length; k++) {
    squares += vector[k] * vector[k];
    any ||= vector[k] !== 0;
  }
  return any ? roundUp(Math.sqrt(roundUp(squares * (1 + gamma(vector.length + 8))) + TINY)) : 0;
}
