/**
 * A block checked over ranges of its variables, each by itself and in any order, on any thread or machine:
 * what a range reports, and what large blocks are handed to where somebody has given it.
 */
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { LayerMask } from '../source/mask.js';
import type { Source } from '../source/source.js';
import type { BlockInput } from './block-input.js';
import type { ExpectedRows } from './block-rows.js';
import type { ComposedKernels } from './composed-block.js';
import type { ProofFailure } from './rejection.js';

/** Signs of coefficients of a layer's neurons, as bits; those that are not listed had none. */
export interface SeenSigns {
  /** Ids, ascending. */
  readonly neurons: Uint32Array;
  readonly signs: Uint8Array;
}

export interface RangeResult {
  /** Of each layer of the block but the last. */
  readonly seen: readonly SeenSigns[];
  /** Additions of coefficients, as a budget counts them. */
  readonly additions: number;
  /** The first neuron that stands against the proof within the range; `order` as of a `Rejection`. */
  readonly failure: { readonly failure: ProofFailure; readonly order: number } | null;
  /** Whether its inputs reach more edges than it may hold: then nothing is known of it yet. */
  readonly isTooLarge?: boolean;
}

/** A block that is to be checked, before its masks are read. */
export interface BlockToProve {
  /** From 1. */
  readonly number: number;
  readonly source: Source;
  readonly mask: (t: number, form?: 'sparse') => LayerMask;
  /** Its source layers, from 1. */
  readonly first: number;
  readonly last: number;
  readonly input: BlockInput;
  readonly expected: ExpectedRows;
  readonly assignment: Uint32Array;
  readonly others: Uint32Array;
  /** Set where its layers have kernels one behind another: then `input` is as read without one. */
  readonly composed?: ComposedKernels;
}

/** What a block's proof may take; see `ProofLimits`. */
export interface RangeLimits {
  readonly coefficients: number;
  /** Coefficients of a layer's rows beyond which a range is checked in halves. */
  readonly partsBeyond?: number;
  readonly additions: number;
  /**
   * Edges that a range may hold, so that several at a time do not take more memory than the whole block by
   * itself; default: any number.
   */
  readonly edges?: number;
}

export interface ProvedBlock {
  readonly layers: number;
  readonly liveNeurons: number;
  readonly liveEdges: number;
  readonly additions: number;
}

export interface RangeProof {
  /** Whether a block is one to be checked by ranges: layered, and large enough. */
  takes(block: BlockToProve): boolean;
  /** Throws the `Rejection` that a check of the whole block would. Yields in layers, of `total`. */
  prove(block: BlockToProve, limits: RangeLimits, total: number): Steps<ProvedBlock>;
}

export interface RangeOptions {
  /** Kept edges of each layer. */
  readonly kept: readonly number[];
  readonly threads?: Threads;
}

/** Blocks with fewer kept edges are checked at once, in less time than threads take to begin. */
export const LEAST_EDGES = 2 ** 22;

export const rangeProof = onDemand<(options: RangeOptions) => RangeProof>('a proof by ranges');
