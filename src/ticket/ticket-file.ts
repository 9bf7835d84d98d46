/**
 * What the writers of all kinds of ticket share: masks that are encoded as they arrive, metadata that
 * are read back before they are written, and the file with its digest.
 */

import { checkShape } from '../source/check-shape.js';
import type { LayerMask } from '../source/mask.js';
import { maskSizes, type SourceShape } from '../source/shape.js';
import { DIGEST_KEY, ticketDigest } from './digest.js';
import type { JsonValue } from './json.js';
import { encodeMask } from './mask-coding.js';
import { ticketEntropyBits } from './mask-entropy.js';
import {
  encodeMetadata,
  type KindWords,
  parseMetadata,
  type TicketEnvelope,
  type TicketMetadata,
} from './metadata.js';
import { encodeSafetensors, type TensorParts } from './safetensors.js';
import { MAXIMUM_LAYERS } from './schemas.js';

export interface MaskTotals {
  /** Kept edges of each layer so far. */
  readonly kept: readonly number[];
  /** Bytes of the encoded masks. */
  readonly bytes: number;
  /** The entropy `sum_t log2 C(rows columns, kept_t)` of these layers, in bits. */
  readonly entropyBits: number;
}

export interface MaskWriter {
  /**
   * Takes the mask of layer t; t = 1 .. L in order, each once. Throws a RangeError for a mask out of
   * order, of another size than the layer, or not well-formed.
   */
  addMask(t: number, mask: LayerMask): void;
  totals(): MaskTotals;
  /** Throws a RangeError before the last mask has arrived. */
  finish(): { readonly kept: readonly number[]; readonly tensors: readonly TensorParts[] };
}

/** Encodes the masks of a source at once, so that only their compressed form is held. */
export function createMaskWriter(shape: SourceShape): MaskWriter {
  checkShape(shape);
  const sizes = maskSizes(shape);
  const depth = sizes.length;
  if (depth > MAXIMUM_LAYERS) {
    throw new RangeError(`a ticket holds at most ${MAXIMUM_LAYERS} source layers, not ${depth}`);
  }
  const kept: number[] = [];
  const tensors: TensorParts[] = [];
  return {
    addMask(t, mask) {
      const size = sizes[t - 1];
      if (t !== kept.length + 1 || size === undefined) {
        throw new RangeError(`the mask of layer ${t} arrives after ${kept.length} of ${depth}`);
      }
      if (mask.inputs !== size.inputs || mask.outputs !== size.outputs) {
        const wanted = `${size.outputs} by ${size.inputs}`;
        throw new RangeError(`layer ${t} is ${wanted}, its mask ${mask.outputs} by ${mask.inputs}`);
      }
      const encoded = encodeMask(mask);
      const { encoding, bytes } = encoded;
      tensors.push({
        name: `mask.${t}.${encoding}`,
        dtype: 'U8',
        shape: [bytes.length],
        data: [bytes],
      });
      kept.push(encoded.kept);
    },
    totals() {
      return {
        kept: [...kept],
        bytes: tensors.reduce((sum, { shape }) => sum + (shape[0] as number), 0),
        entropyBits: ticketEntropyBits(sizes, kept),
      };
    },
    finish() {
      if (kept.length !== depth) {
        throw new RangeError(`masks of ${kept.length} layers of ${depth} have arrived`);
      }
      return { kept, tensors };
    },
  };
}

/**
 * Metadata as texts, and as a reader sees them: whoever writes passes the latter through the kind's
 * own reader first, so that what no reader takes is not written. Throws an `InputError` like a reader.
 */
export function parseWritten(
  envelope: TicketEnvelope,
  body: JsonValue,
  kind: KindWords,
): { readonly texts: Record<string, string>; readonly metadata: TicketMetadata } {
  const texts = encodeMetadata(envelope, body);
  // Any well-formed digest does here: the true one covers tensors that may not be there yet.
  const read = new Map([...Object.entries(texts), [DIGEST_KEY, '0'.repeat(64)]]);
  return { texts, metadata: parseMetadata(read, { [envelope.kind]: kind }) };
}

/** The file as chunks to be written one after another; the digest is added. */
export function encodeTicketFile(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly TensorParts[],
): Uint8Array[] {
  const digest = ticketDigest(Object.entries(metadata), tensors);
  return encodeSafetensors({ ...metadata, [DIGEST_KEY]: digest }, tensors);
}
