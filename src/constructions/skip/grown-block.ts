/**
 * A block whose chains grow level by level: its layers, and all that can fail in them (docs/skip.md).
 *
 * The top: *units* take one digit for each input; each chain's first accumulator, by index, reads some of
 * them, and takes one digit more. Then levels of relays and accumulators; the accumulators of the last
 * level are the outputs, and its relays' layer has the copies of the offset.
 */
import { binomialShortfall, matchingFailure, outputFailure } from '../failure-bounds.js';
import { typesShortfall } from '../types-shortfall.js';
import { chainCount, outputGroups } from './chains.js';
import { type BlockLayer, type FailureTerm, type SkipDemand, splitLayerFailure } from './demand.js';
import { GROWTHS, type Growth, type GrowthName, groupRelays, groupSize } from './growths.js';
import { sumFailure, totalShortfall } from './sum-failure.js';
import { topShortfall } from './tops.js';

/** What the plan chooses for a block of growing chains. Widths are of layers; 0 where there is none. */
export interface GrownBlock {
  readonly scheme: GrowthName;
  /** By how many bits the top reaches more than it must, which saves levels. */
  readonly head: number;
  readonly levels: number;
  /** `m`: units of each chain. */
  readonly units: number;
  /** `J'`: chains in the top, of which those go on that reach every weight. */
  readonly chains: number;
  readonly splitWidth: number;
  /** Sums of the split layer's neurons, and the layer of the neuron that adds them up: the base. */
  readonly sums: number;
  readonly totalWidth: number;
  /** Copies of the base, and the layer that they are in. */
  readonly baseCopies: number;
  readonly baseWidth: number;
  /** Of the layer before the doubled inputs. */
  readonly doublingWidth: number;
  readonly unitWidth: number;
  readonly relayWidth: number;
  readonly accumulatorWidth: number;
  /** Of the last level's relays, and `r` copies of the offset of each kind among them. */
  readonly lastWidth: number;
  readonly offsetCopies: number;
  readonly outputWidth: number;
}

/** Where in the block the layers are that others read. */
export interface GrownPlaces {
  /** The layer that digits are read from, whose neurons are the block's non-negative inputs. */
  readonly digits: number;
  /** Copies of the base; doubled inputs; -1 where there are none. */
  readonly base: number;
  readonly doubled: number;
  readonly units: number;
  /** The first accumulators. */
  readonly tops: number;
}

export function grownPlaces({ scheme, splitWidth }: GrownBlock): GrownPlaces {
  const { based, bits } = GROWTHS[scheme];
  if (based) return { digits: 0, base: 4, doubled: -1, units: 5, tops: 6 };
  const digits = splitWidth > 0 ? 1 : 0;
  const doubled = bits === 2 ? digits + 2 : -1;
  const units = Math.max(digits, doubled) + 1;
  return { digits, base: -1, doubled, units, tops: units + 1 };
}

/** The layers of the block, from the one after its input to its outputs. */
export function grownLayers(demand: SkipDemand, block: GrownBlock): BlockLayer[] {
  const { direct } = GROWTHS[block.scheme];
  const { digits, base, doubled, units, tops } = grownPlaces(block);
  const layers: BlockLayer[] = [];
  const add = (kind: BlockLayer['kind'], width: number, reads: readonly number[]): void => {
    // The columns of a source layer are in the order of the layers that they come from.
    layers.push({ kind, width, reads: [...reads].sort((a, b) => a - b) });
  };
  if (block.splitWidth > 0) add('split', block.splitWidth, [0]);
  if (base > 0) {
    add('sum', block.sums, [1]);
    add('total', block.totalWidth, [2]);
    add('base', block.baseWidth, [3]);
  }
  if (doubled > 0) {
    add('doubling', block.doublingWidth, [digits]);
    add('doubled', demand.parts, [doubled - 1]);
  }
  const based = base > 0 ? [base] : [];
  add('units', block.unitWidth, [...based, digits]);
  add('tops', block.chains, [units, ...based, digits]);
  const digitLayers = doubled > 0 ? [digits, doubled] : [digits];
  for (let level = 1; level <= block.levels; level++) {
    const before = tops + 2 * (level - 1);
    const isLast = level === block.levels;
    add('relays', isLast ? block.lastWidth : block.relayWidth, [before]);
    const reads = [before + 1, ...(direct ? [before] : []), ...digitLayers];
    if (isLast) add('outputs', block.outputWidth, reads);
    else add('accumulators', block.accumulatorWidth, reads);
  }
  return layers;
}

/** Non-negative inputs, or raw ones where both halves of an input share their digits. */
export function digitInputs({ based }: Growth, { parts, columns }: SkipDemand): number {
  return based ? columns : parts;
}

/** Relays of one layer, from `groups` groups: placed by their edges in, and out where those are fixed. */
export function relayFailure(
  growth: Growth,
  groups: number,
  pool: number,
  isTargetFixed: boolean,
): number {
  const edges = groupSize(growth) * (isTargetFixed ? 2 : 1);
  // Relays of one chain are as good as each other: copies. Others are groups of their own.
  const copies = groupSize(growth) === 1 ? groupRelays(growth) : 1;
  return matchingFailure((groups * groupRelays(growth)) / copies, copies, pool, 2 ** -edges);
}

/** Probability that a neuron of the next level suits a chain there. */
export function accumulatorEdge(growth: Growth): number {
  if (growth.accumulatorsFirst) return 1 / 2;
  return 2 ** -(groupRelays(growth) + (growth.direct ? 1 : 0));
}

/** Whether accumulators are given their places by index. */
export function isByIndex({ accumulatorsFirst, direct }: Growth): boolean {
  return accumulatorsFirst && !direct;
}

/** Accumulators of one layer. */
export function accumulatorFailure(growth: Growth, chains: number, pool: number): number {
  if (isByIndex(growth)) return pool < chains ? Number.POSITIVE_INFINITY : 0;
  return matchingFailure(chains, 1, pool, accumulatorEdge(growth));
}

/** That some kind of copy of the offset is not there often enough in the last relays' layer. */
export function offsetFailure({ copyKinds }: Growth, copies: number, pool: number): number {
  return copyKinds.reduce(
    (sum, { probability }) => sum + binomialShortfall(pool, probability, copies),
    0,
  );
}

/** Relays of the last level, outside of the offset's copies. */
export function lastRelayFailure(
  growth: Growth,
  demand: SkipDemand,
  copies: number,
  pool: number,
): number {
  const left = pool - copies * growth.copyKinds.length;
  const isFixed = demand.last || growth.accumulatorsFirst;
  return relayFailure(growth, outputGroups(growth, demand), left, isFixed);
}

/** Output neurons: that each subtracts some copy of the offset, and suits its output. */
export function outputsFailure(
  growth: Growth,
  { outputs, last }: SkipDemand,
  copies: number,
  pool: number,
): number {
  if (last || isByIndex(growth)) return outputs * 2 ** -copies;
  const blocked = growth.copyKinds.length * 2 ** -copies;
  return outputFailure(outputs, pool, accumulatorEdge(growth), blocked);
}

/** The doubling relays: two for each input, by the edges in and out. */
export function doublingFailure({ parts }: SkipDemand, pool: number): number {
  return matchingFailure(parts, 2, pool, 1 / 4);
}

/** Units: `units` for each top, each neuron with a base only where one of its copies has +1. */
export function unitsFailure(
  chains: number,
  units: number,
  pool: number,
  baseCopies: number,
): number {
  if (baseCopies === 0) return matchingFailure(chains, units, pool, 1 / 2);
  return outputFailure(chains, pool, 1 / 2, 2 ** -baseCopies, units);
}

/** Too few chains that reach every weight. */
export function windowFailure(
  growth: Growth,
  demand: SkipDemand,
  { units, head, chains, baseCopies }: Pick<GrownBlock, 'units' | 'head' | 'chains' | 'baseCopies'>,
): number {
  const inputs = digitInputs(growth, demand);
  const good = growth.reaches.map((reach, type) => {
    const shortfall = growth.based ? 2 ** -units : topShortfall(units, reach * 2 ** head);
    // The base of a first of a pair is larger by two.
    const lacksBase = growth.based && type === 0 ? binomialShortfall(baseCopies, 1 / 2, 2) : 0;
    return Math.exp(inputs * Math.log1p(-shortfall)) * (1 - lacksBase);
  });
  return typesShortfall(chains, chainCount(growth, demand), good);
}

/** All failure terms of the block. */
export function grownTerms(demand: SkipDemand, block: GrownBlock): FailureTerm[] {
  const growth = GROWTHS[block.scheme];
  const { digits, base, doubled, units, tops } = grownPlaces(block);
  const chains = chainCount(growth, demand);
  const terms: FailureTerm[] = [];
  const add = (kind: FailureTerm['kind'], layer: number, probability: number): void => {
    terms.push({ kind, layer, probability });
  };
  if (base > 0) {
    const { splitWidth, sums, totalWidth } = block;
    add('split', 1, sumFailure(demand.columns, demand.parts, splitWidth, sums));
    add('base', base - 1, totalShortfall(totalWidth, sums));
    add('base', base, binomialShortfall(block.baseWidth, 1 / 2, block.baseCopies));
  } else if (digits > 0) add('split', 1, splitLayerFailure(demand, block.splitWidth));
  if (doubled > 0) add('matching', doubled - 1, doublingFailure(demand, block.doublingWidth));
  add('units', units, unitsFailure(block.chains, block.units, block.unitWidth, block.baseCopies));
  add('windows', tops, windowFailure(growth, demand, block));
  const relays = relayFailure(
    growth,
    chains / groupSize(growth),
    block.relayWidth,
    growth.accumulatorsFirst,
  );
  const accumulators = accumulatorFailure(growth, chains, block.accumulatorWidth);
  for (let level = 1; level < block.levels; level++) {
    add('matching', tops + 2 * level - 1, relays);
    add('matching', tops + 2 * level, accumulators);
  }
  const last = tops + 2 * block.levels - 1;
  const { lastWidth, offsetCopies, outputWidth } = block;
  add('offset', last, offsetFailure(growth, offsetCopies, lastWidth));
  add('matching', last, lastRelayFailure(growth, demand, offsetCopies, lastWidth));
  add('outputs', last + 1, outputsFailure(growth, demand, offsetCopies, outputWidth));
  return terms;
}
