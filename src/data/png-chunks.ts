/** The chunks that a PNG file is made of, checked by their sums. */
import { concatenate } from '../core/concatenate.js';
import { InputError } from '../core/errors.js';

export const SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export interface PngChunks {
  /** The data of IHDR. */
  readonly first: Uint8Array;
  readonly palette: Uint8Array | undefined;
  /** All IDAT chunks together: a zlib stream. */
  readonly packed: Uint8Array;
  /** The name of a chunk that makes pixels transparent or the image an animation, if there is one. */
  readonly refused: string | null;
}

/** CRC-32 of ISO 3309, as gzip has it. */
export type Checksum = (bytes: Uint8Array) => number;

function damaged(byte: number, problem: string): never {
  throw new InputError({
    place: `byte ${byte}`,
    problem,
    remedy: 'the image is damaged: get it again',
  });
}

interface Chunk {
  readonly name: string;
  readonly at: number;
  readonly data: Uint8Array;
}

/** Chunk by chunk up to IEND; what stands behind it is no part of the image. */
function* chunksOf(bytes: Uint8Array, crc32: Checksum): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = SIGNATURE.length;
  for (;;) {
    if (at + 12 > bytes.length) damaged(at, 'the image ends without its last chunk');
    const length = view.getUint32(at);
    if (length > bytes.length - at - 12)
      damaged(at, `a chunk of ${length} bytes, which are not there`);
    const named = bytes.subarray(at + 4, at + 8 + length);
    const name = String.fromCharCode(...named.subarray(0, 4));
    if (!/^[A-Za-z]{4}$/.test(name)) damaged(at, 'no chunk begins here');
    if (view.getUint32(at + 8 + length) !== crc32(named))
      damaged(at, `chunk ${name}: its sum is wrong`);
    yield { name, at, data: named.subarray(4) };
    if (name === 'IEND') return;
    at += 12 + length;
  }
}

/** The chunks of a file. Throws an `InputError` that names the byte where it is damaged. */
export function pngChunks(bytes: Uint8Array, crc32: Checksum): PngChunks {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) damaged(0, 'no PNG image');
  let first: Uint8Array | undefined;
  let palette: Uint8Array | undefined;
  let refused: string | null = null;
  const packed: Uint8Array[] = [];
  for (const { name, at, data } of chunksOf(bytes, crc32)) {
    if ((name === 'IHDR') !== (first === undefined)) damaged(at, `chunk ${name} where none may be`);
    if (name === 'IHDR') first = data;
    else if (name === 'PLTE') palette = data;
    else if (name === 'IDAT') packed.push(data);
    else if (name === 'tRNS' || name === 'acTL') refused = name;
    else if (name !== 'IEND' && /^[A-Z]/.test(name)) damaged(at, `chunk ${name}, which is unknown`);
  }
  if (first === undefined) damaged(SIGNATURE.length, 'no header');
  return { first, palette, packed: concatenate(packed), refused };
}
