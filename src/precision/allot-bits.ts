/**
 * The fewest bits that provably suffice: per-layer places that make the source small while the certified
 * error stays at most epsilon. All candidates lie on one ladder, from no fractional bits to lossless,
 * that the network, the domain and the cost function alone decide: each rung adds one bit to the layer
 * where it lowers the error most for its cost. A rung's verdict "certified error at most epsilon" can only
 * turn from no to yes as epsilon grows, and the search halves the same ladder for every epsilon; so a
 * smaller epsilon never ends on a lower (cheaper) rung than a larger one, whatever the bounds do.
 */
import { checkObject, checkOneOf, checkPositive } from '../core/arguments.js';
import type { Spend } from '../core/limits.js';
import type { Progress, Watch } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { integerBits } from '../integer/network-class.js';
import { type NeuronScales, rescaledNetwork } from '../integer/neuron-scales.js';
import { losslessPlaces, quantize, quantizeSteps } from '../integer/quantize.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { type Domain, matrixOf, type Network } from '../target/network.js';
import { averagePlaces } from './average-places.js';
import { balanceScales, scaledMetric } from './balance-scales.js';
import { canSplit } from './bounds/branch-and-bound.js';
import { networkRegion, type Region } from './bounds/region.js';
import { feedbackSteps } from './bounds/steps.js';
import {
  type Certificate,
  type CertifyOptions,
  canRunEllipsoids,
  certifySteps,
  roundsOfOwnSteps,
} from './certificate.js';
import { quantizeCompensatedSteps } from './compensated.js';
import { BOXES_BY_DEFAULT, boxesWithin, roundsWithin } from './effort.js';
import {
  analyseReference,
  analyseReferenceSteps,
  analyseRoundingSteps,
  type ReferenceAnalysis,
  type RoundingAnalysis,
  someRounding,
} from './reference-analysis.js';

export type RoundingMode = 'nearest' | 'compensated';

export type Cost = (places: readonly number[], network: Network) => number;

export interface ChooseBitsOptions {
  /**
   * Size of the source for these places of a network's layers, in any unit; must not fall when a place is
   * added. Default: weights times bits of each layer. The network is the one that bits are chosen for, or that
   * with its neurons in other units.
   */
  readonly cost?: Cost;
  /** Whether neurons may be counted in other units, where integers are shorter then; default false. */
  readonly rescale?: boolean;
  /** Whether the boxes of a domain that is split have ranges by rows (`BranchOptions`); default false. */
  readonly rows?: boolean;
  /** Default `best`: what certifies the smaller error at the reference places. */
  readonly rounding?: RoundingMode | 'best';
  /** Boxes the domain may be split into per candidate; default those of `effort`. */
  readonly boxes?: number;
  /** About how many seconds of two cores the choice may take (`effort.ts`), where boxes have rows; default: `BOXES_BY_DEFAULT`. */
  readonly effort?: number;
  /** See `BranchOptions`. */
  readonly threads?: Threads;
  readonly spend?: Spend;
}

export interface ChosenBits {
  readonly places: readonly number[];
  readonly rounding: RoundingMode;
  readonly integerNetwork: IntegerNetwork;
  readonly certificate: Certificate;
  /** The units of hidden neurons that places and integers are in; absent where they are the network's own. */
  readonly scales?: NeuronScales;
  /** Boxes that the certificate takes, where they have ranges by rows, or are never split (`CertifiedClaim`). */
  readonly boxes?: number;
  /** Average of the fractional bits of all weights, in the network's own units. */
  readonly averagePlaces: number;
  /** Rungs of the ladder that were certified or refused on the way, with the largest error found. */
  readonly examined: readonly { readonly places: readonly number[]; readonly epsilon: number }[];
}

/** A rung is not even tried if its predicted error is this many times epsilon: by splitting, or not. */
const HOPELESS_SPLIT = 8;
const HOPELESS_WHOLE = 1.6;
/** Inputs up to which the domain is split (see branch-and-bound). */
const FEW_INPUTS = 16;

interface Candidate {
  readonly network: IntegerNetwork;
  readonly certificate: Certificate;
}

function defaultCost(): Cost {
  const measured = (network: Network) =>
    network.layers.map((layer) => {
      const [weights, bias] = [matrixOf(layer).values, layer.bias.values];
      return {
        count: weights.length + bias.length,
        bits: Math.max(integerBits(weights), integerBits(bias)),
      };
    });
  const known = new Map<Network, ReturnType<typeof measured>>();
  return (places, network) => {
    const layers = known.get(network) ?? measured(network);
    known.set(network, layers);
    return layers.reduce((sum, { count, bits }, index) => sum + count * (places[index] + bits), 0);
  };
}

/** What bits are chosen for: the network, perhaps with its neurons in other units, and what is known of it. */
interface Subject {
  readonly network: Network;
  readonly reference: ReferenceAnalysis;
  readonly scales?: NeuronScales;
}

/** The network with its neurons in the units in which integers are shortest; undefined where those are its own. */
function inBestUnits({ network, reference }: Subject, cost: Cost): Subject | undefined {
  const { effects, metrics } = reference;
  const ladder = placesLadder(effects, losslessPlaces(network), (places) => cost(places, network));
  const places = ladder[Math.trunc(ladder.length / 2)];
  const whole = cost(places, network);
  const layers = network.layers.flatMap((layer, index) => {
    const metric = metrics[index];
    if (metric === undefined) return [];
    const { inputs, outputs, bias } = layer;
    const more = places.map((own, at) => (at === index ? own + 1 : own));
    return {
      ...{ inputs, outputs, metric, weights: matrixOf(layer).values, bias: bias.values },
      cost: cost(more, network) - whole,
    };
  });
  if (layers.length < network.layers.length) return undefined;
  const balanced = balanceScales(layers);
  if (balanced === undefined) return undefined;
  const { scales } = balanced;
  return {
    scales,
    network: rescaledNetwork(network, scales),
    reference: {
      effects: effects.map((effect, index) => effect * balanced.effects[index]),
      metrics: metrics.map(
        (metric, index) => metric && scaledMetric(metric, scales[index], scales[index - 1]),
      ),
    },
  };
}

/** To weigh one more bit of one layer against the cost of all. */
const WEIGHING_STEPS = 200;

/** What the ladder takes: on each rung every layer is tried, and its cost looks at every layer. */
function ladderSteps(lossless: readonly number[]): number {
  const rungs = lossless.reduce((sum, places) => sum + places, 1);
  return WEIGHING_STEPS * rungs * lossless.length ** 2;
}

/** All candidates, each one bit above the one before, the last one lossless. */
export function placesLadder(
  effects: readonly number[],
  lossless: readonly number[],
  cost: (places: readonly number[]) => number,
): number[][] {
  let places = lossless.map(() => 0);
  const ladder = [places];
  let current = cost(places);
  for (;;) {
    let best: { places: number[]; cost: number; worth: number } | undefined;
    for (let index = 0; index < places.length; index++) {
      if (places[index] >= lossless[index]) continue;
      const next = places.slice();
      next[index]++;
      const nextCost = cost(next);
      const gain = effects[index] * 2 ** -next[index];
      const worth = gain / Math.max(nextCost - current, 2 ** -40 * Math.abs(current), 2 ** -1000);
      if (best === undefined || worth > best.worth) best = { places: next, cost: nextCost, worth };
    }
    if (best === undefined) return ladder;
    places = best.places;
    current = best.cost;
    ladder.push(places);
  }
}

/**
 * The integer network for places and rounding as `chooseBits` makes it, from the model and the domain
 * alone: what was chosen can be made again. Throws a `UsageError` for the domain `all`.
 */
export function quantizeAs(
  network: Network,
  domain: Domain,
  places: readonly number[],
  rounding: RoundingMode,
): IntegerNetwork {
  checkNetwork(network);
  checkDomain(domain, network.layers[0].inputs);
  checkOneOf('rounding', rounding, ['nearest', 'compensated']);
  if (rounding === 'nearest') return quantize(network, places);
  const reference = analyseReference(
    network,
    networkRegion(network, domain),
    canRunEllipsoids(network.layers),
  );
  return complete(roundWith({ network, reference }, places, rounding));
}

/** What rounding tells of itself is part of a larger stage here. */
function roundWith(
  { network, reference }: Subject,
  places: readonly number[],
  rounding: RoundingMode,
): Steps<IntegerNetwork> {
  const steps =
    rounding === 'nearest'
      ? quantizeSteps(network, places)
      : quantizeCompensatedSteps(network, places, reference.metrics);
  return retold(steps, () => undefined);
}

/** A rounding, with what a layer's part of the error is where it is done. */
interface ChosenRounding {
  readonly rounding: RoundingMode;
  readonly effects: readonly number[];
}

/**
 * The wanted rounding, or that of which the error over the whole domain, unsplit, is estimated lower on a middle
 * rung. Where errors of a layer cancel, their effect is another than that of rounding to nearest.
 */
function* chosenRounding(
  subject: Subject,
  region: Region,
  places: readonly number[],
  wanted: RoundingMode | 'best',
  spend: Spend | undefined,
): Steps<ChosenRounding> {
  const { network, reference } = subject;
  const { effects, metrics } = reference;
  const nearest: ChosenRounding = { rounding: 'nearest', effects };
  if (wanted === 'nearest') return nearest;
  if (metrics.every((metric) => metric === undefined))
    return { ...nearest, rounding: wanted === 'best' ? 'nearest' : wanted };
  function* analysis(rounding: RoundingMode): Steps<RoundingAnalysis | undefined> {
    if (rounding === 'compensated') spend?.(feedbackSteps(network.layers));
    const rounded = yield* roundWith(subject, places, rounding);
    return yield* analyseRoundingSteps(network, rounded, places, region, spend);
  }
  const own = yield* analysis('compensated');
  const compensated: ChosenRounding = { rounding: 'compensated', effects: own?.effects ?? effects };
  if (wanted === 'compensated') return compensated;
  const other = yield* analysis('nearest');
  const estimate = (found: RoundingAnalysis | undefined): number =>
    found?.estimate ?? Number.POSITIVE_INFINITY;
  return estimate(own) < estimate(other) ? compensated : nearest;
}

/**
 * Chooses places, integers and certificate for `|f - f^| <= epsilon` on the domain. Clamped to lossless:
 * no layer gets more places than it has bits. Throws a `UsageError` for an epsilon that is not positive
 * and for the domain `all`.
 */
export function chooseBits(
  network: Network,
  domain: Domain,
  epsilon: number,
  options: ChooseBitsOptions & Watch = {},
): ChosenBits {
  return complete(chooseBitsSteps(network, domain, epsilon, options), options);
}

/** The same in steps of the stages `analyse` and `allot`. */
export function* chooseBitsSteps(
  network: Network,
  domain: Domain,
  epsilon: number,
  options: ChooseBitsOptions = {},
): Steps<ChosenBits> {
  checkNetwork(network);
  checkDomain(domain, network.layers[0].inputs);
  checkPositive('epsilon', epsilon);
  checkObject('options', options);
  const region = networkRegion(network, domain);
  const { rounding: wanted = 'best', rescale = false, effort, threads, spend } = options;
  const byEffort = effort === undefined ? BOXES_BY_DEFAULT : boxesWithin(network, effort);
  const boxes = options.boxes ?? (options.rows ? byEffort : undefined);
  spend?.(ladderSteps(losslessPlaces(network)));
  const thorough = canRunEllipsoids(network.layers);
  const own = yield* analyseReferenceSteps(network, region, thorough, spend);
  const cost = options.cost ?? defaultCost();
  const plain: Subject = { network, reference: own };
  // With many inputs other units have not been shown to pay: sources hardly change, and weights are finer.
  const scaled = rescale && network.layers[0].inputs <= FEW_INPUTS;
  const subject = scaled ? (inBestUnits(plain, cost) ?? plain) : plain;
  const lossless = losslessPlaces(subject.network);
  const ladderFor = (effects: readonly number[]): number[][] =>
    placesLadder(effects, lossless, (places) => cost(places, subject.network));
  const first = ladderFor(subject.reference.effects);
  const chosen = yield* chosenRounding(
    subject,
    region,
    someRounding(first[Math.trunc(first.length / 2)], lossless),
    wanted,
    spend,
  );
  const { rounding, effects } = chosen;
  const ladder = effects === subject.reference.effects ? first : ladderFor(effects);
  const mayBeSplit = canSplit(network.layers[0].inputs, region);
  const splits = mayBeSplit && boxes !== 1;
  const rows = options.rows === true && splits;
  const ownSteps = options.rows === true && !mayBeSplit;
  const least = roundsOfOwnSteps(network.layers);
  const rounds = effort === undefined ? least : roundsWithin(network, effort, least);
  const hopeless = thorough ? (splits ? HOPELESS_SPLIT : HOPELESS_WHOLE) : 64;
  const predicted = (places: readonly number[]): number =>
    places.reduce(
      (sum, bits, index) => sum + (bits < lossless[index] ? effects[index] * 2 ** -bits : 0),
      0,
    );

  const examined: { places: readonly number[]; epsilon: number }[] = [];
  function* candidate(index: number): Steps<Candidate> {
    if (rounding === 'compensated') spend?.(feedbackSteps(network.layers));
    const integerNetwork = yield* roundWith(subject, ladder[index], rounding);
    const certifyOptions: CertifyOptions = {
      goal: epsilon,
      ...(boxes !== undefined && { boxes }),
      ...(ownSteps ? { ownSteps, rounds } : { rows, apart: rows }),
      ...(threads !== undefined && { threads }),
      ...(spend !== undefined && { spend }),
    };
    const certificate = yield* retold(
      certifySteps(subject.network, integerNetwork, domain, certifyOptions),
      ({ done, total }) => told(tried + done / (total + 1)),
    );
    examined.push({ places: ladder[index], epsilon: certificate.epsilon });
    return { network: integerNetwork, certificate };
  }

  let low = 0;
  let high = ladder.length - 1;
  // Halving a ladder of n rungs takes at most ceil(log2 n) of them, and the top one may come after.
  const candidates = Math.ceil(Math.log2(ladder.length)) + 1;
  let tried = 0;
  const told = (done: number): Progress => ({ stage: 'allot', done, total: candidates });
  yield told(0);
  let found: Candidate | undefined;
  while (low < high) {
    const middle = (low + high) >> 1;
    const made =
      predicted(ladder[middle]) > hopeless * epsilon ? undefined : yield* candidate(middle);
    yield told(++tried);
    if (made !== undefined && made.certificate.epsilon <= epsilon) {
      found = made;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  // The top rung is never probed: it is lossless.
  found ??= yield* candidate(high);
  yield told(candidates);
  const exact = losslessPlaces(network);
  if (cost(ladder[high], subject.network) >= cost(exact, network) && subject !== plain) {
    // In its own units the network itself costs no more.
    const integerNetwork = yield* roundWith(plain, exact, 'nearest');
    const steps = certifySteps(network, integerNetwork, domain);
    const certificate = yield* retold(steps, () => undefined);
    const own = averagePlaces(network, exact);
    return {
      ...{ places: exact, rounding: 'nearest', integerNetwork, certificate, examined },
      averagePlaces: own,
    };
  }
  const { scales } = subject;
  return {
    places: ladder[high],
    rounding,
    integerNetwork: found.network,
    certificate: found.certificate,
    ...(scales && { scales }),
    ...((rows || ownSteps) && found.certificate.boxes > 0 && { boxes: found.certificate.boxes }),
    averagePlaces: averagePlaces(network, ladder[high], scales),
    examined,
  };
}
