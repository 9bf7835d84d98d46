/** The jobs of `unearth compare`: the precision that all systems share, then one system at a time. */

import { withFileName } from '../../core/errors.js';
import { mostFindSteps, type StepLimit } from '../../core/limits.js';
import {
  type ComparedSystem,
  type CompareOptions,
  compareSystem,
  type SystemName,
  sharedPrecision,
} from '../../pipeline/compare.js';
import { DEFAULT_LIMITS } from '../../pipeline/find-baseline.js';
import type { ChosenBits } from '../../precision/allot-bits.js';
import type { Reading } from '../../target/network.js';
import { dimensions, parameterCount } from '../../target/network.js';
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
  /** Tickets that are to be written. */
  readonly tickets: readonly { readonly system: SystemName; readonly ticket: Output }[];
}

export interface ComparePrecisionResult {
  readonly chosen: ChosenBits;
  readonly domain: string;
  /** What reading the model left out or rounded. */
  readonly reading: Reading | null;
  readonly sha256: string;
  readonly dimensions: readonly number[];
  readonly parameters: number;
  readonly seconds: number;
}

export interface CompareSystemOptions extends ComparePrecisionOptions {
  readonly system: SystemName;
  readonly chosen: ChosenBits;
  readonly delta: number;
  readonly seed: bigint;
  /** Most kept edges of a system that is built. */
  readonly mostEdges?: number;
  /** Where to write the ticket. */
  readonly ticket?: Output;
}

function stepsFor({ fileBytes }: Pick<ModelFile, 'fileBytes'>, memory: number): StepLimit {
  return { most: mostFindSteps(fileBytes, memory), memory };
}

function read({ model, domain, memory }: ComparePrecisionOptions, notice: (text: string) => void) {
  const read = readModel(model, { memory });
  const { network } = read;
  return {
    ...read,
    domain:
      domain === undefined ? network.domain : readDomain(domain, network.layers[0].inputs, notice),
  };
}

export function comparePrecisionJob(
  options: CompareStartOptions,
  context: JobContext,
): ComparePrecisionResult {
  const start = performance.now();
  const model = read(options, context.notice);
  const { network, notices, sha256, domain } = model;
  for (const remark of notices) context.notice(`${options.model}: ${remark}`);
  const { delta, seed, epsilon } = options;
  for (const { system, ticket } of options.tickets) {
    const precision = { mode: 'certified', epsilon } as const;
    const request = findRequest({ system, sha256, network, domain, precision, delta, seed });
    refuseOtherTicket(ticket, 'found', request, network.layers[0].inputs);
  }
  const { progress } = context;
  const steps = stepsFor(model, options.memory);
  const chosen = withFileName(options.model, () =>
    sharedPrecision(network, { epsilon: options.epsilon, domain, progress, steps }),
  );
  return {
    chosen,
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
  const { system, chosen, epsilon, delta, seed, mostEdges, ticket } = options;
  const compareOptions: CompareOptions = {
    epsilon,
    domain,
    delta,
    seed,
    model: { name, sha256 },
    steps: stepsFor(model, options.memory),
    ...(mostEdges !== undefined && {
      limits: {
        ...DEFAULT_LIMITS,
        kept: mostEdges,
        memory: Math.max(DEFAULT_LIMITS.memory, mostEdges),
      },
    }),
    ...(ticket && {
      ticket: (bytes: readonly Uint8Array[]) => {
        writeParts(ticket, bytes);
      },
    }),
    progress: context.progress,
  };
  return compareSystem(system, network, chosen, compareOptions);
}
