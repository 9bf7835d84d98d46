/**
 * The least source for a class: structure of each block (growth per layer, copies of carriers, chains
 * to choose from), then every slack. All failure terms share one price: a slack is raised while one
 * more neuron costs fewer source weights than the failure probability it saves is worth, and the price
 * is the lowest with which the terms of all blocks sum to at most delta.
 */
import { UsageError } from '../core/errors.js';
import type { NetworkClass } from '../precision/network-class.js';
import { checkNetworkClass } from '../precision/network-class.js';
import { MAXIMUM_WIDTH } from '../source/source.js';
import { binomialShortfall, splitFailure } from './failure-bounds.js';
import {
  accumulatorFailure,
  type BlockDemand,
  blockDemands,
  blockWidths,
  carrierFailure,
  type HornerBlock,
  type HornerPlan,
  hornerPlanOf,
  offsetFailure,
  outputsFailure,
} from './horner-plan.js';
import {
  GROWTHS,
  type Structure,
  type StructureShape,
  structureFamily,
} from './horner-structures.js';
import { selectionThresholds, windowShortfall } from './horner-windows.js';

/** A failure term this large is no sum's business: the slack is raised whatever it costs. */
const HOPELESS = 0.01;

/** Later selections decide no better, and their chains cost more. */
const MAXIMUM_WEIGHED_THRESHOLD = 64;

const MAXIMUM_OFFSET_COPIES = 4096;

/** No slack is ever searched beyond this. */
const MAXIMUM_SLACK = 2 ** 20;

/** The least slack at which one more neuron no longer pays. `failure` falls with the slack. */
function leastSlack(
  weightsPerNeuron: number,
  price: number,
  failure: (slack: number) => number,
): number {
  const enough = (slack: number): boolean => {
    const here = failure(slack);
    return here <= HOPELESS && price * (here - failure(slack + 1)) <= weightsPerNeuron;
  };
  if (enough(0)) return 0;
  let high = 1;
  while (!enough(high)) {
    high *= 2;
    if (high > MAXIMUM_SLACK) return Number.POSITIVE_INFINITY;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

interface Surroundings {
  /** Neurons of the layer that the block reads. */
  readonly inputWidth: number;
  /** Neurons of the layer after its outputs, roughly; 0 after the last block. */
  readonly nextWidth: number;
}

/** The number of chains to start with, or Infinity if too few of any number would be good. */
function chainCount(
  demand: BlockDemand,
  { selection, pairFailure }: Structure,
  radices: readonly number[],
  neuronCosts: (t: number) => number,
  price: number,
): number {
  const wanted = demand.outputs + 1;
  const good = Math.exp(demand.inputs * Math.log1p(-pairFailure));
  if (!(good > 0.05)) return Number.POSITIVE_INFINITY;
  let perChain = 0;
  for (let t = 1; t <= selection; t++) perChain += radices[t - 1] * neuronCosts(t);
  const failure = (extra: number): number => binomialShortfall(wanted + extra, good, wanted);
  return wanted + leastSlack(perChain, price, failure);
}

/**
 * Sizes that hardly differ between structures, kept while structures are only weighed against each
 * other: slacks by the growths around a layer, and the end of the block.
 */
interface SizeMemo {
  readonly slacks: Map<string, number>;
  readonly ends: Map<string, Pick<HornerBlock, 'offsetCopies' | 'outputWidth'> & { last: number }>;
}

/** The cheapest sizes for a structure at this price per unit of failure probability. */
export function sizeBlock(
  demand: BlockDemand,
  structure: Structure,
  price: number,
  { inputWidth, nextWidth }: Surroundings,
  memo: SizeMemo | null = null,
): HornerBlock | null {
  const { radices, carrierCopies, selection } = structure;
  const depth = radices.length;
  const wanted = demand.outputs + 1;
  const splitWidth =
    demand.splitCoordinates === 0
      ? null
      : demand.inputs +
        leastSlack(3 * (demand.inputs + 2 * wanted), price, (slack) =>
          splitFailure(demand.splitCoordinates, demand.inputs, demand.inputs + slack),
        );
  // Widths without slack, for what one more neuron costs its neighbours.
  const lean = [splitWidth ?? inputWidth];
  for (let t = 1; t < depth; t++) {
    lean.push(demand.inputs * carrierCopies[t - 1] + radices[t - 1] * wanted);
  }
  lean.push(radices[depth - 1] * demand.outputs + 8, demand.outputs);
  const neuronCosts = (t: number): number => lean[t - 1] + lean[t + 1];
  const chains = chainCount(demand, structure, radices, neuronCosts, price);
  if (chains === Number.POSITIVE_INFINITY) return null;

  const slacks = memo?.slacks ?? new Map<string, number>();
  const hiddenWidths: number[] = [];
  let block: HornerBlock = {
    splitWidth,
    radices,
    carrierCopies,
    chains,
    selection,
    hiddenWidths,
    offsetCopies: 1,
    outputWidth: demand.outputs,
  };
  for (let t = 1; t < depth; t++) {
    const here = t <= selection ? chains : wanted;
    const least = demand.inputs * carrierCopies[t - 1] + radices[t - 1] * here;
    const key = [radices[t - 1], radices[t - 2], carrierCopies[t - 1], here].join();
    let slack = slacks.get(key);
    if (slack === undefined) {
      slack = leastSlack(neuronCosts(t), price, (extra) => {
        hiddenWidths[t - 1] = least + extra;
        return carrierFailure(demand, block, t) + accumulatorFailure(demand, block, t);
      });
      slacks.set(key, slack);
    }
    hiddenWidths[t - 1] = least + slack;
  }
  const endKey = `${radices[depth - 1]} ${radices[depth - 2]}`;
  const known = memo?.ends.get(endKey);
  if (known !== undefined) {
    const { last, ...end } = known;
    block = { ...block, ...end, hiddenWidths: [...hiddenWidths, last] };
  } else {
    block = sizeEnd(demand, block, price, nextWidth);
    const { offsetCopies, outputWidth } = block;
    memo?.ends.set(endKey, { offsetCopies, outputWidth, last: block.hiddenWidths[depth - 1] });
  }
  const largest = Math.max(...blockWidths(block));
  return largest <= MAXIMUM_WIDTH ? block : null;
}

/** Sizes the last hidden layer and the output layer, over the number of copies of the offset. */
function sizeEnd(
  demand: BlockDemand,
  unfinished: HornerBlock,
  price: number,
  nextWidth: number,
): HornerBlock {
  const { radices, hiddenWidths } = unfinished;
  const depth = radices.length;
  const before = hiddenWidths[depth - 2];
  let best = unfinished;
  let bestObjective = Number.POSITIVE_INFINITY;
  for (let copies = 1; copies <= MAXIMUM_OFFSET_COPIES; copies++) {
    const widths = [...hiddenWidths];
    let block: HornerBlock = { ...unfinished, hiddenWidths: widths, offsetCopies: copies };
    if (!demand.last) {
      const perOutput = radices[depth - 1] * demand.outputs + copies + nextWidth;
      const slack = leastSlack(perOutput, price, (extra) =>
        outputsFailure(demand, { ...block, outputWidth: demand.outputs + extra }),
      );
      if (slack === Number.POSITIVE_INFINITY) continue;
      block = { ...block, outputWidth: demand.outputs + slack };
    }
    const least = radices[depth - 1] * demand.outputs + copies;
    const slack = leastSlack(before + block.outputWidth, price, (extra) => {
      widths[depth - 1] = least + extra;
      return accumulatorFailure(demand, block, depth) + offsetFailure(block);
    });
    widths[depth - 1] = least + slack;
    const objective =
      widths[depth - 1] * (before + block.outputWidth) +
      block.outputWidth * nextWidth +
      price *
        (accumulatorFailure(demand, block, depth) +
          offsetFailure(block) +
          outputsFailure(demand, block));
    if (objective < bestObjective) {
      bestObjective = objective;
      best = block;
    } else if (bestObjective < Number.POSITIVE_INFINITY && copies > best.offsetCopies + 4) {
      break;
    }
  }
  return best;
}

/** Source weights of a block that reads a layer of `inputWidth` neurons. */
export function blockWeights(block: HornerBlock, inputWidth: number): number {
  let before = inputWidth;
  let total = 0;
  for (const width of blockWidths(block)) {
    total += before * width;
    before = width;
  }
  return total;
}

/**
 * Source weights that one kept digit may cost: it is an addition in every run of the ticket, so a
 * structure that saves a few weights and keeps many more digits is no gain.
 */
const DIGIT_PRICE = 10;

function chooseStructure(demand: BlockDemand, price: number, around: Surroundings): Structure {
  let best: Structure | null = null;
  let bestObjective = Number.POSITIVE_INFINITY;
  const memo: SizeMemo = { slacks: new Map(), ends: new Map() };

  /** The least objective over depths and selections. */
  const weigh = (family: Iterable<StructureShape>): number => {
    let familyBest = Number.POSITIVE_INFINITY;
    let worse = 0;
    for (const shape of family) {
      let here = Number.POSITIVE_INFINITY;
      for (const structure of withSelection(demand, shape)) {
        const block = sizeBlock(demand, structure, price, around, memo);
        if (block === null) continue;
        const objective =
          blockWeights(block, around.inputWidth) +
          block.outputWidth * around.nextWidth +
          DIGIT_PRICE * shape.digitsPerWeight * demand.inputs * demand.outputs;
        here = Math.min(here, objective);
        if (objective < bestObjective) {
          bestObjective = objective;
          best = structure;
        }
      }
      if (here < familyBest) {
        familyBest = here;
        worse = 0;
      } else if (familyBest < Number.POSITIVE_INFINITY && ++worse >= 2) {
        break;
      }
    }
    return familyBest;
  };

  for (const growth of GROWTHS) {
    // Copies of the first carriers, then of the second, for as long as one more is cheaper.
    const copies = [1, 1];
    let least = weigh(structureFamily(demand, growth, copies));
    for (const layer of [0, 1]) {
      for (;;) {
        const more = copies.map((count, index) => (index === layer ? count + 1 : count));
        const objective = weigh(structureFamily(demand, growth, more));
        if (objective >= least) break;
        least = objective;
        copies[layer]++;
      }
    }
  }
  if (best === null) {
    throw new UsageError(
      `no Horner block of at most 2^32 - 1 neurons a layer for ${demand.inputs} inputs and ${demand.outputs} outputs of ${demand.bits} bits`,
    );
  }
  return best;
}

/** A structure's shape with each layer after which chains may be selected. */
function* withSelection(demand: BlockDemand, shape: StructureShape): Generator<Structure> {
  const { radices, carrierCopies } = shape;
  const thresholds = selectionThresholds(radices, demand.bits);
  for (let selection = 1; selection < radices.length; selection++) {
    const threshold = thresholds[selection - 1];
    if (threshold > MAXIMUM_WEIGHED_THRESHOLD) return;
    // At threshold 1 the next layer decides the same with more chances.
    if (threshold < 2 && thresholds[selection] < 2) continue;
    const layers = radices.slice(0, selection).map((radix, index) => ({
      radix,
      digits: radix * (index === 0 ? 1 : carrierCopies[index - 1]),
    }));
    yield { ...shape, selection, pairFailure: windowShortfall(layers, threshold) };
  }
}

/** The least Horner source found for the class with failure bound at most `delta`. */
export function planHorner(networkClass: NetworkClass, delta: number): HornerPlan {
  checkNetworkClass(networkClass);
  if (!(delta > 0 && delta < 1)) throw new RangeError('delta must lie strictly between 0 and 1');
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
  const structures = new Map<string, Structure>();
  const chosen = demands.map((demand, index) => {
    const key = JSON.stringify([demand, around[index]]);
    const structure =
      structures.get(key) ?? chooseStructure(demand, (100 * typical) / delta, around[index]);
    structures.set(key, structure);
    return structure;
  });

  const planAt = (logPrice: number): HornerPlan | null => {
    const sized = new Map<string, HornerBlock | null>();
    const blocks: HornerBlock[] = [];
    let inputWidth = around[0].inputWidth;
    for (const [index, demand] of demands.entries()) {
      const here = { ...around[index], inputWidth };
      const key = JSON.stringify([demand, here]);
      let block = sized.get(key);
      if (block === undefined) {
        block = sizeBlock(demand, chosen[index], Math.exp(logPrice), here);
        sized.set(key, block);
      }
      if (block === null) return null;
      blocks.push(block);
      inputWidth = block.outputWidth;
    }
    const plan = hornerPlanOf(networkClass, blocks);
    return plan.failureBound <= delta ? plan : null;
  };
  let low = Math.log(1 / delta);
  let high = low + Math.log(100 * typical);
  let plan = planAt(high);
  while (plan === null) {
    low = high;
    high += Math.log(1000);
    if (high > 600)
      throw new UsageError(
        `no Horner source keeps a failure bound of ${delta}; take a larger delta`,
      );
    plan = planAt(high);
  }
  while (high - low > 0.02) {
    const middle = (low + high) / 2;
    const leaner = planAt(middle);
    if (leaner === null) low = middle;
    else {
      high = middle;
      plan = leaner;
    }
  }
  return plan;
}
