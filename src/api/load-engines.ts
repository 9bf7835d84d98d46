/** The engines of a ticket: in a page, those of rarer kinds are a file of their own that the bundler splits off. */
import type { EngineName } from '../inference/engine-names.js';
import type { Ticket } from '../ticket/ticket.js';

export async function loadEngines(ticket: Ticket, engine: EngineName | undefined): Promise<void> {
  const isPlain = ticket.kind === 'constructed' && ticket.target.maps === undefined;
  if (isPlain && engine !== 'folded') return;
  (await import('../inference/rarer-cores.js')).provideRarerEngines();
}
