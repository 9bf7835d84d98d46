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
import {
  bigEntry,
  type IntegerMatrix,
  type IntegerNetwork,
  isBig,
} from '../../integer/integer-network.js';
import { checkInClass, type NetworkClass } from '../../integer/network-class.js';
import type { SparseMask } from '../../source/mask.js';
import { maskBuilder } from '../../source/mask-builder.js';
import { blockEndsOf, depthOf, widthOf } from '../../source/shape.js';
import type { LayerSigns, Source } from '../../source/source.js';
import { type Construction, checkSourcePlan, type Finding } from '../construction.js';
import { digitSteps, LAYER_STEPS } from '../work.js';
import { chooseOutputs, type Incoming, pairScanner } from './candidates.js';
import { diamondLayout } from './placed.js';
import {
  type BlockLayout,
  blockLayouts,
  type DiamondPlan,
  doubles,
  type Half,
  incomingProbability,
  outputProbability,
  planDiamond,
} from './plan.js';

/** Per power, the outputs whose weight has that bit set, split by the edge sign they need. */
interface OutputDemands {
  /** `plus[k * words + j / 32]`: outputs that need both edges +1. */
  readonly plus: Uint32Array;
  readonly minus: Uint32Array;
}

/** Splits column `column` of a matrix into powers of two; for a negative half the signs swap. */
function outputDemands(
  matrix: IntegerMatrix,
  { column, negative }: Half,
  powers: number,
): OutputDemands {
  const { rows, columns, values } = matrix;
  const words = Math.ceil(rows / 32);
  const plus = new Uint32Array(powers * words);
  const minus = new Uint32Array(powers * words);
  const big = isBig(values);
  for (let row = 0; row < rows; row++) {
    const index = row * columns + column;
    const bit = 1 << (row & 31);
    const word = row >>> 5;
    const set = (power: number, below: boolean): void => {
      const side = below !== negative ? minus : plus;
      side[power * words + word] |= bit;
    };
    if (!big) {
      const value = values[index];
      let rest = Math.abs(value);
      // Halving an integer of at most 2^53 is exact.
      for (let power = 0; rest > 0; power++) {
        if (rest % 2 === 1) set(power, value < 0);
        rest = Math.floor(rest / 2);
      }
    } else {
      const value = bigEntry(matrix, index);
      let rest = value < 0n ? -value : value;
      for (let power = 0; rest > 0n; power++) {
        if (rest & 1n) set(power, value < 0n);
        rest >>= 1n;
      }
    }
  }
  return { plus, minus };
}

function anyBit(words: Uint32Array): boolean {
  return words.some((word) => word !== 0);
}

/** Gadgets between two steps: a millisecond or so. */
const GADGETS_AT_ONCE = 64;

/**
 * Finds one block; sends its masks to `emit` (block-relative layer numbers from 1), with the hidden
 * neurons that the layer's gadgets use.
 */
function* findBlock(
  matrix: IntegerMatrix,
  layout: BlockLayout,
  candidates: number,
  inputWidth: number,
  layerSigns: (layer: number) => LayerSigns,
  emit: (layer: number, mask: SparseMask, used?: GrowableUint32) => Progress,
): Steps<{ layer: number; demand: string; probability: number } | null> {
  const { hidden, halves, outputs } = layout;
  const powers = hidden + 1;
  const width = 2 * candidates * powers * halves.length;
  const demandsOf = halves.map((half) => outputDemands(matrix, half, powers));
  const words = Math.ceil(outputs / 32);
  const gadgets = halves.length * powers;
  /** First neuron of the pair that a gadget uses in the layer done last; -1 for gadgets not needed. */
  const pairs = new Float64Array(gadgets).fill(-1);
  const needed = (gadget: number): { plus: Uint32Array; minus: Uint32Array } => {
    const power = gadget % powers;
    const { plus, minus } = demandsOf[(gadget - power) / powers];
    const from = power * words;
    return { plus: plus.subarray(from, from + words), minus: minus.subarray(from, from + words) };
  };
  const live: number[] = [];
  for (let gadget = 0; gadget < gadgets; gadget++) {
    if (gadget % GADGETS_AT_ONCE === 0) yield;
    const { plus, minus } = needed(gadget);
    if (anyBit(plus) || anyBit(minus)) live.push(gadget);
  }

  const halfOf = (gadget: number): Half => halves[Math.floor(gadget / powers)];
  const describe = (gadget: number): string =>
    `input ${halfOf(gadget).column}${halfOf(gadget).negative ? ' (negative part)' : ''}, power 2^${gadget % powers}`;
  const incomingOf = (
    gadget: number,
    layer: number,
  ): { from: readonly [number, number]; kind: Incoming } => {
    if (layer === 1) {
      const { column, negative } = halfOf(gadget);
      return { from: [column, column], kind: negative ? 'negative' : 'positive' };
    }
    const pair = pairs[gadget];
    return { from: [pair, pair + 1], kind: doubles(gadget % powers, layer) ? 'double' : 'pass' };
  };

  for (let layer = 1; layer < hidden; layer++) {
    const builder = maskBuilder(layer === 1 ? inputWidth : width, width);
    const signs = layerSigns(layer);
    const used = growableUint32();
    for (const [index, gadget] of live.entries()) {
      if (index % GADGETS_AT_ONCE === 0) yield;
      const incoming = incomingOf(gadget, layer);
      const pair = pairScanner(signs, 2 * candidates * gadget, candidates, incoming).next();
      if (pair < 0) {
        return {
          layer,
          demand: `a candidate pair with the right incoming edges for ${describe(gadget)}`,
          probability: (1 - incomingProbability(gadget % powers, layer)) ** candidates,
        };
      }
      keepIncoming(builder.keep, incoming, [{ neuron: pair, first: true, second: true }]);
      pairs[gadget] = pair;
      used.push(pair);
      used.push(pair + 1);
    }
    yield emit(layer, builder.finish(), used);
  }

  const lastHidden = maskBuilder(hidden === 1 ? inputWidth : width, width);
  const output = maskBuilder(width, outputs);
  const signs = layerSigns(hidden);
  const outgoing = layerSigns(hidden + 1);
  const used = growableUint32();
  for (const [index, gadget] of live.entries()) {
    if (index % GADGETS_AT_ONCE === 0) yield;
    const power = gadget % powers;
    const incoming = incomingOf(gadget, hidden);
    const scanner = pairScanner(signs, 2 * candidates * gadget, candidates, incoming);
    const { plus, minus } = needed(gadget);
    const choices = chooseOutputs(scanner, outgoing, outputs, power, plus, minus);
    if (choices === null) {
      return {
        layer: hidden,
        demand: `a candidate pair with the right incoming and outgoing edges for ${describe(gadget)}`,
        probability: (1 - outputProbability(power, hidden)) ** candidates,
      };
    }
    keepIncoming(
      lastHidden.keep,
      incoming,
      choices.map(({ neuron, first, second }) => ({
        neuron,
        first: anyBit(first),
        second: anyBit(second),
      })),
    );
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

/** Keeps a gadget's edges into the given pairs (ascending), as far as their neurons are used. */
function keepIncoming(
  keep: (column: number, row: number) => void,
  { from, kind }: { readonly from: readonly [number, number]; readonly kind: Incoming },
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
    const unmet = yield* findBlock(
      network.matrices[block],
      layout,
      candidates,
      widthOf(source.shape, before),
      (layer) => source.layer(before + layer),
      (layer, mask, neurons) => {
        used[before + layer - 1] = neurons;
        sink(before + layer, mask);
        // Only the last matrix of a block depends on the weights (Lemma 5).
        if (before + layer === blockEnds[block]) digits += mask.rows.length;
        return { stage: 'find', done: before + layer, total: depth };
      },
    );
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
  work: (network, { shape }) =>
    LAYER_STEPS * (depthOf(shape) + 1) + digitSteps(network, DIGIT_STEPS),
  plan: planDiamond,
  // biome-ignore lint/correctness/useYield: a few widths are one step.
  *planSteps(networkClass, delta) {
    return planDiamond(networkClass, delta);
  },
  find: (network, source, plan, sink) => complete(findSteps(network, source, plan, sink)),
  findSteps,
};
