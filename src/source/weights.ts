/**
 * Source weights that are not plain signs: the distributions of the other systems of Table 1 (theory,
 * section 7). Like the signs, each value is a pure function of (seed, layer, column, row), and each is a
 * dyadic rational that a float64 holds exactly, so that products and sums of them can be exact.
 *
 * Scheme `threefry2x32-20/1`, values: the key of layer t is the Threefry block of the counter (t, 1)
 * under the seed; the edge from neuron c into neuron v takes the two words of the block of the counter
 * (c, v) under that key.
 */
import { isDistribution, type WeightDistribution } from './distributions.js';
import { layerSigns } from './source.js';
import { threefry2x32, threefrySecondWord } from './threefry.js';

/** The weights of one layer. */
export interface LayerWeights {
  /** Weight of the edge from neuron `column` of layer t-1 to neuron `row` of layer t, exactly. */
  weight(column: number, row: number): number;
}

/** `(ln 2)^k / k!`, k = 1 .. 12: 2^x - 1 to 2e-12 on [0, 1) by additions and multiplications alone. */
const POWERS: readonly number[] = [
  Math.LN2,
  0.2402265069591007,
  0.055504108664821576,
  0.009618129107628477,
  0.0013333558146428441,
  0.00015403530393381606,
  0.000015252733804059838,
  0.0000013215486790144305,
  1.0178086009239696e-7,
  7.054911620801121e-9,
  4.44553827187081e-10,
  2.5678435993488196e-11,
];

/**
 * `2^x - 1` for x in [0, 1). IEEE additions and multiplications in a fixed order, unlike `Math.exp`, so
 * that every platform draws the same source.
 */
function powerOfTwoMinusOne(x: number): number {
  let sum = 0;
  for (let index = POWERS.length - 1; index >= 0; index--) sum = (sum + POWERS[index]) * x;
  return sum;
}

/** The weights of layer t (from 1). Throws a RangeError for parameters that cannot be drawn from. */
export function layerWeights(
  seed: bigint,
  t: number,
  distribution: WeightDistribution,
): LayerWeights {
  if (!isDistribution(distribution)) throw new RangeError('no distribution of source weights');
  const k0 = threefry2x32(Number(seed & 0xffffffffn) | 0, Number(seed >> 32n) | 0, t, 1);
  const k1 = threefrySecondWord();
  switch (distribution.kind) {
    case 'uniform': {
      const { bits } = distribution;
      const shift = 32 - bits;
      const step = 2 ** -bits;
      return {
        weight: (column, row) => (2 * (threefry2x32(k0, k1, column, row) >>> shift) + 1) * step - 1,
      };
    }
    case 'hyperbolic': {
      const { least, most, bits } = distribution;
      const range = most - least;
      const points = 2 ** bits;
      return {
        weight(column, row) {
          // Word 0: sign and 31 bits of the mantissa's logarithm; word 1: the exponent.
          const word = threefry2x32(k0, k1, column, row) >>> 0;
          const exponent = least + Math.floor(((threefrySecondWord() >>> 0) * range) / 2 ** 32);
          const mantissa = Math.floor(powerOfTwoMinusOne((word >>> 1) / 2 ** 31) * points);
          const magnitude = (1 + mantissa / points) * 2 ** exponent;
          return word & 1 ? magnitude : -magnitude;
        },
      };
    }
    case 'scaled-sign': {
      const signs = layerSigns(seed, t);
      const size = 2 ** distribution.exponent;
      return { weight: (column, row) => (signs.sign(column, row) > 0 ? size : -size) };
    }
  }
}
