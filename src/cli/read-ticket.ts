/** A ticket from disk. */
import { readFileSync, statSync } from 'node:fs';
import { InputError, withFileName } from '../core/errors.js';
import { type KindName, ticketOfKind } from '../ticket/kinds.js';
import { readTicket, type StoredTicket } from '../ticket/read.js';

/** What Node reads into one buffer. */
const MAXIMUM_BYTES = 2 ** 31 - 1;

/** Reads a ticket file. Throws an `InputError` that names it. */
export function readTicketFile(file: string): StoredTicket {
  return withFileName(file, () => readTicket(readFileBytes(file, MAXIMUM_BYTES)));
}

/** The same for one kind of ticket; `use` is what is to be done with it. */
export function readTicketOfKind<Name extends KindName>(file: string, kind: Name, use: string) {
  const ticket = readTicketFile(file);
  return withFileName(file, () => ticketOfKind(ticket, kind, use));
}

/** The bytes of a regular file of at most `limit` bytes. Throws an `InputError` without its name. */
export function readFileBytes(
  file: string,
  limit: number,
  remedy = 'give a ticket written by unearth find',
): Uint8Array {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size > limit) {
      throw new InputError({
        place: '',
        problem: status.isFile() ? `${status.size} bytes are too many` : 'not a regular file',
        remedy,
      });
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError({
      place: '',
      problem: `it cannot be read (${code})`,
      remedy: 'check its name and your right to read it',
    });
  }
}
