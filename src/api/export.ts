/** A ticket as a file for other programs. */
import { checkOptions, MEMORY, type OptionKinds, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import {
  type ExportForm,
  type ExportFormat,
  exportTicketSteps,
  REQUESTS,
  type TicketExport,
} from '../export/export-ticket.js';
import type { Compute } from '../export/exported-file.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

export interface ExportOptions extends Watch {
  /** Default `onnx`. */
  readonly format?: ExportFormat;
  /** `live` (the default): the neurons that something reads; `full`: the whole source; `folded`: the integers. */
  readonly form?: ExportForm;
  /** What the file computes with; default `float`. */
  readonly compute?: Compute;
  /** Most bytes of memory that the ticket's network may take; default 2 GiB. */
  readonly memory?: number;
}

const OPTIONS: OptionKinds<ExportOptions> = {
  ...REQUESTS,
  memory: MEMORY,
  ...WATCH,
};

/**
 * Exports a constructed ticket that was proved: what the file states of exactness relies on that. The
 * file's bytes are made when its `parts()` are taken, a layer's matrix each, which no signal ends: whoever
 * writes them lets the event loop turn between two. Works in steps as `find` does; rejects with a
 * `UsageError` for a ticket of another kind or options that make no sense, and with an `InputError` where
 * the file would be too large or its number type cannot hold the values.
 */
export async function exportTicket(
  ticket: ConstructedTicket,
  options: ExportOptions = {},
): Promise<TicketExport> {
  checkOptions('exportTicket', options, OPTIONS);
  const { format = 'onnx', form = 'live', compute = 'float', memory } = options;
  return perform(exportTicketSteps(ticket, { format, form, compute }, memory), options);
}
