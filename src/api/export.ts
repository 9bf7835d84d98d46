/** A ticket as a file for other programs. */
import { checkObject } from '../core/arguments.js';
import type { Watch } from '../core/progress.js';
import { perform, type Steps } from '../core/steps.js';
import {
  type ExportForm,
  type ExportFormat,
  exportTicketSteps,
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

/**
 * Exports a constructed ticket that was proved: what the file states of exactness relies on that. The
 * file's bytes are made when its `parts()` are asked for. Works in steps as `find` does; rejects with an
 * `InputError` where the file would be too large or its number type cannot hold the values.
 */
export function exportTicket(
  ticket: ConstructedTicket,
  options: ExportOptions = {},
): Promise<TicketExport> {
  return perform(steps(ticket, options), options);
}

function* steps(ticket: ConstructedTicket, options: ExportOptions): Steps<TicketExport> {
  checkObject('options', options);
  const { format = 'onnx', form = 'live', compute = 'float', memory } = options;
  return yield* exportTicketSteps(ticket, { format, form, compute }, memory);
}
