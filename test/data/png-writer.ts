/** PNG images as tests write them: every colour type, depth and filter, chunks of any kind. */
import { crc32, deflateSync } from 'node:zlib';
import { SIGNATURE } from '../../src/data/png-chunks.js';

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  /** Stored samples, row by row. */
  readonly samples: readonly number[];
  readonly filter?: number;
  readonly palette?: readonly number[];
}

export function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

export function header({ width, height, depth, colour }: Picture, interlace = 0): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([depth, colour, 0, 0, interlace], 8);
  return chunk('IHDR', data);
}

export const STORED = [1, 0, 3, 1, 2, 0, 4];

/** Rows of bits, filtered. */
export function rowsOf({ width, height, depth, colour, samples, filter = 0 }: Picture): Uint8Array {
  const perRow = width * (STORED[colour] as number);
  const bytes = Math.ceil((perRow * depth) / 8);
  const step = Math.max(1, ((STORED[colour] as number) * depth) >> 3);
  const plain = new Uint8Array(bytes * height);
  samples.forEach((value, at) => {
    const start = Math.floor(at / perRow) * bytes * 8 + (at % perRow) * depth;
    for (let bit = 0; bit < depth; bit++) {
      const to = start + bit;
      plain[to >> 3] |= ((value >> (depth - 1 - bit)) & 1) << (7 - (to & 7));
    }
  });
  const filtered = new Uint8Array((bytes + 1) * height);
  for (let y = 0; y < height; y++) {
    filtered[y * (bytes + 1)] = filter;
    for (let x = 0; x < bytes; x++) {
      const at = y * bytes + x;
      const a = x < step ? 0 : (plain[at - step] as number);
      const b = y === 0 ? 0 : (plain[at - bytes] as number);
      const c = x < step || y === 0 ? 0 : (plain[at - bytes - step] as number);
      const nearest = [a, b, c].reduce((best, value) =>
        Math.abs(a + b - c - value) < Math.abs(a + b - c - best) ? value : best,
      );
      const from = [0, a, b, Math.floor((a + b) / 2), nearest][filter] ?? 0;
      filtered[y * (bytes + 1) + 1 + x] = (plain[at] as number) - from;
    }
  }
  return filtered;
}

export function file(...chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([...SIGNATURE, ...chunks.flatMap((each) => [...each])]);
}

export function png(picture: Picture, ...more: readonly Uint8Array[]): Uint8Array {
  const packed = deflateSync(rowsOf(picture));
  const half = packed.length >> 1;
  return file(
    header(picture),
    ...(picture.palette ? [chunk('PLTE', Uint8Array.from(picture.palette))] : []),
    chunk('tEXt', new TextEncoder().encode('Comment')),
    ...more,
    chunk('IDAT', packed.subarray(0, half)),
    chunk('IDAT', packed.subarray(half)),
    chunk('IEND', new Uint8Array()),
  );
}
