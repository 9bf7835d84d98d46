/**
 * How chains grow (docs/skip.md): the layouts that have one neuron for each chain and layer, as data. A
 * level of growth is two source layers. In the first, *relays* read the accumulators of a group of chains,
 * with signs; in the second, the accumulators of the next level read those relays, with signs again, and a
 * digit for each input. The two sign matrices multiply to twice (or four times) the identity, so every
 * chain grows by itself though the group shares its neurons.
 */
import { OTHERS } from '../fours.js';

/** A row of signs for each neuron that reads. */
type Signs = readonly (readonly (1 | -1)[])[];

export interface Growth {
  readonly name: GrowthName;
  /** Relays by chains of a group. All edges are read, so a relay suits with probability `2^-chains`. */
  readonly mix: Signs;
  /** Chains of a group by relays. */
  readonly unmix: Signs;
  /** Whether accumulators also read the one before in their chain. */
  readonly direct: boolean;
  /**
   * Whether accumulators are placed before relays, which then must suit by the edges into them and out of
   * them: by index, or by the direct edge.
   */
  readonly accumulatorsFirst: boolean;
  /** Digits of a level, and the logarithm of its growth to base 2. */
  readonly bits: 1 | 2;
  /** Whether chains hold signed coefficients around a base of their own, in the first block. */
  readonly based: boolean;
  /** By chain of a group: what the top must reach at every input, in units of `2^head`. */
  readonly reaches: readonly number[];
  /** By chain of a group: what is added to an output's coefficients, in units of `2^n`. */
  readonly offsets: readonly number[];
  /** Values of the chains that the offset is made of, in the same units, as if they ended with the others. */
  readonly offsetChains: readonly number[];
  /**
   * Kinds of the offset's copies: for each chain of the offset +1 if the copy reads it, -1 if it must not
   * and its edge is to be -1, 0 if nothing is asked of that edge.
   */
  readonly copyKinds: readonly {
    readonly edges: readonly (1 | -1 | 0)[];
    /** That a neuron is such a copy, and of no kind before it. */
    readonly probability: number;
  }[];
  /** By chain of a group: the kind of copy that its output subtracts. */
  readonly subtracts: readonly number[];
}

const ONE = { mix: [[1]], unmix: [[1]], bits: 1, based: false } as const;
const ONE_OFFSET = {
  reaches: [1],
  offsets: [1],
  offsetChains: [2],
  copyKinds: [{ edges: [1], probability: 1 / 2 }],
  subtracts: [0],
} as const;

/** Two relays a chain; accumulators by index. `4 J^2 + J d` weights a bit, and hardly a slack. */
const twin: Growth = {
  name: 'twin',
  ...ONE,
  ...ONE_OFFSET,
  mix: [[1], [1]],
  unmix: [[1, 1]],
  direct: false,
  accumulatorsFirst: true,
};

/** One relay a chain, and the accumulator before it. `3 J^2 + J d` weights a bit. */
const relay: Growth = {
  name: 'relay',
  ...ONE,
  ...ONE_OFFSET,
  direct: true,
  accumulatorsFirst: false,
};

/** The same with accumulators placed by their direct edges. */
const relay2: Growth = { ...relay, name: 'relay2', accumulatorsFirst: true };

const BUTTERFLY = [
  [1, 1],
  [1, -1],
] as const;

/** Chains in pairs (Theorem 3): `a + b` and `a - b`, added and subtracted. `2 J^2 + J d` weights a bit. */
const pairs: Growth = {
  name: 'pairs',
  mix: BUTTERFLY,
  unmix: BUTTERFLY,
  direct: false,
  accumulatorsFirst: false,
  bits: 1,
  based: false,
  reaches: [2, 1],
  offsets: [3, 1],
  offsetChains: [4, 2],
  copyKinds: [
    { edges: [1, 1], probability: 1 / 4 },
    { edges: [-1, 1], probability: 1 / 4 },
  ],
  subtracts: [0, 1],
};

/** Pairs whose first layers read signed inputs as they are (Theorem 5). */
const based: Growth = {
  ...pairs,
  name: 'based',
  based: true,
  reaches: [1, 1],
  // Of the coefficient's own digits, which run from -2^n to 2^n.
  offsets: [1, 1],
  offsetChains: [0, 0, 0, 0],
  copyKinds: [
    { edges: [1, 0, 1, 0], probability: 1 / 4 },
    { edges: [0, 1, 0, 1], probability: 3 / 16 },
  ],
};

/** Chains in fours (Theorem 4), two digits a level. `J^2 + J d` weights a bit. */
const quads: Growth = {
  name: 'quads',
  mix: OTHERS,
  unmix: OTHERS,
  direct: false,
  accumulatorsFirst: false,
  bits: 2,
  based: false,
  reaches: [3, 3, 3, 3],
  offsets: [2, 2, 2, 2],
  offsetChains: [3, 3, 2],
  copyKinds: [{ edges: [1, 1, 1], probability: 1 / 8 }],
  subtracts: [0, 0, 0, 0],
};

export const GROWTHS = { twin, relay, relay2, pairs, quads, based } as const;
export type GrowthName = 'twin' | 'relay' | 'relay2' | 'pairs' | 'quads' | 'based';

/** Chains of a group. */
export function groupSize({ unmix }: Growth): number {
  return unmix.length;
}

/** Relays of a group. */
export function groupRelays({ mix }: Growth): number {
  return mix.length;
}

/** Whether a block can be of this growth at all. */
export function isPossible(
  { based, direct }: Growth,
  { last, signed }: { readonly last: boolean; readonly signed: boolean },
): boolean {
  // Outputs that are fixed would ask more of the accumulators before them than the others have.
  if (direct && last) return false;
  return !based || signed;
}
