/** The plan of blocks of either kind. */
import type { NetworkClass } from '../../../integer/network-class.js';
import {
  type BlockDemand,
  type HornerBlock,
  type HornerPlan,
  plainFailure,
  planOfBlocks,
} from '../plan.js';
import { quadsFailure } from './block.js';

/** Bound of the probability that a seed lacks what the block looks for. */
export function hornerFailure(demand: BlockDemand, block: HornerBlock): number {
  return block.quads === undefined ? plainFailure(demand, block) : quadsFailure(demand, block);
}

/** The plan that these blocks make: shape and failure bound are computed, never taken on trust. */
export function hornerPlanOf(
  networkClass: NetworkClass,
  blocks: readonly HornerBlock[],
): HornerPlan {
  return planOfBlocks(networkClass, blocks, hornerFailure);
}
