/**
 * Sums and differences of two values that several rows need, formed once: of all pairs `a + b`, `a - b` the one
 * that most rows hold becomes a value of its own, which may be in pairs again, until none is left that several
 * rows hold. Where there are few columns this takes fewer additions than tables of all sums of a group, half of which
 * no row reads (docs/inference.md); among many columns it would take long to find. A digit of multiplicity m is
 * in m parts of its row, and each part is looked at by itself.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import type { Row, Segment } from './segments.js';

export interface SharedPairs {
  /** Numbers of two values and what is made of them, +1 their sum, -1 the first without the second: number `columns + k`. */
  readonly pairs: readonly SharedPair[];
  /** Of each row, the values that it adds and those that it subtracts. */
  readonly rows: readonly SharedRow[];
  /** Values in rows. */
  readonly digits: number;
}

export interface SharedPair {
  readonly first: number;
  readonly second: number;
  readonly sign: 1 | -1;
  /** One more than the largest of its two values'; of columns 0. */
  readonly level: number;
}

export interface SharedRow {
  readonly plus: readonly number[];
  readonly minus: readonly number[];
}

/** A pair that fewer parts hold is not formed: it costs two loads and a store, and leaves the first-level cache fuller (measured). */
const LEAST = 4;

/** Beyond this many columns, digits, or pairs of digits in one part it takes too long. */
const MOST_COLUMNS = 512;
const MOST_DIGITS = 2 ** 16;
const MOST_PAIRS = 2 ** 22;

/** Going through so many pairs takes a few milliseconds. */
const PAIRS_A_STEP = 2 ** 19;

/** What a pair costs in additions of a row to a row: two loads and a store (measured on whole networks). */
const PAIR_COST = 2;

/** In additions of a row to a row. */
export function sharedCost({ pairs, digits }: SharedPairs): number {
  return PAIR_COST * pairs.length + digits;
}

/** What a part of a row adds up, or the parts that hold a value: twice its number, and 1 more where it is negative. */
type Signed = number;

/** Null where it would take too long. In steps. */
export function* sharePairsSteps({
  rows,
  columns,
}: Pick<Segment, 'rows' | 'columns'>): Steps<SharedPairs | null> {
  const { parts, owners } = partsOf(rows);
  const digits = parts.reduce((sum, part) => sum + part.length, 0);
  const pairsOfDigits = parts.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  if (columns > MOST_COLUMNS || digits > MOST_DIGITS || pairsOfDigits > MOST_PAIRS) return null;
  const members: Signed[][] = Array.from({ length: columns }, () => []);
  for (const [part, values] of parts.entries()) {
    for (const value of values) (members[value >> 1] as Signed[]).push(2 * part + (value & 1));
  }
  const isTurn = everyFew(PAIRS_A_STEP);
  const queue = pairQueue();
  const count = partnerCounter(columns + (digits >> 1));
  const enqueueFor = (value: number): void => {
    count(members[value] as readonly Signed[], parts, value, (other, sign, together) =>
      queue.add({ first: value, second: other, sign, together }),
    );
  };
  for (let column = 0; column < columns; column++) {
    enqueueFor(column);
    if (isTurn(columns)) yield;
  }
  const pairs: SharedPair[] = [];
  const levels = new Array<number>(columns).fill(0);
  for (let next = queue.take(); next !== null; next = queue.take()) {
    const { first, second, sign, together } = next;
    const common = inBoth(members[first] as Signed[], members[second] as Signed[], sign);
    if (common.length < together) {
      queue.add({ ...next, together: common.length });
      continue;
    }
    const value = members.length;
    const level = 1 + Math.max(levels[first] as number, levels[second] as number);
    pairs.push({ first, second, sign, level });
    levels.push(level);
    members.push(common);
    members[first] = without(members[first] as Signed[], common);
    members[second] = without(members[second] as Signed[], common);
    for (const member of common) {
      const part = parts[member >> 1] as Signed[];
      const others = part.filter((own) => own >> 1 !== first && own >> 1 !== second);
      others.push(2 * value + (member & 1));
      parts[member >> 1] = others;
    }
    enqueueFor(value);
    if (isTurn(common.length * columns)) yield;
  }
  return { pairs, ...joined(parts, owners, rows.length) };
}

/** The digits of rows without their multiplicities: part m has those of at least m. */
function partsOf(rows: readonly Row[]): { parts: Signed[][]; owners: number[] } {
  const parts: Signed[][] = [];
  const owners: number[] = [];
  for (const [index, { digits }] of rows.entries()) {
    const own: Signed[][] = [];
    for (let at = 0; at < digits.length; at += 2) {
      const digit = digits[at + 1] as number;
      const value = 2 * (digits[at] as number) + (digit < 0 ? 1 : 0);
      while (own.length < Math.abs(digit)) own.push([]);
      for (let part = 0; part < Math.abs(digit); part++) (own[part] as Signed[]).push(value);
    }
    for (const part of own) {
      parts.push(part);
      owners.push(index);
    }
  }
  return { parts, owners };
}

function joined(
  parts: readonly (readonly Signed[])[],
  owners: readonly number[],
  count: number,
): Pick<SharedPairs, 'rows' | 'digits'> {
  const rows = Array.from({ length: count }, () => ({
    plus: [] as number[],
    minus: [] as number[],
  }));
  let digits = 0;
  for (const [part, values] of parts.entries()) {
    const { plus, minus } = rows[owners[part] as number] as (typeof rows)[number];
    for (const value of values) (value & 1 ? minus : plus).push(value >> 1);
    digits += values.length;
  }
  return { rows, digits };
}

/** Parts that hold both, with the sign of the first; `sign`: whether the signs are equal. Ascending, as they are given. */
function inBoth(first: readonly Signed[], second: readonly Signed[], sign: 1 | -1): Signed[] {
  const common: Signed[] = [];
  let at = 0;
  for (const member of first) {
    while (at < second.length && (second[at] as number) >> 1 < member >> 1) at++;
    if (at === second.length) break;
    const other = second[at] as number;
    if (other >> 1 === member >> 1 && (other === member) === (sign === 1)) common.push(member);
  }
  return common;
}

/** Without the parts that `common` has, which are among them whatever their sign. */
function without(members: readonly Signed[], common: readonly Signed[]): Signed[] {
  let at = 0;
  return members.filter((member) => {
    while (at < common.length && (common[at] as number) >> 1 < member >> 1) at++;
    return at === common.length || (common[at] as number) >> 1 !== member >> 1;
  });
}

/** Tells of a value's earlier partners, each with either sign, how many parts hold both. */
function partnerCounter(
  mostValues: number,
): (
  members: readonly Signed[],
  parts: readonly (readonly Signed[])[],
  value: number,
  tell: (other: number, sign: 1 | -1, together: number) => void,
) => void {
  const counts = new Int32Array(2 * mostValues);
  return (members, parts, value, tell) => {
    const touched: number[] = [];
    for (const member of members) {
      for (const own of parts[member >> 1] as readonly Signed[]) {
        if (own >> 1 >= value) continue;
        const key = own ^ (member & 1);
        if (counts[key] === 0) touched.push(key);
        counts[key] = (counts[key] as number) + 1;
      }
    }
    for (const key of touched) {
      tell(key >> 1, key & 1 ? -1 : 1, counts[key] as number);
      counts[key] = 0;
    }
  };
}

interface Candidate {
  readonly first: number;
  readonly second: number;
  readonly sign: 1 | -1;
  readonly together: number;
}

interface PairQueue {
  /** Leaves those out that fewer than `LEAST` parts hold. */
  add(candidate: Candidate): void;
  /** One that most hold; null if there is none left. */
  take(): Candidate | null;
}

function pairQueue(): PairQueue {
  /** By how many parts hold them. */
  const buckets: Candidate[][] = [];
  return {
    add(candidate) {
      const { together } = candidate;
      if (together < LEAST) return;
      while (buckets.length <= together) buckets.push([]);
      (buckets[together] as Candidate[]).push(candidate);
    },
    take() {
      while (buckets.length > 0) {
        const taken = (buckets[buckets.length - 1] as Candidate[]).pop();
        if (taken !== undefined) return taken;
        buckets.pop();
      }
      return null;
    },
  };
}
