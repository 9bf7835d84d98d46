/**
 * Horner for narrow layers: every integer network of a class inside a source a few times the counting bound
 * (theory, section 5; proof and layout in docs/horner.md). `horner.ts` is the whole of it, with chains in
 * fours for wide ones.
 *
 * Most significant digit first. A carrier keeps each input alive from layer to layer; every output has
 * a chain of k accumulators that all take the sum of the k before them, which multiplies by k, and one
 * digit edge from every carrier, of whatever sign the seed drew, kept or not at will.
 */

import type { Steps } from '../../core/steps.js';
import type { Source } from '../../source/source.js';
import { blockInputs } from '../block-inputs.js';
import type { Construction } from '../construction.js';
import {
  type BlockFinder,
  type BlockPlace,
  blockConstruction,
  type Layouts,
  layoutBlocks,
  type PlacedBlock,
  type UnmetInBlock,
} from '../find-blocks.js';
import { emptyMasks, type FilledRange, fillDigits, fillTask } from './fill.js';
import { keepChains } from './keep-chains.js';
import { type BlockLayout, type BlockRequest, type LayoutFailure, layoutBlock } from './layout.js';
import { plainLayout } from './placed.js';
import {
  type BlockDemand,
  blockDemands,
  blockFailure,
  type HornerBlock,
  type HornerPlan,
  type PlainBlock,
} from './plan.js';
import { planPlainSteps } from './search.js';
import { hornerSize } from './size.js';
import { selectionThreshold } from './windows.js';

/** Upper bound of the probability that a seed fails this demand of a layout. */
export function layoutFailureProbability(
  { kind, hidden }: LayoutFailure,
  demand: BlockDemand,
  block: PlainBlock,
): number {
  const bound = blockFailure(demand, block)[kind];
  return typeof bound === 'number' ? bound : bound[hidden - 1];
}

/** Places one block; says which demand is not met, and how likely that is. */
export type PlaceBlock<Block, Layout> = (
  request: BlockRequest<Block>,
  tell: BlockPlace['tell'],
) => Steps<Layout | UnmetInBlock>;

/**
 * Where every block's neurons are in this source, which is of the plan's shape, block by block; independent
 * of the weights. In steps.
 */
export function layoutSteps<Block extends HornerBlock, Layout extends PlacedBlock>(
  source: Source,
  { networkClass, blocks, shape }: HornerPlan<Block>,
  place: PlaceBlock<Block, Layout>,
): Steps<Layouts<Layout>> {
  const demands = blockDemands(networkClass);
  return layoutBlocks<Layout>(shape, ({ block: index, start, inputNeurons, tell }) =>
    place(
      {
        source,
        start,
        inputNeurons,
        halves: blockInputs(networkClass, index),
        demand: demands[index],
        block: blocks[index],
      },
      tell,
    ),
  );
}

/** The same of one block of plain chains. */
export const placePlain: PlaceBlock<PlainBlock, BlockLayout> = function* (request, tell) {
  const { demand, block } = request;
  const threshold = selectionThreshold(block.radices, block.selection, demand.reach);
  const placed = yield* layoutBlock({ ...request, threshold }, tell);
  if (!('kind' in placed)) return placed;
  return { unmet: { ...placed, probability: layoutFailureProbability(placed, demand, block) } };
};

export const plainFinder: BlockFinder<HornerPlan<PlainBlock>, BlockLayout, FilledRange> = {
  name: 'horner',
  layoutSteps: (source, plan) => layoutSteps(source, plan, placePlain),
  emptyMasks,
  digitsPerWeight: ({ radices }) => 2 * radices.length,
  fillDigits,
  fillTask,
  keepOthers: (_matrix, layout, masks, ranges) => keepChains(layout, masks, ranges),
  placed: plainLayout,
};

/** Of classes that are narrow in every layer, `isWide` says which are not. */
export const plainHorner: Construction<HornerPlan<PlainBlock>> = blockConstruction(
  plainFinder,
  planPlainSteps,
  hornerSize,
);
