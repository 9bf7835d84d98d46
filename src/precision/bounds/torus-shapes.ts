/** Shapes of feature maps by frequency (`torus.ts`): those of boxes and of vectors, and what a ReLU makes of one. */
import type { Steps } from '../../core/steps.js';
import {
  addErrors,
  OutOfRange,
  type Shape,
  type SlopedImage,
  type Slopes,
  slopedImageAt,
  vectorShape,
} from './ellipsoid.js';
import { gamma, roundUp, TINY } from './rounding.js';
import { componentsOf, type Frequencies, type Frequency, WAVE_ERROR, waveAt } from './torus.js';
import { channelsOf, type OpenSum } from './torus-plan.js';

/** A value for each channel at each of its components. */
function atComponents(values: Float64Array, frequency: Frequency): Float64Array {
  const components = new Float64Array(componentsOf(frequency, values.length));
  for (let k = 0; k < components.length; k++) components[k] = values[k % values.length];
  return components;
}

/**
 * The shape of vectors with `|v_k| <= radius` in each position of a channel, at every frequency: squares of the
 * channels' semi-axes. `sum_k q_k (v_k / r_k)^2 <= sum_k q_k`, whatever the positive importances q of channels.
 */
export function boxSquares(
  radius: Float64Array,
  importance: Float64Array,
  positions: number,
): Float64Array {
  let total = 0;
  for (let c = 0; c < radius.length; c++) if (radius[c] > 0) total += importance[c] * positions;
  total *= 1 + gamma(2 * radius.length);
  return radius.map((reach, c) =>
    reach > 0 ? roundUp(roundUp(reach * reach) * roundUp(total / importance[c])) : 0,
  );
}

/** Diagonal shapes with the same squares at every frequency. */
export function diagonalShapes(squares: Float64Array, { list }: Frequencies): Shape[] {
  return list.map((frequency) => {
    const diagonal = atComponents(squares, frequency);
    const shape = new Float64Array(diagonal.length ** 2);
    diagonal.forEach((value, k) => {
      shape[k * diagonal.length + k] = value;
    });
    return shape;
  });
}

/** A vector's components by frequency, and how far off each may be. */
export interface VectorComponents {
  readonly values: readonly Float64Array[];
  readonly slack: readonly Float64Array[];
}

/** Of a vector on the open sums' positions, layer by layer, that is known up to `slack`. */
export function* vectorComponents(
  open: readonly OpenSum[],
  parts: readonly { readonly vector: Float64Array; readonly slack: Float64Array }[],
  frequencies: Frequencies,
): Steps<VectorComponents> {
  const { torus, list } = frequencies;
  const channels = channelsOf(open);
  const loose = new Float64Array(channels);
  open.forEach(({ from, shape }, sum) => {
    const area = shape.height * shape.width;
    const { vector, slack } = parts[sum];
    for (let c = 0; c < shape.channels; c++) {
      let size = 0;
      let off = 0;
      for (let at = c * area; at < (c + 1) * area; at++) {
        size += Math.abs(vector[at]);
        off += slack[at];
      }
      loose[from + c] =
        roundUp(off * (1 + gamma(area))) +
        roundUp(size * (1 + gamma(area)) * (WAVE_ERROR + gamma(area + 8)));
    }
  });
  const values: Float64Array[] = [];
  const slack: Float64Array[] = [];
  for (const frequency of list) {
    const components = new Float64Array(componentsOf(frequency, channels));
    open.forEach(({ from, shape: { channels: own, height, width } }, sum) => {
      const { vector } = parts[sum];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [cosine, sine] = waveAt(torus, frequency, y, x);
          for (let c = 0; c < own; c++) {
            const value = vector[(c * height + y) * width + x];
            components[from + c] += value * cosine;
            if (!frequency.isReal) components[channels + from + c] -= value * sine;
          }
        }
      }
    });
    // Components in the orthonormal basis.
    const scale =
      Math.sqrt((frequency.isReal ? 1 : 2) / (torus.height * torus.width)) * (1 + 2 ** -50);
    values.push(components.map((value) => value * scale));
    slack.push(
      components.map((value, k) =>
        roundUp((loose[k % channels] + Math.abs(value) * 2 ** -48) * scale),
      ),
    );
    yield;
  }
  return { values, slack };
}

/** Shares below this part of the largest are not asked for: what rounding leaves there would grow. */
const LEAST_SHARE = 2 ** -14;

/**
 * The shapes of one vector and its opposite, with a share of each frequency:
 * `(sum_w a_w)^2 <= (sum q) sum_w a_w^2 / q_w`.
 */
export function spreadVector(
  { values, slack }: VectorComponents,
  wanted: ArrayLike<number>,
): Shape[] {
  let most = 0;
  for (let w = 0; w < values.length; w++) most = Math.max(most, wanted[w]);
  const shares = Float64Array.from(values, (_, w) => Math.max(wanted[w], LEAST_SHARE * most, TINY));
  const total = shares.reduce((sum, share) => sum + share, 0) * (1 + gamma(values.length));
  return values.map((vector, w) => {
    const n = vector.length;
    const factor = roundUp(total / shares[w]);
    const shape = vectorShape(vector, slack[w]);
    const errors = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        shape[i * n + k] *= factor;
        errors[i] += Math.abs(shape[i * n + k]);
      }
    }
    return addErrors(shape, errors, gamma(8));
  });
}

/** What ReLUs do to the channels, at the components of a frequency. */
export function slopesAt(low: Float64Array, span: Float64Array, frequency: Frequency): Slopes {
  const spans = atComponents(span, frequency);
  const free: number[] = [];
  for (let k = 0; k < spans.length; k++) if (spans[k] > 0) free.push(k);
  return { low: atComponents(low, frequency), span: spans, free: Int32Array.from(free) };
}

const GROWTH = 1.1;
const GROWTHS = 80;

/** Of all frequencies, with the multipliers used, the same for a channel at all of them. */
export interface SlopedImages {
  readonly images: readonly SlopedImage[];
  readonly multipliers: Float64Array;
}

/** `slopedImage` with one multiplier a channel: it holds for factors of their own at every position. */
export function* slopedImages(
  shapes: readonly Shape[],
  low: Float64Array,
  span: Float64Array,
  wanted: Float64Array,
  { list }: Frequencies,
  verify: boolean,
): Steps<SlopedImages> {
  const multipliers = wanted.slice();
  let isSpare = false;
  for (let attempt = 0; attempt < GROWTHS; attempt++) {
    const images: SlopedImage[] = [];
    for (const [w, shape] of shapes.entries()) {
      const slopes = slopesAt(low, span, list[w]);
      const own = Float64Array.from(slopes.free, (k) => multipliers[k % low.length]);
      const image = yield* slopedImageAt(shape, slopes.low.length, slopes, own, verify);
      if (image === undefined) break;
      images.push(image);
      yield;
    }
    if (images.length === shapes.length) {
      if (attempt === 0 || isSpare) return { images, multipliers };
      // Just definite is almost singular: the image would be as good as unbounded.
      isSpare = true;
    }
    for (let c = 0; c < low.length; c++) multipliers[c] *= GROWTH;
  }
  throw new OutOfRange('no multipliers were found');
}

/** The mean over all positions of each channel's square: what the diagonal is of a shape by position. */
export function meanSquares(
  shapes: readonly Shape[],
  channels: number,
  { list, torus }: Frequencies,
): Float64Array {
  const squares = new Float64Array(channels);
  for (const [w, shape] of shapes.entries()) {
    const n = componentsOf(list[w], channels);
    for (let k = 0; k < n; k++) squares[k % channels] += shape[k * n + k];
  }
  return squares.map((square) => square / (torus.height * torus.width));
}
