/** The ticket of a proof's job, read once for the jobs that come together. */
import { InputError } from '../../core/errors.js';
import { readTicket } from '../../ticket/read.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';
import { fileOf, jobMemory } from './files.js';

/** The last one. */
let held: { readonly digest: string; readonly ticket: ConstructedTicket } | undefined;

/** The ticket of a digest. Throws an `InputError` where there is none, or none to be proved by ranges. */
export function ticketOf(digest: string): ConstructedTicket {
  if (held?.digest === digest) return held.ticket;
  held = undefined;
  const { bytes } = fileOf('ticket', digest);
  const ticket = readTicket(bytes, { memory: jobMemory() });
  if (ticket.kind !== 'constructed') {
    throw new InputError({
      place: '',
      problem: `a ${ticket.kind} ticket`,
      remedy: 'only constructed tickets are proved by ranges',
    });
  }
  held = { digest, ticket };
  return ticket;
}
