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
} from '../constructions/baselines/baseline.js';
import { findBaselineSteps } from '../constructions/baselines/find-masks.js';
import { baselineShape } from '../constructions/baselines/plan-baseline.js';
import type { UnmetDemand } from '../constructions/construction.js';
import { checkObject, checkPositive, checkProbability, checkSeed } from '../core/arguments.js';
import { concatenate } from '../core/concatenate.js';
import {
  CERTIFYING,
  OWN_MEMORY,
  type Spend,
  type StepLimit,
  StepLimitError,
  spendUpTo,
} from '../core/limits.js';
import type { Watch } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import type { EffectiveWeights } from '../integer/effective-network.js';
import { type ChosenBits, chooseBitsSteps } from '../precision/allot-bits.js';
import { type Certificate, certifySteps } from '../precision/certificate.js';
import { ownCertifier } from '../precision/own-certifier.js';
import { type CertifiedPrecision, certifiedRecord } from '../precision/precision.js';
import { effectiveMatrices } from '../proof/effective-matrices.js';
import type { Verdict } from '../proof/verify.js';
import {
  type ComparableNetworks,
  comparableNetworks,
  verifyBaselineSteps,
} from '../proof/verify-baseline-steps.js';
import { weightPlaces } from '../source/distributions.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import type { Domain, Network } from '../target/network.js';
import { type BaselineTicket, encodeBaselineTicket } from '../ticket/baseline.js';
import { ticketOfKind } from '../ticket/kinds.js';
import type { ModelRecord } from '../ticket/model-record.js';
import { readTicket } from '../ticket/read.js';
import {
  aimOf,
  type BuildLimits,
  DEFAULT_LIMITS,
  expectedWork,
  planAt,
  tooLarge,
} from './baseline-work.js';

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

/**
 * Finds and proves a ticket, or says why the system is only planned. Throws a `UsageError` for a domain
 * that is not bounded.
 */
export function findBaselineTicket(
  network: Network,
  options: FindBaselineTicketOptions & Watch,
): BaselineFound | BaselinePlanned {
  return complete(findBaselineTicketSteps(network, options), options);
}

/** The same in steps, of all stages from `analyse` to `certify`. */
export function* findBaselineTicketSteps(
  network: Network,
  options: FindBaselineTicketOptions,
): Steps<BaselineFound | BaselinePlanned> {
  const job = checked(network, options);
  const start = performance.now();
  const chosen = options.chosen ?? (yield* chooseBitsSteps(network, job.domain, job.epsilon));
  const precisionSeconds = (performance.now() - start) / 1000;
  const found = yield* firstCertified(job, chosen);
  if (found.outcome !== 'certified') return found;
  const proving = performance.now();
  const written = yield* writeAndProve(job, found);
  const { plan, finding, certificate, compared, halvings, seconds } = found;
  return {
    outcome: 'found',
    ...{ plan, finding, certificate, compared, halvings },
    ...written,
    seconds: {
      precision: precisionSeconds,
      find: seconds,
      prove: (performance.now() - proving) / 1000,
    },
  };
}

/** What is asked for, complete with its defaults. */
interface Job
  extends Required<Omit<FindBaselineTicketOptions, 'model' | 'chosen' | 'certificateSteps'>> {
  readonly network: Network;
  readonly model: ModelRecord | undefined;
  readonly spend: Spend | undefined;
}

function checked(network: Network, options: FindBaselineTicketOptions): Job {
  checkObject('options', options);
  const { domain = network.domain, delta = 1e-6, seed = 1n, model } = options;
  const { system, epsilon, limits = DEFAULT_LIMITS, width = 'least' } = options;
  const { steps = Number.POSITIVE_INFINITY, certificateSteps } = options;
  checkNetwork(network);
  checkDomain(domain, network.layers[0].inputs);
  checkObject('system', system);
  checkPositive('epsilon', epsilon);
  checkProbability('delta', delta);
  checkSeed(seed);
  const spend = certificateSteps && spendUpTo(certificateSteps, CERTIFYING);
  return { network, system, epsilon, domain, delta, seed, limits, width, steps, model, spend };
}

/** Masks whose weights are certified. */
interface Certified {
  readonly outcome: 'certified';
  readonly plan: BaselinePlan;
  readonly finding: BaselineFound['finding'];
  readonly effective: EffectiveWeights;
  readonly compared: ComparableNetworks;
  readonly certificate: Certificate;
  readonly halvings: number;
  /** Of choosing neurons, over all halvings. */
  readonly seconds: number;
}

/** Halves the tolerances until what is found is certified to epsilon, or says why it is not. */
function* firstCertified(job: Job, chosen: ChosenBits): Steps<Certified | BaselinePlanned> {
  const { network, system, epsilon, domain, delta, seed, limits, width, spend } = job;
  const aim = aimOf(system, network, chosen);
  let seconds = 0;
  let { steps } = job;
  for (let halvings = 0; ; halvings++) {
    const plan = planAt(system, aim, chosen, domain, delta, halvings);
    const work = expectedWork(system, aim, plan);
    const reason = tooLarge(work, limits, steps);
    steps -= work.steps;
    if (reason !== null) return { outcome: 'planned', plan, reason };
    const begun = performance.now();
    const finding = yield* findBaselineSteps(system, aim, seed, plan, { width });
    seconds += (performance.now() - begun) / 1000;
    if (!finding.found) {
      const { unmet } = finding;
      return { outcome: 'failed', plan, reason: `seed ${seed} lacks ${unmet.demand}`, unmet };
    }
    const effective = yield* effectiveOf(network, plan, finding, seed);
    const compared = comparableNetworks(network, effective);
    const certificate = yield* withinSteps(certificateFor(compared, domain, epsilon, spend));
    if (certificate instanceof StepLimitError) {
      return { outcome: 'planned', plan, reason: certificate.problem };
    }
    if (certificate.epsilon <= epsilon) {
      return {
        outcome: 'certified',
        ...{ plan, finding, effective, compared, certificate, halvings, seconds },
      };
    }
    if (halvings < MOST_HALVINGS) continue;
    const bound = certificate.decimal;
    return { outcome: 'failed', plan, reason: `only ${bound} could be certified, not ${epsilon}` };
  }
}

/** Writes the ticket, and reads it back to prove it. */
function* writeAndProve(
  job: Job,
  { plan, finding, effective, compared, certificate }: Certified,
): Steps<Pick<BaselineFound, 'ticket' | 'bytes' | 'verdict'>> {
  const { network, domain, epsilon } = job;
  const record = certifiedRecord(epsilon, certificate);
  const head = headOf(job, plan, finding, effective, record);
  const bytes = encodeBaselineTicket(head, (t) => finding.masks[t - 1]);
  yield;
  const written = readTicket(concatenate(bytes), { memory: OWN_MEMORY });
  const ticket = ticketOfKind(written, 'baseline', 'the proof');
  const certified = { network, target: compared.target, domain, record };
  const options = { model: { network, certified }, memory: OWN_MEMORY };
  const verdict = yield* verifyBaselineSteps(ticket, options, ownCertifier);
  return { ticket, bytes, verdict };
}

function headOf(
  { network, system, seed, delta, domain, model }: Job,
  plan: BaselinePlan,
  finding: BaselineFound['finding'],
  effective: EffectiveWeights,
  precision: CertifiedPrecision,
): Parameters<typeof encodeBaselineTicket>[0] {
  return {
    kind: 'baseline',
    seed,
    system: system.name,
    shape: baselineShape(plan.blocks, finding.neurons),
    distributions: plan.blocks.flatMap(({ distributions }) => distributions),
    delta,
    precision,
    domain,
    effective,
    ...(model === undefined ? {} : { model }),
    ...(network.normalization === undefined ? {} : { normalization: network.normalization }),
    ...(network.reading === undefined ? {} : { reading: network.reading }),
  };
}

/** The error instead, where the work takes more steps than it may. */
function* withinSteps<T>(work: Steps<T>): Steps<T | StepLimitError> {
  try {
    return yield* work;
  } catch (error) {
    if (error instanceof StepLimitError) return error;
    throw error;
  }
}

/**
 * The certificate with epsilon as its goal, as a checker computes it; a bound of the undivided domain
 * instead where that is so far above that dividing it would be in vain.
 */
function* certificateFor(
  { network, target }: ComparableNetworks,
  domain: Domain,
  epsilon: number,
  spend: Spend | undefined,
): Steps<Certificate> {
  const counted = spend === undefined ? {} : { spend };
  const once = { boxes: 1, rounds: WHOLE_ROUNDS, ...counted };
  const whole = yield* retold(certifySteps(network, target, domain, once), () => undefined);
  if (whole.epsilon > HOPELESS * epsilon) return whole;
  return yield* certifySteps(network, target, domain, { goal: epsilon, ...counted });
}

/** The weights of the masked source, as the checker computes them. */
function* effectiveOf(
  network: Network,
  plan: BaselinePlan,
  finding: BaselineFound['finding'],
  seed: bigint,
): Steps<EffectiveWeights> {
  const distributions = plan.blocks.flatMap((block) => block.distributions);
  const steps = effectiveMatrices({
    seed,
    shape: baselineShape(plan.blocks, finding.neurons),
    distributions,
    inputSigns: plan.inputSigns,
    constant: plan.constant,
    mask: (t) => finding.masks[t - 1],
  });
  // Nothing is proved yet.
  const computed = yield* retold(steps, () => undefined);
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
