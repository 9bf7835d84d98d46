/**
 * Writes a constructed ticket. Masks arrive one by one in layer order, are encoded at once and
 * dropped, so only their compressed form is held. The same ticket always makes the same bytes.
 */
import type { LayerMask } from '../source/mask.js';
import { constructedFields } from './constructed.js';
import { DIGEST_KEY, ticketDigest } from './digest.js';
import { encodeMask } from './mask-coding.js';
import { ticketEntropyBits } from './mask-entropy.js';
import { encodeMetadata, MAXIMUM_LAYERS, parseMetadata, type TicketHead } from './metadata.js';
import { encodeSafetensors, type TensorParts } from './safetensors.js';
import { encodeMatrix } from './target-tensors.js';
import type { ConstructedTicket } from './ticket.js';

export interface MaskTotals {
  /** Kept edges of each layer so far. */
  readonly kept: readonly number[];
  /** Bytes of the encoded masks. */
  readonly bytes: number;
  /** The entropy `sum_t log2 C(N_t N_(t-1), kept_t)` of these layers, in bits. */
  readonly entropyBits: number;
}

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
  const metadata = encodeMetadata({ ...head, assignments, kept });
  // Any well-formed digest does here: the true one covers tensors that may not be there yet.
  const checked = new Map([...Object.entries(metadata), [DIGEST_KEY, '0'.repeat(64)]]);
  constructedFields(parseMetadata(checked), head.target.matrices);
  return metadata;
}

/**
 * Starts a ticket; one writer per seed that is tried. Throws at once what `finish` would throw for
 * `head`, so that no long search is lost to a field that cannot be written.
 */
export function createTicketWriter(head: TicketHead): TicketWriter {
  const { widths } = head.shape;
  const depth = widths.length - 1;
  if (depth > MAXIMUM_LAYERS) {
    throw new RangeError(`a ticket holds at most ${MAXIMUM_LAYERS} source layers, not ${depth}`);
  }
  const { matrices } = head.target;
  const anyAssignments = matrices
    .slice(0, -1)
    .map(({ rows }) => Uint32Array.from({ length: rows }, (_, index) => index));
  checkedMetadata(head, anyAssignments, new Array<number>(depth).fill(0));
  const kept: number[] = [];
  const masks: TensorParts[] = [];
  return {
    addMask(t, mask) {
      if (t !== kept.length + 1 || t > depth) {
        throw new RangeError(`the mask of layer ${t} arrives after ${kept.length} of ${depth}`);
      }
      if (mask.inputs !== widths[t - 1] || mask.outputs !== widths[t]) {
        const size = `${widths[t]} by ${widths[t - 1]}`;
        throw new RangeError(`layer ${t} is ${size}, its mask ${mask.outputs} by ${mask.inputs}`);
      }
      const encoded = encodeMask(mask);
      const { encoding, bytes } = encoded;
      masks.push({
        name: `mask.${t}.${encoding}`,
        dtype: 'U8',
        shape: [bytes.length],
        data: [bytes],
      });
      kept.push(encoded.kept);
    },
    totals() {
      const bytes = masks.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
      return { kept: [...kept], bytes, entropyBits: ticketEntropyBits(widths, kept) };
    },
    finish(assignments) {
      if (kept.length !== depth) {
        throw new RangeError(`masks of ${kept.length} layers of ${depth} have arrived`);
      }
      const metadata = checkedMetadata(head, assignments, kept);
      const target = matrices.map((matrix, index) => encodeMatrix(`target.${index + 1}`, matrix));
      const tensors = [...target, ...masks];
      const digest = ticketDigest(Object.entries(metadata), tensors);
      return encodeSafetensors({ ...metadata, [DIGEST_KEY]: digest }, tensors);
    },
  };
}

/** A whole ticket as chunks; see `createTicketWriter` for the errors. */
export function encodeTicket(ticket: ConstructedTicket): Uint8Array[] {
  const writer = createTicketWriter(ticket);
  for (let t = 1; t < ticket.shape.widths.length; t++) writer.addMask(t, ticket.mask(t));
  return writer.finish(ticket.assignments);
}
