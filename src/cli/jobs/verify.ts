/** The proof in the worker. */

import { UsageError, withFileName } from '../../core/errors.js';
import { type TrainedVerdict, verifyTrained } from '../../inference/verify-trained.js';
import { type Verdict, verifyTicket } from '../../proof/verify.js';
import { verifyBaselineTicket } from '../../proof/verify-baseline.js';
import type { Reading } from '../../target/reading.js';
import { type LabelledFiles, readLabelled } from '../files/read-labelled.js';
import { readModel } from '../files/read-model.js';
import { readTicketFile } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';

export interface VerifyJobOptions {
  readonly ticket: string;
  readonly model?: string;
  /** Labelled data: what a trained ticket's accuracy is measured on. */
  readonly data?: LabelledFiles;
  /** Most bytes of memory. */
  readonly memory: number;
}

export type VerifyJobResult = (
  | {
      readonly kind: 'constructed' | 'baseline';
      readonly verdict: Verdict;
      /** What reading the model left out or rounded, as the ticket records it. */
      readonly reading: Reading | null;
    }
  | { readonly kind: 'trained'; readonly verdict: TrainedVerdict }
) & { readonly seed: string; readonly seconds: number };

export function verifyJob(options: VerifyJobOptions, context: JobContext): VerifyJobResult {
  const start = performance.now();
  const { memory } = options;
  const ticket = readTicketFile(options.ticket, { use: 'proof', memory });
  const { progress } = context;
  const seed = ticket.seed.toString();
  const seconds = (): number => (performance.now() - start) / 1000;
  switch (ticket.kind) {
    case 'constructed':
    case 'baseline': {
      refuse(options.data === undefined, ticket.kind, '--data');
      const given =
        options.model === undefined
          ? { progress, memory }
          : { progress, memory, model: readModel(options.model, { memory }) };
      const verdict = withFileName(options.ticket, () =>
        ticket.kind === 'baseline'
          ? verifyBaselineTicket(ticket, given)
          : verifyTicket(ticket, given),
      );
      const reading = ticket.reading ?? null;
      return { kind: ticket.kind, verdict, reading, seed, seconds: seconds() };
    }
    case 'trained': {
      refuse(options.model === undefined, ticket.kind, '--model');
      const { widths } = ticket;
      const shape = { inputs: widths[0], classes: widths[widths.length - 1] };
      const verdict = verifyTrained(ticket, {
        progress: (done, total) => progress('measure', done, total),
        memory,
        ...(options.data && { data: readLabelled(options.data, shape) }),
      });
      return { kind: ticket.kind, verdict, seed, seconds: seconds() };
    }
  }
}

/** Throws a `UsageError` for a flag that a kind of ticket has no use for. */
function refuse(absent: boolean, kind: string, flag: string): void {
  if (!absent) throw new UsageError(`${flag} has no meaning for a ${kind} ticket`);
}
