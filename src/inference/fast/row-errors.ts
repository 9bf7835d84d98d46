/**
 * Sizes and rounding errors of a segment's rows in a float type, a priori. A row r adds up multiples of digits
 * and of earlier rows, so with `delta_r` what its own additions round, its error is
 * `e_r = sum of m e_t + delta_r`, and altogether `e_r = sum over rows s of A_rs delta_s`, where `A_rs` adds up
 * the paths from s to r with their signs. Where chains are mixed, as those that grow in fours are
 * (docs/horner.md), paths of opposite signs cancel, and adding up magnitudes row by row would grow as nothing
 * does that is computed. So the paths of such rows are followed back, over the nearest rows; what is left is
 * taken at its own bound.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import { type FloatFormat, gamma, product, up } from '../float-format.js';
import { BOUND_PARTS, type BoundPart, type SizeBound, zeroBound } from '../sample-size.js';
import type { Row } from './segment-rows.js';
import type { Segment } from './segments.js';

export interface RowErrors {
  /** What is added up for a row, without regard to signs. */
  readonly sizes: SizeBound;
  readonly errors: SizeBound;
}

export interface RowRounding {
  /** Whether digits are added exactly. */
  readonly exact: boolean;
  /** Whether rows may be differences (see `Kernels`). */
  readonly differences: boolean;
  readonly format: FloatFormat;
  /** Rows whose paths to another are followed where signs mix; 0: none. */
  readonly follow: number;
}

/** Going through so many terms takes a few milliseconds. */
const TERMS_A_STEP = 1 << 18;

/** Beyond this a float64 may not be the integer any more. */
const EXACT = 2 ** 53;

/**
 * For columns that are computed as large as `columnSizes`, off by at most `columnErrors`: one that is never
 * negative may be computed as less than 0. In steps.
 */
export function* rowErrorsSteps(
  { rows, columns, bounds }: Segment,
  columnSizes: SizeBound,
  columnErrors: SizeBound,
  rounding: RowRounding,
): Steps<RowErrors> {
  const { length } = rows;
  const sizes = zeroBound(length);
  /** How large a row's value is at most, which its coefficients may know better than its content. */
  const values = zeroBound(length);
  const errors = zeroBound(length);
  /** What a row's own additions round. */
  const own = zeroBound(length);
  const crosses = new Uint8Array(length);
  const scales = { perSize: 0, constant: 0 };
  const wrongSigns = { perSize: 0, constant: 0 };
  for (const part of BOUND_PARTS) {
    scales[part] = scaleOf(columnSizes[part], bounds.columns);
    wrongSigns[part] = scaleOf(columnErrors[part], bounds.columns);
  }
  const follow = pathFollower(rows, own, errors, rounding.follow);
  const isTurn = everyFew(TERMS_A_STEP);
  for (const [index, row] of rows.entries()) {
    if (isTurn(row.digits.length + row.terms.length)) yield;
    for (const part of BOUND_PARTS) {
      const read = { columns: columnSizes[part], values: values[part], errors: errors[part] };
      const { size, carried, rounded } = additionsOf(row, read, rounding);
      const steps = columns + row.terms.length;
      sizes[part][index] = up(size, steps);
      own[part][index] = up(rounded, steps + 4);
      errors[part][index] = up(carried + rounded, steps + 4);
      values[part][index] = Math.min(
        sizes[part][index],
        knownSize(row, scales[part], wrongSigns[part]),
      );
    }
    if (rounding.follow === 0 || !mixes(row, crosses)) continue;
    crosses[index] = 1;
    const followed = follow(index);
    if (isTurn(rounding.follow ** 2)) yield;
    for (const part of BOUND_PARTS) {
      errors[part][index] = Math.min(errors[part][index], followed[part]);
    }
  }
  return { sizes, errors };
}

/** By how much columns are larger than what they are bounded by. */
function scaleOf(sizes: Float64Array, bounds: Float64Array): number {
  let most = 0;
  for (let column = 0; column < sizes.length; column++) {
    if (sizes[column] > 0) most = Math.max(most, sizes[column] / bounds[column]);
  }
  return up(most, 1);
}

/** A row's value by its coefficients; nothing is known beside columns that should always be 0 and are not. */
function knownSize({ range }: Row, scale: number, wrongSigns: number): number {
  if (range === undefined || scale === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  return up(product(range.most, scale) + product(range.all, wrongSigns), 2);
}

/** Whether a row subtracts others, or adds some that do. */
function mixes({ terms }: Row, crosses: Uint8Array): boolean {
  for (let at = 0; at < terms.length; at += 2) {
    if (terms[at + 1] < 0 || crosses[terms[at]] === 1) return true;
  }
  return false;
}

/** What a row is computed from, for one part of the bounds. */
interface RowReading {
  readonly columns: Float64Array;
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** What a row adds up without regard to signs, the errors that come with it, and what its additions round. */
function additionsOf(
  { digits, terms }: Row,
  { columns, values, errors }: RowReading,
  { exact, differences, format }: RowRounding,
): { readonly size: number; readonly carried: number; readonly rounded: number } {
  let size = 0;
  let count = 0;
  for (let at = 0; at < digits.length; at += 2) {
    const multiplicity = Math.abs(digits[at + 1]);
    size += multiplicity * columns[digits[at]];
    count += multiplicity;
  }
  // However digits are grouped, none goes through more additions than there are (the first is free).
  const sums = Math.max(0, count - 1);
  const ofDigits = exact ? 0 : product(gamma(sums, format), size);
  let carried = 0;
  let additions = digits.length > 0 ? 0 : -1;
  // A term that is subtracted goes through the digits that are added; others come after all digits.
  if (differences && subtracts(terms)) additions += sums;
  for (let at = 0; at < terms.length; at += 2) {
    const multiplicity = Math.abs(terms[at + 1]);
    size += multiplicity * values[terms[at]];
    carried += multiplicity * errors[terms[at]];
    additions += multiplicity;
  }
  const adding = gamma(Math.max(0, additions), format);
  const rounded = ofDigits + adding * (carried + ofDigits) + product(adding, size);
  return { size, carried, rounded };
}

function subtracts(terms: readonly number[]): boolean {
  for (let at = 1; at < terms.length; at += 2) if (terms[at] < 0) return true;
  return false;
}

/** Bounds the error of a row by the paths that lead to it; `own` and `errors` are there of all before it. */
function pathFollower(
  rows: readonly Row[],
  own: SizeBound,
  errors: SizeBound,
  mostFollowed: number,
): (row: number) => Record<BoundPart, number> {
  const paths = new Float64Array(rows.length);
  const isOpen = new Uint8Array(rows.length);
  return (row) => {
    const sum: Record<BoundPart, number> = { perSize: 0, constant: 0 };
    /** Rows that are still to be looked at, ascending: terms come before what adds them up. */
    const open = [row];
    let isExact = true;
    let count = 0;
    paths[row] = 1;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const path = paths[next];
      paths[next] = 0;
      isOpen[next] = 0;
      if (path === 0) continue;
      count++;
      const isFollowed = count <= mostFollowed;
      for (const part of BOUND_PARTS) {
        sum[part] += Math.abs(path) * (isFollowed ? own : errors)[part][next];
      }
      if (!isFollowed) continue;
      const { terms } = rows[next];
      for (let at = 0; at < terms.length; at += 2) {
        const term = terms[at];
        paths[term] += path * terms[at + 1];
        if (Math.abs(paths[term]) > EXACT) isExact = false;
        if (isOpen[term] === 0) insert(open, term);
        isOpen[term] = 1;
      }
    }
    for (const part of BOUND_PARTS)
      sum[part] = isExact ? up(sum[part], count + 2) : Number.POSITIVE_INFINITY;
    return sum;
  };
}

/** Puts a number into an ascending list. */
function insert(list: number[], value: number): void {
  let at = list.length;
  list.push(value);
  for (; at > 0 && list[at - 1] > value; at--) list[at] = list[at - 1];
  list[at] = value;
}
