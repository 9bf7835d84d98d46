/**
 * Normal source weights, regenerated from the seed like signs. A standard normal weight is the edge's sign times the magnitude of a half-normal number,
 * so the signs of a `normal` source are those of the `sign` source of the same seed.
 *
 * Magnitudes: the key of layer t is the Threefry block of the counter (t, 2) under the seed, low word
 * first. Word v mod 2 of the block of the counter (c, floor(v/2)) under that key is `u`; the magnitude
 * of the edge from neuron c into neuron v is the quantile of the half-normal distribution at
 * `(u + 1/2) / 2^32`, rounded to float32.
 */
import { portableLog } from '../core/portable-math.js';
import type { LayerSigns } from './source.js';
import { threefry2x32, threefrySecondWord } from './threefry.js';

function ratio(x: number, numerator: readonly number[], denominator: readonly number[]): number {
  let above = 0;
  for (const coefficient of numerator) above = above * x + coefficient;
  let below = 0;
  for (const coefficient of denominator) below = below * x + coefficient;
  return above / below;
}

/** Coefficients of Wichura's algorithm AS 241 (PPND16), highest power first. */
const CENTRE = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852546, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
] as const;
const MIDDLE = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1,
  ],
] as const;
const TAIL = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
] as const;

/**
 * The quantile of |N(0,1)| at a probability in (0, 1): that of N(0,1) at `(1 + probability) / 2`.
 * M. J. Wichura, Algorithm AS 241 (Applied Statistics 37, 1988), relative accuracy about 1e-16; its
 * logarithm is the portable one.
 */
export function halfNormalQuantile(probability: number): number {
  const q = probability / 2;
  if (q <= 0.425) return q * ratio(0.180625 - q * q, CENTRE[0], CENTRE[1]);
  const r = Math.sqrt(-portableLog((1 - probability) / 2));
  return r <= 5 ? ratio(r - 1.6, MIDDLE[0], MIDDLE[1]) : ratio(r - 5, TAIL[0], TAIL[1]);
}

/** The magnitude of the edge (column, row) of a `normal` source's layer. */
export type LayerMagnitudes = (column: number, row: number) => number;

/** Magnitudes of layer t (from 1) of the `normal` source of a seed. */
export function layerMagnitudes(seed: bigint, t: number): LayerMagnitudes {
  const k0 = threefry2x32(Number(seed & 0xffffffffn) | 0, Number(seed >> 32n) | 0, t, 2);
  const k1 = threefrySecondWord();
  return (column, row) => {
    const first = threefry2x32(k0, k1, column, row >>> 1);
    const word = row & 1 ? threefrySecondWord() : first;
    return Math.fround(halfNormalQuantile(((word >>> 0) + 0.5) / 2 ** 32));
  };
}

/**
 * All weights of a layer of `inputs` by `outputs` neurons, `weights[c * outputs + v]` the edge from c
 * into v: +1 and -1, or normal numbers of variance 1.
 */
export function unitWeights(
  signs: LayerSigns,
  magnitudes: LayerMagnitudes | null,
  inputs: number,
  outputs: number,
): Float32Array {
  const weights = new Float32Array(inputs * outputs);
  for (let column = 0; column < inputs; column++) {
    for (let row = 0; row < outputs; row++) {
      const magnitude = magnitudes === null ? 1 : magnitudes(column, row);
      weights[column * outputs + row] = signs.sign(column, row) * magnitude;
    }
  }
  return weights;
}
