/**
 * Where the carriers and accumulators of a block are in a given source. It depends on the signs and
 * on where the block's inputs sit, never on the weights: so the layouts of all blocks come first, one
 * after the other, and the masks of the blocks can then be filled in any order, at once.
 *
 * Order of reading, on which the failure bounds rest: accumulators are matched by the edges between
 * accumulators, then carriers by the edges from carriers into the neurons that are left. The edges
 * from carriers into accumulators, the digits, are read by neither; those of the first layers are
 * read once, to select chains, and the edges between accumulators of later layers are still unread.
 */

import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import { columnsOf } from '../../source/shape.js';
import type { LayerSigns, Source } from '../../source/source.js';
import type { BlockInput } from '../block-inputs.js';
import { matchGroups, rowOf } from '../matching.js';
import { exclude, firstNeurons, firstWithSign, lacking } from '../targets.js';
import { type BlockDemand, carriersAt, chainsAt, type HornerBlock } from './plan.js';
import { pickChains, selectChains } from './select-chains.js';
import { carrierTargets, commonTargets, requireOutputs } from './suitable.js';

/** Positions of one block's neurons. Cloneable, so that it can be sent to another thread. */
export interface BlockLayout {
  /** Layer of the source that the block's hidden layer 0 is: its input, or its split layer. */
  readonly base: number;
  /** Neurons of the block's input that the halves are read from; the same as carriers[0] unless split. */
  readonly inputs: Uint32Array;
  /** 1 where a half is the negative part of its input. */
  readonly negative: Uint8Array;
  readonly split: boolean;
  /** Column of the target matrix of each half. */
  readonly columns: Uint32Array;
  /** The base of every chain but the constant's. */
  readonly offset: bigint;
  /** Whether the last output is the constant, whose own row needs no offset. */
  readonly constantOutput: boolean;
  readonly radices: readonly number[];
  /** `m_0 .. m_(E-1)`. */
  readonly carrierCopies: readonly number[];
  /** Widths of hidden layers 0..E and of the output layer; of layer 0 the columns of the layer behind it. */
  readonly widths: readonly number[];
  /** Width of the block's input layer. */
  readonly inputWidth: number;
  /** Per hidden layer 0..E-1: copy a of carrier i at `i * m + a`. */
  readonly carriers: readonly Uint32Array[];
  /** Per hidden layer 1..E (index t - 1): copy a of chain j at `j * k + a`; the last chain, only up to layer E-1, is the offset. */
  readonly accumulators: readonly Uint32Array[];
  /** Neuron of layer E with the offset that each output subtracts. */
  readonly offsetOf: Uint32Array;
  /** Neuron that holds each output. */
  readonly outputs: Uint32Array;
}

/** A demand that the source does not meet; `layer` counts through the whole source. */
export interface LayoutFailure {
  readonly layer: number;
  readonly demand: string;
  readonly kind: 'split' | 'windows' | 'carriers' | 'accumulators' | 'offset' | 'outputs';
  /** Hidden layer of the block, from 1, where the kind has one. */
  readonly hidden: number;
}

/** What one block is laid out from. */
export interface BlockRequest {
  readonly source: Source;
  /** Source layer of the block's input. */
  readonly start: number;
  /** The neuron of each column there. */
  readonly inputNeurons: Uint32Array;
  readonly halves: readonly BlockInput[];
  readonly demand: BlockDemand;
  readonly block: HornerBlock;
  /** How far the digits of a chain must reach for it to be selected. */
  readonly threshold: number;
}

/** A block on its way, hidden layer by hidden layer. Each step says which demand is not met, or null. */
interface Work extends BlockRequest {
  /** Source layer of hidden layer 0. */
  readonly base: number;
  readonly inputs: Uint32Array;
  readonly negative: Uint8Array;
  /** The signs that hidden layer 1 reads its inputs with; null where a split layer has read them. */
  readonly flips: Uint8Array | null;
  readonly carriers: Uint32Array[];
  accumulators: Uint32Array[];
  offsets: Uint32Array;
}

function beginWork(request: BlockRequest): Work {
  const { start, inputNeurons, halves, block } = request;
  const isSplit = block.splitWidth !== null;
  const inputs = Uint32Array.from(halves, ({ column }) => inputNeurons[column]);
  const negative = Uint8Array.from(halves, (half) => (half.negative ? 1 : 0));
  return {
    ...request,
    base: isSplit ? start + 1 : start,
    inputs,
    negative,
    flips: isSplit ? null : negative,
    carriers: isSplit ? [] : [inputs],
    accumulators: [],
    offsets: new Uint32Array(0),
  };
}

/** The split layer: a neuron for each half, which is hidden layer 0. */
function placeSplit(work: Work, splitWidth: number): LayoutFailure | null {
  const { source, base, inputs, negative, halves } = work;
  const from = { neurons: inputs, copies: 1, negative };
  const placed = matchGroups(carrierTargets(source.layer(base), from, splitWidth), 1);
  if (!placed.complete) {
    const part = negative[placed.group] ? 'negative' : 'positive';
    const { column } = halves[placed.group];
    const demand = `a neuron of its own for the ${part} part of input ${column}`;
    return { kind: 'split', layer: base, hidden: 0, demand };
  }
  work.carriers.push(placed.neurons);
  return null;
}

/** Accumulators of hidden layer t; in the last one the offset's copies first, which is a chain no more. */
function placeAccumulators(work: Work, t: number, signs: LayerSigns): LayoutFailure | null {
  const { source, base, block, demand, accumulators } = work;
  const { radices, hiddenWidths, offsetCopies } = block;
  const isLast = t === radices.length;
  const radix = radices[t - 1];
  const width = hiddenWidths[t - 1];
  const chains = chainsAt(block, demand.outputs, t);
  if (t === 1) {
    accumulators.push(Uint32Array.from({ length: chains * radix }, (_, index) => index));
    return null;
  }
  const unmet = { layer: base + t, hidden: t };
  const before = accumulators[t - 2];
  const perGroup = radices[t - 2];
  if (isLast) {
    const offset = before.subarray(before.length - perGroup);
    const copies = commonTargets(signs, offset, perGroup, width);
    work.offsets = firstNeurons(rowOf(copies, 0), offsetCopies);
    if (work.offsets.length < offsetCopies) {
      return { ...unmet, kind: 'offset', demand: `${offsetCopies} neurons that copy the offset` };
    }
  }
  const members = before.subarray(0, perGroup * (isLast ? demand.outputs : chains));
  const rows = commonTargets(signs, members, perGroup, width);
  exclude(rows, work.offsets);
  if (isLast && demand.last) requireOutputs(source.layer(base + t + 1), rows, width);
  const matching = matchGroups(rows, radix);
  if (!matching.complete) {
    const missing = `${radix} accumulators for chain ${matching.group}`;
    return { ...unmet, kind: 'accumulators', demand: missing };
  }
  accumulators.push(matching.neurons);
  return null;
}

/** Carriers of hidden layer t, each from the first copy before it, outside of the accumulators. */
function placeCarriers(work: Work, t: number, signs: LayerSigns): LayoutFailure | null {
  const { base, block, halves, carriers, accumulators, flips } = work;
  const from = {
    neurons: carriers[t - 1],
    copies: carriersAt(block, t - 1),
    negative: t === 1 ? flips : null,
  };
  const rows = carrierTargets(signs, from, block.hiddenWidths[t - 1]);
  exclude(rows, accumulators[t - 1]);
  const placed = matchGroups(rows, carriersAt(block, t));
  if (!placed.complete) {
    const demand = `a carrier for input ${halves[placed.group].column}`;
    return { kind: 'carriers', layer: base + t, hidden: t, demand };
  }
  carriers.push(placed.neurons);
  return null;
}

/** Has as many chains go on as there are outputs, and one for the offset. */
function keepGoodChains(work: Work, t: number): LayoutFailure | null {
  const { source, base, block, demand, threshold, accumulators } = work;
  const wanted = demand.outputs + 1;
  const good = selectChains(source, work, threshold, wanted);
  if (good.length < wanted) {
    const chains = chainsAt(block, demand.outputs, t);
    const missing = `${wanted} chains that reach every weight, of ${chains}`;
    return { kind: 'windows', layer: base + t, hidden: t, demand: missing };
  }
  work.accumulators = accumulators.map((list, index) =>
    pickChains(list, block.radices[index], good),
  );
  return null;
}

/** One hidden layer, from 1. */
function* placeLayer(work: Work, t: number): Steps<LayoutFailure | null> {
  const { source, base, block } = work;
  const signs = source.layer(base + t);
  let unmet = placeAccumulators(work, t, signs);
  yield;
  if (unmet === null && t < block.radices.length) unmet = placeCarriers(work, t, signs);
  yield;
  return unmet === null && t === block.selection ? keepGoodChains(work, t) : unmet;
}

/** The neurons of the outputs, and of the offset that each subtracts; null where there are none. */
function placeOutputs(
  signs: LayerSigns,
  { block, demand, accumulators, offsets }: Work,
): Pick<BlockLayout, 'outputs' | 'offsetOf'> | null {
  const { radices, outputWidth } = block;
  const subtracted = firstWithSign(signs, 0, offsets, outputWidth, false);
  const offsetOf = (outputs: Uint32Array) => Uint32Array.from(outputs, (at) => subtracted[at]);
  if (demand.last) {
    if (subtracted.includes(-1)) return null;
    const outputs = Uint32Array.from({ length: demand.outputs }, (_, output) => output);
    return { outputs, offsetOf: offsetOf(outputs) };
  }
  const depth = radices.length;
  const members = accumulators[depth - 1].subarray(0, radices[depth - 1] * demand.outputs);
  const rows = commonTargets(signs, members, radices[depth - 1], outputWidth);
  exclude(rows, lacking(subtracted));
  const matching = matchGroups(rows, 1);
  if (!matching.complete) return null;
  return { outputs: matching.neurons, offsetOf: offsetOf(matching.neurons) };
}

/** Lays out one block. Yields after every layer what `tell` says of so many of the block. */
export function* layoutBlock(
  request: BlockRequest,
  tell: (layers: number) => Progress,
): Steps<BlockLayout | LayoutFailure> {
  const { source, start, halves, demand, block } = request;
  const { radices, hiddenWidths, outputWidth, splitWidth } = block;
  const depth = radices.length;
  const work = beginWork(request);
  const { base, inputs, negative, carriers } = work;
  if (splitWidth !== null) {
    const unmet = placeSplit(work, splitWidth);
    if (unmet !== null) return unmet;
    yield tell(base - start);
  }
  for (let t = 1; t <= depth; t++) {
    const unmet = yield* placeLayer(work, t);
    if (unmet !== null) return unmet;
    yield tell(base + t - start);
  }
  const last = base + depth + 1;
  const placed = placeOutputs(source.layer(last), work);
  if (placed === null) {
    const missing =
      'for every output a neuron with the right edges from its accumulators and the offset';
    return { kind: 'outputs', layer: last, hidden: depth, demand: missing };
  }
  yield tell(last - start);
  return {
    base,
    inputs,
    negative,
    split: splitWidth !== null,
    columns: Uint32Array.from(halves, ({ column }) => column),
    offset: demand.reach.offset,
    constantOutput: demand.constantOutput,
    radices,
    carrierCopies: Array.from({ length: depth }, (_, t) => carriersAt(block, t)),
    inputWidth: columnsOf(source.shape, start + 1),
    widths: [columnsOf(source.shape, base + 1), ...hiddenWidths, outputWidth],
    carriers,
    accumulators: work.accumulators,
    ...placed,
  };
}
