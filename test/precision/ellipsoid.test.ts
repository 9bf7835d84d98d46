/** The ellipsoid calculus: every image holds what it must, by random members of the sets. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/attack/random.js';
import { complete } from '../../src/core/steps.js';
import {
  boxScales,
  linearImage,
  type Shape,
  scaledImage,
  slopedImage,
  sumShape,
  supportAlong,
  supports,
  vectorShape,
} from '../../src/precision/bounds/ellipsoid.js';
import { euclideanBound, spectralNormBound } from '../../src/precision/bounds/spectral-bound.js';

const random = createRandom(3);
const number = (): number => 2 * random() - 1;
const vector = (n: number): Float64Array => Float64Array.from({ length: n }, number);

/** A random unit vector times a random matrix: a member of the shape `A A^T`. */
function member(matrix: Float64Array, n: number, inner: number): Float64Array {
  const y = vector(inner);
  const norm = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
  return Float64Array.from({ length: n }, (_, i) =>
    y.reduce((sum, value, k) => sum + (matrix[i * inner + k] * value) / norm, 0),
  );
}

function holds(shape: Shape, point: Float64Array): void {
  for (let trial = 0; trial < 20; trial++) {
    const direction = vector(point.length);
    const along = point.reduce((sum, value, k) => sum + value * direction[k], 0);
    expect(Math.abs(along)).toBeLessThanOrEqual(supportAlong(direction, shape) * (1 + 1e-12));
  }
  const reach = supports(shape, point.length);
  point.forEach((value, k) => {
    expect(Math.abs(value)).toBeLessThanOrEqual(reach[k] * (1 + 1e-12));
  });
}

describe('ellipsoids', () => {
  it('hold linear images, boxes, vectors and sums', () => {
    for (let trial = 0; trial < 30; trial++) {
      const n = 1 + Math.floor(random() * 6);
      const inner = 1 + Math.floor(random() * 6);
      const rows = 1 + Math.floor(random() * 6);
      const matrix = vector(n * inner);
      const shape = complete(scaledImage(matrix, n, inner, new Float64Array(inner).fill(1)));
      const point = member(matrix, n, inner);
      holds(shape, point);
      const weights = vector(rows * n);
      const image = Float64Array.from({ length: rows }, (_, i) =>
        point.reduce((sum, value, k) => sum + weights[i * n + k] * value, 0),
      );
      holds(complete(linearImage(weights, rows, n, shape)), image);

      const radius = vector(n).map(Math.abs);
      const importance = vector(n).map((value) => Math.abs(value) + 0.1);
      const corner = radius.map((value) => (random() < 0.5 ? value : -value));
      const box = complete(scaledImage(weights, rows, n, boxScales(radius, importance)));
      const boxPoint = Float64Array.from({ length: rows }, (_, i) =>
        corner.reduce((sum, value, k) => sum + weights[i * n + k] * value, 0),
      );
      holds(box, boxPoint);
      const fixed = vector(rows);
      const sum = sumShape([box, vectorShape(fixed, new Float64Array(rows))], [0.3, 0.7], rows);
      holds(
        sum,
        boxPoint.map((value, i) => value + fixed[i]),
      );
    }
  });

  it('hold every slope of a ReLU pair, whatever the multipliers', () => {
    for (let trial = 0; trial < 60; trial++) {
      const n = 1 + Math.floor(random() * 6);
      const matrix = vector(n * n);
      const shape = complete(scaledImage(matrix, n, n, new Float64Array(n).fill(1)));
      const low = vector(n).map((value) => (value > 0.5 ? 1 : Math.max(value, 0)));
      const span = low.map((value) => (value === 1 || random() < 0.2 ? 0 : 1 - value));
      const free = Int32Array.from([...span.keys()].filter((k) => span[k] > 0));
      const wanted = Float64Array.from(free, (k) => shape[k * n + k] * (0.2 + 3 * random()));
      const image = complete(slopedImage(shape, n, { low, span, free }, wanted, true, false));
      for (let point = 0; point < 20; point++) {
        const delta = member(matrix, n, n);
        const slopes = low.map((value, k) => {
          const share = random();
          return value + span[k] * (share < 0.3 ? 0 : share > 0.7 ? 1 : share);
        });
        holds(
          image.shape,
          delta.map((value, k) => value * slopes[k]),
        );
      }
    }
  });
});

describe('norm bounds', () => {
  it('are above the growth of every vector and near the largest', () => {
    for (let trial = 0; trial < 40; trial++) {
      const rows = 1 + Math.floor(random() * 8);
      const columns = 1 + Math.floor(random() * 8);
      const matrix = vector(rows * columns);
      const bound = complete(spectralNormBound(matrix, rows, columns));
      let best = 0;
      let x = vector(columns);
      for (let round = 0; round < 200; round++) {
        const image = Float64Array.from({ length: rows }, (_, i) =>
          x.reduce((sum, value, k) => sum + matrix[i * columns + k] * value, 0),
        );
        best = Math.max(best, Math.hypot(...image) / Math.hypot(...x));
        const back = x.map((_, k) =>
          image.reduce((sum, value, i) => sum + matrix[i * columns + k] * value, 0),
        );
        const norm = Math.hypot(...back);
        x = back.map((value) => value / norm);
      }
      expect(bound).toBeGreaterThanOrEqual(best * (1 - 1e-12));
      expect(bound).toBeLessThan(best * 1.02);
    }
  });

  it('are 0 for zeros and exact upwards for one entry', () => {
    expect(complete(spectralNormBound(new Float64Array(6), 2, 3))).toBe(0);
    expect(euclideanBound([])).toBe(0);
    expect(euclideanBound([0, 0])).toBe(0);
    const bound = complete(spectralNormBound(Float64Array.of(0.1), 1, 1));
    expect(bound).toBeGreaterThanOrEqual(0.1);
    expect(bound).toBeLessThan(0.1 + 1e-12);
    expect(complete(spectralNormBound(Float64Array.of(1e300, 1e300), 2, 1))).toBeGreaterThan(1e300);
  });
});
