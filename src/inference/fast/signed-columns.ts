/**
 * Columns whose parts are columns too, `x = x+ - x-`: both where the sign of `x` is not known, `x-` alone
 * where `x` is never positive. A layer that reads raw inputs adds `x` itself; whether a sum of all three can
 * be negative is seen from the coefficients of the parts.
 */
import type { Pairs } from './layer-reading.js';

/** The columns that are the parts of one; `plus` is null where it is 0. */
export interface Parts {
  readonly plus: number | null;
  readonly minus: number;
}

/** What a neuron says of being such a part: one column and nothing else, clipped. */
interface Clipped {
  readonly base: object | null;
  readonly digits: Pairs;
  readonly clips: boolean;
}

export function haveParts(digits: Pairs, parts: ReadonlyMap<number, Parts>): boolean {
  for (let at = 0; at < digits.length; at += 2) if (parts.has(digits[at])) return true;
  return false;
}

/** The same sum of columns in two lists: those without parts, and the parts of the others. */
export function byParts(digits: Pairs, parts: ReadonlyMap<number, Parts>): readonly [Pairs, Pairs] {
  const plain: number[] = [];
  const split: number[] = [];
  for (let at = 0; at < digits.length; at += 2) {
    const own = parts.get(digits[at]);
    if (own === undefined) plain.push(digits[at], digits[at + 1]);
    else {
      if (own.plus !== null) split.push(own.plus, digits[at + 1]);
      split.push(own.minus, -digits[at + 1]);
    }
  }
  return [Int32Array.from(plain), Int32Array.from(split)];
}

/**
 * The parts of columns that stay columns, where they are columns then: those that are known, and neurons that
 * have just been clipped or turn round an input that is never positive. `known` has of each column or neuron
 * that becomes one its number then; `signs` are the columns', 0 where they are not known.
 */
export function nextParts(
  known: ReadonlyMap<number | Clipped, number>,
  parts: ReadonlyMap<number, Parts>,
  signs: readonly number[],
): Map<number, Parts> {
  const found = new Map<number, { plus?: number | null; minus?: number }>();
  const foundOf = (column: number): { plus?: number | null; minus?: number } => {
    const own = found.get(column) ?? (signs[column] < 0 ? { plus: null } : {});
    found.set(column, own);
    return own;
  };
  for (const [item, output] of known) {
    if (typeof item === 'number') {
      const own = parts.get(item);
      const plus = own && (own.plus === null ? null : known.get(own.plus));
      const minus = own && known.get(own.minus);
      if (plus !== undefined && minus !== undefined) found.set(item, { plus, minus });
    } else if (item.base === null && item.digits.length === 2) {
      const [column, multiplicity] = item.digits;
      if (Math.abs(multiplicity) !== 1 || parts.has(column)) continue;
      if (multiplicity < 0 && (item.clips || signs[column] < 0)) foundOf(column).minus = output;
      if (multiplicity > 0 && item.clips && signs[column] === 0) foundOf(column).plus = output;
    }
  }
  const next = new Map<number, Parts>();
  for (const [column, { plus, minus }] of found) {
    const output = known.get(column);
    if (output === undefined || plus === undefined || minus === undefined) continue;
    next.set(output, { plus, minus });
  }
  return next;
}
