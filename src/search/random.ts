/**
 * The random streams of training, all pure functions of seed and position, so that a run that is
 * resumed draws what an unbroken run draws. The key of stream s is the Threefry block of the counter
 * (0, s) under the seed; the keys of source layers have t >= 1 in its place.
 */
import { threefry2x32, threefrySecondWord } from '../source/threefry.js';

/** What a stream is for. 5 is the probes', see `inference/trained.ts`. */
export const STREAMS = {
  scores: 1,
  shuffling: 2,
  sampling: 3,
  split: 4,
  augmentation: 6,
} as const;

/** A key of two words. */
export interface StreamKey {
  readonly k0: number;
  readonly k1: number;
}

export function streamKey(seed: bigint, stream: number): StreamKey {
  const k0 = threefry2x32(Number(seed & 0xffffffffn) | 0, Number(seed >> 32n) | 0, 0, stream);
  return { k0, k1: threefrySecondWord() };
}

/** The key of a part of a stream, for instance one step's. */
export function derivedKey({ k0, k1 }: StreamKey, first: number, second: number): StreamKey {
  const word = threefry2x32(k0, k1, first, second);
  return { k0: word, k1: threefrySecondWord() };
}

/** Fills `out` with uniform 32-bit words: words 2i and 2i+1 are those of the block of (i, 0). */
export function fillWords({ k0, k1 }: StreamKey, out: Uint32Array): void {
  for (let index = 0; index < out.length; index += 2) {
    out[index] = threefry2x32(k0, k1, index >>> 1, 0);
    if (index + 1 < out.length) out[index + 1] = threefrySecondWord();
  }
}

/** Fills `out` with numbers uniform in [0, 1), multiples of 2^-24, exact in float32. */
export function fillUniform({ k0, k1 }: StreamKey, out: Float32Array): void {
  for (let index = 0; index < out.length; index += 2) {
    out[index] = (threefry2x32(k0, k1, index >>> 1, 0) >>> 8) / 2 ** 24;
    if (index + 1 < out.length) out[index + 1] = (threefrySecondWord() >>> 8) / 2 ** 24;
  }
}

/** Shuffles in place (Fisher-Yates); the bias of a modulus of 2^32 is below 2^-8 for 2^24 items. */
export function shuffle(items: Uint32Array, { k0, k1 }: StreamKey): void {
  for (let index = items.length - 1; index > 0; index--) {
    const word = threefry2x32(k0, k1, index, 0) >>> 0;
    const other = Math.floor((word / 2 ** 32) * (index + 1));
    const item = items[index] as number;
    items[index] = items[other] as number;
    items[other] = item;
  }
}
