/** Lists with an item for each neuron of a layer, held from layer to layer as long as one reads them. */
import { type ReadingLayer, readsOf } from './pruned-network.js';

/** A layer, and how many items its list has. */
export interface CountedLayer extends ReadingLayer {
  readonly neurons: { readonly length: number };
}

export interface LayerLists<T> {
  /** What layer t reads, the lists of its layers one after the other: its edges count in it. */
  readBy(t: number): T;
  /** The list of layer t, once it is there; layers come in order. */
  add(t: number, list: T): void;
}

export interface ListHandling<T> {
  /** The number of the layer before the first, and its list. */
  readonly before: { readonly number: number; readonly list: T };
  /** Several lists in one. */
  readonly join: (lists: readonly T[]) => T;
  /** A list to be held beyond the next layer, where its memory may be used again; default: itself. */
  readonly hold?: (list: T) => T;
}

/** Lists for consecutive layers, which read one another and the layer before the first. */
export function layerLists<T>(
  layers: readonly ReadingLayer[],
  { before, join, hold = (list) => list }: ListHandling<T>,
): LayerLists<T> {
  const first = before.number + 1;
  const last = lastReaders(layers, first);
  const keep = (t: number, list: T): T => (last[t - before.number] > t + 1 ? hold(list) : list);
  const held = new Map([[before.number, keep(before.number, before.list)]]);
  return {
    readBy(t) {
      const lists = readsOf(layers[t - first], t).map((read) => held.get(read) as T);
      return lists.length === 1 ? lists[0] : join(lists);
    },
    add(t, list) {
      for (const read of readsOf(layers[t - first], t)) {
        if (last[read - before.number] <= t) held.delete(read);
      }
      if (last[t - before.number] > t) held.set(t, keep(t, list));
    },
  };
}

/**
 * The most items in lists at once while consecutive layers go through one after the other, the list of each
 * layer aside: in those that are held for layers after the next one, and in the one that a layer's reads are
 * joined in. `before` are the items of the list before the first layer, `number` is that layer's.
 */
export function mostHeld(layers: readonly CountedLayer[], before: number, number = 0): number {
  const counts = [before, ...layers.map(({ neurons }) => neurons.length)];
  const last = lastReaders(layers, number + 1);
  const releasedBy = counts.map((): number[] => []);
  last.forEach((reader, t) => {
    releasedBy[reader - number]?.push(t);
  });
  let held = last[0] > number + 1 ? counts[0] : 0;
  let most = held;
  for (const [index, layer] of layers.entries()) {
    const t = index + 1;
    most = Math.max(most, held + joinedCount(layer, number + t, counts, number));
    for (const read of releasedBy[t]) if (read !== t - 1) held -= counts[read];
    if (last[t] > number + t + 1) held += counts[t];
  }
  return most;
}

/** How many items a layer's reads are that have to be joined in a list of their own. */
function joinedCount(
  layer: ReadingLayer,
  t: number,
  counts: readonly number[],
  number: number,
): number {
  const reads = readsOf(layer, t);
  return reads.length === 1 ? 0 : reads.reduce((sum, read) => sum + counts[read - number], 0);
}

/**
 * Of the layer before the first (number `first - 1`) and each layer, the number of the last that reads it;
 * 0 where none does.
 */
export function lastReaders(layers: readonly ReadingLayer[], first: number): number[] {
  const last = new Array<number>(layers.length + 1).fill(0);
  for (const [index, layer] of layers.entries()) {
    for (const t of readsOf(layer, first + index)) last[t - first + 1] = first + index;
  }
  return last;
}
