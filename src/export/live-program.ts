/** The live pruned source as it is exported, of vectors or of feature maps. */
import type { Steps } from '../core/steps.js';
import { compileMapsSteps } from '../inference/map-program.js';
import { compileTicketSteps, type PrunedProgram } from '../inference/pruned-program.js';
import { widthOf } from '../source/shape.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

export type LiveProgram = Pick<
  PrunedProgram,
  | 'inputs'
  | 'outputs'
  | 'constant'
  | 'layers'
  | 'blockEnds'
  | 'fractionalPlaces'
  | 'scale'
  | 'activation'
>;

/** In steps of stage `compile`, counted in layers. Of feature maps inputs and outputs are channels. */
export function* liveProgramSteps(ticket: ConstructedTicket, memory?: number): Steps<LiveProgram> {
  const { target, shape } = ticket;
  if (target.maps === undefined) return yield* compileTicketSteps(ticket, memory);
  const { layers, blockEnds, outputs } = yield* compileMapsSteps(ticket, memory);
  const { constant, fractionalPlaces, scale, activation } = target;
  return {
    ...{ inputs: widthOf(shape, 0), outputs: outputs.channels, layers, blockEnds },
    ...{ constant, fractionalPlaces, scale, activation },
  };
}
