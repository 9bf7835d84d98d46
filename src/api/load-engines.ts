/**
 * The engines of a ticket: in a page, the fast one and those of rarer kinds are files of their own that the
 * bundler splits off.
 */
import { choose, type OpenEngineOptions } from '../inference/engine-core.js';
import type { Ticket } from '../ticket/ticket.js';

/** Loads what a ticket's run of so many samples takes. */
export async function loadEngines(ticket: Ticket, options: OpenEngineOptions): Promise<void> {
  const isPlain = ticket.kind === 'constructed' && ticket.target.maps === undefined;
  const { name } = choose(options);
  if (isPlain && name === 'fast')
    (await import('../inference/fast/provide.js')).provideFastEngine();
  if (isPlain && name !== 'folded') return;
  (await import('../inference/rarer-cores.js')).provideRarerEngines();
}
