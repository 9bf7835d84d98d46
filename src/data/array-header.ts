/** What the headers of IDX and NPY files say, before any element is read. */
import { InputError } from '../core/errors.js';
import { type ElementType, elementWidth } from './elements.js';
import { elementCount, shapeText } from './tensor.js';

export interface ArrayHeader {
  /** One to 32 positive sizes. */
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly littleEndian: boolean;
  /** Whether the first index runs fastest. */
  readonly columnMajor: boolean;
  /** Bytes before the first element. */
  readonly start: number;
  /** Product of the shape. */
  readonly count: number;
}

/** A header without its count, which depends on how much the file can hold. */
export interface DeclaredArray extends Omit<ArrayHeader, 'count'> {
  /** Where the shape stands, for errors. */
  readonly shapePlace: string;
  /** What to do about bytes after the last element. */
  readonly excessRemedy: string;
}

/**
 * Checks a shape against the size of the (unpacked) file, null if that is not known beforehand. Throws
 * an `InputError` for shapes that are empty, absurd, or of another size than the file.
 */
export function checkedArray(declared: DeclaredArray, fileBytes: number | null): ArrayHeader {
  const { shapePlace, excessRemedy, ...header } = declared;
  const { shape, type, start } = header;
  const width = elementWidth(type);
  const room = fileBytes === null ? Number.MAX_SAFE_INTEGER : fileBytes - start;
  const count = elementCount(shape, Math.floor(room / width), shapePlace);
  const end = start + count * width;
  if (fileBytes !== null && fileBytes !== end) {
    throw excessBytes(end, `${fileBytes - end}`, shape, excessRemedy);
  }
  return { ...header, count };
}

export function excessBytes(
  end: number,
  excess: string,
  shape: readonly number[],
  remedy: string,
): InputError {
  return new InputError({
    place: `byte ${end}`,
    problem: `${excess} bytes after the last value of shape ${shapeText(shape)}`,
    remedy,
  });
}
