/** Export in the worker: the ticket is proved first, since what the file states relies on that. */
import { withFileName } from '../../core/errors.js';
import { type ExportRequest, exportTicket, type TicketExport } from '../../export/export-ticket.js';
import type { JobContext } from '../job.js';
import { writeParts } from '../output-file.js';
import { readTicketOfKind } from '../read-ticket.js';
import { type Unproved, unproved } from './proved.js';

export interface ExportJobOptions {
  readonly ticket: string;
  readonly output: string;
  readonly temporary: string;
  readonly request: ExportRequest;
}

export interface ExportReport extends Omit<TicketExport, 'parts'> {
  readonly activation: string;
  /** Whether the ticket records a normalisation, which is not part of the exported network. */
  readonly normalization: boolean;
  readonly seconds: number;
}

export type ExportJobResult = { readonly proved: true; readonly report: ExportReport } | Unproved;

export function exportJob(options: ExportJobOptions, context: JobContext): ExportJobResult {
  const start = performance.now();
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'export');
  const refused = unproved(ticket, context);
  if (refused !== null) return refused;
  const { parts, ...file } = withFileName(options.ticket, () =>
    exportTicket(ticket, options.request, (done, total) =>
      context.progress('compile', done, total),
    ),
  );
  writeParts(options.output, options.temporary, counted(parts(), file.bytes, context));
  return {
    proved: true,
    report: {
      ...file,
      activation: ticket.target.activation,
      normalization: ticket.normalization !== undefined,
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
  for (const part of parts) {
    yield part;
    done += part.length;
    context.progress('write', done, total);
  }
}
