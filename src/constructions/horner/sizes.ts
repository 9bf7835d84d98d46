/**
 * The cheapest sizes of a block whose structure is given: every slack, the chains to select from and
 * the copies of the offset. All failure terms share one price: a slack is raised while one more neuron
 * costs fewer source weights than the failure probability it saves is worth.
 */
import { MAXIMUM_WIDTH } from '../../source/shape.js';
import { binomialShortfall, splitFailure } from '../failure-bounds.js';
import { leastSlack } from '../slack.js';
import {
  accumulatorFailure,
  type BlockDemand,
  blockWidths,
  carrierFailure,
  type HornerBlock,
  offsetFailure,
  outputsFailure,
  type PlainBlock,
} from './plan.js';
import type { Structure, StructureShape } from './structures.js';

const MAXIMUM_OFFSET_COPIES = 4096;

/** The best number of copies is taken for that once so many more (or fewer) are no better. */
const OFFSET_COPIES_AROUND = 2;

/** The layers around a block. */
export interface Surroundings {
  /** Neurons of the layer that the block reads. */
  readonly inputWidth: number;
  /** Neurons of the layer after its outputs, roughly; 0 after the last block. */
  readonly nextWidth: number;
}

type BlockEnd = Pick<PlainBlock, 'offsetCopies' | 'outputWidth'> & { readonly last: number };

/** Growths and copies are below this. */
const KINDS = 64;

/** A number for what the slack of a hidden layer depends on besides the block's demand and its chains. */
function layerKind(radix: number, radixBefore: number, copies: number): number {
  return (radix * KINDS + radixBefore) * KINDS + copies;
}

/** The same with the number of chains, a source's width at most. */
function slackKey(kind: number, chains: number): number {
  return kind * 2 ** 32 + chains;
}

/** Beside the numbers of kinds: where the copies of the offset are guessed. */
function endGuess(kind: number): number {
  return kind + KINDS ** 3;
}

/** Sizes structures for one demand at one price per unit of failure probability. */
export class BlockSizer {
  readonly #demand: BlockDemand;
  readonly #price: number;
  readonly #around: Surroundings;
  /** Slacks by `layerKind`, and copies of the offset, as good guesses for other sizers. */
  readonly #guesses: Map<number, number>;
  /** Slacks that hardly differ between structures, by `slackKey`. */
  readonly #slacks = new Map<number, number>();
  /** Ends of the block by its last growths. */
  readonly #ends = new Map<number, BlockEnd>();
  readonly #splitWidth: number | null;
  /** Chains that go on after the selection: the outputs' and the offset's. */
  readonly #wanted: number;

  constructor(
    demand: BlockDemand,
    price: number,
    around: Surroundings,
    guesses: Map<number, number> = new Map(),
  ) {
    this.#demand = demand;
    this.#price = price;
    this.#around = around;
    this.#guesses = guesses;
    this.#wanted = demand.outputs + 1;
    const { inputs, splitCoordinates } = demand;
    const split = (slack: number): number => splitFailure(splitCoordinates, inputs, inputs + slack);
    this.#splitWidth =
      splitCoordinates === 0
        ? null
        : inputs + leastSlack(3 * (inputs + 2 * this.#wanted), price, split);
  }

  /** The structure with its cheapest sizes; null if there are none. */
  size(structure: Structure): PlainBlock | null {
    const lean = this.leanWidths(structure);
    const { extra } = this.extraChains(structure, lean);
    return this.sizeWith(structure, extra, lean);
  }

  /** Widths without slack and before any selection, from the layer that hidden layer 1 reads on. */
  leanWidths({ radices, carrierCopies }: StructureShape): number[] {
    const { inputs, outputs } = this.#demand;
    const depth = radices.length;
    const lean = [this.#splitWidth ?? this.#around.inputWidth];
    for (let t = 1; t < depth; t++) {
      lean.push(inputs * carrierCopies[t - 1] + radices[t - 1] * this.#wanted);
    }
    lean.push(radices[depth - 1] * outputs + 8, outputs);
    return lean;
  }

  /** At most the weights of any block of this shape: slacks as far as known, no chains to select from. */
  leastWeights({ radices, carrierCopies }: StructureShape, lean: readonly number[]): number {
    const depth = radices.length;
    let before = lean[0];
    let weights = 0;
    for (let t = 1; t < lean.length; t++) {
      let width = lean[t];
      if (t > 1 && t < depth) {
        const kind = layerKind(radices[t - 1], radices[t - 2], carrierCopies[t - 1]);
        width += this.#slacks.get(slackKey(kind, this.#wanted)) ?? 0;
      }
      weights += before * width;
      before = width;
    }
    return weights;
  }

  /**
   * Chains to start with beyond the wanted ones, and about how many weights they cost; Infinity if too
   * few of any number would be good, or of as many as cost `most`.
   */
  extraChains(
    { selection, pairFailure, radices }: Structure,
    lean: readonly number[],
    most = Number.POSITIVE_INFINITY,
  ): { readonly extra: number; readonly weights: number } {
    const wanted = this.#wanted;
    const good = Math.exp(this.#demand.inputs * Math.log1p(-pairFailure));
    let perChain = 0;
    for (let t = 1; t <= selection; t++) perChain += radices[t - 1] * (lean[t - 1] + lean[t + 1]);
    // With fewer, about half of all seeds have too few good ones.
    const least = wanted / good - wanted;
    if (!(good > 0.05 && least * perChain <= most)) {
      return { extra: Number.POSITIVE_INFINITY, weights: Number.POSITIVE_INFINITY };
    }
    const failure = (slack: number): number => binomialShortfall(wanted + slack, good, wanted);
    const extra = leastSlack(perChain, this.#price, failure, Math.ceil(2 * least));
    return { extra, weights: extra * perChain };
  }

  /** The structure with so many chains to select from. */
  sizeWith(structure: Structure, extra: number, lean: readonly number[]): PlainBlock | null {
    if (extra === Number.POSITIVE_INFINITY) return null;
    const demand = this.#demand;
    const wanted = this.#wanted;
    const { radices, carrierCopies, selection } = structure;
    const depth = radices.length;
    const chains = wanted + extra;
    const hiddenWidths = new Array<number>(depth).fill(0);
    const block: PlainBlock = {
      splitWidth: this.#splitWidth,
      radices,
      carrierCopies,
      chains,
      selection,
      hiddenWidths,
      offsetCopies: 1,
      outputWidth: demand.outputs,
    };
    for (let t = 1; t < depth; t++) {
      const radix = radices[t - 1];
      const copies = carrierCopies[t - 1];
      const here = t > selection ? wanted : chains;
      const least = demand.inputs * copies + radix * here;
      const kind = layerKind(radix, t === 1 ? 0 : radices[t - 2], copies);
      const key = slackKey(kind, here);
      let slack = this.#slacks.get(key);
      if (slack === undefined) {
        const failure = (more: number): number => {
          hiddenWidths[t - 1] = least + more;
          return carrierFailure(demand, block, t) + accumulatorFailure(demand, block, t);
        };
        const costs = lean[t - 1] + lean[t + 1];
        slack = leastSlack(costs, this.#price, failure, this.#guesses.get(kind));
        this.#slacks.set(key, slack);
        this.#guesses.set(kind, slack);
      }
      hiddenWidths[t - 1] = least + slack;
    }
    const endKind = layerKind(radices[depth - 1], radices[depth - 2], 0);
    let end = this.#ends.get(endKind);
    if (end === undefined) {
      end = this.#endOf(block, endKind);
      this.#ends.set(endKind, end);
    }
    const { last, ...ends } = end;
    hiddenWidths[depth - 1] = last;
    const sized = { ...block, ...ends };
    return Math.max(...blockWidths(sized)) <= MAXIMUM_WIDTH ? sized : null;
  }

  /** The end of the block, searched near that of a similar block first. */
  #endOf(unfinished: PlainBlock, kind: number): BlockEnd {
    const guess = this.#guesses.get(endGuess(kind));
    const first = guess === undefined ? 1 : Math.max(1, guess - OFFSET_COPIES_AROUND);
    let end = this.#sizeEnd(unfinished, first);
    if (end.offsetCopies === first && first > 1) end = this.#sizeEnd(unfinished, 1);
    this.#guesses.set(endGuess(kind), end.offsetCopies);
    return end;
  }

  /**
   * Sizes the last hidden layer and the output layer, over the number of copies of the offset from
   * `first` on.
   */
  #sizeEnd(unfinished: PlainBlock, first: number): BlockEnd {
    const demand = this.#demand;
    const price = this.#price;
    const { nextWidth } = this.#around;
    const { radices, hiddenWidths } = unfinished;
    const depth = radices.length;
    const before = hiddenWidths[depth - 2];
    const widths = [...hiddenWidths];
    let best: BlockEnd = { offsetCopies: first, outputWidth: demand.outputs, last: 0 };
    let bestObjective = Number.POSITIVE_INFINITY;
    let hiddenSlack = 0;
    let outputSlack = 0;
    for (let copies = first; copies <= MAXIMUM_OFFSET_COPIES; copies++) {
      let block: PlainBlock = { ...unfinished, hiddenWidths: widths, offsetCopies: copies };
      if (!demand.last) {
        const perOutput = radices[depth - 1] * demand.outputs + copies + nextWidth;
        const failure = (extra: number): number =>
          outputsFailure(demand, { ...block, outputWidth: demand.outputs + extra });
        const slack = leastSlack(perOutput, price, failure, outputSlack);
        if (slack === Number.POSITIVE_INFINITY) continue;
        outputSlack = slack;
        block = { ...block, outputWidth: demand.outputs + slack };
      }
      const least = radices[depth - 1] * demand.outputs + copies;
      const failure = (extra: number): number => {
        widths[depth - 1] = least + extra;
        return accumulatorFailure(demand, block, depth) + offsetFailure(block);
      };
      hiddenSlack = leastSlack(before + block.outputWidth, price, failure, hiddenSlack);
      const last = least + hiddenSlack;
      const objective =
        last * (before + block.outputWidth) +
        block.outputWidth * nextWidth +
        price * (failure(hiddenSlack) + outputsFailure(demand, block));
      if (objective < bestObjective) {
        bestObjective = objective;
        const { offsetCopies, outputWidth } = block;
        best = { offsetCopies, outputWidth, last };
      } else if (
        bestObjective < Number.POSITIVE_INFINITY &&
        copies > best.offsetCopies + OFFSET_COPIES_AROUND
      ) {
        break;
      }
    }
    return best;
  }
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
