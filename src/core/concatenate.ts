/** Pieces of a file, or of a list of numbers, in one. */
import { checkBytes, checkList } from './arguments.js';

/** All pieces as one array. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  checkList('parts', parts);
  for (const part of parts) checkBytes('parts', part);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Lists of numbers one after another. */
export function joinedNumbers(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}
