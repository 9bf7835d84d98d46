/**
 * Bounds of what rounding to float64 has changed in folded constants, relative to what exact folding would
 * give: carried along like the constants themselves. Infinite where a difference cancels and nothing
 * relative can be said.
 */
import { type ExactArray, exactArray } from './exact-array.js';
import { denseOf, type Linear, type SizedLinear, storedEntries, withEntries } from './linear.js';
import { composeLinear } from './linear-product.js';

/** Largest relative change of an entry of the matrix, and of the bias. */
export interface Rounding {
  readonly linear: number;
  readonly bias: number;
}

export const NO_ROUNDING: Rounding = { linear: 0, bias: 0 };

/** Relative change by one rounding to float64, outside of the subnormal numbers. */
export const HALF_PLACE = 2 ** -53;

/** Bound after factors that are each off by at most these parts of themselves, and a rounding. */
export function changeOfProduct(...changes: readonly number[]): number {
  return slack(changes.reduce((sum, change) => sum + change + sum * change, HALF_PLACE));
}

/** These bounds are computed in float64 themselves. */
function slack(bound: number): number {
  return bound * (1 + 2 ** -40);
}

/** Bound of the change of a rounded sum of terms that are off by at most these parts of themselves. */
export function changeOfSum(
  left: ExactArray,
  leftChange: number,
  right: ExactArray,
  rightChange: number,
  sum: ExactArray,
): number {
  let most = 0;
  for (let index = 0; index < sum.values.length; index++) {
    const off = part(left.values[index], leftChange) + part(right.values[index], rightChange);
    most = Math.max(most, relative(off, sum.values[index]));
  }
  return changeOfProduct(most);
}

/** Bound of the change of the entries of a product `linear` of two maps with changes of their own. */
export function changeOfComposition(
  outer: SizedLinear,
  outerChange: number,
  inner: SizedLinear,
  innerChange: number,
  linear: Linear,
): number {
  const change = outerChange + innerChange + outerChange * innerChange;
  if (change === 0) return HALF_PLACE;
  const { outputs } = outer;
  const { inputs } = inner;
  if (outputs * inputs > MOST_COMPARED) return Number.POSITIVE_INFINITY;
  const absolute = composeLinear(magnitudes(outer), magnitudes(inner));
  // Where terms cancel, the product has dropped entries that the magnitudes have.
  const stored = denseOf({ inputs, outputs, linear }).values;
  const bounds = denseOf({ inputs, outputs, linear: absolute }).values;
  let most = 0;
  for (let index = 0; index < stored.length; index++) {
    most = Math.max(most, relative(part(bounds[index], change), stored[index]));
  }
  return changeOfProduct(most);
}

/** Larger products of sparse matrices are not made dense to see how much a rounding changed. */
const MOST_COMPARED = 2 ** 24;

function magnitudes(map: SizedLinear): SizedLinear {
  const { linear, inputs, outputs } = map;
  const entries = storedEntries(linear);
  if (entries === undefined) return map;
  const absolute = exactArray(entries.values.map(Math.abs));
  return { inputs, outputs, linear: withEntries(linear, absolute) };
}

/** 0 times an unknown change is 0. */
function part(value: number, change: number): number {
  return value === 0 || change === 0 ? 0 : Math.abs(value) * change;
}

/** What `off` is of a true value that is `found` after the change. */
function relative(off: number, found: number): number {
  if (off === 0) return 0;
  const least = Math.abs(found) - off;
  return least > 0 ? off / least : Number.POSITIVE_INFINITY;
}

/** The larger of each. */
export function worst(roundings: readonly (Rounding | undefined)[]): Rounding | undefined {
  const some = roundings.filter((rounding) => rounding !== undefined);
  if (some.length === 0) return undefined;
  return {
    linear: Math.max(...some.map(({ linear }) => linear)),
    bias: Math.max(...some.map(({ bias }) => bias)),
  };
}
