/**
 * What every data reader returns: a row-major block of finite numbers with its shape. Values are
 * kept in the narrowest of three array types that holds the file's own type exactly.
 */
import { InputError } from '../core/errors.js';

/** Bytes stay bytes (a quarter-million images are 200 MB as they are, 1.6 GB as float64). */
export type TensorData = Uint8Array | Float32Array | Float64Array;

/** Row-major data; `data.length` is the product of `shape`, which has one to 32 positive entries. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** More dimensions than numpy itself can hold (32 before its version 2). */
const maximumDimensions = 32;

/**
 * The number of elements of a shape read from a file. Refuses empty shapes, and any product above
 * `limit` (what the file can hold) before it could overflow.
 */
export function elementCount(shape: readonly number[], limit: number, place: string): number {
  if (shape.length > maximumDimensions) {
    throw new InputError({
      place,
      problem: `${shape.length} dimensions, more than ${maximumDimensions}`,
      remedy: 'reshape the array to one row per sample',
    });
  }
  if (shape.some((size) => size === 0)) {
    throw new InputError({
      place,
      problem: `the shape ${shapeText(shape)} holds no values`,
      remedy: 'give at least one sample',
    });
  }
  let count = 1;
  for (const size of shape) {
    // Rounded only above 2^53, far over any limit, where the loop stops.
    count *= size;
    if (count > limit) {
      throw new InputError({
        place,
        problem: `the shape ${shapeText(shape)} asks for more values than the file holds`,
        remedy: 'the file is cut short or damaged: get it again',
      });
    }
  }
  return count;
}

/** A shape as people write it: `60000x28x28`. */
export function shapeText(shape: readonly number[]): string {
  const shown = shape.slice(0, 8).join('x');
  return shape.length > 8 ? `${shown}x...` : shown;
}

/** Refuses NaN and infinities: no network has a meaning there. `place` names element `index`. */
export function requireFinite(value: number, place: () => string): number {
  if (Number.isFinite(value)) return value;
  throw new InputError({
    place: place(),
    problem: `${value} is not a finite number`,
    remedy: 'replace or remove such values before running',
  });
}

/** The multi-index of a flat row-major index, as `[3, 14, 2]`. */
export function indexText(shape: readonly number[], flat: number): string {
  const index: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${index.join(', ')}]`;
}
