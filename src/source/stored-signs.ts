/**
 * Signs that are of no seed, one bit each: bit `column * rows + row`, least significant bit first, is 1 for +1.
 * What a checkpoint of another program has, whose random numbers are not regenerated here.
 */
import type { LayerSigns } from './source.js';

/** Bytes of the signs of a layer. */
export function signBytes(columns: number, rows: number): number {
  return Math.ceil((columns * rows) / 8);
}

/** Packs signs, `isPlus(column, row)`. */
export function packSigns(
  columns: number,
  rows: number,
  isPlus: (column: number, row: number) => boolean,
): Uint8Array {
  const bytes = new Uint8Array(signBytes(columns, rows));
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      if (!isPlus(column, row)) continue;
      const bit = column * rows + row;
      bytes[Math.floor(bit / 8)] |= 1 << (bit % 8);
    }
  }
  return bytes;
}

/** The signs of a layer of so many rows, as a generator's. */
export function storedSigns(bytes: Uint8Array, rows: number): LayerSigns {
  const bitAt = (bit: number): number => ((bytes[Math.floor(bit / 8)] as number) >>> (bit % 8)) & 1;
  function word(column: number, index: number): number {
    const first = column * rows + 32 * index;
    const count = Math.min(32, rows - 32 * index);
    let bits = 0;
    for (let at = 0; at < count; at++) bits |= bitAt(first + at) << at;
    return bits;
  }
  return {
    word,
    sign: (column, row) => (bitAt(column * rows + row) === 1 ? 1 : -1),
    column(column, ofRows, out) {
      for (let index = 0; index < Math.ceil(ofRows / 32); index++) out[index] = word(column, index);
    },
  };
}
