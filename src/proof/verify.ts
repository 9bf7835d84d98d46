/** The end-to-end verdict on a ticket, reached at once. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import { provideLowering } from '../integer/own-lowering.js';
import { ownCertifier } from '../precision/own-certifier.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { provideComposition } from './check-composed.js';
import { comparingWith } from './compare-model.js';
import { provideReordering } from './hidden-order.js';
import { provideRanges } from './prove-by-ranges.js';
import { type Verdict, type VerifyOptions, verifyTicketSteps } from './verify-steps.js';

export type { Verdict };

/**
 * Verifies a ticket from the seed up. Throws an `InputError` if its mask bytes are corrupt, or if it asks
 * for more memory or work than it may.
 */
export function verifyTicket(
  ticket: ConstructedTicket,
  options: VerifyOptions & Watch = {},
): Verdict {
  provideLowering();
  provideReordering();
  provideRanges();
  provideComposition();
  return complete(verifyTicketSteps(ticket, options, comparingWith(ownCertifier)), options);
}
