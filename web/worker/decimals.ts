/** Exact comparisons of the decimals that outputs are told in: `-12.375`, `0`, any number of digits. */

/** A decimal in units of `10^-places`; it has no more places. */
function inUnits(text: string, places: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}

function placesOf(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

/** Negative, zero or positive as one decimal is less than another. */
export function compareDecimals(one: string, other: string): number {
  const places = Math.max(placesOf(one), placesOf(other));
  const difference = inUnits(one, places) - inUnits(other, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The index of the largest, the first of equals. */
export function largestIndex(values: readonly string[]): number {
  return values.reduce(
    (best, value, index) => (compareDecimals(value, values[best]) > 0 ? index : best),
    0,
  );
}

/** The largest difference between decimals of two lists, as a float64 that is not below it. */
export function largestDifference(ones: readonly string[], others: readonly string[]): number {
  let most = 0;
  ones.forEach((one, index) => {
    const other = others[index];
    const places = Math.max(placesOf(one), placesOf(other));
    const difference = inUnits(one, places) - inUnits(other, places);
    if (difference === 0n) return;
    // Number() of a text rounds to nearest; a relative 2^-52 more is not below.
    const text = `${difference < 0n ? -difference : difference}e-${places}`;
    most = Math.max(most, Number(text) * (1 + 2 ** -51) + Number.MIN_VALUE);
  });
  return most;
}
