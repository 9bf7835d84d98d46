/**
 * What comes behind the products of a layer, position by position: the factor and the shift of each channel, what an
 * earlier layer handed on, the activation. Each step rounds to float64, and what is stored to the lane's type.
 */

/** Flags of the activation; none: the numbers as they are. */
export const FINISH_MODE = { rectify: 1, sign: 2 } as const;

/**
 * `to = activation(from * factor + shift + added)` for a row of `positions` positions of `vectors` vectors of 16 bytes,
 * all in sequence. `maps` is where a position's factors are, in float64, with its shifts behind them; 0 for none, as
 * `added`. To the two float64 at `check` is added what is 0 where all numbers before the activation were finite, and
 * no number where one was not. A sign is 1 for a number of at least 0, else -1. Counts are at least 1.
 */
export type Finish = (
  from: number,
  to: number,
  added: number,
  maps: number,
  positions: number,
  vectors: number,
  mode: number,
  check: number,
) => void;
