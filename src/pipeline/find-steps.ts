/**
 * The main job as one library call: quantise the target, plan a source, draw it from a seed, find the
 * masks, write the ticket, and prove what was written from its bytes alone.
 */

import type { Construction, Plan, UnmetDemand } from '../constructions/construction.js';
import { hornerSize } from '../constructions/horner/size.js';
import { constructionOf } from '../constructions/maps-on-demand.js';
import type { NeuronLayout } from '../constructions/roles.js';
import { checkObject, checkProbability, checkSeed } from '../core/arguments.js';
import { concatenate } from '../core/concatenate.js';
import { bitLength } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import { CERTIFYING, OWN_MEMORY, requireSteps, type StepLimit, spendUpTo } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { groupColumns } from '../integer/block-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { padToClass } from '../integer/join-networks.js';
import { checkTarget } from '../integer/lowering.js';
import {
  checkNetworkClass,
  classesAtPlaces,
  columnsOfBlock,
  freeRowsOf,
  layerRange,
  type NetworkClass,
  networkClassOf,
} from '../integer/network-class.js';
import { signsOf } from '../integer/source-signs.js';
import type { Certifier } from '../precision/certifier.js';
import {
  type ChosenPrecision,
  choosePrecisionSteps,
  type PrecisionRequest,
} from '../precision/precision.js';
import { comparingWith } from '../proof/compare-model.js';
import { type Verdict, verifyTicketSteps } from '../proof/verify-steps.js';
import { depthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkDomain } from '../target/check-network.js';
import type { FeatureShape } from '../target/linear-map.js';
import {
  type Domain,
  hasMaps,
  type InputSign,
  inputShapeOf,
  inputsOf,
  type Network,
} from '../target/network.js';
import type { TicketHead } from '../ticket/constructed.js';
import { ticketOfKind } from '../ticket/kinds.js';
import { readTicket } from '../ticket/read.js';
import type { ConstructedTicket, ModelRecord } from '../ticket/ticket.js';
import { createTicketWriter, type MaskTotals } from '../ticket/write.js';

export interface FindOptions {
  readonly construction: Construction;
  /** Default: lossless. */
  readonly precision?: PrecisionRequest;
  /** Default: the network's own. */
  readonly domain?: Domain;
  /** Failure probability that the plan allows; default 1e-6. */
  readonly delta?: number;
  /** A plan of the construction's to use, made for this network and others; `delta` is its own. */
  readonly plan?: Plan;
  /** With a seed only that one is tried; else 1, 2, .. until one succeeds. */
  readonly seed?: bigint;
  readonly model?: ModelRecord;
  /** The integer network with its record, where it was chosen before; in place of `precision`. */
  readonly chosen?: ChosenPrecision;
  /** Default: the caller's alone. */
  readonly threads?: Threads;
  /** What certifying an error may take, as the model's file justifies it; default: whatever it takes. */
  readonly certificateSteps?: StepLimit;
  /** What finding and proof may take, as the model's file justifies it; default: whatever they take. */
  readonly steps?: StepLimit;
  /** Told of the ticket as soon as it is written, before the proof of it begins. */
  readonly onWritten?: (written: WrittenTicket) => void;
}

/** A ticket that was read back from its bytes, and of which nothing is proved yet. */
export interface WrittenTicket {
  readonly ticket: ConstructedTicket;
  /** The ticket file. */
  readonly bytes: Uint8Array;
  /** What the construction placed where, worked out when it is asked for. */
  readonly layout: NeuronLayout;
}

/** A seed whose source lacks the network. */
export interface FailedSeed {
  readonly seed: bigint;
  readonly unmet: UnmetDemand;
}

export interface Found {
  readonly found: true;
  readonly plan: Plan;
  /** The integers of the network itself; the ticket's are these, padded to the class of the plan. */
  readonly target: IntegerNetwork;
  readonly ticket: ConstructedTicket;
  /** The ticket file, in pieces. */
  readonly bytes: readonly Uint8Array[];
  readonly verdict: Verdict;
  readonly masks: MaskTotals;
  readonly digits: number;
  /** What the construction placed where. */
  readonly layout: NeuronLayout;
  readonly failedSeeds: readonly FailedSeed[];
  readonly seconds: { readonly quantise: number; readonly find: number; readonly prove: number };
}

export interface NotFound {
  readonly found: false;
  readonly plan: Plan;
  readonly failedSeeds: readonly FailedSeed[];
}

/** Failing this many seeds has a probability below 2^-64 where delta, or the source's bound, is <= 1/2. */
const MOST_SEEDS = 64;

/**
 * The same in steps, of the stages `quantise` (mode `certified`: `analyse` and `allot`, for which it needs a
 * certifier), `plan`, `find` and `prove`.
 */
export function* findTicketSteps(
  network: Network,
  options: FindOptions,
  certifier?: Certifier,
): Steps<Found | NotFound> {
  checkObject('options', options);
  const { delta = 1e-6, domain = network.domain } = options;
  checkTarget(network);
  checkDomain(domain, inputsOf(network.layers));
  checkObject('construction', options.construction);
  const ofMaps = hasMaps(network);
  const construction = constructionOf(options.construction, ofMaps);
  if (options.plan === undefined) checkProbability('delta', delta);
  if (options.seed !== undefined) checkSeed(options.seed);
  checkPlan(network, construction, options.plan);
  const start = performance.now();
  const signs = signsOf(network, domain);
  if (options.chosen === undefined && options.precision?.mode === 'certified') {
    admitCertificate(network, signs, options.steps);
  }
  const chosen =
    options.chosen ??
    (yield* choosePrecisionSteps(
      network,
      options.precision ?? { mode: 'lossless' },
      domain,
      {
        ...(!ofMaps && { cost: sizeAtPlaces(construction, network, signs) }),
        ...(options.threads === undefined ? {} : { threads: options.threads }),
        ...(options.certificateSteps && {
          spend: spendUpTo(options.certificateSteps, CERTIFYING),
        }),
      },
      certifier,
    ));
  const { record: precision } = chosen;
  const quantised = performance.now();
  const plan = options.plan ?? (yield* planSource(construction, chosen.target, signs, delta));
  const target =
    options.plan === undefined
      ? chosen.target
      : padToClass(chosen.target, signs, plan.networkClass);

  if (options.steps !== undefined) {
    requireSteps(construction.work(target, plan), options.steps, '', FINDING);
  }
  const failedSeeds: FailedSeed[] = [];
  const depth = depthOf(plan.shape);
  const first = options.seed ?? 1n;
  const seeds = options.seed === undefined ? MOST_SEEDS : 1;
  for (let attempt = 0; attempt < seeds; attempt++) {
    const seed = first + BigInt(attempt);
    const head = {
      kind: 'constructed' as const,
      seed,
      shape: plan.shape,
      construction: plan.construction,
      delta: options.plan === undefined ? delta : Math.max(plan.failureBound, Number.MIN_VALUE),
      precision,
      domain,
      inputSigns: plan.networkClass.inputSigns,
      target,
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(network.normalization === undefined ? {} : { normalization: network.normalization }),
      ...(network.reading === undefined ? {} : { reading: network.reading }),
      ...(network.channelsLast === undefined ? {} : { channelsLast: network.channelsLast }),
    };
    yield { stage: 'find', done: 0, total: depth };
    const written = yield* writeFound(construction, plan, head, options.threads);
    if (!written.found) {
      failedSeeds.push({ seed, unmet: written.unmet });
      continue;
    }
    // The proof uses none, and what they still hold can be as large as all that it needs.
    options.threads?.release?.();
    const { bytes, masks, digits, layout } = written;
    yield;
    const foundAt = performance.now();
    // Nothing found is trusted: what is proved is what was written.
    const ticket = ticketOfKind(
      readTicket(bytes, { memory: OWN_MEMORY }),
      'constructed',
      'the proof',
    );
    options.onWritten?.({ ticket, bytes, layout });
    yield;
    const verdict = yield* proveTicket(ticket, network, domain, chosen, {
      certifier,
      threads: options.threads,
    });
    const end = performance.now();
    return {
      found: true,
      plan,
      target: chosen.target,
      ticket,
      bytes: [bytes],
      verdict,
      masks,
      digits,
      layout,
      failedSeeds,
      seconds: {
        quantise: (quantised - start) / 1000,
        find: (foundAt - quantised) / 1000,
        prove: (end - foundAt) / 1000,
      },
    };
  }
  return { found: false, plan, failedSeeds };
}

/** The plan for a network of this target's class, in steps of stage `plan`. */
export function* planSource(
  construction: Construction,
  target: IntegerNetwork,
  signs: readonly InputSign[],
  delta: number,
): Steps<Plan> {
  yield { stage: 'plan', done: 0, total: 1 };
  const plan = yield* construction.planSteps(networkClassOf(target, signs), delta);
  yield { stage: 'plan', done: 1, total: 1 };
  return plan;
}

type Written =
  | {
      readonly found: true;
      readonly bytes: Uint8Array;
      readonly masks: MaskTotals;
      readonly digits: number;
      readonly layout: NeuronLayout;
    }
  | { readonly found: false; readonly unmet: UnmetDemand };

/**
 * The ticket file of one seed. A function of its own, so that the writer with its encoded masks, and
 * all that finding took, are garbage before the proof begins.
 */
function* writeFound(
  construction: Construction,
  plan: Plan,
  head: TicketHead,
  threads: Threads | undefined,
): Steps<Written> {
  const writer = createTicketWriter(head);
  const finding = yield* construction.findSteps(
    head.target,
    createSource(head.seed, plan.shape),
    plan,
    (t, mask) => writer.addMask(t, mask),
    threads,
  );
  if (!finding.found) return finding;
  const { digits, assignments, layout } = finding;
  yield;
  const chunks = writer.finish(assignments);
  yield;
  return {
    found: true,
    bytes: concatenate(chunks),
    masks: writer.totals(),
    digits,
    layout,
  };
}

const FINDING = 'finding this network';

/**
 * Throws an `InputError` before an error is certified of a network whose smallest source, horner's
 * without fractional bits, already has more weights than there may be steps. Of feature maps the bounds
 * themselves are cheap.
 */
export function admitCertificate(
  network: Network,
  signs: readonly InputSign[],
  steps: StepLimit | undefined,
): void {
  if (steps === undefined || hasMaps(network)) return;
  const least = sizeAtPlaces({ size: hornerSize }, network, signs)(network.layers.map(() => 0));
  requireSteps(least, steps, '', 'certifying this network');
}

/** About what a construction's source costs for the network at these places, or for another in its place. */
export function sizeAtPlaces(
  construction: Pick<Construction, 'size'>,
  network: Network,
  signs: readonly InputSign[],
): (places: readonly number[], of?: Network) => number {
  const known = new Map<Network, ReturnType<typeof classesAtPlaces>>();
  return (places, of = network) => {
    // Only where bits are chosen at all: it looks at every weight.
    const classAt = known.get(of) ?? classesAtPlaces(of, signs);
    known.set(of, classAt);
    return construction.size(classAt(places));
  };
}

/** Throws a `UsageError` where a plan is another construction's or, at first sight, for other networks. */
function checkPlan(network: Network, { name }: Construction, plan: Plan | undefined): void {
  if (plan === undefined) return;
  if (plan.construction !== name) {
    throw new UsageError(`the source is planned for ${plan.construction}, not for ${name}`);
  }
  const { dimensions, maps } = plan.networkClass;
  if (hasMaps(network) !== (maps !== undefined)) {
    const [own, others] = ['feature maps', 'fully connected layers'];
    const [has, wants] = maps === undefined ? [own, others] : [others, own];
    throw new UsageError(
      `the network is not in the class of this source: it has ${has}, the class ${wants}`,
    );
  }
  if (maps !== undefined) {
    const text = ({ channels, height, width }: FeatureShape): string =>
      `${channels} x ${height} x ${width}`;
    const own = text(inputShapeOf(network));
    if (own === text(maps.input)) return;
    throw new UsageError(
      `the network is not in the class of this source: its inputs are ${own}, those of the class ${text(maps.input)}`,
    );
  }
  const [inputs, outputs] = [inputsOf(network.layers), network.layers.at(-1)?.outputs];
  if (dimensions[0] !== inputs || dimensions.at(-1) !== outputs) {
    throw new UsageError(
      `the network is not in the class of this source: it has ${inputs} inputs and ${outputs} outputs, the class ${dimensions[0]} and ${dimensions.at(-1)}`,
    );
  }
}

/**
 * Verifies a ticket against the model. (An error bound that was just computed is not computed again if the
 * ticket claims the same of the same.)
 */
function* proveTicket(
  ticket: ConstructedTicket,
  network: Network,
  domain: Domain,
  { record, target }: ChosenPrecision,
  means: { readonly certifier: Certifier | undefined; readonly threads: Threads | undefined },
): Steps<Verdict> {
  const known = record.mode === 'certified' && { certified: { network, target, domain, record } };
  const { certifier, threads } = means;
  const options = {
    model: { network, ...known },
    memory: OWN_MEMORY,
    ...(threads && { threads }),
  };
  return yield* verifyTicketSteps(ticket, options, comparingWith(certifier));
}

/**
 * The counting bound of a class (theory, section 5): `2^(source weights)` masks must tell apart all
 * integer matrices of the class, so a source for it needs at least
 * `sum_i rows_i columns_i log2(2 entries_i + 1) + log2(unit_i + 1)` weights. Biases count as weights; of
 * the constant's rows only their one entry.
 */
export function countingBound(networkClass: NetworkClass): number {
  checkNetworkClass(networkClass);
  return networkClass.bits.reduce((sum, _, index) => {
    const { entries, unit } = layerRange(networkClass, index);
    const integers = freeRowsOf(networkClass, index) * columnsOfRow(networkClass, index);
    return sum + integers * log2(2n * entries + 1n) + log2(unit + 1n);
  }, 0);
}

/** Columns that a free row of a block may have integers in: of a grouped convolution those of its group. */
function columnsOfRow(networkClass: NetworkClass, index: number): number {
  const groups = networkClass.maps?.blocks[index]?.groups;
  if (groups === undefined) return columnsOfBlock(networkClass, index);
  return groupColumns(groups) + (networkClass.constant ? 1 : 0);
}

/** The logarithm of a positive integer of any length. */
function log2(value: bigint): number {
  const dropped = Math.max(0, bitLength(value) - 64);
  return Math.log2(Number(value >> BigInt(dropped))) + dropped;
}
