/** The pictures of a ticket, drawn in the worker. */
import path from 'node:path';
import { withFileName } from '../../core/errors.js';
import {
  type ChosenWeight,
  type TicketFigures,
  ticketFigures,
} from '../../figures/ticket-figures.js';
import { readTicketFile } from '../files/read-ticket.js';

export interface FiguresJobOptions {
  readonly ticket: string;
  readonly weight?: ChosenWeight;
  /** Most bytes of memory. */
  readonly memory: number;
}

export type FiguresJobResult = TicketFigures;

export function figuresJob({ ticket: file, weight, memory }: FiguresJobOptions): FiguresJobResult {
  const ticket = readTicketFile(file, { use: 'pictures', memory });
  return withFileName(file, () =>
    ticketFigures(ticket, { of: path.basename(file), memory, ...(weight && { weight }) }),
  );
}
