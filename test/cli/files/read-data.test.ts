import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MapInput, openSamples, readDataFile } from '../../../src/cli/files/read-data.js';
import { InputError } from '../../../src/core/errors.js';
import { png } from '../../data/png-writer.js';
import { float64Bytes, idxFile, npyFile, npyHeader } from '../../data/writers.js';

let folder = '';

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unearth data '));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const idx = idxFile(8, [1, 2], Uint8Array.of(3, 4));
const npy = npyFile(npyHeader('<f8', [1, 2]), float64Bytes([3, 4], true));

describe('openSamples of a PNG image', () => {
  const samples = Array.from({ length: 3 * 2 * 3 }, (_, at) => 11 * at);
  const rgb = png({ width: 3, height: 2, depth: 8, colour: 2, samples });
  const grey = png({ width: 3, height: 2, depth: 8, colour: 0, samples: samples.slice(0, 6) });
  const shape = { channels: 3, height: 2, width: 3 };
  const valuesOf = async (name: string, bytes: Uint8Array, inputs: number, maps?: MapInput) => {
    const stream = await openSamples(write(name, bytes), inputs, {}, undefined, maps);
    expect(stream.count).toBe(1);
    const read = await stream.next(10);
    expect(await stream.next(10)).toBeNull();
    return Array.from(read?.values ?? []);
  };

  it('has its numbers in the order that the network takes', async () => {
    const last = await valuesOf('a.png', rgb, 18, { samples: { shape, layout: 'nhwc' } });
    expect(last).toEqual(samples);
    const first = await valuesOf('a.png', rgb, 18, { samples: { shape, layout: 'nchw' } });
    expect(first).toEqual([0, 1, 2].flatMap((part) => samples.filter((_, at) => at % 3 === part)));
    const plain = { samples: null };
    expect(await valuesOf('no-name', grey, 6, plain)).toEqual(samples.slice(0, 6));
  });

  it('is refused where the network takes another one, or none', async () => {
    const other: MapInput = { samples: { shape: { ...shape, width: 4 }, layout: 'nchw' } };
    await expect(valuesOf('a.png', rgb, 24, other)).rejects.toThrow(
      /a\.png: image: 3 pixels wide and 2 high, with 3 channels, and the network takes 4 pixels wide and 2 high, with 3 ch/,
    );
    await expect(
      valuesOf('b.png', grey, 18, { samples: { shape, layout: 'nchw' } }),
    ).rejects.toThrow(/3 pixels wide and 2 high, with 1 channel, and/);
    const plain = { samples: null };
    await expect(valuesOf('a.png', rgb, 18, plain)).rejects.toThrow(/takes grey images only/);
    await expect(valuesOf('b.png', grey, 7, plain)).rejects.toThrow(/7/);
    const asked: MapInput = { samples: { shape, layout: 'nchw' }, layout: 'nhwc' };
    await expect(valuesOf('a.png', rgb, 18, asked)).rejects.toThrow(/its order is known/);
    await expect(valuesOf('a.png', rgb, 18)).rejects.toThrow(/this is an image \(PNG\)/);
    expect(() => readDataFile(write('a.png', rgb))).toThrow(/this is an image \(PNG\)/);
  });
});

describe('readDataFile', () => {
  it.each([
    ['images-idx2-ubyte', idx],
    ['images-idx2-ubyte.gz', gzipSync(idx)],
    ['renamed.bin', idx],
    ['data.npy', npy],
    ['data.npy.gz', gzipSync(npy)],
    ['renamed-npy', npy],
    ['data.csv', '3,4\n'],
    ['data.csv.gz', gzipSync('a;b\n3;4\n')],
    ['data.txt', '3 4\n'],
    ['data.json', '[[3,4]]'],
    ['renamed', '\n [[3,4]]'],
  ])('reads %s by its content or name', (name, content) => {
    const { shape, data } = readDataFile(write(name, content));
    expect(shape).toEqual([1, 2]);
    expect([...data]).toEqual([3, 4]);
  });

  it.each([
    ['an empty file', 'empty.csv', new Uint8Array(), 'no line with numbers'],
    ['a text named .npy', 'text.npy', '1,2', 'byte 0: not an NPY file'],
    ['a text named as IDX', 'x-idx3-ubyte', '1,2', 'byte 0: not an IDX header'],
    ['a ZIP archive', 'data.npz', 'PK\u0003\u0004', 'this is a ZIP archive'],
    ['a cut gzip', 'cut.gz', gzipSync(npy).subarray(0, 30), 'gzip stream: cut short or damaged'],
    ['a damaged gzip', 'bad.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3), 'gzip stream'],
    ['other bytes', 'photo.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff), 'not UTF-8 text'],
    ['UTF-16 text', 'utf16.csv', Uint8Array.of(0x31, 0, 0x2c, 0), 'not UTF-8 text'],
  ])('refuses %s and names the file', (_name, name, content, message) => {
    const file = write(name, content);
    expect(() => readDataFile(file)).toThrow(InputError);
    expect(() => readDataFile(file)).toThrow(message);
    expect(() => readDataFile(file)).toThrow(file);
  });

  it('unpacks data up to 8 MiB and 16 times their size, whole and in a stream', async () => {
    const file = path.join(folder, 'bomb.csv.gz');
    writeFileSync(file, gzipSync('0,0\n'.repeat(9_000_000)));
    const over = /gzip stream: it unpacks to more than \d+ bytes, over the limit of 16 times/;
    expect(() => readDataFile(file)).toThrow(over);
    const samples = await openSamples(file, 2);
    const readAll = async (): Promise<void> => {
      while ((await samples.next(2 ** 20)) !== null);
    };
    await expect(readAll()).rejects.toThrow(over);
    await samples.close();
  });

  it('refuses a packed array by its header where the limit would cut it', async () => {
    const file = path.join(folder, 'zeros.idx.gz');
    const head = Buffer.from([0, 0, 8, 2, 0x20, 0, 0, 0, 0, 0, 0, 2]);
    writeFileSync(file, gzipSync(Buffer.concat([head, Buffer.alloc(2 ** 24)])));
    await expect(openSamples(file, 2)).rejects.toThrow(
      /gzip stream: its array has 1073741836 bytes, over the limit of 16 times/,
    );
  });

  it('refuses what is no readable file', () => {
    expect(() => readDataFile(path.join(folder, 'absent.csv'))).toThrow('cannot be read (ENOENT');
    mkdirSync(path.join(folder, 'folder.csv'));
    expect(() => readDataFile(path.join(folder, 'folder.csv'))).toThrow('this is a folder');
    expect(() => readDataFile('a\0b')).toThrow(InputError);
  });

  it('stops unpacking a gzip bomb at the limit', () => {
    const file = write('bomb.gz', gzipSync(new Uint8Array(5_000_000)));
    expect(() => readDataFile(file, { unpackedBytes: 1_000_000 })).toThrow('over the limit');
  });

  it('refuses files and texts over their limits', () => {
    const file = write('large.csv', '1,2\n'.repeat(100));
    expect(() => readDataFile(file, { fileBytes: 399 })).toThrow('400 bytes is over the limit');
    expect(() => readDataFile(file, { textBytes: 399 })).toThrow('400 bytes of text is over');
  });
});

const shared = process.env.UNEARTH_SHARED;
const where = shared === undefined ? ' (skipped: UNEARTH_SHARED is not set)' : '';

describe.skipIf(shared === undefined)(`MNIST files${where}`, () => {
  it('reads the test images and labels', () => {
    const mnist = path.join(shared ?? '', 'data', 'mnist');
    const images = readDataFile(path.join(mnist, 't10k-images-idx3-ubyte.gz'));
    const labels = readDataFile(path.join(mnist, 't10k-labels-idx1-ubyte.gz'));
    expect(images.shape).toEqual([10000, 28, 28]);
    expect(images.data).toBeInstanceOf(Uint8Array);
    expect(labels.shape).toEqual([10000]);
    expect([...labels.data.slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  });
});
