/** How a constructed ticket is proved, and compared with a model. */
import { comparingWith } from '../proof/compare-model.js';
import { verifyTicketSteps } from '../proof/verify-steps.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type Proof, refuseOption } from './verify-steps.js';

export const proveConstructed: Proof<ConstructedTicket> = function* (
  ticket,
  { data, ...options },
  certifier,
) {
  const { kind } = ticket;
  refuseOption(data, kind, 'data');
  return { kind, ...(yield* verifyTicketSteps(ticket, options, comparingWith(certifier))) };
};
