/** What a block keeps besides its digits, given where its neurons are and where chains have digits. */
import { type DenseMask, keepEdge, keepsAny } from '../../source/mask.js';
import { type FilledRange, noFirsts, noteFirst } from './fill.js';
import type { BlockLayout, BlockNeurons } from './layout.js';

/**
 * Keeps all edges but the digits: carriers as long as an input has digits to come, chains from their
 * first digit on, the offset and the outputs. `ranges` cover all inputs. Returns the digits kept.
 */
export function keepChains(
  layout: BlockLayout,
  masks: readonly DenseMask[],
  ranges: readonly FilledRange[],
): number {
  const { radices, outputs } = layout;
  const depth = radices.length;
  const chains = outputs.length + 1;
  const { hidden, keepChain } = keepAdded(layout, masks, ranges, chains, depth);
  const offsets = new Set<number>();
  outputs.forEach((neuron, output) => {
    if (ranges.every(({ idle }) => idle[output] === 1)) return;
    keepChain(depth, output, neuron);
    if (layout.constantOutput && output === outputs.length - 1) return;
    // Also where nothing else is kept: every weight is then the offset's negative.
    offsets.add(layout.offsetOf[output]);
    keepEdge(hidden[depth], layout.offsetOf[output], neuron);
  });
  for (const offset of offsets) keepChain(depth - 1, chains - 1, offset);
  return ranges.reduce((sum, range) => sum + range.digits, 0);
}

/** Whether a copy of a chain's accumulator in layer t is 0: before the chain's first digits. */
type IsZero = (chain: number, t: number, copy: number) => boolean;

function zeroCopies(layout: BlockNeurons, chains: number, ranges: readonly FilledRange[]): IsZero {
  const firsts = noFirsts(layout, chains);
  const { firstLayer, firstCopies } = firsts;
  for (const range of ranges) {
    range.firstLayer.forEach((t, chain) => {
      noteFirst(firsts, chain, t, range.firstCopies[chain]);
    });
  }
  return (chain, t, copy) =>
    t < firstLayer[chain] || (t === firstLayer[chain] && ((firstCopies[chain] >>> copy) & 1) === 0);
}

/** Keeps the carriers that digits read; returns the masks behind the split layer. */
function keepCarriers(
  { split, radices, carrierCopies, carriers, inputs }: BlockNeurons,
  masks: readonly DenseMask[],
): readonly DenseMask[] {
  const hidden = masks.slice(split ? 1 : 0);
  // Backwards, so that a carrier is kept exactly if a digit or a later carrier reads it.
  for (let t = radices.length - 1; t >= 1; t--) {
    const before = carrierCopies[t - 1];
    const copies = carrierCopies[t];
    carriers[t].forEach((neuron, index) => {
      if (!keepsAny(hidden[t], neuron)) return;
      keepEdge(hidden[t - 1], carriers[t - 1][Math.floor(index / copies) * before], neuron);
    });
  }
  if (split) {
    carriers[0].forEach((neuron, input) => {
      if (keepsAny(hidden[0], neuron)) keepEdge(masks[0], inputs[input], neuron);
    });
  }
  return hidden;
}

/** Has a neuron behind hidden layer t read the accumulators of a chain there that are not 0. */
type KeepChain = (t: number, chain: number, neuron: number) => void;

/**
 * Keeps the carriers that digits read, and what accumulators in the layers 2 .. `last` read of those of
 * their chains before. Returns the masks behind the split layer, and what reads on from there.
 */
export function keepAdded(
  layout: BlockNeurons,
  masks: readonly DenseMask[],
  ranges: readonly FilledRange[],
  chains: number,
  last: number,
): { readonly hidden: readonly DenseMask[]; readonly keepChain: KeepChain } {
  const { radices, accumulators } = layout;
  const isZero = zeroCopies(layout, chains, ranges);
  const hidden = keepCarriers(layout, masks);
  const keepChain: KeepChain = (t, chain, neuron) => {
    const radix = radices[t - 1];
    for (let copy = 0; copy < radix; copy++) {
      if (isZero(chain, t, copy)) continue;
      keepEdge(hidden[t], accumulators[t - 1][chain * radix + copy], neuron);
    }
  };
  for (let t = 2; t <= last; t++) {
    accumulators[t - 1].forEach((neuron, index) => {
      keepChain(t - 1, Math.floor(index / radices[t - 1]), neuron);
    });
  }
  return { hidden, keepChain };
}
