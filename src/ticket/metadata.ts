/**
 * The `__metadata__` of a ticket: every value a string, JSON where it is not a plain word. What all
 * kinds of ticket share, the envelope, has keys of its own and is read and written here; what one
 * kind alone needs, its body, is the JSON object under the key that is the kind's name.
 * `docs/ticket.md` lists them.
 */

import { InputError } from '../core/errors.js';
import { kinds, number, object, oneOf, text } from '../core/forms.js';
import type { Schema } from '../core/schema.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import { GENERATOR } from '../source/source.js';
import type { Domain, Normalization, Reading } from '../target/network.js';
import { DIGEST_KEY } from './digest.js';
import { FORMAT_PREFIX } from './file-head.js';
import { describeIssue, type JsonValue, jsonText, parseJson, quoted } from './json.js';
import { MODEL_NAME, MODEL_SHA256, type ModelRecord } from './model-record.js';
import { readingJson, readingSchema } from './reading-record.js';
import { fromRuns, toRuns } from './runs.js';
import { integers, MAXIMUM_LAYERS, numberRuns } from './schemas.js';

const FORMAT = `${FORMAT_PREFIX}1`;
const NEWER = 'it was made by a newer version of unearth; update unearth to read it';
const DAMAGED = 'the ticket is damaged; make it again';

const widthsSchema = integers('widths', 1, MAXIMUM_WIDTH, MAXIMUM_LAYERS + 1);
const keptSchema = integers('counts', 0, Number.MAX_SAFE_INTEGER);

/** Values with how often each is repeated; see `runs.ts`. */
type NumberRuns = readonly (readonly [value: number, times: number])[];

type StoredDomain =
  | { readonly kind: 'all' }
  | { readonly kind: 'ball'; readonly radius: number }
  | { readonly kind: 'box'; readonly lower: NumberRuns; readonly upper: NumberRuns };

interface StoredNormalization {
  readonly input: {
    readonly minimum: NumberRuns;
    readonly maximum: NumberRuns;
    readonly mean: NumberRuns;
    readonly range: NumberRuns;
  };
  readonly output: { readonly mean: number; readonly range: number };
}

const domainSchema = kinds('kind', {
  all: object({ kind: oneOf('all') }),
  ball: object({ kind: oneOf('ball'), radius: number({ least: 0 }) }),
  box: object({ kind: oneOf('box'), lower: numberRuns, upper: numberRuns }),
});

const modelSchema = object({ name: text(MODEL_NAME), sha256: text(MODEL_SHA256) });

const normalizationSchema = object({
  input: object({
    minimum: numberRuns,
    maximum: numberRuns,
    mean: numberRuns,
    range: numberRuns,
  }),
  output: object({ mean: number(), range: number() }),
});

/** What every kind of ticket says of itself, as it is written. */
export interface TicketEnvelope {
  readonly kind: string;
  readonly seed: bigint;
  /** Distribution of the source weights. */
  readonly weights: string;
  /** Of the hidden layers. */
  readonly activation: string;
  readonly widths: readonly number[];
  readonly kept: readonly number[];
  readonly domain: Domain;
  readonly model?: ModelRecord;
  readonly normalization?: Normalization;
  /** What reading the model left out or rounded. */
  readonly reading?: Reading;
}

/** The envelope as it stands in a file: types are right, `domain` and `normalization` not expanded. */
export interface StoredEnvelope extends Omit<TicketEnvelope, 'domain' | 'normalization'> {
  readonly digest: string;
  readonly domain: StoredDomain;
  readonly normalization?: StoredNormalization;
}

/** The words that a kind of ticket allows in its envelope. */
export interface KindWords {
  readonly weights: readonly string[];
  readonly activations: readonly string[];
}

/** Metadata as read; `body` reads the kind's own object. */
export interface TicketMetadata {
  readonly envelope: StoredEnvelope;
  /** Throws an `InputError` that names the body's key if it does not fit the schema. */
  body<T>(schema: Schema<T>): T;
}

function domainJson(domain: Domain): JsonValue {
  if (domain.kind === 'all') return { kind: 'all' };
  const bounds = domain.kind === 'ball' ? [domain.radius] : [...domain.lower, ...domain.upper];
  if (!bounds.every(Number.isFinite)) {
    throw new InputError({
      place: 'domain',
      problem: 'a bound is not a finite number',
      remedy: 'give every input a finite range, or take the domain of all inputs',
    });
  }
  if (domain.kind === 'ball') return { kind: 'ball', radius: domain.radius };
  return { kind: 'box', lower: toRuns(domain.lower), upper: toRuns(domain.upper) };
}

function normalizationJson({ input, output }: Normalization): JsonValue {
  return {
    input: {
      minimum: toRuns(input.minimum),
      maximum: toRuns(input.maximum),
      mean: toRuns(input.mean),
      range: toRuns(input.range),
    },
    output: { mean: output.mean, range: output.range },
  };
}

/** A ticket's metadata but its digest, in the order in which they are written. */
export function encodeMetadata(envelope: TicketEnvelope, body: JsonValue): Record<string, string> {
  const { kind, model, normalization, reading } = envelope;
  const modelJson = model && {
    name: model.name.replace(/[/\p{Cc}]/gu, '_').slice(0, 255),
    sha256: model.sha256,
  };
  return {
    format: FORMAT,
    kind,
    generator: GENERATOR,
    seed: envelope.seed.toString(16).padStart(16, '0'),
    weights: envelope.weights,
    activation: envelope.activation,
    widths: jsonText(envelope.widths),
    kept: jsonText(envelope.kept),
    domain: jsonText(domainJson(envelope.domain)),
    ...(modelJson && { model: jsonText(modelJson) }),
    ...(normalization && { normalization: jsonText(normalizationJson(normalization)) }),
    ...(reading && { reading: jsonText(readingJson(reading)) }),
    [kind]: jsonText(body),
  };
}

function placeOf(key: string): string {
  return `metadata ${quoted(key)}`;
}

/** Refuses what only a later version can have written; returns the kind's name. */
function checkVersion(
  metadata: ReadonlyMap<string, string>,
  kinds: Readonly<Record<string, KindWords>>,
): string {
  const format = metadata.get('format');
  if (format === undefined || !/^unearth-ticket\/[1-9][0-9]{0,8}$/.test(format)) {
    throw new InputError({
      place: placeOf('format'),
      problem: format === undefined ? 'is missing' : `${quoted(format)} is no ticket format`,
      remedy: 'this is a safetensors file, but not a ticket; find a ticket first',
    });
  }
  const word = (key: string, values: readonly string[]): string => {
    const value = metadata.get(key);
    if (value === undefined) {
      throw new InputError({ place: placeOf(key), problem: 'is missing', remedy: DAMAGED });
    }
    if (!values.includes(value)) {
      const known = `${values.join(', ')} ${values.length === 1 ? 'is' : 'are'}`;
      const problem = `${quoted(value)} is not known to this version (${known})`;
      throw new InputError({ place: placeOf(key), problem, remedy: NEWER });
    }
    return value;
  };
  word('format', [FORMAT]);
  const kind = word('kind', Object.keys(kinds));
  const { weights, activations } = kinds[kind] as KindWords;
  word('generator', [GENERATOR]);
  word('weights', weights);
  word('activation', activations);
  return kind;
}

const REQUIRED = ['seed', 'widths', 'kept', 'domain', DIGEST_KEY] as const;
const OPTIONAL = ['model', 'normalization', 'reading'] as const;
const PLAIN = ['format', 'kind', 'generator', 'weights', 'activation'] as const;

/** Reads metadata of one of the given kinds. Throws an `InputError` that names the key. */
export function parseMetadata(
  metadata: ReadonlyMap<string, string>,
  kinds: Readonly<Record<string, KindWords>>,
): TicketMetadata {
  const kind = checkVersion(metadata, kinds);
  const known = new Set<string>([...REQUIRED, ...OPTIONAL, ...PLAIN, kind]);
  for (const key of metadata.keys()) {
    if (!known.has(key)) {
      throw new InputError({ place: placeOf(key), problem: 'is no known key', remedy: NEWER });
    }
  }
  const refuse = (key: string, problem: string): never => {
    throw new InputError({ place: placeOf(key), problem, remedy: DAMAGED });
  };
  const textOf = (key: string): string => metadata.get(key) ?? refuse(key, 'is missing');
  const read = <T>(key: string, schema: Schema<T>): T => {
    const parsed = schema.safeParse(parseJson(textOf(key), placeOf(key)));
    if (parsed.success) return parsed.data;
    return refuse(key, describeIssue(parsed.error));
  };
  const digest = textOf(DIGEST_KEY);
  if (!/^[0-9a-f]{64}$/.test(digest)) refuse(DIGEST_KEY, 'is not a SHA-256 in hexadecimal');
  const seed = textOf('seed');
  if (!/^[0-9a-f]{16}$/.test(seed)) refuse('seed', 'is not 16 lower-case hexadecimal digits');
  const widths = read('widths', widthsSchema);
  const kept = read('kept', keptSchema);
  if (kept.length !== widths.length - 1) {
    refuse('kept', `${kept.length} counts for ${widths.length - 1} layers`);
  }
  const envelope = {
    kind,
    digest,
    seed: BigInt(`0x${seed}`),
    weights: textOf('weights'),
    activation: textOf('activation'),
    widths,
    kept,
    domain: read('domain', domainSchema),
    ...(metadata.has('model') && { model: read('model', modelSchema) }),
    ...(metadata.has('normalization') && {
      normalization: read('normalization', normalizationSchema),
    }),
    ...(metadata.has('reading') && { reading: read('reading', readingSchema) }),
  };
  return { envelope, body: (schema) => read(kind, schema) };
}

/** Throws the `InputError` of a damaged ticket unless the condition holds. */
export function requireTrue(condition: boolean, place: string, problem: string): void {
  if (!condition) throw new InputError({ place, problem, remedy: DAMAGED });
}

/** The domain of `inputs` coordinates that an envelope records. */
export function domainOf({ domain }: StoredEnvelope, inputs: number): Domain {
  const place = placeOf('domain');
  if (domain.kind !== 'box') return domain;
  const lower = Float64Array.from(fromRuns(domain.lower, inputs, place));
  const upper = Float64Array.from(fromRuns(domain.upper, inputs, place));
  const wrong = lower.findIndex((bound, index) => !(bound <= (upper[index] as number)));
  requireTrue(wrong < 0, place, `input ${wrong}: ${lower[wrong]} is above ${upper[wrong]}`);
  return { kind: 'box', lower, upper };
}

/** The normalisation of `inputs` coordinates that an envelope records, if any. */
export function normalizationOf(
  { normalization }: StoredEnvelope,
  inputs: number,
): Normalization | undefined {
  if (normalization === undefined) return undefined;
  const { input, output } = normalization;
  const place = placeOf('normalization');
  const values = (runs: readonly (readonly [number, number])[]) =>
    Float64Array.from(fromRuns(runs, inputs, place));
  const range = values(input.range);
  requireTrue(!range.includes(0) && output.range !== 0, place, 'a range is zero');
  const minimum = values(input.minimum);
  const maximum = values(input.maximum);
  const wrong = minimum.findIndex((bound, index) => !(bound <= (maximum[index] as number)));
  requireTrue(wrong < 0, place, `input ${wrong}: ${minimum[wrong]} is above ${maximum[wrong]}`);
  return { input: { minimum, maximum, mean: values(input.mean), range }, output: { ...output } };
}
