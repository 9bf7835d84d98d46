/** The sums of signs in plain JavaScript. */
import { SIGN_BYTES, SIGN_CHANNELS, type SignSums } from './sign-call.js';

function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function jsSignSums(buffer: ArrayBuffer): SignSums {
  const words = new Int32Array(buffer);
  const values = new Float64Array(buffer);
  return (a, b, c, constants, rows, vectors, inner, chunks, outer, aRow, aOuter, cRow, factor) => {
    const count = inner * chunks;
    const vectorWords = (outer * count * SIGN_BYTES) / 4;
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < SIGN_CHANNELS * vectors; channel++) {
        let weights =
          b / 4 + Math.floor(channel / SIGN_CHANNELS) * vectorWords + (channel % SIGN_CHANNELS);
        let differing = 0;
        for (let o = 0; o < outer; o++) {
          const read = (a + row * aRow + o * aOuter) / 4;
          for (let word = 0; word < count; word++) {
            const sign = words[weights] as number;
            const kept = words[weights + SIGN_CHANNELS] as number;
            differing += bitsOf(((words[read + word] as number) ^ sign) & kept);
            weights += SIGN_BYTES / 4;
          }
        }
        const constant = words[constants / 4 + channel] as number;
        values[(c + row * cRow) / 8 + channel] = (constant - 2 * differing) * factor;
      }
    }
  };
}
