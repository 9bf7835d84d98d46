/**
 * A model file from disk to a target network: opened with a size limit, unpacked if it is gzip, and
 * given to the reader that its name, or else its content, calls for.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, sep } from 'node:path';
import { InputError, MisfitError, withFileName } from '../../core/errors.js';
import {
  type FileKindName,
  fileKind,
  KIND_HEAD_BYTES,
  refuseOtherKinds,
} from '../../core/file-kinds.js';
import { DEFAULT_MEMORY, IDLE_MEMORY, requireMemory } from '../../core/limits.js';
import { provideLowering } from '../../integer/own-lowering.js';
import { checkNetwork } from '../../target/check-network.js';
import type { ReadNetwork } from '../../target/network.js';
import { readNnet } from '../../target/nnet.js';
import type { ReadExternal } from '../../target/onnx/read-external.js';
import { readOnnx } from '../../target/onnx/read-onnx.js';
import { quoted } from '../../target/quote.js';
import { unreadable } from '../system-error.js';
import { inFolder, realPlace } from './in-folder.js';
import { MOST_BYTES_AT_ONCE, readRegularFile, regularFileSize, unpackGzip } from './open-file.js';

const SMALLER = 'give a smaller model';

/** What to do with files of unearth where a model is expected. */
const REMEDIES = {
  ticket: 'give the model that it was made from, which it names',
  checkpoint: 'tickets made by training have no model',
  npy: 'give the network, not its inputs',
  idx: 'give the network, not its inputs',
  gzip: 'it is packed twice: unpack it with gunzip',
};

const EXPECTED = 'a model file';
/** A file in memory, and its numbers as float64. */
const COPIES = 3;
/** Of the memory, what a packed file may unpack to: while it does it is there twice. */
const UNPACKED_SHARE = 1 / 4;

/**
 * Reads files that together may take so much memory. Throws an `InputError` before one is read that
 * would not fit.
 */
function boundedReader(fileBytes: number, memory: number) {
  let total = 0;
  const read = (file: string): Uint8Array => {
    total += regularFileSize(file, EXPECTED);
    requireMemory(IDLE_MEMORY + COPIES * total, memory, '', `a model of ${total} bytes`);
    return readRegularFile(file, { expected: EXPECTED, limit: fileBytes, tooLarge: SMALLER });
  };
  return { read, total: () => total };
}

export interface ReadModelLimits {
  /** Most bytes of memory that reading may take (default 2 GiB). */
  readonly memory?: number;
  /** Most bytes the model and each of its external data files may have (default 2 GiB - 1). */
  readonly fileBytes?: number;
  /** Most bytes a gzip file may unpack to (default 1 GiB), so that a bomb is refused early. */
  readonly unpackedBytes?: number;
  /** As of `readModel` of the library. */
  readonly rounding?: 'file' | 'float64';
}

export interface ModelFile extends ReadNetwork {
  /** Of the file and its external data, as they are on disk. */
  readonly fileBytes: number;
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
  const { fileBytes = MOST_BYTES_AT_ONCE, memory = DEFAULT_MEMORY, rounding = 'file' } = limits;
  const unpackedBytes = Math.min(limits.unpackedBytes ?? 2 ** 30, memory * UNPACKED_SHARE);
  // Whatever is done with a model of feature maps from here on takes these parts.
  provideLowering();
  return withFileName(file, () => {
    const files = boundedReader(fileBytes, memory);
    const packed = files.read(file);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    const bytes = unpackGzip(packed, unpackedBytes, SMALLER);
    const format = formatOf(file, bytes);
    const read =
      format === 'nnet'
        ? readNnet(decodeText(bytes))
        : readOnnx(bytes, { readExternal: besideReader(file, files.read), memory, rounding });
    return { ...read, format, name: basename(file), sha256, fileBytes: files.total() };
  });
}

/** The same for what takes networks of fully connected layers only: others are refused by their first layer. */
export function readFullyConnected(file: string, limits: ReadModelLimits = {}): ModelFile {
  const model = readModel(file, limits);
  withFileName(file, () => checkNetwork(model.network, 'model'));
  return model;
}

/** Turns the `MisfitError` of work on a model and a ticket that do not fit into an `InputError`. */
export function refusingMisfits<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    throw new InputError({
      file,
      place: 'the network',
      problem: `it does not fit the ticket: ${error.message}`,
      remedy: 'give the model that the ticket was made from',
    });
  }
}

function formatOf(file: string, bytes: Uint8Array): 'onnx' | 'nnet' {
  const head = bytes.subarray(0, KIND_HEAD_BYTES);
  if (fileKind(head)?.name === 'onnx') return 'onnx';
  // A .nnet text starts with comments or digits.
  if (/^\s*(\/\/|\d+\s*,)/.test(new TextDecoder().decode(head))) return 'nnet';
  const name = file.toLowerCase().replace(/\.gz$/, '');
  const allowed: readonly FileKindName[] = name.endsWith('.nnet') ? ['text'] : [];
  refuseOtherKinds(head, allowed, 'a model (.onnx or .nnet)', REMEDIES);
  // The tag of its IR version, which other writers may follow by what `fileKind` does not know.
  if (bytes[0] === 0x08) return 'onnx';
  if (name.endsWith('.onnx')) return 'onnx';
  if (name.endsWith('.nnet')) return 'nnet';
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

/**
 * Reads files in the model's folder or below it, each once whatever name it has; links that lead out of
 * the folder are refused.
 */
function besideReader(model: string, readBytes: (file: string) => Uint8Array): ReadExternal {
  const files = new Map<string, Uint8Array>();
  return (path) => readBeside(model, path, files, readBytes);
}

function readBeside(
  model: string,
  path: string,
  files: Map<string, Uint8Array>,
  readBytes: (file: string) => Uint8Array,
): Uint8Array {
  const place = `external data ${quoted(path)}`;
  try {
    const folder = realPlace(dirname(model));
    const target = realPlace(inFolder(folder, path));
    if (!target.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw new InputError({
        place,
        problem: 'it lies outside of the folder of the model',
        remedy: 'copy the file beside the model',
      });
    }
    const known = files.get(target);
    if (known !== undefined) return known;
    const bytes = readBytes(target);
    files.set(target, bytes);
    return bytes;
  } catch (error) {
    const { problem, remedy } =
      error instanceof InputError ? error : unreadable(error, 'put the file beside the model');
    throw new InputError({ place, problem, remedy });
  }
}
