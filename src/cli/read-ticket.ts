/** A ticket from disk. */
import { withFileName } from '../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../core/file-kinds.js';
import { isTicket, TICKET_HEAD_BYTES } from '../ticket/file-head.js';
import { type KindName, ticketOfKind } from '../ticket/kinds.js';
import { readTicket, type StoredTicket } from '../ticket/read.js';
import { MOST_BYTES_AT_ONCE, readRegularFile } from './open-file.js';
import type { OwnFiles } from './output-place.js';

/** Output files that may be replaced by a ticket. */
export const TICKETS: OwnFiles = {
  what: 'a ticket',
  headBytes: TICKET_HEAD_BYTES,
  is: isTicket,
};

const EXPECTED = 'a ticket written by unearth';

/** Reads a ticket file. Throws an `InputError` that names it. */
export function readTicketFile(file: string): StoredTicket {
  return withFileName(file, () => {
    const limit = MOST_BYTES_AT_ONCE;
    const options = { expected: EXPECTED, limit, tooLarge: `give ${EXPECTED}` };
    const bytes = readRegularFile(file, options);
    refuseOtherKinds(bytes.subarray(0, KIND_HEAD_BYTES), ['ticket'], 'a ticket');
    return readTicket(bytes);
  });
}

/** The same for some kinds of ticket; `use` is what is to be done with it. */
export function readTicketOfKind<Name extends KindName>(
  file: string,
  kinds: Name | readonly Name[],
  use: string,
) {
  const ticket = readTicketFile(file);
  return withFileName(file, () => ticketOfKind(ticket, kinds, use));
}
