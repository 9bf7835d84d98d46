/**
 * Data files from disk, whole or as a stream of samples: opened with size limits, unpacked if they are
 * gzip, and given to the reader that their content, or else their name, calls for.
 */
import { createGunzip } from 'node:zlib';
import { InputError, UsageError, withFileName } from '../../core/errors.js';
import { refuseOtherKinds } from '../../core/file-kinds.js';
import { DEFAULT_MEMORY, IDLE_MEMORY, requireMemory } from '../../core/limits.js';
import { type ArrayHeader, checkedArray, type DeclaredArray } from '../../data/array-header.js';
import { type ByteReader, byteReader } from '../../data/byte-reader.js';
import { csvParser, csvTensor } from '../../data/csv.js';
import { elementWidth } from '../../data/elements.js';
import { IDX_HEAD_BYTES, looksLikeIdx, readIdx, readIdxHeader } from '../../data/idx.js';
import { jsonArrayParser } from '../../data/json-array.js';
import { looksLikeNpy, NPY_HEAD_BYTES, readNpy, readNpyHeader } from '../../data/npy.js';
import { looksLikePng } from '../../data/png.js';
import {
  arrayStream,
  csvStream,
  type SampleStream,
  tensorStream,
} from '../../data/sample-stream.js';
import type { Tensor } from '../../data/tensor.js';
import {
  type MapSamples,
  reorderingFrom,
  type SampleLayout,
} from '../../inference/sample-layout.js';
import { unreadable } from '../system-error.js';
import { imageSample, MOST_IMAGE_BYTES } from './image-sample.js';
import {
  damagedGzip,
  MOST_BYTES_AT_ONCE,
  mostUnpacked,
  overLimit,
  overRatio,
  PACKED,
  readRegularFile,
  unpackGzip,
} from './open-file.js';
import { layoutOfArray, reorderedWords } from './sample-layout.js';
import { openSource, sourceName } from './standard-input.js';

const gibibyte = 2 ** 30;

export interface ReadDataLimits {
  /** Most bytes of memory that reading may take (default 2 GiB). */
  readonly memory?: number;
  /** Most bytes a file may have that is read at once (default 2 GiB, what Node reads at once). */
  readonly fileBytes?: number;
  /** Most bytes a gzip file may unpack to at once (default 1 GiB): a bomb is refused early. */
  readonly unpackedBytes?: number;
  /** Most bytes of a CSV or JSON text (default 256 MiB): texts take several times that in memory. */
  readonly textBytes?: number;
}

/** Chunks, their sum, and the array in its own order and type. */
const WHOLE_COPIES = 4;
/** Bytes of a text that are decoded at a time. */
const TEXT_PIECE = 2 ** 20;
const EXPECTED = 'a data file';
const SMALLER = 'split the file, or save the array as .npy with a narrower type';

export const DATA_FORMATS = ['csv', 'npy', 'json', 'idx', 'png'] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** What a file is, from its first bytes and its name without `.gz`; images only where they are samples. */
function formatOf(head: Uint8Array, name: string, images: boolean): DataFormat {
  if (images && looksLikePng(head)) return 'png';
  refuseOtherKinds(head, ['npy', 'idx', 'text', 'empty'], 'an array (IDX, NPY, CSV or JSON)', {
    gzip: 'it is packed twice: unpack it with gunzip',
    onnx: 'give the inputs, not the network',
  });
  if (name.endsWith('.npy') || looksLikeNpy(head)) return 'npy';
  if (/(?:\.idx\d*|-idx\d-[a-z]+|\.idx\d-[a-z]+)$/.test(name) || looksLikeIdx(head)) return 'idx';
  if (name.endsWith('.json')) return 'json';
  const start = new TextDecoder().decode(head.subarray(0, 4096));
  return /^\s*[[{]/.test(start) ? 'json' : 'csv';
}

function plainName(file: string): string {
  return file.toLowerCase().replace(/\.gz$/, '');
}

/**
 * Reads a whole IDX, NPY, CSV (or TSV, or plain columns) or JSON file, each also gzipped.
 * @throws InputError naming the file, the place in it and the remedy
 */
export function readDataFile(file: string, limits: ReadDataLimits = {}): Tensor {
  const { fileBytes = MOST_BYTES_AT_ONCE, unpackedBytes = gibibyte } = limits;
  return withFileName(file, () => {
    const options = { expected: EXPECTED, limit: fileBytes, tooLarge: SMALLER };
    const bytes = unpackGzip(readRegularFile(file, options), unpackedBytes, SMALLER, PACKED.data);
    const format = formatOf(bytes, plainName(file), false);
    if (format === 'npy') return readNpy(bytes);
    if (format === 'idx') return readIdx(bytes);
    const limit = limits.textBytes ?? gibibyte / 4;
    if (bytes.length > limit) throw overLimit(`${bytes.length} bytes of text`, limit, SMALLER);
    const decoder = textDecoder();
    const parser = format === 'json' ? jsonArrayParser() : csvParser();
    for (let at = 0; at < bytes.length; at += TEXT_PIECE) {
      parser.push(decoder(bytes.subarray(at, at + TEXT_PIECE)));
    }
    parser.push(decoder());
    return 'rows' in parser ? csvTensor(parser) : parser.end();
  });
}

/** What a network takes. */
export interface MapInput {
  /** Of feature maps; null for vectors. */
  readonly samples: MapSamples | null;
  /** The order of the file's samples, where it is said. */
  readonly layout?: SampleLayout;
}

/** A stream of samples from a file, and how far it has been read. */
export interface SampleFile extends SampleStream {
  readonly file: string;
  readonly fileBytes: number;
  /** Bytes of the file (as it is on disk) that were read. */
  readonly bytesRead: () => number;
  /** What was done to its samples unasked, in words; null where nothing. */
  readonly remark: string | null;
  /** Stops reading. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a file of samples of `inputs` numbers each, to be read in batches: IDX, NPY and CSV (and their
 * like) without ever being in memory as a whole, JSON and column-major NPY within the limits of
 * `readDataFile`, and with `maps` one PNG image, which is one sample. The name `-` is standard input. `format` takes the place of what content and name tell.
 * All errors are an `InputError` that names the file, also those of `next`.
 */
export async function openSamples(
  file: string,
  inputs: number,
  limits: ReadDataLimits = {},
  format?: DataFormat,
  maps?: MapInput,
): Promise<SampleFile> {
  return await naming(sourceName(file), async () => {
    const { raw, packed, fileBytes, bytesRead } = await openSource(file, EXPECTED);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        if (!packed) yield* raw;
        else {
          const unpacked = createGunzip();
          raw.on('error', (error) => unpacked.destroy(error));
          yield* withinRatio(raw.pipe(unpacked), () => Math.max(fileBytes, bytesRead()));
        }
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw packed && isZlibError(error) ? damagedGzip(error) : unreadable(error);
      } finally {
        raw.destroy();
      }
    }
    const source = chunks();
    const reader = byteReader(source);
    const size = fileBytes === 0 ? null : { bytes: fileBytes, packed };
    const stream = await streamOf(reader, file, inputs, size, limits, format, maps).catch(
      (error: unknown) => {
        raw.destroy();
        throw error;
      },
    );
    return {
      file: sourceName(file),
      fileBytes,
      count: stream.count,
      remark: stream.remark ?? null,
      next: (most) => naming(sourceName(file), () => stream.next(most)),
      bytesRead,
      async close() {
        raw.destroy();
        await source.return(undefined);
      },
    };
  });
}

/** What a gzip file unpacks to, as far as files of its size may. */
async function* withinRatio(
  unpacked: AsyncIterable<Uint8Array>,
  packedBytes: () => number,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of unpacked) {
    total += chunk.length;
    const packed = packedBytes();
    if (total > mostUnpacked(packed, PACKED.data)) {
      throw overRatio(packed, PACKED.data);
    }
    yield chunk;
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR_)/.test(String(error.code));
}

async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof InputError ? error.inFile(file) : error;
  }
}

async function streamOf(
  reader: ByteReader,
  file: string,
  inputs: number,
  size: { readonly bytes: number; readonly packed: boolean } | null,
  limits: ReadDataLimits,
  given?: DataFormat,
  maps?: MapInput,
): Promise<LaidOutStream> {
  // What is said is not looked for: that would wait for bytes which a program may send one by one.
  const format = given ?? formatOf(await reader.peek(4096), plainName(file), maps !== undefined);
  if (format === 'png') {
    refuseLayout(maps);
    const samples = maps?.samples ?? null;
    return tensorStream(imageSample(await wholeOf(reader, MOST_IMAGE_BYTES), samples), inputs);
  }
  if (format === 'csv') return laidOut(csvStream(reader, inputs), null, maps);
  if (format === 'json') {
    const tensor = await jsonTensor(reader, limits);
    return laidOut(tensorStream(tensor, inputs), tensor.shape, maps);
  }
  const declared: DeclaredArray =
    format === 'npy'
      ? readNpyHeader(await reader.peek(NPY_HEAD_BYTES))
      : readIdxHeader(await reader.peek(IDX_HEAD_BYTES));
  const header: ArrayHeader = checkedArray(declared, size?.packed ? null : (size?.bytes ?? null));
  if (size?.packed) refuseOverRatio(header, size.bytes);
  // One row or one column is the same in both orders.
  const differs = header.shape.filter((length) => length > 1).length > 1;
  if (header.columnMajor && differs) {
    const bytes = header.start + header.count * elementWidth(header.type);
    const needed = IDLE_MEMORY + WHOLE_COPIES * bytes;
    requireMemory(
      needed,
      limits.memory ?? DEFAULT_MEMORY,
      'column-major array',
      'reading it whole',
    );
    const whole = await wholeOf(reader, bytes);
    return laidOut(tensorStream(readNpy(whole), inputs), header.shape, maps);
  }
  const stream = await arrayStream(reader, header, inputs, declared.excessRemedy);
  return laidOut(stream, header.shape, maps);
}

/** A stream, and what was done to its samples unasked. */
interface LaidOutStream extends SampleStream {
  readonly remark?: string;
}

/** The stream with its samples in the network's order; `shape` is null where a sample is a line of numbers. */
function laidOut(
  stream: SampleStream,
  shape: readonly number[] | null,
  maps: MapInput | undefined,
): LaidOutStream {
  const samples = maps?.samples ?? null;
  const asked = maps?.layout;
  const layout = shape === null || samples === null ? asked : layoutOfArray(shape, samples, asked);
  const reorder = reorderingFrom(layout, samples);
  if (reorder === null || layout === undefined || samples === null) return stream;
  return {
    count: stream.count,
    ...(asked === undefined && { remark: reorderedWords(layout, samples) }),
    async next(most) {
      const read = await stream.next(most);
      return read && { ...read, values: reorder(read.values) };
    },
  };
}

/** Of an image it is known in which order its numbers are. */
function refuseLayout(maps: MapInput | undefined): void {
  if (maps?.layout === undefined) return;
  throw new UsageError(
    `option "layout: ${maps.layout}" with an image: its order is known; leave it out`,
  );
}

/** An array of which a gzip file of this size could only unpack a part; nothing is computed from that. */
function refuseOverRatio({ start, count, type }: ArrayHeader, packedBytes: number): void {
  const declared = start + count * elementWidth(type);
  if (declared <= mostUnpacked(packedBytes, PACKED.data)) return;
  throw overRatio(packedBytes, PACKED.data, `its array has ${declared} bytes`);
}

/** The numbers of a JSON text; the text itself is never in memory as a whole. */
async function jsonTensor(reader: ByteReader, limits: ReadDataLimits): Promise<Tensor> {
  const limit = limits.textBytes ?? gibibyte / 4;
  const parser = jsonArrayParser();
  const decoder = textDecoder();
  for (;;) {
    const bytes = await reader.takeSome();
    if (reader.position > limit) throw overLimit('its text', limit, SMALLER);
    parser.push(bytes.length === 0 ? decoder() : decoder(bytes));
    if (bytes.length === 0) return parser.end();
  }
}

/** Everything that is left. */
async function wholeOf(reader: ByteReader, limit: number): Promise<Uint8Array> {
  const bytes = await reader.take(limit + 1);
  if (bytes.length > limit) {
    throw overLimit('its content', limit, 'save it as .npy in row-major order, which is streamed');
  }
  return bytes;
}

/** Decodes a text piece by piece, without an argument what is left at its end. Throws an `InputError`. */
function textDecoder(): (bytes?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (bytes) => {
    try {
      const text = decoder.decode(bytes, { stream: bytes !== undefined });
      if (!text.includes('\0')) return text;
    } catch {
      // Falls through to the one message for everything that is no text.
    }
    throw new InputError({
      place: 'byte 0',
      problem: 'neither IDX nor NPY, and not UTF-8 text',
      remedy: 'give an IDX, NPY, CSV or JSON file (texts saved as UTF-8)',
    });
  };
}
