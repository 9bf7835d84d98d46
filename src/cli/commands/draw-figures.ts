/** Writes the figures of `unearth study figures`. */
import path from 'node:path';
import { UsageError } from '../../core/errors.js';
import { ticketHeatMap } from '../../figures/mask-heat-map.js';
import { paperFigures } from '../../figures/paper-figures.js';
import { ticketOfKind } from '../../ticket/kinds.js';
import { inFolder } from '../files/in-folder.js';
import { takeOutputs, writeParts } from '../files/output-file.js';
import { readTicketFile } from '../files/read-ticket.js';
import { figureRequest, prepareFolder } from '../files/study-results.js';
import { printJson, printLines } from '../text/print.js';

export interface FiguresFlags {
  readonly output: string;
  readonly ticket?: string;
  readonly layers?: readonly number[];
  readonly force?: true;
  readonly json?: true;
  /** Most bytes of memory that the ticket may take. */
  readonly memory: number;
}

/** Heat maps of a ticket file of any kind that has a source of signs or of other weights. */
function heatMap(file: string, layers: readonly number[] | undefined, memory: number): string {
  const ticket = readTicketFile(file, { use: 'pictures', memory });
  const of = path.basename(file);
  if (ticket.kind === 'baseline') {
    return ticketHeatMap({ ...ticket, construction: ticket.system }, layers, of);
  }
  return ticketHeatMap(ticketOfKind(ticket, 'constructed', 'a heat map'), layers, of);
}

export function drawFigures(flags: FiguresFlags): void {
  const { output, ticket, layers, force, json, memory } = flags;
  if (layers !== undefined && ticket === undefined) {
    throw new UsageError('--layers chooses layers of a ticket: give --ticket, too');
  }
  // The ticket before the folder, which is made, and the folder before the work.
  const drawn = ticket === undefined ? undefined : heatMap(ticket, layers, memory);
  prepareFolder(output);
  const figures = new Map(paperFigures());
  if (drawn !== undefined) figures.set('mask-heat-map.svg', drawn);
  const names = [...figures.keys()].map((name) => inFolder(output, name));
  const places = takeOutputs(
    names.map((file) => figureRequest(file, force === true)),
    ticket === undefined ? [] : [{ option: '--ticket', file: ticket }],
  );
  [...figures.values()].forEach((svg, index) => {
    writeParts(places[index], [new TextEncoder().encode(svg)]);
  });
  if (json) printJson({ study: 'figures', files: names });
  else printLines(names);
}
