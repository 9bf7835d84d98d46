/** How a constructed ticket is proved, and compared with a model. */
import { provideLowering } from '../integer/own-lowering.js';
import { provideComposition } from '../proof/check-composed.js';
import { comparingWith } from '../proof/compare-model.js';
import { provideReordering } from '../proof/hidden-order.js';
import { provideRanges } from '../proof/prove-by-ranges.js';
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
  // Here, where it is loaded together with what models are compared by.
  provideLowering();
  provideReordering();
  provideRanges();
  provideComposition();
  return { kind, ...(yield* verifyTicketSteps(ticket, options, comparingWith(certifier))) };
};
