/**
 * What a ticket was asked for, so that one that stands where another is to go is replaced silently only
 * by the answer to the same request. Read from its metadata alone, before the work.
 */
import { InputError, withFileName } from '../../core/errors.js';
import {
  boolean,
  custom,
  list,
  looseObject,
  number,
  object,
  optional,
  pair,
  text,
} from '../../core/forms.js';
import { listed } from '../../core/listed.js';
import { type BallsRecord, ballsRecord } from '../../precision/balls.js';
import { isExactWithin, type PrecisionRequest } from '../../precision/precision.js';
import type { SampledRecord } from '../../precision/sampled-record.js';
import type { SearchOptions } from '../../search/options.js';
import { shapeText } from '../../search/shape-text.js';
import type { Domain, Network } from '../../target/network.js';
import { KINDS } from '../../ticket/kinds.js';
import { domainOf, parseMetadata, type TicketMetadata } from '../../ticket/metadata.js';
import { toRuns } from '../../ticket/runs.js';
import { decodeSafetensorsMetadata, safetensorsHeadLength } from '../../ticket/safetensors.js';
import type { AugmentationRecord, Standardization } from '../../ticket/trained.js';
import { storedMaps, trainedMapsSchema } from '../../ticket/trained-maps-record.js';
import { readHead } from './open-file.js';
import type { Output } from './output-file.js';
import { describeBalls, describeDomain } from './read-domain.js';

/** One thing that was asked for, told to people as `shown`; two are the same where they share a key. */
interface Facet {
  readonly keys: readonly string[];
  readonly shown: string;
}

/** Facets by name, as `domain`. What is absent was not asked for, and may be anything. */
export type TicketRequest = Readonly<Record<string, Facet>>;

function facet(value: unknown): Facet {
  const text = String(value);
  return { keys: [text], shown: text };
}

function widthsFacet(widths: readonly number[]): Facet {
  return { keys: [widths.join('-')], shown: listed(widths, 'widths', '-') };
}

/** The domain of as many inputs as it is of. */
function domainFacet(domain: Domain): Facet {
  const bounds: Iterable<number> =
    domain.kind === 'box'
      ? [...domain.lower, ...domain.upper]
      : domain.kind === 'ball'
        ? [domain.radius]
        : [];
  return { keys: [[domain.kind, ...bounds].join(' ')], shown: describeDomain(domain) };
}

/** How a network is to be found. */
export interface FindRequest {
  /** The construction, or another system's name. */
  readonly system: string;
  readonly sha256: string;
  readonly network: Network;
  readonly domain: Domain;
  readonly precision: PrecisionRequest;
  /** Absent where a source is given, whose widths say more. */
  readonly delta?: number;
  readonly widths?: readonly number[];
  readonly seed?: bigint;
}

function requestedPrecision(precision: PrecisionRequest, network: Network): Facet {
  if (precision.mode === 'lossless') return facet('lossless');
  const { mode } = precision;
  if (mode === 'certified') return certifiedFacet(precision.epsilon, precision.around);
  if (mode === 'sampled') return sampledFacet(precision.sampled);
  if (mode !== 'bits') return facet(`${mode} ${precision.epsilon}`);
  const { bits } = precision;
  const shown = `${mode} ${bits}`;
  // As many as the weights have: the ticket may be recorded as lossless.
  const isAll = isExactWithin(network, bits);
  return { keys: isAll ? [shown, 'lossless'] : [shown], shown };
}

/** By all but what was found. */
function sampledFacet(record: Omit<SampledRecord, 'exceeding'>): Facet {
  const { epsilon, confidence, share, samples, data, divide } = record;
  return facet(
    `at most ${share} beyond ${epsilon} with confidence ${confidence}, of ${samples} samples ${data.slice(0, 12)} over ${divide}`,
  );
}

function certifiedFacet(epsilon: number, around: BallsRecord | undefined): Facet {
  const asked = `certified ${epsilon}`;
  if (around === undefined) return facet(asked);
  return {
    keys: [`${asked} ${JSON.stringify(ballsRecord(around))}`],
    shown: `${asked} ${describeBalls(around)}`,
  };
}

export function findRequest(request: FindRequest): TicketRequest {
  const { system, sha256, domain, precision, network, seed, delta, widths } = request;
  return {
    model: { keys: [sha256], shown: sha256.slice(0, 12) },
    domain: domainFacet(domain),
    precision: requestedPrecision(precision, network),
    construction: facet(system),
    ...(seed === undefined ? {} : { seed: facet(seed) }),
    ...(delta === undefined ? {} : { delta: facet(delta) }),
    ...(widths === undefined ? {} : { source: widthsFacet(widths) }),
  };
}

/** The same of the seed with which it was found. */
export function answeredBy(request: TicketRequest, seed: bigint): TicketRequest {
  return { ...request, seed: facet(seed) };
}

type NumberRuns = readonly (readonly [number, number])[];

/** By the numbers, which are all that a ticket knows of it. */
function standardizationFacet(mean: NumberRuns, deviation: NumberRuns): Facet {
  const [own, scale] = [mean, deviation].map(([first]) => Number(first?.[0]).toPrecision(4));
  const shown = `mean ${own}, deviation ${scale} of the first input`;
  return { keys: [JSON.stringify([mean, deviation])], shown };
}

/** How a mask is to be learned; `data` is the digest of the training data. */
export function searchRequest(
  options: SearchOptions,
  data: string,
  { mean, deviation }: Standardization,
): TicketRequest {
  const { method, seed, activation } = options;
  const { weights, keep, keepScope, keepRamp, epochs, batch, learningRate } = options;
  const { momentum, weightDecay, schedule, validation, patience, augmentation } = options;
  const training = { weights, keep, keepScope, keepRamp, epochs, batch, learningRate };
  return {
    method: facet(method),
    shape: facet(shapeText(options)),
    seed: facet(seed),
    activation: facet(activation),
    data: { keys: [data], shown: data.slice(0, 12) },
    augmentation: facet(augmentationText(augmentation)),
    ...trainingFacets({ ...training, momentum, weightDecay, schedule, validation, patience }),
    // After the data and the seed, which it depends on.
    standardization: standardizationFacet(toRuns(mean), toRuns(deviation)),
  };
}

/** Words that are told as the options are called. */
function trainingFacets(training: Readonly<Record<string, unknown>>): TicketRequest {
  return Object.fromEntries(Object.entries(training).map(([name, value]) => [name, facet(value)]));
}

/** As the option is written; `none` where samples are not varied. */
function augmentationText(augmentation: AugmentationRecord | undefined): string {
  if (augmentation === undefined) return 'none';
  const { shift, flip } = augmentation;
  return [...(shift > 0 ? [`shift${shift}`] : []), ...(flip ? ['flip'] : [])].join(',');
}

const foundBody = looseObject({
  construction: optional(text()),
  system: optional(text()),
  delta: number(),
  precision: looseObject({
    mode: text(),
    bits: optional(number()),
    epsilon: optional(number()),
    requested: optional(number()),
    around: optional(custom<BallsRecord>(() => true)),
    sampled: optional(custom<SampledRecord>(() => true)),
  }),
});

const numberRuns = list(pair(number()));

const trainedBody = looseObject({
  training: looseObject({
    method: text(),
    augmentation: optional(object({ shift: number(), flip: boolean })),
  }),
  standardization: looseObject({ mean: numberRuns, deviation: numberRuns }),
  maps: optional(trainedMapsSchema),
});

/** Of `inputs` inputs, what a found network's ticket was asked for. */
function storedFind({ envelope, body }: TicketMetadata, inputs: number): TicketRequest {
  const { construction, system, delta, precision } = body(foundBody);
  const { mode, bits, epsilon, requested } = precision;
  const size = requested ?? epsilon ?? bits;
  const { name, sha256 } = envelope.model ?? { name: 'none', sha256: 'none' };
  return {
    model: { keys: [sha256], shown: `${name}, ${sha256.slice(0, 12)}` },
    domain: domainFacet(domainOf(envelope, inputs)),
    precision:
      mode === 'certified' && requested !== undefined
        ? certifiedFacet(requested, precision.around)
        : precision.sampled === undefined
          ? facet(size === undefined ? mode : `${mode} ${size}`)
          : sampledFacet(precision.sampled),
    construction: facet(construction ?? system),
    seed: facet(envelope.seed),
    delta: facet(delta),
    source: widthsFacet(envelope.widths),
  };
}

function storedSearch({ envelope, body }: TicketMetadata): TicketRequest {
  const { training, maps, standardization } = body(trainedBody);
  const { data, augmentation, ...options } = training;
  return {
    ...trainingFacets(options),
    augmentation: facet(augmentationText(augmentation)),
    shape: facet(shapeText({ widths: envelope.widths, ...(maps && { maps: storedMaps(maps) }) })),
    seed: facet(envelope.seed),
    activation: facet(envelope.activation),
    data: { keys: [String(data)], shown: String(data).slice(0, 12) },
    standardization: standardizationFacet(standardization.mean, standardization.deviation),
  };
}

/** The metadata of a ticket file, of which no more is read. Throws an `InputError`. */
function readMetadata(file: string): TicketMetadata {
  return withFileName(file, () => {
    const head = readHead(file, safetensorsHeadLength(readHead(file, 8)));
    return parseMetadata(decodeSafetensorsMetadata(head), KINDS);
  });
}

/** The kind of a ticket file, of which no more is read. Throws an `InputError`. */
export function ticketKind(file: string): string {
  return readMetadata(file).envelope.kind;
}

function refuse(file: string, problem: string): never {
  const remedy = 'choose another name, or give --force';
  throw new InputError({ file, place: '', problem, remedy });
}

/**
 * Throws an `InputError` if the ticket that `output` would replace answers another request. Nothing is
 * asked where nothing is replaced, or --force was given. `inputs` are those of the network.
 */
export function refuseOtherTicket(
  output: Output,
  kind: 'found' | 'trained',
  request: TicketRequest,
  inputs: number,
): void {
  const { file, replaces } = output;
  if (typeof replaces === 'string') return;
  const metadata = (() => {
    try {
      return readMetadata(file);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return refuse(file, `it is a ticket that cannot be read (${error.place}: ${error.problem})`);
    }
  })();
  const isTrained = metadata.envelope.kind === 'trained';
  if (isTrained !== (kind === 'trained')) {
    refuse(file, `it is a ${metadata.envelope.kind} ticket, and would be lost`);
  }
  const model = metadata.envelope.model?.sha256;
  if (!isTrained && request.model !== undefined && !request.model.keys.includes(String(model))) {
    // Of another number of inputs, perhaps, with which its domain could not be read.
    refuse(file, `it is a ticket of another model (${metadata.envelope.model?.name ?? 'unnamed'})`);
  }
  const stored = isTrained ? storedSearch(metadata) : storedFind(metadata, inputs);
  const other = firstOther(stored, request);
  if (other !== null) refuse(file, other);
}

/** What a ticket does not share with a request, in words. */
function firstOther(stored: TicketRequest, request: TicketRequest): string | null {
  for (const [name, asked] of Object.entries(request)) {
    const there = stored[name];
    if (there === undefined || asked.keys.some((key) => there.keys.includes(key))) continue;
    return `it is a ticket of another ${name} (${there.shown}, and asked for ${asked.shown})`;
  }
  return null;
}

/** Why the bytes of a trained ticket do not answer a search, in words; null if they do. */
export function otherThanAsked(bytes: Uint8Array, request: TicketRequest): string | null {
  const head = bytes.subarray(0, safetensorsHeadLength(bytes));
  return firstOther(storedSearch(parseMetadata(decodeSafetensorsMetadata(head), KINDS)), request);
}
