/**
 * Rice codes of gaps between ascending positions, in chunks of 256 gaps with a parameter of their
 * own, so that a mask may be dense here and sparse there. `docs/ticket.md` states the format.
 *
 * Numbers hold gaps below 2^53; a layer may have 2^64 positions, and a chunk with a larger gap takes
 * the BigInt path (there are few such gaps in a layer: they add up to 2^64 at most).
 */
import {
  type BitReader,
  type BitWriter,
  bitPosition,
  createBitReader,
  createBitWriter,
  expectEndOfBits,
  finishBits,
  peekBits,
  readBits,
  readUnary,
  skipBits,
  writeBits,
  writeZeros,
} from '../core/bit-stream.js';
import { InputError } from '../core/errors.js';

export const CHUNK = 256;
const PARAMETER_BITS = 6;
const MAXIMUM_PARAMETER = 63;
/** The least gap that a decoder reads as a BigInt too. */
const BIG_GAP = 2 ** 53;

export interface GapEncoder {
  readonly writer: BitWriter;
  readonly gaps: Float64Array;
  /** Exact values of the chunk's large gaps, by index. */
  readonly big: Map<number, bigint>;
  count: number;
}

export function createGapEncoder(): GapEncoder {
  return {
    writer: createBitWriter(),
    gaps: new Float64Array(CHUNK),
    big: new Map(),
    count: 0,
  };
}

/** How a chunk is written: parameter, whether gaps of 1 have a bit of their own, and its bits. */
interface ChunkCode {
  readonly parameter: number;
  readonly flagged: boolean;
  readonly bits: number;
}

/**
 * The least parameter of the least cost `coded (k + 1) + quotients(k)`. With
 * `s_k = sum floor(g / 2^k)`, `s_k - s_(k+1) >= s_(k+1) >= s_(k+1) - s_(k+2)`: the cost is convex in
 * k, and walking down from any start ends at the minimum.
 */
function bestParameter(
  coded: number,
  start: number,
  quotients: (parameter: number) => number,
): { parameter: number; bits: number } {
  let parameter = start;
  let bits = coded * (parameter + 1) + quotients(parameter);
  let down = true;
  while (parameter > 0) {
    const next = coded * parameter + quotients(parameter - 1);
    if (next > bits) break;
    bits = next;
    parameter--;
    down = false;
  }
  while (down && parameter < MAXIMUM_PARAMETER) {
    const next = coded * (parameter + 2) + quotients(parameter + 1);
    if (next >= bits) break;
    bits = next;
    parameter++;
  }
  return { parameter, bits };
}

/** `floor(log2(mean))`, near the best parameter: where the walk starts. */
function startParameter(mean: number): number {
  let parameter = 0;
  for (let power = 2; power <= mean && parameter < MAXIMUM_PARAMETER; power *= 2) parameter++;
  return parameter;
}

/** `quotients(k)` is the sum of `floor((gap - least) / 2^k)`, gaps below `least` left out. */
function chooseCode(
  count: number,
  ones: number,
  sum: number,
  quotients: (least: 1 | 2, parameter: number) => number,
): ChunkCode {
  const start = startParameter(sum / count);
  const plain = bestParameter(count, start, (parameter) => quotients(1, parameter));
  // Flags pay where neighbours are kept in pairs; with few gaps of 1 they cannot.
  if (8 * ones >= 3 * count) {
    const flagged = bestParameter(count - ones, start, (parameter) => quotients(2, parameter));
    if (count + flagged.bits < plain.bits) {
      return { parameter: flagged.parameter, flagged: true, bits: count + flagged.bits };
    }
  }
  return { ...plain, flagged: false };
}

function writeRice(writer: BitWriter, value: number, parameter: number, inverse: number): void {
  const quotient = Math.floor(value * inverse);
  const length = quotient + 1 + parameter;
  if (length <= 32) {
    // `parameter` is at most 31 here, and the low 32 bits of `value` are all that is needed.
    const low = value & ((1 << parameter) - 1);
    writeBits(writer, ((low << 1) | 1) << quotient, length);
    return;
  }
  const low = value - quotient * 2 ** parameter;
  writeZeros(writer, quotient);
  writeBits(writer, 1, 1);
  writeLow(writer, low >>> 0, Math.floor(low / 2 ** 32), parameter);
}

function writeLow(writer: BitWriter, low: number, high: number, parameter: number): void {
  writeBits(writer, low | 0, Math.min(parameter, 32));
  if (parameter > 32) writeBits(writer, high | 0, parameter - 32);
}

function writeNumberChunk(encoder: GapEncoder): void {
  const { writer, gaps, count } = encoder;
  let sum = 0;
  let ones = 0;
  for (let index = 0; index < count; index++) {
    const gap = gaps[index] as number;
    sum += gap - 1;
    if (gap === 1) ones++;
  }
  const code = chooseCode(count, ones, sum, (least, parameter) => {
    const inverse = 2 ** -parameter;
    // floor((1 - 2) / 2^k) = -1 for every k, so gaps of 1 add -1 each if `least` is 2.
    let quotients = least === 2 ? ones : 0;
    for (let index = 0; index < count; index++) {
      quotients += Math.floor(((gaps[index] as number) - least) * inverse);
    }
    return quotients;
  });
  const { parameter, flagged } = code;
  writeBits(writer, parameter | (flagged ? 1 << PARAMETER_BITS : 0), PARAMETER_BITS + 1);
  const inverse = 2 ** -parameter;
  if (!flagged) {
    for (let index = 0; index < count; index++) {
      writeRice(writer, (gaps[index] as number) - 1, parameter, inverse);
    }
    return;
  }
  for (let index = 0; index < count; index++) {
    const gap = gaps[index] as number;
    writeBits(writer, gap === 1 ? 1 : 0, 1);
    if (gap > 1) writeRice(writer, gap - 2, parameter, inverse);
  }
}

function writeBigChunk(encoder: GapEncoder): void {
  const { writer, gaps, big, count } = encoder;
  const exact = Array.from(gaps.subarray(0, count), (gap, index) => big.get(index) ?? BigInt(gap));
  const ones = exact.filter((gap) => gap === 1n).length;
  const sum = Number(exact.reduce((total, gap) => total + gap - 1n, 0n));
  const code = chooseCode(count, ones, sum, (least, parameter) => {
    let quotients = 0n;
    for (const gap of exact) {
      if (gap >= least) quotients += (gap - BigInt(least)) >> BigInt(parameter);
    }
    return Number(quotients);
  });
  const { parameter, flagged } = code;
  writeBits(writer, parameter | (flagged ? 1 << PARAMETER_BITS : 0), PARAMETER_BITS + 1);
  for (const gap of exact) {
    if (flagged) {
      writeBits(writer, gap === 1n ? 1 : 0, 1);
      if (gap === 1n) continue;
    }
    const value = gap - (flagged ? 2n : 1n);
    const low = BigInt.asUintN(parameter, value);
    writeZeros(writer, Number(value >> BigInt(parameter)));
    writeBits(writer, 1, 1);
    writeLow(writer, Number(low & 0xffffffffn), Number(low >> 32n), parameter);
  }
}

function flushChunk(encoder: GapEncoder): void {
  if (encoder.big.size === 0) writeNumberChunk(encoder);
  else writeBigChunk(encoder);
  encoder.big.clear();
  encoder.count = 0;
}

/** Appends a gap, an integer from 1 to 2^53 - 1. */
export function pushGap(encoder: GapEncoder, gap: number): void {
  encoder.gaps[encoder.count++] = gap;
  if (encoder.count === CHUNK) flushChunk(encoder);
}

/** Appends a gap of any size up to 2^64. */
export function pushBigGap(encoder: GapEncoder, gap: bigint): void {
  encoder.big.set(encoder.count, gap);
  pushGap(encoder, Number(gap));
}

export function finishGaps(encoder: GapEncoder): Uint8Array {
  if (encoder.count > 0) flushChunk(encoder);
  return finishBits(encoder.writer);
}

/** The least number of bits that `count` gaps can take. */
export function leastGapBits(count: number): number {
  return count + Math.ceil(count / CHUNK) * (PARAMETER_BITS + 1);
}

export interface GapDecoder {
  readonly reader: BitReader;
  /** The current chunk's gaps: exact below 2^53, else rounded with the exact value in `big`. */
  readonly gaps: Float64Array;
  readonly big: Map<number, bigint>;
  /** Gaps that are still to come after this chunk. */
  remaining: number;
}

/**
 * A decoder of `count` gaps; `place` names the stream in errors. Throws an `InputError` at once if so
 * many gaps cannot be in these bytes: what is allocated for them is then paid for by the file.
 */
export function createGapDecoder(bytes: Uint8Array, count: number, place: string): GapDecoder {
  if (leastGapBits(count) > 8 * bytes.length) {
    throw new InputError({
      place,
      problem: `${bytes.length} bytes cannot hold ${count} gaps`,
      remedy: 'the data is truncated or damaged; take an intact copy',
    });
  }
  return {
    reader: createBitReader(bytes, place),
    gaps: new Float64Array(CHUNK),
    big: new Map(),
    remaining: count,
  };
}

function readRice(reader: BitReader, parameter: number, power: number): number {
  const word = peekBits(reader);
  if (word !== 0) {
    const quotient = 31 - Math.clz32(word & -word);
    const length = quotient + 1 + parameter;
    if (length <= 32) {
      skipBits(reader, length);
      if (parameter === 0) return quotient;
      return quotient * power + ((word << (32 - length)) >>> (32 - parameter));
    }
  }
  const quotient = readUnary(reader);
  const low = readBits(reader, Math.min(parameter, 32));
  const high = parameter > 32 ? readBits(reader, parameter - 32) : 0;
  return quotient * power + high * 2 ** 32 + low;
}

/** The same code read exactly, from a position before it. */
function readBigRice(reader: BitReader, parameter: number): bigint {
  const quotient = BigInt(readUnary(reader));
  const low = BigInt(readBits(reader, Math.min(parameter, 32)));
  const high = parameter > 32 ? BigInt(readBits(reader, parameter - 32)) : 0n;
  return (quotient << BigInt(parameter)) + (high << 32n) + low;
}

/**
 * Reads gaps `from ..` of a chunk, each of whose codes is within the next 32 bits, until one is not or the
 * stream's end is near: `readRice` without what those need. Returns the number of the first that was not read.
 */
function readShort(
  reader: BitReader,
  gaps: Float64Array,
  from: number,
  count: number,
  parameter: number,
  flagged: boolean,
): number {
  const { words, wordCount } = reader;
  let { index, bit } = reader;
  const power = 2 ** parameter;
  const flag = flagged ? 1 : 0;
  let at = from;
  // The two words that are looked at are the stream's to their last bits.
  while (at < count && index + 2 < wordCount) {
    const low = (words[index] as number) >>> bit;
    let word = bit === 0 ? low | 0 : low | ((words[index + 1] as number) << (32 - bit));
    let length = flag;
    if (flagged && (word & 1) === 1) gaps[at] = 1;
    else {
      word >>>= flag;
      if (word === 0) break;
      const quotient = 31 - Math.clz32(word & -word);
      const coded = quotient + 1 + parameter;
      length += coded;
      if (length > 32) break;
      const rest = parameter === 0 ? 0 : (word << (32 - coded)) >>> (32 - parameter);
      gaps[at] = quotient * power + rest + 1 + flag;
    }
    at++;
    bit += length;
    index += bit >>> 5;
    bit &= 31;
  }
  reader.index = index;
  reader.bit = bit;
  return at;
}

/**
 * Decodes the next chunk into `gaps` and returns its length, 0 after the last one. Throws an
 * `InputError` where the stream ends early, or goes on after the last gap.
 */
export function nextChunk(decoder: GapDecoder): number {
  const { reader, gaps, big } = decoder;
  const count = Math.min(CHUNK, decoder.remaining);
  big.clear();
  if (count === 0) {
    expectEndOfBits(reader);
    return 0;
  }
  const header = readBits(reader, PARAMETER_BITS + 1);
  const parameter = header & MAXIMUM_PARAMETER;
  const flagged = header > MAXIMUM_PARAMETER;
  const least = flagged ? 2 : 1;
  const power = 2 ** parameter;
  for (let index = 0; index < count; index++) {
    index = readShort(reader, gaps, index, count, parameter, flagged);
    if (index === count) break;
    if (flagged && readBits(reader, 1) === 1) {
      gaps[index] = 1;
      continue;
    }
    const start = bitPosition(reader);
    const gap = readRice(reader, parameter, power) + least;
    gaps[index] = gap;
    // Rounding never takes a sum from 2^53 up to below it.
    if (gap >= BIG_GAP) {
      reader.index = Math.floor(start / 32);
      reader.bit = start % 32;
      big.set(index, readBigRice(reader, parameter) + BigInt(least));
    }
  }
  decoder.remaining -= count;
  return count;
}
