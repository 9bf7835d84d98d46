/**
 * The error certificate of networks of feature maps (`certificate.ts` for what is fully connected): the smaller,
 * output by output, of the interval chain and the backward relaxation of the difference. The ranges of the true
 * activations are worked out once for a domain, whatever the places.
 */
import type { Spend } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { checkLayers } from '../target/check-layers.js';
import { checkDomain } from '../target/check-network.js';
import { type Domain, inputsOf, type Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';
import { fourierBoundsSteps, fourierWork } from './bounds/fourier-ellipsoids.js';
import { mapBackwardSteps } from './bounds/map-backward.js';
import type { Budget, InputRegion } from './bounds/map-bounding.js';
import { mapChainSteps, mapChainWork } from './bounds/map-chain.js';
import {
  hasTinyNumbers,
  isExact,
  type MapDifference,
  mapDifferences,
} from './bounds/map-difference.js';
import { type MapValues, mapValuesSteps } from './bounds/map-values.js';
import { centred, regionOf } from './bounds/region.js';
import { type BoundMethod, type Certificate, certificateOf } from './certificate.js';

/** A multiplication, in steps of about a nanosecond. */
const PRODUCT_STEPS = 4;

/** Multiplications that the ranges of a network's activations, or one backward bound, may take: 10 s or so. */
export const MOST_PRODUCTS = 4e9;

/** A network of this many neurons and inputs has the interval chain alone. */
const MOST_NEURONS = 2 ** 21;

/** What is known of a network's true activations over a domain. */
export interface MapAnalysis {
  readonly input: InputRegion;
  /** Undefined where only intervals are affordable. */
  readonly values: MapValues | undefined;
}

/** The domain as a region of the network's inputs, channel by channel. */
export function inputRegion({ layers, channelsLast }: Network, domain: Domain): InputRegion {
  const inputs = inputsOf(layers);
  const region = regionOf(domain, inputs);
  const order = channelsLast === undefined ? undefined : channelsFirst(channelsLast);
  const inOrder = (values: Float64Array): Float64Array =>
    order === undefined ? values : Float64Array.from(order, (from) => values[from]);
  const area = centred(region, inputs);
  const centre = inOrder(area.centre);
  const radius = inOrder(area.radius);
  if (region.kind === 'box') {
    const ranges = { lower: inOrder(region.lower), upper: inOrder(region.upper) };
    return { ranges, centre, radius };
  }
  const ranges = { lower: radius.map((far) => -far), upper: radius };
  return { ranges, centre, radius, ball: region.radius };
}

/** What rows may take in all, of which `spend` is told. */
export function rowBudget(spend: Spend | undefined): Budget {
  return { left: MOST_PRODUCTS, spend: spend && ((products) => spend(PRODUCT_STEPS * products)) };
}

function neuronsOf(layers: readonly MapDifference[], inputs: number): number {
  return layers.reduce((sum, { outputs }) => sum + outputs, inputs);
}

/**
 * Analyses the true activations; `layers` are those of `withSumPooling(network)` at any places. Throws a
 * `UsageError` for the domain `all`.
 */
export function* analyseMapsSteps(
  layers: readonly MapDifference[],
  network: Network,
  domain: Domain,
  spend?: Spend,
): Steps<MapAnalysis> {
  return yield* analyseRegionSteps(layers, inputRegion(network, domain), spend);
}

/** The same on a region of the inputs, channel by channel. */
export function* analyseRegionSteps(
  layers: readonly MapDifference[],
  input: InputRegion,
  spend?: Spend,
): Steps<MapAnalysis> {
  if (neuronsOf(layers, input.centre.length) > MOST_NEURONS || hasTinyNumbers(layers)) {
    return { input, values: undefined };
  }
  spend?.(PRODUCT_STEPS * mapChainWork(layers));
  return { input, values: yield* mapValuesSteps(layers, input, rowBudget(spend)) };
}

/** The bounds there are on the error of feature maps, cheapest first. */
export const MAP_BOUNDS = ['interval', 'backward', 'fourier'] as const;
export type MapBound = (typeof MAP_BOUNDS)[number];

/** One bound by itself, per output; Infinity where it gives none. */
export function* mapBoundSteps(
  layers: readonly MapDifference[],
  network: Network,
  domain: Domain,
  bound: MapBound,
): Steps<Float64Array> {
  const analysis = yield* analyseMapsSteps(layers, network, domain);
  return yield* boundSteps(layers, analysis, bound, {});
}

function* boundSteps(
  layers: readonly MapDifference[],
  { input, values }: MapAnalysis,
  bound: MapBound,
  { spend, budget = rowBudget(spend) }: MapCertifyOptions,
): Steps<Float64Array> {
  let outputs: Float64Array | undefined;
  if (bound === 'interval') {
    spend?.(PRODUCT_STEPS * mapChainWork(layers));
    outputs = (yield* mapChainSteps(layers, input.ranges))[layers.length].error;
  } else if (values !== undefined && bound === 'fourier') {
    const work = fourierWork(layers, input.centre.length);
    if (Number.isFinite(work)) spend?.(PRODUCT_STEPS * work);
    outputs = yield* fourierBoundsSteps(layers, values);
  } else if (values !== undefined) {
    outputs = (yield* mapBackwardSteps(layers, values, budget)).bounds;
  }
  // A bound that is no number is none.
  if (outputs !== undefined)
    return outputs.map((own) => (own >= 0 ? own : Number.POSITIVE_INFINITY));
  return new Float64Array(outputsOf(layers)).fill(Number.POSITIVE_INFINITY);
}

function outputsOf(layers: readonly MapDifference[]): number {
  return layers[layers.length - 1].outputs;
}

function isMet(bounds: Float64Array, goal: MapCertifyOptions['goal']): boolean {
  if (goal === undefined) return false;
  const most = (output: number): number => (typeof goal === 'number' ? goal : goal[output]);
  return bounds.every((bound, output) => bound <= most(output));
}

/** From this share of undecided neurons on, no bound that starts from ranges gets far. */
const MANY_UNDECIDED = 0.4;

/**
 * The bounds that are worth their time: with little undecided the backward relaxation is far ahead; else the
 * ellipsoids are, and cost less, but not every network has them.
 */
export function boundsFor({ values }: MapAnalysis): readonly MapBound[] {
  if (values === undefined) return ['interval'];
  let undecided = 0;
  let all = 0;
  for (const [index, relaxation] of values.relaxations.entries()) {
    if (relaxation === undefined || values.passes[index]) continue;
    const { lower, upper } = relaxation;
    all += lower.length;
    for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) undecided++;
  }
  return undecided > MANY_UNDECIDED * all
    ? ['interval', 'fourier', 'backward']
    : ['interval', 'backward'];
}

export interface MapCertifyOptions {
  /** What is enough, for all outputs or for each: a cheaper bound that meets it is not improved. */
  readonly goal?: number | Float64Array | undefined;
  readonly spend?: Spend | undefined;
  /** Bounds to try, cheapest first; default: `boundsFor` the analysis. */
  readonly bounds?: readonly MapBound[];
  /** Of the rows of the backward bound, where others share it; default: `MOST_PRODUCTS` of its own. */
  readonly budget?: Budget;
}

/** Bounds `|f_j - f^_j|` over the analysed domain, `f^` being the network at the places of `layers`. */
export function* certifyAnalysedSteps(
  layers: readonly MapDifference[],
  analysis: MapAnalysis,
  options: MapCertifyOptions = {},
): Steps<Certificate> {
  const { goal } = options;
  const outputs = outputsOf(layers);
  if (isExact(layers)) {
    return certificateOf(new Float64Array(outputs), 'lossless', { lossless: 0 }, 0);
  }
  let best = new Float64Array(outputs).fill(Number.POSITIVE_INFINITY);
  let method: BoundMethod = 'interval';
  const tried: Partial<Record<BoundMethod, number>> = {};
  if (hasTinyNumbers(layers)) return certificateOf(best, method, tried, 0);
  let least = Number.POSITIVE_INFINITY;
  for (const bound of options.bounds ?? boundsFor(analysis)) {
    if (bound !== 'interval' && analysis.values === undefined) continue;
    const own = yield* boundSteps(layers, analysis, bound, options);
    const { epsilon } = certificateOf(own, bound, {}, 0);
    tried[bound] = epsilon;
    if (epsilon < least) {
      least = epsilon;
      method = bound;
    }
    best = best.map((value, j) => Math.min(value, own[j]));
    if (isMet(best, goal)) break;
  }
  return certificateOf(best, method, tried, 0);
}

/**
 * Bounds `|f_j(x) - f^_j(x)|` over the domain, `f^` being what `lowerMapsSteps` makes of the network with
 * these places, one for each layer of `withSumPooling(network)`. Tells `spend` of its work. Throws a
 * `UsageError` for the domain `all`, unless nothing is rounded.
 */
export function* certifyMapsSteps(
  network: Network,
  places: readonly number[],
  domain: Domain,
  options: MapCertifyOptions = {},
): Steps<Certificate> {
  checkLayers(network);
  checkDomain(domain, inputsOf(network.layers));
  const layers = mapDifferences(withSumPooling(network), places);
  yield;
  return yield* certifyDifferencesSteps(layers, network, domain, options);
}

/** The same of differences that are there. */
export function* certifyDifferencesSteps(
  layers: readonly MapDifference[],
  network: Network,
  domain: Domain,
  options: MapCertifyOptions = {},
): Steps<Certificate> {
  if (isExact(layers)) {
    return certificateOf(new Float64Array(outputsOf(layers)), 'lossless', { lossless: 0 }, 0);
  }
  return yield* certifyRegionSteps(layers, inputRegion(network, domain), options);
}

/**
 * The same on a region of the inputs, channel by channel. What its intervals show is not looked at by rows where
 * `goal` is met by them.
 */
export function* certifyRegionSteps(
  layers: readonly MapDifference[],
  input: InputRegion,
  options: MapCertifyOptions = {},
): Steps<Certificate> {
  const { goal, spend } = options;
  if (isExact(layers) || goal !== undefined) {
    const cheap = yield* certifyAnalysedSteps(layers, { input, values: undefined }, options);
    if (isExact(layers) || isMet(cheap.outputs, goal)) return cheap;
  }
  const analysis = yield* analyseRegionSteps(layers, input, spend);
  return yield* certifyAnalysedSteps(layers, analysis, options);
}

/** The error certificate over several domains: the worst of each. */
export function worstOf(certificates: readonly Certificate[]): Certificate {
  const [first] = certificates;
  if (certificates.length === 1) return first;
  const worst = certificates.reduce((most, own) => (own.epsilon > most.epsilon ? own : most));
  const outputs = first.outputs.map((_, j) =>
    certificates.reduce((most, own) => Math.max(most, own.outputs[j]), 0),
  );
  return certificateOf(outputs, worst.method, worst.tried, 0);
}
