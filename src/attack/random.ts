/** A small seeded generator for searches (Marsaglia's xorshift32); the source's generator is another. */

/** Uniform numbers in [0, 1) with 32 bits; the same for the same seed everywhere. */
export function createRandom(seed: number): () => number {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
