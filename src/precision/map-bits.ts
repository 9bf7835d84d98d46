/**
 * The fewest bits for an error certificate of a network of feature maps (`allot-bits.ts` for what is fully
 * connected), with numbers rounded to nearest: the integers follow from the model and the places of its layers,
 * so a ticket records those, and a checker makes both again.
 */
import { checkPositive } from '../core/arguments.js';
import type { Spend } from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import { retold, type Steps } from '../core/steps.js';
import { losslessMapPlaces } from '../integer/map-places.js';
import { losslessPlaces, quantizeSteps } from '../integer/quantize.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { checkLayers } from '../target/check-layers.js';
import { checkDomain } from '../target/check-network.js';
import { outputShape, storedNumbers, summands } from '../target/linear-map.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import type { ChooseBitsOptions, ChosenBits } from './allot-bits.js';
import { weightedMean } from './average-places.js';
import { BALLS_AT_ONCE, type BallWork, ballResults, sharedLayers } from './ball-tasks.js';
import { type Balls, ballAround, checkBalls } from './balls.js';
import type { InputRegion } from './bounds/map-bounding.js';
import { type MapDifference, mapDifferences } from './bounds/map-difference.js';
import { type Certificate, certificateOf } from './certificate.js';
import { lowestRungSteps } from './fewest-bits.js';
import {
  boundsFor,
  certifyAnalysedSteps,
  inputRegion,
  type MapAnalysis,
  type MapBound,
  worstOf,
} from './map-certificate.js';
import { integersAt } from './map-integers.js';
import { placesFront } from './places-front.js';

/**
 * About what a bit more of each layer costs: a block's layers are two neurons for each row and one for each
 * column wide (theory, section 5), and a bit more is a layer more.
 */
function mapCost({ layers }: Network): (places: readonly number[]) => number {
  const each = layers.map((layer) => {
    if (layer.kind === 'max-pooling') return 0;
    const rows = outputShape(layer).channels;
    const columns = summands(layer).reduce(
      (sum, { part }) =>
        sum +
        (part.kind === 'dense'
          ? part.inputs
          : part.input.channels * part.kernel.height * part.kernel.width),
      0,
    );
    return (2 * rows + columns) ** 2;
  });
  return (places) => places.reduce((sum, own, index) => sum + own * each[index], 0);
}

/** Weights and biases of each layer. */
function counts({ layers }: Network): number[] {
  return layers.map((layer) =>
    layer.kind === 'max-pooling'
      ? 0
      : summands(layer).reduce(
          (sum, { part }) => sum + storedNumbers(part).values.length,
          layer.bias.values.length,
        ),
  );
}

/** Places at which the effect of one layer's rounding alone is certified. */
const PROBE_PLACES = 16;

/**
 * What a bit of each layer is worth: the certified error where it alone is rounded, in units of its last place;
 * 0 of a maximum.
 */
function* certifiedEffects(
  pooled: Network,
  lossless: readonly number[],
  analysis: MapAnalysis,
  bounds: readonly MapBound[],
  { threads, spend }: Pick<ChooseMapBitsOptions, 'threads' | 'spend'>,
): Steps<number[]> {
  const probes = lossless.map((own) => Math.min(PROBE_PLACES, own - 1));
  const rounded = [...lossless.keys()].filter((index) => lossless[index] > 0);
  const effects = lossless.map(() => 0);
  for (let from = 0; from < rounded.length; from += BALLS_AT_ONCE) {
    const some = rounded.slice(from, from + BALLS_AT_ONCE);
    yield { stage: 'analyse', done: from + 1, total: lossless.length + 1 };
    const works = some.map((index): BallWork => {
      const places = lossless.map((all, layer) => (layer === index ? probes[index] : all));
      const layers = mapDifferences(pooled, places);
      return { layers, input: analysis.input, analysis, bounds, wanted: 'certificate' };
    });
    const results = yield* retold(ballResults(works, threads, spend), () => undefined);
    for (const [at, { certificate }] of results.entries()) {
      const epsilon = certificate?.epsilon ?? Number.POSITIVE_INFINITY;
      const effect = epsilon * 2 ** probes[some[at]];
      effects[some[at]] = Number.isFinite(epsilon) ? effect : Number.MAX_VALUE;
    }
  }
  return effects;
}

/** Of the bounds that a domain is worth, not the one that is last and behind: every rung that fails would take it. */
function* boundsThatPay(
  pooled: Network,
  lossless: readonly number[],
  analysis: MapAnalysis,
  spend: Spend | undefined,
): Steps<readonly MapBound[]> {
  const bounds = boundsFor(analysis);
  if (bounds.length < 3) return bounds;
  const layers = mapDifferences(
    pooled,
    lossless.map((own) => Math.min(own, PROBE_PLACES)),
  );
  const steps = certifyAnalysedSteps(layers, analysis, { spend, bounds });
  const { tried } = yield* retold(steps, () => undefined);
  const last = bounds[bounds.length - 1];
  const others = bounds.slice(0, -1);
  const least = Math.min(...others.map((bound) => tried[bound] ?? Number.POSITIVE_INFINITY));
  return least <= (tried[last] ?? 0) ? others : bounds;
}

/** Neurons that are on for some inputs and off for others, as far as is known. */
function undecidedNeurons({ values }: MapAnalysis): number {
  let count = 0;
  for (const [index, relaxation] of (values?.relaxations ?? []).entries()) {
    if (relaxation === undefined || values?.passes[index]) continue;
    const { lower, upper } = relaxation;
    for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) count++;
  }
  return count;
}

/** A rung is not even tried if its predicted error is this many times epsilon. */
const HOPELESS = 1.6;
const NOTHING = certificateOf(Float64Array.of(Number.POSITIVE_INFINITY), 'interval', {}, 0);

/** Bytes that analyses of domains may take together; the others are made again for each rung. */
const MOST_KEPT = 2 ** 28;
/** Of an analysis, for each neuron. */
const BYTES_PER_NEURON = 100;

export interface ChooseMapBitsOptions
  extends Pick<ChooseBitsOptions, 'spend' | 'cost' | 'threads'> {
  /** Where the error is to be certified; default: on all of the domain. */
  readonly around?: Balls;
}

/**
 * `chooseBitsSteps` for feature maps, and for any network around given inputs: the lowest rung of the same kind
 * of ladder that meets epsilon, with numbers rounded to nearest. `domain` gives the inputs their signs.
 */
export function* chooseMapBitsSteps(
  network: Network,
  domain: Domain,
  epsilon: number,
  options: ChooseMapBitsOptions = {},
): Steps<ChosenBits> {
  const { spend, around, threads } = options;
  checkLayers(network);
  const inputs = inputsOf(network.layers);
  checkDomain(domain, inputs);
  checkPositive('epsilon', epsilon);
  if (around !== undefined) checkBalls(around, inputs);
  const ofMaps = hasMaps(network);
  const pooled = withSumPooling(network);
  const lossless = ofMaps ? losslessMapPlaces(pooled) : losslessPlaces(network);
  const layers = mapDifferences(pooled, lossless);
  const neurons = layers.reduce((sum, { outputs }) => sum + outputs, inputs);
  const kept = new Map<number, MapAnalysis>();
  const all = sharedLayers(layers, threads);
  const regionOf = (number: number): InputRegion =>
    inputRegion(network, around === undefined ? domain : ballAround(around, number));
  function* analysesOf(numbers: readonly number[]): Steps<MapAnalysis[]> {
    const missing = numbers.filter((number) => !kept.has(number));
    const works = missing.map(
      (number): BallWork => ({
        ...{ layers: all, input: regionOf(number), wanted: 'analysis' },
      }),
    );
    const results = yield* retold(ballResults(works, threads, spend), () => undefined);
    const fresh = new Map<number, MapAnalysis>();
    for (const [at, { analysis }] of results.entries()) {
      if (analysis === undefined) throw new RangeError('an analysis was asked for');
      const number = missing[at];
      fresh.set(number, analysis);
      if ((kept.size + 1) * neurons * BYTES_PER_NEURON <= MOST_KEPT || number === 0) {
        kept.set(number, analysis);
      }
    }
    return numbers.map((number) => (kept.get(number) ?? fresh.get(number)) as MapAnalysis);
  }
  yield { stage: 'analyse', done: 0, total: lossless.length + 1 };
  const domains = around?.samples ?? 1;
  const order = Array.from({ length: domains }, (_, number) => number);
  // Whoever begins with the domain that needs most bits seldom has to leave its rung again.
  if (domains > 1 && domains * neurons * BYTES_PER_NEURON <= MOST_KEPT) {
    const doubtful: number[] = [];
    for (let from = 0; from < domains; from += BALLS_AT_ONCE) {
      const analyses = yield* analysesOf(order.slice(from, from + BALLS_AT_ONCE));
      doubtful.push(...analyses.map(undecidedNeurons));
      const done = doubtful.length / domains;
      yield { stage: 'analyse', done, total: lossless.length + 1 };
    }
    order.sort((a, b) => doubtful[b] - doubtful[a] || a - b);
  }
  const [first] = yield* analysesOf([0]);
  const bounds = yield* boundsThatPay(pooled, lossless, first, spend);
  const effects = yield* certifiedEffects(pooled, lossless, first, bounds, options);
  yield { stage: 'analyse', done: lossless.length + 1, total: lossless.length + 1 };
  const ownCost = mapCost(pooled);
  const ladder = placesFront(effects, lossless, (places) =>
    options.cost === undefined ? ownCost(places) : options.cost(places, network),
  );
  const expected = Math.ceil(Math.log2(ladder.length)) + domains;
  // How often a rung has to be left again shows on the way.
  const told = (done: number): Progress => ({
    stage: 'allot',
    done: Math.min(done, expected),
    total: expected,
  });
  const examined: { places: readonly number[]; epsilon: number }[] = [];
  let tried = 0;
  yield told(0);
  const predicted = (places: readonly number[]): number =>
    places.reduce(
      (sum, own, index) => sum + (own < lossless[index] ? effects[index] * 2 ** -own : 0),
      0,
    );
  const rounded = new Map<number, readonly MapDifference[]>();
  function* candidates(rung: number, turns: readonly number[]): Steps<Certificate[]> {
    // What all layers do together is seldom less than each by itself, and bounds take longest where they fail.
    if (predicted(ladder[rung]) > HOPELESS * epsilon) return turns.map(() => NOTHING);
    const known = rounded.get(rung);
    const own = known ?? sharedLayers(mapDifferences(pooled, ladder[rung]), threads);
    rounded.set(rung, own);
    const analyses = yield* analysesOf(turns.map((turn) => order[turn]));
    const works = analyses.map(
      (analysis): BallWork => ({
        ...{ layers: own, input: analysis.input, analysis, goal: epsilon },
        ...{ bounds, wanted: 'certificate' },
      }),
    );
    const results = yield* retold(ballResults(works, threads, spend), () => undefined);
    const certificates = results.map(({ certificate }) => certificate ?? NOTHING);
    for (const certificate of certificates) {
      examined.push({ places: ladder[rung], epsilon: certificate.epsilon });
      tried++;
    }
    yield told(tried);
    return certificates;
  }
  const { rung, certificates } = yield* lowestRungSteps(
    ladder.length,
    domains,
    epsilon,
    candidates,
    BALLS_AT_ONCE,
  );
  const places = ladder[rung];
  const integerNetwork = ofMaps
    ? yield* integersAt(network, places, domain)
    : yield* quantizeSteps(network, places);
  yield told(expected);
  return {
    ...{ places, integerNetwork, certificate: worstOf(certificates), examined },
    rounding: 'nearest',
    averagePlaces: weightedMean(counts(pooled), places),
  };
}
