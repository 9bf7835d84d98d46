/** A file that is made while it is written. */

/** A file as it is written: its size is known before any tensor is made. */
export interface ExportedFile {
  readonly bytes: number;
  /** The file's bytes in order; each call makes them anew. */
  readonly parts: () => Iterable<Uint8Array>;
}

/** All of a file in one array. */
export function fileBytes({ bytes, parts }: ExportedFile): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts()) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
