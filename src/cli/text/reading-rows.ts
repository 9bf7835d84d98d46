/** What reading a model left out or rounded, as a row of a command's report: none where there is nothing. */
import { type Reading, readingInWords } from '../../target/reading.js';

export function readingRows(reading: Reading | null | undefined): [string, string][] {
  const told = readingInWords(reading);
  return told === null
    ? []
    : [['as read', `${told}; what is said of the model is said of it as it was read`]];
}
