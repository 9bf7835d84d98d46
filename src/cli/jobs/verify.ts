/** The proof in the worker. */
import { type Verdict, verifyTicket } from '../../proof/verify.js';
import type { JobContext } from '../job.js';
import { readModel } from '../read-model.js';
import { readTicketOfKind } from '../read-ticket.js';

export interface VerifyJobOptions {
  readonly ticket: string;
  readonly model?: string;
}

export interface VerifyJobResult {
  readonly verdict: Verdict;
  readonly seed: string;
  readonly seconds: number;
}

export function verifyJob(options: VerifyJobOptions, context: JobContext): VerifyJobResult {
  const start = performance.now();
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'verify');
  const { progress } = context;
  const verdict = verifyTicket(
    ticket,
    options.model === undefined ? { progress } : { progress, model: readModel(options.model) },
  );
  return { verdict, seed: ticket.seed.toString(), seconds: (performance.now() - start) / 1000 };
}
