/**
 * Where the neurons of a block of chains in fours are in a given source; see `../layout.ts` for the order
 * in which signs are read, which is the same. Beyond the top a neuron suits one relay or accumulator by the
 * signs of its edges from a group of the layer before.
 */
import type { Progress } from '../../../core/progress.js';
import type { Steps } from '../../../core/steps.js';
import type { LayerSigns, Source } from '../../../source/source.js';
import { matchGroups, rowOf } from '../../matching.js';
import { exclude, firstNeurons, patternTargets } from '../../targets.js';
import {
  type BlockNeurons,
  type BlockRequest,
  type LayoutFailure,
  layoutLayers,
  placeAccumulators,
  placeOutputs,
  type Work,
} from '../layout.js';
import type { QuadsBlock } from '../plan.js';
import { selectChains } from '../select-chains.js';
import { requireOutputs } from '../suitable.js';
import { asPlain, quadThresholds, topLayers, unitSigns } from './block.js';
import { type ByType, quadOffsets } from './offsets.js';
import { FOUR } from './unit.js';

/** Positions of one block's neurons. Relays are listed as accumulators of their layers, by chain. */
export interface QuadsLayout extends BlockNeurons {
  /** How many units the block ends with. */
  readonly quads: number;
  /** What each chain holds beside its share of the weight when the top is done, by type. */
  readonly starts: ByType<bigint>;
  /** Bound of the magnitude of the outputs' entries. */
  readonly largest: bigint;
}

/** Chains in turn of the lesser and the greater offset, each of those that reach as far as it must. */
function selectByType(
  source: Source,
  work: Work,
  [lesser, greater]: ByType<number>,
  wanted: number,
): number[] {
  const far = selectChains(source, work, greater, wanted / 2);
  const taken = new Set(far);
  const others = selectChains(source, work, lesser, work.block.chains).filter(
    (chain) => !taken.has(chain),
  );
  // Where there are too few of one type the list is too short, which is what tells.
  const pairs = Math.min(far.length, others.length);
  return Array.from({ length: 2 * Math.min(pairs, wanted / 2) }, (_, at) =>
    at % 2 === 0 ? others[at / 2] : far[(at - 1) / 2],
  );
}

/** Relays or accumulators of hidden layer t, beyond the top. */
function placeMixed(
  work: Work,
  { block, outputs, last }: { block: QuadsBlock; outputs: number; last: boolean },
  copies: readonly Uint32Array[],
  t: number,
  signs: LayerSigns,
): LayoutFailure | null {
  const { source, base, accumulators } = work;
  const patterns = unitSigns(block, t);
  const width = block.hiddenWidths[t - 1];
  const isEnd = t === block.hiddenWidths.length;
  const before = accumulators[t - 2];
  // Chains without an output end with the relays.
  const size = patterns[0].length;
  const members = isEnd ? before.subarray(0, size * Math.ceil(outputs / size)) : before;
  const all = patternTargets(signs, members, patterns, width);
  const rows = isEnd ? { ...all, groups: outputs } : all;
  for (const neurons of copies) exclude(rows, neurons);
  if (isEnd && last) requireOutputs(source.layer(base + t + 1), rows, width);
  const matching = matchGroups(rows, 1);
  if (!matching.complete) {
    const demand = `a neuron for chain ${matching.group} of its four`;
    return { kind: 'accumulators', layer: base + t, hidden: t, demand };
  }
  accumulators.push(matching.neurons);
  return null;
}

/** The copies of both offsets in the last hidden layer, by type; null if there are too few. */
function placeOffsets(
  { accumulators }: Work,
  block: QuadsBlock,
  signs: LayerSigns,
): Uint32Array[] | null {
  const t = block.hiddenWidths.length;
  const patterns = unitSigns(block, t);
  // All relays of the offset's group hold the same in pairs: the first pair is enough.
  const pair = accumulators[t - 2].slice(-FOUR, -FOUR + patterns[0].length);
  const rows = patternTargets(signs, pair, patterns, block.hiddenWidths[t - 1]);
  const copies = patterns.map((_, type) => firstNeurons(rowOf(rows, type), block.offsetCopies));
  return copies.every(({ length }) => length === block.offsetCopies) ? copies : null;
}

/** Lays out one block. Yields after every layer what `tell` says of so many of the block. */
export function* layoutQuads(
  request: BlockRequest<QuadsBlock>,
  tell: (layers: number) => Progress,
): Steps<QuadsLayout | LayoutFailure> {
  const { source, block, demand } = request;
  const plain = asPlain(demand, block);
  const { outputs, last } = demand;
  let copies: Uint32Array[] = [];
  const layout = yield* layoutLayers({ ...request, ...plain }, tell, {
    place(work, t, signs) {
      if (t <= topLayers(block)) return placeAccumulators(work, t, signs);
      if (t === block.hiddenWidths.length) {
        const found = placeOffsets(work, block, signs);
        if (found === null) {
          const missing = `${block.offsetCopies} neurons that copy each of the offsets`;
          return { kind: 'offset', layer: work.base + t, hidden: t, demand: missing };
        }
        copies = found;
      }
      return placeMixed(work, { block, outputs, last }, copies, t, signs);
    },
    select: (work) =>
      selectByType(source, work, quadThresholds(demand, block), plain.demand.outputs + 1),
    end: (signs, { accumulators }) =>
      placeOutputs(signs, block, demand, accumulators[block.radices.length - 1], copies),
  });
  if ('kind' in layout) return layout;
  const { largest } = demand.reach;
  const { quads } = block;
  return { ...layout, quads, starts: quadOffsets(largest, quads).start, largest };
}
