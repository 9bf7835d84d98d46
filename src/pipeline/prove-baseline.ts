/** How a baseline ticket is proved. */
import { verifyBaselineSteps } from '../proof/verify-baseline-steps.js';
import type { BaselineTicket } from '../ticket/ticket.js';
import { type Proof, refuseOption } from './verify-steps.js';

export const proveBaseline: Proof<BaselineTicket> = function* (
  ticket,
  { data, ...options },
  certifier,
) {
  const { kind } = ticket;
  refuseOption(data, kind, 'data');
  return { kind, ...(yield* verifyBaselineSteps(ticket, options, certifier)) };
};
