/**
 * What rounding may cost the fast engine in a float type, a priori: forward error analysis over the
 * segments, for every way of grouping the digits into tables and whatever the order of the additions.
 * Within a segment everything is linear: errors of its columns come out by the magnitudes of its
 * outputs' forms, and only what is rounded inside goes through its rows.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import {
  type EvaluationBound,
  reachOf,
  repeatedBound,
  repeatedNumbers,
} from '../evaluation-bound.js';
import { FLOAT32, FLOAT64, gamma, product, unitRoundoff, up } from '../float-format.js';
import { BOUND_PARTS, type BoundPart, type SizeBound, zeroBound } from '../sample-size.js';
import type { Coefficients } from './coefficients.js';
import { type Constants, inputConstants, isPowerOfTwo, nextConstants } from './constant-columns.js';
import { digitExtent, fixedErrors, paysRounding } from './fixed-point.js';
import { rowErrorsSteps } from './row-errors.js';
import type { Segment } from './segments.js';

export interface FloatBoundInput {
  readonly segments: readonly Segment[];
  readonly type: 'float32' | 'float64';
  /** Whether the first segment's digits are added exactly (8-bit inputs in int16). */
  readonly exactDigits: boolean;
  /** Of the raw inputs, in units of one size; the constant comes behind them if there is one. */
  readonly scales: Float64Array;
  readonly constant: boolean;
  /** The blocks' powers of two, and what is left over for the outputs (`blockFactors`). */
  readonly factors: readonly number[];
  readonly last: number;
  /** Roundings of each input in float64 before it comes. */
  readonly inputRoundings: number;
  /** Whether rows may be differences (see `Kernels`): all that is added comes after all that is subtracted. */
  readonly differences: boolean;
  /** How many rows are followed back from each that mixes others (`rowErrorsSteps`), which takes its time. */
  readonly follow: number;
  /** Whether a block's columns may be rounded to integers of 32 bits, where that is as good as float32 there. */
  readonly fixes: boolean;
}

export interface FloatBound extends EvaluationBound {
  /** Numbers of the segments whose columns are rounded. */
  readonly fixed: readonly number[];
}

/** Going through so many terms takes a few milliseconds. */
const TERMS_A_STEP = 1 << 20;

/**
 * Columns are rounded where each output of the block is off by no more, for that reason, than so many times what
 * a float32 evaluation of the same block could be off by on the same inputs. A map that is only handed on, which
 * float32 would round once, is why it is not 1.
 */
const TIMES_FLOAT32 = 8;

/** The outputs are in the last layer's order, as the last segment has them. In steps. */
export function* floatBoundSteps(input: FloatBoundInput): Steps<FloatBound> {
  const { segments, type, scales, constant, factors, last } = input;
  const format = type === 'float32' ? FLOAT32 : FLOAT64;
  const largest = 2 ** (format.mostExponent - 1);
  // An input that is no float32 is rounded to one; the constant is a small integer.
  const loaded = type === 'float32' && !input.exactDigits ? unitRoundoff(FLOAT32) : 0;
  const entering = up(gamma(input.inputRoundings, FLOAT64) + loaded, 2);
  const columns = scales.length + (constant ? 1 : 0);
  let sizes = zeroBound(columns);
  let errors = zeroBound(columns);
  sizes.perSize.set(scales);
  errors.perSize.set(scales.map((scale) => up(product(entering, scale), 1)));
  if (constant) sizes.constant[scales.length] = 1;
  if (entering > 0) errors.constant.fill(format.tiny, 0, scales.length);
  let reach = reachOf(sizes, errors, largest);
  const isTurn = everyFew(TERMS_A_STEP);
  const fixed: number[] = [];
  let constants = inputConstants(scales.length, constant);
  for (const [index, segment] of segments.entries()) {
    const { taps } = segment;
    if (taps !== undefined) {
      sizes = repeatedBound(sizes, taps);
      errors = repeatedBound(errors, taps);
      if (input.fixes) constants = repeatedNumbers(constants, taps);
    }
    const isBytes = index === 0 && input.exactDigits;
    const mayFix = input.fixes && !isBytes && (segments[index - 1]?.endsBlock ?? 0) >= 0;
    const rounded = mayFix ? roundedColumns(segment, withErrors(sizes, errors), constants) : null;
    if (rounded !== null) {
      fixed.push(index);
      errors = withErrors(errors, rounded.errors);
      reach = Math.min(reach, rounded.reach);
      // Other constants are rounded like any column.
      constants = constants.map((value) => (isPowerOfTwo(value) ? value : Number.NaN));
    }
    const inside = withErrors(sizes, errors);
    const exact = isBytes || rounded !== null;
    const { differences, follow } = input;
    const rounding = { exact, differences, format, follow };
    const local = yield* rowErrorsSteps(segment, inside, errors, rounding);
    reach = Math.min(reach, reachOf(local.sizes, local.errors, largest));
    const factor = segment.endsBlock >= 0 ? (factors[segment.endsBlock] as number) : 1;
    const nextSizes = zeroBound(segment.outputs.length);
    const nextErrors = zeroBound(segment.outputs.length);
    for (const part of BOUND_PARTS) {
      for (const [output, form] of segment.forms.entries()) {
        const row = (segment.outputs[output] as number) - segment.columns;
        const own = row < 0 ? 0 : (local.errors[part][row] as number);
        const carried = magnitudeOf(form, errors[part]);
        const terms = segment.columns;
        if (isTurn(form.values.length)) yield;
        nextSizes[part][output] = up(product(magnitudeOf(form, sizes[part]), factor), terms);
        nextErrors[part][output] =
          up(product(carried + own, factor), terms) +
          (factor === 1 || part === 'perSize' ? 0 : 2 * format.tiny);
      }
    }
    sizes = nextSizes;
    errors = nextErrors;
    if (input.fixes) constants = nextConstants(segment, constants, factor);
  }
  // The last factor (where places are decimal) and the division by the unit are float64.
  const roundings = gamma(last === 1 ? 1 : 4 * factors.length + 4, FLOAT64);
  const all = withErrors(sizes, errors);
  for (const part of BOUND_PARTS) {
    for (let output = 0; output < sizes[part].length; output++) {
      const error =
        (errors[part][output] as number) + product(roundings, all[part][output] as number);
      errors[part][output] = up(product(error, last), 8) + (part === 'perSize' ? 0 : FLOAT64.tiny);
      sizes[part][output] = up(product(sizes[part][output] as number, last), 8);
    }
  }
  return { error: errors, sizes, reach: Math.min(reach, reachOf(sizes, errors, largest)), fixed };
}

/**
 * How far rounding moves a segment's columns, for samples up to a size that leaves the constants as they are; null
 * where it does not pay, or costs more than is allowed.
 */
function roundedColumns(
  segment: Segment,
  columns: SizeBound,
  constants: Constants,
): { readonly errors: SizeBound; readonly reach: number } | null {
  const extent = paysRounding(segment) ? digitExtent(segment) : null;
  if (extent === null) return null;
  const errors = fixedErrors(columns, extent);
  let reach = Number.POSITIVE_INFINITY;
  for (const [column, value] of constants.entries()) {
    if (!isPowerOfTwo(value)) continue;
    // Errors are half of twice the unit.
    const [growing, constant] = [errors.perSize[column], errors.constant[column]] as number[];
    reach = Math.min(reach, ((1 - constant) / growing) * (1 - 2 ** -40));
    errors.perSize[column] = 0;
    errors.constant[column] = 0;
  }
  if (!(reach >= 1)) return null;
  const atMost = (bound: SizeBound): Float64Array =>
    bound.perSize.map((growing, index) => growing + (bound.constant[index] as number));
  const [moved, sizes] = [atMost(errors), atMost(columns)];
  const isFine = segment.forms.every((form) => {
    const roundings = TIMES_FLOAT32 * form.values.length;
    return magnitudeOf(form, moved) <= gamma(roundings, FLOAT32) * magnitudeOf(form, sizes);
  });
  return isFine ? { errors, reach } : null;
}

/** What a form comes to at most where column c is at most `values[c]` in magnitude. */
function magnitudeOf(
  { indices, values: entries, slack }: Coefficients,
  values: Float64Array,
): number {
  let sum = 0;
  for (let at = 0; at < entries.length; at++) {
    const value = values[indices === null ? at : (indices[at] as number)] as number;
    sum += product(Math.abs(entries[at] as number) + slack, value);
  }
  return sum;
}

function withErrors(sizes: SizeBound, errors: SizeBound): SizeBound {
  const sum = (part: BoundPart): Float64Array =>
    sizes[part].map((size, index) => up(size + (errors[part][index] as number), 2));
  return { perSize: sum('perSize'), constant: sum('constant') };
}
