/**
 * Reads a ticket, which is treated as hostile: whatever its bytes, the result is a well-formed ticket
 * or an `InputError` that names the place. Whether the ticket is true is the proof's to say.
 */
import { checkBytes, checkWhole } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../core/file-kinds.js';
import { DEFAULT_MEMORY, IDLE_MEMORY, requireMemory } from '../core/limits.js';
import { checkOptions, FLAG, MEMORY, type OptionKinds } from '../core/options.js';

import { type MaskSize, maskSizes } from '../source/shape.js';
import type { BaselineTicket } from './baseline.js';
import type { ConstructedTicket } from './constructed.js';
import { DIGEST_KEY, ticketDigest } from './digest.js';
import { quoted } from './json.js';
import type { TicketBase, TicketKind } from './kind.js';
import { KINDS, type KindName, type Ticket } from './kinds.js';
import {
  checkMaskSize,
  decodeMask,
  type EncodedMask,
  MASK_ENCODINGS,
  type MaskEncoding,
} from './mask-coding.js';
import { parseMetadata, type TicketMetadata } from './metadata.js';
import { decodeSafetensors, type StoredTensor } from './safetensors.js';
import type { TrainedTicket } from './trained.js';

/** How a layer's mask lies in the file. */
export interface StoredMask {
  readonly encoding: MaskEncoding;
  readonly bytes: number;
}

/** A ticket from a file; `storedMasks[t-1]` is layer t's. */
export type Stored<T extends TicketBase> = T & { readonly storedMasks: readonly StoredMask[] };

/** Of any kind, told by `kind`. */
export type StoredTicket =
  | Stored<ConstructedTicket>
  | Stored<TrainedTicket>
  | Stored<BaselineTicket>;

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: 'the ticket is damaged; make it again' });
}

type Tensors = ReadonlyMap<string, StoredTensor>;

interface NamedMask extends EncodedMask {
  readonly place: string;
  readonly size: MaskSize;
}

function readMask(tensors: Tensors, size: MaskSize, kept: number, t: number): NamedMask {
  const encodings = MASK_ENCODINGS.filter((encoding) => tensors.has(`mask.${t}.${encoding}`));
  const encoding = encodings[0];
  if (encoding === undefined) return refuse(`tensor "mask.${t}"`, 'is missing');
  const place = `tensor "mask.${t}.${encoding}"`;
  if (encodings.length > 1) refuse(place, `there is a tensor "mask.${t}.${encodings[1]}" too`);
  const { dtype, shape, data } = tensors.get(`mask.${t}.${encoding}`) as StoredTensor;
  if (dtype !== 'U8' || shape.length !== 1) {
    refuse(place, `${dtype} [${shape.join(', ')}], not a list of U8`);
  }
  checkMaskSize(encoding, data.length, { ...size, kept }, place);
  return { encoding, bytes: data, kept, place, size };
}

function refuseOtherTensors(tensors: Tensors, known: ReadonlySet<string>): void {
  for (const name of tensors.keys()) {
    if (!known.has(name)) refuse(`tensor ${quoted(name)}`, 'belongs to no ticket');
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
  /** Most bytes of memory that reading may take; default 2 GiB. */
  readonly memory?: number;
}

const OPTIONS: OptionKinds<ReadTicketOptions> = { ignoreDigest: FLAG, memory: MEMORY };

/** An integer of a target in memory: a float64, or a BigInt in a list. */
const NUMBER_BYTES = 8;
const BIG_BYTES = 64;

/** Refuses a file whose integers would not fit into memory; a byte of it may be a number of eight. */
function checkMemory(bytes: Uint8Array, tensors: Tensors, memory: number): void {
  let needed = IDLE_MEMORY + 2 * bytes.length;
  for (const { name, dtype, shape } of tensors.values()) {
    if (!name.startsWith('target.')) continue;
    const [rows = 0, columns = 0] = shape;
    needed += rows * columns * (dtype === 'I64' || dtype === 'U32' ? BIG_BYTES : NUMBER_BYTES);
  }
  requireMemory(needed, memory, 'target tensors', 'reading this ticket');
}

/** Reads the parts that one kind defines, and the masks. */
function readKind<T extends TicketBase>(
  kind: TicketKind<T>,
  metadata: TicketMetadata,
  tensors: Tensors,
  fileBytes: number,
): { ticket: Stored<T>; known: Set<string> } {
  const known = new Set<string>();
  const tensor = (name: string): StoredTensor => {
    known.add(name);
    return tensors.get(name) ?? refuse(`tensor "${name}"`, 'is missing');
  };
  const fields = kind.read({ ...metadata, tensor });
  const { kept } = metadata.envelope;
  const masks = maskSizes(kind.shape(fields)).map((size, index) =>
    readMask(tensors, size, kept[index] as number, index + 1),
  );
  masks.forEach(({ encoding }, index) => {
    known.add(`mask.${index + 1}.${encoding}`);
  });
  const ticket = {
    ...fields,
    fileBytes,
    storedMasks: masks.map(({ encoding, bytes }) => ({ encoding, bytes: bytes.length })),
    mask(t: number, form?: 'sparse') {
      checkWhole('layer', t, 1, masks.length);
      const { size, place, ...mask } = masks[t - 1];
      return decodeMask(mask, size.inputs, size.outputs, place, form);
    },
  };
  // `fields` has all of T but `mask`, which is added here; TypeScript cannot see that of a generic T.
  return { ticket: ticket as unknown as Stored<T>, known };
}

/**
 * Reads a ticket file of any kind. Masks are decoded when `mask(t)` is called, which throws an
 * `InputError` if their bytes are corrupt and a `UsageError` for a layer that does not exist; they keep
 * `bytes` alive.
 */
export function readTicket(bytes: Uint8Array, options: ReadTicketOptions = {}): StoredTicket {
  checkBytes('bytes', bytes);
  checkOptions('readTicket', options, OPTIONS);
  // A header may be spelled in other ways than this program's: only reading it tells what it is.
  refuseOtherKinds(bytes.subarray(0, KIND_HEAD_BYTES), ['ticket', 'safetensors'], 'a ticket');
  const { metadata: texts, tensors } = decodeSafetensors(bytes);
  checkMemory(bytes, tensors, options.memory ?? DEFAULT_MEMORY);
  const metadata = parseMetadata(texts, KINDS);
  const { kind, digest } = metadata.envelope;
  // `parseMetadata` refuses kinds that are not in the table.
  const { ticket, known } = readKind<Ticket>(
    KINDS[kind as KindName],
    metadata,
    tensors,
    bytes.length,
  );
  refuseOtherTensors(tensors, known);
  if (options.ignoreDigest !== true) checkDigest(texts, tensors, digest);
  return ticket;
}
