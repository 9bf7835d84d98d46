/**
 * What reading a model left out or rounded: the network that is found is the model without it. Recorded in
 * tickets, and part of every sentence that compares with the model.
 */
import type { Reading } from './network.js';

export type { Reading };

/** Undefined where there is nothing to say. An infinite change is not known. */
export function readingOf(
  leftOut: readonly string[],
  rounded: readonly string[],
  change: number,
  roundedTo: 'float32' | 'float64' = 'float64',
): Reading | undefined {
  if (leftOut.length === 0 && rounded.length === 0) return undefined;
  const known = rounded.length > 0 && Number.isFinite(change);
  const less = rounded.length > 0 && roundedTo === 'float32';
  return {
    ...{ leftOut, rounded },
    ...(known && { relativeChange: change }),
    ...(less && { roundedTo }),
  };
}

/** The model as it was read, as a noun: `the model without its Softmax`. */
export function modelInWords(reading: Reading | null | undefined): string {
  const { leftOut = [] } = reading ?? {};
  return leftOut.length === 0 ? 'the model' : `the model without its ${leftOut.join(' and ')}`;
}

/** What folding rounded, as a clause; null where nothing was. */
export function roundingInWords(reading: Reading | null | undefined): string | null {
  if (!reading || reading.rounded.length === 0) return null;
  const { rounded, relativeChange, roundedTo = 'float64' } = reading;
  const by =
    relativeChange === undefined
      ? 'by a part of them that is not known'
      : `by at most ${relativeChange.toExponential(1)} of each`;
  return `folding ${rounded.join(' and ')} rounded weights or biases to ${roundedTo}, ${by}`;
}

/** Everything that stands between the file and the network; null where they are the same function. */
export function readingInWords(reading: Reading | null | undefined): string | null {
  if (!reading) return null;
  const cut = reading.leftOut.length === 0 ? [] : [`${reading.leftOut.join(' and ')} left out`];
  const rounded = roundingInWords(reading);
  return [...cut, ...(rounded === null ? [] : [rounded])].join('; ');
}
