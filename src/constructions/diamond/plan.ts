/**
 * The plan of diamond: the dimensions of each block, the probability of every demand on the seed, and
 * the least number K of candidates whose union bound is at most delta (Lemma 7, with the last layer's
 * random signs counted, which the paper's 1/16 leaves out).
 */

import { checkProbability } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import type { NetworkClass } from '../../integer/network-class.js';
import { checkNetworkClass } from '../../integer/network-class.js';
import { layeredShape, MAXIMUM_WIDTH } from '../../source/shape.js';
import type { Plan } from '../construction.js';

export interface DiamondPlan extends Plan {
  readonly construction: 'diamond';
  /** Candidate pairs per gadget and hidden layer. */
  readonly candidates: number;
}

/** One half of one block input: the source neuron it comes from and the sign it is read with. */
export interface Half {
  readonly column: number;
  readonly negative: boolean;
}

/** The dimensions of one block's construction. */
export interface BlockLayout {
  /** Hidden layers n; the block has n + 1 weight layers. */
  readonly hidden: number;
  readonly halves: readonly Half[];
  /** Outputs, the constant among them. */
  readonly outputs: number;
}

/** Probabilities that one candidate pair has the right incoming or outgoing edges. */
const COPY = 1 / 4;
const DOUBLE = 1 / 16;
const BOTH_OUTGOING = 1 / 4;
const ONE_OUTGOING = 3 / 4;

export function blockLayouts(networkClass: NetworkClass): BlockLayout[] {
  const { dimensions, constant, bits, inputSigns } = networkClass;
  const blocks = dimensions.length - 1;
  return bits.map((bitLength, block) => {
    const halves: Half[] = [];
    const width = dimensions[block];
    for (let column = 0; column < width; column++) {
      const sign = block === 0 ? inputSigns[column] : 'nonnegative';
      if (sign !== 'nonpositive') halves.push({ column, negative: false });
      if (sign !== 'nonnegative') halves.push({ column, negative: true });
    }
    if (constant) halves.push({ column: width, negative: false });
    const carried = constant && block < blocks - 1 ? 1 : 0;
    return {
      hidden: Math.max(1, bitLength - 1),
      halves,
      outputs: dimensions[block + 1] + carried,
    };
  });
}

/** Whether gadget `power` doubles on the transition into hidden layer `layer` (from 2). */
export function doubles(power: number, layer: number): boolean {
  return layer <= power;
}

/** How many of the hidden layers `1 .. last` gadget `power` doubles on the way into. */
export function doublingLayers(power: number, last: number): number {
  return Math.max(0, Math.min(power, last) - 1);
}

/** Probability that a candidate of gadget `power` in hidden layer `layer` has its incoming edges. */
export function incomingProbability(power: number, layer: number): number {
  return layer > 1 && doubles(power, layer) ? DOUBLE : COPY;
}

/** Probability that a candidate in the last hidden layer serves one output and one sign. */
export function outputProbability(power: number, hidden: number): number {
  return incomingProbability(power, hidden) * (power === 0 ? ONE_OUTGOING : BOTH_OUTGOING);
}

/** Union bound over all demands of all blocks: no candidate among K meets one of them. */
function failureBound(layouts: readonly BlockLayout[], candidates: number): number {
  let total = 0;
  const copy = (1 - COPY) ** candidates;
  const double = (1 - DOUBLE) ** candidates;
  for (const { hidden, halves, outputs } of layouts) {
    for (let power = 0; power <= hidden; power++) {
      const doubling = doublingLayers(power, hidden - 1);
      let perGadget = (hidden - 1 - doubling) * copy + doubling * double;
      // Both signs of every output: one source then serves every network of the class.
      perGadget += 2 * outputs * (1 - outputProbability(power, hidden)) ** candidates;
      total += halves.length * perGadget;
    }
  }
  // Upwards, past the rounding of the sum and of the powers.
  return total * (1 + 1e-9);
}

/** Least K whose union bound is at most `delta`, and the shape that follows from it. */
export function planDiamond(networkClass: NetworkClass, delta: number): DiamondPlan {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const layouts = blockLayouts(networkClass);
  let least = 1;
  while (failureBound(layouts, least) > delta) least *= 2;
  for (let step = least / 4; step >= 1; step /= 2) {
    if (failureBound(layouts, least - step) <= delta) least -= step;
  }
  // The loop above stops one short where `least` was not halved all the way down.
  while (least > 1 && failureBound(layouts, least - 1) <= delta) least--;
  return diamondPlanOf(networkClass, least);
}

/** The plan with K candidate pairs per gadget and hidden layer, and the failure bound that it has. */
export function diamondPlanOf(networkClass: NetworkClass, candidates: number): DiamondPlan {
  checkNetworkClass(networkClass);
  const layouts = blockLayouts(networkClass);
  const { dimensions, constant } = networkClass;
  const widths = [dimensions[0] + (constant ? 1 : 0)];
  const blockEnds: number[] = [];
  layouts.forEach(({ hidden, halves, outputs }, block) => {
    const width = 2 * candidates * (hidden + 1) * halves.length;
    if (width > MAXIMUM_WIDTH) {
      throw new UsageError(
        `block ${block + 1} needs hidden layers of ${width} neurons, more than 2^32 - 1`,
      );
    }
    for (let layer = 0; layer < hidden; layer++) widths.push(width);
    widths.push(outputs);
    blockEnds.push(widths.length - 1);
  });
  return {
    construction: 'diamond',
    networkClass,
    candidates,
    shape: layeredShape(widths, blockEnds),
    failureBound: failureBound(layouts, candidates),
  };
}
