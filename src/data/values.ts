/** Numbers of a text, one after the other: a float64 array that grows by doubling, up to a limit. */
import { InputError } from '../core/errors.js';

/** Half a gigabyte. */
const MOST_NUMBERS = 2 ** 26;

export interface Values {
  array: Float64Array<ArrayBuffer>;
  /** How many of the array are in use. */
  length: number;
}

export function newValues(): Values {
  return { array: new Float64Array(1024), length: 0 };
}

export function appendValue(values: Values, value: number): void {
  if (values.length === values.array.length) {
    if (values.length >= MOST_NUMBERS) {
      throw new InputError({
        place: 'text',
        problem: `it holds more than ${MOST_NUMBERS} numbers, which is over the limit of a text`,
        remedy: 'split the file, or save the array as .npy, which is read in parts',
      });
    }
    const grown = new Float64Array(2 * values.length);
    grown.set(values.array);
    values.array = grown;
  }
  values.array[values.length++] = value;
}
