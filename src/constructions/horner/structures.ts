/**
 * The structures that the planner of Horner weighs against each other: how fast chains grow in which
 * layer, and how many copies of each carrier the first layers have.
 */
import type { BlockDemand } from './plan.js';
import { reachBits } from './windows.js';

export interface StructureShape {
  readonly radices: readonly number[];
  /** `m_1 .. m_(E-1)`. */
  readonly carrierCopies: readonly number[];
  /** Kept digits to be expected per weight, for the price of a digit. */
  readonly digitsPerWeight: number;
}

export interface Structure extends StructureShape {
  /** Layer after which chains are selected. */
  readonly selection: number;
  /** Probability that one (chain, input) pair has too narrow a window there. */
  readonly pairFailure: number;
}

/** Fewest kept digits per layer on random coefficients, by growth; measured over all sign patterns. */
const DIGITS_PER_LAYER: Readonly<Record<number, number>> = {
  2: 0.41,
  3: 0.75,
  4: 1.0,
  5: 1.3,
  6: 1.6,
};

/** Digits of a float32 weight end this many bits below the largest weight's top, as a rule. */
export const MANTISSA_BITS = 28;

/** These growths with these copies of the first carriers, of the others one each. */
export function shapeOf(
  demand: BlockDemand,
  radices: readonly number[],
  firstCopies: readonly number[],
): StructureShape {
  const depth = radices.length;
  const carrierCopies = Array.from({ length: depth - 1 }, (_, index) => firstCopies[index] ?? 1);
  // From the top down: below the mantissas, growth by a power of two leaves zeros zero.
  let bits = 0;
  let digitsPerWeight = 0;
  const surplus =
    radices.reduce((sum, radix) => sum + Math.log2(radix), 0) - (reachBits(demand.reach) - 1);
  for (const radix of radices) {
    const powerOfTwo = (radix & (radix - 1)) === 0;
    if (bits >= surplus && (bits <= surplus + MANTISSA_BITS || !powerOfTwo)) {
      digitsPerWeight += DIGITS_PER_LAYER[radix];
    }
    bits += Math.log2(radix);
  }
  return { radices, carrierCopies, digitsPerWeight };
}

/** `top` layers of growth `first`, then as many of `second` as reach `bits`. */
function radicesOf(bits: number, first: number, top: number, second: number): number[] {
  const radices = new Array<number>(top).fill(first);
  let reached = top * Math.log2(first);
  while (reached < bits || radices.length < 2) {
    radices.push(second);
    reached += Math.log2(second);
  }
  return radices;
}

/** A first and a second growth, and over what share of the bits the first one lasts. */
export interface Growth {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** What is weighed. Growth 3 on top of 2: thinner for wide inputs, and the low zeros stay zeros. */
export const GROWTHS: readonly Growth[] = [
  ...[2, 3, 4, 5].map((growth) => ({ first: growth, second: growth, share: 0 })),
  { first: 3, second: 2, share: 1 / 3 },
];

/** More surplus growth than this never pays. */
const MAXIMUM_SURPLUS = 24;

/** The structures of one growth with these copies of the first carriers, from the shallowest on. */
export function* structureFamily(
  demand: BlockDemand,
  { first, second, share }: Growth,
  firstCopies: readonly number[],
): Generator<StructureShape> {
  const least = reachBits(demand.reach);
  const top = Math.floor((share * least) / Math.log2(first));
  let depth = 0;
  for (let extra = 0; extra <= MAXIMUM_SURPLUS; extra++) {
    const radices = radicesOf(least + extra, first, top, second);
    if (radices.length === depth) continue;
    depth = radices.length;
    yield shapeOf(demand, radices, firstCopies);
  }
}

/** Layers that a block has beyond the bits of its integers, roughly. */
const LAYERS_BEYOND_BITS = 3;

/**
 * About how many source weights a block needs: `(d + k J)^2 / log2 k` per bit, with the best growth k.
 */
export function approximateSize({ reach, inputs, outputs }: BlockDemand): number {
  const perBit = [2, 3, 4, 5, 6].map(
    (growth) => (inputs + growth * (outputs + 1)) ** 2 / Math.log2(growth),
  );
  return (reachBits(reach) - 1 + LAYERS_BEYOND_BITS) * Math.min(...perBit);
}
