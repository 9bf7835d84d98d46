/**
 * The ticket: seed, shape and masks, and all that is needed to check them. Everything a checker needs
 * is in it; nothing in it has to be trusted. This file is the data model, `docs/ticket.md` the format.
 */
import type { IntegerNetwork } from '../precision/integer-network.js';
import type { PrecisionRecord } from '../precision/precision.js';
import type { LayerMask } from '../source/mask.js';
import type { SourceShape } from '../source/source.js';
import type { Domain, InputSign, Normalization } from '../target/network.js';

export type { PrecisionRecord };

/** A model file's identity, to recognise it again. */
export interface ModelRecord {
  /** File name without folders. */
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ConstructedTicket {
  readonly kind: 'constructed';
  readonly seed: bigint;
  readonly shape: SourceShape;
  readonly construction: string;
  /** The failure probability that the plan was asked for. */
  readonly delta: number;
  readonly precision: PrecisionRecord;
  readonly domain: Domain;
  /** Per input coordinate, what the domain says of its sign; the proof relies on it. */
  readonly inputSigns: readonly InputSign[];
  readonly model?: ModelRecord;
  readonly normalization?: Normalization;
  /** See `Finding.assignments`. */
  readonly assignments: readonly Uint32Array[];
  /** The integer target, with scale and last activation. */
  readonly target: IntegerNetwork;
  /** Kept edges of each layer, `kept[t-1]`. */
  readonly kept: readonly number[];
  /** The mask of layer t (from 1), decoded on demand; an `InputError` if its bytes are corrupt. */
  mask(t: number): LayerMask;
}

/** The kinds to come (`baseline`, `trained`) join here. */
export type Ticket = ConstructedTicket;
