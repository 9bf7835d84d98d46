/**
 * Horner's success by the width and by the depth of its source. A layout of carriers and chains does
 * not look at the weights: where there is one, the source holds every network of the class.
 */
import { horner, layoutHorner } from '../constructions/horner/horner.js';
import {
  blockDemands,
  carriersAt,
  chainsAt,
  type HornerBlock,
  type HornerPlan,
} from '../constructions/horner/plan.js';
import { asPlain } from '../constructions/horner/quads/block.js';
import { hornerPlanOf } from '../constructions/horner/quads/plan-of.js';
import { plannedSuccess, planOnce, SLACK_WORDS, SLACKS, slackScale } from './planned-success.js';
import { describeShape, SHAPE_WORDS } from './shape.js';

/** Layers more than planned, per block. */
const LAYERS = [-3, -2, -1, 0, 1, 2];

/**
 * The plan with every slack multiplied by `percent / 100`: neurons beyond those that are used, chains
 * beyond those that go on, copies of the offset.
 */
function withSlack(plan: HornerPlan, percent: number): HornerPlan {
  const demands = blockDemands(plan.networkClass);
  const scaled = slackScale(percent);
  const blocks = plan.blocks.map((block, index): HornerBlock => {
    const { inputs, outputs } = demands[index];
    const depth = block.radices.length;
    const isOfFours = block.quads !== undefined;
    const others = isOfFours ? asPlain(demands[index], block).demand.outputs : outputs;
    const chains = scaled(others + 1, block.chains);
    const offsetCopies = scaled(1, block.offsetCopies);
    const hiddenWidths = block.hiddenWidths.map((planned, layer) => {
      const t = layer + 1;
      const used = (of: HornerBlock): number =>
        t === depth
          ? of.radices[layer] * outputs + of.offsetCopies * (isOfFours ? 2 : 1)
          : of.radices[layer] * chainsAt(of, others, t) + inputs * carriersAt(of, t);
      return used({ ...block, chains, offsetCopies }) + scaled(0, planned - used(block));
    });
    return {
      ...block,
      chains,
      offsetCopies,
      hiddenWidths,
      splitWidth: block.splitWidth === null ? null : scaled(inputs, block.splitWidth),
      outputWidth: scaled(outputs, block.outputWidth),
    };
  });
  return hornerPlanOf(plan.networkClass, blocks);
}

/**
 * The plan with every block longer or shorter by as many layers, after the layer where chains are
 * selected, or around it where none is left after it; null if a block would have no layers between
 * its first and its last, or where chains grow in fours: two layers of theirs are one step.
 */
function withLayers(plan: HornerPlan, more: number): HornerPlan | null {
  const blocks: HornerBlock[] = [];
  if (more === 0) return plan;
  for (const block of plan.blocks) {
    if (block.quads !== undefined) return null;
    const removed = Math.max(0, -more);
    const start = Math.min(block.selection, block.radices.length - 1 - removed);
    if (start < 1) return null;
    const change = <T>(items: readonly T[]): T[] => [
      ...items.slice(0, start),
      ...new Array<T>(Math.max(0, more)).fill(items[start - 1]),
      ...items.slice(start + removed),
    ];
    // A layer that is added has the chains that go on, as the one after the selection has.
    const middle = block.hiddenWidths[Math.min(block.selection, block.radices.length - 2)];
    const widths = change(block.hiddenWidths);
    if (more > 0) widths.fill(middle, start, start + more);
    blocks.push({
      ...block,
      selection: start,
      radices: change(block.radices),
      carrierCopies: change(block.carrierCopies),
      hiddenWidths: widths,
    });
  }
  return hornerPlanOf(plan.networkClass, blocks);
}

const HORNER = {
  construction: 'horner',
  describe: describeShape,
  shapeWords: SHAPE_WORDS,
  plan: planOnce<HornerPlan>(horner.plan),
  layout: layoutHorner,
} as const;

export const hornerWidthSuccess = plannedSuccess<HornerPlan>({
  ...HORNER,
  varied: 'slack percent',
  variedWords: SLACK_WORDS,
  axis: 'width',
  values: SLACKS,
  change: withSlack,
});

export const hornerDepthSuccess = plannedSuccess<HornerPlan>({
  ...HORNER,
  varied: 'layers beyond the plan',
  variedWords: 'the number of layers, around the planned one',
  axis: 'depth',
  values: LAYERS,
  change: withLayers,
});
