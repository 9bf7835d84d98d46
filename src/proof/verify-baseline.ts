/** The verdict on a baseline ticket, reached at once. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import { ownCertifier } from '../precision/own-certifier.js';
import type { BaselineTicket } from '../ticket/baseline.js';
import { verifyBaselineSteps } from './verify-baseline-steps.js';
import type { Verdict, VerifyOptions } from './verify-steps.js';

/** Verifies a ticket from the seed up. Throws an `InputError` as `verifyTicket` does. */
export function verifyBaselineTicket(
  ticket: BaselineTicket,
  options: VerifyOptions & Watch = {},
): Verdict {
  return complete(verifyBaselineSteps(ticket, options, ownCertifier), options);
}
