/** A ticket's account of what reading its model left out or rounded, against what reading it yields now. */
import type { Reading } from '../target/network.js';

/** How the recorded account is not the model's own; null if it is, or if it claims no more. */
export function readingDifference(
  recorded: Reading | undefined,
  own: Reading | undefined,
): string | null {
  for (const [field, what] of [
    ['leftOut', 'leaves out'],
    ['rounded', 'rounds what it folds of'],
  ] as const) {
    const told = (recorded?.[field] ?? []).join(', ') || 'nothing';
    const found = (own?.[field] ?? []).join(', ') || 'nothing';
    if (told !== found) {
      return `reading this model ${what} ${found}, and the ticket records ${told}`;
    }
  }
  // A larger bound than the model's own, or none, is not untrue.
  const claimed = recorded?.relativeChange ?? Number.POSITIVE_INFINITY;
  const found = own?.rounded.length ? (own.relativeChange ?? Number.POSITIVE_INFINITY) : 0;
  if (found <= claimed) return null;
  return `reading this model changes weights by up to ${found} of themselves, and the ticket records ${claimed}`;
}
