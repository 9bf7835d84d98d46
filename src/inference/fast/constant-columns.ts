/**
 * Which columns are a constant, and computed as exactly that: the network's constant 1, and multiples of it that a
 * block hands on. A power of two is rounded to an integer without an error as long as the unit is no larger.
 */
import type { Segment } from './segments.js';

/** Of each column its value; NaN where it is no constant. */
export type Constants = Float64Array;

/** Of a network's inputs, the constant 1 the last of them if there is one. */
export function inputConstants(inputs: number, constant: boolean): Constants {
  const values = new Float64Array(inputs + (constant ? 1 : 0)).fill(Number.NaN);
  if (constant) values[inputs] = 1;
  return values;
}

/** Beyond this a sum of whole numbers may not be one. */
const EXACT = 2 ** 53;

/**
 * Of a segment's outputs, scaled by a power of two. What is added up of constants alone goes through whole
 * multiples of them: exactly, whatever the order.
 */
export function nextConstants(
  { rows, columns, outputs, rectified }: Segment,
  constants: Constants,
  factor: number,
): Constants {
  const values: number[] = [];
  for (const { digits, terms } of rows) {
    let value = 0;
    let size = 0;
    for (let at = 0; at < digits.length; at += 2) {
      const part = (digits[at + 1] as number) * (constants[digits[at] as number] as number);
      value += part;
      size += Math.abs(part);
    }
    for (let at = 0; at < terms.length; at += 2) {
      const part = (terms[at + 1] as number) * (values[terms[at] as number] as number);
      value += part;
      size += Math.abs(part);
    }
    values.push(size < EXACT ? value : Number.NaN);
  }
  const clips = new Set(rectified);
  return Float64Array.from(outputs, (output) => {
    if (output < columns) return constants[output] as number;
    const value = values[output - columns] as number;
    return factor * (clips.has(output - columns) ? Math.max(0, value) : value);
  });
}

/** Whether a value is a power of two of at least 1: a whole number of units of at most 1. */
export const isPowerOfTwo = (value: number): boolean =>
  value >= 1 && Number.isInteger(Math.log2(value));
