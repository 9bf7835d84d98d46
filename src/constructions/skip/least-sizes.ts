/** What the sizes of a block have to be at least, whatever can fail then. */
import { chainCount, outputGroups } from './chains.js';
import type { SkipDemand } from './demand.js';
import type { GatheredBlock } from './gathered.js';
import type { GrownBlock } from './grown-block.js';
import { GROWTHS, groupRelays, groupSize } from './growths.js';
import type { SkipBlock } from './plan.js';

/** By the keys of a block; 0 where the block has no such layer. */
export type Sizes = Readonly<Record<string, number>>;

/** For the block's own scheme, head, units, chains and copies. */
export function leastSizes(demand: SkipDemand, block: SkipBlock): Sizes {
  const splitWidth = demand.signed || demand.copied ? demand.parts : 0;
  const own =
    block.scheme === 'gathered' ? gatheredSizes(demand, block) : grownSizes(demand, block);
  return { ...own, splitWidth, outputWidth: demand.outputs };
}

function gatheredSizes({ parts }: SkipDemand, { units }: GatheredBlock): Sizes {
  return { unitWidth: units * parts, relayWidth: 2 * parts };
}

function grownSizes(demand: SkipDemand, block: GrownBlock): Sizes {
  const growth = GROWTHS[block.scheme];
  const chains = chainCount(growth, demand);
  const relays = groupRelays(growth);
  const { units, offsetCopies, baseCopies } = block;
  const based = growth.based ? 1 : 0;
  return {
    chains,
    sums: based,
    totalWidth: based,
    baseCopies: based,
    baseWidth: based * baseCopies,
    doublingWidth: growth.bits === 2 ? 2 * demand.parts : 0,
    unitWidth: units * block.chains,
    relayWidth: (chains / groupSize(growth)) * relays,
    accumulatorWidth: chains,
    lastWidth: outputGroups(growth, demand) * relays + offsetCopies * growth.copyKinds.length,
  };
}
