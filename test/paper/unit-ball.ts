/**
 * What the precision statements of the paper are judged with: points of the closed unit ball, networks
 * of spectral norm at most 1, and distances in exact rationals.
 */
import {
  addDyadic,
  compareDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadic,
  dyadicFromNumber,
  multiplyDyadic,
} from '../../src/core/dyadic.js';
import type { ExactValue } from '../../src/inference/exact.js';
import { spectralNormAtMostOne } from '../../src/precision/spectral-norm.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Layer, Network } from '../../src/target/network.js';
import { partsOf, randomStream } from '../networks.js';

const ONE = dyadic(1n);

export function sumOfSquares(values: Iterable<number>): Dyadic {
  let sum = DYADIC_ZERO;
  for (const value of values) {
    const exact = dyadicFromNumber(value);
    sum = addDyadic(sum, multiplyDyadic(exact, exact));
  }
  return sum;
}

/** The vector divided by its length, shortened by as little as it takes to be inside the ball. */
export function ontoSphere(vector: readonly number[]): number[] {
  // Brought near 1 first: the length of a subnormal vector has no digits left.
  const largest = Math.max(...vector.map(Math.abs));
  if (largest === 0) return [...vector];
  const scaled = vector.map((value) => value / largest);
  const length = Math.hypot(...scaled);
  for (let shrink = 0; ; shrink++) {
    const point = scaled.map((value) => (value / length) * (1 - shrink * 2 ** -52));
    if (compareDyadic(sumOfSquares(point), ONE) <= 0) return point;
  }
}

/** Corners (unit vectors, diagonals), random points of the sphere and of the inside, and 0. */
export function ballPoints(dimension: number, random: () => number, count: number): number[][] {
  const points: number[][] = [Array.from({ length: dimension }, () => 0)];
  for (let axis = 0; axis < dimension; axis++) {
    for (const end of [1, -1]) {
      points.push(Array.from({ length: dimension }, (_, index) => (index === axis ? end : 0)));
    }
  }
  for (let index = 0; index < count; index++) {
    const diagonal = index % 3 === 0;
    const vector = Array.from({ length: dimension }, () =>
      diagonal ? (random() < 0.5 ? 1 : -1) : random() - 0.5,
    );
    const point = ontoSphere(vector);
    points.push(index % 3 === 2 ? point.map((value) => value * random()) : point);
  }
  return points;
}

/** The rows of `W` and their opposites on the sphere: where a layer's own output is largest. */
export function rowDirections(layer: Layer): number[][] {
  const { inputs, outputs, weights } = partsOf(layer);
  return Array.from({ length: outputs }, (_, row) => {
    const vector = [...weights.subarray(row * inputs, (row + 1) * inputs)];
    return [ontoSphere(vector), ontoSphere(vector.map((value) => -value))];
  }).flat();
}

/** Whether `|exact - approximate|_2 <= epsilon`, by integers only. */
export function within(
  exact: readonly Dyadic[],
  approximate: readonly ExactValue[],
  epsilon: number,
): boolean {
  if (exact.length !== approximate.length) throw new Error('vectors of different lengths');
  const shift = BigInt(exact.reduce((most, { exponent }) => Math.max(most, -exponent), 0));
  let squares = 0n;
  const { denominator } = approximate[0];
  for (const [index, { mantissa, exponent }] of exact.entries()) {
    const { numerator, denominator: same } = approximate[index];
    if (same !== denominator) throw new Error('outputs over different denominators');
    const difference =
      (mantissa << (shift + BigInt(exponent))) * denominator - (numerator << shift);
    squares += difference * difference;
  }
  const limit = dyadicFromNumber(epsilon);
  const unit = denominator << shift;
  const places = BigInt(Math.max(0, -limit.exponent));
  const bound = (limit.mantissa << (places + BigInt(limit.exponent))) * unit;
  return squares << (2n * places) <= bound * bound;
}

/** Least p with `10^p >= count / epsilon`, decided exactly: what the paper writes `log(count/epsilon)`. */
export function digitsFor(count: number, epsilon: number): number {
  const tolerance = dyadicFromNumber(epsilon);
  const needed = dyadicFromNumber(count);
  let digits = 0;
  while (compareDyadic(multiplyDyadic(dyadic(10n ** BigInt(digits)), tolerance), needed) < 0) {
    digits++;
  }
  return digits;
}

export function layerOf(
  outputs: number,
  inputs: number,
  weights: ArrayLike<number>,
  activation: Layer['activation'] = 'relu',
): Layer {
  return denseLayer({
    inputs,
    outputs,
    weights: Float64Array.from(weights),
    activation,
  });
}

export function networkOf(...layers: readonly Layer[]): Network {
  return { layers, domain: { kind: 'ball', radius: 1 } };
}

/** A random matrix scaled to a certified spectral norm of at most 1, and close to it. */
export function unitNormLayer(
  outputs: number,
  inputs: number,
  random: () => number,
  activation: Layer['activation'] = 'relu',
): Layer {
  const raw = Float64Array.from({ length: outputs * inputs }, () => random() * 2 - 1);
  let norm = 0;
  let vector = Array.from({ length: inputs }, () => 1 + random());
  for (let round = 0; round < 200; round++) {
    const image = Array.from({ length: outputs }, (_, row) =>
      vector.reduce((sum, value, column) => sum + raw[row * inputs + column] * value, 0),
    );
    norm = Math.hypot(...image) / Math.hypot(...vector);
    const next = vector.map((_, column) =>
      image.reduce((sum, value, row) => sum + raw[row * inputs + column] * value, 0),
    );
    const length = Math.hypot(...next);
    vector = next.map((value) => value / length);
  }
  for (let scale = (1 - 1e-9) / norm; ; scale *= 0.999) {
    const values = raw.map((value) => value * scale);
    if (spectralNormAtMostOne({ rows: outputs, columns: inputs, values }).verdict === 'holds') {
      return layerOf(outputs, inputs, values, activation);
    }
  }
}

/** A random network that meets the hypothesis of Lemma 2, ReLU after every layer as in the paper. */
export function unitNormNetwork(dimensions: readonly number[], seed: number): Network {
  const random = randomStream(seed);
  return networkOf(
    ...dimensions
      .slice(1)
      .map((outputs, index) => unitNormLayer(outputs, dimensions[index], random)),
  );
}
