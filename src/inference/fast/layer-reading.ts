/**
 * One pruned layer in terms of a segment's values: each neuron as digits of columns plus a sum of
 * neurons that it reads, equal sums and equal neurons found once.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import type { PrunedLayer } from '../../source/pruned-network.js';

/** Pairs (column or node, multiplicity), ascending, no multiplicity 0. */
export type Pairs = Int32Array;

/** A neuron: the sum number `sum` of its layer (or none, -1) plus digits. */
export interface Neuron {
  readonly sum: number;
  readonly digits: Pairs;
}

/** Adds multiplicities up by index. */
export interface PairScratch {
  add(index: number, multiplicity: number): void;
  addAll(pairs: Pairs, factor: number): void;
  /** The sums as pairs, and starts anew. */
  finish(): Pairs;
}

/** Pairs are cut from slabs of so many words: tens of thousands of small arrays are slow to collect. */
const SLAB_WORDS = 1 << 16;

export interface PairStore {
  /** Room for `words` words at the end of a slab, of which the first `used` are kept by `keep`. */
  reserve(words: number): { readonly slab: Int32Array; readonly at: number };
  keep(used: number): Pairs;
}

export function pairStore(): PairStore {
  let slab = new Int32Array(SLAB_WORDS);
  let at = 0;
  return {
    reserve(words) {
      if (at + words > slab.length) {
        slab = new Int32Array(Math.max(SLAB_WORDS, words));
        at = 0;
      }
      return { slab, at };
    },
    keep(used) {
      const kept = slab.subarray(at, at + used);
      at += used;
      return kept;
    },
  };
}

export function pairScratch(size: number, store: PairStore): PairScratch {
  const counts = new Int32Array(size);
  const isTouched = new Uint8Array(size);
  const touched = new Int32Array(size);
  let count = 0;
  const add = (index: number, multiplicity: number): void => {
    if (isTouched[index] === 0) {
      isTouched[index] = 1;
      touched[count++] = index;
    }
    counts[index] += multiplicity;
  };
  return {
    add,
    addAll(pairs, factor) {
      for (let at = 0; at < pairs.length; at += 2) add(pairs[at], factor * pairs[at + 1]);
    },
    finish() {
      const { slab, at } = store.reserve(2 * count);
      let end = at;
      const put = (index: number): void => {
        if (counts[index] !== 0) {
          slab[end++] = index;
          slab[end++] = counts[index];
        }
        counts[index] = 0;
        isTouched[index] = 0;
      };
      // Ascending: by insertion if few were touched, else by a sweep over everything.
      if (count <= 8 || 16 * count <= size) {
        if (count <= 8) sortFew(touched, count);
        else touched.subarray(0, count).sort();
        for (let index = 0; index < count; index++) put(touched[index]);
      } else {
        for (let index = 0; index < size; index++) if (isTouched[index] === 1) put(index);
      }
      count = 0;
      return store.keep(end - at);
    },
  };
}

function sortFew(values: Int32Array, count: number): void {
  for (let index = 1; index < count; index++) {
    const value = values[index];
    let at = index;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}

/** Numbers things that are pairs and one number more, equal ones alike. */
export interface Registry {
  /** The number of this item; a new one if it has not been seen. */
  find(key: number, pairs: Pairs): number;
}

export function registry(): Registry {
  /** By hash, the last item that has it; `before` chains the others. */
  const last = new Map<number, number>();
  const before: number[] = [];
  const keys: number[] = [];
  const all: Pairs[] = [];
  return {
    find(key, pairs) {
      let hash = key;
      for (let at = 0; at < pairs.length; at++) {
        hash = Math.imul(hash ^ pairs[at], 0x01000193);
        hash ^= hash >>> 15;
      }
      // Small integers make faster keys.
      hash &= 0x3fffffff;
      const newest = last.get(hash) ?? -1;
      for (let number = newest; number >= 0; number = before[number]) {
        if (keys[number] === key && samePairs(all[number], pairs)) return number;
      }
      const added = keys.length;
      last.set(hash, added);
      before.push(newest);
      keys.push(key);
      all.push(pairs);
      return added;
    },
  };
}

function samePairs(a: Pairs, b: Pairs): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

export interface ReadLayer {
  /** The distinct sums of nodes that the neurons start from. */
  readonly sums: readonly Pairs[];
  /** One for each neuron of the layer; a number where it is that column and nothing else. */
  readonly neurons: readonly (Neuron | number)[];
}

/** What a segment's layers are read with. */
export interface Reading {
  readonly columns: number;
  /** Whether a neuron that has one edge +1 from this column is the column: the ReLU cannot clip. */
  readonly passes: (column: number) => boolean;
  readonly store: PairStore;
  readonly columnScratch: PairScratch;
}

/** Reading so many edges takes a few milliseconds. */
const EDGES_A_STEP = 1 << 17;

/**
 * Reads a layer; the neurons that it reads have these values: columns below `columns`, else nodes
 * counted on from there, `nodes` of them.
 */
export function* readLayerSteps(
  { neurons, offsets, edges }: PrunedLayer,
  values: readonly number[],
  nodes: number,
  { columns, passes, store, columnScratch }: Reading,
): Steps<ReadLayer> {
  const nodeScratch = pairScratch(nodes, store);
  const sums: Pairs[] = [];
  const numbered = registry();
  const read: (Neuron | number)[] = [];
  const isTurn = everyFew(EDGES_A_STEP);
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    const start = offsets[neuron];
    const end = offsets[neuron + 1];
    if (isTurn(end - start)) yield;
    const first = values[edges[start] >>> 1];
    if (end === start + 1 && first < columns && (edges[start] & 1) === 0 && passes(first)) {
      read.push(first);
      continue;
    }
    let hasNodes = false;
    for (let at = start; at < end; at++) {
      const edge = edges[at];
      const value = values[edge >>> 1];
      const sign = 1 - 2 * (edge & 1);
      if (value < columns) columnScratch.add(value, sign);
      else {
        nodeScratch.add(value - columns, sign);
        hasNodes = true;
      }
    }
    let sum = -1;
    if (hasNodes) {
      const members = nodeScratch.finish();
      // Parallel edges of both signs may have cancelled.
      if (members.length > 0) sum = numbered.find(0, members);
      if (sum === sums.length) sums.push(members);
    }
    const digits = columnScratch.finish();
    const passed = sum < 0 && digits.length === 2 && digits[1] === 1 && passes(digits[0]);
    read.push(passed ? digits[0] : { sum, digits });
  }
  return { sums, neurons: read };
}
