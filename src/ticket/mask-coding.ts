/**
 * A layer's mask as bytes: the smaller of its packed bits and its entropy-coded gaps (between kept
 * edges, or between removed ones where more than half are kept). `docs/ticket.md` states the format.
 */
import { InputError } from '../core/errors.js';
import {
  type DenseMask,
  keptCount,
  type LayerMask,
  toSparse,
  wordsPerColumn,
} from '../source/mask.js';
import {
  decodeComplement,
  decodeDense,
  decodeSparse,
  encodeDense,
  encodeSparse,
  type MaskSize,
} from './mask-gaps.js';
import { packMask, unpackMask } from './packed-mask.js';

/** `bits`: packed; `gaps`: between kept edges; `complement`: between removed edges. */
export const MASK_ENCODINGS = ['bits', 'gaps', 'complement'] as const;
export type MaskEncoding = (typeof MASK_ENCODINGS)[number];

export interface EncodedMask {
  readonly encoding: MaskEncoding;
  readonly bytes: Uint8Array;
  readonly kept: number;
}

/** Words of a dense mask that a file may ask for whatever its length, and for each of its bytes. */
const COMPLEMENT_WORDS = 2 ** 23;
const COMPLEMENT_WORDS_PER_BYTE = 64;

/**
 * A full mask of any size has no removed edges, hence no bytes: without this limit a file of nothing
 * could ask for any amount of memory. Writers keep to it too.
 */
function complementAllowed(inputs: number, outputs: number, byteLength: number): boolean {
  return (
    inputs * wordsPerColumn(outputs) <= COMPLEMENT_WORDS + COMPLEMENT_WORDS_PER_BYTE * byteLength
  );
}

/**
 * Whether a mask comes back dense: if the dense form needs no more words than the sparse form has
 * rows, which is about one edge in 32. It depends on the mask alone, not on how it is stored.
 */
function comesBackDense({ inputs, outputs, kept }: MaskSize): boolean {
  return kept >= inputs * wordsPerColumn(outputs);
}

function toDense(mask: LayerMask): DenseMask {
  if (mask.kind === 'dense') return mask;
  const { inputs, outputs, columns, offsets, rows } = mask;
  const perColumn = wordsPerColumn(outputs);
  const words = new Uint32Array(inputs * perColumn);
  for (let index = 0; index < columns.length; index++) {
    const base = (columns[index] as number) * perColumn;
    for (let at = offsets[index] as number; at < (offsets[index + 1] as number); at++) {
      const row = rows[at] as number;
      const word = base + (row >>> 5);
      words[word] = (words[word] as number) | (1 << (row & 31));
    }
  }
  return { kind: 'dense', inputs, outputs, words };
}

function requireWellFormed(condition: boolean, what: string): void {
  if (!condition) throw new RangeError(`not a layer mask: ${what}`);
}

/** Sparse masks are checked while their gaps are taken, which all encodings of theirs begin with. */
function checkDense(mask: DenseMask): void {
  const { inputs, outputs, words } = mask;
  const perColumn = wordsPerColumn(outputs);
  requireWellFormed(words.length === inputs * perColumn, `${words.length} words`);
  const used = outputs & 31;
  if (used === 0) return;
  for (let index = perColumn - 1; index < words.length; index += perColumn) {
    requireWellFormed((words[index] as number) >>> used === 0, 'bits beyond its outputs');
  }
}

/**
 * Encodes a mask; the bytes depend on the set of kept edges alone. Throws a RangeError for a mask
 * that is not as `source/mask.ts` says.
 */
export function encodeMask(mask: LayerMask): EncodedMask {
  const { inputs, outputs } = mask;
  if (mask.kind === 'dense') checkDense(mask);
  const kept = keptCount(mask);
  const positions = inputs * outputs;
  const packedLength = Math.ceil(positions / 8);
  let gaps: { encoding: MaskEncoding; bytes: Uint8Array };
  let dense: DenseMask | undefined;
  if (2 * kept <= positions) {
    const bytes = mask.kind === 'dense' ? encodeDense(mask, false) : encodeSparse(mask);
    gaps = { encoding: 'gaps', bytes };
  } else {
    if (mask.kind === 'sparse') encodeSparse(mask);
    dense = toDense(mask);
    gaps = { encoding: 'complement', bytes: encodeDense(dense, true) };
  }
  const allowed = gaps.encoding === 'gaps' || complementAllowed(inputs, outputs, gaps.bytes.length);
  if (allowed && gaps.bytes.length < packedLength) return { ...gaps, kept };
  return { encoding: 'bits', bytes: packMask(dense ?? toDense(mask)), kept };
}

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: 'the ticket is damaged; make it again' });
}

/**
 * Refuses sizes that cannot be true of so many bytes, before anything is decoded. `place` names the
 * mask in errors.
 */
export function checkMaskSize(
  encoding: MaskEncoding,
  byteLength: number,
  size: MaskSize,
  place: string,
): void {
  const { inputs, outputs, kept } = size;
  // Rounded above 2^53, where it only has to be above every other number here.
  const positions = inputs * outputs;
  if (kept > positions) refuse(place, `${kept} kept edges of ${inputs} x ${outputs}`);
  if (encoding === 'bits') {
    if (byteLength !== Math.ceil(positions / 8)) {
      refuse(place, `${byteLength} bytes for ${inputs} x ${outputs} bits`);
    }
  } else if (encoding === 'complement') {
    if (!complementAllowed(inputs, outputs, byteLength)) {
      refuse(place, `${byteLength} bytes cannot stand for ${inputs} x ${outputs} edges`);
    }
    if (2 * kept <= positions) refuse(place, `only ${kept} of ${positions} edges are kept`);
    if (positions - kept > 8 * byteLength) {
      refuse(place, `${byteLength} bytes cannot hold ${positions - kept} removed edges`);
    }
  } else if (kept > 8 * byteLength) {
    refuse(place, `${byteLength} bytes cannot hold ${kept} kept edges`);
  } else if (2 * kept > positions) {
    refuse(place, `${kept} of ${positions} edges are kept, more than half`);
  }
}

function decode(encoded: EncodedMask, size: MaskSize, place: string, dense: boolean): LayerMask {
  const { encoding, bytes } = encoded;
  if (encoding === 'gaps') {
    return dense ? decodeDense(bytes, size, place) : decodeSparse(bytes, size, place);
  }
  const mask =
    encoding === 'bits'
      ? unpackMask(bytes, size.inputs, size.outputs, place)
      : decodeComplement(bytes, size, place);
  const kept = keptCount(mask);
  if (kept !== size.kept) refuse(place, `keeps ${kept} edges where ${size.kept} are announced`);
  return dense ? mask : toSparse(mask);
}

/**
 * Decodes what `encodeMask` wrote for a layer of `outputs` by `inputs`. Treats the bytes as hostile:
 * an `InputError` that names `place` for all that is not exactly a mask with `kept` edges; the memory
 * it takes is bounded by a multiple of the number of bytes, but for 32 MB. It comes back in the form that the
 * mask itself decides, unless it is to be sparse.
 */
export function decodeMask(
  encoded: EncodedMask,
  inputs: number,
  outputs: number,
  place: string,
  form?: 'sparse',
): LayerMask {
  const size = { inputs, outputs, kept: encoded.kept };
  checkMaskSize(encoded.encoding, encoded.bytes.length, size, place);
  try {
    return decode(encoded, size, place, form !== 'sparse' && comesBackDense(size));
  } catch (error) {
    // What typed arrays throw where the engine or the machine has no room.
    if (!(error instanceof RangeError)) throw error;
    throw new InputError({
      place,
      problem: `its ${encoded.kept} edges do not fit into memory`,
      remedy: 'use a machine with more memory',
    });
  }
}
