/** The structure of a block of chains in fours: its top, copies of carriers, units, where chains are selected. */
import { bitLength } from '../../../core/dyadic.js';
import type { Steps } from '../../../core/steps.js';
import type { BlockDemand, HornerBlock } from '../plan.js';
import { DIGIT_PRICE } from '../search.js';
import { blockWeights, type Surroundings } from '../sizes.js';
import { MANTISSA_BITS } from '../structures.js';
import { quadThresholds } from './block.js';
import { quadOffsets } from './offsets.js';
import type { QuadsSizer, QuadsStructure } from './sizes.js';

/**
 * Inputs and outputs below which no block is weighed: one neuron in 16 suits as a relay, so a layer has
 * hundreds (at delta 1e-6 fours are worth it from about 230).
 */
export const FEWEST_NEURONS = 160;

/** Chains are cheap for those who have many; for a few among many carriers they are not worth it. */
const MOST_INPUTS_PER_OUTPUT = 8;

/** Growths of the layers of a top before its last one. */
const TOPS: readonly (readonly number[])[] = [
  [2],
  [3],
  [4],
  [5],
  [6],
  [2, 2],
  [3, 2],
  [4, 2],
  [2, 3],
  [3, 3],
  [4, 3],
  [2, 2, 2],
  [3, 2, 2],
  [2, 2, 2, 2],
];

/** More copies of the first carriers than pay for any class. */
const MAXIMUM_CARRIER_COPIES = 32;

/** Tops reach less than this. */
const MAXIMUM_REACH = 96n;

/** Units that are weighed: from the fewest that a top can begin. */
const UNITS_WEIGHED = 8;

/** Whether a block is weighed at all. */
export function mayBeQuads({ inputs, outputs }: BlockDemand): boolean {
  return inputs + outputs >= FEWEST_NEURONS && inputs <= MOST_INPUTS_PER_OUTPUT * outputs;
}

/** The numbers of units that are weighed for a block. */
function unitsOf({ reach: { largest } }: BlockDemand): number[] {
  // With so few, shares alone are beyond: they shrink by a bit and a half each unit, and by two at most.
  let least = 1 + Math.max(0, Math.floor((bitLength(largest) - bitLength(MAXIMUM_REACH)) / 2));
  while (quadOffsets(largest, least).reach[1] > MAXIMUM_REACH) least++;
  return Array.from({ length: UNITS_WEIGHED }, (_, index) => least + index);
}

/** Bits by which a unit grows. */
const UNIT_BITS = 1.5;

/** Kept digits of a chain in a unit, over all signs and residues, and in its top. */
const DIGITS_PER_UNIT = 0.627;
const DIGITS_OF_TOP = 1.5;

/** Kept digits to be expected per weight; see `shapeOf` for those of plain chains. */
function digitsOfQuads(quads: number): number {
  return DIGITS_OF_TOP + DIGITS_PER_UNIT * Math.min(quads, MANTISSA_BITS / UNIT_BITS);
}

/** What a block costs with what its outputs cost the next block, and with its digits. */
export function objectiveOf(
  block: HornerBlock,
  { inputs, outputs }: BlockDemand,
  { inputWidth, nextWidth }: Surroundings,
  digitsPerWeight: number,
): number {
  return (
    blockWeights(block, inputWidth) +
    block.outputWidth * nextWidth +
    DIGIT_PRICE * digitsPerWeight * inputs * outputs
  );
}

/** The structure of fours that costs least, if it costs less than `most`. */
export function* chooseQuads(
  demand: BlockDemand,
  sizer: QuadsSizer,
  around: Surroundings,
  most: number,
): Steps<QuadsStructure | null> {
  let best: QuadsStructure | null = null;
  let bestObjective = most;

  /** The least objective over units and selections with these copies of the first carriers. */
  function weigh(top: readonly number[], copies: readonly number[]): number {
    let least = Number.POSITIVE_INFINITY;
    for (const quads of unitsOf(demand)) {
      const radices = [...top, 1, ...new Array<number>(2 * quads).fill(1)];
      const carrierCopies = radices.slice(1).map((_, index) => copies[index] ?? 1);
      for (let selection = 1; selection <= top.length + 1; selection++) {
        const structure = { radices, carrierCopies, selection, quads };
        if (quadThresholds(demand, structure)[1] === Number.POSITIVE_INFINITY) continue;
        const digits = digitsOfQuads(quads);
        const lean = objectiveOf(sizer.lean(structure), demand, around, digits);
        if (lean >= bestObjective) continue;
        const block = sizer.size(structure);
        if (block === null) continue;
        const objective = objectiveOf(block, demand, around, digits);
        least = Math.min(least, objective);
        if (objective < bestObjective) {
          bestObjective = objective;
          best = structure;
        }
      }
    }
    return least;
  }

  for (const top of TOPS) {
    // Copies of the first carriers, then of the second, for as long as one more is cheaper. The last
    // layer of the top has one of each: its accumulators' digits are the relays'.
    const copies = top.map(() => 1);
    let least = weigh(top, copies);
    for (const layer of copies.keys()) {
      let patience = layer === 0 ? 4 : 2;
      for (
        let count = copies[layer] + 1;
        count <= MAXIMUM_CARRIER_COPIES && patience > 0;
        count++
      ) {
        yield;
        const objective = weigh(
          top,
          copies.map((own, index) => (index === layer ? count : own)),
        );
        if (objective < least) {
          least = objective;
          copies[layer] = count;
        } else patience--;
      }
    }
  }
  return best;
}
