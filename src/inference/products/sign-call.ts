/**
 * Sums of signs: where what is read is +1 or -1 and weights are +1, -1 or 0, a product is -1 where the signs
 * differ, so a sum is the number of its kept edges less twice the number of those (Rastegari et al. 2016, XNOR-Net).
 * A sign is a bit, 1 for -1. The sums are integers: every implementation gives the same, in any order, and float64
 * adds them up to the same number.
 */

/** Channels of a vector, each with 32 bits of its weights at a time. */
export const SIGN_CHANNELS = 4;
/** Bytes of a vector's signs, and behind them of which are kept, for 32 of what is read. */
export const SIGN_BYTES = 32;
/** Words whose differing bits are counted in a byte. */
export const MOST_SIGN_WORDS = 31;

/**
 * `c[i][j] = factor (constants[j] - 2 differ(i, j))`, float64, for i < rows and j < 4 `vectors`: the difference counts,
 * over o < outer and w < words, the bits of `(a[i aRow + o aOuter + 4 w] ^ sign) & kept`. The signs and what is kept
 * of a vector of channels are SIGN_BYTES for each (o, w) in sequence; `constants` are int32. Strides and addresses
 * are in bytes. Words are gone through `inner` at a time, at most MOST_SIGN_WORDS, `chunks` times. All counts are at
 * least 1.
 */
export type SignSums = (
  a: number,
  b: number,
  c: number,
  constants: number,
  rows: number,
  vectors: number,
  inner: number,
  chunks: number,
  outer: number,
  aRow: number,
  aOuter: number,
  cRow: number,
  factor: number,
) => void;
