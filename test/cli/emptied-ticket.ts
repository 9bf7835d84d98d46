/** A ticket that is well-formed and false. */

import { widthsOf } from '../../src/source/shape.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { encodeTicket } from '../../src/ticket/write.js';

/** The file of a constructed ticket with masks that keep nothing. */
export function emptiedTicket(bytes: Uint8Array): Uint8Array[] {
  const ticket = ticketOfKind(readTicket(bytes), 'constructed', 'this test');
  const widths = widthsOf(ticket.shape);
  return encodeTicket({
    ...ticket,
    mask: (t) => ({
      kind: 'sparse',
      inputs: widths[t - 1],
      outputs: widths[t],
      columns: new Uint32Array(0),
      offsets: new Uint32Array(1),
      rows: new Uint32Array(0),
    }),
  });
}
