/**
 * The seeded generator behind the example: sfc32 by Chris Doty-Humphrey (PractRand), in 32-bit integer
 * arithmetic only, so that every platform draws the same digits.
 */

/**
 * @typedef {object} Random
 * @property {(low: number, high: number) => number} uniform a number in [low, high)
 * @property {(count: number) => number} index an integer in 0 .. count - 1
 * @property {(spread: number) => number} bell nearly normal, mean 0, standard deviation `spread`
 * @property {(chance: number) => boolean} happens true with probability `chance`
 */

/**
 * A generator for one purpose; different streams of one seed are unrelated.
 *
 * @param {number} seed 32-bit integer
 * @param {number} stream 32-bit integer
 * @returns {Random}
 */
export function createRandom(seed, stream) {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;

  function word() {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  }
  for (let round = 0; round < 16; round++) word();

  const unit = () => word() / 2 ** 32;
  return {
    uniform: (low, high) => low + (high - low) * unit(),
    index: (count) => Math.floor(unit() * count),
    // Four uniforms of variance 1/12 each. Box-Muller would need Math.log and Math.cos, whose last
    // bits differ between engines.
    bell: (spread) => (unit() + unit() + unit() + unit() - 2) * Math.sqrt(3) * spread,
    happens: (chance) => unit() < chance,
  };
}
