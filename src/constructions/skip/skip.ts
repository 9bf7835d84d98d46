/**
 * Skip: sources whose hidden layers also read their block's input, in which chains share their growth
 * (docs/skip.md). Two and a half times the counting bound for wide layers, where separate chains in
 * layered sources need nine.
 *
 * For each block the best of a few schemes: chains that double by relays of their own (twin, relay), in
 * pairs, in fours, around a base (signed inputs), or inputs that are doubled instead of chains (gathered).
 */
import { complete, counted, type Steps } from '../../core/steps.js';
import type { NetworkClass } from '../../integer/network-class.js';
import { widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { blockInputs } from '../block-inputs.js';
import type { Construction } from '../construction.js';
import { type BlockFinder, blockConstruction, type Layouts, layoutBlocks } from '../find-blocks.js';
import { skipDemands } from './demand.js';
import { emptyMasks, fillDigits, skipFillTask } from './fill.js';
import { layoutGathered } from './gathered-layout.js';
import { layoutGrown } from './grown-layout.js';
import { keepFixed } from './keep-fixed.js';
import type { BlockLayout, BlockRequest } from './layout.js';
import { placedRoles } from './placed.js';
import { layersOf, type SkipBlock, type SkipPlan, termsOf } from './plan.js';
import { planSkipSteps } from './search.js';
import { approximateSize } from './sizes.js';

/** Where the neurons of one block are in a source, or which demand is not met. */
export function layoutBlock(
  request: BlockRequest,
  block: SkipBlock,
): ReturnType<typeof layoutGrown> {
  return block.scheme === 'gathered' ? layoutGathered(request, block) : layoutGrown(request, block);
}

/** Where the neurons of every block are in this source; independent of the weights. */
export function layoutSkip(source: Source, plan: SkipPlan): Layouts<BlockLayout> {
  return complete(layoutSkipSteps(source, plan));
}

/** The same in steps. */
export function layoutSkipSteps(
  source: Source,
  { networkClass, blocks, shape }: SkipPlan,
): Steps<Layouts<BlockLayout>> {
  const demands = skipDemands(networkClass);
  return layoutBlocks<BlockLayout>(shape, function* ({ block: index, start, inputNeurons, tell }) {
    const block = blocks[index];
    const demand = demands[index];
    const request: BlockRequest = {
      source,
      start,
      inputWidth: widthOf(shape, start),
      inputNeurons,
      parts: blockInputs(networkClass, index),
      demand,
      layers: layersOf(demand, block),
    };
    const placed = yield* counted(layoutBlock(request, block), tell);
    if (!('kind' in placed)) return placed;
    const probability = termsOf(demand, block)
      .filter(({ kind, layer }) => kind === placed.kind && layer === placed.layer)
      .reduce((sum, term) => sum + term.probability, 0);
    return { unmet: { layer: start + placed.layer, demand: placed.demand, probability } };
  });
}

export const skipFinder: BlockFinder<SkipPlan, BlockLayout, number> = {
  name: 'skip',
  layoutSteps: layoutSkipSteps,
  emptyMasks,
  digitsPerWeight: ({ places }) => places.length,
  fillDigits,
  fillTask: skipFillTask,
  keepOthers: (matrix, layout, masks, ranges) => {
    keepFixed(layout, matrix, masks);
    return ranges.reduce((sum, digits) => sum + digits, 0);
  },
  placed: placedRoles,
};

export const skip: Construction<SkipPlan> = blockConstruction(
  skipFinder,
  // Not the function itself, which takes schemes besides.
  (networkClass, delta) => planSkipSteps(networkClass, delta),
  (networkClass: NetworkClass) =>
    skipDemands(networkClass).reduce((sum, demand) => sum + approximateSize(demand), 0),
);
