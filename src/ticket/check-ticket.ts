/** That an argument is a ticket, and of the kind that is wanted, for functions that take but one kind. */
import { checkObject, checkOneOf } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';

/** Throws a `UsageError` for what is no ticket of any kind. */
export function checkTicketOfAnyKind(ticket: { readonly kind: string }): void {
  checkObject('ticket', ticket);
  checkOneOf('ticket.kind', ticket.kind, ['constructed', 'baseline', 'trained']);
}

/** Throws a `UsageError` that names `use` for a ticket of another kind, and for what is none. */
export function checkTicket(
  ticket: { readonly kind: string },
  kind: 'constructed' | 'baseline' | 'trained',
  use: string,
): void {
  const found: unknown = (ticket as { readonly kind?: unknown } | undefined | null)?.kind;
  if (found === kind) return;
  const what = typeof found === 'string' ? `this is a ${found} one` : 'this is none';
  throw new UsageError(`ticket: ${use} takes a ${kind} ticket, and ${what}`);
}
