/**
 * Writes a constructed ticket. Masks arrive one by one in layer order, are encoded at once and
 * dropped, so only their compressed form is held. The same ticket always makes the same bytes.
 */
import { checkSeed } from '../core/arguments.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { LayerMask } from '../source/mask.js';
import { depthOf } from '../source/shape.js';
import { checkTicketHead } from './check-ticket.js';
import {
  type ConstructedTicket,
  constructedFields,
  constructedKind,
  constructedMetadata,
  constructedSchema,
  type TicketHead,
} from './constructed.js';
import { encodeMatrices } from './target-ticket.js';
import {
  createMaskWriter,
  encodeTicketFile,
  type MaskTotals,
  parseWritten,
} from './ticket-file.js';

export type { MaskTotals };

export interface TicketWriter {
  /**
   * Takes the mask of layer t; t = 1 .. L in order, each once: a `MaskSink`. Throws a RangeError for
   * a mask out of order, of another size than the layer, or not well-formed.
   */
  addMask(t: number, mask: LayerMask): void;
  totals(): MaskTotals;
  /**
   * The file as chunks to be written one after another. `assignments` as in `Finding`. Throws an
   * `InputError` if the fields do not fit together: what no reader takes is not written.
   */
  finish(assignments: ConstructedTicket['assignments']): Uint8Array[];
}

/** Throws an `InputError` unless a reader would take these metadata; returns them. */
function checkedMetadata(
  head: TicketHead,
  assignments: ConstructedTicket['assignments'],
  kept: readonly number[],
): Record<string, string> {
  const { envelope, body } = constructedMetadata({ ...head, assignments, kept });
  const { texts, metadata } = parseWritten(envelope, body, constructedKind);
  constructedFields(metadata.envelope, metadata.body(constructedSchema), head.target.matrices);
  return texts;
}

/**
 * Starts a ticket; one writer per seed that is tried. Throws at once what `finish` would throw for
 * `head`, so that no long search is lost to a field that cannot be written.
 */
export function createTicketWriter(head: TicketHead): TicketWriter {
  checkTicketHead(head, 'constructed', 'this writer');
  checkSeed(head.seed);
  checkIntegerNetwork(head.target, 'target');
  const masks = createMaskWriter(head.shape);
  const { matrices } = head.target;
  const anyAssignments = matrices
    .slice(0, -1)
    .map(({ rows }) => Uint32Array.from({ length: rows }, (_, index) => index));
  checkedMetadata(head, anyAssignments, new Array<number>(depthOf(head.shape)).fill(0));
  return {
    addMask: masks.addMask,
    totals: masks.totals,
    finish(assignments) {
      const { kept, tensors } = masks.finish();
      const metadata = checkedMetadata(head, assignments, kept);
      return encodeTicketFile(metadata, [...encodeMatrices(matrices), ...tensors]);
    },
  };
}

/** A whole ticket as chunks; see `createTicketWriter` for the errors. */
export function encodeTicket(ticket: ConstructedTicket): Uint8Array[] {
  const writer = createTicketWriter(ticket);
  for (let t = 1; t <= depthOf(ticket.shape); t++) writer.addMask(t, ticket.mask(t));
  return writer.finish(ticket.assignments);
}
