/**
 * Sets of vectors by a *shape* matrix: `v in E(H)` if `|w . v| <= sqrt(w^T H w)` for every direction w.
 * Larger shapes (in the Loewner order) hold more, so every operation here stays sound by adding the
 * row sums of its absolute rounding errors to the diagonal (Gershgorin): outward rounding throughout.
 * Images are in steps.
 */
import type { Steps } from '../../core/steps.js';
import {
  cholesky,
  inverseFromCholesky,
  multiplyAbsolute,
  multiplyAbsoluteTransposed,
  multiplySymmetric,
  multiplyTransposed,
  multiplyVector,
} from './dense.js';
import { gamma, LARGEST, roundUp, TINY, UNIT_ROUNDOFF } from './rounding.js';

/** A symmetric matrix, flat. */
export type Shape = Float64Array;

/** Thrown, and caught by the bounds, where numbers are too large for the calculus. */
export class OutOfRange extends Error {
  override readonly name = 'OutOfRange';
}

/** Adds the row sums of what a shape may be off by to its diagonal, in its place. */
export function addErrors(shape: Shape, errors: ArrayLike<number>, factor: number): Shape {
  const n = errors.length;
  for (let i = 0; i < n; i++) {
    const value = shape[i * n + i] + roundUp(errors[i] * factor) * (1 + 2 ** -40) + TINY;
    if (!(value < LARGEST * LARGEST)) throw new OutOfRange('a shape is too large');
    shape[i * n + i] = value * (1 + 2 ** -50);
  }
  return shape;
}

function ones(n: number): Float64Array {
  return new Float64Array(n).fill(1);
}

/** The shape of `W v` for `v in E(shape)`. */
export function* linearImage(
  weights: Float64Array,
  rows: number,
  columns: number,
  shape: Shape,
): Steps<Shape> {
  const half = yield* multiplyTransposed(weights, rows, shape, columns, columns);
  const image = yield* multiplySymmetric(half, weights, rows, columns);
  const inner = multiplyAbsoluteTransposed(weights, rows, columns, ones(rows));
  const errors = multiplyAbsolute(
    weights,
    rows,
    columns,
    multiplyAbsolute(shape, columns, columns, inner),
  );
  return addErrors(image, errors, gamma(2 * columns + rows + 16));
}

/**
 * The shape of `W v` for `v_k = scales_k y_k` with `|y|_2 <= 1`; larger scales hold more, so the
 * caller rounds them up.
 */
export function* scaledImage(
  weights: Float64Array,
  rows: number,
  columns: number,
  scales: Float64Array,
): Steps<Shape> {
  const scaled = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++)
      scaled[i * columns + k] = weights[i * columns + k] * scales[k];
  }
  const image = yield* multiplySymmetric(scaled, scaled, rows, columns);
  const inner = multiplyAbsoluteTransposed(scaled, rows, columns, ones(rows));
  const errors = multiplyAbsolute(scaled, rows, columns, inner);
  return addErrors(image, errors, gamma(columns + rows + 16));
}

/**
 * Column scales for the box `|v_k| <= radius_k`: since `sum q_k (v_k/r_k)^2 <= sum q_k`, the box lies
 * in `v_k = r_k sqrt(sum q / q_k) y_k`, whatever the positive importances q.
 */
export function boxScales(radius: Float64Array, importance: Float64Array): Float64Array {
  let total = 0;
  for (let k = 0; k < radius.length; k++) if (radius[k] > 0) total += importance[k];
  return radius.map((r, k) =>
    r > 0 ? r * Math.sqrt(total / importance[k]) * (1 + (radius.length + 8) * UNIT_ROUNDOFF) : 0,
  );
}

/** The shape of one vector and its negative, widened by `slack` in each coordinate. */
export function vectorShape(vector: Float64Array, slack: Float64Array): Shape {
  const n = vector.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.abs(vector[i]) + slack[i];
  const shape = new Float64Array(n * n);
  const errors = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) shape[i * n + j] = vector[i] * vector[j];
    // (g + s)(g + s)^T exceeds g g^T by entries of at most s_i (|g_j| + s_j) + |g_i| s_j; row sums of
    // it, symmetrised, are covered by the two terms; the roundoffs by the third.
    errors[i] = 2 * slack[i] * sum + UNIT_ROUNDOFF * 16 * Math.abs(vector[i]) * sum;
  }
  let slacks = 0;
  for (let i = 0; i < n; i++) slacks += slack[i];
  for (let i = 0; i < n; i++) errors[i] += 2 * (Math.abs(vector[i]) + slack[i]) * slacks;
  return addErrors(shape, errors, 1 + n * 4 * UNIT_ROUNDOFF);
}

/** The shape of the sums of one vector from each set: `sum H_s / share_s`, the shares adding up to 1. */
export function sumShape(shapes: readonly Shape[], shares: readonly number[], n: number): Shape {
  if (shapes.length === 1) return shapes[0].slice();
  const total = shares.reduce((sum, share) => sum + share, 0);
  const factors = shares.map((share) => roundUp((total / share) * (1 + 2 ** -46)));
  const result = new Float64Array(n * n);
  const errors = new Float64Array(n);
  shapes.forEach((shape, s) => {
    const factor = factors[s];
    for (let i = 0; i < n; i++) {
      let absolute = 0;
      for (let j = 0; j < n; j++) {
        const term = shape[i * n + j] * factor;
        result[i * n + j] += term;
        absolute += Math.abs(term);
      }
      errors[i] += absolute;
    }
  });
  return addErrors(result, errors, gamma(16));
}

/** Upper bounds of `|v_k|` over `E(shape)`. */
export function supports(shape: Shape, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, k) =>
    roundUp(Math.sqrt(Math.max(0, shape[k * n + k]))),
  );
}

/** Upper bound of `|w . v|` over `E(shape)`. */
export function supportAlong(direction: Float64Array, shape: Shape): number {
  const n = direction.length;
  const product = multiplyVector(shape, n, n, direction);
  const absolute = multiplyAbsolute(shape, n, n, direction.map(Math.abs));
  let sum = 0;
  let error = 0;
  for (let k = 0; k < n; k++) {
    sum += product[k] * direction[k];
    error += absolute[k] * Math.abs(direction[k]);
  }
  const square = Math.max(0, sum) + roundUp(error * gamma(2 * n + 16)) * (1 + 2 ** -40) + TINY;
  return roundUp(Math.sqrt(roundUp(square)));
}

/**
 * What ReLU does to a pair of pre-activations: `d_k = lambda_k delta_k` with `lambda_k` in
 * `[low_k, low_k + span_k]`. `free` lists the coordinates with a positive span.
 */
export interface Slopes {
  readonly low: Float64Array;
  readonly span: Float64Array;
  readonly free: Int32Array;
}

export interface SlopedImage {
  readonly shape: Shape;
  /** `(2 G - H)^-1` on the free coordinates. */
  readonly inverse: Float64Array;
  /** n by free: columns of `A H + B G`. */
  readonly cross: Float64Array;
  /** The multipliers G used, on the free coordinates (they grow where those asked for are too small). */
  readonly multipliers: Float64Array;
}

/** Powers of two near `1 / sqrt(x)`: scaling by them is exact. */
function powerScale(value: number): number {
  let scale = 1;
  let rest = value;
  while (rest > 2) {
    rest /= 4;
    scale /= 2;
  }
  while (rest < 0.5) {
    rest *= 4;
    scale *= 2;
  }
  return scale;
}

/** `S matrix S` for a diagonal S. */
function scaledOnBothSides(matrix: Float64Array, n: number, scales: Float64Array): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const scale = scales[i];
    for (let j = 0; j < n; j++) result[row + j] = matrix[row + j] * scale * scales[j];
  }
  return result;
}

/**
 * A sound upper bound of the inverse of the positive definite `matrix` in the Loewner order, or
 * undefined where definiteness is not proved. Definite by Rump's criterion (the Cholesky factorisation
 * of a slightly smaller matrix runs through); the error of the inverse by its residual.
 * Without `verify` the inverse is only an approximation.
 */
function* inverseAbove(
  matrix: Float64Array,
  n: number,
  verify: boolean,
): Steps<Float64Array | undefined> {
  const scales = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (!(matrix[i * n + i] > TINY)) return undefined;
    scales[i] = powerScale(matrix[i * n + i]);
  }
  const scaled = scaledOnBothSides(matrix, n, scales);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += scaled[i * n + i];
  const shift = 8 * gamma(n + 2) * trace + TINY;
  const lowered = scaled.slice();
  for (let i = 0; i < n; i++) lowered[i * n + i] -= shift;
  const factor = yield* cholesky(lowered, n);
  if (factor === undefined) return undefined;
  const inverse = yield* inverseFromCholesky(factor, n);
  if (verify) {
    const product = yield* multiplyTransposed(inverse, n, scaled, n, n);
    const rowSums = multiplyAbsolute(inverse, n, n, multiplyAbsolute(scaled, n, n, ones(n)));
    let residual = 0;
    let norm = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      let row = 0;
      for (let j = 0; j < n; j++) {
        sum += Math.abs(product[i * n + j] - (i === j ? 1 : 0));
        row += Math.abs(inverse[i * n + j]);
      }
      residual = Math.max(residual, roundUp(sum * (1 + gamma(n)) + gamma(2 * n + 8) * rowSums[i]));
      norm = Math.max(norm, roundUp(row * (1 + gamma(n))));
    }
    if (!(residual < 0.5)) return undefined;
    const excess = roundUp(roundUp(residual / (1 - residual)) * norm * (1 + 2 ** -40)) + TINY;
    for (let i = 0; i < n; i++) {
      inverse[i * n + i] = (inverse[i * n + i] + excess) * (1 + 2 ** -50);
    }
  }
  return scaledOnBothSides(inverse, n, scales);
}

/**
 * The shape of `d` for `delta in E(shape)`: with A = low, B = span and any positive diagonal G on the
 * free coordinates for which `2 G - H` is positive definite there,
 * `A H A + N (2 G - H)^-1 N^T`, `N = A H + B G`. (S-lemma: the multipliers of `d'(delta - d') >= 0`,
 * `d = A delta + B d'`, are `2/G`; free neurons are those whose sign is not known.) Undefined where
 * definiteness is not proved.
 */
export function* slopedImageAt(
  shape: Shape,
  n: number,
  { low, span, free }: Slopes,
  multipliers: Float64Array,
  verify: boolean,
): Steps<SlopedImage | undefined> {
  const size = free.length;
  let inverse: Float64Array | undefined = new Float64Array(0);
  if (size > 0) {
    const difference = new Float64Array(size * size);
    for (let a = 0; a < size; a++) {
      const row = free[a] * n;
      for (let b = 0; b < size; b++) difference[a * size + b] = -shape[row + free[b]];
      // Lowered past the rounding of the difference: a smaller matrix has a larger inverse.
      const diagonal = shape[row + free[a]];
      const lowered =
        2 * multipliers[a] - diagonal - 8 * UNIT_ROUNDOFF * (2 * multipliers[a] + diagonal);
      difference[a * size + a] = lowered;
    }
    inverse = yield* inverseAbove(difference, size, verify);
    if (inverse === undefined) return undefined;
  }
  const cross = new Float64Array(n * size);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < size; a++) cross[i * size + a] = low[i] * shape[i * n + free[a]];
  }
  for (let a = 0; a < size; a++) cross[free[a] * size + a] += span[free[a]] * multipliers[a];
  const half = yield* multiplyTransposed(cross, n, inverse, size, size);
  const result = yield* multiplySymmetric(half, cross, n, size);
  const inner = multiplyAbsolute(
    inverse,
    size,
    size,
    multiplyAbsoluteTransposed(cross, n, size, ones(n)),
  );
  const errors = multiplyAbsolute(cross, n, size, inner);
  for (let i = 0; i < n; i++) {
    if (low[i] === 0) continue;
    let absolute = 0;
    for (let j = 0; j < n; j++) {
      const term = low[i] * shape[i * n + j] * low[j];
      result[i * n + j] += term;
      absolute += Math.abs(term);
    }
    errors[i] += absolute;
  }
  // Both triangles were rounded alike except for the order of three factors: within the error bound.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) result[i * n + j] = result[j * n + i];
  }
  return {
    shape: addErrors(result, errors, gamma(3 * size + n + 32)),
    inverse,
    cross,
    multipliers,
  };
}

/**
 * Of `G^(-1/2) H G^(-1/2)` on the free coordinates, about the largest eigenvalue, by a few rounds of power
 * iteration. At 2 the image has no bound; along an eigenvector it is smallest where the eigenvalue is 1.
 */
function topRatio(shape: Shape, n: number, free: Int32Array, multipliers: Float64Array): number {
  const size = free.length;
  const scale = multipliers.map((value) => 1 / Math.sqrt(value));
  let vector = new Float64Array(size).fill(1);
  let top = 0;
  for (let round = 0; round < TOP_ROUNDS; round++) {
    const along = vector.map((value, a) => value * scale[a]);
    const image = new Float64Array(size);
    let before = 0;
    let after = 0;
    for (let a = 0; a < size; a++) {
      const row = free[a] * n;
      let sum = 0;
      for (let b = 0; b < size; b++) sum += shape[row + free[b]] * along[b];
      image[a] = sum * scale[a];
      before += vector[a] ** 2;
      after += image[a] ** 2;
    }
    if (!(after > 0)) break;
    top = Math.sqrt(after / before);
    const length = 1 / Math.sqrt(after);
    vector = image.map((value) => value * length);
  }
  return top;
}

const TOP_ROUNDS = 8;
/**
 * Where multipliers are kept apart: the largest eigenvalue that is left to them (much less, and they are too large
 * for most directions; near 2 one update of them leads far off), and how they grow where that was not enough.
 */
const TOP_RATIO = 1.6;
const GROWTH_APART = 1.3;
const GROWTH = 1.1;
const GROWTHS = 80;

/**
 * `slopedImageAt` with multipliers that grow until `2 G - H` is positive definite; with `apart` until it is well so,
 * which what is learned for one region is not for a part of it.
 */
export function* slopedImage(
  shape: Shape,
  n: number,
  slopes: Slopes,
  wanted: Float64Array,
  verify: boolean,
  apart: boolean,
): Steps<SlopedImage> {
  const multipliers = Float64Array.from(wanted);
  const grow = (factor: number): void => {
    for (let a = 0; a < multipliers.length; a++) multipliers[a] *= factor;
  };
  if (apart) {
    const top = topRatio(shape, n, slopes.free, multipliers);
    if (top > TOP_RATIO) grow(top / TOP_RATIO);
  }
  for (let attempt = 0; attempt <= GROWTHS; attempt++) {
    const image = yield* slopedImageAt(shape, n, slopes, multipliers, verify);
    if (image !== undefined) return { ...image, multipliers };
    grow(apart ? GROWTH_APART : GROWTH);
  }
  throw new OutOfRange('no multipliers were found');
}
