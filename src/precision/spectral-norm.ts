/**
 * Is `|W|_2 <= 1`? Decided with proof, or not at all: power iteration only ever bounds from below.
 * From above by two sound tests: `sqrt(|W|_1 |W|_inf)` in exact arithmetic, and Rump's criterion
 * (S. M. Rump, "Verification of positive definiteness", BIT 46, 2006): if the floating-point Cholesky
 * factorisation of a slightly shifted `I - W W^T` runs through, the matrix is positive semidefinite.
 */
import {
  addDyadic,
  compareDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadicFromNumber,
  multiplyDyadic,
} from '../core/dyadic.js';

export type NormVerdict =
  | { readonly verdict: 'holds' }
  | { readonly verdict: 'fails'; readonly atLeast: number }
  | { readonly verdict: 'undecided'; readonly atLeast: number };

/** Row-major matrix of float64s. */
export interface RealMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

const UNIT_ROUNDOFF = 2 ** -53;

/** Higham's gamma_n, rounded up a little: relative error of n floating-point operations. */
function gamma(n: number): number {
  return ((n * UNIT_ROUNDOFF) / (1 - n * UNIT_ROUNDOFF)) * (1 + 2 ** -40);
}

/** Whether `|W|_1 |W|_inf <= 1` exactly; then `|W|_2 <= 1`. */
function productOfSumsAtMostOne(matrix: RealMatrix): boolean {
  const { rows, columns, values } = matrix;
  const one: Dyadic = { mantissa: 1n, exponent: 0 };
  const largest = (outer: number, inner: number, at: (o: number, i: number) => number): Dyadic => {
    let most = DYADIC_ZERO;
    for (let o = 0; o < outer; o++) {
      let sum = DYADIC_ZERO;
      for (let i = 0; i < inner; i++) sum = addDyadic(sum, dyadicFromNumber(Math.abs(at(o, i))));
      if (compareDyadic(sum, most) > 0) most = sum;
    }
    return most;
  };
  // A float64 estimate first: exact sums are slow and mostly not needed.
  let worstRow = 0;
  const columnSums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      const magnitude = Math.abs(values[row * columns + column]);
      sum += magnitude;
      columnSums[column] += magnitude;
    }
    worstRow = Math.max(worstRow, sum);
  }
  const worstColumn = columnSums.reduce((most, sum) => Math.max(most, sum), 0);
  if (worstRow * worstColumn > 1 + 1e-6) return false;
  const rowSum = largest(rows, columns, (o, i) => values[o * columns + i]);
  const columnSum = largest(columns, rows, (o, i) => values[i * columns + o]);
  return compareDyadic(multiplyDyadic(rowSum, columnSum), one) <= 0;
}

/** Rump's criterion for `I - W W^T` positive semidefinite; W is taken with the fewer rows. */
function gramBelowIdentity(matrix: RealMatrix): boolean {
  const { rows, columns, values } = matrix;
  const transpose = rows > columns;
  const n = transpose ? columns : rows;
  const m = transpose ? rows : columns;
  const at = transpose
    ? (i: number, k: number) => values[k * columns + i]
    : (i: number, k: number) => values[i * columns + k];
  const vectors = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let k = 0; k < m; k++) vectors[i * m + k] = at(i, k);

  const gram = new Float64Array(n * n);
  let worstAbsoluteRow = 0;
  for (let i = 0; i < n; i++) {
    let absoluteRow = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let absolute = 0;
      for (let k = 0; k < m; k++) {
        const product = vectors[i * m + k] * vectors[j * m + k];
        sum += product;
        absolute += Math.abs(product);
      }
      gram[i * n + j] = sum;
      absoluteRow += absolute;
    }
    worstAbsoluteRow = Math.max(worstAbsoluteRow, absoluteRow);
  }
  // |G - fl(G)| <= gamma_m |W||W|^T, its 2-norm at most the largest row sum; the factor 2 covers the
  // rounding of that sum itself. Higham, Theorem 10.3: Cholesky's backward error is at most
  // gamma_(n+1)/(1-gamma_(n+1)) times the trace, here at most n. Underflow: n m 2^-1022 at most.
  const shift =
    2 * gamma(m) * worstAbsoluteRow +
    4 * gamma(n + 1) * (n + 1) +
    8 * UNIT_ROUNDOFF +
    n * m * 2 ** -1000;
  if (!(shift < 0.5)) return false;
  const factor = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    let pivot = 1 - shift - gram[j * n + j];
    for (let k = 0; k < j; k++) pivot -= factor[j * n + k] ** 2;
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    factor[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let value = -gram[i * n + j];
      for (let k = 0; k < j; k++) {
        value -= factor[i * n + k] * factor[j * n + k];
      }
      factor[i * n + j] = value / root;
    }
  }
  return true;
}

function euclideanNorm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/**
 * A lower bound of `|W|_2`: the growth of a vector under 100 rounds of power iteration, from two
 * starts. The unit vector of the longest column can miss no large entry; the vector of ones, which
 * W may well map to 0, is mostly closer to the answer.
 */
function growth(matrix: RealMatrix): number {
  const { rows, columns, values } = matrix;
  const squares = new Float64Array(columns);
  for (let index = 0; index < rows * columns; index++)
    squares[index % columns] += values[index] ** 2;
  const longest = squares.indexOf(squares.reduce((most, square) => Math.max(most, square), 0));
  const unit = new Float64Array(columns);
  unit[Math.max(longest, 0)] = 1;
  const best = Math.max(
    growthFrom(matrix, new Float64Array(columns).fill(1)),
    growthFrom(matrix, unit),
  );
  // Rounding of the products and norms above is far below this margin.
  return best * (1 - 1e-9);
}

function growthFrom(matrix: RealMatrix, start: Float64Array): number {
  const { rows, columns, values } = matrix;
  let vector = start;
  let best = 0;
  for (let round = 0; round < 100; round++) {
    const image = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += values[row * columns + column] * vector[column];
      }
      image[row] = sum;
    }
    const length = euclideanNorm(vector);
    best = Math.max(best, euclideanNorm(image) / length);
    const next = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      const value = image[row];
      for (let column = 0; column < columns; column++) {
        next[column] += value * values[row * columns + column];
      }
    }
    const norm = euclideanNorm(next);
    if (!(norm > 0) || !Number.isFinite(norm)) break;
    vector = next.map((value) => value / norm);
  }
  return best;
}

/** Decides `|W|_2 <= 1`. 'undecided' within about 1e-12 of 1, unless the exact row sums decide. */
export function spectralNormAtMostOne(matrix: RealMatrix): NormVerdict {
  if (productOfSumsAtMostOne(matrix) || gramBelowIdentity(matrix)) return { verdict: 'holds' };
  const atLeast = growth(matrix);
  return { verdict: atLeast > 1 ? 'fails' : 'undecided', atLeast };
}
