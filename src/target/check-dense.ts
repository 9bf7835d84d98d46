/** What a matrix has to be, checked where callers pass one: sizes, and numbers that fit them. */
import { shown } from '../core/arguments.js';
import { type Dyadic, dyadicToNumber } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import type { ExactArray } from './exact-array.js';
import type { DenseMap } from './linear-map.js';

export function refuse(place: string, problem: string): never {
  throw new InputError({
    place,
    problem,
    remedy: 'give layers as denseLayer and the readers of models make them',
  });
}

export function checkDense({ inputs, outputs, matrix }: DenseMap, place: string): void {
  if (!isCount(inputs) || !isCount(outputs)) {
    refuse(place, `${shown(inputs)} inputs and ${shown(outputs)} outputs`);
  }
  checkExactArray(matrix, inputs * outputs, `${place}.matrix`);
}

/** A positive whole number. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/**
 * Throws an `InputError` unless these are `length` numbers, finite but where an exact value stands for
 * them, and every exact value is one of which the float64 is the nearest.
 */
export function checkExactArray(array: ExactArray, length: number, place: string): void {
  const { values, exact } = (array ?? {}) as { values: unknown; exact: unknown };
  if (!(values instanceof Float64Array)) refuse(place, 'its values are no Float64Array');
  if (!(exact instanceof Map)) refuse(place, 'its exact values are no Map');
  if (values.length !== length) {
    refuse(place, `${values.length} numbers where ${length} belong`);
  }
  for (let index = 0; index < length; index++) {
    if (Math.abs(values[index]) <= Number.MAX_VALUE || exact.has(index)) continue;
    refuse(`${place}[${index}]`, `${values[index]} is no finite number`);
  }
  for (const [index, value] of exact) {
    if (isDyadic(value) && Object.is(dyadicToNumber(value) + 0, (values[index] ?? Number.NaN) + 0))
      continue;
    refuse(`${place}[${shown(index)}]`, 'its float64 is not the nearest to its exact value');
  }
}

/** Normalised as all of `core/dyadic.ts` keeps them. */
function isDyadic(value: Dyadic | undefined | null): value is Dyadic {
  if (typeof value?.mantissa !== 'bigint' || !Number.isInteger(value.exponent)) return false;
  return (value.mantissa & 1n) === 1n || (value.mantissa === 0n && value.exponent === 0);
}
