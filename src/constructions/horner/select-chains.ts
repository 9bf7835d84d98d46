/** Which chains go on: those whose digits reach every weight, whatever the weights are. */
import type { Source } from '../../source/source.js';
import { carriersAt, type PlainBlock } from './plan.js';

/**
 * Adds to `sums[j]` how many of the digit edges from one carrier copy into chain j's accumulators are
 * +1; `column` holds the carrier's signs, complemented by `flip` (-1) for a negative raw input.
 */
export function addPositiveDigits(
  column: Uint32Array,
  accumulators: Uint32Array,
  radix: number,
  flip: number,
  sums: Uint16Array | Float64Array,
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
  readonly block: PlainBlock;
  /** Per hidden layer from 0. */
  readonly carriers: readonly Uint32Array[];
  /** Per hidden layer from 1. */
  readonly accumulators: readonly Uint32Array[];
  /** 1 where an input is read with the other sign; null where none is. */
  readonly flips: Uint8Array | null;
}

/** The chains whose windows are at least `threshold` wide at every input, in order; at most `wanted`. */
export function selectChains(
  source: Source,
  { base, block, carriers, accumulators, flips }: ChainCandidates,
  threshold: number,
  wanted: number,
): number[] {
  const { chains, selection, hiddenWidths, radices } = block;
  const column = new Uint32Array(Math.ceil(Math.max(...hiddenWidths) / 32) + 1);
  /** How far the digits of one input reach on each chain: its weight with every +1 edge kept. */
  const reached = new Float64Array(chains);
  const good = new Set(reached.keys());
  for (let input = 0; input < carriers[0].length; input++) {
    reached.fill(0);
    for (let t = 1; t <= selection; t++) {
      const signs = source.layer(base + t);
      const copies = carriersAt(block, t - 1);
      const flip = t === 1 && flips?.[input] === 1 ? -1 : 0;
      for (let chain = 0; chain < chains; chain++) reached[chain] *= radices[t - 1];
      for (let copy = 0; copy < copies; copy++) {
        signs.column(carriers[t - 1][input * copies + copy], hiddenWidths[t - 1], column);
        addPositiveDigits(column, accumulators[t - 1], radices[t - 1], flip, reached);
      }
    }
    for (const chain of good) if (reached[chain] < threshold) good.delete(chain);
  }
  return [...good].slice(0, wanted);
}

/** The accumulators of some chains out of those of all. */
export function pickChains(
  accumulators: Uint32Array,
  radix: number,
  chains: readonly number[],
): Uint32Array {
  return Uint32Array.from(
    chains.flatMap((chain) => [...accumulators.subarray(chain * radix, (chain + 1) * radix)]),
  );
}
