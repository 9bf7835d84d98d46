/**
 * The error certificate: a sound upper bound of `sup over the domain |f - f^|`, per output and for the
 * largest, by the best of several bounds. It depends on the model, the integer network, the domain and
 * the options alone (no clock, no randomness), so a checker gets the same numbers from the same input.
 * Every bound rounds outwards; decimal strings are rounded up.
 */
import { checkObject } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { NeuronScales } from '../integer/neuron-scales.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { decimalDown, isPlainDecimal } from '../target/decimal.js';
import type { Domain, Network } from '../target/network.js';
import type { BallsRecord } from './balls.js';
import {
  type BranchOptions,
  branchAndBound,
  canSplit,
  mostBoxes,
} from './bounds/branch-and-bound.js';
import { type DifferenceLayer, differenceLayers, underflows } from './bounds/difference-layers.js';
import { differenceRelaxation } from './bounds/difference-relaxation.js';
import { intervalChain } from './bounds/interval-chain.js';
import { normChain } from './bounds/norm-chain.js';
import { centred, networkRegion } from './bounds/region.js';
import { LARGEST_GRAM } from './bounds/spectral-bound.js';
import { intervalSteps, normSteps, relaxationSteps, relaxationWork } from './bounds/steps.js';
import { decimalRoundedUp } from './decimal-up.js';
import { MOST_ROUNDS } from './effort.js';

export type BoundMethod =
  | 'lossless'
  | 'interval'
  | 'norm'
  | 'relaxation'
  | 'ellipsoid'
  /** The backward relaxation, of feature maps. */
  | 'backward'
  /** Ellipsoids that are the same at all positions, of feature maps. */
  | 'fourier';

export interface Certificate {
  /** Upper bound of the largest error over outputs and domain; Infinity where none was found. */
  readonly epsilon: number;
  /** Per output. */
  readonly outputs: Float64Array;
  /** The same as decimal strings that are not below the numbers. */
  readonly decimal: string;
  readonly outputDecimals: readonly string[];
  /** The bound that gave the smallest largest error. */
  readonly method: BoundMethod;
  /** What each bound that was tried gave for the largest error. */
  readonly tried: Readonly<Partial<Record<BoundMethod, number>>>;
  /** Boxes the domain was split into by the ellipsoid bound, with those split further; 0 without it. */
  readonly boxes: number;
}

export interface CertifyOptions extends BranchOptions {
  /** Bounds to try, cheapest first (default all). */
  readonly methods?: readonly BoundMethod[];
}

const ALL_METHODS: readonly BoundMethod[] = ['interval', 'norm', 'relaxation', 'ellipsoid'];

/** Multiplications beyond which a bound is left out: two seconds or so for one run of the chain. */
const MOST_WORK = 6e9;

type Widths = Pick<DifferenceLayer, 'inputs' | 'outputs'>;

function ellipsoidWork(layers: readonly Widths[]): number {
  return layers.reduce((sum, { inputs, outputs }, index) => {
    const hidden = index < layers.length - 1 ? 4 * outputs ** 3 : 0;
    return sum + 2 * outputs * inputs * (inputs + outputs) + hidden;
  }, 0);
}

/** Whether the ellipsoid bound is affordable for layers of these dimensions. */
export function canRunEllipsoids(layers: readonly Widths[]): boolean {
  return ellipsoidWork(layers) < MOST_WORK;
}

/** Rounds of learning on a whole domain that is split all the same, with ranges by rows. */
const ROUNDS_WITH_ROWS = 16;

/** Rounds of learning on the whole domain: fewer where each takes long. */
function roundsFor(layers: readonly Widths[]): number {
  return Math.round(Math.min(40, Math.max(12, 5e10 / ellipsoidWork(layers))));
}

/** The same with a step length for each parameter, which are worth more of them. */
export function roundsOfOwnSteps(layers: readonly Widths[]): number {
  return 2 * roundsFor(layers);
}

function largest(bounds: Float64Array): number {
  return bounds.reduce(
    (most, bound) => (bound >= 0 ? Math.max(most, bound) : Number.POSITIVE_INFINITY),
    0,
  );
}

/** True where the integer network is the target itself, on every input. */
export function isLossless(layers: readonly DifferenceLayer[]): boolean {
  return layers.every(
    ({ deltaWeights, deltaBias }) =>
      deltaWeights.every((value) => value === 0) && deltaBias.every((value) => value === 0),
  );
}

/** With what each bound that was tried gave, and the boxes of the ellipsoid bound. */
export function certificateOf(
  outputs: Float64Array,
  method: BoundMethod,
  tried: Partial<Record<BoundMethod, number>>,
  boxes: number,
): Certificate {
  const epsilon = largest(outputs);
  return {
    epsilon,
    outputs,
    decimal: decimalRoundedUp(epsilon),
    outputDecimals: Array.from(outputs, (bound) => decimalRoundedUp(bound)),
    method,
    tried,
    boxes,
  };
}

/**
 * Bounds `|f_j(x) - f^_j(x)|` over the domain, `f^` the function of the integer network with its scale.
 * With `goal` it stops as soon as that is met. Every piece of work is told to `spend` before it is done,
 * in steps of about a nanosecond. Throws a `UsageError` for the domain `all` unless the
 * integer network is lossless, and a `MisfitError` where the two networks do not fit each other.
 */
export function certify(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  options: CertifyOptions & Watch = {},
): Certificate {
  return complete(certifySteps(network, integerNetwork, domain, options), options);
}

/** The same in steps of stage `bound`, counted in boxes. */
export function* certifySteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  options: CertifyOptions = {},
): Steps<Certificate> {
  checkNetwork(network);
  checkIntegerNetwork(integerNetwork);
  checkDomain(domain, network.layers[0].inputs);
  checkObject('options', options);
  const { goal, methods = ALL_METHODS, spend } = options;
  spend?.(intervalSteps(network.layers));
  const layers = differenceLayers(network, integerNetwork);
  const count = layers[layers.length - 1].outputs;
  if (isLossless(layers)) {
    return certificateOf(new Float64Array(count), 'lossless', { lossless: 0 }, 0);
  }
  const region = networkRegion(network, domain);
  if (underflows(layers)) {
    const unknown = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    return certificateOf(unknown, 'interval', {}, 0);
  }
  const area = centred(region, layers[0].inputs);
  let best = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let method: BoundMethod = 'interval';
  let least = Number.POSITIVE_INFINITY;
  const tried: Partial<Record<BoundMethod, number>> = {};
  const met = (): boolean => goal !== undefined && largest(best) <= goal;
  const take = (name: BoundMethod, bounds: Float64Array): void => {
    // A bound that is no number is none.
    const usable = bounds.map((bound) => (bound >= 0 ? bound : Number.POSITIVE_INFINITY));
    const value = largest(usable);
    tried[name] = value;
    if (value < least) {
      least = value;
      method = name;
    }
    best = best.map((bound, j) => Math.min(bound, usable[j]));
  };

  const total = mostBoxes(layers, region, options.boxes);
  yield { stage: 'bound', done: 0, total };
  // The others need its ranges, and it costs next to nothing.
  const interval = intervalChain(layers, area);
  if (methods.includes('interval')) take('interval', interval.bounds);
  if (!met() && methods.includes('norm')) {
    spend?.(normSteps(layers, LARGEST_GRAM));
    take('norm', yield* normChain(layers, area, interval.ranges));
  }
  yield;
  if (!met() && methods.includes('relaxation') && relaxationWork(layers) < MOST_WORK) {
    spend?.(relaxationSteps(layers));
    take('relaxation', (yield* differenceRelaxation(layers, area)).bounds);
  }
  yield;
  let boxes = 0;
  if (!met() && methods.includes('ellipsoid') && canRunEllipsoids(layers)) {
    const rounds =
      options.rounds ?? (total > 1 && options.rows ? ROUNDS_WITH_ROWS : roundsFor(layers));
    const result = yield* branchAndBound(layers, region, { ...options, rounds });
    boxes = result.boxes;
    take('ellipsoid', result.bounds);
  }
  yield { stage: 'bound', done: total, total };
  return certificateOf(best, method, tried, boxes);
}

/** What a ticket records of its certificate, beside its domain and places: the claim to be checked. */
export interface CertifiedClaim {
  /** The epsilon that was asked for; it steers the bounds, so a checker needs it to repeat them. */
  readonly requested: number;
  /** The bound that was certified, a decimal rounded up (`Certificate.decimal`). */
  readonly certified: string;
  /** The same for each output (`Certificate.outputDecimals`). */
  readonly outputs: readonly string[];
  /** Of feature maps: binary places of each layer of `withSumPooling(network)`, from which the integers follow. */
  readonly places?: readonly number[] | undefined;
  /** The units of hidden neurons that the integers are in; absent where they are the model's own. */
  readonly scales?: NeuronScales | undefined;
  /**
   * Boxes that the domain may be split into, each with ranges by rows; 1 of a domain that is never split, bounded
   * by parameters that are learned in steps of their own. Absent of bounds from before either.
   */
  readonly boxes?: number | undefined;
  /** Where it holds around given inputs alone, and not on all of the domain. */
  readonly around?: BallsRecord | undefined;
}

/**
 * Goals of recertification, as multiples of the largest bound that is claimed. A little more than 1, and
 * learning stops where it did for any larger goal that ended with this claim.
 */
const FIRST_GOAL = 1 + 2 ** -19;
const FURTHER_GOALS: readonly number[] = [1.03, 1.06, 1.12, 1.25, 1.5];

/** A claimed bound above which the certified one lies. */
export interface Overclaim {
  /** The output it is claimed for; undefined for the largest of all. */
  readonly output?: number;
  readonly claimed: string;
  /** What can be certified, rounded up: `Infinity` where nothing can. */
  readonly certified: string;
}

export interface Recertified {
  readonly holds: boolean;
  readonly certificate: Certificate;
  /** The first claim that does not hold, where the number of claims is right. */
  readonly overclaim?: Overclaim;
}

/** The first of the claimed bounds that the certificate does not have; undefined if it has all. */
export function overclaimOf(
  { certified, outputs }: CertifiedClaim,
  certificate: Certificate,
): Overclaim | undefined {
  const output = outputs.findIndex((bound, j) => !(certificate.outputs[j] <= decimalDown(bound)));
  if (output >= 0) {
    const own = decimalRoundedUp(certificate.outputs[output]);
    return { output, claimed: outputs[output], certified: own };
  }
  if (certificate.epsilon <= decimalDown(certified)) return undefined;
  return { claimed: certified, certified: certificate.decimal };
}

/**
 * What `verify --model` does: bounds the distance between the model and the integer network that a
 * ticket holds, from these two alone. It holds if each output's bound is at most the one that is
 * claimed for it, and the largest at most what is claimed for all. What was asked for plays no part,
 * but that the bounds are also computed as they were for it, where nothing else has met the claim.
 * Throws as `certify` does, and a `UsageError` where the claim is not made of numbers.
 */
export function recertify(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  claim: CertifiedClaim,
  options: Pick<CertifyOptions, 'spend' | 'threads'> & Watch = {},
): Recertified {
  return complete(recertifySteps(network, integerNetwork, domain, claim, options), options);
}

/** The same in steps of stage `bound`. */
export function* recertifySteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  claim: CertifiedClaim,
  { spend, threads }: Pick<CertifyOptions, 'spend' | 'threads'> = {},
): Steps<Recertified> {
  checkObject('claim', claim);
  const { requested, certified, outputs } = claim;
  if (
    !(requested > 0) ||
    !Array.isArray(outputs) ||
    ![certified, ...outputs].every(isPlainDecimal)
  ) {
    throw new UsageError('the claimed error bounds are not non-negative decimal numbers');
  }
  let certificate: Certificate | undefined;
  function* attempt(attemptOptions: CertifyOptions): Steps<Recertified> {
    const own = yield* certifySteps(network, integerNetwork, domain, attemptOptions);
    // Every attempt bounds every output.
    certificate = certificate === undefined ? own : lowerOf(certificate, own);
    if (outputs.length !== own.outputs.length) return { holds: false, certificate };
    const overclaim = overclaimOf(claim, certificate);
    return { holds: overclaim === undefined, certificate, ...(overclaim && { overclaim }) };
  }
  const largestClaimed = decimalDown(certified);
  const counted = { ...(spend && { spend }), ...(threads && { threads }) };
  if (claim.boxes === 1 && !canSplit(network.layers[0].inputs, networkRegion(network, domain))) {
    // Learning goes the way that it went, and ends where it met what was asked for.
    const goal = Math.max(requested, largestClaimed);
    const whole = { ...counted, boxes: 1, ownSteps: true, rounds: MOST_ROUNDS, giveUp: false };
    const result = yield* attempt({ ...whole, goal });
    if (result.holds || result.overclaim === undefined) return result;
    return yield* attempt({ ...whole, goal: largestClaimed * FIRST_GOAL });
  }
  if (claim.boxes !== undefined) {
    // As whoever chose it went about it, now or before; then without what was asked for.
    const split = { ...counted, rows: true, boxes: claim.boxes, giveUp: false };
    let result: Recertified | undefined;
    for (const goal of [Math.max(requested, largestClaimed), largestClaimed * FIRST_GOAL]) {
      for (const apart of [true, false]) {
        result = yield* attempt({ ...split, apart, goal });
        if (result.holds || result.overclaim === undefined) return result;
      }
    }
    return result as Recertified;
  }
  let result = yield* attempt({ ...counted, goal: largestClaimed * FIRST_GOAL, giveUp: false });
  if (result.holds || result.overclaim === undefined) return result;
  // Whoever stopped at a larger goal may have done with less for the largest and more for other bounds.
  const within = result.certificate.epsilon <= largestClaimed;
  const goals = within ? FURTHER_GOALS.map((factor) => largestClaimed * factor) : [];
  for (const goal of [...goals, requested]) {
    if (!result.holds && goal > largestClaimed) result = yield* attempt({ ...counted, goal });
  }
  return result;
}

/** The lower of two bounds of each output. */
function lowerOf(one: Certificate, other: Certificate): Certificate {
  const outputs = one.outputs.map((bound, output) => Math.min(bound, other.outputs[output]));
  const { method, tried, boxes } = other.epsilon < one.epsilon ? other : one;
  return certificateOf(outputs, method, tried, boxes);
}
