/**
 * The source network `g`: layers `B_t in {-1,+1}^(N_t x N_(t-1))` whose signs are a pure function of
 * a 64-bit seed (theory, section 3). Nothing is materialised: a source of 10^16 weights is a seed and
 * a list of layers.
 *
 * Scheme `threefry2x32-20/1`. The key of layer t (from 1, through the whole source) is the Threefry
 * block of the counter (t, 0) under the seed, low word first. Block k of fan-out column c (in fully
 * connected layers of neuron c, see `columns.ts`) is the block of the counter (c, k) under that key; bit
 * v mod 64 (word 0 first, least significant bit first) of block floor(v/64) is 1 if the edge from c into
 * neuron v is +1.
 */
import { checkSeed } from '../core/arguments.js';
import { checkShape } from './check-shape.js';
import type { SourceShape } from './shape.js';
import { threefry2x32, threefrySecondWord } from './threefry.js';

export const GENERATOR = 'threefry2x32-20/1';

/** The generator of one layer's signs. */
export interface LayerSigns {
  /** Sign of the edge from `column` of layer t, see `columns.ts`, into its neuron `row`: +1 or -1. */
  sign(column: number, row: number): 1 | -1;
  /**
   * The 32 signs of rows `32 * word .. 32 * word + 31` of a column as bits, 1 for +1, as a signed
   * 32-bit integer. Two words come from one generator block; asking for them in order costs one call.
   */
  word(column: number, word: number): number;
  /** Fills `out` with the column's words `0 .. ceil(rows/32) - 1`; bits beyond `rows` are cleared. */
  column(column: number, rows: number, out: Uint32Array): void;
}

export interface Source {
  readonly seed: bigint;
  readonly shape: SourceShape;
  /** Signs of layer t, from 1. */
  layer(t: number): LayerSigns;
}

/** The signs of layer t (from 1) under a seed in [0, 2^64): a function of the two alone, whatever the shape. */
export function layerSigns(seed: bigint, t: number): LayerSigns {
  const k0 = threefry2x32(Number(seed & 0xffffffffn) | 0, Number(seed >> 32n) | 0, t, 0);
  const k1 = threefrySecondWord();
  // The last block, since neighbouring edges of a column mostly ask for the same one.
  let cachedColumn = -1;
  let cachedBlock = -1;
  let low = 0;
  let high = 0;

  function word(column: number, index: number): number {
    const block = index >>> 1;
    if (column !== cachedColumn || block !== cachedBlock) {
      low = threefry2x32(k0, k1, column, block);
      high = threefrySecondWord();
      cachedColumn = column;
      cachedBlock = block;
    }
    return index & 1 ? high : low;
  }

  return {
    word,
    sign: (column, row) => ((word(column, row >>> 5) >>> (row & 31)) & 1 ? 1 : -1),
    column(column, rows, out) {
      const words = Math.ceil(rows / 32);
      for (let index = 0; index < words; index += 2) {
        out[index] = threefry2x32(k0, k1, column, index >>> 1);
        if (index + 1 < words) out[index + 1] = threefrySecondWord();
      }
      const used = rows & 31;
      if (used !== 0) out[words - 1] &= 2 ** used - 1;
    },
  };
}

/** The source network of a seed in [0, 2^64) and a shape. Throws a `UsageError` that names the layer. */
export function createSource(seed: bigint, shape: SourceShape): Source {
  checkSeed(seed);
  checkShape(shape);
  return { seed, shape, layer: (t) => layerSigns(seed, t) };
}
