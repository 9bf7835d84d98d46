/** Hostile samples: JSON, CSV, NPY, IDX and PNG. */
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { zipped } from './models.mjs';

const megabyte = (text) => Buffer.from(text.repeat(Math.floor(2 ** 20 / text.length)));

function npy(header, data = Buffer.alloc(0), version = 1) {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(Math.min(header.length, 65_535));
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]),
    length,
    Buffer.from(header),
    data,
  ]);
}

const shaped = (shape, order = 'False', type = '<f8') =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`;

function idx(type, sizes, data = Buffer.alloc(0)) {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, type, sizes.length]);
  sizes.forEach((size, index) => {
    head.writeUInt32BE(size, 4 + 4 * index);
  });
  return Buffer.concat([head, data]);
}

/** A grey image of such a size with such rows. */
function png(width, height, rows) {
  const chunk = (name, data) => {
    const named = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export const SAMPLES = {
  'sizes.png': () => png(2 ** 31 - 1, 2 ** 31 - 1, Buffer.alloc(100)),
  'bomb.png': () => png(2, 1, Buffer.alloc(2 ** 27)),
  'largest.png': () => png(4096, 4096, Buffer.alloc(4097 * 4096)),
  'chunks.png': () =>
    Buffer.concat([png(2, 1, Buffer.alloc(3)).subarray(0, 33), Buffer.alloc(2 ** 25)]),
  'open.json.gz': () => zipped(megabyte('['), 255),
  'empties.json.gz': () => zipped(megabyte('[],'), 255, '[[],'),
  'rows-of-empties.json.gz': () => zipped(megabyte('[[],[]],'), 255, '['),
  'numbers.json.gz': () => zipped(megabyte('0,'), 255, '[', '0]'),
  'numbers-within-the-ratio.json.gz': () =>
    Buffer.concat([
      zipped(megabyte('0,'), 120, '[', '0]'),
      gzipSync(' '.repeat(400_000), { level: 0 }),
    ]),
  'one-number.json.gz': () => zipped(megabyte('1'), 255, '['),
  'one-string.json.gz': () => zipped(megabyte('a'), 255, '["'),
  'blanks.json.gz': () => zipped(megabyte(' '), 255, '['),
  'objects.json.gz': () => zipped(megabyte('{"a":'), 255, '['),
  'numbers-60-mb.json': () => `[${'0,'.repeat(30_000_000)}0]`,
  'pairs-60-mb.json': () => `[${'[0,0],'.repeat(10_000_000)}[0,0]]`,
  'open.json': () => '['.repeat(1_000_000),
  'deep-rows.json': () => `[${'[[[[[[[0,0]]]]]]],'.repeat(50_000)}[[[[[[[0,0]]]]]]]]`,
  'zeros.csv.gz': () => zipped(Buffer.alloc(2 ** 24), 64),
  'numbers.csv.gz': () => zipped(megabyte('0,0\n'), 900),
  'one-line.csv.gz': () => zipped(megabyte('0,'), 900),
  'one-cell.csv.gz': () => zipped(megabyte('1'), 900),
  'blank-lines.csv.gz': () => zipped(megabyte('\n'), 900),
  'comments.csv.gz': () => zipped(megabyte('#\n'), 900),
  'one-line-60-mb.csv': () => '0,'.repeat(30_000_000),
  'names-60-mb.csv': () => 'a,'.repeat(30_000_000),
  'quotes-60-mb.csv': () => `${'"'.repeat(60_000_000)}`,
  'spaces-60-mb.csv': () => `0${' '.repeat(60_000_000)}0`,
  'numbers-60-mb.csv': () => '0,0\n'.repeat(15_000_000),
  'binary.csv': () => Buffer.alloc(1_000_000, 0xff),
  'header.npy': () => npy(`{'descr': '${' '.repeat(60_000)}`),
  'header-of-gigabytes.npy': () => npy(' '.repeat(1_000_000), undefined, 2),
  'header-claims-4-gb.npy': () => {
    const bytes = npy(shaped('2, 2'), undefined, 2);
    bytes.writeUInt32LE(2 ** 32 - 1, 8);
    return bytes;
  },
  'brackets.npy': () => npy(`{'shape': ${'('.repeat(60_000)}`),
  'shape.npy': () => npy(shaped('4294967296, 4294967296')),
  'dimensions.npy': () => npy(shaped('1, '.repeat(20_000))),
  'by-columns.npy.gz': () => zipped(Buffer.alloc(2 ** 24), 63, npy(shaped('2, 66060288', 'True'))),
  'by-columns-claimed.npy': () => npy(shaped('2, 100000000', 'True')),
  'rows.npy.gz': () => zipped(Buffer.alloc(2 ** 24), 63, npy(shaped('66060288, 2'))),
  'wide.npy.gz': () => zipped(Buffer.alloc(2 ** 24), 63, npy(shaped('1, 132120576'))),
  'sizes-idx3-ubyte': () => idx(8, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]),
  'dimensions-idx3-ubyte': () => idx(8, Array(255).fill(2 ** 32 - 1)),
  'zeros-idx2-ubyte.gz': () => zipped(Buffer.alloc(2 ** 24), 64, idx(8, [2 ** 29, 2])),
  'members.csv.gz': () => Buffer.concat(Array(45_000).fill(gzipSync(''))),
};
