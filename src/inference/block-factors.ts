/** What the engines multiply a block's values by at its end: Remark 5's scaling neurons. */
import type { IntegerNetwork } from '../integer/integer-network.js';

/**
 * Factor applied after each block: `2^-round(log2(base^p))`, and what is left over at the end (1 for
 * base 2). Powers of two as exponents are in `exponents`.
 */
export function blockFactors({
  fractionalPlaces,
  scale,
}: Pick<IntegerNetwork, 'fractionalPlaces' | 'scale'>): {
  exponents: readonly number[];
  factors: readonly number[];
  last: number;
} {
  if (scale.base === 2) {
    const factors = fractionalPlaces.map((places) => 2 ** -places);
    return { exponents: fractionalPlaces, factors, last: 1 };
  }
  const exponents = fractionalPlaces.map((places) => Math.round(places * Math.log2(scale.base)));
  // base^-p times the power of two already applied: near 1, so rounded only by an ulp or two.
  const last = fractionalPlaces.reduce(
    (product, places, index) => (product / scale.base ** places) * 2 ** exponents[index],
    1,
  );
  return { exponents, factors: exponents.map((exponent) => 2 ** -exponent), last };
}
