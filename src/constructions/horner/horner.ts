/**
 * Horner: every integer network of a class inside a source a few times the counting bound (theory,
 * section 5; proof and layout in docs/horner.md).
 *
 * Most significant digit first. A carrier keeps each input alive from layer to layer; every output has
 * a chain of k accumulators that all take the sum of the k before them, which multiplies by k, and one
 * digit edge from every carrier, of whatever sign the seed drew, kept or not at will.
 */

import { complete, type Steps } from '../../core/steps.js';
import type { NetworkClass } from '../../integer/network-class.js';
import { sameShape } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { blockInputs } from '../block-inputs.js';
import type { Construction } from '../construction.js';
import { splitFailure } from '../failure-bounds.js';
import { type BlockFinder, blockConstruction, type Layouts, layoutBlocks } from '../find-blocks.js';
import { emptyMasks, type FilledRange, fillDigits, fillTask, keepChains } from './fill.js';
import { type BlockLayout, type LayoutFailure, layoutBlock } from './layout.js';
import { hornerLayout } from './placed.js';
import {
  accumulatorFailure,
  type BlockDemand,
  blockDemands,
  carrierFailure,
  type HornerBlock,
  type HornerPlan,
  offsetFailure,
  outputsFailure,
  windowFailure,
} from './plan.js';
import { planHornerSteps } from './search.js';
import { approximateSize } from './structures.js';
import { selectionThreshold } from './windows.js';

/** Upper bound of the probability that a seed fails this demand of a layout. */
export function layoutFailureProbability(
  { kind, hidden }: LayoutFailure,
  demand: BlockDemand,
  block: HornerBlock,
): number {
  switch (kind) {
    case 'split':
      return splitFailure(demand.splitCoordinates, demand.inputs, block.splitWidth ?? 0);
    case 'windows':
      return windowFailure(demand, block);
    case 'carriers':
      return carrierFailure(demand, block, hidden);
    case 'accumulators':
      return accumulatorFailure(demand, block, hidden);
    case 'offset':
      return offsetFailure(block);
    case 'outputs':
      return outputsFailure(demand, block);
  }
}

/** Where every block's carriers, chains and outputs are in this source; independent of the weights. */
export function layoutHorner(source: Source, plan: HornerPlan): Layouts<BlockLayout> {
  return complete(layoutHornerSteps(source, plan));
}

/** The same in steps. */
export function layoutHornerSteps(
  source: Source,
  { networkClass, blocks, shape }: HornerPlan,
): Steps<Layouts<BlockLayout>> {
  if (!sameShape(source.shape, shape)) {
    throw new RangeError('the source has another shape than the plan');
  }
  const demands = blockDemands(networkClass);
  return layoutBlocks<BlockLayout>(shape, function* ({ block: index, start, inputNeurons, tell }) {
    const demand = demands[index];
    const block = blocks[index];
    const placed = yield* layoutBlock(
      {
        source,
        start,
        inputNeurons,
        halves: blockInputs(networkClass, index),
        demand,
        block,
        threshold: selectionThreshold(block.radices, block.selection, demand.reach),
      },
      tell,
    );
    if (!('kind' in placed)) return placed;
    return { unmet: { ...placed, probability: layoutFailureProbability(placed, demand, block) } };
  });
}

export const hornerFinder: BlockFinder<HornerPlan, BlockLayout, FilledRange> = {
  name: 'horner',
  layoutSteps: layoutHornerSteps,
  emptyMasks,
  digitsPerWeight: ({ radices }) => 2 * radices.length,
  fillDigits,
  fillTask,
  keepOthers: (_matrix, layout, masks, ranges) => keepChains(layout, masks, ranges),
  placed: hornerLayout,
};

export const horner: Construction<HornerPlan> = blockConstruction(
  hornerFinder,
  planHornerSteps,
  (networkClass: NetworkClass) =>
    blockDemands(networkClass).reduce((sum, demand) => sum + approximateSize(demand), 0),
);
