/** What a block of chains in fours keeps besides its digits: carriers, tops, groups, offsets, outputs. */
import { type DenseMask, keepEdge } from '../../../source/mask.js';
import type { FilledRange } from '../fill.js';
import { keepAdded } from '../keep-chains.js';
import { isRelayLayer, topLayers } from './block.js';
import { type ActiveChains, activeChains, isRead } from './fill.js';
import type { QuadsLayout } from './layout.js';
import { FOUR } from './unit.js';

/** The chains that a relay, or an accumulator, of this chain reads. */
function groupOf(chain: number, isRelay: boolean): readonly number[] {
  const size = isRelay ? FOUR : 2;
  const first = chain - (chain % size);
  return Array.from({ length: size }, (_, at) => first + at);
}

/** Relays and accumulators of layer t beyond the top. */
function keepMixed(
  layout: QuadsLayout,
  active: ActiveChains,
  t: number,
  keep: (member: number, neuron: number) => void,
): void {
  const { radices, accumulators } = layout;
  const depth = radices.length;
  const isRelay = isRelayLayer(layout, t);
  const offset = accumulators[topLayers(layout) - 1].length / FOUR - 1;
  for (const group of [...active.groups, offset]) {
    for (let chain = FOUR * group; chain < FOUR * group + FOUR; chain++) {
      // The last relays that are wanted: those of outputs, and the offset's first pair.
      const isOffset = group === offset;
      if (t === depth && (isOffset || !isRead(active, chain, false))) continue;
      if (t === depth - 1 && !(isOffset ? chain % FOUR < 2 : isRead(active, chain, true))) continue;
      for (const member of groupOf(chain, isRelay)) keep(member, accumulators[t - 1][chain]);
    }
  }
}

/**
 * Keeps all edges but the digits: carriers as long as an input has digits to come, chains from their
 * first digit on, the offsets and the outputs. `ranges` cover all inputs. Returns the digits kept.
 */
export function keepQuadChains(
  layout: QuadsLayout,
  masks: readonly DenseMask[],
  ranges: readonly FilledRange[],
): number {
  const { radices, accumulators, outputs, offsetOf } = layout;
  const depth = radices.length;
  const top = topLayers(layout);
  const chains = accumulators[top - 1].length;
  const active = activeChains(layout, ranges[0].idle);
  const { hidden, keepChain } = keepAdded(layout, masks, ranges, chains, top);
  for (let t = top + 1; t <= depth; t++) {
    keepMixed(layout, active, t, (member, neuron) => {
      // A chain may be without digits in all of its top; beyond it no more is told.
      if (t === top + 1) keepChain(top, member, neuron);
      else keepEdge(hidden[t - 1], accumulators[t - 2][member], neuron);
    });
  }
  const copies = new Set<number>();
  outputs.forEach((neuron, output) => {
    if (active.ends[output] === 0) return;
    keepEdge(hidden[depth], accumulators[depth - 1][output], neuron);
    keepEdge(hidden[depth], offsetOf[output], neuron);
    copies.add(offsetOf[output]);
  });
  const offset = chains - FOUR;
  for (const copy of copies) {
    for (const relay of groupOf(offset, false)) {
      keepEdge(hidden[depth - 1], accumulators[depth - 2][relay], copy);
    }
  }
  return ranges.reduce((sum, { digits }) => sum + digits, 0);
}
