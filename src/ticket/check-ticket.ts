/** That an argument is a ticket, and of the kind that is wanted, for functions that take but one kind. */
import {
  BYTES,
  check,
  checkAll,
  checkEach,
  checkList,
  checkParts,
  type Kind,
  oneOf,
  type PartKind,
  whole,
} from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { SourceShape } from '../source/shape.js';
import type { Domain, InputSign } from '../target/network.js';
import type { ConstructedTicket } from './constructed.js';
import type { TicketBase } from './kind.js';
import { MAXIMUM_LAYERS } from './schemas.js';
import type { TargetTicket } from './target-ticket.js';

type Name = 'constructed' | 'baseline' | 'trained';
type Parts = Readonly<Record<string, PartKind>>;

const SIGNS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];

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
  is(value) {
    const { kind, seed } = (value ?? {}) as Readonly<Record<string, unknown>>;
    return typeof seed === 'bigint' && Object.keys(PARTS).some((name) => name === kind);
  },
  not: 'no ticket',
  part: 'ticket',
  remedy: (value) => (BYTES.is(value) ? 'give readTicket(..) of it' : REMEDY),
};

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
  check(
    'ticket.shape.layers.length',
    (shape as SourceShape).layers.length,
    whole(1, MAXIMUM_LAYERS),
  );
}

/** The same, with its masks. */
export function checkTicket(ticket: { readonly kind: string }, kind: Name, use: string): void {
  checkTicketHead(ticket, kind, use);
  checkParts('ticket', ticket, { mask: 'function', kept: 'list' });
  const { kept, fileBytes } = ticket as unknown as TicketBase;
  checkAll('ticket.kept', kept, COUNT);
  if (fileBytes !== undefined) check('ticket.fileBytes', fileBytes, COUNT);
  if (kind !== 'trained') checkDomainParts((ticket as unknown as TargetTicket).domain);
  if (kind === 'constructed') checkConstructed(ticket as unknown as ConstructedTicket);
}

const COUNT = whole(0, Number.MAX_SAFE_INTEGER);
const ASSIGNMENT: Kind = { is: (value) => value instanceof Uint32Array, not: 'no Uint32Array' };

function checkDomainParts(domain: Domain): void {
  check('ticket.domain.kind', domain.kind, oneOf(['all', 'ball', 'box']));
  if (domain.kind === 'ball') checkParts('ticket.domain', domain, { radius: 'number' });
  if (domain.kind === 'box') {
    checkParts('ticket.domain', domain, { lower: 'numbers', upper: 'numbers' });
  }
}

/** Forms alone: whether the parts agree is the reader's to see, and whether they are true the proof's. */
function checkConstructed({ assignments, inputSigns, target }: ConstructedTicket): void {
  checkParts('ticket.target', target, {
    ...{ matrices: 'list', fractionalPlaces: 'list', scale: 'object' },
    ...{ constant: 'boolean', activation: 'text' },
  });
  checkEach('ticket.target.matrices', target.matrices, {
    ...{ rows: 'number', columns: 'number', values: 'object' },
  });
  check('ticket.target.scale.base', target.scale.base, oneOf([2, 10]));
  check('ticket.target.scale.exponent', target.scale.exponent, COUNT);
  checkAll('ticket.target.fractionalPlaces', target.fractionalPlaces, COUNT);
  checkList('ticket.assignments', assignments);
  checkAll('ticket.assignments', assignments, ASSIGNMENT);
  checkAll('ticket.inputSigns', inputSigns, oneOf(SIGNS));
}
