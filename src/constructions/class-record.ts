/**
 * What the records of all plans have in common: the class that a source serves, as JSON, and how a text
 * that nobody vouches for is read.
 */
import { checkObject, checkText } from '../core/arguments.js';
import { InputError, UsageError } from '../core/errors.js';
import { checkedWith, z } from '../core/zod.js';
import { checkNetworkClass, type NetworkClass } from '../integer/network-class.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import type { InputSign } from '../target/network.js';

export const SOURCE_FORMAT = 'unearth-source/2';
/** Of release 0.1, and of classes that know no more than the bits. */
const FORMAT_WITHOUT_RANGES = 'unearth-source/1';
const REMEDY = 'plan the source again and write its file anew';

/** Limits that keep a hostile file from costing more than a moment; real plans are far below them. */
const MAXIMUM_TEXT = 2 ** 24;
export const MAXIMUM_LAYERS = 20_000;
const MAXIMUM_DIMENSION = 2 ** 20;
const MAXIMUM_NEURONS = 2 ** 22;
/** Widths are at most this many times what they have to be, and a thousand more. */
const MOST_SLACK = 8;

/** The most neurons that a plan of ours gives a layer that needs `least`. */
export function mostNeurons(least: number): number {
  return MOST_SLACK * least + 1000;
}

export const widthSchema = z.int().check(z.minimum(1), z.maximum(MAXIMUM_WIDTH));
/** Up to 2^4096. */
const decimal = z.string().check(z.regex(/^(?:0|[1-9]\d{0,1233})$/));

/** Keys of a record beside its construction and blocks. */
export const classSchemas = {
  format: z.enum([SOURCE_FORMAT, FORMAT_WITHOUT_RANGES]),
  dimensions: z
    .array(z.int().check(z.minimum(1), z.maximum(MAXIMUM_DIMENSION)))
    .check(z.minLength(2), z.maxLength(MAXIMUM_LAYERS)),
  constant: z.boolean(),
  bits: z
    .array(z.int().check(z.minimum(1), z.maximum(4096)))
    .check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
  /** Largest weight and constant of each layer, in decimal. */
  ranges: z.optional(
    z.array(z.strictObject({ entries: decimal, unit: decimal })).check(z.maxLength(MAXIMUM_LAYERS)),
  ),
  /** Runs of equal signs. */
  inputSigns: z
    .array(
      z.tuple([
        z.enum(['signed', 'nonnegative', 'nonpositive']),
        z.int().check(z.minimum(1), z.maximum(MAXIMUM_DIMENSION)),
      ]),
    )
    .check(z.maxLength(MAXIMUM_DIMENSION)),
};
const classSchema = z.object(classSchemas);
export type ClassRecord = z.infer<typeof classSchema>;

/** The class of a plan as a record has it. */
function classRecord(networkClass: NetworkClass): ClassRecord {
  checkObject('plan.networkClass', networkClass);
  const inputSigns: [InputSign, number][] = [];
  for (const sign of networkClass.inputSigns) {
    const last = inputSigns.at(-1);
    if (last?.[0] === sign) last[1]++;
    else inputSigns.push([sign, 1]);
  }
  const { dimensions, constant, bits, ranges } = networkClass;
  return {
    format: ranges === undefined ? FORMAT_WITHOUT_RANGES : SOURCE_FORMAT,
    dimensions: [...dimensions],
    constant,
    bits: [...bits],
    ...(ranges && {
      ranges: ranges.map(({ entries, unit }) => ({
        entries: entries.toString(),
        unit: unit.toString(),
      })),
    }),
    inputSigns,
  };
}

/** The text of a plan's record: its blocks, and the class that they serve; `more` is what only some have. */
export function recordText(
  construction: string,
  networkClass: NetworkClass,
  blocks: readonly object[],
  more: object = {},
): string {
  const { format, ...ownClass } = classRecord(networkClass);
  return `${JSON.stringify({ format, construction, ...ownClass, ...more, blocks })}\n`;
}

/** Throws the `InputError` of a record that is wrong there. */
export function refuseRecord(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: REMEDY });
}

/** The JSON of a record's text. */
export function recordJson(text: string): unknown {
  checkText('text', text);
  if (text.length > MAXIMUM_TEXT) {
    refuseRecord('the file', `longer than ${MAXIMUM_TEXT} characters`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return refuseRecord('the file', 'not JSON');
  }
}

/** What a schema makes of a record. */
export function checkedRecord<Schema extends Parameters<typeof checkedWith>[0]>(
  schema: Schema,
  json: unknown,
): z.infer<Schema> {
  const parsed = checkedWith(schema, json);
  if (parsed.success) return parsed.data as z.infer<Schema>;
  const [issue] = parsed.error.issues;
  return refuseRecord(issue.path.map(String).join('.') || 'the file', issue.message);
}

/** What a construction makes of the blocks in a record. */
interface RecordReader<Block, P> {
  /** Source layers of a block, roughly: to refuse what would take long to read. */
  layers(block: Block): number;
  /** Throws for a block that could not be in a plan. */
  check(networkClass: NetworkClass, blocks: readonly Block[]): void;
  plan(networkClass: NetworkClass, blocks: readonly Block[]): P;
}

/** The plan of a record that its schema has let through. */
export function planOfRecord<Block, P extends { readonly failureBound: number }>(
  { blocks, ...ownClass }: ClassRecord & { readonly blocks: readonly Block[] },
  reader: RecordReader<Block, P>,
): P {
  const networkClass = classOfRecord(ownClass, blocks.length);
  const layers = blocks.reduce((sum, block) => sum + reader.layers(block), 0);
  if (layers > MAXIMUM_LAYERS) refuseRecord('blocks', `${layers} layers`);
  reader.check(networkClass, blocks);
  const plan = reader.plan(networkClass, blocks);
  if (!(plan.failureBound < 1)) {
    refuseRecord('blocks', 'a source like this need not hold the networks');
  }
  return plan;
}

/** The class of a record with so many blocks. */
function classOfRecord(
  { format, dimensions, constant, bits, ranges, inputSigns: runs }: ClassRecord,
  blocks: number,
): NetworkClass {
  if ((ranges === undefined) !== (format === FORMAT_WITHOUT_RANGES)) {
    refuseRecord('ranges', `do not go with the format ${format}`);
  }
  const inputs = runs.reduce((sum, [, times]) => sum + times, 0);
  if (inputs !== dimensions[0]) {
    refuseRecord('inputSigns', `${inputs} signs for ${dimensions[0]} inputs`);
  }
  if (bits.length !== dimensions.length - 1) refuseRecord('bits', 'not one number for each layer');
  if (blocks !== bits.length) refuseRecord('blocks', 'not one block for each layer');
  const neurons = dimensions.reduce((sum, dimension) => sum + dimension, 0);
  if (neurons > MAXIMUM_NEURONS) refuseRecord('dimensions', `${neurons} neurons in all`);
  const networkClass: NetworkClass = {
    dimensions,
    constant,
    bits,
    ...(ranges && {
      ranges: ranges.map(({ entries, unit }) => ({ entries: BigInt(entries), unit: BigInt(unit) })),
    }),
    inputSigns: runs.flatMap(([sign, times]) => new Array<InputSign>(times).fill(sign)),
  };
  try {
    checkNetworkClass(networkClass);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    refuseRecord('ranges', 'do not go with the bits');
  }
  return networkClass;
}
