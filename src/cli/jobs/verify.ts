/** The proof in the worker. */
import { type Verdict, verifyTicket } from '../../proof/verify.js';
import { verifyBaselineTicket } from '../../proof/verify-baseline.js';
import type { KindName } from '../../ticket/kinds.js';
import type { JobContext } from '../job.js';
import { readModel } from '../read-model.js';
import { readTicketFile } from '../read-ticket.js';

export interface VerifyJobOptions {
  readonly ticket: string;
  readonly model?: string;
}

export interface VerifyJobResult {
  readonly kind: KindName;
  readonly verdict: Verdict;
  readonly seed: string;
  readonly seconds: number;
}

export function verifyJob(options: VerifyJobOptions, context: JobContext): VerifyJobResult {
  const start = performance.now();
  const ticket = readTicketFile(options.ticket);
  const { progress } = context;
  const given =
    options.model === undefined ? { progress } : { progress, model: readModel(options.model) };
  const verdict =
    ticket.kind === 'baseline' ? verifyBaselineTicket(ticket, given) : verifyTicket(ticket, given);
  return {
    kind: ticket.kind,
    verdict,
    seed: ticket.seed.toString(),
    seconds: (performance.now() - start) / 1000,
  };
}
