/** Sets of inputs, and the signs that their coordinates have there. */

/** The set of inputs on which a promise holds. Bounds have one entry per input. */
export type Domain =
  | { readonly kind: 'all' }
  | { readonly kind: 'box'; readonly lower: Float64Array; readonly upper: Float64Array }
  | { readonly kind: 'ball'; readonly radius: number };

/** What a domain says of an input coordinate's sign. */
export type InputSign = 'signed' | 'nonnegative' | 'nonpositive';

/** The sign of each of `inputs` coordinates over the domain; {0} counts as non-negative. */
export function inputSigns(domain: Domain, inputs: number): InputSign[] {
  return Array.from({ length: inputs }, (_, index) => {
    if (domain.kind !== 'box') return 'signed';
    if (domain.lower[index] >= 0) return 'nonnegative';
    return domain.upper[index] <= 0 ? 'nonpositive' : 'signed';
  });
}
