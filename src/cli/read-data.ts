/**
 * A data file from disk to a tensor: opened with a size limit, unpacked if it is gzip, and given to
 * the reader that its content, or else its name, calls for.
 */
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError, withFileName } from '../core/errors.js';
import { readCsv } from '../data/csv.js';
import { looksLikeIdx, readIdx } from '../data/idx.js';
import { readJsonArray } from '../data/json-array.js';
import { looksLikeNpy, readNpy } from '../data/npy.js';
import type { Tensor } from '../data/tensor.js';

const gibibyte = 2 ** 30;

export interface ReadDataLimits {
  /** Most bytes a file may have (default 2 GiB, what Node reads at once). */
  readonly fileBytes?: number;
  /** Most bytes a gzip file may unpack to (default 1 GiB), so that a bomb is refused early. */
  readonly unpackedBytes?: number;
  /** Most bytes of a CSV or JSON text (default 256 MiB): texts take several times that in memory. */
  readonly textBytes?: number;
}

/**
 * Reads IDX, NPY, CSV (or TSV, or plain columns) and JSON, each also gzipped.
 * @throws InputError naming the file, the place in it and the remedy
 */
export function readDataFile(file: string, limits: ReadDataLimits = {}): Tensor {
  return withFileName(file, () => {
    const packed = readBytes(file, limits.fileBytes ?? 2 * gibibyte - 1);
    const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
    const bytes = isGzip ? unpack(packed, limits.unpackedBytes ?? gibibyte) : packed;
    const name = file.toLowerCase().replace(/\.gz$/, '');
    return readContent(bytes, name, limits.textBytes ?? gibibyte / 4);
  });
}

function readContent(bytes: Uint8Array, name: string, textBytes: number): Tensor {
  if (name.endsWith('.npy') || looksLikeNpy(bytes)) return readNpy(bytes);
  if (/(?:\.idx\d*|-idx\d-[a-z]+|\.idx\d-[a-z]+)$/.test(name) || looksLikeIdx(bytes)) {
    return readIdx(bytes);
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new InputError({
      place: 'byte 0',
      problem: 'a ZIP archive (.npz is one)',
      remedy: 'unpack it and give one of its .npy files',
    });
  }
  const text = decodeText(bytes, textBytes);
  if (name.endsWith('.json') || /^\s*[[{]/.test(text)) return readJsonArray(text);
  return readCsv(text);
}

function readBytes(file: string, limit: number): Uint8Array {
  try {
    const status = statSync(file);
    if (!status.isFile()) {
      throw new InputError({
        place: '',
        problem: status.isDirectory() ? 'this is a folder' : 'not a regular file',
        remedy: 'give a data file',
      });
    }
    if (status.size > limit) throw tooLarge(`${status.size} bytes`, limit);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({
      place: '',
      problem: `cannot be read (${errorCode(error)})`,
      remedy: 'check its name and your right to read it',
    });
  }
}

function unpack(packed: Uint8Array, limit: number): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: limit });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('its unpacked size', limit);
    throw new InputError({
      place: 'gzip stream',
      problem: `cut short or damaged (${errorCode(error)})`,
      remedy: 'get the file again, or unpack it with gunzip',
    });
  }
}

function decodeText(bytes: Uint8Array, limit: number): string {
  if (bytes.length > limit) throw tooLarge(`${bytes.length} bytes of text`, limit);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Falls through to the one message for everything that is no text.
  }
  throw new InputError({
    place: 'byte 0',
    problem: 'neither IDX nor NPY, and not UTF-8 text',
    remedy: 'give an IDX, NPY, CSV or JSON file (texts saved as UTF-8)',
  });
}

function tooLarge(what: string, limit: number): InputError {
  return new InputError({
    place: '',
    problem: `${what} is over the limit of ${limit} bytes`,
    remedy: 'split the file, or save the array as .npy with a narrower type',
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
