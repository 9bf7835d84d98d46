/** The proof of a ticket of any kind, done at once. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import { ownCertifier } from '../precision/own-certifier.js';
import type { Ticket } from '../ticket/ticket.js';
import { proveBaseline } from './prove-baseline.js';
import { proveConstructed } from './prove-constructed.js';
import { proveTrained } from './prove-trained.js';
import { type Proof, type ProofOptions, type VerdictOn, verifyAnySteps } from './verify-steps.js';

const proofs = { constructed: proveConstructed, baseline: proveBaseline, trained: proveTrained };

/**
 * Verifies a ticket from the seed up. Throws an `InputError` where its mask bytes are corrupt, or where it
 * asks for more memory or work than it may, and a `UsageError` for an option that has no meaning for its
 * kind.
 */
export function verifyAny<T extends Ticket>(
  ticket: T,
  options: ProofOptions & Watch = {},
): VerdictOn<T> {
  // The proof of another kind than the ticket's is never begun: first its kind is checked.
  const proof = proofs[ticket?.kind] as unknown as Proof<T>;
  return complete(verifyAnySteps(ticket, options, proof, ownCertifier), options);
}
