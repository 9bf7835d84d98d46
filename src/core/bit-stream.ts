/**
 * Bits written and read least significant first: bit i of the stream is bit i mod 8 of byte
 * floor(i/8). The mask codings are built on it; nothing here knows what the bits mean.
 */
import { InputError } from './errors.js';

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Least words to start with: small layers are common, and growth is by doubling. */
const FIRST_WORDS = 16;

function swapBytes(words: Uint32Array): void {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as number;
    words[index] = ((word & 0xff00ff) << 8) | ((word >>> 8) & 0xff00ff);
    words[index] = ((words[index] as number) << 16) | ((words[index] as number) >>> 16);
  }
}

export interface BitWriter {
  words: Uint32Array;
  /** Whole words written. */
  length: number;
  /** The bits of the word under construction, as a signed integer, and how many they are (0..31). */
  pending: number;
  used: number;
}

export function createBitWriter(): BitWriter {
  return { words: new Uint32Array(FIRST_WORDS), length: 0, pending: 0, used: 0 };
}

function pushWord(writer: BitWriter, word: number): void {
  if (writer.length === writer.words.length) {
    const larger = new Uint32Array(2 * writer.length);
    larger.set(writer.words);
    writer.words = larger;
  }
  writer.words[writer.length++] = word;
}

/** Appends the low `count` bits (0..32) of `value`, whose other bits must be 0. */
export function writeBits(writer: BitWriter, value: number, count: number): void {
  const used = writer.used;
  const word = writer.pending | (value << used);
  const after = used + count;
  if (after < 32) {
    writer.pending = word;
    writer.used = after;
    return;
  }
  pushWord(writer, word);
  // A shift by 32 would be a shift by 0.
  writer.pending = used === 0 ? 0 : value >>> (32 - used);
  writer.used = after - 32;
}

/** Appends `count` zeros, any number of them. */
export function writeZeros(writer: BitWriter, count: number): void {
  let rest = count;
  for (; rest > 32; rest -= 32) writeBits(writer, 0, 32);
  writeBits(writer, 0, rest);
}

/** The stream's bytes, the last one filled up with zeros. The writer must not be used afterwards. */
export function finishBits(writer: BitWriter): Uint8Array {
  const byteLength = 4 * writer.length + Math.ceil(writer.used / 8);
  if (writer.used > 0) pushWord(writer, writer.pending);
  const words = writer.words.slice(0, writer.length);
  if (!LITTLE_ENDIAN) swapBytes(words);
  return new Uint8Array(words.buffer, 0, byteLength);
}

export interface BitReader {
  /** The stream's words and two zero words, so that a look ahead needs no check. */
  readonly words: Uint32Array;
  /** Words that hold bits of the stream, and the number of these bits. */
  readonly wordCount: number;
  readonly bitCount: number;
  readonly place: string;
  index: number;
  bit: number;
}

/** A reader over a copy of `bytes`; `place` names the stream in errors. */
export function createBitReader(bytes: Uint8Array, place: string): BitReader {
  const wordCount = Math.ceil(bytes.length / 4);
  const words = new Uint32Array(wordCount + 2);
  new Uint8Array(words.buffer).set(bytes);
  if (!LITTLE_ENDIAN) swapBytes(words);
  return { words, wordCount, bitCount: 8 * bytes.length, place, index: 0, bit: 0 };
}

/** Number of bits read so far. */
export function bitPosition(reader: BitReader): number {
  return 32 * reader.index + reader.bit;
}

function refuseEnd(reader: BitReader): never {
  throw new InputError({
    place: reader.place,
    problem: `its ${reader.bitCount / 8} bytes end in the middle of a code`,
    remedy: 'the data is truncated or damaged; take an intact copy',
  });
}

/** The next 32 bits as a signed integer, zeros beyond the end; the position stays. */
export function peekBits(reader: BitReader): number {
  const { words, index, bit } = reader;
  const low = (words[index] as number) >>> bit;
  return bit === 0 ? low | 0 : low | ((words[index + 1] as number) << (32 - bit));
}

/** Moves on by `count` bits (0..32). Throws an `InputError` beyond the end. */
export function skipBits(reader: BitReader, count: number): void {
  const bit = reader.bit + count;
  reader.index += bit >>> 5;
  reader.bit = bit & 31;
  // Only the last words need the exact comparison.
  if (reader.index + 1 >= reader.wordCount && bitPosition(reader) > reader.bitCount) {
    refuseEnd(reader);
  }
}

/** The next `count` bits (0..32) as an unsigned integer. Throws an `InputError` beyond the end. */
export function readBits(reader: BitReader, count: number): number {
  if (count === 0) return 0;
  const value = (peekBits(reader) << (32 - count)) >>> (32 - count);
  skipBits(reader, count);
  return value;
}

/** The number of zeros before the next 1, which is read too. Linear in the bits it reads. */
export function readUnary(reader: BitReader): number {
  let zeros = 0;
  let word = peekBits(reader);
  while (word === 0) {
    zeros += 32;
    // Beyond the end there are only zeros, so a run without a 1 stops here.
    skipBits(reader, Math.min(32, reader.bitCount - bitPosition(reader)) || refuseEnd(reader));
    word = peekBits(reader);
  }
  const last = 31 - Math.clz32(word & -word);
  skipBits(reader, last + 1);
  return zeros + last;
}

/** Refuses a stream that goes on for whole bytes, or whose last byte is not filled up with zeros. */
export function expectEndOfBits(reader: BitReader): void {
  const rest = reader.bitCount - bitPosition(reader);
  if (rest >= 8 || peekBits(reader) !== 0) {
    throw new InputError({
      place: reader.place,
      problem: `${rest} bits follow the last code`,
      remedy: 'the data is damaged; take an intact copy',
    });
  }
}
