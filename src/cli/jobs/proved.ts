/** The proof before a job that speaks of a ticket's pruned source: it stands for what was proved only. */
import type { ProofFailure } from '../../proof/propagate.js';
import { verifyTicket } from '../../proof/verify.js';
import { verifyBaselineTicket } from '../../proof/verify-baseline.js';
import type { BaselineTicket } from '../../ticket/baseline.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';
import type { JobContext } from '../workers/job.js';

/** A job's answer on a ticket that is not proved. */
export interface Unproved {
  readonly proved: false;
  readonly failure: ProofFailure;
}

/** Null if the ticket is proved, from its seed and masks alone, with at most `memory` bytes. */
export function unproved(
  ticket: ConstructedTicket | BaselineTicket,
  { progress }: JobContext,
  memory: number,
): Unproved | null {
  const { proved, failure } =
    ticket.kind === 'baseline'
      ? verifyBaselineTicket(ticket, { progress, memory })
      : verifyTicket(ticket, { progress, memory });
  if (proved || failure === undefined) return null;
  return { proved: false, failure };
}
