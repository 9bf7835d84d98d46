/**
 * The `__metadata__` of a ticket: every value a string, JSON where it is not a plain word. What all
 * kinds of ticket share has a key of its own; what one kind alone needs is the JSON object under the
 * key that is the kind's name. `docs/ticket.md` lists them.
 */
import { z } from 'zod';
import { InputError } from '../core/errors.js';
import { GENERATOR, MAXIMUM_WIDTH } from '../source/source.js';
import type { Domain, InputSign, Normalization } from '../target/network.js';
import { DIGEST_KEY } from './digest.js';
import { describeIssue, type JsonValue, jsonText, parseJson, quoted } from './json.js';
import { toRanges, toRuns } from './runs.js';
import type { ConstructedTicket, PrecisionRecord } from './ticket.js';

/** Without the version, which is one whole number. */
export const FORMAT_PREFIX = 'unearth-ticket/';
const FORMAT = `${FORMAT_PREFIX}1`;
const NEWER = 'it was made by a newer version of unearth; update unearth to read it';
const DAMAGED = 'the ticket is damaged; make it again';

export const MAXIMUM_LAYERS = 100_000;

/** An upper limit for lists with an entry per input or output of the target. */
const MAXIMUM_ENTRIES = 2 ** 22;

/**
 * A list of items of one form. Unlike `z.array` it stops at the first wrong item: a hostile list of
 * millions of them would make as many issues.
 */
function listOf<T>(what: string, maximum: number, isItem: (value: unknown) => value is T) {
  const isList = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= maximum && value.every(isItem);
  return z.custom<readonly T[]>(isList, { error: `not a list of at most ${maximum} ${what}` });
}

function integers(what: string, least: number, most: number, maximum = MAXIMUM_LAYERS) {
  return listOf(`${what} from ${least} to ${most}`, maximum, isInteger(least, most));
}

function isInteger(least: number, most: number) {
  return (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

const isCount = isInteger(1, Number.MAX_SAFE_INTEGER);
const isIndex = isInteger(0, MAXIMUM_WIDTH);

/** Run lists; see `runs.ts`. */
function runsOf<T>(what: string, isValue: (value: unknown) => value is T) {
  const isRun = (value: unknown): value is readonly [T, number] =>
    Array.isArray(value) && value.length === 2 && isValue(value[0]) && isCount(value[1]);
  return listOf(`runs of ${what}`, MAXIMUM_ENTRIES, isRun);
}

type Range = number | readonly [number, number];

function isRange(value: unknown): value is Range {
  return isIndex(value) || (Array.isArray(value) && value.length === 2 && value.every(isIndex));
}

function isRanges(value: unknown): value is readonly Range[] {
  return Array.isArray(value) && value.every(isRange);
}

const SIGNS: readonly unknown[] = ['signed', 'nonnegative', 'nonpositive'] satisfies InputSign[];

const numberRuns = runsOf('numbers', (value): value is number => Number.isFinite(value));
const signRuns = runsOf('signs', (value): value is InputSign => SIGNS.includes(value));
const count = z.int().min(0);
/** Digits or bits after the point; the integers themselves are limited to 4096 bits. */
const MAXIMUM_PLACES = 4096;
const places = count.max(MAXIMUM_PLACES);

/** A non-negative bound, of any size that a float64 can have. */
function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{1,400}(\.[0-9]{1,1200})?$/.test(value);
}
const decimal = z.custom<string>(isDecimal, { error: 'not a plain decimal number' });

const widthsSchema = integers('widths', 1, MAXIMUM_WIDTH, MAXIMUM_LAYERS + 1);
const keptSchema = integers('counts', 0, Number.MAX_SAFE_INTEGER);

const domainSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('ball'), radius: z.number().min(0) }),
  z.strictObject({ kind: z.literal('box'), lower: numberRuns, upper: numberRuns }),
]);

const modelSchema = z.strictObject({
  name: z.string().regex(/^[^/\p{Cc}]{1,255}$/u),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const normalizationSchema = z.strictObject({
  input: z.strictObject({
    minimum: numberRuns,
    maximum: numberRuns,
    mean: numberRuns,
    range: numberRuns,
  }),
  output: z.strictObject({ mean: z.number(), range: z.number() }),
});

const precisionSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('lossless') }),
  z.strictObject({ mode: z.literal('bits'), bits: places }),
  z.strictObject({ mode: z.literal('paper'), epsilon: z.number().positive(), digits: places }),
  z.strictObject({
    mode: z.literal('certified'),
    requested: z.number().positive(),
    certified: decimal,
    outputs: listOf('decimal numbers', MAXIMUM_ENTRIES, isDecimal),
    method: z.enum(['lossless', 'interval', 'norm', 'relaxation', 'ellipsoid']),
  }),
]);

const constructedSchema = z.strictObject({
  construction: z.string().regex(/^[a-z0-9-]{1,40}$/),
  delta: z.number().positive().max(1),
  blockEnds: integers('layers', 1, MAXIMUM_LAYERS),
  inputSigns: signRuns,
  assignments: listOf('lists of neurons', MAXIMUM_LAYERS, isRanges),
  precision: precisionSchema,
  target: z.strictObject({
    constant: z.boolean(),
    fractionalPlaces: integers('digit counts', 0, MAXIMUM_PLACES),
    scale: z.strictObject({ base: z.union([z.literal(2), z.literal(10)]), exponent: count }),
    activation: z.enum(['relu', 'identity']),
  }),
});

/** Metadata as they stand in the file: types are right, nothing is expanded or compared yet. */
export interface TicketMetadata {
  readonly digest: string;
  readonly seed: bigint;
  readonly widths: readonly number[];
  readonly kept: readonly number[];
  readonly domain: z.infer<typeof domainSchema>;
  readonly model?: z.infer<typeof modelSchema>;
  readonly normalization?: z.infer<typeof normalizationSchema>;
  readonly constructed: z.infer<typeof constructedSchema>;
}

/** What is known of a ticket before its construction has run. */
export type TicketHead = Omit<ConstructedTicket, 'kept' | 'mask' | 'assignments'>;

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

function precisionJson(precision: PrecisionRecord): JsonValue {
  return precision.mode === 'certified'
    ? {
        mode: 'certified',
        requested: precision.requested,
        certified: precision.certified,
        outputs: [...precision.outputs],
        method: precision.method,
      }
    : { ...precision };
}

/** The metadata of a constructed ticket, in the order in which they are written. */
export function encodeMetadata(
  ticket: TicketHead & Pick<ConstructedTicket, 'assignments' | 'kept'>,
): Record<string, string> {
  const { model, normalization, precision, target } = ticket;
  const modelJson = model && {
    name: model.name.replace(/[/\p{Cc}]/gu, '_').slice(0, 255),
    sha256: model.sha256,
  };
  return {
    format: FORMAT,
    kind: ticket.kind,
    generator: GENERATOR,
    seed: ticket.seed.toString(16).padStart(16, '0'),
    weights: 'sign',
    activation: 'relu',
    widths: jsonText(ticket.shape.widths),
    kept: jsonText(ticket.kept),
    domain: jsonText(domainJson(ticket.domain)),
    ...(modelJson && { model: jsonText(modelJson) }),
    ...(normalization && { normalization: jsonText(normalizationJson(normalization)) }),
    constructed: jsonText({
      construction: ticket.construction,
      delta: ticket.delta,
      blockEnds: ticket.shape.blockEnds,
      inputSigns: toRuns(ticket.inputSigns),
      assignments: ticket.assignments.map(toRanges),
      precision: precisionJson(precision),
      target: {
        constant: target.constant,
        fractionalPlaces: target.fractionalPlaces,
        scale: { base: target.scale.base, exponent: target.scale.exponent },
        activation: target.activation,
      },
    }),
  };
}

function placeOf(key: string): string {
  return `metadata ${quoted(key)}`;
}

/** Refuses what only a later version can have written. */
function checkVersion(metadata: ReadonlyMap<string, string>): void {
  const format = metadata.get('format');
  if (format === undefined || !/^unearth-ticket\/[1-9][0-9]{0,8}$/.test(format)) {
    throw new InputError({
      place: placeOf('format'),
      problem: format === undefined ? 'is missing' : `${quoted(format)} is no ticket format`,
      remedy: 'this is a safetensors file, but not a ticket; tickets are made by `unearth find`',
    });
  }
  const known = {
    format: [FORMAT],
    kind: ['constructed'],
    generator: [GENERATOR],
    weights: ['sign'],
    activation: ['relu'],
  };
  for (const [key, values] of Object.entries(known)) {
    const value = metadata.get(key);
    if (value === undefined) {
      throw new InputError({ place: placeOf(key), problem: 'is missing', remedy: DAMAGED });
    }
    if (!values.includes(value)) {
      const problem = `${quoted(value)} is not known to this version (${values.join(', ')} is)`;
      throw new InputError({ place: placeOf(key), problem, remedy: NEWER });
    }
  }
}

const REQUIRED = ['seed', 'widths', 'kept', 'domain', 'constructed', DIGEST_KEY] as const;
const OPTIONAL = ['model', 'normalization'] as const;
const PLAIN = ['format', 'kind', 'generator', 'weights', 'activation'] as const;

/** Reads metadata. Throws an `InputError` that names the key. */
export function parseMetadata(metadata: ReadonlyMap<string, string>): TicketMetadata {
  checkVersion(metadata);
  const known = new Set<string>([...REQUIRED, ...OPTIONAL, ...PLAIN]);
  for (const key of metadata.keys()) {
    if (!known.has(key)) {
      throw new InputError({ place: placeOf(key), problem: 'is no known key', remedy: NEWER });
    }
  }
  const refuse = (key: string, problem: string): never => {
    throw new InputError({ place: placeOf(key), problem, remedy: DAMAGED });
  };
  const text = (key: string): string => metadata.get(key) ?? refuse(key, 'is missing');
  const read = <T>(key: string, schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(parseJson(text(key), placeOf(key)));
    if (parsed.success) return parsed.data;
    return refuse(key, describeIssue(parsed.error));
  };
  const digest = text(DIGEST_KEY);
  if (!/^[0-9a-f]{64}$/.test(digest)) refuse(DIGEST_KEY, 'is not a SHA-256 in hexadecimal');
  const seed = text('seed');
  if (!/^[0-9a-f]{16}$/.test(seed)) refuse('seed', 'is not 16 lower-case hexadecimal digits');
  return {
    digest,
    seed: BigInt(`0x${seed}`),
    widths: read('widths', widthsSchema),
    kept: read('kept', keptSchema),
    domain: read('domain', domainSchema),
    constructed: read('constructed', constructedSchema),
    ...(metadata.has('model') && { model: read('model', modelSchema) }),
    ...(metadata.has('normalization') && {
      normalization: read('normalization', normalizationSchema),
    }),
  };
}
