/** The live part of a constructed ticket: what roles are read from and traces follow. */
import type { Steps } from '../core/steps.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { ConstructedTicket } from './constructed.js';

/**
 * The layers `1 .. L` with the neurons on a kept path from an input to an output of their block or of the
 * network: neurons that hold outputs count though the next block may read none. Neuron and edge lists as in
 * `pruneSource`. In steps of stage `compile`, counted in layers.
 */
export function liveLayersSteps(ticket: ConstructedTicket): Steps<PrunedLayer[]> {
  const { seed, shape, assignments } = ticket;
  requireConnectedLayers(shape, 'this');
  const ends = blockEndsOf(shape);
  const held = new Map(
    assignments.map((neurons, block) => [ends[block], neurons.slice().sort()] as const),
  );
  return pruneSourceSteps(createSource(seed, shape), (t) => ticket.mask(t), {
    roots: (t) => held.get(t),
  });
}
