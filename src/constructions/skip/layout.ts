/**
 * Where the neurons of a block are in a given source, and how its layout is worked out. It depends on the
 * signs and on where the block's inputs sit, never on the weights: the layouts of all blocks come first,
 * and masks can then be filled in any order, at once.
 */
import type { Steps } from '../../core/steps.js';
import type { LayerSigns, Source } from '../../source/source.js';
import type { BlockInput } from '../block-inputs.js';
import type { BlockLayer, SkipDemand, TermKind } from './demand.js';

/** Edges that are kept for every network: what carries and doubles values. */
export interface FixedEdges {
  /** The layer of the block that they lead into, and the one that they come from; 0 is its input. */
  readonly layer: number;
  readonly from: number;
  readonly neurons: Uint32Array;
  readonly rows: Uint32Array;
  /** Whether they lead into copies of the offset. */
  readonly isOffset?: true;
}

/** Edges of one place that are kept or pruned to write integers: from each input into each chain. */
export interface DigitEdges {
  readonly layer: number;
  readonly from: number;
  /** By input. */
  readonly neurons: Uint32Array;
  /** By chain, `copies` each; `NOWHERE` for a chain without such an edge. */
  readonly rows: Uint32Array;
  readonly copies: number;
  /** Whether an input that is read with the other sign is so here: it comes straight from the raw inputs. */
  readonly isRaw: boolean;
}

export const NOWHERE = 0xffffffff;
export const OFFSET = -2;

/** Positions of one block's neurons. Cloneable, so that it can be sent to another thread. */
export interface BlockLayout {
  /** Source layer of the block's input. */
  readonly start: number;
  readonly inputWidth: number;
  readonly layers: readonly BlockLayer[];
  /** By digit input: column of the target's matrix, and 1 where it is the negative part. */
  readonly columns: Uint32Array;
  readonly negative: Uint8Array;
  /** By chain: its output, `OFFSET` for the offset's, -1 for those that fill a group; and what it holds besides. */
  readonly chainOutputs: Int32Array;
  readonly bases: readonly bigint[];
  /** Chains of a group, which need each other. */
  readonly group: number;
  /** Whether the top counts from -1: it has digits of both signs there. */
  readonly isSigned: boolean;
  /** Digits of the top, all of the place after the last level's; then one a place, the largest first. */
  readonly top: readonly DigitEdges[];
  readonly places: readonly DigitEdges[];
  readonly edges: readonly FixedEdges[];
  /** By layer that holds them, the accumulators of the chains in order; the last level's are the outputs. */
  readonly accumulators: ReadonlyMap<number, Uint32Array>;
  /** Neuron that holds each output. */
  readonly outputs: Uint32Array;
}

/** A demand that the source does not meet; `layer` counts in the block. */
export interface LayoutFailure {
  readonly kind: TermKind;
  readonly layer: number;
  readonly demand: string;
}

/** What one block is laid out from. */
export interface BlockRequest {
  readonly source: Source;
  readonly start: number;
  readonly inputWidth: number;
  /** The neuron of each column in the block's input layer. */
  readonly inputNeurons: Uint32Array;
  readonly parts: readonly BlockInput[];
  readonly demand: SkipDemand;
  readonly layers: readonly BlockLayer[];
}

/** A step of a layout either goes on or says which demand is not met. */
export type Placing = Steps<BlockLayout | LayoutFailure>;

/** The signs of a layer of the block. */
export function signsOf({ source, start }: BlockRequest, layer: number): LayerSigns {
  return source.layer(start + layer);
}

/** Neurons of a layer of the block. */
export function widthAt(
  { layers, inputWidth }: Pick<BlockRequest, 'layers' | 'inputWidth'>,
  layer: number,
): number {
  return layer === 0 ? inputWidth : layers[layer - 1].width;
}

/** The first column of a layer that comes from the layer `from`, which it reads. */
export function firstColumn(
  block: Pick<BlockRequest, 'layers' | 'inputWidth'>,
  layer: number,
  from: number,
): number {
  let first = 0;
  for (const read of block.layers[layer - 1].reads) {
    if (read === from) return first;
    first += widthAt(block, read);
  }
  throw new RangeError(`layer ${layer} of the block does not read layer ${from}`);
}
