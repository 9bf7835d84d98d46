/**
 * A Horner plan as JSON text, and back. What a reader can compute (shape, failure bound) is not in it;
 * a file's choices are checked until every plan that is returned could have been made here.
 */

import { checkObject, checkText } from '../../core/arguments.js';
import { InputError, UsageError } from '../../core/errors.js';
import { checkedWith, z } from '../../core/zod.js';
import { checkNetworkClass, type NetworkClass } from '../../integer/network-class.js';
import { MAXIMUM_WIDTH } from '../../source/shape.js';
import type { InputSign } from '../../target/network.js';
import {
  type BlockDemand,
  blockDemands,
  carriersAt,
  chainsAt,
  type HornerBlock,
  type HornerPlan,
  hornerPlanOf,
} from './plan.js';

export const SOURCE_FORMAT = 'unearth-source/2';
/** Of release 0.1, and of classes that know no more than the bits. */
const FORMAT_WITHOUT_RANGES = 'unearth-source/1';
const REMEDY = 'plan the source again and write its file anew';

/** Limits that keep a hostile file from costing more than a moment; real plans are far below them. */
const MAXIMUM_TEXT = 2 ** 24;
const MAXIMUM_LAYERS = 20_000;
const MAXIMUM_DIMENSION = 2 ** 20;
const MAXIMUM_NEURONS = 2 ** 22;
const MAXIMUM_COPIES = 256;
const MAXIMUM_OFFSET_COPIES = 4096;
const MAXIMUM_SELECTION = 64;
const MAXIMUM_GROWTH = 8;
/** Widths are at most this many times what they have to be, and a thousand more. */
const MOST_SLACK = 8;

const width = z.int().check(z.minimum(1), z.maximum(MAXIMUM_WIDTH));
/** Up to 2^4096. */
const decimal = z.string().check(z.regex(/^(?:0|[1-9]\d{0,1233})$/));
const blockSchema = z.strictObject({
  splitWidth: z.nullable(width),
  radices: z
    .array(z.int().check(z.minimum(2), z.maximum(MAXIMUM_GROWTH)))
    .check(z.minLength(2), z.maxLength(MAXIMUM_LAYERS)),
  carrierCopies: z
    .array(z.int().check(z.minimum(1), z.maximum(MAXIMUM_COPIES)))
    .check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
  chains: width,
  selection: z.int().check(z.minimum(1), z.maximum(MAXIMUM_SELECTION)),
  hiddenWidths: z.array(width).check(z.minLength(2), z.maxLength(MAXIMUM_LAYERS)),
  offsetCopies: z.int().check(z.minimum(1), z.maximum(MAXIMUM_OFFSET_COPIES)),
  outputWidth: width,
});
const recordSchema = z.strictObject({
  format: z.enum([SOURCE_FORMAT, FORMAT_WITHOUT_RANGES]),
  construction: z.literal('horner'),
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
  blocks: z.array(blockSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
});

/** The text of a source file: the shape's choices and the class they serve, without a seed. */
export function formatHornerPlan(plan: HornerPlan): string {
  checkObject('plan', plan);
  checkObject('plan.networkClass', plan.networkClass);
  const { networkClass, blocks } = plan;
  const inputSigns: [InputSign, number][] = [];
  for (const sign of networkClass.inputSigns) {
    const last = inputSigns.at(-1);
    if (last?.[0] === sign) last[1]++;
    else inputSigns.push([sign, 1]);
  }
  const { dimensions, constant, bits, ranges } = networkClass;
  const record: z.infer<typeof recordSchema> = {
    format: ranges === undefined ? FORMAT_WITHOUT_RANGES : SOURCE_FORMAT,
    construction: 'horner',
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
    blocks: blocks.map((block) => ({
      ...block,
      radices: [...block.radices],
      carrierCopies: [...block.carrierCopies],
      hiddenWidths: [...block.hiddenWidths],
    })),
  };
  return `${JSON.stringify(record)}\n`;
}

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: REMEDY });
}

/** Reads what `formatHornerPlan` wrote. Throws an `InputError` that names the place. */
export function parseHornerPlan(text: string): HornerPlan {
  checkText('text', text);
  if (text.length > MAXIMUM_TEXT) refuse('the file', `longer than ${MAXIMUM_TEXT} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse('the file', 'not JSON');
  }
  const parsed = checkedWith(recordSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    refuse(issue.path.map(String).join('.') || 'the file', issue.message);
  }
  const { format, dimensions, constant, bits, ranges, inputSigns: runs, blocks } = parsed.data;
  if ((ranges === undefined) !== (format === FORMAT_WITHOUT_RANGES)) {
    refuse('ranges', `do not go with the format ${format}`);
  }
  const inputs = runs.reduce((sum, [, times]) => sum + times, 0);
  if (inputs !== dimensions[0]) refuse('inputSigns', `${inputs} signs for ${dimensions[0]} inputs`);
  if (bits.length !== dimensions.length - 1) refuse('bits', 'not one number for each layer');
  if (blocks.length !== bits.length) refuse('blocks', 'not one block for each layer');
  const neurons = dimensions.reduce((sum, dimension) => sum + dimension, 0);
  if (neurons > MAXIMUM_NEURONS) refuse('dimensions', `${neurons} neurons in all`);
  const layers = blocks.reduce((sum, { radices }) => sum + radices.length, 0);
  if (layers > MAXIMUM_LAYERS) refuse('blocks', `${layers} layers`);
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
    refuse('ranges', 'do not go with the bits');
  }
  blockDemands(networkClass).forEach((demand, index) => {
    checkBlock(demand, blocks[index], `blocks.${index}`);
  });
  const plan = hornerPlanOf(networkClass, blocks);
  if (!(plan.failureBound < 1)) refuse('blocks', 'a source like this need not hold the networks');
  return plan;
}

function checkBlock(demand: BlockDemand, block: HornerBlock, place: string): void {
  const { splitWidth, radices, carrierCopies, chains, selection, hiddenWidths } = block;
  const require = (condition: boolean, part: string, problem: string): void => {
    if (!condition) refuse(`${place}.${part}`, problem);
  };
  const depth = radices.length;
  require(hiddenWidths.length === depth, 'hiddenWidths', 'not one width for each layer');
  require(carrierCopies.length === depth - 1, 'carrierCopies', 'not one count for each layer');
  require(selection < depth, 'selection', 'not before the last layer');
  require(chains > demand.outputs, 'chains', 'fewer than outputs and offset');
  const mostChains = MOST_SLACK * (demand.outputs + 1) + 1000;
  require(chains <= mostChains, 'chains', `more than ${mostChains}`);
  const mostOutputs = MOST_SLACK * demand.outputs + 1000;
  require(block.outputWidth <= mostOutputs, 'outputWidth', `more than ${mostOutputs}`);
  const mostSplit = MOST_SLACK * demand.inputs + 1000;
  require((splitWidth ?? 0) <= mostSplit, 'splitWidth', `more than ${mostSplit}`);
  const split = demand.splitCoordinates > 0;
  require((splitWidth !== null) === split, 'splitWidth', 'does not fit the signs of the inputs');
  require(splitWidth === null || splitWidth >= demand.inputs, 'splitWidth', 'too narrow');
  require(demand.last
    ? block.outputWidth === demand.outputs
    : block.outputWidth >= demand.outputs, 'outputWidth', 'does not fit the outputs');
  for (let t = 1; t <= depth; t++) {
    const least =
      t < depth
        ? radices[t - 1] * chainsAt(block, demand.outputs, t) + carriersAt(block, t) * demand.inputs
        : radices[t - 1] * demand.outputs + block.offsetCopies;
    const width = hiddenWidths[t - 1];
    require(width >= least, `hiddenWidths.${t - 1}`, `less than ${least}`);
    // Real slacks are a small share of a layer, and tens of neurons in tiny ones.
    require(width <= MOST_SLACK * least + 1000, `hiddenWidths.${t - 1}`, `far more than ${least}`);
  }
}
