/** A ticket from disk. */
import { createHash } from 'node:crypto';
import { InputError, withFileName } from '../../core/errors.js';
import { admitTicket, type TicketUse } from '../../ticket/cost.js';
import { type KindName, ticketOfKind } from '../../ticket/kinds.js';
import { readTicket, type StoredTicket } from '../../ticket/read.js';
import { MOST_BYTES_AT_ONCE, readRegularFile } from './open-file.js';

const EXPECTED = 'a ticket written by unearth';
const MORE_MEMORY = 'if the file is trusted, set option "memory" to more';

/** What is to be done with a ticket, and what it may take. */
export interface TicketWork {
  /** Without it nothing is done but to read it. */
  readonly use?: TicketUse;
  /** Most bytes of memory. */
  readonly memory: number;
  /** SHA-256 that its bytes had when this command looked at it before. */
  readonly digest?: string;
}

/**
 * Reads a ticket file. Throws an `InputError` that names it, also if the work on it would take more
 * memory, or more steps, than it may.
 */
export function readTicketFile(file: string, { use, memory, digest }: TicketWork): StoredTicket {
  return withFileName(file, () => {
    const limit = Math.min(MOST_BYTES_AT_ONCE, memory);
    const options = { expected: EXPECTED, limit, tooLarge: MORE_MEMORY };
    const bytes = readRegularFile(file, options);
    if (digest !== undefined && sha256(bytes) !== digest) {
      throw new InputError({
        place: '',
        problem: 'the ticket was replaced while this command read it',
        remedy: 'start the command again',
      });
    }
    const ticket = readTicket(bytes, { memory });
    if (use !== undefined) admitTicket(ticket, use, memory);
    return ticket;
  });
}

/** The same for some kinds of ticket; `job` names what is to be done with it. */
export function readTicketOfKind<Name extends KindName>(
  file: string,
  kinds: Name | readonly Name[],
  job: string,
  work: TicketWork,
) {
  const ticket = readTicketFile(file, work);
  return withFileName(file, () => ticketOfKind(ticket, kinds, job));
}

/** The SHA-256 of a file of at most `memory` bytes. Throws an `InputError` where it cannot be read. */
export function digestOfFile(file: string, memory: number): string {
  const limit = Math.min(MOST_BYTES_AT_ONCE, memory);
  const bytes = withFileName(file, () =>
    readRegularFile(file, { expected: EXPECTED, limit, tooLarge: MORE_MEMORY }),
  );
  return sha256(bytes);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
