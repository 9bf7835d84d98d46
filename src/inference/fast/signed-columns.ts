/**
 * Columns of unknown sign whose two parts are columns too, `x = x+ - x-`. A layer that reads raw inputs adds
 * `x` itself; whether a sum of all three can be negative is seen from the coefficients of the parts.
 */
import type { Pairs } from './layer-reading.js';

/** The columns that are the parts of one. */
export interface Parts {
  readonly plus: number;
  readonly minus: number;
}

/** What a neuron says of being such a part: clipped, with digits alone. */
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
    else split.push(own.plus, digits[at + 1], own.minus, -digits[at + 1]);
  }
  return [Int32Array.from(plain), Int32Array.from(split)];
}

/**
 * The parts of columns that stay columns, where both are columns then: those that are known, and neurons that
 * have just been clipped. `known` has of each column or neuron that becomes one its number then.
 */
export function nextParts(
  known: ReadonlyMap<number | Clipped, number>,
  parts: ReadonlyMap<number, Parts>,
): Map<number, Parts> {
  const found = new Map<number, { plus?: number; minus?: number }>();
  for (const [item, output] of known) {
    if (typeof item === 'number') {
      const own = parts.get(item);
      const plus = own && known.get(own.plus);
      const minus = own && known.get(own.minus);
      if (plus !== undefined && minus !== undefined) found.set(item, { plus, minus });
    } else if (item.clips && item.base === null && item.digits.length === 2) {
      const [column, multiplicity] = item.digits;
      if (Math.abs(multiplicity) !== 1 || parts.has(column)) continue;
      const own = found.get(column) ?? {};
      if (multiplicity > 0) own.plus = output;
      else own.minus = output;
      found.set(column, own);
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
