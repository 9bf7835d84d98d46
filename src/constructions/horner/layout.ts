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
import { exclude, excludeFrom, firstNeurons, firstWithSign, lacking } from '../targets.js';
import {
  type BlockDemand,
  carriersAt,
  chainsAt,
  type HornerBlock,
  type PlainBlock,
} from './plan.js';
import { pickChains, selectChains } from './select-chains.js';
import { carrierTargets, commonTargets, requireOutputs } from './suitable.js';

/** Positions of one block's neurons. Cloneable, so that they can be sent to another thread. */
export interface BlockNeurons {
  /** Layer of the source that the block's hidden layer 0 is: its input, or its split layer. */
  readonly base: number;
  /** Neurons of the block's input that the halves are read from; the same as carriers[0] unless split. */
  readonly inputs: Uint32Array;
  /** 1 where a half is the negative part of its input. */
  readonly negative: Uint8Array;
  readonly split: boolean;
  /** Column of the target matrix of each half. */
  readonly columns: Uint32Array;
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

/** Those of a block of plain chains. */
export interface BlockLayout extends BlockNeurons {
  /** The base of every chain but the constant's. */
  readonly offset: bigint;
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
export interface BlockRequest<Block = PlainBlock> {
  readonly source: Source;
  /** Source layer of the block's input. */
  readonly start: number;
  /** The neuron of each column there. */
  readonly inputNeurons: Uint32Array;
  readonly halves: readonly BlockInput[];
  readonly demand: BlockDemand;
  readonly block: Block;
}

/** The same with how far the digits of a chain must reach for it to be selected. */
interface SelectingRequest extends BlockRequest {
  readonly threshold: number;
}

/** A block on its way, hidden layer by hidden layer. Each step says which demand is not met, or null. */
export interface Work extends BlockRequest {
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
export function placeAccumulators(work: Work, t: number, signs: LayerSigns): LayoutFailure | null {
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
function goOn(work: Work, t: number, good: readonly number[]): LayoutFailure | null {
  const { base, block, demand, accumulators } = work;
  const wanted = demand.outputs + 1;
  if (good.length < wanted) {
    const missing = `${wanted} chains that reach every weight, of ${block.chains}`;
    return { kind: 'windows', layer: base + t, hidden: t, demand: missing };
  }
  work.accumulators = accumulators.map((list, index) =>
    pickChains(list, block.radices[index], good),
  );
  return null;
}

export type Ends = Pick<BlockNeurons, 'outputs' | 'offsetOf'>;

/**
 * The neurons of the outputs, and of the offset that each subtracts; null where there are none. Output j
 * subtracts a copy of `offsets[j % offsets.length]`.
 */
export function placeOutputs(
  signs: LayerSigns,
  { radices, outputWidth }: HornerBlock,
  { outputs, last }: BlockDemand,
  accumulators: Uint32Array,
  offsets: readonly Uint32Array[],
): Ends | null {
  const subtracted = offsets.map((copies) => firstWithSign(signs, 0, copies, outputWidth, false));
  const of = <Kind>(kinds: readonly Kind[], output: number): Kind => kinds[output % kinds.length];
  let neurons: Uint32Array = Uint32Array.from({ length: outputs }, (_, output) => output);
  if (!last) {
    const radix = radices[radices.length - 1];
    const rows = commonTargets(
      signs,
      accumulators.subarray(0, radix * outputs),
      radix,
      outputWidth,
    );
    const without = subtracted.map(lacking);
    for (const output of neurons) excludeFrom(rows, output, of(without, output));
    const matching = matchGroups(rows, 1);
    if (!matching.complete) return null;
    neurons = matching.neurons;
  }
  const found = Int32Array.from(neurons, (neuron, output) => of(subtracted, output)[neuron]);
  return found.includes(-1) ? null : { outputs: neurons, offsetOf: Uint32Array.from(found) };
}

/** Says of how many layers of the block what is done. */
type Tell = (layers: number) => Progress;

/** Lays out one block. Yields after every layer what `tell` says of so many of the block. */
export function* layoutBlock(
  request: SelectingRequest,
  tell: Tell,
): Steps<BlockLayout | LayoutFailure> {
  const { source, demand, threshold } = request;
  const layout = yield* layoutLayers(request, tell, {
    place: placeAccumulators,
    select: (work) => selectChains(source, work, threshold, demand.outputs + 1),
    end: (signs, { block, accumulators, offsets }) =>
      placeOutputs(signs, block, demand, accumulators[block.radices.length - 1], [offsets]),
  });
  return 'kind' in layout ? layout : { ...layout, offset: demand.reach.offset };
}

/** What kinds of blocks do in ways of their own. */
interface Ways {
  /** The accumulators of hidden layer t. */
  place(work: Work, t: number, signs: LayerSigns): LayoutFailure | null;
  /** The chains that go on, `demand.outputs + 1` of them if there are as many. */
  select(work: Work): readonly number[];
  /** The outputs; null where some have no neuron. */
  end(signs: LayerSigns, work: Work): Ends | null;
}

/** The layers of a block one after another. */
export function* layoutLayers(
  request: BlockRequest,
  tell: Tell,
  { place, select, end }: Ways,
): Steps<BlockNeurons | LayoutFailure> {
  const work = beginWork(request);
  const { source, start, halves, demand, block, base, inputs, negative, carriers } = work;
  const { radices, hiddenWidths, outputWidth, splitWidth } = block;
  const depth = radices.length;
  if (splitWidth !== null) {
    const unmet = placeSplit(work, splitWidth);
    if (unmet !== null) return unmet;
    yield tell(base - start);
  }
  for (let t = 1; t <= depth; t++) {
    const signs = source.layer(base + t);
    let unmet = place(work, t, signs);
    yield;
    if (unmet === null && t < depth) unmet = placeCarriers(work, t, signs);
    yield;
    if (unmet === null && t === block.selection) unmet = goOn(work, t, select(work));
    if (unmet !== null) return unmet;
    yield tell(base + t - start);
  }
  const last = base + depth + 1;
  const placed = end(source.layer(last), work);
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
