/** The live part of a constructed ticket: what roles are read from and traces follow. */
import { MisfitError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { tapCount } from '../integer/block-maps.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, readingOf, tapsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { ConstructedTicket } from './constructed.js';

/**
 * Throws a `MisfitError` unless each layer of a ticket has a kernel of the size that goes with the integer
 * network: the window of its block where it reads the block's input, none where it reads hidden layers alone;
 * and a `UsageError` that names `use` for a kernel where the integer network is of vectors.
 */
export function checkKernels({ shape, target: { maps } }: ConstructedTicket, use: string): void {
  if (maps === undefined) {
    requireConnectedLayers(shape, use);
    return;
  }
  const ends = blockEndsOf(shape);
  if (maps.blocks.length !== ends.length) {
    throw new MisfitError('the ticket has other maps than its source has blocks');
  }
  let block = 0;
  for (let t = 1; t <= depthOf(shape); t++) {
    const input = ends[block - 1] ?? 0;
    const window = maps.blocks[block]?.window;
    const reads = readingOf(shape, t).reads[0] === input;
    const taps = reads && window !== undefined ? tapCount(window) : 1;
    if (tapsOf(shape, t) !== taps) {
      throw new MisfitError(
        `layer ${t} reads through a kernel of ${tapsOf(shape, t)} taps, its block of the integer network through one of ${taps}`,
      );
    }
    if (t === ends[block]) block++;
  }
}

/**
 * The layers `1 .. L` with the neurons on a kept path from an input to an output of their block or of the
 * network: neurons that hold outputs count though the next block may read none. Neuron and edge lists as in
 * `pruneSource`. In steps of stage `compile`, counted in layers. Throws a `MisfitError` for kernels that are not
 * those of the integer network.
 */
export function liveLayersSteps(ticket: ConstructedTicket): Steps<PrunedLayer[]> {
  const { seed, shape, assignments } = ticket;
  checkKernels(ticket, 'this');
  const ends = blockEndsOf(shape);
  const held = new Map(
    assignments.map((neurons, block) => [ends[block], neurons.slice().sort()] as const),
  );
  return pruneSourceSteps(createSource(seed, shape), (t) => ticket.mask(t), {
    roots: (t) => held.get(t),
  });
}
