/**
 * Lists in lines for people: the widths, bits or places of a few layers one by one, of thousands of
 * layers the ends of the list and how many there are.
 */

/** Longer lists are shortened in the middle. */
const MOST_LISTED = 12;
/** What is left of them before the gap; after it stands the last item. */
const FIRST_LISTED = 3;

/**
 * `784-500-10`, or `1-1-1-…-1 (3,001 widths)` where there are more than a dozen items. `noun` says what
 * they are, and `count` how many they stand for where that is not their number.
 */
export function listed(
  items: readonly (string | number)[],
  noun: string,
  between = ', ',
  count = items.length,
): string {
  if (items.length <= MOST_LISTED) return items.join(between);
  const shown = [...items.slice(0, FIRST_LISTED), '…', items.at(-1)].join(between);
  return `${shown} (${count.toLocaleString('en-US')} ${noun})`;
}
