/**
 * The ellipsoid bound of the difference. Next to the true activations (an ellipsoid around a reference
 * trajectory, and a box) it carries the error `a_i - a^_i` as an ellipsoid through the layers:
 * `delta_i = W^_i d_(i-1) + dW_i a_(i-1) + db_i`, and `d_i = lambda delta_i` with `lambda = 1` where
 * both networks are on, 0 where both are off, else in [0, 1]. A neuron's sign is only used where it is
 * certain in both networks. Errors of many neurons then add up by a norm instead of a sum.
 * Outward rounding throughout (`ellipsoid.ts`).
 */
import type { Steps } from '../../core/steps.js';
import {
  boundOutputs,
  type Mean,
  type OutputBounds,
  outputReach,
  outputSupports,
} from './chain-output.js';
import {
  importanceFor,
  isZero,
  type LayerParameters,
  meets,
  multipliersOf,
  ratiosFor,
} from './chain-parameters.js';
import { activationSlopes, errorSlopes } from './chain-slopes.js';
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
  supports,
  vectorShape,
} from './ellipsoid.js';
import { type CentredRegion, radiusAround } from './region.js';
import { gamma, roundUp, TINY } from './rounding.js';

/** Share of an ellipsoid sum that the rounding errors get. */
const SLACK_SHARE = 2 ** -24;

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

export interface ChainResult extends OutputBounds {
  readonly layers: readonly ChainLayer[];
  /** The parameters that were used: those given, and first ones where none were learned. */
  readonly parameters: readonly LayerParameters[];
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

/** What is known of a layer's inputs: where they are, and how far the two networks are apart there. */
interface LayerInputs {
  /** The reference trajectory's point, around which the ellipsoid of activations is. */
  readonly reference: Float64Array;
  /** Centre and radius of the box of ranges, or of the ball. */
  readonly middle: Float64Array;
  readonly radius: Float64Array;
  readonly ball: boolean;
  readonly activation: Shape | undefined;
  readonly error: Shape | undefined;
}

/** `M point + offset` in float64, and how far off that can be. */
function affineImage(
  matrix: Float64Array,
  offset: Float64Array,
  { inputs, outputs }: DifferenceLayer,
  point: Float64Array,
): Mean {
  const vector = multiplyVector(matrix, outputs, inputs, point);
  const slack = multiplyAbsolute(matrix, outputs, inputs, point.map(Math.abs));
  for (let i = 0; i < outputs; i++) {
    vector[i] += offset[i];
    slack[i] = roundUp((slack[i] + Math.abs(offset[i])) * gamma(inputs + 4));
  }
  return { vector, slack };
}

/** What the layer's rounding adds at a point. */
function meanAt(layer: DifferenceLayer, point: Float64Array): Mean {
  const { deltaWeights, deltaBias, inputs } = layer;
  const { vector, slack } = affineImage(deltaWeights, deltaBias, layer, point);
  for (let i = 0; i < layer.outputs; i++) {
    const isNone = vector[i] === 0 && deltaBias[i] === 0 && slack[i] < TINY;
    if (isNone && !meets(deltaWeights.subarray(i * inputs, (i + 1) * inputs), point)) slack[i] = 0;
  }
  return { vector, slack };
}

/** The image of the box or ball of inputs under `W`. */
function regionImage(
  weights: Float64Array,
  { inputs, outputs }: DifferenceLayer,
  { radius, ball }: LayerInputs,
  importance: Float64Array,
): Steps<Shape> {
  return scaledImage(weights, outputs, inputs, ball ? radius : boxScales(radius, importance));
}

/** Whether the layer's rounding does nothing but add its mean. */
function isFlat({ deltaWeights }: DifferenceLayer, { radius }: LayerInputs): boolean {
  return isZero(deltaWeights) || isZero(radius);
}

/** What a layer's rounding adds, and the inputs' importances that were used where they are a box. */
interface OwnRounding {
  readonly source: 'box' | 'ellipsoid';
  readonly own: Shape | undefined;
  readonly mean: Shape | undefined;
  readonly importance: Float64Array;
}

/** This layer's own rounding: against the ellipsoid around the reference, or the box of ranges. */
function* ownRounding(
  layer: DifferenceLayer,
  at: LayerInputs,
  given: LayerParameters,
): Steps<OwnRounding> {
  const { inputs, outputs, deltaWeights } = layer;
  const { activation } = at;
  const flat = isFlat(layer, at);
  const source = flat || activation === undefined ? 'box' : (given.source ?? 'ellipsoid');
  const mean = meanAt(layer, source === 'ellipsoid' ? at.reference : at.middle);
  let importance = given.errorImportance;
  let own: Shape | undefined;
  if (!flat && source === 'ellipsoid') {
    own = yield* linearImage(deltaWeights, outputs, inputs, activation as Shape);
  } else if (!flat) {
    importance = importanceFor(deltaWeights, layer, at.radius, importance);
    own = yield* regionImage(deltaWeights, layer, at, importance);
  }
  const meanZero = isZero(mean.vector) && isZero(mean.slack);
  return {
    source,
    own,
    mean: meanZero ? undefined : vectorShape(mean.vector, mean.slack),
    importance,
  };
}

/** The error before the activation: what is carried, the layer's own rounding and its mean. */
function sumOfErrors(
  parts: readonly (Shape | undefined)[],
  shares: readonly number[],
  outputs: number,
): Shape | undefined {
  const present = parts.flatMap((shape, part) =>
    shape === undefined ? [] : [{ shape, share: shares[part] }],
  );
  if (present.length === 0) return undefined;
  return sumShape(
    present.map(({ shape }) => shape),
    present.map(({ share }) => share),
    outputs,
  );
}

interface Surroundings {
  readonly centre: Float64Array;
  readonly shape: Shape;
  readonly importance: Float64Array;
}

/** True pre-activations: the reference trajectory, and the ellipsoid around it. */
function* surroundings(
  layer: DifferenceLayer,
  at: LayerInputs,
  given: LayerParameters,
): Steps<Surroundings> {
  const { inputs, outputs, weights, bias } = layer;
  const { vector: centre, slack } = affineImage(weights, bias, layer, at.reference);
  let importance = given.activationImportance;
  let around: Shape;
  if (at.activation === undefined) {
    importance = importanceFor(weights, layer, at.radius, importance);
    around = yield* regionImage(weights, layer, at, importance);
  } else {
    around = yield* linearImage(weights, outputs, inputs, at.activation);
  }
  const shape = sumShape(
    [around, vectorShape(new Float64Array(outputs), slack)],
    [1 - SLACK_SHARE, SLACK_SHARE],
    outputs,
  );
  return { centre, shape, importance };
}

/** Certain bounds of the true pre-activations: what box, ellipsoid and hint leave. */
function rangesOf(
  { inputs, outputs, weights, bias }: DifferenceLayer,
  { middle, radius }: LayerInputs,
  { centre, shape }: { readonly centre: Float64Array; readonly shape: Shape },
  hint: RangeHint | undefined,
): RangeHint {
  const reach = supports(shape, outputs);
  const boxCentre = multiplyVector(weights, outputs, inputs, middle);
  const boxReach = multiplyAbsolute(weights, outputs, inputs, radius);
  const boxSlack = multiplyAbsolute(weights, outputs, inputs, middle.map(Math.abs));
  const lower = new Float64Array(outputs);
  const upper = new Float64Array(outputs);
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
  return { lower, upper };
}

interface BehindSlopes {
  readonly slopes: Slopes;
  readonly ratios: Float64Array;
  readonly image: SlopedImage;
}

/** An ellipsoid behind the ReLUs, with the ratios that its multipliers come from. */
function* behindSlopes(
  shape: Shape,
  slopes: Slopes,
  learned: Float64Array,
  { verify, apart = false }: ChainMode,
): Steps<BehindSlopes> {
  const n = slopes.low.length;
  const ratios = ratiosFor(learned, shape, n, slopes.free);
  const multipliers = multipliersOf(ratios, shape, n, slopes.free);
  return {
    slopes,
    ratios,
    image: yield* slopedImage(shape, n, slopes, multipliers, verify, apart),
  };
}

/** What the next layer meets: the reference and the ranges behind the ReLUs. */
function nextInputs(
  centre: Float64Array,
  { lower, upper }: RangeHint,
): Pick<LayerInputs, 'reference' | 'middle' | 'radius' | 'ball'> {
  const middle = new Float64Array(centre.length);
  const radius = new Float64Array(centre.length);
  for (let i = 0; i < centre.length; i++) {
    const low = Math.max(0, lower[i]);
    const high = Math.max(0, upper[i]);
    middle[i] = low / 2 + high / 2;
    radius[i] = radiusAround(middle[i], low, high);
  }
  return { reference: centre.map((value) => Math.max(0, value)), middle, radius, ball: false };
}

interface HiddenLayer {
  readonly step: ChainLayer;
  readonly parameters: LayerParameters;
  readonly next: LayerInputs;
}

function* passHidden(
  layer: DifferenceLayer,
  at: LayerInputs,
  given: LayerParameters,
  mode: ChainMode,
  hint: RangeHint | undefined,
): Steps<HiddenLayer> {
  const { inputs, outputs, rounded } = layer;
  const rounding = yield* ownRounding(layer, at, given);
  const carried =
    at.error === undefined ? undefined : yield* linearImage(rounded, outputs, inputs, at.error);
  const error = sumOfErrors([carried, rounding.own, rounding.mean], given.shares, outputs);
  const around = yield* surroundings(layer, at, given);
  const ranges = rangesOf(layer, at, around, hint);
  const onActivation = yield* behindSlopes(
    around.shape,
    activationSlopes(around.centre, ranges.lower, ranges.upper),
    given.activationMultipliers,
    mode,
  );
  const onError =
    error === undefined
      ? undefined
      : yield* behindSlopes(
          error,
          errorSlopes(ranges.lower, ranges.upper, supports(error, outputs)),
          given.errorMultipliers,
          mode,
        );
  return {
    step: {
      carried,
      own: rounding.own,
      mean: rounding.mean,
      shares: given.shares,
      source: rounding.source,
      reference: at.reference,
      radius: at.radius,
      error,
      errorSlopes: onError?.slopes,
      errorImage: onError?.image,
      activation: around.shape,
      activationSlopes: onActivation.slopes,
      activationImage: onActivation.image,
      ...ranges,
    },
    parameters: {
      errorMultipliers: onError?.ratios ?? given.errorMultipliers,
      activationMultipliers: onActivation.ratios,
      errorImportance: rounding.importance,
      activationImportance: around.importance,
      shares: given.shares,
      source: given.source,
    },
    next: {
      ...nextInputs(around.centre, ranges),
      error: onError?.image.shape,
      activation: onActivation.image.shape,
    },
  };
}

/** The output layer takes the better of box and ellipsoid for each output. */
function* passLast(layer: DifferenceLayer, at: LayerInputs): Steps<OutputBounds> {
  const { reference, middle, radius, ball, error, activation } = at;
  const byBox = { mean: meanAt(layer, middle), reach: yield* outputReach(layer, radius, ball) };
  const byEllipsoid =
    isFlat(layer, at) || activation === undefined
      ? undefined
      : { mean: meanAt(layer, reference), reach: yield* outputSupports(layer, activation) };
  return yield* boundOutputs(layer, error, byBox, byEllipsoid);
}

/** How a chain is run. */
export interface ChainMode {
  /** What makes the result a bound; without it, an estimate. */
  readonly verify: boolean;
  /** Whether multipliers are kept apart from where they prove nothing (`slopedImage`); default false. */
  readonly apart?: boolean;
}

/** The chain over one region, in steps. */
export function* runChainSteps(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
  parameters: readonly LayerParameters[],
  mode: ChainMode,
  hints: readonly RangeHint[] = [],
): Steps<ChainResult> {
  if (layers.length === 0) throw new RangeError('a network has at least one layer');
  const { centre, radius, ball } = region;
  let at: LayerInputs = {
    reference: centre,
    middle: centre,
    radius,
    ball,
    activation: undefined,
    error: undefined,
  };
  const last = layers.length - 1;
  const hidden: HiddenLayer[] = [];
  for (const [index, layer] of layers.slice(0, last).entries()) {
    const passed = yield* passHidden(layer, at, parameters[index], mode, hints[index]);
    hidden.push(passed);
    at = passed.next;
    yield;
  }
  const { error, activation, reference } = at;
  return {
    ...(yield* passLast(layers[last], at)),
    layers: hidden.map(({ step }) => step),
    parameters: [...hidden.map((passed) => passed.parameters), parameters[last]],
    error,
    activation,
    reference,
  };
}
