/** An exported file for those who ask for one: what it computes with, its texts, its bytes. */
import { checkParts } from '../core/arguments.js';

/** A file as it is written: its size is known before any tensor is made. */
export interface ExportedFile {
  readonly bytes: number;
  /**
   * The file's bytes in order; each call makes them anew. Part by part as they are taken, a layer's matrix
   * each: whoever has an event loop to turn lets it do so between two of them.
   */
  readonly parts: () => Iterable<Uint8Array>;
}

/** What a file computes with: its input and output have this type too. */
export type Compute = 'float' | 'double';

export interface OnnxText {
  readonly name: string;
  /** For people who open the file. */
  readonly description: string;
  /** For programs, under keys that begin with `unearth.`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** All of a file in one array. */
export function fileBytes(file: ExportedFile): Uint8Array {
  checkParts('file', file, { bytes: 'number', parts: 'function' });
  const { bytes, parts } = file;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts()) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
