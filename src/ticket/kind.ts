/**
 * What a kind of ticket is: the words it allows in the envelope, and how its fields are read from the
 * envelope, its body and its own tensors. Masks are read the same way for all kinds. A kind is a file
 * beside this one and an entry in the table of `kinds.ts`.
 */
import type { LayerMask } from '../source/mask.js';
import type { SourceShape } from '../source/shape.js';
import type { KindWords, TicketMetadata } from './metadata.js';
import type { ModelRecord } from './model-record.js';
import type { StoredTensor } from './safetensors.js';

/** What all tickets have in common, whatever their kind. */
export interface TicketBase {
  readonly kind: string;
  readonly seed: bigint;
  readonly model?: ModelRecord;
  /** Kept edges of each layer, `kept[t-1]`. */
  readonly kept: readonly number[];
  /** Of the file that it was read from: what the work on it is measured by. */
  readonly fileBytes?: number;
  /**
   * The mask of layer t (from 1), decoded on demand; an `InputError` if its bytes are corrupt. `form` is a wish
   * that may be left out of account.
   */
  mask(t: number, form?: 'sparse'): LayerMask;
}

/** The parts of a file that a kind reads its fields from. */
export interface TicketParts extends TicketMetadata {
  /**
   * A tensor of the kind's own; asking for it makes it known. Throws an `InputError` if it is
   * missing.
   */
  tensor(name: string): StoredTensor;
}

export interface TicketKind<T extends TicketBase> extends KindWords {
  /**
   * The fields of a ticket but its masks, every agreement between them checked. Throws an
   * `InputError` that names key or tensor.
   */
  read(parts: TicketParts): Omit<T, 'mask'>;
  /** The shape of its source, by which its masks are read. */
  shape(fields: Omit<T, 'mask'>): SourceShape;
}
