/**
 * What rounding may cost the fast engine in a float type, a priori: forward error analysis over the
 * segments, for every way of grouping the digits into tables and whatever the order of the additions.
 * Within a segment everything is linear: errors of its columns come out by the magnitudes of its
 * outputs' forms, and only what is rounded inside goes through its rows.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import { type EvaluationBound, reachOf, repeatedBound } from '../evaluation-bound.js';
import { FLOAT32, FLOAT64, gamma, product, unitRoundoff, up } from '../float-format.js';
import type { SizeBound } from '../sample-size.js';
import type { Coefficients } from './coefficients.js';
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
}

const PARTS = ['perSize', 'constant'] as const;
type Part = (typeof PARTS)[number];

/** Going through so many terms takes a few milliseconds. */
const TERMS_A_STEP = 1 << 20;

/** The outputs are in the last layer's order, as the last segment has them. In steps. */
export function* floatBoundSteps(input: FloatBoundInput): Steps<EvaluationBound> {
  const { segments, type, scales, constant, factors, last } = input;
  const format = type === 'float32' ? FLOAT32 : FLOAT64;
  const largest = 2 ** (format.mostExponent - 1);
  // An input that is no float32 is rounded to one; the constant is a small integer.
  const loaded = type === 'float32' && !input.exactDigits ? unitRoundoff(FLOAT32) : 0;
  const entering = up(gamma(input.inputRoundings, FLOAT64) + loaded, 2);
  const columns = scales.length + (constant ? 1 : 0);
  let sizes = zeros(columns);
  let errors = zeros(columns);
  sizes.perSize.set(scales);
  errors.perSize.set(scales.map((scale) => up(product(entering, scale), 1)));
  if (constant) sizes.constant[scales.length] = 1;
  if (entering > 0) errors.constant.fill(format.tiny, 0, scales.length);
  let reach = reachOf(sizes, errors, largest);
  const isTurn = everyFew(TERMS_A_STEP);
  for (const [index, segment] of segments.entries()) {
    const { taps } = segment;
    if (taps !== undefined) {
      sizes = repeatedBound(sizes, taps);
      errors = repeatedBound(errors, taps);
    }
    const inside = withErrors(sizes, errors);
    const exact = index === 0 && input.exactDigits;
    const local = yield* rowErrors(
      segment,
      inside,
      { exact, differences: input.differences },
      format,
    );
    reach = Math.min(reach, reachOf(local.sizes, local.errors, largest));
    const factor = segment.endsBlock >= 0 ? (factors[segment.endsBlock] as number) : 1;
    const nextSizes = zeros(segment.outputs.length);
    const nextErrors = zeros(segment.outputs.length);
    for (const part of PARTS) {
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
  }
  // The last factor (where places are decimal) and the division by the unit are float64.
  const roundings = gamma(last === 1 ? 1 : 4 * factors.length + 4, FLOAT64);
  const all = withErrors(sizes, errors);
  for (const part of PARTS) {
    for (let output = 0; output < sizes[part].length; output++) {
      const error =
        (errors[part][output] as number) + product(roundings, all[part][output] as number);
      errors[part][output] = up(product(error, last), 8) + (part === 'perSize' ? 0 : FLOAT64.tiny);
      sizes[part][output] = up(product(sizes[part][output] as number, last), 8);
    }
  }
  return { error: errors, sizes, reach: Math.min(reach, reachOf(sizes, errors, largest)) };
}

/** Sizes and rounding errors of a segment's rows, its columns being what they are computed as. */
function* rowErrors(
  { rows, columns }: Segment,
  columnSizes: SizeBound,
  { exact, differences }: { readonly exact: boolean; readonly differences: boolean },
  format: typeof FLOAT32,
): Steps<{ readonly sizes: SizeBound; readonly errors: SizeBound }> {
  const sizes = zeros(rows.length);
  const errors = zeros(rows.length);
  const isTurn = everyFew(TERMS_A_STEP);
  for (const part of PARTS) {
    const own = columnSizes[part];
    for (const [index, { digits, terms }] of rows.entries()) {
      if (isTurn(digits.length + terms.length)) yield;
      let size = 0;
      let count = 0;
      for (let at = 0; at < digits.length; at += 2) {
        const multiplicity = Math.abs(digits[at + 1] as number);
        size += multiplicity * (own[digits[at] as number] as number);
        count += multiplicity;
      }
      // However digits are grouped, none goes through more additions than there are (the first is free).
      const sums = Math.max(0, count - 1);
      const rounded = exact ? 0 : product(gamma(sums, format), size);
      let error = rounded;
      let additions = digits.length > 0 ? 0 : -1;
      // A term that is subtracted goes through the digits that are added; others come after all digits.
      if (differences && subtractsTerms(terms)) additions += sums;
      for (let at = 0; at < terms.length; at += 2) {
        const term = terms[at] as number;
        const multiplicity = Math.abs(terms[at + 1] as number);
        size += multiplicity * (sizes[part][term] as number);
        error += multiplicity * (errors[part][term] as number);
        additions += multiplicity;
      }
      const adding = gamma(Math.max(0, additions), format);
      const length = columns + terms.length;
      sizes[part][index] = up(size, length);
      errors[part][index] = up(error * (1 + adding) + product(adding, size), length + 4);
    }
  }
  return { sizes, errors };
}

function subtractsTerms(terms: readonly number[]): boolean {
  for (let at = 1; at < terms.length; at += 2) if ((terms[at] as number) < 0) return true;
  return false;
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

function zeros(length: number): SizeBound {
  return { perSize: new Float64Array(length), constant: new Float64Array(length) };
}

function withErrors(sizes: SizeBound, errors: SizeBound): SizeBound {
  const sum = (part: Part): Float64Array =>
    sizes[part].map((size, index) => up(size + (errors[part][index] as number), 2));
  return { perSize: sum('perSize'), constant: sum('constant') };
}
