/**
 * Direct blocks (theory, section 11): rows of a few +1 and -1 need no chain. One source layer; a row is a
 * neuron whose few edges have the right signs, which a neuron has with probability 2^-k. Rows of k entries
 * have neurons of their own to look among, so that a layer is a segment for each k.
 */
import type { KnownEntry } from '../../integer/network-class.js';
import type { SparseMask } from '../../source/mask.js';
import { maskBuilder } from '../../source/mask-builder.js';
import type { LayerSigns } from '../../source/source.js';
import { matchingFailure } from '../failure-bounds.js';
import { matchGroups, suitability } from '../matching.js';
import { leastSlack } from '../slack.js';

/** Rows of one length, and the neurons that they are looked for among. */
export interface Segment {
  readonly entries: number;
  readonly width: number;
}

/** The indices of rows by their number of entries, shortest first. */
export function rowsByEntries(
  rows: readonly (readonly KnownEntry[])[],
): { readonly entries: number; readonly rows: number[] }[] {
  const byEntries = new Map<number, number[]>();
  rows.forEach(({ length }, row) => {
    const own = byEntries.get(length);
    if (own === undefined) byEntries.set(length, [row]);
    else own.push(row);
  });
  return [...byEntries].sort(([a], [b]) => a - b).map(([entries, own]) => ({ entries, rows: own }));
}

/**
 * Whether a set of rows suits a neuron nowhere at most as often as if they suited independently: they read
 * different columns, but for pairs that read a column with opposite signs and so exclude each other
 * (`1 - p - q <= (1 - p) (1 - q)`), as the two halves of an input do.
 */
function areApart(rows: readonly (readonly KnownEntry[])[]): boolean {
  const reader = new Map<number, { row: number; value: bigint }>();
  const partner = new Map<number, number>();
  return rows.every((entries, row) =>
    entries.every(({ column, value }) => {
      const other = reader.get(column);
      if (other === undefined) {
        reader.set(column, { row, value });
        return true;
      }
      if (other.value === value) return false;
      const known = partner.get(other.row);
      if (known !== undefined && known !== row) return false;
      if (partner.has(row) && partner.get(row) !== other.row) return false;
      partner.set(other.row, row);
      partner.set(row, other.row);
      return true;
    }),
  );
}

/**
 * Upper bound of the probability that some rows of a length find no neurons of their own (Hall,
 * `matchingFailure`); 1 if they are not apart.
 */
export function directFailure(
  rows: readonly (readonly KnownEntry[])[],
  segments: readonly Segment[],
): number {
  const groups = rowsByEntries(rows);
  if (groups.length !== segments.length) return 1;
  let sum = 0;
  for (const [index, { entries, rows: own }] of groups.entries()) {
    const segment = segments[index] as Segment;
    if (segment.entries !== entries || entries === 0) return 1;
    if (!areApart(own.map((row) => rows[row] as KnownEntry[]))) return 1;
    sum += matchingFailure(own.length, 1, segment.width, 2 ** -entries);
  }
  return sum * (1 + 1e-9);
}

/** The segments at a price; a neuron more costs `perNeuron` weights. */
export function sizeDirect(
  rows: readonly (readonly KnownEntry[])[],
  perNeuron: number,
  price: number,
): Segment[] {
  return rowsByEntries(rows).map(({ entries, rows: own }) => {
    const failure = (slack: number): number =>
      matchingFailure(own.length, 1, own.length + slack, 2 ** -entries);
    return { entries, width: own.length + leastSlack(perNeuron, price, failure) };
  });
}

export function segmentsWidth(segments: readonly { readonly width: number }[]): number {
  return segments.reduce((sum, { width }) => sum + width, 0);
}

export type PlacedRows =
  | { readonly placed: true /** The neuron of each row. */; readonly neurons: Uint32Array }
  | { readonly placed: false; readonly entries: number; readonly segment: Segment };

/** A neuron for every row; `columns` are the source columns of the matrix's. */
export function placeRows(
  rows: readonly (readonly KnownEntry[])[],
  segments: readonly Segment[],
  columns: Uint32Array,
  signs: LayerSigns,
): PlacedRows {
  const neurons = new Uint32Array(rows.length);
  let start = 0;
  for (const [index, { entries, rows: own }] of rowsByEntries(rows).entries()) {
    const segment = segments[index] as Segment;
    const suits = suitability(own.length, segment.width);
    own.forEach((row, group) => {
      for (let word = 0; word < suits.words; word++) {
        let fits = wordOf(segment.width, word);
        for (const { column, value } of rows[row] as KnownEntry[]) {
          const bits = segmentWord(signs, columns[column] as number, start, word);
          fits &= value > 0n ? bits : ~bits;
        }
        suits.rows[group * suits.words + word] = fits;
      }
    });
    const matching = matchGroups(suits, 1);
    if (!matching.complete) return { placed: false, entries, segment };
    own.forEach((row, group) => {
      neurons[row] = start + (matching.neurons[group] as number);
    });
    start += segment.width;
  }
  return { placed: true, neurons };
}

/** Bits of the neurons that there are. */
function wordOf(width: number, word: number): number {
  const left = width - 32 * word;
  return left >= 32 ? -1 : 2 ** left - 1;
}

/** The signs into neurons `start + 32 * word ..`, 32 of them, as bits. */
export function segmentWord(
  signs: LayerSigns,
  column: number,
  start: number,
  word: number,
): number {
  const at = start + 32 * word;
  const shift = at & 31;
  const low = signs.word(column, at >>> 5);
  if (shift === 0) return low;
  return (low >>> shift) | (signs.word(column, (at >>> 5) + 1) << (32 - shift));
}

/** The mask that keeps the edges of these rows; the signs are the source's own. */
export function keepRows(
  rows: readonly (readonly KnownEntry[])[],
  neurons: Uint32Array,
  columns: Uint32Array,
  size: { readonly inputs: number; readonly outputs: number },
): SparseMask {
  const edges = rows.flatMap((row, index) =>
    row.map(({ column }) => [columns[column] as number, neurons[index] as number] as const),
  );
  edges.sort(([columnA, rowA], [columnB, rowB]) => columnA - columnB || rowA - rowB);
  const builder = maskBuilder(size.inputs, size.outputs);
  for (const [column, row] of edges) builder.keep(column, row);
  return builder.finish();
}
