/** The live part of a constructed ticket: what roles are read from and traces follow. */
import { MisfitError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { layersBeyondWindows } from '../source/windows.js';
import type { ConstructedTicket } from './constructed.js';

/**
 * Throws a `MisfitError` unless each layer of a ticket reads as goes with the integer network: through the window
 * of its block (kernel, stride, pads and dilation) where it reads the block's input, position by position where it
 * reads hidden layers alone; and a `UsageError` that names `use` for a kernel where the integer network is of
 * vectors. A ticket with kernels of its own may be proved all the same, but one row holds no longer at all positions.
 */
export function checkKernels({ shape, target: { maps } }: ConstructedTicket, use: string): void {
  if (maps === undefined) {
    requireConnectedLayers(shape, use);
    return;
  }
  if (maps.blocks.length !== blockEndsOf(shape).length) {
    throw new MisfitError('the ticket has other maps than its source has blocks');
  }
  const [layer] = layersBeyondWindows(shape, maps);
  if (layer === undefined) return;
  throw new MisfitError(
    `layer ${layer} reads with a kernel, stride, pads or dilation of its own, and ${use} takes sources whose blocks read their input through the integer network's windows`,
  );
}

/**
 * The layers `1 .. L` with the neurons on a kept path from an input to an output of their block or of the
 * network: neurons that hold outputs count though the next block may read none. Neuron and edge lists as in
 * `pruneSource`. In steps of stage `compile`, counted in layers. Throws a `MisfitError` for kernels that are not
 * those of the integer network.
 */
export function liveLayersSteps(ticket: ConstructedTicket): Steps<PrunedLayer[]> {
  const { seed, shape, assignments } = ticket;
  checkKernels(ticket, 'a trace, a ladder or a reading of roles');
  const ends = blockEndsOf(shape);
  const held = new Map(
    assignments.map((neurons, block) => [ends[block], neurons.slice().sort()] as const),
  );
  return pruneSourceSteps(createSource(seed, shape), (t) => ticket.mask(t), {
    roots: (t) => held.get(t),
  });
}
