/**
 * The cheapest sizes of a block of growing chains: every width by what one more neuron costs and what its
 * failure probability is worth at the price that all blocks share; then the top, digit by digit.
 */
import { binomialShortfall } from '../failure-bounds.js';
import { leastSlack } from '../slack.js';
import { chainCount, growthBits, outputGroups } from './chains.js';
import { ceilingLog, type SkipDemand, splitLayerFailure } from './demand.js';
import {
  accumulatorFailure,
  digitInputs,
  doublingFailure,
  type GrownBlock,
  isByIndex,
  lastRelayFailure,
  offsetFailure,
  outputsFailure,
  relayFailure,
  unitsFailure,
  windowFailure,
} from './grown-block.js';
import { GROWTHS, type Growth, type GrowthName, groupRelays, groupSize } from './growths.js';
import { sumFailure, totalShortfall } from './sum-failure.js';
import { topShortfall } from './tops.js';

/** The layers around a block. */
export interface Surroundings {
  /** Neurons of the layer that the block reads. */
  readonly inputWidth: number;
  /** Neurons of the next block that read its outputs; 0 after the last block. */
  readonly nextReaders: number;
  /** Source weights that a unit of failure probability is worth. */
  readonly price: number;
}

/** A block with what it costs: its weights, those of the edges that read it, and its failure. */
export interface Sized<Block> {
  readonly block: Block;
  readonly objective: number;
}

/** What a block is sized with; the planner weighs these against each other. */
export interface TopChoice {
  readonly head: number;
  readonly units: number;
  readonly baseCopies: number;
}

type Body = Omit<
  GrownBlock,
  'head' | 'levels' | 'units' | 'chains' | 'baseCopies' | 'baseWidth' | 'unitWidth'
>;

type Summed = Pick<GrownBlock, 'splitWidth' | 'sums' | 'totalWidth'>;
const NO_SUMS: Summed = { splitWidth: 0, sums: 0, totalWidth: 0 };
const MAXIMUM_SUMS = 16;
/** Of the layer after the base's, whose width is not known yet. */
const TYPICAL_BASE_WIDTH = 50;

const MAXIMUM_OFFSET_COPIES = 256;
/** The best number of copies is taken for that once so many more are no better. */
const COPIES_AROUND = 2;

/** Widths that the weights of a block follow from. */
type Widths = Pick<
  GrownBlock,
  | 'levels'
  | 'chains'
  | 'totalWidth'
  | 'baseWidth'
  | 'unitWidth'
  | 'relayWidth'
  | 'accumulatorWidth'
  | 'lastWidth'
  | 'outputWidth'
>;

/**
 * Weights of a block that reads `digits` neurons for its digits, but for its first layers, which are the same
 * for every top; and those of the edges that read its outputs.
 */
function weightsOf(
  growth: Growth,
  { parts }: SkipDemand,
  { nextReaders }: Surroundings,
  digits: number,
  widths: Widths,
): number {
  const { levels, chains, baseWidth, unitWidth, relayWidth, accumulatorWidth } = widths;
  const own = growth.direct ? 1 : 0;
  const read = digits + (growth.bits === 2 ? parts : 0);
  const top =
    unitWidth * (digits + baseWidth) +
    chains * (unitWidth + digits + baseWidth) +
    baseWidth * widths.totalWidth;
  const end = (before: number): number =>
    widths.lastWidth * before + widths.outputWidth * (widths.lastWidth + own * before + read);
  const readers = widths.outputWidth * nextReaders;
  if (levels === 1) return top + end(chains) + readers;
  const level = (before: number): number =>
    relayWidth * before + accumulatorWidth * (relayWidth + own * before + read);
  const levelsBetween = (levels - 2) * level(accumulatorWidth);
  return top + level(chains) + levelsBetween + end(accumulatorWidth) + readers;
}

/** Heads that are weighed; around a base there is none. */
const MAXIMUM_HEAD = 8;

export function mostHead({ based }: Growth): number {
  return based ? 0 : MAXIMUM_HEAD;
}

/**
 * At most the units that a top needs so that at `inputs` inputs no shortfall of more than 1 is expected: where
 * all `units + 1` digits are -1 it falls short, and half of them must suffice if there are two inputs.
 */
function leastUnits(growth: Growth, inputs: number, head: number): number {
  const reach = growth.reaches[0] * 2 ** head;
  const bySigns = Math.ceil(Math.log2(inputs) - 1e-9) - 1;
  const byReach = growth.based || inputs < 2 ? 1 : 2 * reach - 2;
  return Math.max(1, bySigns, byReach);
}

/** Rounding of sums of weights is far below this share of them. */
const UNROUNDED = 1 - 1e-9;

type LevelWidths = Pick<GrownBlock, 'relayWidth' | 'accumulatorWidth'>;

/**
 * At most what any block of this growth costs whose levels are of these widths, and fail with this
 * probability each: over all heads with a top, and an end, without any slack.
 */
function leastOver(
  growth: Growth,
  demand: SkipDemand,
  around: Surroundings,
  levelWidths: LevelWidths,
  levelFailure: number,
): number {
  const chains = chainCount(growth, demand);
  const split = !growth.based && (demand.signed || demand.copied);
  const digits = split ? demand.parts : around.inputWidth;
  const inputs = digitInputs(growth, demand);
  const first =
    (split ? demand.parts * around.inputWidth : 0) +
    (growth.bits === 2 ? 2 * demand.parts * (digits + demand.parts) : 0);
  const ends = {
    lastWidth: outputGroups(growth, demand) * groupRelays(growth) + growth.copyKinds.length,
    outputWidth: demand.outputs,
  };
  let least = Number.POSITIVE_INFINITY;
  for (let head = 0; head <= mostHead(growth); head++) {
    const levels = growthBits(growth, demand, head) / growth.bits;
    if (levels < 1) break;
    const unitWidth = leastUnits(growth, inputs, head) * chains;
    const widths = { ...levelWidths, ...ends, levels, chains, unitWidth };
    const weights = weightsOf(growth, demand, around, digits, {
      ...widths,
      totalWidth: 0,
      baseWidth: 0,
    });
    least = Math.min(least, weights + around.price * (levels - 1) * levelFailure);
  }
  return (first + least) * UNROUNDED;
}

/** At most what any block of this growth costs. */
export function leastObjective(name: GrowthName, demand: SkipDemand, around: Surroundings): number {
  const growth = GROWTHS[name];
  const chains = chainCount(growth, demand);
  const relayWidth = (chains / groupSize(growth)) * groupRelays(growth);
  return leastOver(growth, demand, around, { relayWidth, accumulatorWidth: chains }, 0);
}

/** Sizes blocks of one growth for one demand. */
export class GrownSizer {
  readonly #growth: Growth;
  readonly #demand: SkipDemand;
  readonly #around: Surroundings;
  readonly #chains: number;
  readonly #split: Summed;
  readonly #levels: LevelWidths;
  /** Of one level, relays and accumulators. */
  readonly #levelFailure: number;
  /** What does not depend on the top; null if there are no such widths. Undefined until it is asked for. */
  #sizedBody: Body | null | undefined;
  /** The fewest units of the last head that was asked for. */
  #units = { head: 0, count: 1 };
  /** The last top's chains to select from: a good guess for the next. */
  #extraChains = 0;

  constructor(name: GrowthName, demand: SkipDemand, around: Surroundings) {
    this.#growth = GROWTHS[name];
    this.#demand = demand;
    this.#around = around;
    this.#chains = chainCount(this.#growth, demand);
    const { based } = this.#growth;
    this.#split = based ? this.#summed() : { ...NO_SUMS, splitWidth: this.#splitWidth() };
    [this.#levels, this.#levelFailure] = this.#sizeLevels();
  }

  /** At most what any block costs, whatever its top and its end. */
  leastObjective(): number {
    const { relayWidth, accumulatorWidth } = this.#levels;
    if (!Number.isFinite(relayWidth + accumulatorWidth)) return Number.POSITIVE_INFINITY;
    return leastOver(this.#growth, this.#demand, this.#around, this.#levels, this.#levelFailure);
  }

  /** Neurons that a digit is read from, those with twice the inputs among them. */
  #read(): number {
    return this.#digitWidth() + (this.#growth.bits === 2 ? this.#demand.parts : 0);
  }

  /** Widths of a level, and its failure. */
  #sizeLevels(): [LevelWidths, number] {
    const growth = this.#growth;
    const { price } = this.#around;
    const chains = this.#chains;
    const groups = chains / groupSize(growth);
    const read = this.#read();
    const leastRelays = groups * groupRelays(growth);
    const relays = (slack: number): number =>
      relayFailure(growth, groups, leastRelays + slack, growth.accumulatorsFirst);
    let relayWidth = leastRelays;
    let accumulatorWidth = chains;
    // Each width is what the other costs: twice is enough.
    for (let round = 0; round < 2; round++) {
      relayWidth = leastRelays + leastSlack(2 * accumulatorWidth, price, relays);
      if (isByIndex(growth)) continue;
      const costs = 2 * relayWidth + read + (growth.direct ? 2 * accumulatorWidth : 0);
      accumulatorWidth =
        chains +
        leastSlack(costs, price, (slack) => accumulatorFailure(growth, chains, chains + slack));
    }
    const failure =
      relays(relayWidth - leastRelays) + accumulatorFailure(growth, chains, accumulatorWidth);
    return [{ relayWidth, accumulatorWidth }, failure];
  }

  get #body(): Body | null {
    if (this.#sizedBody === undefined) this.#sizedBody = this.#sizeBody();
    return this.#sizedBody;
  }

  /** The levels with what comes before and after them. */
  #sizeBody(): Body | null {
    const growth = this.#growth;
    const demand = this.#demand;
    const { accumulatorWidth } = this.#levels;
    const digits = this.#digitWidth();
    let doublingWidth = 0;
    if (growth.bits === 2) {
      const failure = (slack: number): number => doublingFailure(demand, 2 * demand.parts + slack);
      doublingWidth =
        2 * demand.parts + leastSlack(digits + demand.parts, this.#around.price, failure);
    }
    const own = growth.direct ? accumulatorWidth : 0;
    const body = {
      scheme: growth.name,
      ...this.#split,
      doublingWidth,
      ...this.#levels,
      ...this.#sizeEnd(accumulatorWidth, this.#read() + own),
    };
    return Object.values(body).includes(Number.POSITIVE_INFINITY) ? null : body;
  }

  #splitWidth(): number {
    const { signed, copied, parts, outputs } = this.#demand;
    const { price, inputWidth } = this.#around;
    if (!signed && !copied) return 0;
    const bits = growthBits(this.#growth, this.#demand, 0);
    const failure = (slack: number): number => splitLayerFailure(this.#demand, parts + slack);
    return parts + leastSlack(inputWidth + bits * outputs, price, failure);
  }

  /** The split layer of signed inputs and the base that is summed up from it. */
  #summed(): Summed {
    const { columns, parts } = this.#demand;
    const { price, inputWidth } = this.#around;
    let best = NO_SUMS;
    let bestObjective = Number.POSITIVE_INFINITY;
    for (let sums = 1; sums <= MAXIMUM_SUMS; sums++) {
      const split = (slack: number): number => sumFailure(columns, parts, parts + slack, sums);
      const splitWidth = parts + leastSlack(inputWidth + sums, price, split);
      const total = (slack: number): number => totalShortfall(1 + slack, sums);
      const totalWidth = 1 + leastSlack(sums + TYPICAL_BASE_WIDTH, price, total);
      const objective = splitWidth * (inputWidth + sums) + totalWidth * (sums + TYPICAL_BASE_WIDTH);
      if (objective >= bestObjective) break;
      bestObjective = objective;
      best = { splitWidth, sums, totalWidth };
    }
    return best;
  }

  /** Last relays, copies of the offset, outputs: over the number of copies. */
  #sizeEnd(
    before: number,
    read: number,
  ): Pick<GrownBlock, 'lastWidth' | 'offsetCopies' | 'outputWidth'> {
    const growth = this.#growth;
    const demand = this.#demand;
    const { price, nextReaders } = this.#around;
    const kinds = growth.copyKinds.length;
    const leastRelays = outputGroups(growth, demand) * groupRelays(growth);
    let best = { lastWidth: Number.POSITIVE_INFINITY, offsetCopies: 1, outputWidth: 0 };
    let bestObjective = Number.POSITIVE_INFINITY;
    let outputSlack = 0;
    let hiddenSlack = 0;
    for (let copies = 1; copies <= MAXIMUM_OFFSET_COPIES; copies++) {
      const outputs = (slack: number): number =>
        outputsFailure(growth, demand, copies, demand.outputs + slack);
      if (!demand.last && !isByIndex(growth)) {
        const costs = leastRelays + kinds * copies + read + nextReaders;
        const slack = leastSlack(costs, price, outputs, outputSlack);
        if (slack === Number.POSITIVE_INFINITY) continue;
        outputSlack = slack;
      }
      const outputWidth = demand.outputs + outputSlack;
      const least = leastRelays + kinds * copies;
      const hidden = (slack: number): number =>
        lastRelayFailure(growth, demand, copies, least + slack) +
        offsetFailure(growth, copies, least + slack);
      hiddenSlack = leastSlack(before + outputWidth, price, hidden, hiddenSlack);
      const lastWidth = least + hiddenSlack;
      const objective =
        lastWidth * (before + outputWidth) +
        outputWidth * (read + nextReaders) +
        price * (hidden(hiddenSlack) + outputs(outputSlack));
      if (objective < bestObjective) {
        bestObjective = objective;
        best = { lastWidth, offsetCopies: copies, outputWidth };
      } else if (
        bestObjective < Number.POSITIVE_INFINITY &&
        copies > best.offsetCopies + COPIES_AROUND
      ) {
        break;
      }
    }
    return best;
  }

  /** Units at which few chains are lost, where a search may begin. */
  fewestUnits(head: number): number {
    const inputs = digitInputs(this.#growth, this.#demand);
    const reach = this.#growth.reaches[0] * 2 ** head;
    // What reaches farther takes at least as many units.
    let units = head > this.#units.head ? this.#units.count : 1;
    const shortfall = (): number => (this.#growth.based ? 2 ** -units : topShortfall(units, reach));
    while (inputs * shortfall() > 1) units++;
    this.#units = { head, count: units };
    return units;
  }

  /** The block with this top; null if there is none. */
  size({ head, units, baseCopies }: TopChoice): Sized<GrownBlock> | null {
    const growth = this.#growth;
    const demand = this.#demand;
    const { price } = this.#around;
    const body = this.#body;
    const levels = growthBits(growth, demand, head) / growth.bits;
    if (body === null || levels < 1) return null;
    let baseWidth = 0;
    if (growth.based) {
      const costs = units * this.#chains;
      const failure = (slack: number): number =>
        binomialShortfall(2 * baseCopies + slack, 1 / 2, baseCopies);
      baseWidth = 2 * baseCopies + leastSlack(costs, price, failure);
    }
    const digits = this.#digitWidth() + baseWidth;
    const perChain =
      units * (digits + this.#chains) + units * this.#chains + digits + body.relayWidth;
    const windows = (extra: number): number =>
      windowFailure(growth, demand, { head, units, baseCopies, chains: this.#chains + extra });
    const extra = leastSlack(perChain, price, windows, this.#extraChains);
    if (extra === Number.POSITIVE_INFINITY) return null;
    this.#extraChains = extra;
    const chains = this.#chains + extra;
    const least = units * chains;
    const unit = (slack: number): number => unitsFailure(chains, units, least + slack, baseCopies);
    const unitWidth = least + leastSlack(digits + chains, price, unit);
    if (unitWidth === Number.POSITIVE_INFINITY) return null;
    const block: GrownBlock = {
      ...body,
      head,
      levels,
      units,
      chains,
      baseCopies,
      baseWidth,
      unitWidth,
    };
    const failure = windows(extra) + unit(unitWidth - least) + (levels - 1) * this.#levelFailure;
    const weights = weightsOf(growth, demand, this.#around, this.#digitWidth(), block);
    return { block, objective: weights + price * failure };
  }

  #digitWidth(): number {
    const { splitWidth } = this.#split;
    return this.#growth.based || splitWidth === 0 ? this.#around.inputWidth : splitWidth;
  }

  /** The failure terms that are the same for every top, and the weights of the first layers. */
  fixedObjective(): number {
    const body = this.#body;
    if (body === null) return Number.POSITIVE_INFINITY;
    const { columns, parts } = this.#demand;
    const { inputWidth, price } = this.#around;
    const { splitWidth, sums, totalWidth, doublingWidth, lastWidth, offsetCopies, outputWidth } =
      body;
    const first = splitWidth * (inputWidth + sums) + sums * totalWidth;
    const doubled = doublingWidth * (this.#digitWidth() + parts);
    const split =
      sums > 0
        ? sumFailure(columns, parts, splitWidth, sums) + totalShortfall(totalWidth, sums)
        : splitWidth > 0
          ? splitLayerFailure(this.#demand, splitWidth)
          : 0;
    const doubling = doublingWidth > 0 ? doublingFailure(this.#demand, doublingWidth) : 0;
    const end =
      offsetFailure(this.#growth, offsetCopies, lastWidth) +
      lastRelayFailure(this.#growth, this.#demand, offsetCopies, lastWidth) +
      outputsFailure(this.#growth, this.#demand, offsetCopies, outputWidth);
    return first + doubled + price * (split + doubling + end);
  }
}

/** About the top and the end of a block, in levels of its growth. */
const LEVELS_BESIDE = 8;

/** About how many source weights a block needs: levels of the best growth, and a few more of them. */
export function approximateSize(demand: SkipDemand): number {
  const { parts, outputs, entries, unit } = demand;
  const bits = LEVELS_BESIDE + Math.max(ceilingLog(entries), ceilingLog(unit));
  const chains = outputs + 1;
  const perBit = [
    4 * chains * chains + chains * parts,
    2 * Math.max(chains, 80) ** 2 + chains * parts,
    Math.max(chains, 400) ** 2 + chains * parts,
    4 * parts * parts + chains * parts,
  ];
  return bits * Math.min(...perBit);
}
