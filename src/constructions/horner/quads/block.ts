/**
 * Blocks whose chains grow in fours (docs/horner.md, "Chains in fours"), as plans have them, and all that
 * can fail in one.
 *
 * `QuadsBlock` says of such a block: its `radices` are those of the *top*, T layers of plain chains whose
 * last one has growth 1, one neuron for each chain; then a 1 for each of the `2 quads` layers of relays and
 * accumulators. The last hidden layer has the accumulators of the outputs and `offsetCopies` copies of each
 * of the two offsets. Chains are selected in the top.
 */
import {
  binomialShortfall,
  matchingFailure,
  outputFailure,
  splitFailure,
  sumOfBounds,
} from '../../failure-bounds.js';
import { typesShortfall } from '../../types-shortfall.js';
import {
  accumulatorFailure,
  type BlockDemand,
  carrierFailure,
  chainLayers,
  type PlainBlock,
  type QuadsBlock,
} from '../plan.js';
import { ceilingOf, MAXIMUM_THRESHOLD, windowShortfall } from '../windows.js';
import { type ByType, quadOffsets } from './offsets.js';
import { FOUR, PAIR_SIGNS, RELAY_SIGNS } from './unit.js';

/** What fails in a block, by the kinds of a layout's demands. */
export type QuadsTerm = 'split' | 'windows' | 'carriers' | 'accumulators' | 'offset' | 'outputs';

/** Chains that end in outputs, and those that fill the last group of these. */
function outputChains(outputs: number): number {
  return FOUR * Math.ceil(outputs / FOUR);
}

/** `J`: chains after the selection. The last four are the offset's. */
export function quadChains({ outputs }: Pick<BlockDemand, 'outputs'>): number {
  return outputChains(outputs) + FOUR;
}

/** T: hidden layers of the top. */
export function topLayers({ radices, quads }: Pick<QuadsBlock, 'radices' | 'quads'>): number {
  return radices.length - 2 * quads;
}

/** The signs with which the neurons of hidden layer t, beyond the top, read groups of the layer before. */
export function unitSigns(block: QuadsBlock, t: number): typeof RELAY_SIGNS | typeof PAIR_SIGNS {
  return isRelayLayer(block, t) ? RELAY_SIGNS : PAIR_SIGNS;
}

/** Whether hidden layer t holds relays. */
export function isRelayLayer(block: Pick<QuadsBlock, 'radices' | 'quads'>, t: number): boolean {
  const beyond = t - topLayers(block);
  return beyond > 0 && beyond <= 2 * block.quads && beyond % 2 === 1;
}

/**
 * The block and its demand as one of plain chains of which there are as many: what a top and all carriers
 * are like.
 */
export function asPlain(
  demand: BlockDemand,
  block: QuadsBlock,
): { readonly demand: BlockDemand; readonly block: PlainBlock } {
  return {
    demand: { ...demand, outputs: quadChains(demand) - 1 },
    block: { ...block, quads: undefined },
  };
}

/** Least `P_s` at the selection with which the top is certain to reach, by type; Infinity if far away. */
export function quadThresholds(
  { reach: { largest } }: BlockDemand,
  block: Pick<QuadsBlock, 'radices' | 'quads' | 'selection'>,
): ByType<number> {
  const { reach } = quadOffsets(largest, block.quads);
  const growth = block.radices
    .slice(block.selection, topLayers(block))
    .reduce((product, radix) => product * radix, 1);
  const threshold = (most: bigint): number => {
    const least = ceilingOf(most, BigInt(growth));
    return least <= BigInt(MAXIMUM_THRESHOLD) ? Number(least) : Number.POSITIVE_INFINITY;
  };
  return [threshold(reach[0]), threshold(reach[1])];
}

/** Probabilities that a chain has its windows at all inputs, by type. */
export function goodChains(
  demand: BlockDemand,
  block: Pick<QuadsBlock, 'radices' | 'quads' | 'selection' | 'carrierCopies'>,
): ByType<number> {
  const layers = chainLayers(block, block.selection);
  const good = (threshold: number): number =>
    threshold === Number.POSITIVE_INFINITY
      ? 0
      : Math.exp(demand.inputs * Math.log1p(-windowShortfall(layers, threshold)));
  const [lesser, greater] = quadThresholds(demand, block);
  return [good(lesser), good(greater)];
}

/** Too few chains of `chains` that reach far enough: half of them are of the greater offset. */
export function quadWindowFailure(
  demand: BlockDemand,
  chains: number,
  [lesser, greater]: ByType<number>,
): number {
  // Who is good for the greater offset is good for the lesser one.
  return typesShortfall(chains, quadChains(demand), [greater, lesser]);
}

/** That a hidden layer beyond the top lacks a relay or an accumulator. */
export function unitFailure(demand: BlockDemand, block: QuadsBlock, t: number): number {
  const { hiddenWidths, offsetCopies } = block;
  // A neuron suits one member of a group at most, so a set of g is missed with probability below
  // (1 - edge)^g: as if it suited each of them by itself.
  const edge = 2 ** -unitSigns(block, t)[0].length;
  const pool = hiddenWidths[t - 1];
  if (t < hiddenWidths.length) return matchingFailure(quadChains(demand), 1, pool, edge);
  const { outputs, last } = demand;
  return matchingFailure(outputs, 1, pool - 2 * offsetCopies, last ? edge / 2 : edge);
}

/** That one of the two offsets has too few copies. */
export function quadOffsetFailure({ hiddenWidths, offsetCopies }: QuadsBlock): number {
  const width = hiddenWidths[hiddenWidths.length - 1];
  return 2 * binomialShortfall(width, 2 ** -PAIR_SIGNS[0].length, offsetCopies);
}

/** That an output lacks a neuron with +1 from its chain and -1 from a copy of its offset. */
export function quadOutputsFailure(
  { outputs, last }: BlockDemand,
  { offsetCopies, outputWidth }: Pick<QuadsBlock, 'offsetCopies' | 'outputWidth'>,
): number {
  const blocked = 2 ** -offsetCopies;
  return last ? outputs * blocked : outputFailure(outputs, outputWidth, 1 / 2, 2 * blocked);
}

/** Upper bound of the probability that a seed fails such a demand; `hidden` is its layer, if it has one. */
export function quadsTermFailure(
  demand: BlockDemand,
  block: QuadsBlock,
  kind: QuadsTerm,
  hidden: number,
): number {
  const plain = asPlain(demand, block);
  switch (kind) {
    case 'split':
      return block.splitWidth === null
        ? 0
        : splitFailure(demand.splitCoordinates, demand.inputs, block.splitWidth);
    case 'windows':
      return quadWindowFailure(demand, block.chains, goodChains(demand, block));
    case 'carriers':
      return carrierFailure(plain.demand, plain.block, hidden);
    case 'accumulators':
      return hidden > topLayers(block)
        ? unitFailure(demand, block, hidden)
        : accumulatorFailure(plain.demand, plain.block, hidden);
    case 'offset':
      return quadOffsetFailure(block);
    case 'outputs':
      return quadOutputsFailure(demand, block);
  }
}

/** Bound of the probability that a seed lacks what the block looks for. */
export function quadsFailure(demand: BlockDemand, block: QuadsBlock): number {
  const term = (kind: QuadsTerm, hidden = 0): number =>
    quadsTermFailure(demand, block, kind, hidden);
  const layers = block.radices.flatMap((_, index) => [
    term('carriers', index + 1),
    term('accumulators', index + 1),
  ]);
  return sumOfBounds([term('split'), term('windows'), ...layers, term('offset'), term('outputs')]);
}
