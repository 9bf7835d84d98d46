/** Which chains go on: those whose digits reach every weight, whatever the weights are. */
import type { Source } from '../../source/source.js';
import { carriersAt, type HornerBlock } from './plan.js';

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

/** What the first layers of a block hold when its chains are selected. */
export interface ChainCandidates {
  /** Source layer of hidden layer 0. */
  readonly base: number;
  readonly block: HornerBlock;
  /** Per hidden layer from 0. */
  readonly carriers: readonly Uint32Array[];
  /** Per hidden layer from 1. */
  readonly accumulators: readonly Uint32Array[];
  /** 1 where an input is read with the other sign; null where none is. */
  readonly flips: Uint8Array | null;
}

/**
 * Writes into `reached[j]` how far the digits of one input reach on chain j: what its weight would be
 * with every +1 edge kept. `read` has the signs of each layer.
 */
function reachOf(
  { block, carriers, accumulators, flips }: ChainCandidates,
  input: number,
  read: (t: number, neuron: number, column: Uint32Array) => void,
  { column, plus, reached }: { column: Uint32Array; plus: Uint16Array; reached: Float64Array },
): void {
  const { selection, radices } = block;
  reached.fill(0);
  for (let t = 1; t <= selection; t++) {
    const copies = carriersAt(block, t - 1);
    const flip = t === 1 && flips?.[input] === 1 ? -1 : 0;
    plus.fill(0);
    for (let copy = 0; copy < copies; copy++) {
      read(t, carriers[t - 1][input * copies + copy], column);
      addPositiveDigits(column, accumulators[t - 1], radices[t - 1], flip, plus);
    }
    for (let chain = 0; chain < reached.length; chain++) {
      reached[chain] = radices[t - 1] * reached[chain] + plus[chain];
    }
  }
}

/** The chains whose windows are at least `threshold` wide at every input, in order; at most `wanted`. */
export function selectChains(
  source: Source,
  candidates: ChainCandidates,
  threshold: number,
  wanted: number,
): number[] {
  const { base, block, carriers } = candidates;
  const { chains, selection, hiddenWidths } = block;
  const signs = Array.from({ length: selection }, (_, index) => source.layer(base + index + 1));
  const buffers = {
    column: new Uint32Array(Math.ceil(Math.max(...hiddenWidths) / 32) + 1),
    plus: new Uint16Array(chains),
    reached: new Float64Array(chains),
  };
  const bad = new Uint8Array(chains);
  for (let input = 0; input < carriers[0].length; input++) {
    const read = (t: number, neuron: number, column: Uint32Array): void =>
      signs[t - 1].column(neuron, hiddenWidths[t - 1], column);
    reachOf(candidates, input, read, buffers);
    for (let chain = 0; chain < chains; chain++) {
      if (buffers.reached[chain] < threshold) bad[chain] = 1;
    }
  }
  const good: number[] = [];
  for (let chain = 0; chain < chains && good.length < wanted; chain++) {
    if (bad[chain] === 0) good.push(chain);
  }
  return good;
}

/** The accumulators of some chains out of those of all. */
export function pickChains(
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
