/**
 * Fourier ellipsoids: the ellipsoid bound of the difference (`ellipsoid-chain.ts`) on feature maps, with shapes that
 * are the same at all positions, one matrix for each frequency of a torus that holds the maps. Nothing is known there
 * of single positions: a factor in [0, 1] of its own at each of them covers what ReLU does, and what lies outside
 * of the maps and is cut off. Behind the first matrix of the network it is the chain of vectors.
 */
import type { Steps } from '../../core/steps.js';
import { activationSlopes, errorSlopes } from './chain-slopes.js';
import { OutOfRange, type Shape, type SlopedImage, sumShape, supports } from './ellipsoid.js';
import { imageOf } from './frequency-maps.js';
import { gamma, roundUp } from './rounding.js';
import { componentsOf, type Frequencies } from './torus.js';
import { channelsOf } from './torus-plan.js';
import type { PreparedNetwork, PreparedStep } from './torus-prepare.js';
import {
  boxSquares,
  diagonalShapes,
  meanSquares,
  slopedImages,
  spreadVector,
} from './torus-shapes.js';

/** The free numbers of a step. Every positive value is sound; 0 stands for one that is not learned. */
export interface StepParameters {
  /** Multipliers over the mean square of the channel, one for each channel of the output. */
  readonly errorMultipliers: Float64Array;
  readonly activationMultipliers: Float64Array;
  /** Importances of channels where a box is put into an ellipsoid. */
  readonly errorImportance: Float64Array;
  readonly activationImportance: Float64Array;
  /** Of what is carried, of the readings' own rounding and of its mean. */
  shares: [number, number, number];
  source: 'box' | 'ellipsoid';
  /** How much of the mean's share each frequency has. */
  readonly meanShares: Float64Array;
  /** The same where the box's centre is what the mean is of. */
  readonly boxMeanShares: Float64Array;
}

/** Behind a ReLU: shapes by frequency, and what they were made with. */
export interface BehindRelu {
  readonly low: Float64Array;
  readonly span: Float64Array;
  readonly squares: Float64Array;
  readonly images: readonly SlopedImage[];
  readonly multipliers: Float64Array;
}

export interface ChainStep {
  readonly error: BehindRelu | undefined;
  readonly activation: BehindRelu | undefined;
  readonly parts: readonly (readonly Shape[] | undefined)[];
}

export interface TorusResult {
  /** Of each output of the network, upper bounds of its error. */
  readonly bounds: Float64Array;
  readonly steps: readonly ChainStep[];
  readonly parameters: readonly StepParameters[];
  /** Of the last step: each channel's parts. */
  readonly carried: Float64Array;
  readonly own: Float64Array;
  /** Whether the own part of a channel is that of the ellipsoid. */
  readonly ownEllipsoid: Uint8Array;
}

/** Share of the rounding of the reference trajectory. */
const SLACK_SHARE = 2 ** -24;
/** Multipliers begin at this part of the largest correlation; half of it is the least that there is. */
const FIRST_RATIO = 0.75;

/** An upper estimate of the largest correlation: of shapes scaled to a mean square of 1. */
function topCorrelation(shapes: readonly Shape[], squares: Float64Array): number {
  let top = 1;
  const channels = squares.length;
  for (const shape of shapes) {
    const n = Math.sqrt(shape.length);
    const scale = Float64Array.from({ length: n }, (_, k) =>
      squares[k % channels] > 0 ? 1 / Math.sqrt(squares[k % channels]) : 0,
    );
    let vector = scale.map(() => 1);
    for (let round = 0; round < 6; round++) {
      const image = new Float64Array(n);
      let largest = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += shape[i * n + k] * scale[k] * vector[k];
        image[i] = sum * scale[i];
        largest = Math.max(largest, Math.abs(image[i]));
      }
      if (!(largest > 0)) break;
      const before = vector.reduce((sum, value) => sum + value * value, 0);
      const after = image.reduce((sum, value) => sum + value * value, 0);
      if (round === 5) top = Math.max(top, Math.sqrt(after / before));
      vector = image.map((value) => value / largest);
    }
  }
  return top;
}

/** Slopes of all that is open: sums that are not complete pass as they are. */
function slopesOf(step: PreparedStep, own: { low: Float64Array; span: Float64Array } | undefined) {
  const { open, output, shape } = step.plan;
  const channels = channelsOf(open);
  const low = new Float64Array(channels).fill(1);
  const span = new Float64Array(channels);
  const sum = open.find(({ layer }) => layer === output);
  if (sum === undefined) return { low, span };
  for (let c = 0; c < shape.channels; c++) {
    // Positions of maps, those outside of them among them, each have a factor that is not known.
    low[sum.from + c] = own === undefined ? 0 : own.low[c];
    span[sum.from + c] = own === undefined ? 1 : own.span[c];
  }
  return { low, span };
}

function* behindRelu(
  shapes: readonly Shape[],
  { low, span }: { readonly low: Float64Array; readonly span: Float64Array },
  ratios: Float64Array,
  from: number,
  frequencies: Frequencies,
  verify: boolean,
): Steps<BehindRelu> {
  const squares = meanSquares(shapes, low.length, frequencies);
  let first = 0;
  const wanted = new Float64Array(low.length);
  for (let c = 0; c < ratios.length; c++) {
    if (!(span[from + c] > 0)) continue;
    if (ratios[c] === 0 && first === 0) first = FIRST_RATIO * topCorrelation(shapes, squares);
    wanted[from + c] = (ratios[c] || first) * squares[from + c];
  }
  const { images, multipliers } = yield* slopedImages(
    shapes,
    low,
    span,
    wanted,
    frequencies,
    verify,
  );
  return { low, span, squares, images, multipliers };
}

/** The channels of one output among all that is open. */
function partOf(shape: Shape, channels: number, from: number, size: number): Shape {
  const n = Math.sqrt(shape.length);
  const copies = n / channels;
  const part = new Float64Array((copies * size) ** 2);
  const place = (k: number): number => Math.floor(k / size) * channels + from + (k % size);
  for (let i = 0; i < copies * size; i++) {
    for (let k = 0; k < copies * size; k++)
      part[i * copies * size + k] = shape[place(i) * n + place(k)];
  }
  return part;
}

/** Squares of how far a position of each channel reaches. */
export function positionSquares(
  shapes: readonly Shape[],
  channels: number,
  { list, torus }: Frequencies,
): Float64Array {
  const squares = new Float64Array(channels);
  for (const [w, shape] of shapes.entries()) {
    const n = componentsOf(list[w], channels);
    for (let c = 0; c < channels; c++) {
      const real = shape[c * n + c];
      if (list[w].isReal) {
        squares[c] += real;
        continue;
      }
      const other = channels + c;
      const mixed = Math.abs(shape[c * n + other]);
      squares[c] += 2 * (Math.max(real, shape[other * n + other], 0) + mixed);
    }
  }
  const factor = (1 + gamma(2 * list.length + 8)) / (torus.height * torus.width);
  return squares.map((square) => roundUp(Math.max(0, square) * factor));
}

/** The parameters that were used, for those not yet learned what was taken instead. */
function usedRatios(behind: BehindRelu | undefined, given: Float64Array, from: number) {
  if (behind === undefined) return given;
  return given.map((_, c) =>
    behind.span[from + c] > 0 && behind.squares[from + c] > 0
      ? behind.multipliers[from + c] / behind.squares[from + c]
      : 0,
  );
}

function importanceOr(given: Float64Array, radius: Float64Array): Float64Array {
  return given.some((value) => value > 0)
    ? given
    : radius.map((reach) => Math.max(reach, 2 ** -200));
}

/** A run of the chain. `verify` is what makes the result a bound; without it, an estimate. */
export function* runTorusSteps(
  network: PreparedNetwork,
  parameters: readonly StepParameters[],
  verify: boolean,
): Steps<TorusResult> {
  const { steps, frequencies, outputs } = network;
  const records: ChainStep[] = [];
  const used: StepParameters[] = [];
  let error: Shape[] | undefined;
  let activation: Shape[] | undefined;
  for (const [index, step] of steps.entries()) {
    const { plan, maps, before, reference } = step;
    const own = plan.open.find(({ layer }) => layer === plan.output);
    const given = parameters[index];
    const from = own?.from ?? 0;
    const channels = channelsOf(plan.open);
    let errorBehind: BehindRelu | undefined;
    let activationBehind: BehindRelu | undefined;
    if (own !== undefined && before !== undefined && activation !== undefined) {
      const { lower, upper, isRectified } = before;
      const isVector = step.isVector;
      const linear = (): { low: Float64Array; span: Float64Array } => ({
        low: lower.map(() => 1),
        span: lower.map(() => 0),
      });
      const forActivation = !isVector
        ? undefined
        : isRectified
          ? activationSlopes(reference, lower, upper)
          : linear();
      activationBehind = yield* behindRelu(
        activation,
        slopesOf(step, forActivation),
        given.activationMultipliers,
        from,
        frequencies[index],
        verify,
      );
      if (error !== undefined) {
        const forError = !isVector
          ? undefined
          : isRectified
            ? errorSlopes(
                lower,
                upper,
                supports(error[0], channels).subarray(from, from + lower.length),
              )
            : linear();
        errorBehind = yield* behindRelu(
          error,
          slopesOf(step, forError),
          given.errorMultipliers,
          from,
          frequencies[index],
          verify,
        );
      }
    }
    const errorImportance = importanceOr(given.errorImportance, step.radius);
    const activationImportance = importanceOr(given.activationImportance, step.radius);
    const isFlat = step.radius.every((reach) => reach === 0);
    const positions = plan.shape.height * plan.shape.width;
    const boxShapes = (importance: Float64Array): Shape[] =>
      diagonalShapes(
        step.ball === undefined
          ? boxSquares(step.radius, importance, positions)
          : step.radius.map(() => roundUp((step.ball as number) ** 2)),
        frequencies[index],
      );
    const ownShapes = activationBehind?.images.map(({ shape }) =>
      partOf(shape, channels, from, plan.shape.channels),
    );
    const source = ownShapes === undefined || isFlat ? 'box' : given.source;
    const carried: Shape[] | undefined =
      errorBehind &&
      (yield* imageOf(
        maps.rounded,
        errorBehind.images.map(({ shape }) => shape),
      ));
    const isLast = index === steps.length - 1;
    used.push({
      ...given,
      errorMultipliers: usedRatios(errorBehind, given.errorMultipliers, from),
      activationMultipliers: usedRatios(activationBehind, given.activationMultipliers, from),
      errorImportance,
      activationImportance,
      source,
    });
    if (isLast) {
      const ownMap: Shape[] | undefined = ownShapes && (yield* imageOf(maps.delta, ownShapes));
      records.push({
        error: errorBehind,
        activation: activationBehind,
        parts: [carried, ownMap, undefined],
      });
      const last = lastParts(network, carried, ownMap);
      return { ...last, steps: records, parameters: used };
    }
    let ownImage: Shape[] | undefined;
    if (!isFlat) {
      const inner = source === 'ellipsoid' ? (ownShapes as Shape[]) : boxShapes(errorImportance);
      ownImage = yield* imageOf(maps.delta, inner);
    }
    const mean = source === 'ellipsoid' ? step.meanAtReference : step.meanAtMiddle;
    const meanShares = source === 'ellipsoid' ? given.meanShares : given.boxMeanShares;
    const meanImage = spreadVector(
      mean,
      meanShares.length > 0
        ? meanShares
        : mean.values.map((vector) =>
            Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)),
          ),
    );
    const parts = [carried, ownImage, meanImage];
    const present = parts.flatMap((shapes, part) =>
      shapes ? [{ shapes, share: given.shares[part] }] : [],
    );
    error = meanImage.map((shape, w) =>
      sumShape(
        present.map(({ shapes }) => shapes[w]),
        present.map(({ share }) => share),
        Math.sqrt(shape.length),
      ),
    );
    const around = yield* imageOf(
      maps.values,
      activationBehind?.images.map(({ shape }) => shape) ?? boxShapes(activationImportance),
    );
    const loose = diagonalShapes(step.referenceSlack, frequencies[index + 1]);
    activation = around.map((shape, w) =>
      sumShape([shape, loose[w]], [1 - SLACK_SHARE, SLACK_SHARE], Math.sqrt(shape.length)),
    );
    records.push({ error: errorBehind, activation: activationBehind, parts });
    yield;
  }
  throw new OutOfRange(`a network of ${outputs} outputs has no layers`);
}

/** The outputs' bounds: what is carried, and the last layer's own rounding, by the better of two. */
function lastParts(
  { lastOwn, frequencies, steps }: PreparedNetwork,
  carriedShapes: readonly Shape[] | undefined,
  ownShapes: readonly Shape[] | undefined,
): Omit<TorusResult, 'steps' | 'parameters'> {
  const last = steps[steps.length - 1];
  const { shape } = last.plan.next[0];
  const area = shape.height * shape.width;
  const onto = frequencies[steps.length];
  const reach = (shapes: readonly Shape[] | undefined): Float64Array =>
    shapes === undefined
      ? new Float64Array(shape.channels)
      : positionSquares(shapes, shape.channels, onto).map((square) => roundUp(Math.sqrt(square)));
  const carried = reach(carriedShapes);
  const byEllipsoid = reach(ownShapes);
  const own = new Float64Array(shape.channels);
  const ownEllipsoid = new Uint8Array(shape.channels);
  const bounds = new Float64Array(shape.channels * area);
  for (let c = 0; c < shape.channels; c++) {
    for (let at = c * area; at < (c + 1) * area; at++) {
      const box = lastOwn.atMiddle[at] + lastOwn.reach[at];
      const ellipsoid =
        ownShapes === undefined
          ? Number.POSITIVE_INFINITY
          : lastOwn.atReference[at] + byEllipsoid[c];
      const sum = carried[c] + Math.min(box, ellipsoid);
      bounds[at] = roundUp(sum);
      if (at === c * area || Math.min(box, ellipsoid) > own[c]) {
        own[c] = Math.min(box, ellipsoid);
        ownEllipsoid[c] = ellipsoid < box ? 1 : 0;
      }
    }
  }
  return { bounds, carried, own, ownEllipsoid };
}
