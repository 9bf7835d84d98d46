/** The proof of a ticket of any kind. */
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { type VerdictOn, type VerifyAnyOptions, verifyAnySteps } from '../pipeline/verify.js';
import type { Ticket } from '../ticket/ticket.js';

export interface VerifyOptions extends VerifyAnyOptions, Watch {}

/**
 * Verifies a ticket from the seed up, in steps as `find` works. Of a constructed or a baseline ticket
 * `proved` means: the pruned source is the recorded network, and with `model` that the recorded error bound
 * (0 for a lossless one) holds for the model; of a trained one: its recorded outputs are those of its
 * network, bit for bit, and with `data` that its recorded accuracy holds. Rejects with the signal's reason
 * soon after it is aborted, with a `UsageError` for an option that its kind has no use for, and with an
 * `InputError` where its mask bytes are corrupt or it asks for more memory or work than it may.
 */
export function verify<T extends Ticket>(
  ticket: T,
  options: VerifyOptions = {},
): Promise<VerdictOn<T>> {
  return perform(verifyAnySteps(ticket, options), options);
}
