/**
 * What a Horner plan says of each block, the widths that follow from it, and the failure terms of
 * theory, section 5 (with the pool of a layer shared by accumulators and carriers, see docs/horner.md).
 */

import { layerRange, type NetworkClass } from '../../integer/network-class.js';
import { layeredShape, type SourceShape } from '../../source/shape.js';
import { blockInputs } from '../block-inputs.js';
import type { Plan } from '../construction.js';
import {
  binomialShortfall,
  matchingFailure,
  outputFailure,
  splitFailure,
  sumOfBounds,
} from '../failure-bounds.js';
import {
  type ChainLayer,
  type ChainReach,
  chainReach,
  selectionThreshold,
  windowShortfall,
} from './windows.js';

/** What the class fixes of one block. */
export interface BlockDemand {
  readonly reach: ChainReach;
  /** Non-negative inputs: halves of signed coordinates count twice, the constant once. */
  readonly inputs: number;
  /** Outputs, the constant among them. */
  readonly outputs: number;
  /** Whether the last output is the constant. */
  readonly constantOutput: boolean;
  /** Raw coordinates to be split by a layer of their own; 0 where none is signed. */
  readonly splitCoordinates: number;
  /** Whether it is the last block, whose output neurons are fixed. */
  readonly last: boolean;
}

/** What the plan chooses for one block of E hidden layers, whose chains grow each by itself. */
export interface PlainBlock {
  readonly quads?: undefined;
  /** Neurons of the split layer; null without one. */
  readonly splitWidth: number | null;
  /** `k_1 .. k_E`: copies of each chain's accumulator, and so its growth, per hidden layer. */
  readonly radices: readonly number[];
  /** `m_1 .. m_(E-1)`: copies of each carrier. The last hidden layer has none. */
  readonly carrierCopies: readonly number[];
  /** Chains in the layers `1 .. selection`; `outputs + 1` of them go on. */
  readonly chains: number;
  readonly selection: number;
  /** `N_1 .. N_E`. */
  readonly hiddenWidths: readonly number[];
  /** Copies of the offset in the last hidden layer. */
  readonly offsetCopies: number;
  /** Neurons among which the outputs are; exactly the outputs in the last block. */
  readonly outputWidth: number;
}

/**
 * The same for a block whose chains grow in fours, loaded on demand: see `quads/block.ts` for what the
 * fields say there.
 */
export interface QuadsBlock extends Omit<PlainBlock, 'quads'> {
  /** How many units of growth the block ends with. */
  readonly quads: number;
}

export type HornerBlock = PlainBlock | QuadsBlock;

export interface HornerPlan<Block extends HornerBlock = HornerBlock> extends Plan {
  readonly construction: 'horner';
  readonly blocks: readonly Block[];
}

/** A text that tells demands apart. */
export function demandKey({ reach, ...rest }: BlockDemand): string {
  return JSON.stringify([reach.offset.toString(16), reach.window.toString(16), rest]);
}

export function blockDemands(networkClass: NetworkClass): BlockDemand[] {
  const { dimensions, constant, bits, inputSigns } = networkClass;
  const split = inputSigns.includes('signed');
  return bits.map((_, block) => {
    const last = block === bits.length - 1;
    const constantOutput = constant && !last;
    return {
      reach: chainReach(layerRange(networkClass, block)),
      inputs: blockInputs(networkClass, block).length,
      outputs: dimensions[block + 1] + (constantOutput ? 1 : 0),
      constantOutput,
      splitCoordinates: block === 0 && split ? dimensions[0] + (constant ? 1 : 0) : 0,
      last,
    };
  });
}

/** Chains in hidden layer t, from 1. */
export function chainsAt(
  { chains, selection }: Pick<HornerBlock, 'chains' | 'selection'>,
  outputs: number,
  t: number,
): number {
  return t <= selection ? chains : outputs + 1;
}

/** Copies of each carrier in hidden layer t; layer 0 is the block's input. */
export function carriersAt(
  { carrierCopies }: Pick<HornerBlock, 'carrierCopies'>,
  t: number,
): number {
  return t === 0 ? 1 : (carrierCopies[t - 1] ?? 0);
}

/** Growth and digit edges of hidden layers `1 .. count`. */
export function chainLayers(
  block: Pick<HornerBlock, 'radices' | 'carrierCopies'>,
  count: number,
): ChainLayer[] {
  return block.radices.slice(0, count).map((radix, index) => ({
    radix,
    digits: radix * carriersAt(block, index),
  }));
}

/** Each an upper bound of the probability that a seed fails this kind of demand in one block. */
export interface BlockFailure {
  readonly split: number;
  readonly windows: number;
  /** Per hidden layer, from 1. */
  readonly carriers: readonly number[];
  readonly accumulators: readonly number[];
  readonly offset: number;
  readonly outputs: number;
}

/** Neurons of hidden layer t that are left for carriers once the accumulators have theirs. */
export function carrierPool(block: HornerBlock, outputs: number, t: number): number {
  return block.hiddenWidths[t - 1] - block.radices[t - 1] * chainsAt(block, outputs, t);
}

/** Probability that too few chains have all their windows. */
export function windowFailure(demand: BlockDemand, block: PlainBlock): number {
  const threshold = selectionThreshold(block.radices, block.selection, demand.reach);
  if (threshold === Number.POSITIVE_INFINITY) return 1;
  const pair = windowShortfall(chainLayers(block, block.selection), threshold);
  const good = Math.exp(demand.inputs * Math.log1p(-pair));
  return binomialShortfall(block.chains, good, demand.outputs + 1);
}

export function accumulatorFailure(demand: BlockDemand, block: PlainBlock, t: number): number {
  const { radices, hiddenWidths, offsetCopies } = block;
  const depth = radices.length;
  // Layer 1 is assigned by index.
  if (t === 1) return 0;
  const incoming = 2 ** -radices[t - 2];
  if (t < depth) {
    const chains = chainsAt(block, demand.outputs, t);
    return matchingFailure(chains, radices[t - 1], hiddenWidths[t - 1], incoming);
  }
  const edge = demand.last ? incoming / 2 : incoming;
  const pool = hiddenWidths[t - 1] - offsetCopies;
  return matchingFailure(demand.outputs, radices[t - 1], pool, edge);
}

export function carrierFailure(demand: BlockDemand, block: PlainBlock, t: number): number {
  if (t === block.radices.length) return 0;
  const copies = carriersAt(block, t);
  return matchingFailure(demand.inputs, copies, carrierPool(block, demand.outputs, t), 1 / 2);
}

export function offsetFailure({ radices, hiddenWidths, offsetCopies }: PlainBlock): number {
  const depth = radices.length;
  return binomialShortfall(hiddenWidths[depth - 1], 2 ** -radices[depth - 2], offsetCopies);
}

export function outputsFailure(demand: BlockDemand, block: PlainBlock): number {
  const { radices, offsetCopies, outputWidth } = block;
  const blocked = 2 ** -offsetCopies;
  if (demand.last) return demand.outputs * blocked;
  return outputFailure(demand.outputs, outputWidth, 2 ** -radices[radices.length - 1], blocked);
}

export function blockFailure(demand: BlockDemand, block: PlainBlock): BlockFailure {
  const layers = block.radices.map((_, index) => index + 1);
  return {
    split:
      block.splitWidth === null
        ? 0
        : splitFailure(demand.splitCoordinates, demand.inputs, block.splitWidth),
    windows: windowFailure(demand, block),
    carriers: layers.map((t) => carrierFailure(demand, block, t)),
    accumulators: layers.map((t) => accumulatorFailure(demand, block, t)),
    offset: offsetFailure(block),
    outputs: outputsFailure(demand, block),
  };
}

/** Widths of one block after its input: split layer, hidden layers, outputs. */
export function blockWidths({ splitWidth, hiddenWidths, outputWidth }: HornerBlock): number[] {
  return [...(splitWidth === null ? [] : [splitWidth]), ...hiddenWidths, outputWidth];
}

export function hornerShape(
  { dimensions, constant }: NetworkClass,
  blocks: readonly HornerBlock[],
): SourceShape {
  const widths = [dimensions[0] + (constant ? 1 : 0)];
  const blockEnds: number[] = [];
  for (const block of blocks) {
    widths.push(...blockWidths(block));
    blockEnds.push(widths.length - 1);
  }
  return layeredShape(widths, blockEnds);
}

/** Bound of the probability that a seed lacks what a block of plain chains looks for. */
export function plainFailure(demand: BlockDemand, block: PlainBlock): number {
  return sumOfBounds(Object.values(blockFailure(demand, block)).flat());
}

/** The plan that these blocks make: shape and failure bound are computed, never taken on trust. */
export function planOfBlocks<Block extends HornerBlock>(
  networkClass: NetworkClass,
  blocks: readonly Block[],
  failureOf: (demand: BlockDemand, block: Block) => number,
): HornerPlan<Block> {
  const failures = blockDemands(networkClass).map((demand, index) =>
    failureOf(demand, blocks[index]),
  );
  return {
    construction: 'horner',
    networkClass,
    blocks,
    shape: hornerShape(networkClass, blocks),
    failureBound: sumOfBounds(failures),
  };
}
