/**
 * A Horner plan as JSON text, and back. What a reader can compute (shape, failure bound) is not in it;
 * a file's choices are checked until every plan that is returned could have been made here.
 */
import { checkObject } from '../../core/arguments.js';
import { z } from '../../core/zod.js';
import {
  checkedRecord,
  classSchemas,
  MAXIMUM_LAYERS,
  mostNeurons,
  planOfRecord,
  recordJson,
  recordText,
  refuseRecord,
  widthSchema as width,
} from '../class-record.js';
import {
  type BlockDemand,
  blockDemands,
  carriersAt,
  chainsAt,
  type HornerBlock,
  type HornerPlan,
  hornerPlanOf,
} from './plan.js';

const MAXIMUM_COPIES = 256;
const MAXIMUM_OFFSET_COPIES = 4096;
const MAXIMUM_SELECTION = 64;
const MAXIMUM_GROWTH = 8;

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
  ...classSchemas,
  construction: z.literal('horner'),
  blocks: z.array(blockSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
});

/** The text of a source file: the shape's choices and the class they serve, without a seed. */
export function formatHornerPlan(plan: HornerPlan): string {
  checkObject('plan', plan);
  return recordText('horner', plan.networkClass, plan.blocks);
}

/** Reads what `formatHornerPlan` wrote. Throws an `InputError` that names the place. */
export function parseHornerPlan(text: string): HornerPlan {
  return hornerPlanOfRecord(recordJson(text));
}

/** The same of a record that is no text any more. */
export function hornerPlanOfRecord(json: unknown): HornerPlan {
  return planOfRecord(checkedRecord(recordSchema, json), {
    layers: ({ radices }) => radices.length,
    check: (networkClass, blocks) => {
      blockDemands(networkClass).forEach((demand, index) => {
        checkBlock(demand, blocks[index], `blocks.${index}`);
      });
    },
    plan: hornerPlanOf,
  });
}

function checkBlock(demand: BlockDemand, block: HornerBlock, place: string): void {
  const { splitWidth, radices, carrierCopies, chains, selection, hiddenWidths } = block;
  const require = (condition: boolean, part: string, problem: string): void => {
    if (!condition) refuseRecord(`${place}.${part}`, problem);
  };
  const depth = radices.length;
  require(hiddenWidths.length === depth, 'hiddenWidths', 'not one width for each layer');
  require(carrierCopies.length === depth - 1, 'carrierCopies', 'not one count for each layer');
  require(selection < depth, 'selection', 'not before the last layer');
  require(chains > demand.outputs, 'chains', 'fewer than outputs and offset');
  const mostChains = mostNeurons(demand.outputs + 1);
  require(chains <= mostChains, 'chains', `more than ${mostChains}`);
  const mostOutputs = mostNeurons(demand.outputs);
  require(block.outputWidth <= mostOutputs, 'outputWidth', `more than ${mostOutputs}`);
  const mostSplit = mostNeurons(demand.inputs);
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
    require(width <= mostNeurons(least), `hiddenWidths.${t - 1}`, `far more than ${least}`);
  }
}
