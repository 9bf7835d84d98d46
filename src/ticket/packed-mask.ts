/**
 * Masks as plain bits: bit `c * N_t + v` of the stream is edge (c, v), columns one after another
 * without padding, while a dense mask in memory starts each column at a word of its own.
 */
import {
  createBitReader,
  createBitWriter,
  expectEndOfBits,
  finishBits,
  readBits,
  writeBits,
} from '../core/bit-stream.js';
import { type DenseMask, wordsPerColumn } from '../source/mask.js';

export function packMask(mask: DenseMask): Uint8Array {
  const { inputs, outputs, words } = mask;
  const whole = outputs >>> 5;
  const used = outputs & 31;
  const writer = createBitWriter();
  let index = 0;
  for (let column = 0; column < inputs; column++) {
    for (let word = 0; word < whole; word++) writeBits(writer, words[index++] as number, 32);
    if (used > 0) writeBits(writer, words[index++] as number, used);
  }
  return finishBits(writer);
}

/** The inverse. Throws an `InputError` unless `bytes` are exactly those of a mask of this size. */
export function unpackMask(
  bytes: Uint8Array,
  inputs: number,
  outputs: number,
  place: string,
): DenseMask {
  const whole = outputs >>> 5;
  const used = outputs & 31;
  const reader = createBitReader(bytes, place);
  const words = new Uint32Array(inputs * wordsPerColumn(outputs));
  let index = 0;
  for (let column = 0; column < inputs; column++) {
    for (let word = 0; word < whole; word++) words[index++] = readBits(reader, 32);
    if (used > 0) words[index++] = readBits(reader, used);
  }
  expectEndOfBits(reader);
  return { kind: 'dense', inputs, outputs, words };
}
