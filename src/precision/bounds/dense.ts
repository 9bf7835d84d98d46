/**
 * Dense float64 kernels on flat row-major matrices: products with a transposed right factor (every
 * inner loop runs along rows), Cholesky factors and inverses. Plain arithmetic; whoever needs a sound
 * result adds the error terms. What takes more than a product of matrix and vector is in steps.
 */
import { everyFew, type Steps } from '../../core/steps.js';

/** Multiplications between two steps: some milliseconds. */
export const PRODUCTS_AT_ONCE = 2 ** 21;

/**
 * Entries `(i .. i + 3, j .. j + 1)` of `A B^T`: eight sums at once share the six loads. Each adds its
 * products in order, so that an entry is the same whichever block it is in.
 */
function productBlock(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  inner: number,
  out: Float64Array,
  stride: number,
): void {
  const a0 = i * inner;
  const a1 = a0 + inner;
  const a2 = a1 + inner;
  const a3 = a2 + inner;
  const b0 = j * inner;
  const b1 = b0 + inner;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = 0; k < inner; k++) {
    const y0 = b[b0 + k];
    const y1 = b[b1 + k];
    const x0 = a[a0 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    const x1 = a[a1 + k];
    s10 += x1 * y0;
    s11 += x1 * y1;
    const x2 = a[a2 + k];
    s20 += x2 * y0;
    s21 += x2 * y1;
    const x3 = a[a3 + k];
    s30 += x3 * y0;
    s31 += x3 * y1;
  }
  const at = i * stride + j;
  out[at] = s00;
  out[at + 1] = s01;
  out[at + stride] = s10;
  out[at + stride + 1] = s11;
  out[at + 2 * stride] = s20;
  out[at + 2 * stride + 1] = s21;
  out[at + 3 * stride] = s30;
  out[at + 3 * stride + 1] = s31;
}

/** One entry of `A B^T`, for the edges that no block fits. */
function productEntry(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  inner: number,
): number {
  const a0 = i * inner;
  const b0 = j * inner;
  let sum = 0;
  for (let k = 0; k < inner; k++) sum += a[a0 + k] * b[b0 + k];
  return sum;
}

/** Rows `i .. i + 3` of `A B^T`. */
function productRows(
  a: Float64Array,
  i: number,
  b: Float64Array,
  columns: number,
  inner: number,
  out: Float64Array,
  stride: number,
): void {
  let j = 0;
  for (; j + 1 < columns; j += 2) productBlock(a, i, b, j, inner, out, stride);
  if (j === columns) return;
  for (let r = i; r < i + 4; r++) out[r * stride + j] = productEntry(a, r, b, j, inner);
}

/** `A B^T`: `a` is `rowsA` by `inner`, `b` is `rowsB` by `inner`. */
export function* multiplyTransposed(
  a: Float64Array,
  rowsA: number,
  b: Float64Array,
  rowsB: number,
  inner: number,
): Steps<Float64Array> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const out = new Float64Array(rowsA * rowsB);
  let i = 0;
  for (; i + 3 < rowsA; i += 4) {
    productRows(a, i, b, rowsB, inner, out, rowsB);
    if (isTurn(4 * rowsB * inner)) yield;
  }
  for (; i < rowsA; i++) {
    for (let j = 0; j < rowsB; j++) out[i * rowsB + j] = productEntry(a, i, b, j, inner);
    if (isTurn(rowsB * inner)) yield;
  }
  return out;
}

/** `A B^T` where the result is known to be symmetric: only half of it is computed. */
export function* multiplySymmetric(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
): Steps<Float64Array> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const out = new Float64Array(rows * rows);
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    productRows(a, i, b, i + 4, inner, out, rows);
    if (isTurn(4 * (i + 4) * inner)) yield;
  }
  for (; i < rows; i++) {
    for (let j = 0; j <= i; j++) out[i * rows + j] = productEntry(a, i, b, j, inner);
    if (isTurn(i * inner)) yield;
  }
  mirror(out, rows);
  return out;
}

/** The lower triangle, also above the diagonal. */
function mirror(matrix: Float64Array, n: number): void {
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < row; j++) matrix[j * n + row] = matrix[row * n + j];
  }
}

/** `A x`. */
export function multiplyVector(
  a: Float64Array,
  rows: number,
  columns: number,
  x: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += a[at + k] * x[k];
    out[i] = sum;
  }
  return out;
}

/** `A^T x`. */
export function multiplyTransposedVector(
  a: Float64Array,
  rows: number,
  columns: number,
  x: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    const factor = x[i];
    if (factor === 0) continue;
    for (let k = 0; k < columns; k++) out[k] += factor * a[at + k];
  }
  return out;
}

/** `|A| x` for `x >= 0`. */
export function multiplyAbsolute(
  a: Float64Array,
  rows: number,
  columns: number,
  x: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += Math.abs(a[at + k]) * x[k];
    out[i] = sum;
  }
  return out;
}

/** `|A|^T x` for `x >= 0`. */
export function multiplyAbsoluteTransposed(
  a: Float64Array,
  rows: number,
  columns: number,
  x: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    const factor = x[i];
    for (let k = 0; k < columns; k++) out[k] += factor * Math.abs(a[at + k]);
  }
  return out;
}

/** Lower Cholesky factor, or undefined where a pivot is not positive. */
export function* cholesky(matrix: Float64Array, n: number): Steps<Float64Array | undefined> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    if (!choleskyRow(matrix, n, i, factor)) return undefined;
    if (isTurn((i * i) / 2)) yield;
  }
  return factor;
}

/** Row i of the factor from those above it; false where its pivot is not positive. */
function choleskyRow(matrix: Float64Array, n: number, i: number, factor: Float64Array): boolean {
  const rowI = i * n;
  for (let j = 0; j <= i; j++) {
    const rowJ = j * n;
    let sum0 = matrix[rowI + j];
    let sum1 = 0;
    let k = 0;
    for (; k + 1 < j; k += 2) {
      sum0 -= factor[rowI + k] * factor[rowJ + k];
      sum1 -= factor[rowI + k + 1] * factor[rowJ + k + 1];
    }
    if (k < j) sum0 -= factor[rowI + k] * factor[rowJ + k];
    const sum = sum0 + sum1;
    if (j < i) factor[rowI + j] = sum / factor[rowJ + j];
    else {
      if (!(sum > 0)) return false;
      factor[rowI + i] = Math.sqrt(sum);
    }
  }
  return true;
}

/** An approximation of `(L L^T)^-1` for a lower factor `L`, exactly symmetric. */
export function* inverseFromCholesky(factor: Float64Array, n: number): Steps<Float64Array> {
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  // Row j of `columns` is column j of L^-1, so that all loops run along rows.
  const columns = new Float64Array(n * n);
  for (let j = 0; j < n; j += 4) {
    solveColumns(factor, n, j, columns);
    if (isTurn(2 * (n - j) ** 2)) yield;
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    inverseRow(columns, n, i, inverse);
    if (isTurn(i * (n - i))) yield;
  }
  mirror(inverse, n);
  return inverse;
}

/** Columns `j .. j + 3` of `L^-1`. Four sums run at once, since one alone waits for each of its additions. */
function solveColumns(factor: Float64Array, n: number, j: number, columns: Float64Array): void {
  const count = Math.min(4, n - j);
  const first = j * n;
  for (let i = j; i < n; i++) {
    const row = i * n;
    // From the last of the four columns on, all of them have entries; before it, one by one.
    const common = Math.min(i, j + count);
    const sums = [0, 0, 0, 0];
    for (let c = 0; c < count; c++) {
      for (let k = j + c; k < common; k++) sums[c] -= factor[row + k] * columns[first + c * n + k];
    }
    let [s0, s1, s2, s3] = sums;
    if (count === 4) {
      for (let k = common; k < i; k++) {
        const value = factor[row + k];
        s0 -= value * columns[first + k];
        s1 -= value * columns[first + n + k];
        s2 -= value * columns[first + 2 * n + k];
        s3 -= value * columns[first + 3 * n + k];
      }
      sums[0] = s0;
      sums[1] = s1;
      sums[2] = s2;
      sums[3] = s3;
    } else {
      for (let c = 0; c < count; c++) {
        for (let k = common; k < i; k++) sums[c] -= factor[row + k] * columns[first + c * n + k];
      }
    }
    const pivot = factor[row + i];
    for (let c = 0; c < count && j + c <= i; c++) {
      columns[first + c * n + i] = ((j + c === i ? 1 : 0) + sums[c]) / pivot;
    }
  }
}

/** Row i of the inverse up to the diagonal. */
function inverseRow(columns: Float64Array, n: number, i: number, inverse: Float64Array): void {
  const row = i * n;
  let j = 0;
  for (; j + 3 <= i; j += 4) {
    const at = j * n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = i; k < n; k++) {
      const value = columns[row + k];
      s0 += value * columns[at + k];
      s1 += value * columns[at + n + k];
      s2 += value * columns[at + 2 * n + k];
      s3 += value * columns[at + 3 * n + k];
    }
    inverse[row + j] = s0;
    inverse[row + j + 1] = s1;
    inverse[row + j + 2] = s2;
    inverse[row + j + 3] = s3;
  }
  for (; j <= i; j++) {
    let sum = 0;
    for (let k = i; k < n; k++) sum += columns[row + k] * columns[j * n + k];
    inverse[row + j] = sum;
  }
}
