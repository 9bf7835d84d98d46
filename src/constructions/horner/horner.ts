/**
 * Horner, the whole of it: `plain.ts`, and chains in fours (docs/horner.md) for the blocks whose source
 * they make smaller.
 */
import { complete, type Steps } from '../../core/steps.js';
import type { InputPart } from '../../integer/input-parts.js';
import { sameShape } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import type { Construction } from '../construction.js';
import { type BlockFinder, blockConstruction, fillTaskOf, type Layouts } from '../find-blocks.js';
import type { LayerPlace, LayerRoles, NeuronLayout } from '../roles.js';
import type { FilledRange } from './fill.js';
import type { BlockLayout } from './layout.js';
import { plainLayer, plainLayout } from './placed.js';
import { layoutSteps, type PlaceBlock, placePlain, plainFinder, plainHorner } from './plain.js';
import type { HornerBlock, HornerPlan } from './plan.js';
import { quadsTermFailure } from './quads/block.js';
import { fillQuadDigits } from './quads/fill.js';
import { keepQuadChains } from './quads/keep.js';
import { layoutQuads, type QuadsLayout } from './quads/layout.js';
import { quadRoles } from './quads/placed.js';
import { planHornerSteps } from './quads/search.js';

/** Where the neurons of a block of either kind are. */
export type HornerLayout = BlockLayout | QuadsLayout;

/** Where the neurons of a block of either kind are. */
export const placeEither: PlaceBlock<HornerBlock, HornerLayout> = function* (request, tell) {
  const { demand, block } = request;
  if (block.quads === undefined) return yield* placePlain({ ...request, block }, tell);
  const placed = yield* layoutQuads({ ...request, block }, tell);
  if (!('kind' in placed)) return placed;
  const { kind, hidden } = placed;
  return { unmet: { ...placed, probability: quadsTermFailure(demand, block, kind, hidden) } };
};

/** Where every block's carriers, chains and outputs are in this source; independent of the weights. */
export function layoutHorner(source: Source, plan: HornerPlan): Layouts<HornerLayout> {
  return complete(layoutHornerSteps(source, plan));
}

/** The same in steps. */
export function layoutHornerSteps(source: Source, plan: HornerPlan): Steps<Layouts<HornerLayout>> {
  if (!sameShape(source.shape, plan.shape)) {
    throw new RangeError('the source has another shape than the plan');
  }
  return layoutSteps(source, plan, placeEither);
}

const fillEither: BlockFinder<HornerPlan, HornerLayout, FilledRange>['fillDigits'] = (
  matrix,
  layout,
  ...rest
) =>
  'quads' in layout
    ? fillQuadDigits(matrix, layout, ...rest)
    : plainFinder.fillDigits(matrix, layout, ...rest);

/** The digits of a block of either kind, for threads. */
export const fillTask = fillTaskOf('horner-fill-any', fillEither);

/** The neurons of one layer of a block of either kind, given the parts of the block's inputs. */
export function hornerLayer(
  place: LayerPlace,
  layout: HornerLayout,
  parts: readonly InputPart[],
): LayerRoles {
  const layer = plainLayer(place, layout, parts);
  return 'quads' in layout ? quadRoles(layer, layout) : layer;
}

/** Where the neurons of a plan's blocks are, by source layer. */
export function hornerLayout(plan: HornerPlan, layouts: readonly HornerLayout[]): NeuronLayout {
  const placed = plainLayout(plan, layouts);
  return {
    layer(t) {
      const layer = placed.layer(t);
      const layout = layouts[layer.block - 1];
      return 'quads' in layout ? quadRoles(layer, layout) : layer;
    },
  };
}

export const hornerFinder: BlockFinder<HornerPlan, HornerLayout, FilledRange> = {
  ...plainFinder,
  layoutSteps: layoutHornerSteps,
  fillDigits: fillEither,
  fillTask,
  placed: hornerLayout,
  keepOthers: (matrix, layout, masks, ranges) =>
    'quads' in layout
      ? keepQuadChains(layout, masks, ranges)
      : plainFinder.keepOthers(matrix, layout, masks, ranges),
};

export const horner: Construction<HornerPlan> = blockConstruction(
  hornerFinder,
  planHornerSteps,
  plainHorner.size,
);
