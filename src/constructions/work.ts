/**
 * What a find and its proof take, in steps of about a nanosecond, before either is begun: fitted to both
 * constructions on networks of 10^4 to 2 * 10^7 weights.
 */

import type { IntegerNetwork } from '../integer/integer-network.js';
import { matrixBits } from '../integer/network-class.js';

/** For a source layer, whatever is in it: its masks, signs and rows are made and read again. */
export const LAYER_STEPS = 2 ** 18;

/** To draw a weight of many bits in the other systems. */
export const DRAW_STEPS = 45;
/** To keep an edge there: it is sorted, written, read, and drawn again by the proof. */
export const KEPT_STEPS = 700;

/** An addition of integers beyond 53 bits, for each bit that is beyond. */
const BIG_STEPS = 2 ** 10;
const EXACT_BITS = 53;

/**
 * Steps for the digits of an integer network: `perDigit` for each bit of its entries that are not 0, and
 * what the proof takes where they leave float64.
 */
export function digitSteps({ matrices }: IntegerNetwork, perDigit: number): number {
  return matrices.reduce((sum, matrix) => {
    let entries = 0;
    for (const value of matrix.values) if (value !== 0 && value !== 0n) entries++;
    const bits = matrixBits(matrix);
    return sum + entries * (perDigit * bits + BIG_STEPS * Math.max(0, bits - EXACT_BITS));
  }, 0);
}
