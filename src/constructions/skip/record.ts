/**
 * A plan of skip as JSON text, and back. What a reader can compute (shape, failure bound) is not in it; a
 * file's choices are checked until every plan that is returned could have been made here.
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
import { skipSchema } from './block-schema.js';
import { growthBits } from './chains.js';
import { type SkipDemand, skipDemands } from './demand.js';
import { gatheredBits } from './gathered.js';
import { type GrownBlock, isByIndex } from './grown-block.js';
import { GROWTHS, isPossible } from './growths.js';
import { leastSizes, type Sizes } from './least-sizes.js';
import { layersOf, type SkipBlock, type SkipPlan, skipPlanOf } from './plan.js';

const MISFIT = 'do not fit the integers';

/** The last relays must suit fixed outputs too: in tiny blocks of fours one in 256 does. */
const FIXED_SLACK = 16;

const recordSchema = z.strictObject({
  ...classSchemas,
  construction: z.literal('skip'),
  blocks: z.array(skipSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
});

/** The text of a source file: the shape's choices and the class they serve, without a seed. */
export function formatSkipPlan(plan: SkipPlan): string {
  checkObject('plan', plan);
  return recordText('skip', plan.networkClass, plan.blocks);
}

/** Reads what `formatSkipPlan` wrote. Throws an `InputError` that names the place. */
export function parseSkipPlan(text: string): SkipPlan {
  return skipPlanOfRecord(recordJson(text));
}

/** The same of a record that is no text any more. */
export function skipPlanOfRecord(json: unknown): SkipPlan {
  return planOfRecord(checkedRecord(recordSchema, json), {
    layers: ({ levels: count }) => 2 * count,
    check: (networkClass, blocks) => {
      skipDemands(networkClass).forEach((demand, index) => {
        checkSkipBlock(demand, blocks[index], `blocks.${index}`);
      });
    },
    plan: skipPlanOf,
  });
}

/** Throws an `InputError` that names the place for a block that no plan for this demand has. */
export function checkSkipBlock(demand: SkipDemand, block: SkipBlock, place: string): void {
  if (block.scheme === 'gathered') {
    if (block.levels !== gatheredBits(demand)) refuseRecord(`${place}.levels`, MISFIT);
  } else checkGrown(demand, block, place);
  checkWidths(leastSizes(demand, block), block, place);
  const outputs = demand.last || (block.scheme !== 'gathered' && isByIndex(GROWTHS[block.scheme]));
  if (outputs && block.outputWidth !== demand.outputs) {
    refuseRecord(`${place}.outputWidth`, 'does not fit the outputs');
  }
  // Reading the layers once more costs less than they do.
  if (layersOf(demand, block).some((layer) => layer.width < 1)) {
    refuseRecord(place, 'a layer without neurons');
  }
}

/** Refuses widths below `least`, far above it, or other than 0 where nothing is needed. */
function checkWidths(least: Sizes, block: SkipBlock, place: string): void {
  for (const [key, needed] of Object.entries(least)) {
    const given = (block as unknown as Sizes)[key];
    const room = key === 'lastWidth' ? FIXED_SLACK : 1;
    const most = needed === 0 ? 0 : room * mostNeurons(needed);
    if (given < needed) refuseRecord(`${place}.${key}`, `less than ${needed}`);
    if (given > most) refuseRecord(`${place}.${key}`, `more than ${most}`);
  }
}

function checkGrown(
  demand: SkipDemand,
  { scheme, head, levels: given }: GrownBlock,
  place: string,
): void {
  const growth = GROWTHS[scheme];
  if (!isPossible(growth, demand)) refuseRecord(`${place}.scheme`, 'does not fit the block');
  if (growth.based && head !== 0) refuseRecord(`${place}.head`, 'not 0');
  if (given !== growthBits(growth, demand, head) / growth.bits) {
    refuseRecord(`${place}.levels`, MISFIT);
  }
}
