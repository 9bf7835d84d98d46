/** Streams of samples: the same samples as the whole-file readers, however the bytes arrive. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { checkedArray } from '../../src/data/array-header.js';
import { byteReader } from '../../src/data/byte-reader.js';
import { csvParser, readCsv } from '../../src/data/csv.js';
import { readIdx, readIdxHeader } from '../../src/data/idx.js';
import { readNpy, readNpyHeader } from '../../src/data/npy.js';
import { npyElements, npyFileHeader } from '../../src/data/npy-writer.js';
import {
  arrayStream,
  csvStream,
  type SampleStream,
  tensorStream,
} from '../../src/data/sample-stream.js';
import { asSamples } from '../../src/data/samples.js';
import type { Tensor } from '../../src/data/tensor.js';
import {
  damagedFiles,
  finiteNumbers,
  float64Bytes,
  idxFile,
  npyFile,
  npyHeader,
  productOf,
  shapedValues,
} from './writers.js';

/** The bytes in pieces of the given lengths, in turn. */
async function* pieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] as number;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function collect(stream: SampleStream, most: number): Promise<number[][]> {
  const rows: number[][] = [];
  for (let batch = await stream.next(most); batch !== null; batch = await stream.next(most)) {
    expect(batch.count).toBeGreaterThan(0);
    expect(batch.count).toBeLessThanOrEqual(most);
    for (let row = 0; row < batch.count; row++) {
      rows.push([...batch.values.subarray(row * batch.inputs, (row + 1) * batch.inputs)]);
    }
  }
  if (stream.count !== null) expect(rows.length).toBe(stream.count);
  return rows;
}

function rowsOf(tensor: Tensor, inputs: number): number[][] {
  const { count, values } = asSamples(tensor, inputs);
  return Array.from({ length: count }, (_, row) => [
    ...values.subarray(row * inputs, (row + 1) * inputs),
  ]);
}

async function arraySamples(
  bytes: Uint8Array,
  kind: 'npy' | 'idx',
  inputs: number,
  lengths: readonly number[],
  size: number | null,
): Promise<SampleStream> {
  const reader = byteReader(pieces(bytes, lengths));
  const head = await reader.peek(70_000);
  const declared = kind === 'npy' ? readNpyHeader(head) : readIdxHeader(head);
  return arrayStream(reader, checkedArray(declared, size), inputs, declared.excessRemedy);
}

const lengthLists = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
const mosts = fc.integer({ min: 1, max: 7 });

describe('a stream of samples', () => {
  it('from an array file is what the whole file holds', async () => {
    const kinds = fc.constantFrom('npy' as const, 'idx' as const);
    await fc.assert(
      fc.asyncProperty(
        shapedValues,
        kinds,
        lengthLists,
        mosts,
        fc.boolean(),
        async ({ shape, values }, kind, lengths, most, known) => {
          const bytes =
            kind === 'npy'
              ? npyFile(npyHeader('<f8', shape), float64Bytes(values, true))
              : idxFile(0x0e, shape, float64Bytes(values, false));
          const inputs = productOf(shape.slice(1));
          const whole = kind === 'npy' ? readNpy(bytes) : readIdx(bytes);
          const size = known ? bytes.length : null;
          const stream = await arraySamples(bytes, kind, inputs, lengths, size);
          expect(await collect(stream, most)).toEqual(rowsOf(whole, inputs));
          expect(await collect(tensorStream(whole, inputs), most)).toEqual(rowsOf(whole, inputs));
        },
      ),
      { seed: 1, numRuns: 150 },
    );
  });

  it('from a table is what the whole text holds, wherever it is cut', async () => {
    const tables = fc.integer({ min: 1, max: 4 }).chain((columns) =>
      fc.array(fc.array(finiteNumbers, { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 6,
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.constantFrom('\n', '\r\n', '\r', '\n\n# ü\n'),
        fc.constantFrom('', '\uFEFF', 'näme;x\n', '# é\r\n'),
        lengthLists,
        mosts,
        async (table, lineEnd, before, lengths, most) => {
          const text = before + table.map((row) => row.join(',')).join(lineEnd);
          const inputs = table[0].length;
          const reader = byteReader(pieces(new TextEncoder().encode(text), lengths));
          const whole = readCsv(text);
          expect(await collect(csvStream(reader, inputs), most)).toEqual(rowsOf(whole, inputs));
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  it('takes a column or a square of as many numbers as there are inputs for one sample', async () => {
    for (const text of ['1\n2\n3\n4\n', '1 2\n3 4']) {
      const reader = () => byteReader(pieces(new TextEncoder().encode(text), [3]));
      expect(await collect(csvStream(reader(), 4), 2)).toEqual([[1, 2, 3, 4]]);
      await expect(csvStream(reader(), 3).next(1)).rejects.toThrow('3 are needed');
    }
    const bytes = npyFile(npyHeader('<f8', [3]), float64Bytes([1, 2, 3], true));
    expect(await collect(await arraySamples(bytes, 'npy', 3, [50], null), 9)).toEqual([[1, 2, 3]]);
    expect(await collect(await arraySamples(bytes, 'npy', 1, [50], null), 9)).toHaveLength(3);
  });

  it('reads no further than it is asked to', async () => {
    const width = 1000;
    const count = 2 ** 40;
    let made = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield npyFileHeader(count, width);
      for (;;) {
        made++;
        yield npyElements(new Float64Array(width).fill(made));
      }
    }
    const reader = byteReader(endless());
    const header = checkedArray(readNpyHeader(await reader.peek(128)), null);
    const stream = await arrayStream(reader, header, width, '');
    for (let batch = 1; batch <= 20; batch++) {
      expect((await stream.next(10))?.values[0]).toBe(10 * batch - 9);
      expect(made).toBeLessThanOrEqual(10 * batch + 1);
    }
  });

  it('holds a table of any length in little memory', () => {
    const parser = csvParser();
    let read = 0;
    for (let piece = 0; piece < 200; piece++) {
      parser.push('1,2\n'.repeat(1000));
      // One line always stays, so the array is never quite empty.
      const rows = parser.take(parser.rows - 1);
      read += rows.length / 2;
      expect(rows.buffer.byteLength).toBeLessThan(40_000);
    }
    expect(read).toBe(199_999);
  });

  const two = float64Bytes([1, 2, 3, 4], true);
  it.each([
    [
      'a cut array',
      npyFile(npyHeader('<f8', [3, 2]), two),
      'byte 160: the file ends in sample 2 of 3',
    ],
    ['bytes after the end', npyFile(npyHeader('<f8', [1, 2]), two), 'byte 144: at least 16 bytes'],
    [
      'NaN far in',
      npyFile(npyHeader('<f8', [2, 2]), float64Bytes([1, 2, 3, Number.NaN], true)),
      'value [1, 1]: NaN is not a finite number',
    ],
    ['another width', npyFile(npyHeader('<f8', [1, 4]), two), 'has 4 values, and 2 are needed'],
  ])(
    'refuses %s and names the place, after the samples before it',
    async (_name, bytes, message) => {
      const run = async () => collect(await arraySamples(bytes, 'npy', 2, [7], null), 1);
      await expect(run()).rejects.toThrow(InputError);
      await expect(run()).rejects.toThrow(message);
    },
  );

  it.each([
    ['a short line', '1,2\n3\n', 'line 2: 1 cells'],
    ['a word', '1,2\n3,x\n', "line 2, column 2: 'x' is not"],
    ['nothing', '# only\n', 'no line with numbers'],
    ['no text', '1,2\n\0\0', 'not UTF-8 text'],
  ])('refuses a table with %s', async (_name, text, message) => {
    const run = () =>
      collect(csvStream(byteReader(pieces(new TextEncoder().encode(text), [4])), 2), 1);
    await expect(run()).rejects.toThrow(message);
  });

  it('refuses an endless line', () => {
    const parser = csvParser();
    const piece = '1,'.repeat(2 ** 20);
    expect(() => {
      for (let count = 0; count < 40; count++) parser.push(piece);
    }).toThrow('line 1: it is longer than 67108864 characters');
  });

  it('gives samples or an InputError for damaged files', async () => {
    const npy = npyFile(npyHeader('<f8', [3, 2]), float64Bytes([1, 2, 3, -4, 5, 6], true));
    const idx = idxFile(8, [3, 2], Uint8Array.of(1, 2, 3, 4, 5, 6));
    const csv = new TextEncoder().encode('a,b\n1,2\r\n3,4e5\n');
    const files = fc.oneof(
      damagedFiles(npy).map((bytes) => ['npy', bytes] as const),
      damagedFiles(idx).map((bytes) => ['idx', bytes] as const),
      damagedFiles(csv).map((bytes) => ['csv', bytes] as const),
    );
    await fc.assert(
      fc.asyncProperty(files, lengthLists, async ([kind, bytes], lengths) => {
        try {
          const stream =
            kind === 'csv'
              ? csvStream(byteReader(pieces(bytes, lengths)), 2)
              : await arraySamples(bytes, kind, 2, lengths, null);
          const rows = await collect(stream, 2);
          expect(rows.flat().every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed: 3, numRuns: 1500 },
    );
  });
});

describe('an NPY file that is written', () => {
  it('reads back, its header rewritten when the rows are known', () => {
    fc.assert(
      fc.property(fc.array(finiteNumbers, { minLength: 1, maxLength: 12 }), (values) => {
        const header = npyFileHeader(values.length, 1);
        expect(header.length).toBe(npyFileHeader(0, 1).length);
        const elements = npyElements(Float64Array.from(values));
        const bytes = new Uint8Array(header.length + elements.length);
        bytes.set(header);
        bytes.set(elements, header.length);
        expect(readNpy(bytes)).toEqual({
          shape: [values.length, 1],
          data: Float64Array.from(values),
        });
      }),
      { seed: 4, numRuns: 50 },
    );
    expect(npyFileHeader(2 ** 53, 2 ** 31)).toHaveLength(128);
  });
});
