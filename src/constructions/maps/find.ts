/**
 * Finds an integer network of feature maps in a source. Block by block: the columns of its matrix are
 * columns of the source layers that read with its kernel, and all else is as without maps.
 */
import type { Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import { anchorOf, columnPlaces, tapCount } from '../../integer/block-maps.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import { type ClassBlock, checkInClass } from '../../integer/network-class.js';
import type { LayerMask } from '../../source/mask.js';
import { blockEndsOf, depthOf, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { checkSourcePlan, type Finding } from '../construction.js';
import type { Layouts } from '../find-blocks.js';
import { keepGrouped, placeGrouped } from './find-grouped.js';
import { keepFree, placeFree } from './find-horner.js';
import { keepDirect, keepScale, placeDirect, placeScale } from './find-known.js';
import { keepSkip, placeSkip } from './find-skip.js';
import type { MapsLayout } from './layout.js';
import { mapsLayout } from './placed.js';
import type { MapsBlock, MapsClass, MapsPlan } from './plan.js';
import { identity, type KeptBlock, type Tell, type Unmet, type Work } from './work.js';

/** The source column of each matrix column, given the neurons that hold the channels, the constant last. */
function sourceColumns(
  { window, columns }: ClassBlock,
  neurons: Uint32Array,
  constant: boolean,
): Uint32Array {
  const total = columns + (constant ? 1 : 0);
  if (window === undefined) return neurons.slice(0, total);
  const taps = tapCount(window);
  const places = columnPlaces(window);
  return Uint32Array.from({ length: total }, (_, column) => {
    if (column === columns) return (neurons.at(-1) as number) * taps + anchorOf(window);
    const place = places[column] as number;
    const tap = place % taps;
    return (neurons[(place - tap) / taps] as number) * taps + tap;
  });
}

function* placeOne(work: Work, block: MapsBlock, tell: Tell): Steps<MapsLayout | Unmet> {
  switch (block.kind) {
    case 'direct':
      return placeDirect(work, block);
    case 'scale':
      return placeScale(work, block);
    case 'skip':
      return yield* placeSkip(work, block, tell);
    case 'grouped':
      return yield* placeGrouped(work, block, tell);
    case 'free':
      return yield* placeFree(work, block, tell);
  }
}

function* keepOne(
  work: Work,
  layout: MapsLayout,
  network: IntegerNetwork,
  tell: Tell,
  threads: Threads | undefined,
): Steps<KeptBlock> {
  switch (layout.kind) {
    case 'direct':
      return keepDirect(work, layout);
    case 'scale':
      return keepScale(work, layout);
    case 'skip':
      return yield* keepSkip(work, layout, network, tell, threads);
    case 'grouped':
      return yield* keepGrouped(work, layout, network, tell);
    case 'free':
      return yield* keepFree(work, layout, network, tell, threads);
  }
}

/** A block that is placed, and what so many layers of it are of finding the whole. */
interface PlacedBlock {
  readonly work: Work;
  readonly layout: MapsLayout;
  readonly tell: Tell;
}

/** Places one block after the other, since a block's inputs are the outputs of the one before. */
function* placeBlocks(
  source: Source,
  { networkClass, mapsBlocks, shape }: MapsPlan,
  done?: (placed: PlacedBlock) => Steps<void>,
): Steps<Layouts<MapsLayout>> {
  const own = networkClass as MapsClass;
  const ends = blockEndsOf(shape);
  const total = depthOf(shape);
  const layouts: MapsLayout[] = [];
  let neurons = identity(widthOf(shape, 0));
  for (const [index, block] of mapsBlocks.entries()) {
    const start = ends[index - 1] ?? 0;
    const classBlock = own.maps.blocks[index] as ClassBlock;
    const columns = sourceColumns(classBlock, neurons, own.constant);
    const work: Work = { source, networkClass: own, index, start, columns };
    const tell: Tell = (layers) => ({ stage: 'find', done: start + layers, total });
    const layout = yield* placeOne(work, block, tell);
    if (!('kind' in layout)) return { found: false, unmet: { block: index + 1, ...layout } };
    layouts.push(layout);
    if (done !== undefined) yield* done({ work, layout, tell });
    yield tell((ends[index] as number) - start);
    neurons = layout.rows;
  }
  return { found: true, layouts };
}

/** Where the neurons of every block are in this source; independent of the weights. In steps. */
export function layoutMapsSteps(source: Source, plan: MapsPlan): Steps<Layouts<MapsLayout>> {
  checkSourcePlan(source, plan, plan.construction);
  return placeBlocks(source, plan);
}

/** Chooses the masks; see `Construction.findSteps`. */
export function* findMapsSteps(
  name: MapsPlan['construction'],
  network: IntegerNetwork,
  source: Source,
  plan: MapsPlan,
  sink: (t: number, mask: LayerMask) => void,
  threads?: Threads,
): Steps<Finding> {
  checkSourcePlan(source, plan, name);
  checkInClass(network, plan.networkClass);
  let t = 0;
  let digits = 0;
  const placed = yield* placeBlocks(source, plan, function* ({ work, layout, tell }) {
    const kept = yield* keepOne(work, layout, network, tell, threads);
    digits += kept.digits;
    for (let mask = kept.masks.shift(); mask !== undefined; mask = kept.masks.shift()) {
      t++;
      sink(t, mask);
      yield;
    }
  });
  if (!placed.found) return placed;
  const { layouts } = placed;
  return {
    found: true,
    assignments: layouts.slice(0, -1).map(({ rows }) => rows),
    digits,
    layout: mapsLayout(plan, layouts),
  };
}
