/** How a trained ticket is proved. */
import { verifyTrainedSteps } from '../inference/verify-trained.js';
import type { TrainedTicket } from '../ticket/ticket.js';
import { type Proof, refuseOption } from './verify-steps.js';

export const proveTrained: Proof<TrainedTicket> = function* (
  ticket,
  { model, threads: _, ranges: __, ...options },
) {
  const { kind } = ticket;
  refuseOption(model, kind, 'model');
  return { kind, ...(yield* verifyTrainedSteps(ticket, options)) };
};
