/** How an input of a network is chosen on the page: drawn, as a point of a plane, or number by number. */
import samples from '../data/samples.json';

/** The largest picture that is drawn by hand. */
const LARGEST_SIDE = 64;
/** Smaller squares are no picture. */
const SMALLEST_SIDE = 5;

export type InputForm =
  | { readonly kind: 'pad'; readonly side: number }
  | { readonly kind: 'plane' }
  | { readonly kind: 'list' };

export function formOf(inputs: number): InputForm {
  const side = Math.round(Math.sqrt(inputs));
  if (side * side === inputs && side >= SMALLEST_SIDE && side <= LARGEST_SIDE) {
    return { kind: 'pad', side };
  }
  return { kind: inputs === 2 ? 'plane' : 'list' };
}

/** Steps from the lower end of an input's range to its upper one; a picture's white is the upper one. */
export function stepsOf(form: InputForm): number {
  // So that a half is one of the points of a plane.
  return form.kind === 'pad' ? 255 : 256;
}

/** The input as the networks take it: 0 is the lower end of its range. */
export function valuesOf(
  input: Uint8Array,
  { lower, upper }: { readonly lower: Float64Array; readonly upper: Float64Array },
): Float64Array {
  const steps = stepsOf(formOf(lower.length));
  return Float64Array.from(input, (value, at) => {
    const [low, high] = [lower[at], upper[at]];
    // Rounding must not leave the range.
    return Math.min(high, Math.max(low, low + (high - low) * (value / steps)));
  });
}

/** The drawn digits that come with the page, 8 by 8. */
export const SAMPLES: readonly (readonly number[])[] = samples;
const SAMPLE_SIDE = 8;

/** A drawn digit at any size, each cell that of the sample it lies on. */
export function sampleAt(digit: number, side: number): Uint8Array {
  const at = (place: number): number => Math.floor((place * SAMPLE_SIDE) / side);
  return Uint8Array.from(
    { length: side * side },
    (_, cell) => SAMPLES[digit][at(Math.floor(cell / side)) * SAMPLE_SIDE + at(cell % side)],
  );
}

/** An input to begin with. */
export function firstInput(inputs: number): Uint8Array {
  const form = formOf(inputs);
  if (form.kind === 'pad') return sampleAt(3, form.side);
  return form.kind === 'plane' ? Uint8Array.of(64, 128) : new Uint8Array(inputs).fill(128);
}
