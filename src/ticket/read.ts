/**
 * Reads a ticket, which is treated as hostile: whatever its bytes, the result is a well-formed ticket
 * or an `InputError` that names the place. Whether the ticket is true is the proof's to say.
 */
import { InputError } from '../core/errors.js';
import type { IntegerMatrix } from '../precision/integer-network.js';
import { constructedFields } from './constructed.js';
import { DIGEST_KEY, ticketDigest } from './digest.js';
import { quoted } from './json.js';
import {
  checkMaskSize,
  decodeMask,
  type EncodedMask,
  MASK_ENCODINGS,
  type MaskEncoding,
} from './mask-coding.js';
import { FORMAT_PREFIX, parseMetadata, type TicketMetadata } from './metadata.js';
import { decodeSafetensors, type Tensor } from './safetensors.js';
import { decodeMatrix } from './target-tensors.js';
import type { ConstructedTicket } from './ticket.js';

/** How a layer's mask lies in the file. */
export interface StoredMask {
  readonly encoding: MaskEncoding;
  readonly bytes: number;
}

/** A ticket from a file; `storedMasks[t-1]` is layer t's. */
export interface StoredTicket extends ConstructedTicket {
  readonly storedMasks: readonly StoredMask[];
}

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: 'the ticket is damaged; make it again' });
}

type Tensors = ReadonlyMap<string, Tensor>;

function readMatrices(tensors: Tensors, blocks: number): IntegerMatrix[] {
  return Array.from({ length: blocks }, (_, index) => {
    const name = `target.${index + 1}`;
    return decodeMatrix(tensors.get(name) ?? refuse(`tensor "${name}"`, 'is missing'));
  });
}

interface NamedMask extends EncodedMask {
  readonly place: string;
}

function readMask(tensors: Tensors, metadata: TicketMetadata, t: number): NamedMask {
  const { widths, kept } = metadata;
  const encodings = MASK_ENCODINGS.filter((encoding) => tensors.has(`mask.${t}.${encoding}`));
  const encoding = encodings[0];
  if (encoding === undefined) return refuse(`tensor "mask.${t}"`, 'is missing');
  const place = `tensor "mask.${t}.${encoding}"`;
  if (encodings.length > 1) refuse(place, `there is a tensor "mask.${t}.${encodings[1]}" too`);
  const { dtype, shape, data } = tensors.get(`mask.${t}.${encoding}`) as Tensor;
  if (dtype !== 'U8' || shape.length !== 1) {
    refuse(place, `${dtype} [${shape.join(', ')}], not a list of U8`);
  }
  const size = {
    inputs: widths[t - 1] as number,
    outputs: widths[t] as number,
    kept: kept[t - 1] as number,
  };
  checkMaskSize(encoding, data.length, size, place);
  return { encoding, bytes: data, kept: size.kept, place };
}

function refuseOtherTensors(tensors: Tensors, known: ReadonlySet<string>): void {
  for (const name of tensors.keys()) {
    if (!known.has(`tensor "${name}"`)) refuse(`tensor ${quoted(name)}`, 'belongs to no ticket');
  }
}

function checkDigest(texts: ReadonlyMap<string, string>, tensors: Tensors, digest: string): void {
  const parts = [...tensors.values()].map((tensor) => ({ ...tensor, data: [tensor.data] }));
  if (ticketDigest(texts, parts) !== digest) {
    refuse(`metadata "${DIGEST_KEY}"`, "is not the digest of the file's content");
  }
}

export interface ReadTicketOptions {
  /**
   * Reads a ticket whose digest is wrong, to look at what is left of it. Nothing else relies on the
   * digest: all that follows is checked as if there were none.
   */
  readonly ignoreDigest?: boolean;
}

/**
 * Reads a ticket file. Masks are decoded when `mask(t)` is called, which throws an `InputError` if
 * their bytes are corrupt and a RangeError for a layer that does not exist; they keep `bytes` alive.
 */
export function readTicket(bytes: Uint8Array, options: ReadTicketOptions = {}): StoredTicket {
  const { metadata: texts, tensors } = decodeSafetensors(bytes);
  const metadata = parseMetadata(texts);
  const { widths } = metadata;
  const matrices = readMatrices(tensors, metadata.constructed.blockEnds.length);
  const fields = constructedFields(metadata, matrices);
  const masks = Array.from({ length: widths.length - 1 }, (_, index) =>
    readMask(tensors, metadata, index + 1),
  );
  const names = matrices.map((_, index) => `tensor "target.${index + 1}"`);
  refuseOtherTensors(tensors, new Set([...names, ...masks.map(({ place }) => place)]));
  if (options.ignoreDigest !== true) checkDigest(texts, tensors, metadata.digest);
  return {
    ...fields,
    storedMasks: masks.map(({ encoding, bytes: data }) => ({ encoding, bytes: data.length })),
    mask(t) {
      const mask = masks[t - 1];
      if (mask === undefined) throw new RangeError(`layer ${t} of ${masks.length}`);
      return decodeMask(mask, widths[t - 1] as number, widths[t] as number, mask.place);
    },
  };
}

/** Enough leading bytes for `isTicket`. */
export const TICKET_HEAD_BYTES = 64;

/**
 * Whether a file is a ticket that this program wrote (of any version or kind), from its first
 * `TICKET_HEAD_BYTES` bytes. Says nothing about the rest of it.
 */
export function isTicket(bytes: Uint8Array): boolean {
  const head = new TextEncoder().encode(`{"__metadata__":{"format":"${FORMAT_PREFIX}`);
  return bytes.length >= 8 + head.length && head.every((byte, index) => byte === bytes[8 + index]);
}
