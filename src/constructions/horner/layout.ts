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
import type { LayerSigns, Source } from '../../source/source.js';
import { matchGroups, type Suitability, suitability } from '../matching.js';
import {
  type BlockDemand,
  type BlockInput,
  carriersAt,
  chainsAt,
  type HornerBlock,
} from './plan.js';

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
  /** Widths of hidden layers 0..E and of the output layer. */
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

class Unmet extends Error {
  readonly failure: LayoutFailure;
  constructor(failure: LayoutFailure) {
    super(failure.demand);
    this.failure = failure;
  }
}

/** Sets bit v of each row where all of its groups' columns have +1 into v. */
function commonTargets(
  signs: LayerSigns,
  rows: Suitability,
  members: Uint32Array,
  perGroup: number,
  pool: number,
): void {
  const column = new Uint32Array(rows.words + 1);
  for (let group = 0; group < rows.groups; group++) {
    const row = rows.rows.subarray(group * rows.words, (group + 1) * rows.words);
    for (let member = 0; member < perGroup; member++) {
      signs.column(members[group * perGroup + member], pool, column);
      if (member === 0) row.set(column.subarray(0, rows.words));
      else for (let word = 0; word < rows.words; word++) row[word] &= column[word];
    }
  }
}

function clearBits(rows: Suitability, neurons: Uint32Array): void {
  const keep = new Uint32Array(rows.words).fill(0xffffffff);
  for (const neuron of neurons) keep[neuron >>> 5] &= ~(1 << (neuron & 31));
  for (let group = 0; group < rows.groups; group++) {
    const start = group * rows.words;
    for (let word = 0; word < rows.words; word++) rows.rows[start + word] &= keep[word];
  }
}

/** Carriers of hidden layer t, each from the first copy before it, outside of `taken`. */
function placeCarriers(
  signs: LayerSigns,
  previous: Uint32Array,
  stride: number,
  copies: number,
  width: number,
  taken: Uint32Array,
  negative: Uint8Array | null,
): { neurons: Uint32Array } | { group: number } {
  const count = previous.length / stride;
  const rows = suitability(count, width);
  const column = new Uint32Array(rows.words + 1);
  for (let group = 0; group < count; group++) {
    signs.column(previous[group * stride], width, column);
    const start = group * rows.words;
    for (let word = 0; word < rows.words; word++) {
      rows.rows[start + word] = negative?.[group] === 1 ? ~column[word] : column[word];
    }
    // Complemented bits beyond the layer are no neurons.
    if (width % 32 !== 0) rows.rows[start + rows.words - 1] &= 2 ** (width % 32) - 1;
  }
  clearBits(rows, taken);
  const matching = matchGroups(rows, copies);
  return matching.complete ? { neurons: matching.neurons } : { group: matching.group };
}

/**
 * Adds to `sums[j]` how many of the digit edges from one carrier copy into chain j's accumulators are
 * +1; `column` holds the carrier's signs, complemented by `flip` (-1) for a negative raw input.
 */
export function addPositiveDigits(
  column: Uint32Array,
  accumulators: Uint32Array,
  radix: number,
  flip: number,
  sums: Uint16Array,
): void {
  let position = 0;
  for (let chain = 0; chain < sums.length; chain++) {
    let plus = 0;
    for (let copy = 0; copy < radix; copy++) {
      const neuron = accumulators[position++];
      plus += ((column[neuron >>> 5] ^ flip) >>> (neuron & 31)) & 1;
    }
    sums[chain] += plus;
  }
}

/** The chains whose windows are wide enough at every input, in order; at most `wanted`. */
function selectChains(
  source: Source,
  base: number,
  block: HornerBlock,
  threshold: number,
  carriers: readonly Uint32Array[],
  accumulators: readonly Uint32Array[],
  flips: Uint8Array | null,
  wanted: number,
): number[] {
  const { chains, selection, radices, hiddenWidths } = block;
  const bad = new Uint8Array(chains);
  const inputs = carriers[0].length;
  const signs = Array.from({ length: selection }, (_, index) => source.layer(base + index + 1));
  const column = new Uint32Array(Math.ceil(Math.max(...hiddenWidths) / 32) + 1);
  const reached = new Float64Array(chains);
  const plus = new Uint16Array(chains);
  for (let input = 0; input < inputs; input++) {
    reached.fill(0);
    for (let t = 1; t <= selection; t++) {
      const copies = carriersAt(block, t - 1);
      const flip = t === 1 && flips?.[input] === 1 ? -1 : 0;
      plus.fill(0);
      for (let copy = 0; copy < copies; copy++) {
        signs[t - 1].column(carriers[t - 1][input * copies + copy], hiddenWidths[t - 1], column);
        addPositiveDigits(column, accumulators[t - 1], radices[t - 1], flip, plus);
      }
      for (let chain = 0; chain < chains; chain++) {
        reached[chain] = radices[t - 1] * reached[chain] + plus[chain];
      }
    }
    for (let chain = 0; chain < chains; chain++) if (reached[chain] < threshold) bad[chain] = 1;
  }
  const good: number[] = [];
  for (let chain = 0; chain < chains && good.length < wanted; chain++) {
    if (bad[chain] === 0) good.push(chain);
  }
  return good;
}

function pickChains(
  accumulators: Uint32Array,
  radix: number,
  chains: readonly number[],
): Uint32Array {
  const picked = new Uint32Array(chains.length * radix);
  chains.forEach((chain, index) => {
    picked.set(accumulators.subarray(chain * radix, (chain + 1) * radix), index * radix);
  });
  return picked;
}

/**
 * Lays out one block. `start` is the source layer of the block's input, `inputNeurons` the neuron of
 * each column there. `tick` is called after every layer and may throw to stop.
 */
export function layoutBlock(
  source: Source,
  start: number,
  inputNeurons: Uint32Array,
  halves: readonly BlockInput[],
  demand: BlockDemand,
  block: HornerBlock,
  threshold: number,
  tick: (layer: number) => void,
): BlockLayout | LayoutFailure {
  const { radices, hiddenWidths, offsetCopies, outputWidth, splitWidth, selection } = block;
  const depth = radices.length;
  const wanted = demand.outputs + 1;
  const inputs = Uint32Array.from(halves, ({ column }) => inputNeurons[column]);
  const negative = Uint8Array.from(halves, (half) => (half.negative ? 1 : 0));
  const base = splitWidth === null ? start : start + 1;
  const fail = (
    kind: LayoutFailure['kind'],
    layer: number,
    hidden: number,
    text: string,
  ): never => {
    throw new Unmet({ kind, layer, hidden, demand: text });
  };
  try {
    let first: Uint32Array = inputs;
    if (splitWidth !== null) {
      const none = new Uint32Array(0);
      const placed = placeCarriers(source.layer(base), inputs, 1, 1, splitWidth, none, negative);
      if ('group' in placed) {
        return {
          kind: 'split',
          layer: base,
          hidden: 0,
          demand: `a neuron of its own for the ${negative[placed.group] ? 'negative' : 'positive'} part of input ${halves[placed.group].column}`,
        };
      }
      first = placed.neurons;
      tick(base);
    }
    const flips = splitWidth === null ? negative : null;
    const carriers: Uint32Array[] = [first];
    let accumulators: Uint32Array[] = [];
    let offsets: Uint32Array = new Uint32Array(0);
    for (let t = 1; t <= depth; t++) {
      const layer = base + t;
      const signs = source.layer(layer);
      const width = hiddenWidths[t - 1];
      const radix = radices[t - 1];
      const chains = chainsAt(block, demand.outputs, t);
      if (t === 1) {
        accumulators.push(Uint32Array.from({ length: chains * radix }, (_, index) => index));
      } else {
        const before = accumulators[t - 2];
        const perGroup = radices[t - 2];
        let groups = chains;
        if (t === depth) {
          groups = demand.outputs;
          offsets = placeOffset(signs, before, perGroup, offsetCopies, width);
          if (offsets.length < offsetCopies) {
            fail('offset', layer, t, `${offsetCopies} neurons that copy the offset`);
          }
        }
        const rows = suitability(groups, width);
        commonTargets(signs, rows, before, perGroup, width);
        clearBits(rows, offsets);
        if (t === depth && demand.last) requireOutputs(source.layer(layer + 1), rows, width);
        const matching = matchGroups(rows, radix);
        if (matching.complete) accumulators.push(matching.neurons);
        else fail('accumulators', layer, t, `${radix} accumulators for chain ${matching.group}`);
      }
      if (t < depth) {
        const placed = placeCarriers(
          signs,
          carriers[t - 1],
          carriersAt(block, t - 1),
          carriersAt(block, t),
          width,
          accumulators[t - 1],
          t === 1 ? flips : null,
        );
        if ('group' in placed) {
          fail('carriers', layer, t, `a carrier for input ${halves[placed.group].column}`);
        } else {
          carriers.push(placed.neurons);
        }
      }
      if (t === selection) {
        const good = selectChains(
          source,
          base,
          block,
          threshold,
          carriers,
          accumulators,
          flips,
          wanted,
        );
        if (good.length < wanted) {
          fail('windows', layer, t, `${wanted} chains that reach every weight, of ${chains}`);
        }
        accumulators = accumulators.map((list, index) => pickChains(list, radices[index], good));
      }
      tick(layer);
    }
    const placed = placeOutputs(source.layer(base + depth + 1), accumulators[depth - 1], offsets, {
      demand,
      radix: radices[depth - 1],
      outputWidth,
    });
    if (placed === null) {
      return {
        kind: 'outputs',
        layer: base + depth + 1,
        hidden: depth,
        demand:
          'for every output a neuron with the right edges from its accumulators and the offset',
      };
    }
    tick(base + depth + 1);
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
      inputWidth: source.shape.widths[start],
      widths: [source.shape.widths[base], ...hiddenWidths, outputWidth],
      carriers,
      accumulators,
      ...placed,
    };
  } catch (error) {
    if (error instanceof Unmet) return error.failure;
    throw error;
  }
}

/** The first neurons with +1 from all of the last chain's accumulators, the offset's. */
function placeOffset(
  signs: LayerSigns,
  before: Uint32Array,
  perGroup: number,
  copies: number,
  width: number,
): Uint32Array {
  const rows = suitability(1, width);
  commonTargets(signs, rows, before.subarray(before.length - perGroup), perGroup, width);
  const found: number[] = [];
  for (let neuron = 0; neuron < width && found.length < copies; neuron++) {
    if ((rows.rows[neuron >>> 5] >>> (neuron & 31)) & 1) found.push(neuron);
  }
  return Uint32Array.from(found);
}

/** Last block: chain j ends in neurons with +1 into output neuron j. */
function requireOutputs(outgoing: LayerSigns, rows: Suitability, width: number): void {
  const words = Math.ceil(rows.groups / 32);
  const column = new Uint32Array(words + 1);
  for (let neuron = 0; neuron < width; neuron++) {
    outgoing.column(neuron, rows.groups, column);
    for (let group = 0; group < rows.groups; group++) {
      if ((column[group >>> 5] >>> (group & 31)) & 1) continue;
      rows.rows[group * rows.words + (neuron >>> 5)] &= ~(1 << (neuron & 31));
    }
  }
}

function placeOutputs(
  signs: LayerSigns,
  last: Uint32Array,
  offsets: Uint32Array,
  {
    demand,
    radix,
    outputWidth,
  }: { readonly demand: BlockDemand; readonly radix: number; readonly outputWidth: number },
): { outputs: Uint32Array; offsetOf: Uint32Array } | null {
  const rows = suitability(demand.outputs, outputWidth);
  const column = new Uint32Array(rows.words + 1);
  // For each output neuron the first copy of the offset with a -1 edge into it.
  const subtracted = new Int32Array(outputWidth).fill(-1);
  for (const offset of offsets) {
    signs.column(offset, outputWidth, column);
    for (let neuron = 0; neuron < outputWidth; neuron++) {
      if (subtracted[neuron] >= 0 || (column[neuron >>> 5] >>> (neuron & 31)) & 1) continue;
      subtracted[neuron] = offset;
    }
  }
  let outputs: Uint32Array = Uint32Array.from({ length: demand.outputs }, (_, output) => output);
  if (demand.last) {
    if (subtracted.includes(-1)) return null;
  } else {
    commonTargets(signs, rows, last, radix, outputWidth);
    const blocked: number[] = [];
    subtracted.forEach((offset, neuron) => {
      if (offset < 0) blocked.push(neuron);
    });
    clearBits(rows, Uint32Array.from(blocked));
    const matching = matchGroups(rows, 1);
    if (!matching.complete) return null;
    outputs = matching.neurons;
  }
  return { outputs, offsetOf: Uint32Array.from(outputs, (neuron) => subtracted[neuron]) };
}
