/** The proof of a ticket of any kind. */
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { proveConstructed } from '../pipeline/prove-constructed.js';
import {
  certifies,
  type Proof,
  type VerdictOn,
  type VerifyAnyOptions,
  verifyAnySteps,
} from '../pipeline/verify-steps.js';
import type { Ticket } from '../ticket/ticket.js';
import { loadCertifier } from './load-certifier.js';

export interface VerifyOptions extends VerifyAnyOptions, Watch {}

/**
 * Verifies a ticket from the seed up, in steps as `find` works. Of a constructed or a baseline ticket
 * `proved` means: the pruned source is the recorded network, and with `model` that the recorded error bound
 * (0 for a lossless one) holds for the model; of a trained one: its recorded outputs are those of its
 * network, bit for bit, and with `data` that its recorded accuracy holds. Rejects with the signal's reason
 * soon after it is aborted, with a `UsageError` for an option that its kind has no use for, and with an
 * `InputError` where its mask bytes are corrupt or it asks for more memory or work than it may.
 */
export async function verify<T extends Ticket>(
  ticket: T,
  options: VerifyOptions = {},
): Promise<VerdictOn<T>> {
  const proof = (await loadProof(ticket?.kind)) as unknown as Proof<T>;
  const certifier = await loadCertifier(certifies(ticket, options));
  return perform(verifyAnySteps(ticket, options, proof, certifier), options);
}

/** The proof of a kind; in a page, those of rarer tickets are files of their own that the bundler splits off. */
async function loadProof(kind: Ticket['kind']) {
  switch (kind) {
    case 'baseline':
      return (await import('../pipeline/prove-baseline.js')).proveBaseline;
    case 'trained':
      return (await import('../pipeline/prove-trained.js')).proveTrained;
    default:
      // What is no ticket is refused before any proof begins.
      return proveConstructed;
  }
}
