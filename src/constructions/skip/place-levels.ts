/** Levels of growth: relays and accumulators, by the edges between them. */
import type { Steps } from '../../core/steps.js';
import { matchGroups, type Suitability } from '../matching.js';
import { exclude, patternTargets, requireTargets, sourcesOf } from '../targets.js';
import { isByIndex } from './grown-block.js';
import { type GrownWork, unmet } from './grown-work.js';
import { groupRelays, groupSize } from './growths.js';
import { firstColumn, type LayoutFailure, NOWHERE, signsOf, widthAt } from './layout.js';

/** Edges from all members of each group into all its readers, for these groups. */
function groupEdges(
  members: Uint32Array,
  size: number,
  readers: Uint32Array,
  readersPerGroup: number,
): { neurons: Uint32Array; rows: Uint32Array } {
  const neurons: number[] = [];
  const rows: number[] = [];
  for (let index = 0; index < readers.length; index++) {
    const row = readers[index];
    if (row === NOWHERE) continue;
    const group = Math.floor(index / readersPerGroup);
    for (let member = 0; member < size; member++) {
      neurons.push(members[group * size + member]);
      rows.push(row);
    }
  }
  return { neurons: Uint32Array.from(neurons), rows: Uint32Array.from(rows) };
}

/** Neurons of a layer as columns of the next, where their layer begins at `first`. */
export function shifted(neurons: Uint32Array, first: number): Uint32Array {
  return neurons.map((neuron) => neuron + first);
}

/**
 * Relays of one level for the chains at `before`, outside of `taken`. Where `targets` says into which
 * neurons they must lead, by chain (-1: nowhere), they suit by those edges too.
 */
export function placeRelays(
  { request, growth, edges }: GrownWork,
  layer: number,
  before: Uint32Array,
  taken: Iterable<number>,
  targets: Int32Array | null,
): Uint32Array | LayoutFailure {
  const width = widthAt(request, layer);
  const columns = shifted(before, firstColumn(request, layer, layer - 1));
  // Relays of one chain are alike: copies of one row.
  const copies = groupSize(growth) === 1 ? groupRelays(growth) : 1;
  const mix = copies > 1 ? growth.mix.slice(0, 1) : growth.mix;
  const rows = patternTargets(signsOf(request, layer), columns, mix, width);
  if (targets !== null) {
    const fixed = targets.filter((target) => target >= 0);
    const later = signsOf(request, layer + 1);
    const first = firstColumn(request, layer + 1, layer);
    const sources = sourcesOf(later, first, width, Uint32Array.from(fixed));
    let next = 0;
    const numbered = targets.map((target) => (target >= 0 ? next++ : -1));
    const back = mix.map((_, relay) => growth.unmix.map((signs) => signs[relay]));
    requireTargets(rows, sources, numbered, back);
  }
  exclude(rows, taken);
  const matching = matchGroups(rows, copies);
  if (!matching.complete) return unmet('matching', layer, `a relay for group ${matching.group}`);
  edges.push({
    layer,
    from: layer - 1,
    ...groupEdges(before, groupSize(growth), matching.neurons, groupRelays(growth)),
  });
  return matching.neurons;
}

/** For each chain the neurons of a layer that suit it as its next accumulator or output. */
export function accumulatorTargets(
  { request, growth }: GrownWork,
  layer: number,
  relays: Uint32Array | null,
  before: Uint32Array,
): Suitability {
  const width = widthAt(request, layer);
  const signs = signsOf(request, layer);
  const direct = (): Suitability => {
    const columns = shifted(before, firstColumn(request, layer, layer - 2));
    return patternTargets(signs, columns, [[1]], width);
  };
  if (relays === null) return direct();
  const columns = shifted(relays, firstColumn(request, layer, layer - 1));
  const rows = patternTargets(signs, columns, growth.unmix, width);
  if (!growth.direct) return rows;
  const own = direct();
  rows.rows.forEach((word, index) => {
    rows.rows[index] = word & own.rows[index];
  });
  return rows;
}

/** Accumulators of one level, but the last. */
function placeAccumulators(
  work: GrownWork,
  layer: number,
  relays: Uint32Array | null,
  before: Uint32Array,
): Uint32Array | LayoutFailure {
  if (isByIndex(work.growth)) return Uint32Array.from(before.keys());
  const matching = matchGroups(accumulatorTargets(work, layer, relays, before), 1);
  if (matching.complete) return matching.neurons;
  return unmet('matching', layer, `an accumulator for chain ${matching.group}`);
}

/** Keeps what the accumulators of a layer read of relays and of the accumulators before. */
export function keepGrowth(
  { growth, edges }: GrownWork,
  layer: number,
  relays: Uint32Array,
  before: Uint32Array,
  accumulators: Uint32Array,
): void {
  const size = groupSize(growth);
  const read = groupEdges(relays, groupRelays(growth), accumulators, size);
  edges.push({ layer, from: layer - 1, ...read });
  if (!growth.direct) return;
  edges.push({ layer, from: layer - 2, ...groupEdges(before, 1, accumulators, 1) });
}

/** Relays and accumulators of a level that is not the last. */
export function* placeLevel(
  work: GrownWork,
  layer: number,
  before: Uint32Array,
): Steps<Uint32Array | LayoutFailure> {
  const { growth } = work;
  let next: Uint32Array | null = null;
  if (growth.accumulatorsFirst) {
    const placed = placeAccumulators(work, layer + 1, null, before);
    if ('kind' in placed) return placed;
    next = placed;
  }
  yield;
  const targets = next === null ? null : Int32Array.from(next);
  const relays = placeRelays(work, layer, before, [], targets);
  if ('kind' in relays) return relays;
  yield;
  if (next === null) {
    const placed = placeAccumulators(work, layer + 1, relays, before);
    if ('kind' in placed) return placed;
    next = placed;
  }
  keepGrowth(work, layer + 1, relays, before, next);
  return next;
}
