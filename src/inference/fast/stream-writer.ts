/** Writes the streams that the kernels read: 32-bit words, growing, with records in a good order. */
import { growableUint32 } from '../../core/growable.js';

/** Byte positions `[start, end)` from the first stream on; empty if both are equal. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One record of `accumulate` or `initialize`. */
export interface Addition {
  readonly target: number;
  /** Byte addresses. */
  readonly plus: readonly number[];
  readonly minus: readonly number[];
}

export interface StreamWriter {
  additions(records: readonly Addition[]): Range;
  words(words: readonly number[]): Range;
  toArray(): Uint32Array;
}

export function streamWriter(): StreamWriter {
  const stream = growableUint32(1 << 16);
  const measured = (write: () => void): Range => {
    const start = 4 * stream.length;
    write();
    return { start, end: 4 * stream.length };
  };
  return {
    additions: (records) =>
      measured(() => {
        // Records of equal lengths in a row: the processor then predicts where the loops end.
        const sorted = [...records].sort(
          (a, b) => a.plus.length - b.plus.length || a.minus.length - b.minus.length,
        );
        for (const { target, plus, minus } of sorted) {
          stream.push(target);
          stream.push(plus.length);
          stream.push(minus.length);
          for (const source of plus) stream.push(source);
          for (const source of minus) stream.push(source);
        }
      }),
    words: (words) =>
      measured(() => {
        for (const word of words) stream.push(word);
      }),
    toArray: () => stream.toArray(),
  };
}
