/** The cheapest sizes of a gathered block at a price. */
import { matchingFailure } from '../failure-bounds.js';
import { leastSlack } from '../slack.js';
import { blockWeights, type SkipDemand, splitLayerFailure, totalFailure } from './demand.js';
import {
  type GatheredBlock,
  gatheredBits,
  gatheredLayers,
  gatheredOutputsFailure,
  gatheredTerms,
} from './gathered.js';
import type { Sized, Surroundings } from './sizes.js';

/**
 * The block with so many copies of the last doubling (as many as the price asks for in the last block, whose
 * outputs cannot be chosen); null if there is none.
 */
export function sizeGathered(
  demand: SkipDemand,
  { inputWidth, nextReaders, price }: Surroundings,
  suggested: number,
): Sized<GatheredBlock> | null {
  const { parts, outputs, signed, copied, last } = demand;
  const fixed = (more: number): number => gatheredOutputsFailure(demand, 1 + more, outputs);
  const units = last ? 1 + leastSlack(parts * (parts + outputs), price, fixed) : suggested;
  const levels = gatheredBits(demand);
  const split = (slack: number): number => splitLayerFailure(demand, parts + slack);
  const splitWidth =
    signed || copied ? parts + leastSlack(inputWidth + 2 * parts + outputs, price, split) : 0;
  const relays = (slack: number): number => matchingFailure(parts, 2, 2 * parts + slack, 1 / 4);
  const relayWidth = 2 * parts + leastSlack(2 * parts, price, relays);
  const copies = (slack: number): number =>
    matchingFailure(parts, units, units * parts + slack, 1 / 2);
  const unitWidth = units * parts + leastSlack(parts + outputs, price, copies);
  const perOutput = (levels + 1) * parts + unitWidth + nextReaders;
  const ends = (slack: number): number => gatheredOutputsFailure(demand, units, outputs + slack);
  const outputWidth = outputs + (last ? 0 : leastSlack(perOutput, price, ends));
  const block: GatheredBlock = {
    scheme: 'gathered',
    levels,
    units,
    unitWidth,
    splitWidth,
    relayWidth,
    outputWidth,
  };
  if (Object.values(block).includes(Number.POSITIVE_INFINITY)) return null;
  const objective =
    blockWeights(gatheredLayers(demand, block), inputWidth) +
    outputWidth * nextReaders +
    price * totalFailure(gatheredTerms(demand, block));
  return { block, objective };
}
