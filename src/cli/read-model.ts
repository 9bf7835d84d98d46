/**
 * A model file from disk to a target network: opened with a size limit, unpacked if it is gzip, and
 * given to the reader that its name, or else its content, calls for.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError, withFileName } from '../core/errors.js';
import type { ReadNetwork } from '../target/network.js';
import { readNnet } from '../target/nnet.js';
import { readOnnx } from '../target/onnx/read-onnx.js';
import { quoted } from '../target/quote.js';

const gibibyte = 2 ** 30;

export interface ReadModelLimits {
  /** Most bytes the model and each of its external data files may have (default 2 GiB - 1). */
  readonly fileBytes?: number;
  /** Most bytes a gzip file may unpack to (default 1 GiB), so that a bomb is refused early. */
  readonly unpackedBytes?: number;
}

export interface ModelFile extends ReadNetwork {
  readonly format: 'onnx' | 'nnet';
  /** File name without folders. */
  readonly name: string;
  /** Lower-case hexadecimal digest of the file as it is on disk, without external data files. */
  readonly sha256: string;
}

/**
 * Reads `.onnx` and `.nnet` files, each also gzipped (recognised by content). External data of an
 * ONNX file is read from the model's folder and below, nowhere else.
 * @throws InputError naming the file, the place in it and the remedy
 */
export function readModel(file: string, limits: ReadModelLimits = {}): ModelFile {
  const { fileBytes = 2 * gibibyte - 1, unpackedBytes = gibibyte } = limits;
  return withFileName(file, () => {
    const packed = readBytes(file, fileBytes);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
    const bytes = isGzip ? unpack(packed, unpackedBytes) : packed;
    const format = formatOf(file, bytes);
    const read =
      format === 'nnet'
        ? readNnet(decodeText(bytes))
        : readOnnx(bytes, { readExternal: (path) => readBeside(file, path, fileBytes) });
    return { ...read, format, name: basename(file), sha256 };
  });
}

function formatOf(file: string, bytes: Uint8Array): 'onnx' | 'nnet' {
  const name = file.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.onnx')) return 'onnx';
  if (name.endsWith('.nnet')) return 'nnet';
  // A .nnet text starts with comments or digits, an ONNX message with the tag of its IR version.
  if (bytes[0] === 0x08) return 'onnx';
  const start = new TextDecoder().decode(bytes.subarray(0, 200));
  if (/^\s*(\/\/|\d+\s*,)/.test(start)) return 'nnet';
  throw new InputError({
    place: 'byte 0',
    problem: 'neither ONNX nor .nnet',
    remedy: 'give an .onnx or .nnet file',
  });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError({
      place: 'byte 0',
      problem: 'not UTF-8 text, or too long',
      remedy: 'give a .nnet file as text',
    });
  }
}

/** A file in the model's folder or below it; links that lead out of the folder are refused. */
function readBeside(model: string, path: string, limit: number): Uint8Array {
  const place = `external data ${quoted(path)}`;
  try {
    const folder = realpathSync(dirname(model));
    const target = realpathSync(join(folder, path));
    if (!target.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw new InputError({
        place,
        problem: 'it lies outside of the folder of the model',
        remedy: 'copy the file beside the model',
      });
    }
    return readBytes(target, limit);
  } catch (error) {
    const { problem, remedy } =
      error instanceof InputError ? error : unreadable(error, 'put the file beside the model');
    throw new InputError({ place, problem, remedy });
  }
}

function readBytes(file: string, limit: number): Uint8Array {
  try {
    const status = statSync(file);
    // Pipes and devices could block or never end.
    if (!status.isFile()) {
      throw new InputError({
        place: '',
        problem: status.isDirectory() ? 'this is a folder' : 'this is not a regular file',
        remedy: 'give a model file',
      });
    }
    if (status.size > limit) throw tooLarge(`its size of ${status.size} bytes`, limit);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unreadable(error, 'check its name and your right to read it');
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

function unreadable(error: unknown, remedy: string): InputError {
  return new InputError({ place: '', problem: `cannot be read (${errorCode(error)})`, remedy });
}

function tooLarge(what: string, limit: number): InputError {
  return new InputError({
    place: '',
    problem: `${what} is over the limit of ${limit} bytes`,
    remedy: 'give a smaller model',
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
