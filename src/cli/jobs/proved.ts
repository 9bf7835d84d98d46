/** The proof before a job that speaks of a ticket's pruned source: it stands for what was proved only. */
import { verifyAny } from '../../pipeline/verify.js';
import type { ProofFailure } from '../../proof/propagate.js';
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
  { onProgress }: JobContext,
  memory: number,
): Unproved | null {
  const { proved, failure } = verifyAny(ticket, { onProgress, memory });
  if (proved || failure === undefined) return null;
  return { proved: false, failure };
}
