/**
 * The least source for a class: the structure of each block (growth per layer, copies of carriers, where
 * chains are selected), then every slack at the lowest price with which the failure terms of all blocks
 * sum to at most delta.
 */
import { checkProbability } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import type { Steps } from '../../core/steps.js';
import type { NetworkClass } from '../../integer/network-class.js';
import { checkNetworkClass } from '../../integer/network-class.js';
import {
  type BlockDemand,
  blockDemands,
  demandKey,
  type HornerPlan,
  type PlainBlock,
  plainFailure,
  planOfBlocks,
} from './plan.js';
import { BlockSizer, blockWeights, type Surroundings } from './sizes.js';
import { GROWTHS, type Structure, type StructureShape, structureFamily } from './structures.js';
import { massBelow, reachBits, selectionThresholds, windowMasses } from './windows.js';

/** Later selections decide no better, and their chains cost more. */
const MAXIMUM_WEIGHED_THRESHOLD = 64;

/** More copies of the first carriers than pay for any class. */
const MAXIMUM_CARRIER_COPIES = 32;

/**
 * Source weights that one kept digit may cost: it is an addition in every run of the ticket, so a
 * structure that saves a few weights and keeps many more digits is no gain.
 */
export const DIGIT_PRICE = 10;

/** Follows objectives that fall and then rise: over after `patience` in a row that are no better. */
function descent(patience: number): { isOver(objective: number): boolean; least(): number } {
  let least = Number.POSITIVE_INFINITY;
  let worse = 0;
  return {
    isOver(objective) {
      if (objective < least) {
        least = objective;
        worse = 0;
      } else if (least < Number.POSITIVE_INFINITY) {
        worse++;
      }
      return worse >= patience;
    },
    least: () => least,
  };
}

/** The structure of a block that costs least at a price per unit of failure probability. */
export function* chooseStructure(
  demand: BlockDemand,
  price: number,
  around: Surroundings,
  guesses: Map<number, number>,
): Steps<Structure> {
  let best: Structure | null = null;
  let bestObjective = Number.POSITIVE_INFINITY;
  const sizer = new BlockSizer(demand, price, around, guesses);

  const objectiveOf = (weights: number, outputWidth: number, shape: StructureShape): number =>
    weights +
    outputWidth * around.nextWidth +
    DIGIT_PRICE * shape.digitsPerWeight * demand.inputs * demand.outputs;

  /** The least objective over depths and selections, of those that may still be the best. */
  function* weigh(family: Iterable<StructureShape>): Steps<number> {
    const depths = descent(2);
    for (const shape of family) {
      yield;
      const lean = sizer.leanWidths(shape);
      const least = objectiveOf(sizer.leastWeights(shape, lean), demand.outputs, shape);
      // Deeper ones have more layers yet.
      if (least >= bestObjective) break;
      const selections = descent(6);
      for (const structure of withSelection(demand, shape)) {
        const chains = sizer.extraChains(structure, lean, bestObjective - least);
        let objective = least + chains.weights;
        if (objective < bestObjective) {
          const block = sizer.sizeWith(structure, chains.extra, lean);
          if (block === null) continue;
          objective = objectiveOf(blockWeights(block, around.inputWidth), block.outputWidth, shape);
          if (objective < bestObjective) {
            bestObjective = objective;
            best = structure;
          }
        }
        if (selections.isOver(objective)) break;
      }
      if (depths.isOver(selections.least())) break;
    }
    return depths.least();
  }

  for (const growth of GROWTHS) {
    // Copies of the first carriers, then of the second, for as long as one more is cheaper.
    const copies = [1, 1];
    let least = yield* weigh(structureFamily(demand, growth, copies));
    for (const layer of [0, 1]) {
      while (copies[layer] < MAXIMUM_CARRIER_COPIES) {
        const more = copies.map((count, index) => (index === layer ? count + 1 : count));
        const objective = yield* weigh(structureFamily(demand, growth, more));
        if (objective >= least) break;
        least = objective;
        copies[layer]++;
      }
    }
  }
  if (best === null) {
    throw new UsageError(
      `no Horner block of at most 2^32 - 1 neurons a layer for ${demand.inputs} inputs and ${demand.outputs} outputs of integers below 2^${reachBits(demand.reach)}`,
    );
  }
  return best;
}

/** A structure's shape with each layer after which chains may be selected. */
function* withSelection(demand: BlockDemand, shape: StructureShape): Generator<Structure> {
  const { radices, carrierCopies } = shape;
  const thresholds = selectionThresholds(radices, demand.reach);
  // Thresholds rise from layer to layer.
  const beyond = thresholds.findIndex((threshold) => threshold > MAXIMUM_WEIGHED_THRESHOLD);
  const last = beyond < 0 ? thresholds.length : beyond;
  if (last === 0) return;
  const layers = radices.slice(0, last).map((radix, index) => ({
    radix,
    digits: radix * (index === 0 ? 1 : carrierCopies[index - 1]),
  }));
  const start = new Float64Array(thresholds[last - 1]);
  start[0] = 1;
  const masses = windowMasses(layers, start);
  for (let selection = 1; selection <= last; selection++) {
    const threshold = thresholds[selection - 1];
    // At threshold 1 the next layer decides the same with more chances.
    if (threshold < 2 && thresholds[selection] < 2) continue;
    yield { ...shape, selection, pairFailure: massBelow(masses[selection - 1], threshold) };
  }
}

/** The least Horner source of plain chains found for the class with failure bound at most `delta`, in steps. */
export function* planPlainSteps(
  networkClass: NetworkClass,
  delta: number,
): Steps<HornerPlan<PlainBlock>> {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const demands = blockDemands(networkClass);
  const { dimensions, constant } = networkClass;
  const around = demands.map((demand, index): Surroundings => {
    const next = demands[index + 1];
    return {
      inputWidth: index === 0 ? dimensions[0] + (constant ? 1 : 0) : demand.inputs,
      nextWidth: next === undefined ? 0 : next.inputs + 2 * (next.outputs + 1),
    };
  });
  const typical = demands.reduce((sum, { inputs, outputs }) => sum + inputs + 2 * outputs, 0);
  const kinds = new Map<string, Map<number, number>>();
  /** Guesses at slacks, shared by the blocks of one demand but for the bits. */
  const guessesOf = demands.map(({ inputs, outputs, last }) => {
    const key = `${inputs} ${outputs} ${last}`;
    const guesses = kinds.get(key) ?? new Map<number, number>();
    kinds.set(key, guesses);
    return guesses;
  });
  const structures = new Map<string, Structure>();
  const chosen: Structure[] = [];
  for (const [index, demand] of demands.entries()) {
    const key = demandKey(demand) + JSON.stringify(around[index]);
    const price = (100 * typical) / delta;
    const structure =
      structures.get(key) ??
      (yield* chooseStructure(demand, price, around[index], guessesOf[index]));
    structures.set(key, structure);
    chosen.push(structure);
  }

  function* planAt(logPrice: number): Steps<HornerPlan<PlainBlock> | null> {
    const sized = new Map<string, PlainBlock | null>();
    const blocks: PlainBlock[] = [];
    let inputWidth = around[0].inputWidth;
    for (const [index, demand] of demands.entries()) {
      const here = { ...around[index], inputWidth };
      const key = demandKey(demand) + JSON.stringify(here);
      let block = sized.get(key);
      if (block === undefined) {
        yield;
        const sizer = new BlockSizer(demand, Math.exp(logPrice), here, guessesOf[index]);
        block = sizer.size(chosen[index]);
        sized.set(key, block);
      }
      if (block === null) return null;
      blocks.push(block);
      inputWidth = block.outputWidth;
    }
    const plan = planOfBlocks(networkClass, blocks, plainFailure);
    return plan.failureBound <= delta ? plan : null;
  }
  return yield* atLeastPrice(planAt, typical, delta);
}

/**
 * The plan at the lowest price, to 2 %, at which `planAt` has one: null where the failure terms sum to more
 * than delta. `typical` weights come with a neuron more.
 */
export function* atLeastPrice<P>(
  planAt: (logPrice: number) => Steps<P | null>,
  typical: number,
  delta: number,
): Steps<P> {
  let low = Math.log(1 / delta);
  let high = low + Math.log(100 * typical);
  let plan = yield* planAt(high);
  while (plan === null) {
    low = high;
    high += Math.log(1000);
    if (high > 600)
      throw new UsageError(
        `no Horner source keeps a failure bound of ${delta}; take a larger delta`,
      );
    plan = yield* planAt(high);
  }
  while (high - low > 0.02) {
    const middle = (low + high) / 2;
    const leaner = yield* planAt(middle);
    if (leaner === null) low = middle;
    else {
      high = middle;
      plan = leaner;
    }
  }
  return plan;
}
