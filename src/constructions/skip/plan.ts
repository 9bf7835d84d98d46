/** A plan of the construction skip: a block for each target layer, and what follows from them. */
import type { NetworkClass } from '../../integer/network-class.js';
import type { SourceLayer, SourceShape } from '../../source/shape.js';
import type { Plan } from '../construction.js';
import { sumOfBounds } from '../failure-bounds.js';
import {
  type BlockLayer,
  type FailureTerm,
  type SkipDemand,
  skipDemands,
  totalFailure,
} from './demand.js';
import { type GatheredBlock, gatheredLayers, gatheredTerms } from './gathered.js';
import { type GrownBlock, grownLayers, grownTerms } from './grown-block.js';

export type SkipBlock = GrownBlock | GatheredBlock;

export interface SkipPlan extends Plan {
  readonly construction: 'skip';
  readonly blocks: readonly SkipBlock[];
}

export function layersOf(demand: SkipDemand, block: SkipBlock): BlockLayer[] {
  return block.scheme === 'gathered' ? gatheredLayers(demand, block) : grownLayers(demand, block);
}

export function termsOf(demand: SkipDemand, block: SkipBlock): FailureTerm[] {
  return block.scheme === 'gathered' ? gatheredTerms(demand, block) : grownTerms(demand, block);
}

/** The shape of these blocks. What a layer reads is said only where it is more than the layer before. */
function skipShape(networkClass: NetworkClass, blocks: readonly SkipBlock[]): SourceShape {
  const demands = skipDemands(networkClass);
  const layers: SourceLayer[] = [];
  blocks.forEach((block, index) => {
    const start = layers.length;
    const own = layersOf(demands[index], block);
    own.forEach(({ width, reads }, at) => {
      const isPlain = reads.length === 1 && reads[0] === at;
      layers.push({
        channels: width,
        ...(isPlain ? {} : { reads: reads.map((layer) => start + layer) }),
        ...(at === own.length - 1 && index < blocks.length - 1 ? { endsBlock: true } : {}),
      });
    });
  });
  return { inputs: demands[0].columns, layers };
}

/** The plan that these blocks make: shape and failure bound are computed, never taken on trust. */
export function skipPlanOf(networkClass: NetworkClass, blocks: readonly SkipBlock[]): SkipPlan {
  const failures = skipDemands(networkClass).map((demand, index) =>
    totalFailure(termsOf(demand, blocks[index])),
  );
  return {
    construction: 'skip',
    networkClass,
    blocks,
    shape: skipShape(networkClass, blocks),
    failureBound: sumOfBounds(failures),
  };
}
