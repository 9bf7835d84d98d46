/** Which neurons of a layer suit what is looked for there, as bits, read off the signs of their edges. */
import type { LayerSigns } from '../source/source.js';
import { rowOf, type Suitability, suitability } from './matching.js';

/** For each pattern a sign for each member of a group: 1, -1, or 0 for any. */
export type Signs = readonly (readonly number[])[];

function clearBeyond(row: Uint32Array, width: number): void {
  if (width % 32 !== 0) row[row.length - 1] &= 2 ** (width % 32) - 1;
}

/** `into &= from`, or with the complement of `from`. */
function intersect(into: Uint32Array, from: Uint32Array, isPositive: boolean): void {
  const flip = isPositive ? 0 : -1;
  for (let word = 0; word < into.length; word++) into[word] &= from[word] ^ flip;
}

/**
 * Groups of `columns` (`patterns[0].length` each, one after the other) of a layer of `width` neurons; for
 * each group and pattern the neurons whose edges from the group have the pattern's signs (0: any), or the
 * other ones for a group that is 1 in `negative`.
 */
export function patternTargets(
  signs: LayerSigns,
  columns: Uint32Array,
  patterns: Signs,
  width: number,
  negative: Uint8Array | null = null,
): Suitability {
  const size = patterns[0].length;
  const groups = columns.length / size;
  const rows = suitability(groups * patterns.length, width);
  rows.rows.fill(0xffffffff);
  const column = new Uint32Array(rows.words + 1);
  for (let group = 0; group < groups; group++) {
    for (let member = 0; member < size; member++) {
      signs.column(columns[group * size + member], width, column);
      for (const [index, pattern] of patterns.entries()) {
        if (pattern[member] === 0) continue;
        const row = rowOf(rows, group * patterns.length + index);
        intersect(row, column, pattern[member] > 0 !== (negative?.[group] === 1));
      }
    }
  }
  for (let index = 0; index < rows.groups; index++) clearBeyond(rowOf(rows, index), width);
  return rows;
}

/**
 * For each of these neurons of a later layer, those of a layer of `width` neurons whose edge into it is +1;
 * `first` is the column of the first of them there.
 */
export function sourcesOf(
  later: LayerSigns,
  first: number,
  width: number,
  targets: Uint32Array,
): Suitability {
  const rows = suitability(targets.length, width);
  const rowsBefore = targets.reduce((most, target) => Math.max(most, target + 1), 0);
  const column = new Uint32Array(Math.ceil(rowsBefore / 32) + 1);
  for (let neuron = 0; neuron < width; neuron++) {
    later.column(first + neuron, rowsBefore, column);
    const word = neuron >>> 5;
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      const bit = (column[target >>> 5] >>> (target & 31)) & 1;
      rows.rows[index * rows.words + word] |= bit << (neuron & 31);
    }
  }
  return rows;
}

/**
 * Has the neurons of row `g patterns + k` of `rows` also have edges of the signs `patterns[k]` into the
 * targets of group g, which are rows of `sources`; a target of -1 asks for nothing.
 */
export function requireTargets(
  rows: Suitability,
  sources: Suitability,
  targets: Int32Array,
  patterns: Signs,
): void {
  const size = patterns[0].length;
  for (let group = 0; group < targets.length / size; group++) {
    for (const [index, pattern] of patterns.entries()) {
      const row = rowOf(rows, group * patterns.length + index);
      for (let member = 0; member < size; member++) {
        const target = targets[group * size + member];
        if (target >= 0) intersect(row, rowOf(sources, target), pattern[member] > 0);
      }
    }
  }
}

/** The first `count` neurons of a row of bits. */
export function firstNeurons(row: Uint32Array, count: number): Uint32Array {
  const found: number[] = [];
  for (let word = 0; word < row.length && found.length < count; word++) {
    for (let bits = row[word]; bits !== 0 && found.length < count; bits &= bits - 1) {
      found.push(word * 32 + (31 - Math.clz32(bits & -bits)));
    }
  }
  return Uint32Array.from(found);
}

/** For each neuron of a layer the first of `neurons`, from the column `first` on, whose edge into it has this sign; -1 without one. */
export function firstWithSign(
  signs: LayerSigns,
  first: number,
  neurons: Uint32Array,
  width: number,
  isPositive: boolean,
): Int32Array {
  const column = new Uint32Array(Math.ceil(width / 32) + 1);
  const found = new Int32Array(width).fill(-1);
  const wanted = isPositive ? 1 : 0;
  for (const neuron of neurons) {
    signs.column(first + neuron, width, column);
    for (let row = 0; row < width; row++) {
      if (found[row] < 0 && ((column[row >>> 5] >>> (row & 31)) & 1) === wanted)
        found[row] = neuron;
    }
  }
  return found;
}

/** The numbers of the entries that are -1. */
export function lacking(found: Int32Array): Uint32Array {
  return Uint32Array.from(found.keys()).filter((index) => found[index] < 0);
}

/** Has these neurons suit nobody. */
export function exclude(rows: Suitability, neurons: Iterable<number>): void {
  const keep = new Uint32Array(rows.words).fill(0xffffffff);
  for (const neuron of neurons) keep[neuron >>> 5] &= ~(1 << (neuron & 31));
  for (let group = 0; group < rows.groups; group++) intersect(rowOf(rows, group), keep, true);
}

/** The same for one row. */
export function excludeFrom(rows: Suitability, group: number, neurons: Uint32Array): void {
  const row = rowOf(rows, group);
  for (const neuron of neurons) row[neuron >>> 5] &= ~(1 << (neuron & 31));
}
