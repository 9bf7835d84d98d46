/**
 * The cheapest sizes of a block of chains in fours whose structure is given: every slack, the chains to
 * select from and the copies of the offsets, at one price per unit of failure probability.
 */
import { MAXIMUM_WIDTH } from '../../../source/shape.js';
import { splitFailure } from '../../failure-bounds.js';
import { leastSlack } from '../../slack.js';
import { type BlockDemand, blockWidths, type QuadsBlock } from '../plan.js';
import { blockWeights, type Surroundings } from '../sizes.js';
import {
  goodChains,
  isRelayLayer,
  quadChains,
  quadOffsetFailure,
  quadOutputsFailure,
  quadsTermFailure,
  quadWindowFailure,
  topLayers,
  unitFailure,
} from './block.js';
import type { ByType } from './offsets.js';

/** The top of a block and its units, as a plan has them. */
export type QuadsStructure = Pick<QuadsBlock, 'radices' | 'carrierCopies' | 'selection' | 'quads'>;

type BlockEnd = Pick<QuadsBlock, 'offsetCopies' | 'outputWidth'> & { readonly last: number };

const MAXIMUM_OFFSET_COPIES = 256;

/** So few chains are good that no number of them is worth a try. */
const HOPELESS = 0.05;

/** Sizes structures for one demand at one price. */
export class QuadsSizer {
  readonly #demand: BlockDemand;
  readonly #price: number;
  readonly #around: Surroundings;
  readonly #splitWidth: number | null;
  /** Slacks of layers, by what they depend on. */
  readonly #slacks = new Map<string, number>();
  #end: BlockEnd | null = null;

  constructor(demand: BlockDemand, price: number, around: Surroundings) {
    this.#demand = demand;
    this.#price = price;
    this.#around = around;
    const { inputs, splitCoordinates } = demand;
    const split = (slack: number): number => splitFailure(splitCoordinates, inputs, inputs + slack);
    this.#splitWidth =
      splitCoordinates === 0
        ? null
        : inputs + leastSlack(3 * (inputs + 2 * quadChains(demand)), price, split);
  }

  /** The structure without slacks, and with as many chains as go on. */
  lean({ radices, carrierCopies, selection, quads }: QuadsStructure): QuadsBlock {
    const { inputs, outputs } = this.#demand;
    const chains = quadChains(this.#demand);
    const hiddenWidths = radices.map((radix, index) =>
      index === radices.length - 1
        ? outputs + 2
        : radix * chains + inputs * (carrierCopies[index] as number),
    );
    return {
      splitWidth: this.#splitWidth,
      radices,
      carrierCopies,
      chains,
      selection,
      hiddenWidths,
      offsetCopies: 1,
      outputWidth: outputs,
      quads,
    };
  }

  /** Source weights of a block. */
  weights(block: QuadsBlock): number {
    return blockWeights(block, this.#around.inputWidth);
  }

  /** The structure with its cheapest sizes; null if there are none. */
  size(structure: QuadsStructure): QuadsBlock | null {
    const lean = this.lean(structure);
    const extra = this.#extraChains(lean, goodChains(this.#demand, structure));
    if (extra === Number.POSITIVE_INFINITY) return null;
    const block = { ...lean, chains: lean.chains + extra };
    const hiddenWidths = this.#widths(block);
    const end = this.#endOf({ ...block, hiddenWidths });
    if (end === null || hiddenWidths.includes(Number.POSITIVE_INFINITY)) return null;
    const { last, ...ends } = end;
    hiddenWidths[hiddenWidths.length - 1] = last;
    const sized = { ...block, ...ends, hiddenWidths };
    return Math.max(...blockWidths(sized)) <= MAXIMUM_WIDTH ? sized : null;
  }

  /** Chains to start with beyond those that go on. */
  #extraChains(lean: QuadsBlock, good: ByType<number>): number {
    const [lesser, greater] = good;
    if (greater < HOPELESS || lesser < HOPELESS) return Number.POSITIVE_INFINITY;
    const failure = (extra: number): number =>
      quadWindowFailure(this.#demand, lean.chains + extra, good);
    let perChain = 0;
    for (let t = 1; t <= lean.selection; t++) {
      perChain += (lean.radices[t - 1] as number) * this.#beside(lean, t);
    }
    const guess = Math.ceil(lean.chains / Math.min(lesser, 2 * greater)) - lean.chains;
    return leastSlack(perChain, this.#price, failure, guess);
  }

  /** Weights that one more neuron of hidden layer t costs. */
  #beside({ hiddenWidths, outputWidth, splitWidth }: QuadsBlock, t: number): number {
    const before = hiddenWidths[t - 2] ?? splitWidth ?? this.#around.inputWidth;
    return before + (hiddenWidths[t] ?? outputWidth);
  }

  /** Widths of the hidden layers but the last one. */
  #widths(block: QuadsBlock): number[] {
    const demand = this.#demand;
    const { radices, carrierCopies, selection, chains } = block;
    const top = topLayers(block);
    const hiddenWidths = [...block.hiddenWidths];
    for (let t = 1; t < radices.length; t++) {
      const here = t <= selection ? chains : quadChains(demand);
      const radix = radices[t - 1] as number;
      const least = radix * here + demand.inputs * (carrierCopies[t - 1] as number);
      const kind = t > top ? [isRelayLayer(block, t)] : [t === 1 ? 0 : radices[t - 2], radix, here];
      const key = `${kind.join()} ${carrierCopies[t - 1]}`;
      let slack = this.#slacks.get(key);
      if (slack === undefined) {
        const widths = [...hiddenWidths];
        const tried = { ...block, hiddenWidths: widths };
        const failure = (more: number): number => {
          widths[t - 1] = least + more;
          return (
            quadsTermFailure(demand, tried, 'carriers', t) +
            quadsTermFailure(demand, tried, 'accumulators', t)
          );
        };
        slack = leastSlack(this.#beside(block, t), this.#price, failure);
        this.#slacks.set(key, slack);
      }
      hiddenWidths[t - 1] = least + slack;
    }
    return hiddenWidths;
  }

  /** The last hidden layer and the outputs, over the number of copies; the same for all structures. */
  #endOf(unfinished: QuadsBlock): BlockEnd | null {
    if (this.#end !== null) return this.#end;
    const { nextWidth } = this.#around;
    const demand = this.#demand;
    const depth = unfinished.hiddenWidths.length;
    const before = unfinished.hiddenWidths[depth - 2] as number;
    let bestObjective = Number.POSITIVE_INFINITY;
    let worse = 0;
    for (let copies = 1; copies <= MAXIMUM_OFFSET_COPIES && worse < 3; copies++) {
      const block = this.#endWith(unfinished, copies);
      if (block === null) continue;
      const last = block.hiddenWidths[depth - 1] as number;
      const failure =
        unitFailure(demand, block, depth) +
        quadOffsetFailure(block) +
        quadOutputsFailure(demand, block);
      const { outputWidth, offsetCopies } = block;
      const objective =
        last * (before + outputWidth) + outputWidth * nextWidth + this.#price * failure;
      worse++;
      if (objective < bestObjective) {
        bestObjective = objective;
        worse = 0;
        this.#end = { offsetCopies, outputWidth, last };
      }
    }
    return this.#end;
  }

  /** The end with so many copies of each offset. */
  #endWith(unfinished: QuadsBlock, offsetCopies: number): QuadsBlock | null {
    const demand = this.#demand;
    const { outputs, last } = demand;
    const widths = [...unfinished.hiddenWidths];
    const depth = widths.length;
    const least = outputs + 2 * offsetCopies;
    let block: QuadsBlock = { ...unfinished, offsetCopies, hiddenWidths: widths };
    if (!last) {
      const failure = (more: number): number =>
        quadOutputsFailure(demand, { offsetCopies, outputWidth: outputs + more });
      const slack = leastSlack(least + this.#around.nextWidth, this.#price, failure);
      if (slack === Number.POSITIVE_INFINITY) return null;
      block = { ...block, outputWidth: outputs + slack };
    }
    const failure = (more: number): number => {
      widths[depth - 1] = least + more;
      return unitFailure(demand, block, depth) + quadOffsetFailure(block);
    };
    const slack = leastSlack(this.#beside(block, depth), this.#price, failure);
    if (slack === Number.POSITIVE_INFINITY) return null;
    widths[depth - 1] = least + slack;
    return block;
  }
}
