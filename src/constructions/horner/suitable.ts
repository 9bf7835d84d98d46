/**
 * Which neurons of a layer suit what a block looks for there, read off the signs of the edges into them.
 * What is found is given out by `matchGroups`.
 */
import type { LayerSigns } from '../../source/source.js';
import { type Suitability, suitability } from '../matching.js';

/** Sets bit v of each row where all of its groups' columns have +1 into v. */
export function commonTargets(
  signs: LayerSigns,
  rows: Suitability,
  members: Uint32Array,
  perGroup: number,
  pool: number,
): void {
  const column = new Uint32Array(rows.words + 1);
  for (let group = 0; group < rows.groups; group++) {
    const row = rows.rows.subarray(group * rows.words, (group + 1) * rows.words);
    for (let member = 0; member < perGroup; member++) {
      signs.column(members[group * perGroup + member], pool, column);
      if (member === 0) row.set(column.subarray(0, rows.words));
      else for (let word = 0; word < rows.words; word++) row[word] &= column[word];
    }
  }
}

/** Has these neurons suit no group. */
export function clearBits(rows: Suitability, neurons: Uint32Array): void {
  const keep = new Uint32Array(rows.words).fill(0xffffffff);
  for (const neuron of neurons) keep[neuron >>> 5] &= ~(1 << (neuron & 31));
  for (let group = 0; group < rows.groups; group++) {
    const start = group * rows.words;
    for (let word = 0; word < rows.words; word++) rows.rows[start + word] &= keep[word];
  }
}

/** The carriers that a layer's carriers come from: the first copy of each counts. */
export interface Carried {
  /** Copy a of carrier i at `i * copies + a`. */
  readonly neurons: Uint32Array;
  readonly copies: number;
  /** 1 where the edge is to be -1, as for the negative part of an input; null where none is. */
  readonly negative: Uint8Array | null;
}

/** For each carrier the neurons of the layer, `width` many, with the edge that hands it on. */
export function carrierTargets(
  signs: LayerSigns,
  { neurons, copies, negative }: Carried,
  width: number,
): Suitability {
  const rows = suitability(neurons.length / copies, width);
  const column = new Uint32Array(rows.words + 1);
  for (let group = 0; group < rows.groups; group++) {
    signs.column(neurons[group * copies], width, column);
    const start = group * rows.words;
    for (let word = 0; word < rows.words; word++) {
      rows.rows[start + word] = negative?.[group] === 1 ? ~column[word] : column[word];
    }
    // Complemented bits beyond the layer are no neurons.
    if (width % 32 !== 0) rows.rows[start + rows.words - 1] &= 2 ** (width % 32) - 1;
  }
  return rows;
}

/** The first neurons with +1 from all of the last chain's accumulators, the offset's. */
export function offsetNeurons(
  signs: LayerSigns,
  before: Uint32Array,
  perGroup: number,
  copies: number,
  width: number,
): Uint32Array {
  const rows = suitability(1, width);
  commonTargets(signs, rows, before.subarray(before.length - perGroup), perGroup, width);
  const found: number[] = [];
  for (let neuron = 0; neuron < width && found.length < copies; neuron++) {
    if ((rows.rows[neuron >>> 5] >>> (neuron & 31)) & 1) found.push(neuron);
  }
  return Uint32Array.from(found);
}

/** Last block: chain j ends in neurons with +1 into output neuron j. */
export function requireOutputs(outgoing: LayerSigns, rows: Suitability, width: number): void {
  const words = Math.ceil(rows.groups / 32);
  const column = new Uint32Array(words + 1);
  for (let neuron = 0; neuron < width; neuron++) {
    outgoing.column(neuron, rows.groups, column);
    for (let group = 0; group < rows.groups; group++) {
      if ((column[group >>> 5] >>> (group & 31)) & 1) continue;
      rows.rows[group * rows.words + (neuron >>> 5)] &= ~(1 << (neuron & 31));
    }
  }
}

/** For each output neuron the first copy of the offset with a -1 edge into it, or -1 without one. */
export function subtractedOffsets(
  signs: LayerSigns,
  offsets: Uint32Array,
  outputWidth: number,
): Int32Array {
  const column = new Uint32Array(Math.ceil(outputWidth / 32) + 1);
  const subtracted = new Int32Array(outputWidth).fill(-1);
  for (const offset of offsets) {
    signs.column(offset, outputWidth, column);
    for (let neuron = 0; neuron < outputWidth; neuron++) {
      if (subtracted[neuron] >= 0 || (column[neuron >>> 5] >>> (neuron & 31)) & 1) continue;
      subtracted[neuron] = offset;
    }
  }
  return subtracted;
}
