/** The engines of a ticket: in a page, `fast` and those of rarer kinds are files of their own that the bundler splits off. */
import { choose, type OpenEngineOptions } from '../inference/engine-core.js';
import type { Ticket } from '../ticket/ticket.js';

/** What these options choose; baselines and trained tickets have no `fast`. */
export async function loadEngines(ticket: Ticket, options: OpenEngineOptions): Promise<void> {
  const { name } = choose(options);
  const isConstructed = ticket.kind === 'constructed';
  if (isConstructed && name === 'fast') {
    (await import('../inference/fast-cores.js')).provideFastEngines();
  }
  const isPlain = isConstructed && ticket.target.maps === undefined;
  if (isPlain && name !== 'folded') return;
  (await import('../inference/rarer-cores.js')).provideRarerEngines();
}
