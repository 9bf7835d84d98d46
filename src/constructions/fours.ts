/** Chains in fours: how horner and skip mix them, so that each neuron of a group holds a sum of all. */

/**
 * `J - 2 I`: the chains but the own one, less the own one. Its square is `4 I`, and no row has a negative
 * sum, which keeps sums of like chains positive.
 */
export const OTHERS = [
  [-1, 1, 1, 1],
  [1, -1, 1, 1],
  [1, 1, -1, 1],
  [1, 1, 1, -1],
] as const;
