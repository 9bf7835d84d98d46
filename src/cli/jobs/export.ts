/** Export in the worker: the ticket is proved first, since what the file states relies on that. */

import { UsageError, withFileName } from '../../core/errors.js';
import { type ExportRequest, exportTicket, type TicketExport } from '../../export/export-ticket.js';
import { exportTrained } from '../../export/export-trained.js';
import { verifyTrained } from '../../inference/verify-trained.js';
import type { Reading } from '../../target/network.js';
import type { TrainedTicket } from '../../ticket/ticket.js';
import { type Output, writeParts } from '../files/output-file.js';
import { readTicketOfKind } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';
import { type Unproved, unproved } from './proved.js';

export interface ExportJobOptions {
  readonly ticket: string;
  readonly output: Output;
  readonly request: ExportRequest;
  /** Most bytes of memory. */
  readonly memory: number;
}

export interface ExportReport extends Omit<TicketExport, 'parts' | 'exactness'> {
  /** Null for a trained ticket: nothing is stated of the rounding. */
  readonly exactness: TicketExport['exactness'] | null;
  readonly activation: string;
  /** Whether the ticket records a normalisation, which is not part of the exported network. */
  readonly normalization: boolean;
  /** What reading the ticket's model left out or rounded, as it records. */
  readonly reading: Reading | null;
  readonly seconds: number;
}

export type ExportJobResult = { readonly proved: true; readonly report: ExportReport } | Unproved;

export function exportJob(options: ExportJobOptions, context: JobContext): ExportJobResult {
  const start = performance.now();
  const ticket = readTicketOfKind(options.ticket, ['constructed', 'trained'], 'export', {
    use: 'proof',
    memory: options.memory,
  });
  if (ticket.kind === 'trained') return exportTrainedJob(ticket, options, context, start);
  const refused = unproved(ticket, context, options.memory);
  if (refused !== null) return refused;
  const { parts, ...file } = withFileName(options.ticket, () =>
    exportTicket(ticket, options.request, {
      memory: options.memory,
      onProgress: context.onProgress,
    }),
  );
  writeParts(options.output, counted(parts(), file.bytes, context));
  return {
    proved: true,
    report: {
      ...file,
      activation: ticket.target.activation,
      normalization: ticket.normalization !== undefined,
      reading: ticket.reading ?? null,
      seconds: (performance.now() - start) / 1000,
    },
  };
}

function exportTrainedJob(
  ticket: TrainedTicket,
  { ticket: name, request, output, memory }: ExportJobOptions,
  context: JobContext,
  start: number,
): ExportJobResult {
  if (request.form !== 'live') {
    throw new UsageError('a trained ticket has one form: leave out --folded and --full');
  }
  const { proved, failure } = verifyTrained(ticket, { memory });
  if (!proved) {
    const reason = failure?.reason ?? '';
    return { proved: false, failure: { block: 0, layer: 0, neuron: 0, reason } };
  }
  const { parts, ...file } = withFileName(name, () => exportTrained(ticket, request, memory));
  writeParts(output, counted(parts(), file.bytes, context));
  return {
    proved: true,
    report: {
      ...file,
      exactness: null,
      activation: ticket.activation,
      normalization: false,
      reading: null,
      seconds: (performance.now() - start) / 1000,
    },
  };
}

function* counted(
  parts: Iterable<Uint8Array>,
  total: number,
  context: JobContext,
): Generator<Uint8Array> {
  let done = 0;
  context.onProgress({ stage: 'write', done, total });
  for (const part of parts) {
    yield part;
    done += part.length;
    context.onProgress({ stage: 'write', done, total });
  }
}
