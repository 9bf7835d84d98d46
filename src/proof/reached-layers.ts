/**
 * The layers of a block as the inputs of a range reach them, by the neurons that edges come from: the order in
 * which masks have them, so that nothing is sorted.
 */
import type { Steps } from '../core/steps.js';
import type { SparseMask } from '../source/mask.js';
import type { LayerSigns, Source } from '../source/source.js';
import type { BlockFrame } from './block-frame.js';

/** Layers may be this wide: each range looks at all ids. */
const MOST_WIDTH = 2 ** 18;

/** A layer as the range's inputs reach it, by the neurons that it reads. */
export interface ReachedLayer {
  /** Ids of its neurons, in the order in which edges first lead to them. */
  readonly ids: Uint32Array;
  /** One more than the place in `ids` of each id; 0 for those that are not reached. */
  readonly numbers: Uint32Array;
  /** Of number i of the list before, the edges `starts[i] .. starts[i + 1] - 1`. */
  readonly starts: Uint32Array;
  /** `2 * i + s`: into number i of `ids`, negative if s = 1. */
  readonly edges: Uint32Array;
}

/** One more than the position of each column in the mask; 0 for those that it does not have. */
function positionsIn({ columns, inputs }: SparseMask): Uint32Array {
  const positions = new Uint32Array(inputs);
  for (let index = 0; index < columns.length; index++) positions[columns[index]] = index + 1;
  return positions;
}

/** The kept edges from the listed neurons, with their signs; null if they are more than `most`. */
function reach(
  mask: SparseMask,
  signs: LayerSigns,
  from: Uint32Array,
  most: number,
): ReachedLayer | null {
  const { offsets, rows, outputs } = mask;
  const positions = positionsIn(mask);
  const starts = new Uint32Array(from.length + 1);
  for (let index = 0; index < from.length; index++) {
    const position = positions[from[index]];
    const count = position === 0 ? 0 : offsets[position] - offsets[position - 1];
    starts[index + 1] = starts[index] + count;
  }
  const total = starts[from.length];
  if (total > most) return null;
  const edges = new Uint32Array(total);
  const numbers = new Uint32Array(outputs);
  const ids = new Uint32Array(Math.min(outputs, total));
  const words = new Uint32Array(Math.ceil(outputs / 32));
  let count = 0;
  let next = 0;
  for (let index = 0; index < from.length; index++) {
    const begin = starts[index];
    const end = starts[index + 1];
    if (begin === end) continue;
    const column = from[index];
    const shift = offsets[positions[column] - 1] - begin;
    // Few edges of many rows: their words alone.
    if (8 * (end - begin) < words.length) {
      for (let edge = begin; edge < end; edge++) {
        const word = rows[edge + shift] >>> 5;
        words[word] = signs.word(column, word);
      }
    } else signs.column(column, outputs, words);
    for (; next < end; next++) {
      const row = rows[next + shift];
      let number = numbers[row];
      if (number === 0) {
        number = ++count;
        numbers[row] = number;
        ids[number - 1] = row;
      }
      edges[next] = 2 * number - 1 - ((words[row >>> 5] >>> (row & 31)) & 1);
    }
  }
  return { ids: ids.slice(0, count), numbers, starts, edges };
}

/** All layers of the block as the range reaches them; null if they are too large for this. */
export function* reachAll(
  frame: BlockFrame,
  source: Source,
  inputs: Uint32Array,
  most: number,
): Steps<ReachedLayer[] | null> {
  const layers: ReachedLayer[] = [];
  let left = most;
  let from = inputs;
  for (const [index, mask] of frame.masks.entries()) {
    if (mask.inputs > MOST_WIDTH || mask.outputs > MOST_WIDTH) return null;
    const layer = reach(mask, source.layer(frame.first + index), from, left);
    if (layer === null) return null;
    left -= layer.edges.length;
    layers.push(layer);
    from = layer.ids;
    yield;
  }
  return layers;
}
