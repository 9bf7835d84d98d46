/** The main job in the worker: model in, proved ticket on disk, report out. */

import path from 'node:path';
import { loadCertifier } from '../../api/load-certifier.js';
import { loadConstruction } from '../../api/load-construction.js';
import { isOfMaps, loadMapFinding } from '../../api/load-maps.js';
import { CONSTRUCTION_NAMES } from '../../constructions/names.js';
import { UsageError, withFileName } from '../../core/errors.js';
import { mostCertificateSteps, mostFindSteps } from '../../core/limits.js';
import { complete } from '../../core/steps.js';
import type { TicketFigures } from '../../figures/ticket-figures.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import { matrixBits, networkClassOf } from '../../integer/network-class.js';
import type { NeuronScales } from '../../integer/neuron-scales.js';
import {
  countingBound,
  type FailedSeed,
  type Found,
  findTicketSteps,
} from '../../pipeline/find-steps.js';
import { averagePlaces, weightedMean } from '../../precision/average-places.js';
import type { Balls } from '../../precision/balls.js';
import { stepsOfEffort } from '../../precision/effort.js';
import type { PrecisionRecord, PrecisionRequest } from '../../precision/precision.js';
import { promisedError } from '../../precision/promised-error.js';
import type { SampledRecord } from '../../precision/sampled-record.js';
import { provideRanges } from '../../proof/prove-by-ranges.js';
import { depthOf, sourceWeights, widthsOf } from '../../source/shape.js';
import { type Domain, inputsOf, type Network, parameterCount } from '../../target/network.js';
import type { Reading } from '../../target/reading.js';
import { aroundRequest } from '../files/around-request.js';
import { type Output, writeParts } from '../files/output-file.js';
import { describeBalls, describeDomain, readDomain } from '../files/read-domain.js';
import { readModel } from '../files/read-model.js';
import { answeredBy, findRequest, refuseOtherTicket } from '../files/ticket-request.js';
import type { JobContext } from '../workers/job.js';
import { workerThreads } from '../workers/threads.js';

export interface FindJobOptions {
  /** Most bytes of memory that reading the model may take. */
  readonly memory: number;
  readonly model: string;
  readonly ticket: Output;
  /** Default: that of the source. */
  readonly construction?: (typeof CONSTRUCTION_NAMES)[number];
  readonly precision: PrecisionRequest;
  readonly domain?: string;
  /** A promise about the samples of a file, in place of `precision`. */
  readonly sampled?: {
    readonly file: string;
    readonly epsilon: number;
    readonly confidence: number;
    readonly share: number;
  };
  /** Of a domain around inputs, or of samples: what their numbers are divided by. */
  readonly divide?: number;
  readonly delta: number;
  readonly seed?: bigint;
  readonly threads: number;
  /** A file with the plan of a source for this network and others. */
  readonly source?: string;
  /** Whether pictures of the ticket are drawn, for the report. */
  readonly pictures: boolean;
}

/** `find --json`, as the contract lists it. */
export interface FindReport {
  readonly construction: string;
  readonly seed: string;
  readonly delta: number;
  readonly failureBound: number;
  readonly domain: string;
  readonly model: {
    readonly path: string;
    readonly sha256: string;
    readonly layers: readonly (readonly [number, number])[];
    /** Weights and biases, as `inspect` counts them. */
    readonly parameters: number;
    /** Entries of the matrices found, as the counting bound counts: also rows that carry the constant. */
    readonly weights: number;
    /** What reading it left out or rounded; only where there is something. */
    readonly reading?: Reading;
  };
  readonly precision: {
    readonly mode: string;
    /** Fractional bits that were asked for with `bits`; a layer that is exact with fewer has fewer. */
    readonly bitsAsked?: number;
    /** Of the fractional places of the layers; only where it is not 2. */
    readonly base?: 10;
    /** Digits in that base; only beside it. */
    readonly fractionalPlaces?: readonly number[];
    /** A layer's integers count `2^-fractionalBits`: a whole number only where the base is 2. */
    readonly fractionalBits: readonly number[];
    readonly bits: readonly number[];
    /** `fractionalBits` weighted by the weights of the layers. */
    readonly averageFractionalBits: number;
    /** Statistics and no proof; only where a promise about data was asked for. */
    readonly sampled?: SampledRecord;
    readonly epsilon: {
      readonly requested: string | null;
      readonly certified: string | null;
      /** Per output, where they are bounded one by one. */
      readonly outputs: readonly string[] | null;
      readonly method: string | null;
    };
  };
  readonly source: {
    readonly depth: number;
    readonly widths: readonly number[];
    readonly weights: string;
    readonly perTargetWeight: number;
    readonly countingBound: string;
    readonly overCountingBound: number;
  };
  readonly mask: {
    readonly kept: string;
    readonly digitsPerWeightBit: number;
    readonly bytes: number;
    readonly entropyBytes: number;
  };
  readonly ticket: { readonly path: string; readonly bytes: number };
  readonly proved: boolean;
  readonly seconds: Readonly<
    Record<'read' | 'quantise' | 'find' | 'prove' | 'write' | 'total', number>
  >;
}

/** Weights of a network from which on threads are started before it is known that they are needed. */
const WORTH_THREADS = 50_000;

export type FindJobResult =
  | {
      readonly found: true;
      readonly report: FindReport;
      readonly pictures?: TicketFigures;
      readonly failedSeeds: readonly FailedSeed[];
    }
  | {
      readonly found: false;
      readonly failedSeeds: readonly FailedSeed[];
      readonly failureBound: number;
    };

/** Parts that few requests need are loaded for those alone: all of them take a tenth of a second. */
export async function findJob(
  options: FindJobOptions,
  context: JobContext,
): Promise<FindJobResult> {
  const start = performance.now();
  const { memory } = options;
  const model = readModel(options.model, { memory });
  for (const remark of model.notices) context.notice(`${options.model}: ${remark}`);
  const { network } = model;
  const { domain, around } = await askedDomain(options, network, context);
  const precision = await askedPrecision(options, network, around, context);
  const plan =
    options.source === undefined
      ? undefined
      : (await import('../files/source-file.js')).readSourceFile(options.source);
  const construction = options.construction ?? plan?.construction ?? CONSTRUCTION_NAMES[0];
  const inputs = inputsOf(network.layers);
  const request = findRequest({
    system: construction,
    sha256: model.sha256,
    network,
    domain,
    precision,
    ...(plan === undefined ? { delta: options.delta } : { widths: widthsOf(plan.shape) }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  refuseOtherTicket(options.ticket, 'found', request, inputs);
  const threads = workerThreads(options.threads, context.launchThread);
  provideRanges();
  if (construction !== 'diamond' && parameterCount(network) > WORTH_THREADS) {
    threads.start();
  }
  const read = performance.now();
  const steps = findTicketSteps(
    network,
    {
      construction: await loadConstruction(construction),
      precision,
      domain,
      delta: options.delta,
      model: { name: model.name, sha256: model.sha256 },
      threads,
      steps: { most: mostFindSteps(model.fileBytes, memory), memory },
      certificateSteps: {
        most: mostCertificateSteps(model.fileBytes, memory) + effortSteps(precision),
        memory,
      },
      ...(plan === undefined ? {} : { plan }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
    await loadCertifier(precision.mode === 'certified' || precision.mode === 'paper'),
  );
  await loadMapFinding(isOfMaps(network));
  const outcome = withFileName(options.model, () =>
    complete(steps, { onProgress: context.onProgress }),
  );
  const { failedSeeds } = outcome;
  if (!outcome.found) {
    return { found: false, failedSeeds, failureBound: outcome.plan.failureBound };
  }
  if (!outcome.verdict.proved) {
    const { layer, neuron, reason } = outcome.verdict.failure ?? {
      layer: 0,
      neuron: 0,
      reason: '',
    };
    throw new Error(`the ticket found is not proved: layer ${layer}, neuron ${neuron}: ${reason}`);
  }
  // Without --seed it is known only now which one is the answer.
  const answer = answeredBy(request, outcome.ticket.seed);
  refuseOtherTicket(options.ticket, 'found', answer, inputs);
  const found = performance.now();
  const size = writeParts(options.ticket, outcome.bytes);
  const end = performance.now();
  const report = makeReport(
    options,
    network,
    outcome,
    describeAsked(domain, around),
    model.sha256,
    size,
    {
      read: (read - start) / 1000,
      ...outcome.seconds,
      write: (end - found) / 1000,
      total: (end - start) / 1000,
    },
  );
  if (!options.pictures) return { found: true, report, failedSeeds };
  const { ticketFigures } = await import('../../figures/ticket-figures.js');
  const of = path.basename(options.ticket.file);
  const pictures = ticketFigures(outcome.ticket, { of, memory });
  return { found: true, report, failedSeeds, pictures };
}

/** The domain that is asked for; of balls the box that holds them. */
async function askedDomain(
  { domain, divide = 1 }: FindJobOptions,
  network: Network,
  { notice }: JobContext,
): Promise<{ readonly domain: Domain; readonly around?: Balls }> {
  if (domain === undefined) return { domain: network.domain };
  const asked = aroundRequest(domain, divide);
  if (asked !== undefined) {
    return (await import('../files/read-balls.js')).readBalls(asked, network, notice);
  }
  return { domain: readDomain(domain, inputsOf(network.layers), notice) };
}

/** Who is willing to wait allows as much more. */
function effortSteps(precision: PrecisionRequest): number {
  return precision.mode === 'certified' ? stepsOfEffort(precision.effort) : 0;
}

/** The precision that is asked for, with the inputs that it is about. */
async function askedPrecision(
  options: FindJobOptions,
  network: Network,
  around: Balls | undefined,
  { notice }: JobContext,
): Promise<PrecisionRequest> {
  if (around !== undefined) return { ...aroundPrecision(options), around };
  if (options.sampled === undefined) return options.precision;
  const { file, ...asked } = options.sampled;
  const { readGivenSamples } = await import('../files/read-balls.js');
  const given = readGivenSamples(file, network, notice);
  return { mode: 'sampled', sampled: { ...asked, ...given, divide: options.divide ?? 1 } };
}

/** Throws a `UsageError` where around inputs nothing is certified. */
function aroundPrecision({ precision }: FindJobOptions) {
  if (precision.mode === 'certified') return precision;
  throw new UsageError('a domain around inputs is for an error that is certified: give "epsilon"');
}

function describeAsked(domain: Domain, around: Balls | undefined): string {
  if (around === undefined) return describeDomain(domain);
  return `${describeBalls(around)}, in ${describeDomain(domain)}`;
}

function requestedError(precision: PrecisionRecord): string | null {
  if (precision.mode === 'certified') return String(precision.requested);
  return precision.mode === 'paper' ? String(precision.epsilon) : null;
}

/** The step of each layer's weights. */
function describePlaces({ fractionalPlaces, scale }: IntegerNetwork) {
  if (scale.base === 2) return { fractionalBits: fractionalPlaces };
  // The contract has `fractionalBits` for every precision, and p decimal places are not p bits.
  const fractionalBits = fractionalPlaces.map((places) => places * Math.log2(scale.base));
  return { base: scale.base, fractionalPlaces, fractionalBits };
}

/** Fractional bits of the average weight; of feature maps, of the average integer of the blocks with weights. */
function averageBits(
  network: Network,
  { matrices, maps }: Found['target'],
  bits: readonly number[],
  scales: NeuronScales | undefined,
): number {
  if (maps === undefined) return averagePlaces(network, bits, scales);
  const counts = matrices.map(({ rows, columns }, index) =>
    maps.blocks[index]?.form.kind === 'free' ? rows * columns : 0,
  );
  return weightedMean(counts, bits);
}

function makeReport(
  options: FindJobOptions,
  network: Network,
  { plan, target, ticket, verdict, masks, digits }: Found,
  domain: string,
  sha256: string,
  ticketBytes: number,
  seconds: FindReport['seconds'],
): FindReport {
  const { precision } = ticket;
  const { matrices, constant } = target;
  const bits = matrices.map(matrixBits);
  const scales = precision.mode === 'certified' ? precision.scales : undefined;
  const places = describePlaces(target);
  const widths = widthsOf(plan.shape);
  const weights = sourceWeights(plan.shape);
  // Counted as the counting bound counts them: biases and constant rows are weights.
  const targetWeights = matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const weightBits = matrices.reduce(
    (sum, { rows, columns }, index) => sum + rows * columns * bits[index],
    0,
  );
  const bound = countingBound(networkClassOf(target, ticket.inputSigns));
  const carried = constant ? 1 : 0;
  const layers = matrices.map(({ rows, columns }, index): readonly [number, number] => [
    columns - carried,
    rows - (index < matrices.length - 1 ? carried : 0),
  ]);
  return {
    construction: plan.construction,
    seed: ticket.seed.toString(),
    delta: ticket.delta,
    failureBound: plan.failureBound,
    domain,
    model: {
      path: options.model,
      sha256,
      layers,
      parameters: parameterCount(network),
      weights: targetWeights,
      ...(network.reading && { reading: network.reading }),
    },
    precision: {
      mode: precision.mode,
      ...(options.precision.mode === 'bits' && { bitsAsked: options.precision.bits }),
      ...places,
      bits,
      averageFractionalBits: averageBits(network, target, places.fractionalBits, scales),
      ...(precision.mode === 'bits' && precision.sampled && { sampled: precision.sampled }),
      epsilon: {
        requested: requestedError(precision),
        certified: verdict.epsilon,
        outputs: verdict.outputs,
        method: promisedError(precision)?.method ?? null,
      },
    },
    source: {
      depth: depthOf(plan.shape),
      widths,
      weights: weights.toString(),
      perTargetWeight: Number(weights) / targetWeights,
      countingBound: Math.ceil(bound).toString(),
      overCountingBound: Number(weights) / bound,
    },
    mask: {
      kept: masks.kept.reduce((sum, kept) => sum + BigInt(kept), 0n).toString(),
      digitsPerWeightBit: digits / weightBits,
      bytes: masks.bytes,
      entropyBytes: Math.ceil(masks.entropyBits / 8),
    },
    ticket: { path: options.ticket.file, bytes: ticketBytes },
    proved: verdict.proved,
    seconds,
  };
}
