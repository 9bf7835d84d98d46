/** Tickets as output files: told by their heads, without what reads the rest of them. */
import { isTicket, TICKET_HEAD_BYTES } from '../../ticket/file-head.js';
import type { OwnFiles } from './output-place.js';

/** Output files that may be replaced by a ticket. */
export const TICKETS: OwnFiles = {
  what: 'a ticket',
  headBytes: TICKET_HEAD_BYTES,
  is: isTicket,
};
