/** That an argument is a ticket, and of the kind that is wanted, for functions that take but one kind. */
import { checkObject, checkOneOf, checkParts, type PartKind } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';

type Kind = 'constructed' | 'baseline' | 'trained';
type Parts = Readonly<Record<string, PartKind>>;

/** What all that computes with a ticket relies on. */
const PARTS: Readonly<Record<Kind, Parts>> = {
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

/** Throws a `UsageError` for what is no ticket of any kind. */
export function checkTicketOfAnyKind(ticket: { readonly kind: string }): void {
  checkObject('ticket', ticket);
  checkOneOf('ticket.kind', ticket.kind, ['constructed', 'baseline', 'trained']);
}

/** Throws a `UsageError` that names `use` for a ticket of another kind, and for what is none. */
export function checkTicketHead(ticket: { readonly kind: string }, kind: Kind, use: string): void {
  const found: unknown = (ticket as { readonly kind?: unknown } | undefined | null)?.kind;
  if (found !== kind) {
    const what = typeof found === 'string' ? `this is a ${found} one` : 'this is none';
    throw new UsageError(`ticket: ${use} takes a ${kind} ticket, and ${what}`);
  }
  checkParts('ticket', ticket, PARTS[kind]);
  if (kind === 'trained') return;
  const { shape } = ticket as unknown as { readonly shape: unknown };
  checkParts('ticket.shape', shape, { inputs: 'number', layers: 'list' });
}

/** The same, with its masks. */
export function checkTicket(ticket: { readonly kind: string }, kind: Kind, use: string): void {
  checkTicketHead(ticket, kind, use);
  const assigned: Parts = kind === 'constructed' ? { assignments: 'list' } : {};
  checkParts('ticket', ticket, { mask: 'function', kept: 'list', ...assigned });
}
