/**
 * Constants of sound floating-point bounds. Every bound in this folder is rounded outwards by explicit
 * error terms: a sum of n products in float64 is off by at most gamma_n times the sum of the absolute
 * products (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1).
 */

export const UNIT_ROUNDOFF = 2 ** -53;

/**
 * Matrix data (weights, rounded weights, their differences) are float64s within this many unit
 * roundoffs of the exact value, relatively.
 */
export const DATA_ROUNDOFFS = 6;

/** Covers what underflow may lose in one step while all values stay below `LARGEST`. */
export const TINY = 2 ** -500;

/** What all products of one sum that are too small for a float64 may come to, as bounds on maps take it. */
export const SUM_UNDERFLOW = 2 ** -900;

/** Beyond this magnitude the shape calculus gives up: products of three factors must not overflow. */
export const LARGEST = 2 ** 100;

/** Higham's gamma for n operations on data of relative error `DATA_ROUNDOFFS`, rounded up a little. */
export function gamma(operations: number): number {
  const n = operations + 4 * DATA_ROUNDOFFS;
  return ((n * UNIT_ROUNDOFF) / (1 - n * UNIT_ROUNDOFF)) * (1 + 2 ** -30);
}

/** An upper bound of what a few operations on non-negative numbers gave, underflow included. */
export function roundUp(value: number): number {
  return value * (1 + 2 ** -48) + 2 ** -1000;
}

/** A lower bound, the same way, for a non-negative value. */
export function roundDown(value: number): number {
  return Math.max(0, value * (1 - 2 ** -48) - 2 ** -1000);
}
