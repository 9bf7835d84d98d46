/**
 * A ticket by one of the other systems of Table 1, from a network and an epsilon: tolerances per layer,
 * plan, masks, the weights that the masked source has, and their certificate. The tolerance of a weight
 * is what rounding it to the certified places would cost; where the weights found so are not certified
 * to epsilon, all tolerances are halved. What is written is read back and proved.
 */

import type {
  Baseline,
  BaselineFinding,
  BaselinePlan,
  BlockWork,
} from '../constructions/baselines/baseline.js';
import { blockTargets, findBaseline } from '../constructions/baselines/find-baseline.js';
import {
  baselineClass,
  baselineShape,
  planBaseline,
} from '../constructions/baselines/plan-baseline.js';
import type { UnmetDemand } from '../constructions/construction.js';
import { KEPT_STEPS, LAYER_STEPS } from '../constructions/work.js';
import { checkObject, checkPositive, checkProbability, checkSeed } from '../core/arguments.js';
import {
  CERTIFYING,
  OWN_MEMORY,
  type Spend,
  type StepLimit,
  StepLimitError,
  spendUpTo,
} from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import type { EffectiveWeights } from '../integer/effective-network.js';
import { needsConstant } from '../integer/quantize.js';
import { type ChosenBits, chooseBits } from '../precision/allot-bits.js';
import { type Certificate, certify } from '../precision/certificate.js';
import { certifiedRecord } from '../precision/precision.js';
import { effectiveMatrices } from '../proof/effective-matrices.js';
import type { Verdict } from '../proof/verify.js';
import {
  type ComparableNetworks,
  comparableNetworks,
  verifyBaselineTicket,
} from '../proof/verify-baseline.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import { weightPlaces } from '../source/weights.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { denseLayer } from '../target/make-layers.js';
import { type Domain, dimensions, inputSigns, matrixOf, type Network } from '../target/network.js';
import { type BaselineTicket, encodeBaselineTicket } from '../ticket/baseline.js';
import { ticketOfKind } from '../ticket/kinds.js';
import type { ModelRecord } from '../ticket/metadata.js';
import { readTicket } from '../ticket/read.js';
import { concatenate } from './find.js';

/** What is built at all; beyond it a system is only planned. */
export interface BuildLimits {
  /** Source weights drawn. */
  readonly draws: number;
  /** Kept edges. */
  readonly kept: number;
  /** Numbers in memory at once. */
  readonly memory: number;
}

export const DEFAULT_LIMITS: BuildLimits = { draws: 4e9, kept: 2.5e7, memory: 1e8 };

export interface FindBaselineTicketOptions {
  readonly system: Baseline;
  readonly epsilon: number;
  /** Default: the network's own. */
  readonly domain?: Domain;
  /** Default 1e-6. */
  readonly delta?: number;
  /** Default 1. */
  readonly seed?: bigint;
  readonly limits?: BuildLimits;
  readonly model?: ModelRecord;
  /** Certified places of this network, domain and epsilon, if they are known already. */
  readonly chosen?: ChosenBits;
  /** `given` writes a source of the planned width (default `least`). */
  readonly width?: 'least' | 'given';
  readonly progress?: Progress;
  /** What finding and proof may take in all; what takes more is only planned. Default: whatever it takes. */
  readonly steps?: number;
  /** What certifying may take; what takes more is only planned. */
  readonly certificateSteps?: StepLimit;
}

export interface BaselineFound {
  readonly outcome: 'found';
  readonly plan: BaselinePlan;
  readonly finding: Extract<BaselineFinding, { found: true }>;
  readonly ticket: BaselineTicket;
  readonly bytes: readonly Uint8Array[];
  readonly verdict: Verdict;
  readonly certificate: Certificate;
  /** The model and what was found as networks on the same inputs, for attacks. */
  readonly compared: ComparableNetworks;
  /** Times that all tolerances were halved. */
  readonly halvings: number;
  readonly seconds: { readonly precision: number; readonly find: number; readonly prove: number };
}

export interface BaselinePlanned {
  readonly outcome: 'planned' | 'failed';
  readonly plan: BaselinePlan;
  readonly reason: string;
  readonly unmet?: UnmetDemand;
}

const MOST_HALVINGS = 8;
/** Where the undivided domain's bound is this many times epsilon, halving tolerances is cheaper. */
const HOPELESS = 3;
const WHOLE_ROUNDS = 10;

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The integer network as a real one: what the system that rounds to a grid of steps aims at. */
function onGrid(network: Network, { integerNetwork, places }: ChosenBits): Network {
  const carried = integerNetwork.constant ? 1 : 0;
  return {
    ...network,
    layers: network.layers.map((layer, index) => {
      const { values, columns } = integerNetwork.matrices[index];
      const unit = 2 ** -places[index];
      const at = (row: number, column: number): number =>
        Number(values[row * columns + column]) * unit;
      const { inputs, outputs, activation } = layer;
      return denseLayer({
        inputs,
        outputs,
        activation,
        weights: Float64Array.from({ length: outputs * inputs }, (_, position) =>
          at(Math.floor(position / inputs), position % inputs),
        ),
        bias: Float64Array.from({ length: outputs }, (_, row) =>
          carried === 1 ? at(row, inputs) : 0,
        ),
      });
    }),
  };
}

/** The network that a system aims at: unary steps can only make the rounded one. */
function aimOf(system: Baseline, network: Network, chosen: ChosenBits): Network {
  return system.name === 'diffenderfer' ? onGrid(network, chosen) : network;
}

/** A plan for tolerances that are `2^-halvings` of half a step at the chosen places. */
function planAt(
  system: Baseline,
  network: Network,
  chosen: ChosenBits,
  domain: Domain,
  delta: number,
  halvings: number,
): BaselinePlan {
  const { layers } = network;
  const constant = needsConstant(network);
  return planBaseline(
    system,
    baselineClass({
      dimensions: dimensions(network),
      inputSigns: inputSigns(domain, layers[0].inputs),
      constant,
      magnitudes: layers.map(
        (layer, index) =>
          // A layer of zeros is as good as one of ones.
          Math.max(
            largest(matrixOf(layer).values),
            largest(layer.bias.values),
            constant && index < layers.length - 1 ? 1 : 0,
          ) || 1,
      ),
      tolerances: chosen.places.map((places) => 2 ** (-places - 1 - halvings)),
    }),
    delta,
  );
}

/** What finding the network would take, in all; `neurons` are those of the widest hidden layer. */
export function expectedWork(system: Baseline, network: Network, plan: BaselinePlan): BlockWork {
  const targets = blockTargets(network, plan.constant);
  return plan.blocks.reduce(
    (sum, block, index) => {
      const { values } = targets[index];
      const mean = values.reduce((total, value) => total + Math.abs(value), 0) / values.length;
      const work = system.work(block, block.neurons, mean * 2 ** -block.scaleExponent);
      return {
        draws: sum.draws + work.draws,
        kept: sum.kept + work.kept,
        memory: Math.max(sum.memory, work.memory),
        // Of the widest hidden layer, in all.
        neurons: Math.max(sum.neurons, work.neurons * block.facts.inputs),
        steps: sum.steps + work.steps + KEPT_STEPS * work.kept + LAYER_STEPS,
      };
    },
    { draws: 0, kept: 0, memory: 0, neurons: 0, steps: 0 },
  );
}

const inDigits = (count: number): string => count.toExponential(1).replace('e+', 'e');

/** Why a system is only planned that would take more steps than the comparison leaves to it. */
export function tooManySteps(needed: number, allowed: number): string {
  return `about ${inDigits(needed)} steps would be taken, and ${inDigits(Math.max(0, allowed))} of the limit for all systems are left; for more, set option "memory" to more`;
}

/** Steps of the first attempt at a ticket; 0 where the system is only planned, whatever they are. */
export function expectedSteps(
  network: Network,
  {
    system,
    chosen,
    domain,
    delta,
    limits = DEFAULT_LIMITS,
  }: {
    readonly system: Baseline;
    readonly chosen: ChosenBits;
    readonly domain: Domain;
    readonly delta: number;
    readonly limits: BuildLimits | undefined;
  },
): number {
  const aim = aimOf(system, network, chosen);
  const work = expectedWork(system, aim, planAt(system, aim, chosen, domain, delta, 0));
  return tooLarge(work, limits, Number.POSITIVE_INFINITY) === null ? work.steps : 0;
}

/** Why the planned system is not built; null if it is. */
function tooLarge(work: BlockWork, limits: BuildLimits, steps: number): string | null {
  if (work.neurons > MAXIMUM_WIDTH) {
    return `a hidden layer of about ${inDigits(work.neurons)} neurons is wider than a source can be (2^32 - 1)`;
  }
  if (work.draws > limits.draws) {
    return `about ${inDigits(work.draws)} source weights would have to be drawn (limit ${inDigits(limits.draws)})`;
  }
  if (work.kept > limits.kept) {
    return `about ${inDigits(work.kept)} edges would be kept (limit ${inDigits(limits.kept)})`;
  }
  if (work.memory > limits.memory) {
    return `about ${inDigits(work.memory)} numbers would be held in memory at once (limit ${inDigits(limits.memory)})`;
  }
  if (work.steps > steps) return tooManySteps(work.steps, steps);
  return null;
}

/**
 * Finds and proves a ticket, or says why the system is only planned. Throws a `UsageError` for a domain
 * that is not bounded.
 */
export function findBaselineTicket(
  network: Network,
  options: FindBaselineTicketOptions,
): BaselineFound | BaselinePlanned {
  checkObject('options', options);
  const { system, epsilon, domain = network.domain, delta = 1e-6, seed = 1n, progress } = options;
  checkNetwork(network);
  checkDomain(domain, network.layers[0].inputs);
  checkObject('system', system);
  checkPositive('epsilon', epsilon);
  checkProbability('delta', delta);
  checkSeed(seed);
  const start = performance.now();
  const chosen =
    options.chosen ??
    chooseBits(network, domain, epsilon, { ...(progress === undefined ? {} : { progress }) });
  const aim = aimOf(system, network, chosen);
  const quantised = performance.now();
  let findSeconds = 0;
  let steps = options.steps ?? Number.POSITIVE_INFINITY;
  const spend = options.certificateSteps && spendUpTo(options.certificateSteps, CERTIFYING);
  for (let halvings = 0; ; halvings++) {
    const plan = planAt(system, aim, chosen, domain, delta, halvings);
    const work = expectedWork(system, aim, plan);
    const reason = tooLarge(work, options.limits ?? DEFAULT_LIMITS, steps);
    steps -= work.steps;
    if (reason !== null) return { outcome: 'planned', plan, reason };
    const begun = performance.now();
    const finding = findBaseline(system, aim, seed, plan, {
      width: options.width ?? 'least',
      progress: (done, total) => progress?.('select', done, total),
    });
    findSeconds += (performance.now() - begun) / 1000;
    if (!finding.found) {
      const { unmet } = finding;
      return { outcome: 'failed', plan, reason: `seed ${seed} lacks ${unmet.demand}`, unmet };
    }
    const effective = effectiveOf(network, plan, finding, seed);
    const compared = comparableNetworks(network, effective);
    const certificate = withinSteps(() =>
      certificateFor(compared, domain, epsilon, { progress, spend }),
    );
    if (certificate instanceof StepLimitError) {
      return { outcome: 'planned', plan, reason: certificate.problem };
    }
    if (certificate.epsilon > epsilon) {
      if (halvings < MOST_HALVINGS) continue;
      const bound = certificate.decimal;
      return {
        outcome: 'failed',
        plan,
        reason: `only ${bound} could be certified, not ${epsilon}`,
      };
    }
    const proving = performance.now();
    const record = certifiedRecord(epsilon, certificate);
    const head = {
      kind: 'baseline' as const,
      seed,
      system: system.name,
      shape: baselineShape(plan.blocks, finding.neurons),
      distributions: plan.blocks.flatMap(({ distributions }) => distributions),
      delta,
      precision: record,
      domain,
      effective,
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(network.normalization === undefined ? {} : { normalization: network.normalization }),
      ...(network.reading === undefined ? {} : { reading: network.reading }),
    };
    const bytes = encodeBaselineTicket(head, (t) => finding.masks[t - 1]);
    const written = readTicket(concatenate(bytes), { memory: OWN_MEMORY });
    const ticket = ticketOfKind(written, 'baseline', 'the proof');
    const verdict = verifyBaselineTicket(ticket, {
      model: { network, certified: { network, target: compared.target, domain, record } },
      ...(progress && { progress }),
      memory: OWN_MEMORY,
    });
    return {
      outcome: 'found',
      plan,
      finding,
      ticket,
      bytes,
      verdict,
      certificate,
      compared,
      halvings,
      seconds: {
        precision: (quantised - start) / 1000,
        find: findSeconds,
        prove: (performance.now() - proving) / 1000,
      },
    };
  }
}

/** The error instead, where the work takes more steps than it may. */
function withinSteps<T>(work: () => T): T | StepLimitError {
  try {
    return work();
  } catch (error) {
    if (error instanceof StepLimitError) return error;
    throw error;
  }
}

/**
 * The certificate with epsilon as its goal, as a checker computes it; a bound of the undivided domain
 * instead where that is so far above that dividing it would be in vain.
 */
function certificateFor(
  { network, target }: ComparableNetworks,
  domain: Domain,
  epsilon: number,
  {
    progress,
    spend,
  }: { readonly progress: Progress | undefined; readonly spend: Spend | undefined },
): Certificate {
  const counted = spend === undefined ? {} : { spend };
  const whole = certify(network, target, domain, { boxes: 1, rounds: WHOLE_ROUNDS, ...counted });
  if (whole.epsilon > HOPELESS * epsilon) return whole;
  return certify(network, target, domain, {
    goal: epsilon,
    ...counted,
    ...(progress && { progress: (done, total) => progress('bound', done, total) }),
  });
}

/** The weights of the masked source, as the checker computes them. */
function effectiveOf(
  network: Network,
  plan: BaselinePlan,
  finding: BaselineFound['finding'],
  seed: bigint,
): EffectiveWeights {
  const distributions = plan.blocks.flatMap((block) => block.distributions);
  const computed = effectiveMatrices({
    seed,
    shape: baselineShape(plan.blocks, finding.neurons),
    distributions,
    inputSigns: plan.inputSigns,
    constant: plan.constant,
    mask: (t) => finding.masks[t - 1],
  });
  if (!computed.computed) throw new Error(computed.failure.reason);
  return {
    matrices: computed.matrices,
    places: plan.blocks.map(
      ({ distributions: [first, second] }) => weightPlaces(first) + weightPlaces(second),
    ),
    scaleExponents: plan.blocks.map(({ scaleExponent }) => scaleExponent),
    constant: plan.constant,
    activation: network.layers[network.layers.length - 1].activation,
    inputSigns: plan.inputSigns,
  };
}
