/**
 * The ellipsoid bound of the difference. Next to the true activations (an ellipsoid around a reference
 * trajectory, and a box) it carries the error `a_i - a^_i` as an ellipsoid through the layers:
 * `delta_i = W^_i d_(i-1) + dW_i a_(i-1) + db_i`, and `d_i = lambda delta_i` with `lambda = 1` where
 * both networks are on, 0 where both are off, else in [0, 1]. A neuron's sign is only used where it is
 * certain in both networks. Errors of many neurons then add up by a norm instead of a sum.
 * Outward rounding throughout (`ellipsoid.ts`).
 */
import { multiplyAbsolute, multiplyVector } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import {
  boxScales,
  linearImage,
  type Shape,
  type SlopedImage,
  type Slopes,
  scaledImage,
  slopedImage,
  sumShape,
  supportAlong,
  supports,
  vectorShape,
} from './ellipsoid.js';
import { type CentredRegion, radiusAround } from './region.js';
import { gamma, roundUp, TINY } from './rounding.js';

/** Share of an ellipsoid sum that the rounding errors get. */
const SLACK_SHARE = 2 ** -24;

/** The free parameters of one layer. Every positive value is sound; good ones are learned. */
export interface LayerParameters {
  /** Multipliers over the diagonal of the shape they belong to, one per neuron. */
  readonly errorMultipliers: Float64Array;
  readonly activationMultipliers: Float64Array;
  /** Importance of each input of the layer where a box is put into an ellipsoid. */
  readonly errorImportance: Float64Array;
  readonly activationImportance: Float64Array;
  /** Shares of the carried error, of this layer's rounding, and of its mean effect. */
  shares: [number, number, number];
  /** Whether the layer's own rounding meets the activations as a box or as an ellipsoid. */
  source: 'box' | 'ellipsoid' | undefined;
}

export interface ChainLayer {
  readonly carried: Shape | undefined;
  readonly own: Shape | undefined;
  readonly mean: Shape | undefined;
  readonly shares: readonly [number, number, number];
  readonly source: 'box' | 'ellipsoid';
  /** Reference point of the layer's inputs, and their radius as a box. */
  readonly reference: Float64Array;
  readonly radius: Float64Array;
  /** Pre-activation error. */
  readonly error: Shape | undefined;
  readonly errorSlopes: Slopes | undefined;
  readonly errorImage: SlopedImage | undefined;
  readonly activation: Shape | undefined;
  readonly activationSlopes: Slopes | undefined;
  readonly activationImage: SlopedImage | undefined;
  /** Certain bounds of the true pre-activation. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface ChainResult {
  /** Per output, an upper bound of `|f_j - f^_j|`: what inner layers carry and the last one's own. */
  readonly bounds: Float64Array;
  readonly carriedParts: Float64Array;
  readonly ownParts: Float64Array;
  readonly layers: readonly ChainLayer[];
  /** Whether the last layer's own part comes from the ellipsoid of activations (1) or the box (0). */
  readonly ownEllipsoid: Uint8Array;
  /** Shapes of the errors and activations that the last layer meets. */
  readonly error: Shape | undefined;
  readonly activation: Shape | undefined;
  readonly reference: Float64Array;
}

/** Optional bounds of the true pre-activations from elsewhere, intersected with the chain's own. */
export interface RangeHint {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export function initialParameters(layers: readonly DifferenceLayer[]): LayerParameters[] {
  return layers.map(({ inputs, outputs }) => ({
    errorMultipliers: new Float64Array(outputs),
    activationMultipliers: new Float64Array(outputs),
    errorImportance: new Float64Array(inputs),
    activationImportance: new Float64Array(inputs),
    shares: [1, 1, 1],
    source: undefined,
  }));
}

export function cloneParameters(parameters: readonly LayerParameters[]): LayerParameters[] {
  return parameters.map((layer) => ({
    errorMultipliers: layer.errorMultipliers.slice(),
    activationMultipliers: layer.activationMultipliers.slice(),
    errorImportance: layer.errorImportance.slice(),
    activationImportance: layer.activationImportance.slice(),
    shares: [...layer.shares],
    source: layer.source,
  }));
}

function isZero(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}

/** Column norms times radius: importances before any are learned. */
function firstImportance(
  weights: Float64Array,
  { inputs, outputs }: DifferenceLayer,
  radius: Float64Array,
  importance: Float64Array,
): void {
  if (!isZero(importance)) return;
  for (let k = 0; k < inputs; k++) {
    let sum = 0;
    for (let i = 0; i < outputs; i++) sum += weights[i * inputs + k] ** 2;
    importance[k] = Math.max(Math.sqrt(sum) * radius[k], TINY);
  }
}

/** Top eigenvalue of the shape scaled to unit diagonal, by a few rounds of power iteration. */
function topCorrelation(shape: Shape, n: number): number {
  const scale = Float64Array.from({ length: n }, (_, k) => 1 / Math.sqrt(shape[k * n + k]));
  let vector = new Float64Array(n).fill(1);
  let top = 1;
  for (let round = 0; round < 12; round++) {
    const image = multiplyVector(
      shape,
      n,
      n,
      vector.map((value, k) => value * scale[k]),
    );
    let largest = 0;
    for (let k = 0; k < n; k++) {
      image[k] *= scale[k];
      largest = Math.max(largest, Math.abs(image[k]));
    }
    if (!(largest > 0)) break;
    let before = 0;
    let after = 0;
    for (let k = 0; k < n; k++) {
      before += vector[k] ** 2;
      after += image[k] ** 2;
    }
    top = Math.sqrt(after / before);
    vector = image.map((value) => value / largest);
  }
  // A unit diagonal has no smaller one; the rounds miss it where all ones are in the null space, as for
  // the pairs x and -x of inputs that are split into halves.
  return Math.max(1, top);
}

function multipliersOf(
  ratios: Float64Array,
  shape: Shape,
  n: number,
  free: Int32Array,
): Float64Array {
  let first = 0;
  return Float64Array.from(free, (k) => {
    if (ratios[k] === 0) {
      if (first === 0) first = 0.75 * topCorrelation(shape, n);
      ratios[k] = first;
    }
    return ratios[k] * shape[k * n + k];
  });
}

/** The region's image under `W`, before any learned importance matters for a ball. */
function inputImage(
  weights: Float64Array,
  layer: DifferenceLayer,
  radius: Float64Array,
  ball: boolean,
  importance: Float64Array,
): Shape {
  firstImportance(weights, layer, radius, importance);
  const scales = ball ? radius : boxScales(radius, importance);
  return scaledImage(weights, layer.outputs, layer.inputs, scales);
}

function slopesOf(low: Float64Array, span: Float64Array): Slopes {
  const free: number[] = [];
  for (let k = 0; k < span.length; k++) if (span[k] > 0) free.push(k);
  return { low, span, free: Int32Array.from(free) };
}

/** Slopes of `s(z) - s(z_ref)` over `z - z_ref`, for `z` in `[lower, upper]`, rounded outwards. */
function activationSlopes(
  reference: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Slopes {
  const n = reference.length;
  const low = new Float64Array(n);
  const span = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    if (upper[k] <= 0) continue;
    if (lower[k] >= 0) {
      low[k] = 1;
      continue;
    }
    const middle = reference[k];
    let least = 0;
    let most = 1;
    // A chord from the reference point: flattest or steepest to the end of the range beyond the kink.
    if (middle > 0) least = Math.max(0, (middle / (middle - lower[k])) * (1 - 2 ** -48) - TINY);
    else most = Math.min(1, (upper[k] / (upper[k] - middle)) * (1 + 2 ** -48) + TINY);
    low[k] = least;
    span[k] = Math.min(1, (most - least) * (1 + 2 ** -50) + 2 ** -60);
  }
  return slopesOf(low, span);
}

/** Slopes of `s(z) - s(z^)` over `z - z^`, for `z` in the range and `|z - z^| <= error`. */
function errorSlopes(lower: Float64Array, upper: Float64Array, error: Float64Array): Slopes {
  const n = lower.length;
  const low = new Float64Array(n);
  const span = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    if (error[k] === 0 || upper[k] <= -error[k]) continue;
    if (lower[k] >= error[k]) low[k] = 1;
    else span[k] = 1;
  }
  return slopesOf(low, span);
}

/** The chain over one region. `verify` is what makes the result a bound; without it, an estimate. */
export function runChain(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
  parameters: readonly LayerParameters[],
  verify: boolean,
  hints: readonly RangeHint[] = [],
): ChainResult {
  let reference = region.centre;
  let middle = region.centre;
  let radius = region.radius;
  let activation: Shape | undefined;
  let error: Shape | undefined;
  const results: ChainLayer[] = [];

  for (const [index, layer] of layers.entries()) {
    const { inputs, outputs, weights, bias, rounded, deltaWeights, deltaBias } = layer;
    const own = parameters[index];
    const last = index === layers.length - 1;
    const first = index === 0;
    const ball = first && region.ball;

    // This layer's own rounding: against the ellipsoid around the reference, or the box of ranges.
    const flat = isZero(deltaWeights) || isZero(radius);
    const meanOf = (point: Float64Array): Mean => {
      const vector = multiplyVector(deltaWeights, outputs, inputs, point);
      const slack = multiplyAbsolute(deltaWeights, outputs, inputs, point.map(Math.abs));
      for (let i = 0; i < outputs; i++) {
        vector[i] += deltaBias[i];
        slack[i] = roundUp((slack[i] + Math.abs(deltaBias[i])) * gamma(inputs + 4));
        if (vector[i] === 0 && deltaBias[i] === 0 && slack[i] < TINY) slack[i] = 0;
      }
      return { vector, slack };
    };
    // The last layer takes the better of both for each output (`finish`).
    const source = flat || activation === undefined ? 'box' : (own.source ?? 'ellipsoid');
    let sourceShape: Shape | undefined;
    if (!flat && !last) {
      sourceShape =
        source === 'ellipsoid'
          ? linearImage(deltaWeights, outputs, inputs, activation as Shape)
          : inputImage(deltaWeights, layer, radius, ball, own.errorImportance);
    }
    if (last) {
      const byBox = { mean: meanOf(middle), reach: outputReach(layer, radius, ball) };
      const byEllipsoid =
        flat || activation === undefined
          ? undefined
          : { mean: meanOf(reference), reach: outputSupports(layer, activation) };
      return {
        ...finish(layer, error, byBox, byEllipsoid),
        layers: results,
        error,
        activation,
        reference,
      };
    }
    const mean = meanOf(source === 'ellipsoid' ? reference : middle);
    const meanZero = isZero(mean.vector) && isZero(mean.slack);

    const carried = error === undefined ? undefined : linearImage(rounded, outputs, inputs, error);
    const meanShape = meanZero ? undefined : vectorShape(mean.vector, mean.slack);
    const parts: Shape[] = [];
    const shares: number[] = [];
    [carried, sourceShape, meanShape].forEach((shape, part) => {
      if (shape === undefined) return;
      parts.push(shape);
      shares.push(own.shares[part]);
    });
    const errorShape = parts.length === 0 ? undefined : sumShape(parts, shares, outputs);

    // True pre-activations: the reference trajectory, and what surrounds it.
    const centre = multiplyVector(weights, outputs, inputs, reference);
    const slack = multiplyAbsolute(weights, outputs, inputs, reference.map(Math.abs));
    for (let i = 0; i < outputs; i++) {
      centre[i] += bias[i];
      slack[i] = roundUp((slack[i] + Math.abs(bias[i])) * gamma(inputs + 4));
    }
    const around =
      activation === undefined
        ? inputImage(weights, layer, radius, ball, own.activationImportance)
        : linearImage(weights, outputs, inputs, activation);
    const shape = sumShape(
      [around, vectorShape(new Float64Array(outputs), slack)],
      [1 - SLACK_SHARE, SLACK_SHARE],
      outputs,
    );
    const reach = supports(shape, outputs);
    const boxCentre = multiplyVector(weights, outputs, inputs, middle);
    const boxReach = multiplyAbsolute(weights, outputs, inputs, radius);
    const boxSlack = multiplyAbsolute(weights, outputs, inputs, middle.map(Math.abs));
    const lower = new Float64Array(outputs);
    const upper = new Float64Array(outputs);
    const hint = hints[index];
    for (let i = 0; i < outputs; i++) {
      const slop =
        roundUp((boxSlack[i] + boxReach[i] + Math.abs(bias[i])) * gamma(2 * inputs + 8)) + TINY;
      const low = boxCentre[i] + bias[i] - boxReach[i] - 2 * slop;
      const high = boxCentre[i] + bias[i] + boxReach[i] + 2 * slop;
      const edge = roundUp(reach[i] + Math.abs(centre[i]) * 2 ** -50);
      lower[i] = Math.max(low, centre[i] - edge, hint?.lower[i] ?? Number.NEGATIVE_INFINITY);
      upper[i] = Math.min(high, centre[i] + edge, hint?.upper[i] ?? Number.POSITIVE_INFINITY);
      // The reference lies in the region's image up to rounding; ranges must hold it.
      lower[i] = Math.min(lower[i], centre[i]);
      upper[i] = Math.max(upper[i], centre[i]);
    }

    const forActivation = activationSlopes(centre, lower, upper);
    const activationImage = slopedImage(
      shape,
      outputs,
      forActivation,
      multipliersOf(own.activationMultipliers, shape, outputs, forActivation.free),
      verify,
    );
    let forError: Slopes | undefined;
    let errorImage: SlopedImage | undefined;
    if (errorShape !== undefined) {
      forError = errorSlopes(lower, upper, supports(errorShape, outputs));
      errorImage = slopedImage(
        errorShape,
        outputs,
        forError,
        multipliersOf(own.errorMultipliers, errorShape, outputs, forError.free),
        verify,
      );
    }
    results.push({
      carried,
      own: sourceShape,
      mean: meanShape,
      shares: own.shares,
      source,
      reference,
      radius,
      error: errorShape,
      errorSlopes: forError,
      errorImage,
      activation: shape,
      activationSlopes: forActivation,
      activationImage,
      lower,
      upper,
    });
    error = errorImage?.shape;
    activation = activationImage.shape;
    reference = centre.map((value) => Math.max(0, value));
    const nextRadius = new Float64Array(outputs);
    const nextMiddle = new Float64Array(outputs);
    for (let i = 0; i < outputs; i++) {
      const low = Math.max(0, lower[i]);
      const high = Math.max(0, upper[i]);
      nextMiddle[i] = low / 2 + high / 2;
      nextRadius[i] = radiusAround(nextMiddle[i], low, high);
    }
    middle = nextMiddle;
    radius = nextRadius;
  }
  throw new RangeError('a network has at least one layer');
}

interface Mean {
  readonly vector: Float64Array;
  readonly slack: Float64Array;
}

interface OwnEffect {
  readonly mean: Mean;
  readonly reach: Float64Array;
}

/** Per output, how far `dW v` can reach over the box of radius `radius`, or the ball. */
function outputReach(layer: DifferenceLayer, radius: Float64Array, ball: boolean): Float64Array {
  const { deltaWeights, outputs, inputs } = layer;
  if (ball) return supports(scaledImage(deltaWeights, outputs, inputs, radius), outputs);
  return multiplyAbsolute(deltaWeights, outputs, inputs, radius).map((value) =>
    value === 0 ? 0 : roundUp(value * (1 + gamma(inputs + 4))),
  );
}

function outputSupports(layer: DifferenceLayer, activation: Shape): Float64Array {
  const { deltaWeights, outputs, inputs } = layer;
  return Float64Array.from({ length: outputs }, (_, j) => {
    const row = deltaWeights.subarray(j * inputs, (j + 1) * inputs);
    return isZero(row) ? 0 : supportAlong(row, activation);
  });
}

/** The output layer, one output at a time: parts add up, the layer's own the better of two. */
function finish(
  { outputs, inputs, rounded }: DifferenceLayer,
  error: Shape | undefined,
  byBox: OwnEffect,
  byEllipsoid: OwnEffect | undefined,
): Pick<ChainResult, 'bounds' | 'carriedParts' | 'ownParts' | 'ownEllipsoid'> {
  const bounds = new Float64Array(outputs);
  const carriedParts = new Float64Array(outputs);
  const ownParts = new Float64Array(outputs);
  const ownEllipsoid = new Uint8Array(outputs);
  const constant = ({ mean }: OwnEffect, j: number): number =>
    Math.abs(mean.vector[j]) + mean.slack[j];
  for (let j = 0; j < outputs; j++) {
    const row = rounded.subarray(j * inputs, (j + 1) * inputs);
    if (error !== undefined) carriedParts[j] = supportAlong(row, error);
    ownParts[j] = byBox.reach[j] + constant(byBox, j);
    if (byEllipsoid !== undefined) {
      const other = byEllipsoid.reach[j] + constant(byEllipsoid, j);
      if (other < ownParts[j]) {
        ownParts[j] = other;
        ownEllipsoid[j] = 1;
      }
    }
    const sum = carriedParts[j] + ownParts[j];
    bounds[j] = sum === 0 ? 0 : roundUp(sum);
  }
  return { bounds, carriedParts, ownParts, ownEllipsoid };
}
