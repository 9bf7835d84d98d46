/**
 * Sums of multiples of single columns, as the outputs of a gathered block are: a carrier doubles from layer to
 * layer, and an output adds up what it needs of all of them. Such a sum is `2 (2 (..) + D_2) + D_1` with
 * digits of the columns themselves: the same parallel paths, grouped by where they double.
 */
import type { Members, Node } from './sums.js';

/** Digits that are all multiplied by the same number. */
export interface MultipleDigits {
  readonly multiple: number;
  /** Pairs (column, multiplicity), perhaps several of a column. */
  readonly digits: readonly number[];
}

/** The column and the positive factor that a neuron is, or null. */
function multipleOf({ base, digits }: Node): readonly [column: number, factor: number] | null {
  if (base === null) {
    return digits.length === 2 && digits[1] > 0 ? [digits[0], digits[1]] : null;
  }
  const { indices, values, exact } = base.coefficients;
  if (digits.length > 0 || !exact || indices?.length !== 1 || !(values[0] > 0)) return null;
  return [indices[0], values[0]];
}

/** The largest factor between two multiples that is added up at once; beyond it they have to double. */
const MOST_FACTOR = 15;

/** A sum in two parts: those members that are multiples of single columns, and the others. */
export interface SplitSum {
  /** The largest multiple first. */
  readonly multiples: readonly MultipleDigits[];
  readonly rest: Members;
}

/** Null where the multiples do not follow from one another by small factors. */
export function splitMultiples(members: Members): SplitSum | null {
  const groups = new Map<number, number[]>();
  const rest: Members[number][] = [];
  for (const member of members) {
    const [node, factor] = member;
    const found = multipleOf(node);
    if (found === null) {
      rest.push(member);
      continue;
    }
    const [column, multiple] = found;
    const digits = groups.get(multiple) ?? [];
    digits.push(column, factor);
    groups.set(multiple, digits);
  }
  const ordered = Array.from(groups, ([multiple, digits]) => ({ multiple, digits })).sort(
    (a, b) => b.multiple - a.multiple,
  );
  const steps = ordered.map(({ multiple }, index) =>
    stepsOf(multiple / (ordered[index + 1]?.multiple ?? 1)),
  );
  return steps.includes(null) ? null : { multiples: ordered, rest };
}

/** Small factors that multiply to `factor`, or null. */
export function stepsOf(factor: number): number[] | null {
  const steps: number[] = [];
  let left = factor;
  while (left % 2 === 0) {
    steps.push(2);
    left /= 2;
  }
  if (left === 1) return steps;
  return Number.isInteger(left) && left <= MOST_FACTOR ? [...steps, left] : null;
}
