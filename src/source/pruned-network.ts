/**
 * The pruned source `M_t * B_t` as it is computed with: per layer the neurons that have kept incoming
 * edges, each with its edges and their signs, which are regenerated from the seed here and nowhere
 * read from a ticket. What proof, inference, export and figures all start from.
 */

import { upTo } from '../core/growable.js';
import type { Progress } from '../core/progress.js';
import { complete, everyFew, retold, type Steps } from '../core/steps.js';
import { checkShape } from './check-shape.js';
import type { LayerMask, SparseMask } from './mask.js';
import { toSparse } from './mask.js';
import { depthOf, readingOf, type SourceShape, tapsOf, widthOf } from './shape.js';
import type { LayerSigns, Source } from './source.js';

/** One pruned layer, by target neuron. */
export interface PrunedLayer {
  /** Ids in the source of the neurons with at least one incoming edge here, strictly ascending. */
  readonly neurons: Uint32Array;
  /** `neurons.length + 1` positions in `edges`. */
  readonly offsets: Uint32Array;
  /**
   * `2 * i + s`: from number i *of the list of what it reads*, negative if s = 1; ascending within a
   * neuron. That list is the previous layer's, or those of all layers that it reads, one after the other.
   * The list before the first layer is the input neurons that the caller names. Where the layer has a
   * kernel, each of the first list stands there once for each tap: i is `position * taps + tap`.
   */
  readonly edges: Uint32Array;
  /** Taps of its kernel; left out where that is 1 by 1. */
  readonly taps?: number;
  /** Numbers of the layers that it reads, ascending; left out where that is the previous one alone. */
  readonly reads?: readonly number[];
}

/** Whatever says what a layer reads, as pruned layers and those of a shape do. */
export interface ReadingLayer {
  readonly reads?: readonly number[];
}

/** Numbers of the layers that layer t reads, ascending. */
export function readsOf({ reads }: ReadingLayer, t: number): readonly number[] {
  return reads ?? [t - 1];
}

/**
 * The lists of all layers that a layer of the shape reads as columns of it, each neuron of the first with
 * all taps: ascending, like them.
 */
export function liveColumns(
  shape: SourceShape,
  reads: readonly number[],
  taps: number,
  listOf: (t: number) => Uint32Array,
): Uint32Array {
  const lists = reads.map(listOf);
  const tapsOfList = (index: number): number => (index === 0 ? taps : 1);
  const columns = new Uint32Array(
    lists.reduce((sum, { length }, index) => sum + length * tapsOfList(index), 0),
  );
  let count = 0;
  let first = 0;
  for (const [index, list] of lists.entries()) {
    const own = tapsOfList(index);
    for (const neuron of list) {
      for (let tap = 0; tap < own; tap++) columns[count++] = first + neuron * own + tap;
    }
    first += widthOf(shape, reads[index]) * own;
  }
  return columns;
}

/**
 * Layer t of a source from its mask. `listOf` gives the ids of the neurons of a layer that it reads which
 * are not constantly 0, ascending; edges from other neurons add nothing and are left out. In steps.
 */
export function* pruneLayerOf(
  { shape, layer }: Source,
  t: number,
  mask: LayerMask,
  listOf: (layer: number) => Uint32Array,
): Steps<PrunedLayer> {
  const { reads } = readingOf(shape, t);
  const taps = tapsOf(shape, t);
  const signs = layer(t);
  const layered = reads.length === 1 && reads[0] === t - 1;
  if (layered && taps === 1) return yield* pruneLayerSteps(mask, signs, listOf(t - 1));
  const columns = liveColumns(shape, reads, taps, listOf);
  const pruned = yield* pruneLayerSteps(mask, signs, columns);
  return { ...pruned, ...(!layered && { reads }), ...(taps > 1 && { taps }) };
}

/** Edges between two steps: some milliseconds. */
const EDGES_AT_ONCE = 2 ** 19;

/**
 * One layer from its mask and signs. `previous` lists the columns whose neurons are not constantly 0,
 * ascending: ids of neurons, in a layer that reads the one before it.
 */
export function pruneLayer(mask: LayerMask, signs: LayerSigns, previous: Uint32Array): PrunedLayer {
  return complete(pruneLayerSteps(mask, signs, previous));
}

/** Edges by their targets, in the order of their sources. */
interface TargetedEdges {
  readonly targets: Uint32Array;
  readonly edges: Uint32Array;
}

/** The same in steps. */
export function* pruneLayerSteps(
  mask: LayerMask,
  signs: LayerSigns,
  previous: Uint32Array,
): Steps<PrunedLayer> {
  const drawn = yield* drawEdges(toSparse(mask), signs, previous);
  const { outputs } = mask;
  // By target, stably, so that each neuron's edges keep their order: radix sort, 16 bits a pass. Counting
  // takes as long as the digits are many, which a few edges in one of many wide layers are not worth.
  const isFew = drawn.edges.length < FEW_EDGES && 8 * drawn.edges.length < outputs;
  if (isFew) return yield* groupByTarget(sortedFew(drawn));
  let sorted = yield* radixPass(drawn, 0, Math.min(outputs, 65536));
  if (outputs > 65536) sorted = yield* radixPass(sorted, 16, Math.ceil(outputs / 65536));
  return yield* groupByTarget(sorted);
}

/** The kept edges from the listed columns, with their signs. */
function* drawEdges(
  { columns, offsets, rows }: SparseMask,
  signs: LayerSigns,
  previous: Uint32Array,
): Steps<TargetedEdges> {
  const isTurn = everyFew(EDGES_AT_ONCE);
  const targets = new Uint32Array(rows.length);
  const edges = new Uint32Array(rows.length);
  let count = 0;
  let index = 0;
  for (let position = 0; position < columns.length; position++) {
    const column = columns[position];
    // Both lists ascend: a merge instead of a look-up.
    while (index < previous.length && previous[index] < column) index++;
    if (index === previous.length) break;
    if (previous[index] !== column) continue;
    const end = offsets[position + 1];
    for (let edge = offsets[position]; edge < end; edge++) {
      const row = rows[edge];
      const plus = (signs.word(column, row >>> 5) >>> (row & 31)) & 1;
      targets[count] = row;
      edges[count++] = 2 * index + 1 - plus;
    }
    if (isTurn(end - offsets[position])) yield;
  }
  return { targets: targets.subarray(0, count), edges: edges.subarray(0, count) };
}

const FEW_EDGES = 1024;

function sortedFew({ targets, edges }: TargetedEdges): TargetedEdges {
  const order = Array.from(targets.keys()).sort((a, b) => targets[a] - targets[b] || a - b);
  return {
    targets: Uint32Array.from(order, (at) => targets[at]),
    edges: Uint32Array.from(order, (at) => edges[at]),
  };
}

function* radixPass(
  { targets, edges }: TargetedEdges,
  shift: number,
  digits: number,
): Steps<TargetedEdges> {
  const starts = new Uint32Array(digits + 1);
  for (const target of targets) starts[((target >>> shift) & 0xffff) + 1] += 1;
  for (let digit = 0; digit < digits; digit++) starts[digit + 1] += starts[digit];
  const sorted = {
    targets: new Uint32Array(targets.length),
    edges: new Uint32Array(targets.length),
  };
  for (let from = 0; from < targets.length; from += EDGES_AT_ONCE) {
    if (from > 0) yield;
    const end = Math.min(targets.length, from + EDGES_AT_ONCE);
    for (let index = from; index < end; index++) {
      const target = targets[index];
      const to = starts[(target >>> shift) & 0xffff]++;
      sorted.targets[to] = target;
      sorted.edges[to] = edges[index];
    }
  }
  return sorted;
}

function* groupByTarget({ targets, edges }: TargetedEdges): Steps<PrunedLayer> {
  let distinct = 0;
  for (let index = 0; index < targets.length; index++) {
    if (index === 0 || targets[index] !== targets[index - 1]) distinct++;
  }
  if (targets.length > EDGES_AT_ONCE) yield;
  const neurons = new Uint32Array(distinct);
  const offsets = new Uint32Array(distinct + 1);
  let group = 0;
  for (let index = 0; index < targets.length; index++) {
    if (index > 0 && targets[index] === targets[index - 1]) continue;
    neurons[group] = targets[index];
    offsets[group++] = index;
  }
  offsets[distinct] = targets.length;
  return { neurons, offsets, edges };
}

/** What `pruneSource` is told beside the source and its masks. */
export interface PruneOptions {
  /** Neurons of layer t (ids) that stay though nothing reads them; default: the whole last layer's. */
  readonly roots?: (t: number) => Uint32Array | undefined;
}

/**
 * All layers `1 .. L` of a source under its masks, `mask(t)` being layer t's: the neurons on a kept path
 * from an input to an output, or to another root. The list before layer 1 are all inputs.
 */
export function pruneSource(
  source: Source,
  mask: (t: number) => LayerMask,
  options: PruneOptions = {},
): PrunedLayer[] {
  return complete(pruneSourceSteps(source, mask, options));
}

/** The same in steps of stage `compile`, counted in layers. */
export function* pruneSourceSteps(
  source: Source,
  mask: (t: number) => LayerMask,
  { roots }: PruneOptions = {},
): Steps<PrunedLayer[]> {
  checkShape(source.shape);
  const depth = depthOf(source.shape);
  const inputs = upTo(widthOf(source.shape, 0));
  const layers: PrunedLayer[] = [];
  const listOf = (t: number): Uint32Array => (t === 0 ? inputs : layers[t - 1].neurons);
  // Most of the work is to draw the signs.
  const told = (drawn: number, live: number): Progress => ({
    stage: 'compile',
    done: (3 * drawn + live) / 4,
    total: depth,
  });
  yield told(0, 0);
  for (let t = 1; t <= depth; t++) {
    layers.push(yield* pruneLayerOf(source, t, mask(t), listOf));
    yield told(t, 0);
  }
  const keeping = keepLiveSteps(layers, { number: 0, count: inputs.length }, (t) =>
    t === depth ? listOf(depth) : roots?.(t),
  );
  const live = yield* retold(keeping, ({ done }) => told(depth, done));
  yield told(depth, depth);
  return live;
}

/** The list that consecutive pruned layers begin with: its layer's number, and how many it has. */
export interface ListBefore {
  readonly number: number;
  readonly count: number;
}

/**
 * Leaves out the neurons from which no kept path leads to one of `roots(t)`, ids of neurons of layer t,
 * ascending. Consecutive layers, the first of them after `before`, whose list stays as it is; they read one
 * another and that list alone.
 */
export function keepLive(
  layers: readonly PrunedLayer[],
  before: ListBefore,
  roots: (t: number) => Uint32Array | undefined,
): PrunedLayer[] {
  return complete(keepLiveSteps(layers, before, roots));
}

/** The same in steps of stage `compile`, counted in layers. */
export function* keepLiveSteps(
  layers: readonly PrunedLayer[],
  before: ListBefore,
  roots: (t: number) => Uint32Array | undefined,
): Steps<PrunedLayer[]> {
  const live: PrunedLayer[] = [...layers];
  const first = before.number + 1;
  /** Of the list before and of each layer, by what they had: whether it stays. */
  const stays = [
    new Uint8Array(before.count).fill(1),
    ...layers.map(({ neurons }, index) => membership(neurons, roots(first + index))),
  ];
  // All that read a layer come after it, so going back its flags are complete when it is its turn.
  for (let index = live.length - 1; index >= 0; index--) {
    live[index] = selectNeurons(live[index], stays[index + 1]);
    if (live[index].edges.length > EDGES_AT_ONCE) yield;
    markRead(live[index], readFlags(live[index], first + index, stays, before));
    yield { stage: 'compile', done: (live.length - index) / 2, total: live.length };
  }
  for (const [index, layer] of live.entries()) {
    live[index] = renumber(layer, readFlags(layer, first + index, stays, before));
    yield { stage: 'compile', done: (live.length + index + 1) / 2, total: live.length };
  }
  return live;
}

/** The flags of the lists that layer t reads. */
function readFlags(
  layer: PrunedLayer,
  t: number,
  stays: readonly Uint8Array[],
  { number }: ListBefore,
): Uint8Array[] {
  return readsOf(layer, t).map((read) => stays[read - number]);
}

/** Flags what edges come from, in lists that are counted one after the other. */
function markRead({ edges, taps = 1 }: PrunedLayer, lists: readonly Uint8Array[]): void {
  if (lists.length === 1 && taps === 1) {
    for (const edge of edges) lists[0][edge >>> 1] = 1;
    return;
  }
  const all = joinFlags(lists);
  const tapped = taps * lists[0].length;
  const more = tapped - lists[0].length;
  for (const edge of edges) {
    const column = edge >>> 1;
    all[column < tapped ? Math.floor(column / taps) : column - more] = 1;
  }
  let at = 0;
  for (const list of lists) {
    list.set(all.subarray(at, at + list.length));
    at += list.length;
  }
}

function joinFlags(lists: readonly Uint8Array[]): Uint8Array {
  if (lists.length === 1) return lists[0];
  const all = new Uint8Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

function membership(neurons: Uint32Array, among: Uint32Array = new Uint32Array(0)): Uint8Array {
  const flags = new Uint8Array(neurons.length);
  let next = 0;
  neurons.forEach((neuron, index) => {
    while (next < among.length && among[next] < neuron) next++;
    if (among[next] === neuron) flags[index] = 1;
  });
  return flags;
}

function selectNeurons(layer: PrunedLayer, wanted: Uint8Array): PrunedLayer {
  if (!wanted.includes(0)) return layer;
  const { neurons, offsets, edges } = layer;
  const keptNeurons = neurons.filter((_, index) => wanted[index] === 1);
  const keptOffsets = new Uint32Array(keptNeurons.length + 1);
  let group = 0;
  for (let index = 0; index < neurons.length; index++) {
    if (wanted[index] !== 1) continue;
    keptOffsets[group + 1] = keptOffsets[group] + offsets[index + 1] - offsets[index];
    group++;
  }
  const keptEdges = new Uint32Array(keptOffsets[group]);
  let at = 0;
  for (let index = 0; index < neurons.length; ) {
    const start = offsets[index];
    // Neurons that stay side by side are copied at once.
    while (index < neurons.length && wanted[index] === 1) index++;
    keptEdges.set(edges.subarray(start, offsets[index]), at);
    at += offsets[index] - start;
    while (index < neurons.length && wanted[index] !== 1) index++;
  }
  return { ...layer, neurons: keptNeurons, offsets: keptOffsets, edges: keptEdges };
}

/** Rewrites edge sources for lists of which only the flagged neurons remain. */
function renumber(layer: PrunedLayer, lists: readonly Uint8Array[]): PrunedLayer {
  const remaining = joinFlags(lists);
  if (!remaining.includes(0)) return layer;
  const position = new Uint32Array(remaining.length);
  let count = 0;
  remaining.forEach((flag, index) => {
    position[index] = count;
    count += flag;
  });
  const { taps = 1 } = layer;
  const before = lists[0].length;
  const tapped = taps * before;
  const left = lists[0].reduce((sum, flag) => sum + flag, 0);
  const edges = layer.edges.map((edge) => {
    const column = edge >>> 1;
    const sign = edge & 1;
    if (column >= tapped) {
      return 2 * (position[column - tapped + before] + (taps - 1) * left) + sign;
    }
    const tap = column % taps;
    return 2 * (taps * position[(column - tap) / taps] + tap) + sign;
  });
  return { ...layer, edges };
}
