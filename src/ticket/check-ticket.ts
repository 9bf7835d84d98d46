/** That an argument is a ticket, and of the kind that is wanted, for functions that take but one kind. */
import { BYTES, check, checkParts, type Kind, type PartKind } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';

type Name = 'constructed' | 'baseline' | 'trained';
type Parts = Readonly<Record<string, PartKind>>;

/** What all that computes with a ticket relies on. */
const PARTS: Readonly<Record<Name, Parts>> = {
  constructed: {
    ...{ seed: 'bigint', shape: 'object', inputSigns: 'list', domain: 'object' },
    ...{ target: 'object', precision: 'object' },
  },
  baseline: {
    ...{ seed: 'bigint', shape: 'object', distributions: 'list', domain: 'object' },
    ...{ effective: 'object', precision: 'object' },
  },
  trained: {
    ...{ seed: 'bigint', widths: 'list', scales: 'list', standardization: 'object' },
    probeOutputs: 'numbers',
  },
};

const REMEDY = 'give what readTicket returns, or the "ticket" of what find returns';

const TICKET: Kind = {
  is: (value) => Object.keys(PARTS).some((name) => name === kindOf(value)),
  not: 'no ticket',
  part: 'ticket',
  remedy: (value) => (BYTES.is(value) ? 'give readTicket(..) of it' : REMEDY),
};

function kindOf(value: unknown): unknown {
  return (value as { readonly kind?: unknown } | undefined | null)?.kind;
}

/** Throws a `UsageError` for what is no ticket of any kind. */
export function checkTicketOfAnyKind(ticket: { readonly kind: string }): void {
  check('ticket', ticket, TICKET);
  checkTicket(ticket, ticket.kind as Name, '');
}

/** Throws a `UsageError` that names `use` for a ticket of another kind, and for what is none. */
export function checkTicketHead(ticket: { readonly kind: string }, kind: Name, use: string): void {
  check('ticket', ticket, TICKET);
  if (ticket.kind !== kind) {
    throw new UsageError(`ticket: ${use} takes a ${kind} ticket, and this is a ${ticket.kind} one`);
  }
  checkParts('ticket', ticket, PARTS[kind]);
  if (kind === 'trained') return;
  const { shape } = ticket as unknown as { readonly shape: unknown };
  checkParts('ticket.shape', shape, { inputs: 'number', layers: 'list' });
}

/** The same, with its masks. */
export function checkTicket(ticket: { readonly kind: string }, kind: Name, use: string): void {
  checkTicketHead(ticket, kind, use);
  const assigned: Parts = kind === 'constructed' ? { assignments: 'list' } : {};
  checkParts('ticket', ticket, { mask: 'function', kept: 'list', ...assigned });
}
