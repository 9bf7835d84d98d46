/**
 * Samples that come in batches from a file that may be larger than memory: the streaming counterpart of
 * the whole-file readers, with the same rules and the same errors.
 */
import { InputError } from '../core/errors.js';
import { type ArrayHeader, excessBytes } from './array-header.js';
import type { ByteReader } from './byte-reader.js';
import { csvParser } from './csv.js';
import { elementWidth, readElements } from './elements.js';
import { asSamples, type Samples, widthProblem, wrongWidth } from './samples.js';
import type { Tensor } from './tensor.js';

export interface SampleStream {
  /** Number of samples, if that is known before they are read. */
  readonly count: number | null;
  /**
   * The next samples, at most `most` (at least 1); null after the last. Throws an `InputError` that
   * names the place.
   */
  next(most: number): Promise<Samples | null>;
}

/** The samples of a tensor that is in memory. */
export function tensorStream(tensor: Tensor, inputs: number): SampleStream {
  const { count, values } = asSamples(tensor, inputs);
  let from = 0;
  return {
    count,
    async next(most) {
      if (from === count) return null;
      const to = Math.min(count, from + most);
      const batch = {
        count: to - from,
        inputs,
        values: values.subarray(from * inputs, to * inputs),
      };
      from = to;
      return batch;
    },
  };
}

/**
 * The samples of a row-major IDX or NPY file, of which `reader` has read nothing. `excessRemedy` is
 * what to do about bytes after the last one.
 */
export async function arrayStream(
  reader: ByteReader,
  header: ArrayHeader,
  inputs: number,
  excessRemedy: string,
): Promise<SampleStream> {
  const { shape, type, littleEndian, start } = header;
  const count = header.count === inputs ? 1 : (shape[0] as number);
  if (header.count !== count * inputs) throw wrongWidth(shape, header.count, inputs);
  const sampleBytes = inputs * elementWidth(type);
  await reader.take(start);
  let from = 0;
  return {
    count,
    async next(most) {
      if (from === count) return null;
      const size = Math.min(most, count - from);
      const bytes = await reader.take(size * sampleBytes);
      if (bytes.length < size * sampleBytes) {
        throw new InputError({
          place: `byte ${reader.position}`,
          problem: `the file ends in sample ${from + Math.floor(bytes.length / sampleBytes)} of ${count}`,
          remedy: 'it is cut short or damaged: get it again',
        });
      }
      const values = readElements(bytes, type, littleEndian, shape, from * inputs);
      from += size;
      if (from === count) await expectEnd(reader, shape, excessRemedy);
      return { count: size, inputs, values };
    },
  };
}

/** Also reads what a packed file has after its last byte: its checksum. */
async function expectEnd(
  reader: ByteReader,
  shape: readonly number[],
  remedy: string,
): Promise<void> {
  const end = reader.position;
  const excess = await reader.takeSome();
  if (excess.length > 0) throw excessBytes(end, `at least ${excess.length}`, shape, remedy);
}

/** The samples of a table of numbers, one a line; or one sample, one number a line. */
export function csvStream(reader: ByteReader, inputs: number): SampleStream {
  const parser = csvParser();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let ended = false;

  async function more(): Promise<void> {
    const bytes = await reader.takeSome();
    const place = reader.position - bytes.length;
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: bytes.length > 0 });
    } catch {
      throw noText(place);
    }
    if (text.includes('\0')) throw noText(place);
    parser.push(text);
    if (bytes.length > 0) return;
    ended = true;
    parser.end();
  }

  /** A column of as many numbers as the network has inputs is one sample. */
  async function column(): Promise<Samples> {
    const { columns } = parser;
    // One number too many is enough to know.
    while (!ended && parser.rows * columns <= inputs) await more();
    if (parser.rows * columns !== inputs) {
      throw new InputError({
        place: 'first line of numbers',
        problem: widthProblem(columns, inputs),
        remedy: `give ${inputs} values per line, one sample each`,
      });
    }
    return { count: 1, inputs, values: parser.take(parser.rows) };
  }

  return {
    count: null,
    async next(most) {
      while (!ended && parser.rows < most && !(parser.columns > 0 && parser.columns !== inputs)) {
        await more();
      }
      if (parser.rows === 0) return null;
      if (parser.columns !== inputs) return column();
      const count = Math.min(most, parser.rows);
      return { count, inputs, values: parser.take(count) };
    },
  };
}

function noText(byte: number): InputError {
  return new InputError({
    place: `bytes from ${byte} on`,
    problem: 'neither IDX nor NPY, and not UTF-8 text',
    remedy: 'give an IDX, NPY, CSV or JSON file (texts saved as UTF-8)',
  });
}
