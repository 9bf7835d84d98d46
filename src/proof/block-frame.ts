/**
 * What all ranges of a block's variables have in common: its masks, decoded once and cut down to live
 * edges, those on a kept path from an input to a neuron whose row is needed. Of layered blocks, in which
 * each layer reads the one before it and nothing else.
 */
import { everyFew, type Steps } from '../core/steps.js';
import { type LayerMask, type SparseMask, toSparse } from '../source/mask.js';
import { readingOf, type SourceShape, tapsOf, widthOf } from '../source/shape.js';

export interface BlockFrame {
  /** Number of the block's first source layer, from 1. */
  readonly first: number;
  /** The live edges of each layer. */
  readonly masks: readonly SparseMask[];
  /** Ids of the live neurons of each layer, ascending. */
  readonly live: readonly Uint32Array[];
  /**
   * Ids of the live neurons of the first layer that have one edge alone, counted over all inputs: a range that
   * does not have the others must not take `s(x1 + x2)` for `s(x1)`. Ascending.
   */
  readonly alone: Uint32Array;
}

/** Edges between two steps. */
const EDGES_AT_ONCE = 2 ** 21;
/** Flags, a byte for each neuron of a layer, are not worth it where few of very many neurons have edges. */
const MOST_WIDTH = 2 ** 26;

/** Whether the layers `first .. last` can be checked by ranges: each reads the one before it alone. */
export function isLayered(shape: SourceShape, first: number, last: number): boolean {
  for (let t = first; t <= last; t++) {
    const { reads } = readingOf(shape, t);
    if (reads.length !== 1 || reads[0] !== t - 1 || tapsOf(shape, t) !== 1) return false;
    if (widthOf(shape, t) > MOST_WIDTH) return false;
  }
  return widthOf(shape, first - 1) <= MOST_WIDTH;
}

function flagsOf(ids: Uint32Array, width: number): Uint8Array {
  const flags = new Uint8Array(width);
  for (const id of ids) flags[id] = 1;
  return flags;
}

function flagged(flags: Uint8Array): Uint32Array {
  let count = 0;
  for (const flag of flags) count += flag;
  const ids = new Uint32Array(count);
  let at = 0;
  for (let id = 0; id < flags.length; id++) if (flags[id] === 1) ids[at++] = id;
  return ids;
}

/** 1 for what edges from flagged columns lead to. */
function* reachedFrom(mask: SparseMask, from: Uint8Array): Steps<Uint8Array> {
  const { columns, offsets, rows } = mask;
  const reached = new Uint8Array(mask.outputs);
  const isTurn = everyFew(EDGES_AT_ONCE);
  for (let position = 0; position < columns.length; position++) {
    if (from[columns[position]] === 0) continue;
    const end = offsets[position + 1];
    for (let edge = offsets[position]; edge < end; edge++) reached[rows[edge]] = 1;
    if (isTurn(end - offsets[position])) yield;
  }
  return reached;
}

/** The edges from flagged columns to flagged rows; the mask itself if those are all. */
function* between(mask: SparseMask, from: Uint8Array, to: Uint8Array): Steps<SparseMask> {
  const { columns, offsets, rows } = mask;
  const isTurn = everyFew(EDGES_AT_ONCE);
  const counts = new Uint32Array(columns.length);
  let edges = 0;
  let used = 0;
  for (let position = 0; position < columns.length; position++) {
    if (from[columns[position]] === 0) continue;
    const end = offsets[position + 1];
    let count = 0;
    for (let edge = offsets[position]; edge < end; edge++) count += to[rows[edge]];
    counts[position] = count;
    edges += count;
    if (count > 0) used++;
    if (isTurn(end - offsets[position])) yield;
  }
  if (edges === rows.length) return mask;
  const kept = {
    columns: new Uint32Array(used),
    offsets: new Uint32Array(used + 1),
    rows: new Uint32Array(edges),
  };
  let at = 0;
  let next = 0;
  for (let position = 0; position < columns.length; position++) {
    if (counts[position] === 0) continue;
    const end = offsets[position + 1];
    for (let edge = offsets[position]; edge < end; edge++) {
      if (to[rows[edge]] === 1) kept.rows[at++] = rows[edge];
    }
    kept.columns[next++] = columns[position];
    kept.offsets[next] = at;
    if (isTurn(end - offsets[position])) yield;
  }
  return { ...mask, ...kept };
}

/** The flagged columns from which an edge leads to a flagged row. */
function* leadingTo(mask: SparseMask, to: Uint8Array, from: Uint8Array): Steps<Uint8Array> {
  const { columns, offsets, rows } = mask;
  const leading = new Uint8Array(mask.inputs);
  const isTurn = everyFew(EDGES_AT_ONCE);
  for (let position = 0; position < columns.length; position++) {
    if (from[columns[position]] === 0) continue;
    const end = offsets[position + 1];
    let edge = offsets[position];
    while (edge < end && to[rows[edge]] === 0) edge++;
    if (edge < end) leading[columns[position]] = 1;
    if (isTurn(edge - offsets[position] + 1)) yield;
  }
  return leading;
}

/** The neurons to which one edge alone leads. */
function aloneIn({ rows, outputs }: SparseMask): Uint32Array {
  const counts = new Uint8Array(outputs);
  for (const row of rows) if (counts[row] < 2) counts[row]++;
  for (let id = 0; id < outputs; id++) if (counts[id] > 1) counts[id] = 0;
  return flagged(counts);
}

export interface FrameInput {
  readonly shape: SourceShape;
  readonly mask: (t: number, form?: 'sparse') => LayerMask;
  readonly first: number;
  readonly last: number;
  /** Ids of the block's input neurons that may be non-zero. */
  readonly inputs: Uint32Array;
  /** Neurons of the last layer whose rows are needed. */
  readonly roots: Uint32Array;
  /** What is to become of the numbers of a mask, e.g. to be shared; default: nothing. */
  readonly place?: (numbers: Uint32Array) => Uint32Array;
}

/** Decodes the block's masks, and leaves out what no range has to look at. */
export function* frameSteps({
  shape,
  mask: maskOf,
  first,
  last,
  inputs,
  roots,
  place = (numbers) => numbers,
}: FrameInput): Steps<BlockFrame> {
  const placed = (mask: SparseMask): SparseMask => ({
    ...mask,
    columns: place(mask.columns),
    offsets: place(mask.offsets),
    rows: place(mask.rows),
  });
  const masks: SparseMask[] = [];
  /** Of the input and of each layer. */
  const flags = [flagsOf(inputs, widthOf(shape, first - 1))];
  for (let t = first; t <= last; t++) {
    const decoded = maskOf(t, 'sparse');
    if (decoded.inputs !== widthOf(shape, t - 1) || decoded.outputs !== widthOf(shape, t)) {
      throw new RangeError(`the mask of layer ${t} does not have the source's widths`);
    }
    const mask = placed(toSparse(decoded));
    yield;
    masks.push(mask);
    flags.push(yield* reachedFrom(mask, flags[t - first]));
  }
  const ends = flagsOf(roots, widthOf(shape, last));
  const reachedEnds = flags[flags.length - 1];
  for (let id = 0; id < ends.length; id++) reachedEnds[id] &= ends[id];
  for (let index = masks.length - 1; index >= 0; index--) {
    const from = flags[index];
    const to = flags[index + 1];
    const live = yield* between(masks[index], from, to);
    if (live !== masks[index]) masks[index] = placed(live);
    // The input's list stays as it is.
    if (index > 0) flags[index] = yield* leadingTo(live, to, from);
  }
  const live = flags.slice(1).map((layer) => place(flagged(layer)));
  return { first, masks, live, alone: place(aloneIn(masks[0])) };
}

/** Whether one edge alone leads to a neuron of the block's first layer, whatever range it comes from. */
export function isAloneIn({ alone }: BlockFrame, neuron: number): boolean {
  let from = 0;
  let to = alone.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (alone[middle] < neuron) from = middle + 1;
    else to = middle;
  }
  return alone[from] === neuron;
}

export function liveEdges({ masks }: BlockFrame): number {
  return masks.reduce((sum, { rows }) => sum + rows.length, 0);
}

export function liveNeurons({ live }: BlockFrame): number {
  return live.reduce((sum, { length }) => sum + length, 0);
}
