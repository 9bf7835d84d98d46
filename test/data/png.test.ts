/** PNG images of every plain kind are read as they were written; all others are refused by name. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { looksLikePng, readPng } from '../../src/data/png.js';
import { randomStream } from '../networks.js';
import { chunk, file, header, type Picture, png, rowsOf, STORED } from './png-writer.js';

const inflate = (packed: Uint8Array, size: number): Uint8Array | null => {
  try {
    return inflateSync(packed, { maxOutputLength: size });
  } catch {
    return null;
  }
};
const read = (bytes: Uint8Array) => readPng(bytes, { inflate, crc32 });

function picture(colour: number, depth: number, filter: number, seed: number): Picture {
  const random = randomStream(seed);
  const [width, height] = [5, 4];
  const stored = STORED[colour] as number;
  const samples = Array.from({ length: width * height * stored }, (_, at) =>
    stored % 2 === 0 && at % stored === stored - 1
      ? 2 ** depth - 1
      : Math.floor(random() * 2 ** depth),
  );
  const palette = Array.from({ length: 3 * 2 ** Math.min(depth, 8) }, () =>
    Math.floor(random() * 256),
  );
  return { width, height, depth, colour, samples, filter, ...(colour === 3 && { palette }) };
}

describe('a PNG image', () => {
  it.each([
    ...[1, 2, 4, 8, 16].map((depth) => [0, depth]),
    ...[8, 16].flatMap((depth) => [2, 4, 6].map((colour) => [colour, depth])),
    ...[1, 2, 4, 8].map((depth) => [3, depth]),
  ] as [number, number][])(
    'of colour type %i with %i bits is read as it was written',
    (colour, depth) => {
      for (const filter of [0, 1, 2, 3, 4]) {
        const written = picture(colour, depth, filter, 7 * depth + filter);
        const bytes = png(written);
        expect(looksLikePng(bytes)).toBe(true);
        const { width, height, channels, values } = read(bytes);
        expect([width, height, channels]).toEqual([5, 4, colour === 0 || colour === 4 ? 1 : 3]);
        const stretch = colour !== 3 && depth < 8 ? 255 / (2 ** depth - 1) : 1;
        const wanted =
          colour === 3
            ? written.samples.flatMap(
                (index) => written.palette?.slice(3 * index, 3 * index + 3) ?? [],
              )
            : written.samples
                .filter((_, at) => colour < 4 || at % (channels + 1) < channels)
                .map((value) => value * stretch);
        expect([...values]).toEqual(wanted);
      }
    },
  );

  const plain = picture(2, 8, 4, 1);
  const IDAT = chunk('IDAT', deflateSync(rowsOf(plain)));
  const IEND = chunk('IEND', new Uint8Array());
  const huge = { ...plain, width: 2 ** 20, height: 2 ** 20 };
  const bomb = chunk('IDAT', deflateSync(new Uint8Array(50_000_000)));

  it.each([
    [
      'interlaced',
      file(header(plain, 1), IDAT, IEND),
      /IHDR: it is interlaced; save it as a plain/,
    ],
    ['huge', file(header(huge), IDAT, IEND), /1048576 by 1048576 pixels, more than 16777216/],
    ['without pixels', file(header({ ...plain, width: 0 }), IDAT, IEND), /0 by 4 pixels/],
    [
      'of an unknown kind',
      file(header({ ...plain, depth: 3 }), IDAT, IEND),
      /none of the standard/,
    ],
    ['a bomb', file(header(plain), bomb, IEND), /IDAT: it does not unpack to 64 bytes/],
    ['too short', file(header({ ...plain, height: 5 }), IDAT, IEND), /does not unpack to 80 bytes/],
    ['without data', file(header(plain), IEND), /does not unpack/],
    ['without a header', file(IDAT, IEND), /chunk IDAT where none may be/],
    ['with two headers', file(header(plain), header(plain), IDAT, IEND), /chunk IHDR where none/],
    [
      'without a palette',
      png({ ...picture(3, 4, 0, 1), palette: [] }),
      /PLTE: no palette|colour \d/,
    ],
    ['with an unknown part', png(plain, chunk('ABCD', new Uint8Array())), /ABCD, which is unknown/],
    ['see-through', png(plain, chunk('tRNS', new Uint8Array(6))), /tRNS: it is transparent/],
    [
      'animated',
      png(plain, chunk('acTL', new Uint8Array(8))),
      /acTL: it is transparent or animated/,
    ],
    ['of a filter that is none', png({ ...plain, filter: 5 }), /row 0: filter 5/],
    [
      'see-through in a pixel',
      png({ ...picture(4, 8, 0, 1), samples: new Array(40).fill(7) }),
      /pixel \(0, 0\): it is transparent/,
    ],
  ])('that is %s is refused', (_what, bytes, message) => {
    expect(() => read(bytes)).toThrow(InputError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('is refused wherever it is cut or changed, or is the same', () => {
    const bytes = png(plain);
    const { values } = read(bytes);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => read(bytes.subarray(0, length))).toThrow(InputError);
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1 << (at & 7);
      // Every byte is under some sum but the signature, which is compared.
      expect(() => read(changed)).toThrow(InputError);
    }
    expect(read(Uint8Array.from([...bytes, 1, 2, 3])).values).toEqual(values);
  });
});
