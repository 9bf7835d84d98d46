/** Random integers for the targets of a study: Threefry under a key of their own, never `Math.random`. */
import { threefry2x32, threefrySecondWord } from '../source/threefry.js';

/** Second key word of every stream, so that targets and sources have nothing in common. */
const STREAM = 0x57d1e5;

/** Uniform numbers in [0, 1) with 32 bits; the same for the same seed below 2^32 everywhere. */
export function uniformStream(seed: number): () => number {
  let counter = 0;
  return () => {
    const word = threefry2x32(seed, STREAM, counter >>> 1, 0);
    const value = counter & 1 ? threefrySecondWord() : word;
    counter++;
    return (value >>> 0) / 2 ** 32;
  };
}

/** Uniform integers from `low` to `high`, both included. */
export function integerStream(seed: number): (low: number, high: number) => number {
  const uniform = uniformStream(seed);
  return (low, high) => low + Math.floor(uniform() * (high - low + 1));
}
