/**
 * The streams of a segment whose rows are differences (see `Kernels`), each added up in one go: from tables, or
 * from sums and differences that rows share.
 */

import type { LaneType } from './lane-type.js';
import type { Row, Segment } from './segments.js';
import type { SharedPair, SharedPairs } from './shared-pairs.js';
import type { Range, StreamWriter } from './stream-writer.js';

/** What is added of a row's digits, as byte addresses. */
export interface RowEntries {
  readonly row: number;
  readonly plus: readonly number[];
  readonly minus: readonly number[];
}

export interface CountedAdditions {
  tables: number;
  digits: number;
  terms: number;
}

interface Written {
  readonly writer: StreamWriter;
  readonly additions: CountedAdditions;
}

/**
 * All rows, in chains: a row that nothing but one other reads, which adds it, is added up just before that one and
 * has no place of its own. Of each link digits and then other terms are last on either side, and what comes from the
 * link before is last of all.
 */
export function chainStream(
  { rows, outputs, columns }: Pick<Segment, 'rows' | 'outputs' | 'columns'>,
  digits: readonly RowEntries[],
  rowAt: (row: number) => number,
  {
    writer,
    additions,
    narrow,
    wide,
  }: Written & { readonly narrow: LaneType; readonly wide: LaneType },
): Range {
  const entries = new Map(digits.map((entry) => [entry.row, entry]));
  const before = linkedRows(rows, outputs, columns);
  const isLink = new Set(before.map((link) => link?.row));
  const words: number[] = [];
  for (const end of rows.keys()) {
    if (isLink.has(end)) continue;
    const chain: number[] = [];
    for (let row: number | undefined = end; row !== undefined; row = before[row]?.row)
      chain.push(row);
    words.push(rowAt(end), chain.length);
    for (const row of chain.reverse()) {
      const own = entries.get(row);
      const plus = [...(own?.plus ?? [])];
      const minus = [...(own?.minus ?? [])];
      additions.digits += plus.length + minus.length;
      // Of two types, digits come first, with counts of their own (`mixed-chains.ts`).
      const isMixed = narrow !== wide;
      const mixed = [minus.length, plus.length, ...minus, ...plus];
      if (isMixed) minus.length = plus.length = 0;
      const link = before[row];
      const others = rows[row].terms.filter(
        (_, at) => rows[row].terms[at - (at % 2)] !== link?.row,
      );
      additions.terms += addTerms(others, rowAt, plus, minus) + (link?.times ?? 0);
      if (isMixed) words.push(...mixed);
      words.push(minus.length, plus.length, link?.times ?? 0, ...minus, ...plus);
    }
  }
  return writer.words(words);
}

/** A row's last term that nothing else needs, and how often it is added. */
interface Link {
  readonly row: number;
  readonly times: number;
}

function linkedRows(
  rows: readonly Row[],
  outputs: readonly number[],
  columns: number,
): (Link | undefined)[] {
  const uses = new Int32Array(rows.length);
  for (const { terms } of rows) for (let at = 0; at < terms.length; at += 2) uses[terms[at]]++;
  for (const value of outputs) if (value >= columns) uses[value - columns]++;
  return rows.map(({ terms }) => {
    let link: Link | undefined;
    for (let at = 0; at < terms.length; at += 2) {
      const times = terms[at + 1];
      // An output counts as a use; its row is one that some other reads too, or none.
      if (uses[terms[at]] === 1 && times > 0) link = { row: terms[at], times };
    }
    return link;
  });
}

/** Appends addresses of a row's terms; returns how many. */
export function addTerms(
  terms: readonly number[],
  rowAt: (row: number) => number,
  plus: number[],
  minus: number[],
): number {
  let added = 0;
  for (let at = 0; at < terms.length; at += 2) {
    const list = terms[at + 1] > 0 ? plus : minus;
    for (let count = Math.abs(terms[at + 1]); count > 0; count--) list.push(rowAt(terms[at]));
    added += Math.abs(terms[at + 1]);
  }
  return added;
}

/**
 * Pairs level by level, sums before differences, in rows one after the other from `start` on; and what each of the
 * segment's rows reads of them and of the columns.
 */
export function sharedStreams(
  { pairs, rows }: SharedPairs,
  columnAt: readonly number[],
  start: number,
  stride: number,
  { writer, additions }: Written,
): { readonly pairs: Range; readonly digits: readonly RowEntries[] } {
  const groups: { sums: number[]; differences: number[] }[] = [];
  for (const [number, { level, sign }] of pairs.entries()) {
    while (groups.length < level) groups.push({ sums: [], differences: [] });
    const { sums, differences } = groups[level - 1];
    (sign === 1 ? sums : differences).push(number);
  }
  const at = new Float64Array(pairs.length);
  const valueAt = (value: number): number =>
    value < columnAt.length ? columnAt[value] : at[value - columnAt.length];
  const words: number[] = [];
  let target = start;
  for (const { sums, differences } of groups) {
    words.push(target, sums.length, differences.length);
    for (const number of [...sums, ...differences]) {
      const { first, second } = pairs[number] as SharedPair;
      words.push(valueAt(first), valueAt(second));
      at[number] = target;
      target += stride;
    }
  }
  additions.tables += pairs.length;
  return {
    pairs: writer.words(words),
    digits: rows.map(({ plus, minus }, row) => ({
      ...{ row, plus: plus.map(valueAt), minus: minus.map(valueAt) },
    })),
  };
}
