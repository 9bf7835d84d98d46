/**
 * Batch normalisation without scale and shift as a ticket holds it: of each channel a factor and a shift,
 * `a z + b`, one byte each. The factor is a floating-point number of eight bits (three of exponent, five of
 * fraction: at most 1/64 off), which is a logarithmic scale that needs no logarithm; shifts are uniform. Both
 * are what is computed with, so the accuracy that is measured is theirs.
 */
import type { StoredTensor, TensorParts } from './safetensors.js';

export interface LayerNormalization {
  /** A code `q` stands for the factor `(32 + q mod 32) 2^(exponent + floor(q / 32))`. */
  readonly exponent: number;
  /** A code `q` stands for the shift `(q - 128) step`. */
  readonly step: number;
  /** For each channel that of its factor, then that of its shift. */
  readonly codes: Uint8Array;
}

/** What each channel is multiplied by, and moved by then. */
export interface ChannelMaps {
  readonly factors: Float64Array;
  readonly shifts: Float64Array;
}

/** Exponents of factors are within these, and steps within powers of two of the second. */
export const MOST_EXPONENT = 300;
export const LARGEST_STEP = 2 ** MOST_EXPONENT;
export const SMALLEST_STEP = 2 ** -MOST_EXPONENT;

const FRACTION_BITS = 5;
const FRACTIONS = 2 ** FRACTION_BITS;
/** Powers of two that factors go through: the exponents of three bits. */
const OCTAVES = 8;
const MIDDLE = 128;

/** The factors and shifts that the codes stand for, exact but for one rounding of each shift. */
export function channelMaps({ exponent, step, codes }: LayerNormalization): ChannelMaps {
  const channels = codes.length / 2;
  const factors = new Float64Array(channels);
  const shifts = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const code = codes[2 * channel] as number;
    factors[channel] =
      (FRACTIONS + (code % FRACTIONS)) * 2 ** (exponent + (code >>> FRACTION_BITS));
    shifts[channel] = ((codes[2 * channel + 1] as number) - MIDDLE) * step;
  }
  return { factors, shifts };
}

/** The largest whole e with 2^e at most `value`, a normal number above 0. */
function exponentOf(value: number): number {
  let exponent = 0;
  while (2 ** exponent > value) exponent--;
  while (2 ** (exponent + 1) <= value) exponent++;
  return exponent;
}

/**
 * The codes nearest to `z -> (z - mean) factor`. Factors more than 2^8 times the least are cut to that: they are
 * those of channels that hardly vary. Means are finite; throws a `RangeError` for factors that are not above 0.
 */
export function normalizationOf(
  factors: Float64Array,
  means: ArrayLike<number>,
): LayerNormalization {
  if (!factors.every((factor) => factor > 0 && factor < Number.POSITIVE_INFINITY)) {
    throw new RangeError('factors of a normalisation are above 0 and finite');
  }
  const least = factors.reduce(
    (first, second) => Math.min(first, second),
    Number.POSITIVE_INFINITY,
  );
  const exponent = Math.max(
    -MOST_EXPONENT,
    Math.min(MOST_EXPONENT, exponentOf(least) - FRACTION_BITS),
  );
  const codes = new Uint8Array(2 * factors.length);
  factors.forEach((factor, channel) => {
    codes[2 * channel] = factorCode(factor, exponent);
  });
  // Shifts follow from the factors that are computed with.
  const { factors: coded } = channelMaps({ exponent, step: 1, codes });
  const shifts = coded.map((factor, channel) => -(means[channel] as number) * factor);
  const largest = shifts.reduce((most, shift) => Math.max(most, Math.abs(shift)), 0);
  const wanted = largest === 0 ? 1 : largest / (MIDDLE - 1);
  const step = Math.max(SMALLEST_STEP, Math.min(LARGEST_STEP, wanted));
  shifts.forEach((shift, channel) => {
    const code = MIDDLE + Math.round(shift / step);
    codes[2 * channel + 1] = Math.max(0, Math.min(2 * MIDDLE - 1, code));
  });
  return { exponent, step, codes };
}

function factorCode(factor: number, exponent: number): number {
  const octave = exponentOf(factor) - exponent - FRACTION_BITS;
  const fraction = Math.round(factor / 2 ** (exponent + octave)) - FRACTIONS;
  const code = FRACTIONS * octave + fraction;
  return Math.max(0, Math.min(FRACTIONS * OCTAVES - 1, code));
}

export function normalizationTensor(t: number, { codes }: LayerNormalization): TensorParts {
  return { name: normalizationName(t), dtype: 'U8', shape: [codes.length / 2, 2], data: [codes] };
}

export function normalizationName(t: number): string {
  return `normalization.${t}`;
}

/** What stands against a tensor of the codes of so many channels; null if nothing does. */
export function codesProblem({ dtype, shape }: StoredTensor, channels: number): string | null {
  const fits = dtype === 'U8' && shape.length === 2 && shape[0] === channels && shape[1] === 2;
  return fits ? null : `${dtype} [${shape.join(', ')}], not U8 [${channels}, 2]`;
}
