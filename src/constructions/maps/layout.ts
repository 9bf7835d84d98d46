/**
 * Where the neurons of the blocks of feature maps are in a given source: for each kind of block what its
 * masks are filled from, whichever network of the class it is, and the roles that follow.
 */
import type { HornerLayout } from '../horner/horner.js';
import type { BlockLayout as SkipLayout } from '../skip/layout.js';
import type { Part } from './grouped.js';

/** What each layout says besides: the neuron of each row of the block's matrix. */
interface WithRows {
  readonly rows: Uint32Array;
}

/** Where a part's rows begin in each layer of the block, and its columns: of the first layer all are read. */
export interface PartPlace {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** A block of Horner's; `known` rows hand on maps. */
export interface FreeLayout extends WithRows {
  readonly kind: 'free';
  readonly horner: HornerLayout;
  /** For each map that is handed on, its neuron in the last hidden layer, and in the output layer. */
  readonly handed: { readonly hidden: Uint32Array; readonly outputs: Uint32Array };
}

/** A block of skip's, whose output layer has the neurons of the maps that are handed on too. */
export interface SkipBlockLayout extends WithRows {
  readonly kind: 'skip';
  readonly skip: SkipLayout;
  /** For each map that is handed on, its neuron in the output layer. */
  readonly handed: Uint32Array;
}

/** A part of a grouped block: rows and columns of the layout count from 0 in its own of each layer. */
export interface PartLayout {
  readonly part: Part;
  readonly place: PartPlace;
  readonly horner: HornerLayout;
  /** Columns of the block's matrix that its inputs are, and the number of its first output there. */
  readonly inputs: readonly number[];
  readonly firstOutput: number;
}

/** A block of Horner's whose groups are side by side. */
export interface GroupedLayout extends WithRows {
  readonly kind: 'grouped';
  readonly parts: readonly PartLayout[];
  /** For each map that is handed on, its neuron in each of the block's layers. */
  readonly handed: readonly Uint32Array[];
}

export interface DirectLayout extends WithRows {
  readonly kind: 'direct';
}

/** One layer of a scale block; columns are the source's. */
export interface ScaleLayerLayout {
  /** The copies of each map that grows, group by group, and how many a group has. */
  readonly grown: Uint32Array;
  readonly copies: number;
  /** The columns that all copies of a group read. */
  readonly grownFrom: readonly (readonly number[])[];
  /** A neuron of each map that waits here, and its column. */
  readonly waited: Uint32Array;
  readonly waitedFrom: readonly number[];
}

export interface ScaleLayout extends WithRows {
  readonly kind: 'scale';
  readonly layers: readonly ScaleLayerLayout[];
}

export type MapsLayout = FreeLayout | SkipBlockLayout | GroupedLayout | DirectLayout | ScaleLayout;
