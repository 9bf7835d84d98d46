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
import { type Balls, ballAround, checkBalls } from './balls.js';
import { type MapDifference, mapDifferences } from './bounds/map-difference.js';
import { type Certificate, certificateOf } from './certificate.js';
import { lowestRungSteps } from './fewest-bits.js';
import {
  analyseMapsSteps,
  certifyAnalysedSteps,
  type MapAnalysis,
  rowBudget,
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
  spend: Spend | undefined,
): Steps<number[]> {
  const effects: number[] = [];
  // What is left out makes the ladder less good, and nothing wrong.
  const budget = rowBudget(spend);
  for (const [index, own] of lossless.entries()) {
    yield { stage: 'analyse', done: index + 1, total: lossless.length + 1 };
    if (own === 0) {
      effects.push(0);
      continue;
    }
    const probe = Math.min(PROBE_PLACES, own - 1);
    const places = lossless.map((all, layer) => (layer === index ? probe : all));
    const steps = certifyAnalysedSteps(mapDifferences(pooled, places), analysis, {
      spend,
      budget,
    });
    const { epsilon } = yield* retold(steps, () => undefined);
    effects.push(Number.isFinite(epsilon) ? epsilon * 2 ** probe : Number.MAX_VALUE);
  }
  return effects;
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

export interface ChooseMapBitsOptions extends Pick<ChooseBitsOptions, 'spend' | 'cost'> {
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
  const { spend, around } = options;
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
  function* analysisOf(number: number): Steps<MapAnalysis> {
    const known = kept.get(number);
    if (known !== undefined) return known;
    const own = around === undefined ? domain : ballAround(around, number);
    const steps = analyseMapsSteps(layers, network, own, spend);
    const analysis = yield* retold(steps, () => undefined);
    if ((kept.size + 1) * neurons * BYTES_PER_NEURON <= MOST_KEPT || number === 0) {
      kept.set(number, analysis);
    }
    return analysis;
  }
  yield { stage: 'analyse', done: 0, total: lossless.length + 1 };
  const domains = around?.samples ?? 1;
  const order = Array.from({ length: domains }, (_, number) => number);
  // Whoever begins with the domain that needs most bits seldom has to leave its rung again.
  if (domains > 1 && domains * neurons * BYTES_PER_NEURON <= MOST_KEPT) {
    const doubtful: number[] = [];
    for (const number of order) {
      doubtful.push(undecidedNeurons(yield* analysisOf(number)));
      const done = (number + 1) / domains;
      yield { stage: 'analyse', done, total: lossless.length + 1 };
    }
    order.sort((a, b) => doubtful[b] - doubtful[a] || a - b);
  }
  const first = yield* analysisOf(0);
  const effects = yield* certifiedEffects(pooled, lossless, first, spend);
  yield { stage: 'analyse', done: lossless.length + 1, total: lossless.length + 1 };
  const ownCost = mapCost(pooled);
  const ladder = placesFront(effects, lossless, (places) =>
    options.cost === undefined ? ownCost(places) : options.cost(places, network),
  );
  const candidates = Math.ceil(Math.log2(ladder.length)) + domains;
  // How often a rung has to be left again shows on the way.
  const told = (done: number): Progress => ({
    stage: 'allot',
    done: Math.min(done, candidates),
    total: candidates,
  });
  const examined: { places: readonly number[]; epsilon: number }[] = [];
  let tried = 0;
  yield told(0);
  const predicted = (places: readonly number[]): number =>
    places.reduce(
      (sum, own, index) => sum + (own < lossless[index] ? effects[index] * 2 ** -own : 0),
      0,
    );
  const rounded = new Map<number, MapDifference[]>();
  function* candidate(rung: number, turn: number): Steps<Certificate> {
    // What all layers do together is seldom less than each by itself, and bounds take longest where they fail.
    if (predicted(ladder[rung]) > HOPELESS * epsilon) return NOTHING;
    const own = rounded.get(rung) ?? mapDifferences(pooled, ladder[rung]);
    rounded.set(rung, own);
    const analysis = yield* analysisOf(order[turn]);
    const steps = certifyAnalysedSteps(own, analysis, { goal: epsilon, spend });
    const certificate = yield* retold(steps, () => undefined);
    examined.push({ places: ladder[rung], epsilon: certificate.epsilon });
    yield told(++tried);
    return certificate;
  }
  const { rung, certificates } = yield* lowestRungSteps(ladder.length, domains, epsilon, candidate);
  const places = ladder[rung];
  const integerNetwork = ofMaps
    ? yield* integersAt(network, places, domain)
    : yield* quantizeSteps(network, places);
  yield told(candidates);
  return {
    ...{ places, integerNetwork, certificate: worstOf(certificates), examined },
    rounding: 'nearest',
    averagePlaces: weightedMean(counts(pooled), places),
  };
}
