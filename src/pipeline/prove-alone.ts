/** How a constructed ticket is proved by itself, where no model is given: of less code than with one. */
import { verifyTicketSteps } from '../proof/verify-steps.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type Proof, refuseOption } from './verify-steps.js';

export const proveAlone: Proof<ConstructedTicket> = function* (ticket, { data, memory, threads }) {
  const { kind } = ticket;
  refuseOption(data, kind, 'data');
  const options = { ...(memory !== undefined && { memory }), ...(threads && { threads }) };
  return { kind, ...(yield* verifyTicketSteps(ticket, options)) };
};
