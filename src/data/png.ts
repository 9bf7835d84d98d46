/**
 * PNG images (ISO/IEC 15948) as numbers, the stored values as they are: no gamma, no colour profile. What
 * decoding takes is known from the header, and refused before anything is unpacked; the unpacker is given
 * the size that must come out, so that no image is a bomb.
 */
import { InputError } from '../core/errors.js';
import { type Checksum, pngChunks, SIGNATURE } from './png-chunks.js';

/** Samples of an image, pixel by pixel, the channels of a pixel side by side. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: 1 | 3;
  /** 0 to 255, or to 65535 where the file has 16 bits. */
  readonly values: Uint8Array | Uint16Array;
}

/** What the platform has for it. */
export interface Zlib {
  /** Unpacks a zlib stream that must have exactly `size` bytes; null where it has others or is damaged. */
  readonly inflate: (packed: Uint8Array, size: number) => Uint8Array | null;
  readonly crc32: Checksum;
}

/** Most samples of an image, alpha and palette indices included: what the maps of a network may have. */
export const MOST_SAMPLES = 2 ** 24;

/** Samples of a pixel as it is stored, by colour type. */
const STORED_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  ...{ 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] },
};
const INDEXED = 3;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  /** Samples of a pixel as it is stored. */
  readonly stored: number;
}

export function looksLikePng(head: Uint8Array): boolean {
  return head.length >= SIGNATURE.length && SIGNATURE.every((byte, at) => head[at] === byte);
}

function refuse(place: string, problem: string, remedy = DAMAGED): never {
  throw new InputError({ place, problem, remedy });
}

const DAMAGED = 'the image is damaged: get it again';
const SAVE_PLAIN = 'save it as a plain grey or RGB image, without transparency or interlacing';

function readHeader(data: Uint8Array): Header {
  if (data.length !== 13) refuse('IHDR', `${data.length} bytes in place of 13`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filter, interlace] = data.subarray(8);
  const stored = STORED_SAMPLES[colour as number];
  if (stored === undefined || !DEPTHS[colour as number]?.includes(depth as number)) {
    refuse('IHDR', `colour type ${colour} with ${depth} bits is none of the standard`);
  }
  if (width < 1 || height < 1) refuse('IHDR', `${width} by ${height} pixels`);
  if (compression !== 0 || filter !== 0) refuse('IHDR', 'an unknown compression or filter');
  if (interlace !== 0) refuse('IHDR', 'it is interlaced', SAVE_PLAIN);
  if (width * height * stored > MOST_SAMPLES) {
    const remedy = 'scale it to the size that the network takes';
    refuse('IHDR', `${width} by ${height} pixels, more than ${MOST_SAMPLES} numbers`, remedy);
  }
  return { width, height, depth: depth as number, colour: colour as number, stored };
}

/** Bytes of a row without its filter's. */
function rowBytes({ width, depth, stored }: Header): number {
  return Math.ceil((width * stored * depth) / 8);
}

/** What a filter takes a byte to be, from its neighbours; the file has the difference. */
function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const estimate = left + above - corner;
  const byLeft = Math.abs(estimate - left);
  const byAbove = Math.abs(estimate - above);
  const byCorner = Math.abs(estimate - corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}

/** Rows without their filters, in place of the filtered ones. */
function unfiltered(header: Header, filtered: Uint8Array): Uint8Array {
  const bytes = rowBytes(header);
  const step = Math.max(1, (header.stored * header.depth) >> 3);
  const rows = new Uint8Array(bytes * header.height);
  for (let y = 0; y < header.height; y++) {
    const filter = filtered[y * (bytes + 1)] as number;
    if (filter > 4) refuse(`row ${y}`, `filter ${filter} is none of the standard`);
    for (let x = 0; x < bytes; x++) {
      const at = y * bytes + x;
      const left = x < step ? 0 : (rows[at - step] as number);
      const above = y === 0 ? 0 : (rows[at - bytes] as number);
      const corner = x < step || y === 0 ? 0 : (rows[at - bytes - step] as number);
      const difference = filtered[y * (bytes + 1) + 1 + x] as number;
      rows[at] = difference + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

/** Sample `index` of row y as it is stored. */
function sampleAt(header: Header, rows: Uint8Array, y: number, index: number): number {
  const { depth } = header;
  const start = y * rowBytes(header);
  if (depth === 16) {
    return 256 * (rows[start + 2 * index] as number) + (rows[start + 2 * index + 1] as number);
  }
  if (depth === 8) return rows[start + index] as number;
  const bit = index * depth;
  const byte = rows[start + (bit >> 3)] as number;
  return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

/** Pixels without alpha and palette; grey of fewer than 8 bits is stretched to 0 .. 255. */
function pixelsOf(header: Header, rows: Uint8Array, palette: Uint8Array | undefined): PngImage {
  const { width, height, depth, colour, stored } = header;
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const Values = depth === 16 ? Uint16Array : Uint8Array;
  const values = new Values(width * height * channels);
  const stretch = colour !== INDEXED && depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const opaque = 2 ** depth - 1;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (colour === INDEXED) {
        const index = sampleAt(header, rows, y, x);
        if (3 * index >= (palette?.length ?? 0))
          refuse(`pixel (${x}, ${y})`, `colour ${index} of none`);
        for (let part = 0; part < 3; part++) values[to++] = palette?.[3 * index + part] as number;
        continue;
      }
      for (let part = 0; part < channels; part++) {
        values[to++] = stretch * sampleAt(header, rows, y, x * stored + part);
      }
      if (stored > channels && sampleAt(header, rows, y, x * stored + channels) !== opaque) {
        refuse(`pixel (${x}, ${y})`, 'it is transparent', SAVE_PLAIN);
      }
    }
  }
  return { width, height, channels, values };
}

/**
 * The image of a PNG file: grey, RGB or palette, also with an alpha channel in which nothing is transparent.
 * Throws an `InputError` that names chunk, row or pixel for anything else, interlaced images among it.
 */
export function readPng(bytes: Uint8Array, { inflate, crc32 }: Zlib): PngImage {
  const { first, palette, packed, refused } = pngChunks(bytes, crc32);
  const header = readHeader(first);
  if (refused !== null) refuse(refused, 'it is transparent or animated', SAVE_PLAIN);
  if (header.colour === INDEXED && (palette === undefined || palette.length % 3 !== 0)) {
    refuse('PLTE', 'no palette of whole colours');
  }
  const size = (rowBytes(header) + 1) * header.height;
  const filtered = inflate(packed, size);
  if (filtered?.length !== size) refuse('IDAT', `it does not unpack to ${size} bytes`);
  return pixelsOf(header, unfiltered(header, filtered), palette);
}
