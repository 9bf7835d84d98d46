/**
 * Diamond: the paper's construction (Theorem 2, Lemmas 3 to 7; theory, section 4).
 *
 * With `n = max(1, bits - 1)`, every `|w| <= 2^(n+1) - 1` is a sum of powers `2^k`, `k = 0..n`. For
 * each half of each input and each power there is one gadget: a pair of neurons in each of the n
 * hidden layers. Layer 1's pair copies the half (`x+` by +1 edges, `x-` by -1 edges from the raw
 * input); the next `k - 1` transitions keep all four edges, which doubles the value, the others pass
 * it on along two parallel edges. The last hidden pair carries `2^(k-1) x` twice and both of its
 * output edges are kept; for k = 0 it carries x, and one output edge is kept. Only the last matrix of
 * a block depends on the weights (Lemma 5), and the gadgets are shared by all outputs.
 *
 * In the random source every gadget owns K candidate pairs per hidden layer and uses the first whose
 * incoming edges are all right. In the last hidden layer every output looks for a candidate whose
 * outgoing edges have the sign of its weight as well.
 */
import { type GrowableUint32, growableUint32 } from '../../core/growable.js';
import type { Progress } from '../../core/progress.js';
import { complete, type Steps } from '../../core/steps.js';
import type { IntegerMatrix, IntegerNetwork } from '../../integer/integer-network.js';
import { checkInClass, matrixBits, type NetworkClass } from '../../integer/network-class.js';
import type { SparseMask } from '../../source/mask.js';
import { maskBuilder } from '../../source/mask-builder.js';
import { blockEndsOf, depthOf, widthOf } from '../../source/shape.js';
import type { LayerSigns, Source } from '../../source/source.js';
import { type Construction, checkSourcePlan, type Finding } from '../construction.js';
import { digitSteps, KEPT_STEPS, LAYER_STEPS } from '../work.js';
import { chooseOutputs, pairScanner } from './candidates.js';
import { type Gadgets, gadgetsOf, type PairInput } from './gadgets.js';
import { diamondLayout } from './placed.js';
import {
  type BlockLayout,
  blockLayouts,
  type DiamondPlan,
  incomingProbability,
  outputProbability,
  planDiamond,
} from './plan.js';

function anyBit(words: Uint32Array): boolean {
  return words.some((word) => word !== 0);
}

/** Gadgets between two steps: a millisecond or so. */
const GADGETS_AT_ONCE = 64;

/** A demand that a block of the source does not meet; its layers count from 1. */
interface UnmetInBlock {
  readonly layer: number;
  readonly demand: string;
  readonly probability: number;
}

/** What one block is found from, and where its masks go. */
interface BlockRequest {
  readonly matrix: IntegerMatrix;
  readonly layout: BlockLayout;
  /** K. */
  readonly candidates: number;
  readonly inputWidth: number;
  layerSigns(layer: number): LayerSigns;
  /** Takes a mask, its layer in the block from 1, and the hidden neurons that the gadgets use. */
  emit(layer: number, mask: SparseMask, used?: GrowableUint32): Progress;
}

interface BlockWork extends BlockRequest {
  readonly gadgets: Gadgets;
  /** The gadgets that some output needs. */
  readonly live: readonly number[];
  /** Of every hidden layer. */
  readonly width: number;
}

function* beginBlock(request: BlockRequest): Steps<BlockWork> {
  const { matrix, layout, candidates } = request;
  const gadgets = gadgetsOf(matrix, layout);
  const live: number[] = [];
  for (let gadget = 0; gadget < gadgets.count; gadget++) {
    if (gadget % GADGETS_AT_ONCE === 0) yield;
    const { plus, minus } = gadgets.needed(gadget);
    if (anyBit(plus) || anyBit(minus)) live.push(gadget);
  }
  return { ...request, gadgets, live, width: 2 * candidates * gadgets.count };
}

/** A hidden layer before the last: each gadget takes the first pair with the right incoming edges. */
function* findHidden(
  { gadgets, live, width, candidates, inputWidth, layerSigns, emit }: BlockWork,
  layer: number,
): Steps<UnmetInBlock | null> {
  const builder = maskBuilder(layer === 1 ? inputWidth : width, width);
  const signs = layerSigns(layer);
  const used = growableUint32();
  for (const [index, gadget] of live.entries()) {
    if (index % GADGETS_AT_ONCE === 0) yield;
    const input = gadgets.input(gadget, layer);
    const pair = pairScanner(signs, 2 * candidates * gadget, candidates, input).next();
    if (pair < 0) {
      return {
        layer,
        demand: `a candidate pair with the right incoming edges for ${gadgets.describe(gadget)}`,
        probability: (1 - incomingProbability(gadgets.power(gadget), layer)) ** candidates,
      };
    }
    keepIncoming(builder.keep, input, [{ neuron: pair, first: true, second: true }]);
    gadgets.pairs[gadget] = pair;
    used.push(pair);
    used.push(pair + 1);
  }
  yield emit(layer, builder.finish(), used);
  return null;
}

/** The last hidden layer and the outputs: every output chooses among the pairs of each gadget. */
function* findLast({
  gadgets,
  live,
  width,
  candidates,
  inputWidth,
  layout: { hidden, outputs },
  layerSigns,
  emit,
}: BlockWork): Steps<UnmetInBlock | null> {
  const lastHidden = maskBuilder(hidden === 1 ? inputWidth : width, width);
  const output = maskBuilder(width, outputs);
  const signs = layerSigns(hidden);
  const outgoing = layerSigns(hidden + 1);
  const used = growableUint32();
  for (const [index, gadget] of live.entries()) {
    if (index % GADGETS_AT_ONCE === 0) yield;
    const power = gadgets.power(gadget);
    const input = gadgets.input(gadget, hidden);
    const scanner = pairScanner(signs, 2 * candidates * gadget, candidates, input);
    const { plus, minus } = gadgets.needed(gadget);
    const choices = chooseOutputs(scanner, outgoing, outputs, power, plus, minus);
    if (choices === null) {
      return {
        layer: hidden,
        demand: `a candidate pair with the right incoming and outgoing edges for ${gadgets.describe(gadget)}`,
        probability: (1 - outputProbability(power, hidden)) ** candidates,
      };
    }
    const into = choices.map(({ neuron, first, second }) => ({
      neuron,
      first: anyBit(first),
      second: anyBit(second),
    }));
    keepIncoming(lastHidden.keep, input, into);
    for (const { neuron, first, second } of choices) {
      if (anyBit(first)) used.push(neuron);
      if (anyBit(second)) used.push(neuron + 1);
      keepBits(output.keep, neuron, first);
      keepBits(output.keep, neuron + 1, second);
    }
  }
  yield emit(hidden, lastHidden.finish(), used);
  yield emit(hidden + 1, output.finish());
  return null;
}

/** Finds one block, layer by layer. */
function* findBlock(request: BlockRequest): Steps<UnmetInBlock | null> {
  const work = yield* beginBlock(request);
  for (let layer = 1; layer < request.layout.hidden; layer++) {
    const unmet = yield* findHidden(work, layer);
    if (unmet !== null) return unmet;
  }
  return yield* findLast(work);
}

/** Keeps a gadget's edges into the given pairs (ascending), as far as their neurons are used. */
function keepIncoming(
  keep: (column: number, row: number) => void,
  { from, kind }: PairInput,
  into: readonly { readonly neuron: number; readonly first: boolean; readonly second: boolean }[],
): void {
  const fromOne = kind === 'positive' || kind === 'negative';
  for (const { neuron, first, second } of into) {
    if (first) keep(from[0], neuron);
    if (second && kind !== 'pass') keep(from[0], neuron + 1);
  }
  if (fromOne) return;
  for (const { neuron, first, second } of into) {
    if (first && kind === 'double') keep(from[1], neuron);
    if (second) keep(from[1], neuron + 1);
  }
}

function keepBits(
  keep: (column: number, row: number) => void,
  column: number,
  words: Uint32Array,
): void {
  for (let index = 0; index < words.length; index++) {
    let word = words[index];
    while (word !== 0) {
      keep(column, index * 32 + (31 - Math.clz32(word & -word)));
      word &= word - 1;
    }
  }
}

function* findSteps(
  network: IntegerNetwork,
  source: Source,
  plan: DiamondPlan,
  sink: (t: number, mask: SparseMask) => void,
): Steps<Finding> {
  checkSourcePlan(source, plan, 'diamond');
  const { networkClass, candidates } = plan;
  const blockEnds = blockEndsOf(source.shape);
  checkInClass(network, networkClass);
  const layouts = blockLayouts(networkClass);
  const depth = depthOf(source.shape);
  let start = 0;
  let digits = 0;
  const used: (GrowableUint32 | undefined)[] = [];
  for (const [block, layout] of layouts.entries()) {
    const before = start;
    const unmet = yield* findBlock({
      matrix: network.matrices[block],
      layout,
      candidates,
      inputWidth: widthOf(source.shape, before),
      layerSigns: (layer) => source.layer(before + layer),
      emit(layer, mask, neurons) {
        used[before + layer - 1] = neurons;
        sink(before + layer, mask);
        // Only the last matrix of a block depends on the weights (Lemma 5).
        if (before + layer === blockEnds[block]) digits += mask.rows.length;
        return { stage: 'find', done: before + layer, total: depth };
      },
    });
    if (unmet !== null) {
      const { layer, demand, probability } = unmet;
      return {
        found: false,
        unmet: { block: block + 1, layer: before + layer, demand, probability },
      };
    }
    start = blockEnds[block];
  }
  const assignments = layouts
    .slice(0, -1)
    .map(({ outputs }) => Uint32Array.from({ length: outputs }, (_, output) => output));
  return { found: true, assignments, digits, layout: diamondLayout(plan, used) };
}

/** Widths without their common factor K. */
function size(networkClass: NetworkClass): number {
  return blockLayouts(networkClass).reduce((sum, { hidden, halves, outputs }) => {
    const width = 2 * (hidden + 1) * halves.length;
    return sum + width * (halves.length + (hidden - 1) * width + outputs);
  }, 0);
}

const DIGIT_STEPS = 1000;

export const diamond: Construction<DiamondPlan> = {
  name: 'diamond',
  size,
  // Only the neurons that candidates reach are drawn, however wide the source is.
  // Every power of every input has a chain of carriers, which is kept whatever the digits are.
  work: (network, { shape }) =>
    LAYER_STEPS * (depthOf(shape) + 1) +
    digitSteps(network, DIGIT_STEPS) +
    network.matrices.reduce(
      (sum, matrix) => sum + KEPT_STEPS * matrix.columns * (matrixBits(matrix) + 1) ** 2,
      0,
    ),
  plan: planDiamond,
  // biome-ignore lint/correctness/useYield: a few widths are one step.
  *planSteps(networkClass, delta) {
    return planDiamond(networkClass, delta);
  },
  find: (network, source, plan, sink) => complete(findSteps(network, source, plan, sink)),
  findSteps,
};
