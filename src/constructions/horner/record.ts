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
} from '../class-record.js';
import { hornerSchema } from './block-schema.js';
import {
  type BlockDemand,
  blockDemands,
  carriersAt,
  chainsAt,
  type HornerBlock,
  type HornerPlan,
  type QuadsBlock,
} from './plan.js';
import { asPlain, topLayers } from './quads/block.js';
import { hornerPlanOf } from './quads/plan-of.js';

const recordSchema = z.strictObject({
  ...classSchemas,
  construction: z.literal('horner'),
  blocks: z.array(hornerSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
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
        checkHornerBlock(demand, blocks[index], `blocks.${index}`);
      });
    },
    plan: hornerPlanOf,
  });
}

/** Throws an `InputError` that names the place for a block that no plan for this demand has. */
export function checkHornerBlock(demand: BlockDemand, block: HornerBlock, place: string): void {
  const { splitWidth, radices, carrierCopies, chains, selection, hiddenWidths, quads } = block;
  const require: Require = (condition, part, problem) => {
    if (!condition) refuseRecord(`${place}.${part}`, problem);
  };
  const depth = radices.length;
  require(hiddenWidths.length === depth, 'hiddenWidths', 'not one width for each layer');
  require(carrierCopies.length === depth - 1, 'carrierCopies', 'not one count for each layer');
  const plain = quads === undefined ? { demand, block } : asPlain(demand, block);
  if (quads === undefined) {
    require(radices.every((radix) => radix > 1), 'radices', 'no growth');
    require(selection < depth, 'selection', 'not before the last layer');
  } else checkUnits(block, require);
  const wanted = plain.demand.outputs + 1;
  require(chains >= wanted, 'chains', 'fewer than outputs and offset');
  const mostChains = mostNeurons(wanted);
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
        ? radices[t - 1] * chainsAt(block, plain.demand.outputs, t) +
          carriersAt(block, t) * demand.inputs
        : radices[t - 1] * demand.outputs + block.offsetCopies * (quads === undefined ? 1 : 2);
    const width = hiddenWidths[t - 1];
    require(width >= least, `hiddenWidths.${t - 1}`, `less than ${least}`);
    // Real slacks are a small share of a layer, and tens of neurons in tiny ones.
    require(width <= mostNeurons(least), `hiddenWidths.${t - 1}`, `far more than ${least}`);
  }
}

/** What is to be so, else the problem of a part of a block. */
type Require = (condition: boolean, part: string, problem: string) => void;

/** The layers of growth in fours, after a top that ends in one neuron for each chain. */
function checkUnits(block: QuadsBlock, require: Require): void {
  const { radices, carrierCopies, selection, quads } = block;
  const top = topLayers(block);
  require(top >= 2, 'quads', 'no top before the units');
  require(selection <= top, 'selection', 'not in the top');
  require(radices.slice(0, top - 1).every((radix) => radix > 1), 'radices', 'no growth');
  const units = radices.slice(top - 1);
  require(units.length === 2 * quads + 1 &&
    units.every((radix) => radix === 1), 'radices', 'not 1 in the units');
  require(carrierCopies
    .slice(top - 1)
    .every((copies) => copies === 1), 'carrierCopies', 'not 1 in the units');
}
