/**
 * Finds an integer network of feature maps in a source. Block by block: the columns of its matrix are
 * columns of the source layers that read with its kernel, and all else is as without maps.
 */
import { UsageError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import { anchorOf, columnPlaces, tapCount } from '../../integer/block-maps.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import { type ClassBlock, checkInClass } from '../../integer/network-class.js';
import type { LayerMask } from '../../source/mask.js';
import { depthOf, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { checkSourcePlan, type Finding } from '../construction.js';
import { findGrouped } from './find-grouped.js';
import { findFree } from './find-horner.js';
import { findDirect, findScale } from './find-known.js';
import { findSkip } from './find-skip.js';
import type { MapsBlock, MapsClass, MapsPlan } from './plan.js';
import { type FoundBlock, identity, type Unmet, type Work } from './work.js';

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

function* findOne(
  work: Work,
  block: MapsBlock,
  network: IntegerNetwork,
  tell: (layers: number) => Progress,
  threads: Threads | undefined,
): Steps<FoundBlock | Unmet> {
  switch (block.kind) {
    case 'direct':
      return findDirect(work, block);
    case 'scale':
      return findScale(work, block);
    case 'skip':
      return yield* findSkip(work, block, network, tell, threads);
    case 'grouped':
      return yield* findGrouped(work, block, network, tell);
    case 'free':
      return yield* findFree(work, block, network, tell, threads);
  }
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
  const networkClass = plan.networkClass as MapsClass;
  const total = depthOf(plan.shape);
  const assignments: Uint32Array[] = [];
  let neurons = identity(widthOf(plan.shape, 0));
  let start = 0;
  let digits = 0;
  for (const [index, block] of plan.mapsBlocks.entries()) {
    const classBlock = networkClass.maps.blocks[index] as ClassBlock;
    const columns = sourceColumns(classBlock, neurons, networkClass.constant);
    const work: Work = { source, networkClass, index, start, columns };
    const before = start;
    const tell = (layers: number): Progress => ({ stage: 'find', done: before + layers, total });
    const found = yield* findOne(work, block, network, tell, threads);
    if (!('masks' in found)) return { found: false, unmet: { block: index + 1, ...found } };
    digits += found.digits;
    for (let mask = found.masks.shift(); mask !== undefined; mask = found.masks.shift()) {
      start++;
      sink(start, mask);
      yield;
    }
    yield tell(start - before);
    neurons = found.rows;
    if (index < plan.mapsBlocks.length - 1) assignments.push(found.rows);
  }
  return {
    found: true,
    assignments,
    digits,
    layout: {
      layer: () => {
        throw new UsageError('roles of neurons are told of fully connected networks only, so far');
      },
    },
  };
}
