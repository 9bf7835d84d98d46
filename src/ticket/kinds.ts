/** The kinds of ticket, by name. */
import { checkObject } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import type { SourceShape } from '../source/shape.js';
import { type BaselineTicket, baselineKind } from './baseline.js';
import { type ConstructedTicket, constructedKind } from './constructed.js';
import type { TicketKind } from './kind.js';
import { type TrainedTicket, trainedKind } from './trained.js';

/** A ticket of any kind; `kind` tells which. */
export type Ticket = ConstructedTicket | TrainedTicket | BaselineTicket;

export type KindName = Ticket['kind'];

export const KINDS = {
  constructed: constructedKind,
  trained: trainedKind,
  baseline: baselineKind,
} as const satisfies { [Name in KindName]: TicketKind<Extract<Ticket, { kind: Name }>> };

/** The shape of a ticket's source, whose columns are those of its masks. */
export function shapeOf(ticket: Ticket): SourceShape {
  return ticket.kind === 'trained' ? trainedKind.shape(ticket) : ticket.shape;
}

/**
 * The same ticket, known to be of one kind or of one of several. Throws an `InputError` that names
 * `use`, what was to be done with it, if it is of another.
 */
export function ticketOfKind<T extends Ticket, Name extends KindName>(
  ticket: T,
  kinds: Name | readonly Name[],
  use: string,
): Extract<T, { readonly kind: Name }> {
  checkObject('ticket', ticket);
  const names: readonly string[] = typeof kinds === 'string' ? [kinds] : kinds;
  const isOfKind = (any: T): any is Extract<T, { readonly kind: Name }> => names.includes(any.kind);
  if (isOfKind(ticket)) return ticket;
  const wanted = names.join(' and ');
  throw new InputError({
    place: 'metadata "kind"',
    problem: `${use} takes ${wanted} tickets, and this is a ${ticket.kind} one`,
    remedy: 'give such a ticket',
  });
}
