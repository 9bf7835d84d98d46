/** Inputs divided before they enter a network that does not divide them itself. */
import { InputError } from '../core/errors.js';

/** The batch divided, in float64. Throws an `InputError` where a quotient overflows. */
export function quotients(
  batch: Float64Array,
  divide: number,
  inputs: number,
  first: number,
): Float64Array {
  const result = new Float64Array(batch.length);
  for (let index = 0; index < result.length; index++) {
    const quotient = (batch[index] as number) / divide;
    if (!Number.isFinite(quotient)) {
      throw new InputError({
        place: `sample ${first + Math.floor(index / inputs)}, value ${index % inputs}`,
        problem: `${batch[index]} divided by ${divide} is beyond float64`,
        remedy: 'choose another divisor',
      });
    }
    result[index] = quotient;
  }
  return result;
}

/**
 * A divisor of the inputs that becomes part of the network (see `runExact`): a positive integer below
 * 2^16. Any other is 1 here: the inputs have to be divided beforehand.
 */
export function exactUnit(divide: number): number {
  return Number.isInteger(divide) && divide > 0 && divide < 2 ** 16 ? divide : 1;
}
