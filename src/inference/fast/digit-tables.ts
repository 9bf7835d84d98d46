/**
 * Tables of partial sums (the method of four Russians): columns are taken in groups, all sums of a
 * group with coefficients -1, 0, +1 are formed once, and every row adds or subtracts one of them per
 * group instead of one column per digit. A digit of multiplicity m needs m such additions.
 */
import { complete, type Steps } from '../../core/steps.js';
import type { Row, Segment } from './segments.js';

/**
 * Larger groups are not chosen: they save additions, but each table of 6 columns (364 rows, 23 kB) fills
 * a first-level cache, and they are no faster (`bench/inference-designs.mjs`).
 */
const MAXIMUM_GROUP = 5;

/** The largest group that a table can be made for: benchmark and tests try those of 6 and 7 too. */
const LARGEST_TABLE = 7;

/** What writing one table entry costs in additions of a table entry to a row (loads and stores). */
const ENTRY_COST = 1.3;

/** Number of sums in the table of a group, up to sign: `(3^size - 1) / 2`. */
export const tableSize = (size: number): number => TABLE_SIZES[size];

const TABLE_SIZES = Int32Array.from(
  { length: LARGEST_TABLE + 1 },
  (_, size) => (3 ** size - 1) / 2,
);

export interface Grouping {
  /** Columns per group; 1 means that rows add the columns themselves. */
  readonly size: number;
  /** Columns that have digits, ascending: group k has those from `k * size` on. */
  readonly used: Int32Array;
  /** Position of each column among the used ones. */
  readonly position: Int32Array;
}

/** Rows that are looked at to choose a group size. */
const SAMPLE = 100;

/** Groups the columns of a segment so that the number of additions is least (on a sample of rows). */
export function chooseGrouping(segment: Segment): Grouping {
  return complete(chooseGroupingSteps(segment));
}

/** The same in steps. */
export function* chooseGroupingSteps(
  { rows, columns }: Segment,
  entryCost = ENTRY_COST,
): Steps<Grouping> {
  const position = new Int32Array(columns).fill(-1);
  for (const { digits } of rows) {
    for (let at = 0; at < digits.length; at += 2) position[digits[at]] = 0;
  }
  const used = Int32Array.from(position.keys()).filter((column) => position[column] === 0);
  for (const [index, column] of used.entries()) position[column] = index;
  let best = { size: 1, used, position };
  let least = Number.POSITIVE_INFINITY;
  for (let size = 1; size <= Math.min(MAXIMUM_GROUP, used.length); size++) {
    const grouping = { size, used, position };
    const cost = groupingCost({ rows }, grouping, entryCost);
    yield;
    if (cost < least) {
      least = cost;
      best = grouping;
    }
  }
  return best;
}

/** Additions of a row to a row that a segment's digits take (on a sample of rows), tables counted as so many each. */
export function groupingCost(
  { rows }: Pick<Segment, 'rows'>,
  grouping: Grouping,
  entryCost = ENTRY_COST,
): number {
  const { size, used } = grouping;
  const withDigits = rows.filter(({ digits }) => digits.length > 0);
  const step = Math.max(1, Math.floor(withDigits.length / SAMPLE));
  const sample = withDigits.filter((_, index) => index % step === 0);
  const additions = sample.reduce((sum, row) => sum + countAdditions(row, grouping), 0);
  const tables = size === 1 ? 0 : Math.ceil(used.length / size) * tableSize(size) * entryCost;
  return (additions * withDigits.length) / Math.max(1, sample.length) + tables;
}

/** Table entries that a row adds or subtracts. */
export function countAdditions({ digits }: Row, { size, position }: Grouping): number {
  let count = 0;
  let group = -1;
  let most = 0;
  for (let at = 0; at < digits.length; at += 2) {
    const next = Math.floor(position[digits[at]] / size);
    if (next !== group) {
      count += most;
      most = 0;
      group = next;
    }
    most = Math.max(most, Math.abs(digits[at + 1]));
  }
  return count + most;
}

/**
 * Calls `take(group, entry, sign)` for each table entry that a row adds (`sign` 1) or subtracts (-1),
 * ascending by group. `entry` counts as the kernel `tables` writes: column c of the group comes after
 * the sums of those before it, and after it, for each of these sums p, `p + c` and `p - c`.
 */
export function eachEntry(
  { digits }: Row,
  { size, position }: Grouping,
  take: (group: number, entry: number, sign: 1 | -1) => void,
): void {
  let at = 0;
  while (at < digits.length) {
    const group = Math.floor(position[digits[at]] / size);
    let end = at;
    let most = 0;
    while (end < digits.length && position[digits[end]] < (group + 1) * size) {
      most = Math.max(most, Math.abs(digits[end + 1]));
      end += 2;
    }
    for (let layer = 1; layer <= most; layer++) {
      let entry = -1;
      let sign: 1 | -1 = 1;
      for (let digit = at; digit < end; digit += 2) {
        const multiplicity = digits[digit + 1];
        if (Math.abs(multiplicity) < layer) continue;
        const before = tableSize(position[digits[digit]] - group * size);
        const own = multiplicity > 0 ? 1 : -1;
        if (entry < 0) {
          entry = before;
          sign = own;
        } else entry = before + 1 + 2 * entry + (own === sign ? 0 : 1);
      }
      take(group, entry, sign);
    }
    at = end;
  }
}
