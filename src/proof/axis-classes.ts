/**
 * Positions along one axis of a block's maps, of one neuron at a time, that read alike: every tap of every
 * kept edge is outside of the plane at all of them or at none, and inside it looks at positions that are alike
 * themselves, equally far away. So at all positions of a class the neuron is the same combination of what its
 * block's input has at the same distances, and one of them speaks for all. Exact for any kernels, strides,
 * pads and dilations one behind another, and any size of the maps.
 *
 * A distance is counted from the position times the strides so far, which makes it the same all over a layer
 * as a rule; where it is not, as behind layers with different strides, classes are just smaller.
 */
import type { Steps } from '../core/steps.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { MOST_ADDITIONS_REASON, type WorkBudget } from './block-rows.js';

/** How a layer reads the first of the layers it reads, along one axis. */
export interface AxisReading {
  readonly kernel: number;
  readonly stride: number;
  /** Zeros before the first position. */
  readonly before: number;
  readonly dilation: number;
}

/** The neurons of a layer, or of the block's input, along one axis. */
export interface AxisLayer {
  readonly length: number;
  /** A position stands at this many times itself in the block's input, about. */
  readonly step: number;
  /** Of position p of neuron i at `i * length + p`: its class, or -1 where nothing needs it. */
  readonly classes: Int32Array;
  /** How many classes a neuron has. */
  readonly counts: Uint32Array;
  /** The first position of class c of neuron i is `firsts[starts[i] + c]`. */
  readonly starts: Uint32Array;
  readonly firsts: Uint32Array;
  /** The distances at which any of them look lie between these. */
  readonly low: number;
  readonly high: number;
}

/** What edges of one neuron come from: the number of the layer among those read, its neuron, and the tap. */
export interface DecodedEdges {
  count: number;
  part: Uint32Array;
  from: Uint32Array;
  tap: Uint32Array;
  negative: Uint8Array;
}

export function decodedEdges(layers: readonly PrunedLayer[]): DecodedEdges {
  let most = 0;
  for (const { offsets } of layers) {
    for (let index = 1; index < offsets.length; index++) {
      most = Math.max(most, offsets[index] - offsets[index - 1]);
    }
  }
  return {
    count: 0,
    part: new Uint32Array(most),
    from: new Uint32Array(most),
    tap: new Uint32Array(most),
    negative: new Uint8Array(most),
  };
}

/** Writes the edges of neuron `index`; `sizes` are the lengths of the lists that the layer reads. */
export function decodeEdges(
  { offsets, edges, taps = 1 }: PrunedLayer,
  index: number,
  sizes: readonly number[],
  into: DecodedEdges,
): void {
  let part = 0;
  let start = 0;
  let end = sizes[0] * taps;
  let at = 0;
  for (let position = offsets[index]; position < offsets[index + 1]; position++, at++) {
    const edge = edges[position];
    const column = edge >>> 1;
    // Edges ascend.
    while (column >= end) {
      start = end;
      end += sizes[++part];
    }
    const own = column - start;
    into.part[at] = part;
    into.from[at] = part === 0 ? Math.floor(own / taps) : own;
    into.tap[at] = part === 0 ? own % taps : 0;
    into.negative[at] = edge & 1;
  }
  into.count = at;
}

/** A block along one axis. */
export interface AxisBlock {
  /** Its first source layer, from 1. */
  readonly first: number;
  readonly layers: readonly PrunedLayer[];
  /** How many neurons its input has. */
  readonly inputs: number;
  /** Positions of the input and of each layer. */
  readonly lengths: readonly number[];
  /** Of each layer. */
  readonly readings: readonly AxisReading[];
  /** The coordinate along this axis of a layer's tap. */
  readonly along: (layer: number, tap: number) => number;
  /** Neurons of the last layer that are needed at all positions. */
  readonly roots: Uint32Array;
}

const NEEDED = -2;
const UNNEEDED = -1;

/** Distances that a block may look over, both axes together. */
export const MOST_DISTANCES = 2 ** 22;

/**
 * Positions along an axis, and positions of the input that one of them stands for. So their products are exact
 * in float64, as is the difference of two: beyond it distances would be rounded, or no numbers at all.
 */
const MOST_ALONG = 2 ** 26;

const MOST_DISTANCES_REASON = `it looks over more than ${MOST_DISTANCES} distances, beyond what the checker takes on`;
/** Classes of one neuron along an axis: each is held with a hash while they are sought. */
const MOST_CLASSES = 2 ** 20;
const MOST_CLASSES_REASON = `a neuron differs at more than ${MOST_CLASSES} positions along an axis, beyond what the checker takes on`;
const MOST_ALONG_REASON = 'its strides take it further than the checker counts';

/** Throws what `refuse` does, at a layer (from 0) and with a reason. */
type Refuse = (layer: number, reason: string) => never;

/** What it takes to visit an edge at a position, in additions of coefficients. */
export const VISIT_COST = 8;

/** Visits of an edge at a position between two steps. */
const VISITS_AT_ONCE = 2 ** 18;

/** Numbers of the lists (0 is the input) that a layer reads. */
export function listsOf(layer: PrunedLayer, t: number, first: number): number[] {
  return readsOf(layer, t).map((read) => read - first + 1);
}

/** Sums up visits, and says when it is time for a step. Throws what `refuse` does if they are too many. */
function visitor(budget: WorkBudget, refuse: Refuse) {
  let since = 0;
  return (visits: number, layer: number): boolean => {
    budget.left -= VISIT_COST * visits;
    budget.spent += VISIT_COST * visits;
    if (!(budget.left >= 0)) refuse(layer, MOST_ADDITIONS_REASON);
    since += visits;
    if (since < VISITS_AT_ONCE) return false;
    since = 0;
    return true;
  };
}

/** Where an edge of the neuron at hand looks from a position of a layer, of `length` that there are; -1 outside. */
function placeSeen(
  { readings, along }: AxisBlock,
  layer: number,
  edges: DecodedEdges,
  edge: number,
  position: number,
  length: number,
): number {
  if (edges.part[edge] !== 0) return position;
  const { stride, before, dilation } = readings[layer];
  const at = position * stride - before + along(layer, edges.tap[edge]) * dilation;
  return at < length ? Math.max(at, -1) : -1;
}

/** What goes through the layers of a block: the lists that each reads, and room for one neuron's edges. */
interface AxisWalk {
  readonly block: AxisBlock;
  /** Neurons of each list. */
  readonly counts: readonly number[];
  /** Of each list and position, as in `AxisLayer`. */
  readonly tables: readonly Int32Array[];
  readonly edges: DecodedEdges;
  readonly visit: (visits: number, layer: number) => boolean;
  readonly refuse: Refuse;
}

/** Refuses what could not be counted exactly: every coordinate and distance below rests on this. */
function checkNumbers({ lengths, readings }: AxisBlock, refuse: Refuse): void {
  for (const [layer, { kernel, stride, before, dilation }] of readings.entries()) {
    const [read, length] = [lengths[0], lengths[layer + 1]];
    const furthest = (length - 1) * stride + before + (kernel - 1) * dilation;
    const isExact =
      read <= MOST_ALONG && length <= MOST_ALONG && furthest >= 0 && Number.isSafeInteger(furthest);
    if (!isExact) refuse(layer, MOST_ALONG_REASON);
  }
}

/**
 * The classes of all lists, the input's first. `refuse` throws, at a layer (from 0) that takes too much work or
 * looks too far: what is returned is exact, and has `high - low < MOST_DISTANCES`.
 */
export function* axisClasses(
  block: AxisBlock,
  budget: WorkBudget,
  refuse: Refuse,
): Steps<AxisLayer[]> {
  const { layers, inputs, lengths } = block;
  checkNumbers(block, refuse);
  const counts = [inputs, ...layers.map(({ neurons }) => neurons.length)];
  const walk: AxisWalk = {
    ...{ block, counts, edges: decodedEdges(layers), visit: visitor(budget, refuse), refuse },
    tables: counts.map((count, list) => new Int32Array(count * lengths[list]).fill(UNNEEDED)),
  };
  yield* markNeeded(walk);
  const made: AxisLayer[] = [inputLayer(inputs, lengths[0])];
  for (const layer of layers.keys()) made.push(yield* classesOfLayer(walk, layer, made));
  return made;
}

/** Marks the positions that roots need, from the last layer back. */
function* markNeeded({ block, counts, tables, edges, visit }: AxisWalk): Steps<void> {
  const { first, layers, lengths } = block;
  const last = layers.length - 1;
  const roots = new Set(block.roots);
  layers[last].neurons.forEach((neuron, index) => {
    const length = lengths[last + 1];
    if (roots.has(neuron)) tables[last + 1].fill(NEEDED, index * length, (index + 1) * length);
  });
  for (let layer = last; layer >= 0; layer--) {
    const lists = listsOf(layers[layer], first + layer, first);
    const sizes = lists.map((list) => counts[list]);
    const own = tables[layer + 1];
    const length = lengths[layer + 1];
    for (let index = 0; index < counts[layer + 1]; index++) {
      decodeEdges(layers[layer], index, sizes, edges);
      for (let position = 0; position < length; position++) {
        if (own[index * length + position] === UNNEEDED) continue;
        for (let edge = 0; edge < edges.count; edge++) {
          const list = lists[edges.part[edge]];
          const at = placeSeen(block, layer, edges, edge, position, lengths[list]);
          if (at >= 0) tables[list][edges.from[edge] * lengths[list] + at] = NEEDED;
        }
        if (visit(edges.count + 1, layer)) yield;
      }
    }
  }
}

/** The classes of a layer, those of the lists before it being made. */
function* classesOfLayer(
  { block, counts, tables, edges, visit, refuse }: AxisWalk,
  layer: number,
  made: readonly AxisLayer[],
): Steps<AxisLayer> {
  const { first, layers, lengths, readings } = block;
  const lists = listsOf(layers[layer], first + layer, first);
  const sizes = lists.map((list) => counts[list]);
  const length = lengths[layer + 1];
  const classes = tables[layer + 1];
  // One position stands anywhere.
  const step = length === 1 ? 0 : made[lists[0]].step * readings[layer].stride;
  if (!(step <= MOST_ALONG)) refuse(layer, MOST_ALONG_REASON);
  const starts = new Uint32Array(counts[layer + 1] + 1);
  const firsts: number[] = [];
  let low = 0;
  let high = 0;
  /** Of each edge at the position at hand: the class where it looks, -1 outside, and how far that is. */
  const seen = new Int32Array(edges.part.length);
  const distance = new Float64Array(edges.part.length);
  /** Looks at an edge from a position: whether it sees what is written down, which is written down if `isNew`. */
  const look = (edge: number, position: number, isNew: boolean): boolean => {
    const source = made[lists[edges.part[edge]]];
    const at = placeSeen(block, layer, edges, edge, position, source.length);
    const own = at < 0 ? -1 : source.classes[edges.from[edge] * source.length + at];
    const far = at < 0 ? 0 : at * source.step - position * step;
    if (!isNew) return own === seen[edge] && far === distance[edge];
    seen[edge] = own;
    distance[edge] = far;
    if (at >= 0) {
      low = Math.min(low, source.low + far);
      high = Math.max(high, source.high + far);
    }
    return true;
  };
  const looksAlike = (position: number): boolean => {
    for (let edge = 0; edge < edges.count; edge++) if (!look(edge, position, false)) return false;
    return true;
  };
  for (let index = 0; index < counts[layer + 1]; index++) {
    decodeEdges(layers[layer], index, sizes, edges);
    const start = firsts.length;
    starts[index] = start;
    /** Classes of this neuron by a hash of what their first position sees. */
    const known = new Map<number, number[]>();
    for (let position = 0; position < length; position++) {
      if (classes[index * length + position] === UNNEEDED) continue;
      let hash = 0;
      for (let edge = 0; edge < edges.count; edge++) {
        look(edge, position, true);
        hash = Math.imul(hash ^ seen[edge], 0x01000193) + Math.imul(distance[edge], 0x85ebca6b);
        hash ^= hash >>> 13;
      }
      let visits = edges.count + 1;
      const among = known.get(hash) ?? [];
      let found = -1;
      for (const each of among) {
        visits += edges.count;
        if (!looksAlike(firsts[start + each])) continue;
        found = each;
        break;
      }
      if (found < 0) {
        found = firsts.length - start;
        if (found >= MOST_CLASSES) refuse(layer, MOST_CLASSES_REASON);
        firsts.push(position);
        known.set(hash, [...among, found]);
      }
      classes[index * length + position] = found;
      if (visit(visits, layer)) yield;
    }
  }
  starts[counts[layer + 1]] = firsts.length;
  // What is no number fails, too.
  if (!(high - low < MOST_DISTANCES)) refuse(layer, MOST_DISTANCES_REASON);
  return {
    ...{ length, step, classes, starts, low, high, firsts: Uint32Array.from(firsts) },
    counts: starts.subarray(1).map((end, index) => end - starts[index]),
  };
}

/** The block's input: at each position itself. */
function inputLayer(count: number, length: number): AxisLayer {
  const starts = new Uint32Array(count + 1);
  for (let index = 1; index <= count; index++) starts[index] = index;
  return {
    ...{ length, step: 1, classes: new Int32Array(count * length), starts },
    counts: new Uint32Array(count).fill(1),
    firsts: new Uint32Array(count),
    ...{ low: 0, high: 0 },
  };
}
