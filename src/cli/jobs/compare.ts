/** The jobs of `unearth compare`: the precision that all systems share, then one system at a time. */

import { BASELINE_NAMES } from '../../constructions/baselines/index.js';
import { UsageError, withFileName } from '../../core/errors.js';
import { mostCertificateSteps, mostFindSteps, type StepLimit } from '../../core/limits.js';
import type { Watch } from '../../core/progress.js';
import { networkClassOf } from '../../integer/network-class.js';
import { signsOf } from '../../integer/source-signs.js';
import { type BuildLimits, DEFAULT_LIMITS } from '../../pipeline/baseline-work.js';
import {
  type ComparedSystem,
  type CompareOptions,
  compareSystem,
  type SystemName,
  sharedPrecision,
  systemsFor,
} from '../../pipeline/compare.js';
import { shareSteps, stepsOfSystem } from '../../pipeline/compare-steps.js';
import { countingBound } from '../../pipeline/find-steps.js';
import type { ChosenBits } from '../../precision/allot-bits.js';
import { type QuantisedSize, quantisedSize } from '../../precision/integer-bytes.js';
import type { Reading } from '../../target/network.js';
import { dimensions, inputsOf, parameterCount } from '../../target/network.js';
import { type Output, writeParts } from '../files/output-file.js';
import { describeDomain, readDomain } from '../files/read-domain.js';
import { type ModelFile, readModel } from '../files/read-model.js';
import { findRequest, refuseOtherTicket } from '../files/ticket-request.js';
import type { JobContext } from '../workers/job.js';

export interface ComparePrecisionOptions {
  /** Most bytes of memory that reading the model may take. */
  readonly memory: number;
  readonly model: string;
  readonly domain?: string;
  readonly epsilon: number;
}

export interface CompareStartOptions extends ComparePrecisionOptions {
  readonly delta: number;
  readonly seed: bigint;
  readonly systems: readonly SystemName[];
  /** Most kept edges of a system that is built. */
  readonly mostEdges?: number;
  /** Tickets that are to be written. */
  readonly tickets: readonly { readonly system: SystemName; readonly ticket: Output }[];
}

export interface ComparePrecisionResult {
  readonly chosen: ChosenBits;
  /** Those of the systems asked for that take such a network, and why the others do not. */
  readonly systems: readonly SystemName[];
  readonly omitted: readonly OmittedSystem[];
  /** What finding, proving and attacking each of `systems` may take. */
  readonly steps: readonly number[];
  /** In source weights: what any source for all networks of this size needs. A decimal string. */
  readonly countingBound: string;
  /** The integers that all systems find, as numbers of so many bits. */
  readonly quantised: QuantisedSize;
  readonly domain: string;
  /** What reading the model left out or rounded. */
  readonly reading: Reading | null;
  readonly sha256: string;
  readonly dimensions: readonly number[];
  readonly parameters: number;
  readonly seconds: number;
}

export interface OmittedSystem {
  readonly system: SystemName;
  readonly reason: string;
}

export interface CompareSystemOptions extends ComparePrecisionOptions {
  readonly system: SystemName;
  readonly chosen: ChosenBits;
  /** What finding, proving and attacking it may take. */
  readonly steps: number;
  readonly delta: number;
  readonly seed: bigint;
  /** Most kept edges of a system that is built. */
  readonly mostEdges?: number;
  /** Where to write the ticket. */
  readonly ticket?: Output;
}

function certificateStepsFor({ fileBytes }: ModelFile, memory: number): StepLimit {
  return { most: mostCertificateSteps(fileBytes, memory), memory };
}

function buildLimits(mostEdges: number | undefined): BuildLimits {
  return mostEdges === undefined
    ? DEFAULT_LIMITS
    : { ...DEFAULT_LIMITS, kept: mostEdges, memory: Math.max(DEFAULT_LIMITS.memory, mostEdges) };
}

function read({ model, domain, memory }: ComparePrecisionOptions, notice: (text: string) => void) {
  const read = readModel(model, { memory });
  const { network } = read;
  return {
    ...read,
    domain:
      domain === undefined ? network.domain : readDomain(domain, inputsOf(network.layers), notice),
  };
}

/** Of what a comparison may take; the rest is for reading, and for certifying what was built. */
const BUILDING_SHARE = 3 / 4;

export function comparePrecisionJob(
  options: CompareStartOptions,
  context: JobContext,
): ComparePrecisionResult {
  const start = performance.now();
  const model = read(options, context.notice);
  const { network, notices, sha256, domain } = model;
  for (const remark of notices) context.notice(`${options.model}: ${remark}`);
  const { delta, seed, epsilon } = options;
  const { compared, omitted } = systemsFor(options.systems, network);
  const [first] = omitted;
  if (compared.length === 0 && first !== undefined) {
    throw new UsageError(
      `option "systems": none of them takes feature maps, as horner and skip do; ${first.system}: ${first.reason}`,
    );
  }
  for (const { system, ticket } of options.tickets) {
    if (!compared.includes(system)) continue;
    const precision = { mode: 'certified', epsilon } as const;
    const request = findRequest({ system, sha256, network, domain, precision, delta, seed });
    refuseOtherTicket(ticket, 'found', request, inputsOf(network.layers));
  }
  const { onProgress } = context;
  const { memory } = options;
  const most = mostFindSteps(model.fileBytes, memory);
  const chosen = withFileName(options.model, () =>
    sharedPrecision(network, {
      ...{ epsilon, domain, onProgress },
      steps: { most, memory },
      certificateSteps: certificateStepsFor(model, memory),
    }),
  );
  const limits = buildLimits(options.mostEdges);
  const needed = compared.map((system) =>
    stepsOfSystem(system, network, chosen, { domain, delta, limits }),
  );
  const signs = signsOf(network, domain);
  const bound = countingBound(networkClassOf(chosen.integerNetwork, signs));
  return {
    ...{ chosen, systems: compared, omitted },
    countingBound: Math.ceil(bound).toString(),
    quantised: quantisedSize(network, chosen.places),
    steps: shareSteps(needed, BUILDING_SHARE * most),
    domain: describeDomain(domain),
    reading: network.reading ?? null,
    sha256,
    dimensions: dimensions(network),
    parameters: parameterCount(network),
    seconds: (performance.now() - start) / 1000,
  };
}

export function compareSystemJob(
  options: CompareSystemOptions,
  context: JobContext,
): ComparedSystem {
  const model = read(options, () => undefined);
  const { network, domain, name, sha256 } = model;
  const { system, chosen, steps, epsilon, delta, seed, mostEdges, ticket, memory } = options;
  const { most } = certificateStepsFor(model, memory);
  const compareOptions: CompareOptions & Watch = {
    epsilon,
    domain,
    delta,
    seed,
    model: { name, sha256 },
    steps,
    // The systems that are certified again share what the choice of bits may take.
    certificateSteps: { most: most / BASELINE_NAMES.length, memory },
    limits: buildLimits(mostEdges),
    ...(ticket && {
      ticket: (bytes: readonly Uint8Array[]) => {
        writeParts(ticket, bytes);
      },
    }),
    onProgress: context.onProgress,
  };
  return compareSystem(system, network, chosen, compareOptions);
}
