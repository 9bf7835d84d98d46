/**
 * Lists of texts of which many are equal, as a worker hands them over: each text once. A million
 * outputs with the error bound of the least float64 are a million times three hundred digits.
 */

export interface PackedTexts {
  /** Each of them once, in the order they first come. */
  readonly texts: readonly string[];
  /** The list, as indices into `texts`. */
  readonly list: Uint32Array;
}

export function packTexts(list: readonly string[]): PackedTexts {
  const indices = new Map<string, number>();
  const packed = Uint32Array.from(list, (text) => {
    const known = indices.get(text);
    if (known !== undefined) return known;
    indices.set(text, indices.size);
    return indices.size - 1;
  });
  return { texts: [...indices.keys()], list: packed };
}

/** Equal texts are one string again. */
export function unpackTexts({ texts, list }: PackedTexts): string[] {
  return Array.from(list, (index) => texts[index] as string);
}
