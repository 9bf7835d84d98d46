/**
 * The streams of one segment: digits by chunks of tables, what they came to from narrow rows into wide
 * ones, sums of rows level by level, ReLUs and scaling.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import {
  addTerms,
  type CountedAdditions,
  chainStream,
  type RowEntries,
  sharedStreams,
} from './difference-plan.js';
import { eachEntry, type Grouping, tableSize } from './digit-tables.js';
import type { LaneType } from './lane-type.js';
import { type NarrowRows, splitRows } from './narrow-rows.js';
import type { Row, Segment } from './segments.js';
import type { SharedPairs } from './shared-pairs.js';
import type { Addition, Range, StreamWriter } from './stream-writer.js';

/**
 * Chunks of tables are written, used by all rows and forgotten; this many rows of 64 bytes stay in a
 * second-level cache (measured: half and twice as many are slower).
 */
const CHUNK_ENTRIES = 4096;

/** Going through so many words of digits takes a few milliseconds. */
const DIGITS_A_STEP = 1 << 17;

/** Whether rows may be added up in chains, from the columns on: these have the rows' type, or fixed point. */
export const isChained = (narrow: LaneType, wide: LaneType): boolean =>
  narrow === wide || narrow === 'fixed32';

/** Groups in a chunk, where nothing could overflow. */
export function groupsPerChunk(groupSize: number): number {
  return Math.max(1, Math.floor(CHUNK_ENTRIES / tableSize(groupSize)));
}

/** Additions to rows that start from 0, and to rows that have a value. */
export interface Sums {
  readonly initialize: Range;
  readonly accumulate: Range;
}

/** Streams for a run of columns: write the tables, then add them to all rows. */
export interface Chunk extends Sums {
  readonly tables: Range;
}

export interface PlannedSegment {
  readonly narrow: LaneType;
  readonly wide: LaneType;
  /** Sums and differences that rows share, in place of tables. */
  readonly pairs: Range;
  readonly chunks: readonly Chunk[];
  /** What the digits came to in narrow rows goes to the wide ones. */
  readonly widenSet: Range;
  readonly widenAdd: Range;
  /** Sums of other rows, level by level. */
  readonly levels: readonly Sums[];
  /** Chains that are all rows, where they are not added up in parts as above. */
  readonly chains: Range;
  readonly rectify: Range;
  /** Rows to be multiplied by the block's factor. */
  readonly scale: Range;
  readonly endsBlock: number;
}

interface Surroundings {
  readonly narrow: LaneType;
  readonly wide: LaneType;
  readonly rowBytes: (type: LaneType) => number;
  /** Byte addresses of the segment's columns. */
  readonly columnAt: readonly number[];
  readonly tableStart: number;
  readonly allocate: (rows: number, type: LaneType) => number;
  readonly writer: StreamWriter;
  readonly additions: CountedAdditions;
  /** Bound on what the digits in one narrow row may come to, in units of the largest input. */
  readonly limit: number;
  /** Whether rows may be differences (`floatBoundSteps` allows for their order). */
  readonly differences: boolean;
}

/** How a segment's digits are shared by its rows: by tables, or by pairs where rows are differences. */
export interface Sharing {
  readonly grouping: Grouping;
  readonly shared: SharedPairs | null;
}

/** Null where the digits of a row's part in a chunk exceed `limit`. */
export function* planSegmentSteps(
  segment: Segment,
  { grouping, shared }: Sharing,
  surroundings: Surroundings,
): Steps<{ segment: PlannedSegment; outputs: number[] } | null> {
  const { rows, columns, outputs, rectified, endsBlock, bounds } = segment;
  const { narrow, wide, rowBytes, columnAt, allocate, writer, limit } = surroundings;
  const wideStart = allocate(rows.length, wide);
  const wideAt = (row: number): number => wideStart + row * rowBytes(wide);
  const outputAt = outputs.map((value) =>
    value >= columns ? wideAt(value - columns) : columnAt[value],
  );
  const none = writer.words([]);
  const finish = (): Pick<
    PlannedSegment,
    'rectify' | 'scale' | 'endsBlock' | 'narrow' | 'wide'
  > => ({
    ...{ narrow, wide, endsBlock },
    rectify: writer.words(rectified.map(wideAt)),
    scale: writer.words([...new Set(outputAt)]),
  });
  const planned = (chunks: readonly Chunk[], pairs: Range, entries: readonly RowEntries[]) => ({
    segment: {
      ...{ chunks, pairs, levels: [], widenSet: none, widenAdd: none },
      chains: chainStream(segment, entries, wideAt, surroundings),
      ...finish(),
    },
    outputs: outputAt,
  });
  if (shared !== null) {
    const { tableStart } = surroundings;
    const streams = sharedStreams(shared, columnAt, tableStart, rowBytes(narrow), surroundings);
    return planned([], streams.pairs, streams.digits);
  }
  let perChunk = groupsPerChunk(grouping.size);
  let digits = yield* collectDigits(rows, grouping, perChunk, surroundings);
  // Digits go into the wide rows themselves, or into narrow rows: as many as are needed to hold them.
  let slots: NarrowRows | null = {
    owners: rows.map((_, row) => row),
    slotOf: (_, { row }) => row,
  };
  let slotAt = wideAt;
  if (narrow !== wide) {
    slots = yield* splitRows(rows, digits, bounds, grouping, perChunk, limit);
    // Smaller chunks have smaller digits. The order of these additions is free: they are exact.
    while (slots === null && perChunk > 1) {
      perChunk >>= 1;
      digits = yield* collectDigits(rows, grouping, perChunk, surroundings);
      slots = yield* splitRows(rows, digits, bounds, grouping, perChunk, limit);
    }
    if (slots === null) return null;
    const narrowStart = allocate(slots.owners.length, narrow);
    slotAt = (slot) => narrowStart + slot * rowBytes(narrow);
  }
  if (surroundings.differences && isChained(narrow, wide) && digits.length <= 1) {
    const tables = writeTables(0, grouping, perChunk, surroundings);
    return planned([{ tables, initialize: none, accumulate: none }], none, digits[0] ?? []);
  }
  const { owners, slotOf } = slots;
  const started = new Uint8Array(owners.length);
  const hasDigits = new Uint8Array(rows.length);
  const chunks: Chunk[] = [];
  for (const [chunk, entries] of digits.entries()) {
    const initialize: Addition[] = [];
    const accumulate: Addition[] = [];
    for (const entry of entries) {
      const slot = slotOf(chunk, entry);
      const { plus, minus } = entry;
      (started[slot] === 1 ? accumulate : initialize).push({ target: slotAt(slot), plus, minus });
      started[slot] = 1;
      hasDigits[entry.row] = 1;
      surroundings.additions.digits += plus.length + minus.length;
    }
    const tables = writeTables(chunk, grouping, perChunk, surroundings);
    chunks.push({ tables, ...writeSums(writer, initialize, accumulate) });
    yield;
  }
  const set: number[] = [];
  const add: number[] = [];
  if (narrow !== wide) {
    const hasValue = new Uint8Array(rows.length);
    for (const [slot, row] of owners.entries()) {
      (hasValue[row] === 1 ? add : set).push(slotAt(slot), wideAt(row));
      hasValue[row] = 1;
    }
  }
  const all: PlannedSegment = {
    chunks,
    pairs: none,
    widenSet: writer.words(set),
    widenAdd: writer.words(add),
    levels: joinedLevels(planTerms(rows, hasDigits, wideAt, surroundings)),
    chains: none,
    ...finish(),
  };
  return { segment: all, outputs: outputAt };
}

function writeSums(
  writer: StreamWriter,
  initialize: readonly Addition[],
  accumulate: readonly Addition[],
): Sums {
  return { initialize: writer.additions(initialize), accumulate: writer.additions(accumulate) };
}

function writeTables(
  chunk: number,
  { size, used }: Grouping,
  perChunk: number,
  { rowBytes, narrow, columnAt, tableStart, writer, additions }: Surroundings,
): Range {
  const words: number[] = [];
  if (size > 1) {
    for (let slot = 0; slot < perChunk; slot++) {
      const group = chunk * perChunk + slot;
      const members = used.subarray(group * size, (group + 1) * size);
      if (members.length === 0) break;
      words.push(tableStart + slot * tableSize(size) * rowBytes(narrow), members.length);
      for (const column of members) words.push(columnAt[column]);
      additions.tables += tableSize(members.length);
    }
  }
  return writer.words(words);
}

/** Sums of other rows: level by level, since a row's terms must be there before it. */
function planTerms(
  rows: readonly Row[],
  hasDigits: Uint8Array,
  rowAt: (row: number) => number,
  { writer, additions }: Surroundings,
): Sums[] {
  const levels: { initialize: Addition[]; accumulate: Addition[] }[] = [];
  for (const [row, { terms, level }] of rows.entries()) {
    while (levels.length <= level) levels.push({ initialize: [], accumulate: [] });
    if (terms.length === 0 && hasDigits[row] === 1) continue;
    const plus: number[] = [];
    const minus: number[] = [];
    additions.terms += addTerms(terms, rowAt, plus, minus);
    const { initialize, accumulate } = levels[level];
    (hasDigits[row] === 1 ? accumulate : initialize).push({ target: rowAt(row), plus, minus });
  }
  return levels.map(({ initialize, accumulate }) => writeSums(writer, initialize, accumulate));
}

/** Levels that only add to rows which have a value are one with the level before: one call does for all. */
function joinedLevels(levels: readonly Sums[]): Sums[] {
  const joined: Sums[] = [];
  for (const { initialize, accumulate } of levels) {
    const before = joined[joined.length - 1];
    const startsRows = initialize.end > initialize.start;
    if (before === undefined || startsRows) joined.push({ initialize, accumulate });
    else {
      const range = { start: before.accumulate.start, end: accumulate.end };
      joined[joined.length - 1] = { initialize: before.initialize, accumulate: range };
    }
  }
  return joined;
}

/** The digits of all rows as addresses of table entries (of columns, in groups of one), by chunk. */
function* collectDigits(
  rows: readonly Row[],
  grouping: Grouping,
  perChunk: number,
  { columnAt, tableStart, rowBytes, narrow }: Surroundings,
): Steps<RowEntries[][]> {
  const { size, used } = grouping;
  const entryBytes = rowBytes(narrow);
  const groupBytes = tableSize(size) * entryBytes;
  const chunkCount = Math.ceil(used.length / size / perChunk);
  const isTurn = everyFew(DIGITS_A_STEP);
  const chunks: RowEntries[][] = Array.from({ length: chunkCount }, () => []);
  for (const [index, row] of rows.entries()) {
    if (isTurn(row.digits.length)) yield;
    let chunk = -1;
    let current = { row: index, plus: [] as number[], minus: [] as number[] };
    eachEntry(row, grouping, (group, entry, sign) => {
      const next = Math.floor(group / perChunk);
      if (next !== chunk) {
        chunk = next;
        current = { row: index, plus: [] as number[], minus: [] as number[] };
        chunks[chunk].push(current);
      }
      const address =
        size === 1
          ? columnAt[used[group]]
          : tableStart + (group % perChunk) * groupBytes + entry * entryBytes;
      (sign === 1 ? current.plus : current.minus).push(address);
    });
  }
  return chunks;
}
