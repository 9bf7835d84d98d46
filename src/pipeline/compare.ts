/**
 * The systems of Table 1 side by side on one network (theory, section 7): each planned, and where it can
 * be built, found, proved, attacked and executed. All promise the same epsilon on the same domain, from
 * the same certified places.
 */

import { attackSteps, attackWork } from '../attack/attack.js';
import type { BaselinePlan } from '../constructions/baselines/baseline.js';
import { BASELINE_NAMES, baselineNamed } from '../constructions/baselines/index.js';
import { baselineShape } from '../constructions/baselines/plan-baseline.js';
import type { Construction } from '../constructions/construction.js';
import { horner } from '../constructions/horner/horner.js';
import { constructionNamed } from '../constructions/index.js';
import { provideMapFinding } from '../constructions/maps/maps.js';
import { constructionOf } from '../constructions/maps-on-demand.js';
import { CONSTRUCTION_NAMES } from '../constructions/names.js';
import { checkObject, checkOneOf, checkParts } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { CERTIFYING, OWN_MEMORY, type StepLimit, spendUpTo } from '../core/limits.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import { floatEngine } from '../inference/float.js';
import { mapFloatEngineSteps } from '../inference/map-engines.js';
import { compileMapsSteps } from '../inference/map-program.js';
import { compileTicketSteps } from '../inference/pruned-program.js';
import { compileBaselineSteps, weightedEngine } from '../inference/weighted.js';
import { checkTarget } from '../integer/lowering.js';
import { networkClassOf } from '../integer/network-class.js';
import { signsOf } from '../integer/source-signs.js';
import type { ChosenBits } from '../precision/allot-bits.js';
import { ownCertifier } from '../precision/own-certifier.js';
import { certifiedRecord } from '../precision/precision.js';
import type { Verdict } from '../proof/verify.js';
import type { ComparableNetworks } from '../proof/verify-baseline-steps.js';
import { bitsOfRandomness } from '../source/distributions.js';
import {
  columnsOf,
  depthOf,
  type SourceShape,
  sourceWeights,
  widthOf,
  widthsOf,
} from '../source/shape.js';
import { checkDomain } from '../target/check-network.js';
import { decimalDown } from '../target/decimal.js';
import { evaluateNetwork } from '../target/evaluate.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import type { ConstructedTicket, ModelRecord } from '../ticket/ticket.js';
import { type BuildLimits, tooManySteps } from './baseline-work.js';
import { findBaselineTicketSteps } from './find-baseline.js';
import { admitCertificate, findTicketSteps, sizeAtPlaces } from './find-steps.js';

/** In the order of the paper's table, ours last: in layered sources, and in skip sources. */
export const SYSTEMS = [...BASELINE_NAMES, 'diamond', 'horner', 'skip'] as const;
export type SystemName = (typeof SYSTEMS)[number];
type SignSystem = (typeof CONSTRUCTION_NAMES)[number];

const SIGN_TITLES: Readonly<Record<SignSystem, string>> = {
  diamond: 'Sreenivasan et al. 2022 (diamond)',
  horner: 'unearth (horner)',
  skip: 'unearth (skip source)',
};

/** Systems by whether they take feature maps, and for those that do not, why in a line. */
export function systemsFor(
  systems: readonly SystemName[],
  network: Network,
): {
  readonly compared: readonly SystemName[];
  readonly omitted: readonly { readonly system: SystemName; readonly reason: string }[];
} {
  if (!hasMaps(network)) return { compared: systems, omitted: [] };
  const omitted = systems.filter((system) => OF_MATRICES.has(system));
  return {
    compared: systems.filter((system) => !OF_MATRICES.has(system)),
    omitted: omitted.map((system) => ({ system, reason: NO_KERNELS })),
  };
}

/** Those whose tickets have no kernels. */
const OF_MATRICES: ReadonlySet<SystemName> = new Set([...BASELINE_NAMES, 'diamond']);
const NO_KERNELS =
  'its sources and tickets have no kernels: it is built for fully connected networks';

export function isSignSystem(name: SystemName): name is SignSystem {
  return (CONSTRUCTION_NAMES as readonly string[]).includes(name);
}

/** As it is cited. */
export function systemTitle(name: SystemName): string {
  return isSignSystem(name) ? SIGN_TITLES[name] : baselineNamed(name).title;
}

/** The size of a source; counts of weights are decimal strings. */
export interface SourceSize {
  readonly widest: number;
  readonly depth: number;
  readonly weights: string;
}

/** What is known only of a system that was built. */
export interface BuiltSystem {
  /** The least source of this seed that holds the network; for sources of signs, the planned one. */
  readonly found: SourceSize;
  /** Kept edges, a decimal string. */
  readonly kept: string;
  /** The largest error that an attack found, judged exactly. */
  readonly measured: number;
  /** The error at that input when the pruned source is executed in float64. */
  readonly executed: number;
  /** Whether the measured error exceeds the certified one. */
  readonly violated: boolean;
  readonly ticketBytes: number;
  readonly seconds: { readonly find: number; readonly prove: number; readonly attack: number };
}

export interface ComparedSystem {
  readonly system: SystemName;
  readonly title: string;
  /**
   * `proved`: found, and every claim of its ticket proved. `planned`: too large to be built here.
   * `failed`: this seed's source lacks the network, or a claim does not hold.
   */
  readonly status: 'proved' | 'planned' | 'failed';
  /** Why it is not `proved`; null if it is. */
  readonly reason: string | null;
  readonly planned: SourceSize & { readonly failureBound: number };
  /** Random bits that draw one source weight, on average over the planned source. */
  readonly bitsPerWeight: number;
  /**
   * Certified bound of |model - ticket| on the domain, a decimal rounded up; of a planned system only
   * where what it would find is known.
   */
  readonly certified: string | null;
  readonly built: BuiltSystem | null;
}

export interface CompareOptions {
  readonly epsilon: number;
  readonly domain: Domain;
  readonly delta: number;
  readonly seed: bigint;
  readonly limits?: BuildLimits;
  /** The model file, for the tickets to name. */
  readonly model?: ModelRecord;
  /** Takes the ticket file of a system that was built and proved, in pieces. */
  readonly ticket?: (bytes: readonly Uint8Array[]) => void;
  /** What finding, proving and attacking this system may take; one that takes more is only planned. */
  readonly steps?: number;
  /** What certifying what a baseline found may take; one that takes more is only planned. */
  readonly certificateSteps?: StepLimit;
}

export interface SharedPrecisionOptions
  extends Pick<CompareOptions, 'epsilon' | 'domain' | 'certificateSteps'> {
  /** What finding may take: no error is certified of a network that is far beyond it. */
  readonly steps?: StepLimit;
}

/** The certified places that all systems use, allotted for the smallest horner source. */
export function sharedPrecision(
  network: Network,
  options: SharedPrecisionOptions & Watch,
): ChosenBits {
  return complete(sharedPrecisionSteps(network, options), options);
}

/** The same in steps of the stages `analyse` and `allot`. */
export function* sharedPrecisionSteps(
  network: Network,
  { epsilon, domain, steps, certificateSteps }: SharedPrecisionOptions,
): Steps<ChosenBits> {
  provideMapFinding();
  checkTarget(network);
  checkDomain(domain, inputsOf(network.layers));
  const signs = signsOf(network, domain);
  admitCertificate(network, signs, steps);
  return yield* ownCertifier.chooseBitsSteps(network, domain, epsilon, {
    ...(!hasMaps(network) && { cost: sizeAtPlaces(horner, network, signs) }),
    ...(certificateSteps && { spend: spendUpTo(certificateSteps, CERTIFYING) }),
  });
}

/**
 * Compares one system. Throws a `UsageError` for a domain that is not bounded, and for one that takes no feature
 * maps where the network has them (`systemsFor`).
 */
export function compareSystem(
  name: SystemName,
  network: Network,
  chosen: ChosenBits,
  options: CompareOptions & Watch,
): ComparedSystem {
  return complete(compareSystemSteps(name, network, chosen, options), options);
}

/** The same in steps, of all stages from `plan` to `attack`. */
export function* compareSystemSteps(
  name: SystemName,
  network: Network,
  chosen: ChosenBits,
  options: CompareOptions,
): Steps<ComparedSystem> {
  checkOneOf('system', name, SYSTEMS);
  provideMapFinding();
  checkTarget(network);
  checkParts('precision', chosen, {
    ...{ certificate: 'object', integerNetwork: 'object', places: 'list' },
  });
  checkObject('options', options);
  const [omitted] = systemsFor([name], network).omitted;
  if (omitted !== undefined) throw new UsageError(`system ${name}: ${omitted.reason}`);
  return isSignSystem(name)
    ? yield* compareConstruction(name, network, chosen, options)
    : yield* compareBaseline(name, network, chosen, options);
}

function sizeOf(shape: SourceShape): SourceSize {
  return {
    widest: widthsOf(shape).reduce((most, width) => Math.max(most, width), 0),
    depth: depthOf(shape),
    weights: sourceWeights(shape).toString(),
  };
}

/** A ticket that was found and proved, and how it runs. */
interface Specimen {
  readonly verdict: Verdict;
  readonly shape: SourceShape;
  readonly kept: readonly number[];
  readonly bytes: readonly Uint8Array[];
  readonly certified: string;
  readonly seconds: { readonly find: number; readonly prove: number };
  /** Model and ticket as networks on the same inputs. */
  readonly compared: ComparableNetworks;
  /** Of feature maps: the places of their layers. */
  readonly places?: readonly number[];
  run(input: Float64Array): Float64Array;
}

/** What becomes of a built system: attacked, and executed at the worst input. */
function* examine(
  { verdict, shape, kept, bytes, certified, seconds, compared, places, run }: Specimen,
  model: Network,
  { domain, ticket }: CompareOptions,
): Steps<Pick<ComparedSystem, 'status' | 'reason' | 'certified' | 'built'>> {
  if (verdict.proved) ticket?.(bytes);
  const start = performance.now();
  const { measured, violated, input } = yield* attackSteps(
    compared.network,
    compared.target,
    domain,
    { bound: decimalDown(certified), ...(places && { places }) },
  );
  const attackSeconds = (performance.now() - start) / 1000;
  const wanted = evaluateNetwork(model, input);
  const got = run(input);
  const executed = wanted.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - got[index])),
    0,
  );
  return {
    status: verdict.proved ? 'proved' : 'failed',
    reason: verdict.failure?.reason ?? null,
    certified: verdict.epsilon,
    built: {
      found: sizeOf(shape),
      kept: kept.reduce((sum, count) => sum + BigInt(count), 0n).toString(),
      measured,
      executed,
      violated,
      ticketBytes: bytes.reduce((sum, part) => sum + part.length, 0),
      seconds: { find: seconds.find, prove: seconds.prove, attack: attackSeconds },
    },
  };
}

function* compareConstruction(
  name: SignSystem,
  network: Network,
  { integerNetwork, certificate, places }: ChosenBits,
  options: CompareOptions,
): Steps<ComparedSystem> {
  const construction = signConstruction(name, network);
  const { epsilon, domain, delta, seed, steps } = options;
  if (steps !== undefined) {
    const signs = signsOf(network, domain);
    const plan = yield* construction.planSteps(networkClassOf(integerNetwork, signs), delta);
    const needed = construction.work(integerNetwork, plan) + attackWork(network);
    if (needed > steps) {
      return {
        system: name,
        title: systemTitle(name),
        status: 'planned',
        reason: tooManySteps(needed, steps),
        planned: { ...sizeOf(plan.shape), failureBound: plan.failureBound },
        bitsPerWeight: 1,
        certified: certificate.decimal,
        built: null,
      };
    }
  }
  const finding = {
    construction: namedConstruction(name),
    chosen: {
      record: { ...certifiedRecord(epsilon, certificate), ...(hasMaps(network) && { places }) },
      target: integerNetwork,
    },
    domain,
    delta,
    seed,
    ...(options.model && { model: options.model }),
  };
  const outcome = yield* findTicketSteps(network, finding, ownCertifier);
  const { shape, failureBound } = outcome.plan;
  const common = {
    system: name,
    title: systemTitle(name),
    planned: { ...sizeOf(shape), failureBound },
    bitsPerWeight: 1,
  };
  if (!outcome.found) {
    const reason = `seed ${seed} lacks ${outcome.failedSeeds[0]?.unmet.demand}`;
    return { ...common, status: 'failed', reason, certified: null, built: null };
  }
  const specimen = {
    ...outcome,
    shape,
    kept: outcome.masks.kept,
    certified: certificate.decimal,
    compared: { network, target: integerNetwork },
    ...(hasMaps(network) && { places }),
    run: yield* floatRunSteps(outcome.ticket),
  };
  return { ...common, ...(yield* examine(specimen, network, options)) };
}

function namedConstruction(name: SignSystem): Construction {
  const construction = constructionNamed(name);
  if (construction === undefined) throw new RangeError(`there is no construction ${name}`);
  return construction as Construction;
}

/** The construction that finds this network. */
export function signConstruction(name: SignSystem, network: Network): Construction {
  provideMapFinding();
  return constructionOf(namedConstruction(name), hasMaps(network));
}

/** The pruned source in float64, one input at a time. */
function* floatRunSteps(ticket: ConstructedTicket): Steps<Specimen['run']> {
  if (ticket.target.maps === undefined) {
    const run = floatEngine(yield* compileTicketSteps(ticket, OWN_MEMORY));
    return (input) => run(input, 1);
  }
  const run = mapFloatEngineSteps(yield* compileMapsSteps(ticket, OWN_MEMORY), ticket.target);
  return (input) => complete(run(input, 1));
}

/** Average over the source's weights. */
function randomBits({ blocks }: BaselinePlan, shape: SourceShape): number {
  let bits = 0;
  let weights = 0;
  blocks.forEach(({ distributions }, block) => {
    distributions.forEach((distribution, layer) => {
      const t = 2 * block + layer + 1;
      const count = columnsOf(shape, t) * widthOf(shape, t);
      bits += count * bitsOfRandomness(distribution);
      weights += count;
    });
  });
  return bits / weights;
}

function* compareBaseline(
  name: Exclude<SystemName, SignSystem>,
  network: Network,
  chosen: ChosenBits,
  options: CompareOptions,
): Steps<ComparedSystem> {
  const { epsilon, domain, delta, seed, limits, steps, certificateSteps } = options;
  const outcome = yield* findBaselineTicketSteps(network, {
    system: baselineNamed(name),
    epsilon,
    domain,
    delta,
    seed,
    chosen,
    ...(limits && { limits }),
    ...(steps !== undefined && { steps: steps - attackWork(network) }),
    ...(certificateSteps && { certificateSteps }),
    ...(options.model && { model: options.model }),
  });
  const { plan } = outcome;
  const shape = baselineShape(
    plan.blocks,
    plan.blocks.map(({ neurons }) => neurons),
  );
  const common = {
    system: name,
    title: systemTitle(name),
    planned: { ...sizeOf(shape), failureBound: plan.failureBound },
    bitsPerWeight: randomBits(plan, shape),
  };
  if (outcome.outcome !== 'found') {
    const { outcome: status, reason } = outcome;
    // Unary steps make the integer network itself, whose error is certified whether it is built or not.
    const known = baselineNamed(name).aim === 'integers' && status === 'planned';
    return {
      ...common,
      status,
      reason,
      certified: known ? chosen.certificate.decimal : null,
      built: null,
    };
  }
  const engine = weightedEngine(yield* compileBaselineSteps(outcome.ticket, OWN_MEMORY));
  const specimen = {
    ...outcome,
    shape: outcome.ticket.shape,
    kept: outcome.ticket.kept,
    certified: outcome.certificate.decimal,
    run: (input: Float64Array) => engine(input, 1),
  };
  return { ...common, ...(yield* examine(specimen, network, options)) };
}
