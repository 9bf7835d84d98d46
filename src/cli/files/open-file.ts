/**
 * Files of users opened with care, the same way for models, data and tickets: regular files only, up to
 * a size, gzip recognised by content and unpacked up to a size.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError, withFileName } from '../../core/errors.js';
import { systemCode, unreadable } from '../system-error.js';

/** What Node reads into one buffer. */
export const MOST_BYTES_AT_ONCE = 2 ** 31 - 1;

export interface OpenOptions {
  /** What is expected, as `a data file`. */
  readonly expected: string;
  /** Most bytes the file may have. */
  readonly limit: number;
  /** What to do about a larger one. */
  readonly tooLarge: string;
}

/** Bytes of a regular file that can be read. Throws an `InputError` without its name. */
export function regularFileSize(file: string, expected: string): number {
  let status: ReturnType<typeof statSync>;
  try {
    status = statSync(file);
  } catch (error) {
    throw unreadable(error);
  }
  refuseUnlessRegular(status, expected);
  return status.size;
}

/** Pipes and devices could block or never end. */
function refuseUnlessRegular(
  status: { isFile(): boolean; isDirectory(): boolean },
  expected: string,
): void {
  if (status.isFile()) return;
  throw new InputError({
    place: '',
    problem: status.isDirectory() ? 'this is a folder' : 'this is not a regular file',
    remedy: `give ${expected}`,
  });
}

/** Opens a regular file for reading; what takes its place meanwhile cannot block either. */
function openRegular(file: string, expected: string): number {
  regularFileSize(file, expected);
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    refuseUnlessRegular(fstatSync(handle), expected);
    return handle;
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** Opens a regular file and closes it after `read`. Throws an `InputError` without the file's name. */
function withOpenFile<T>(file: string, expected: string, read: (handle: number) => T): T {
  try {
    const handle = openRegular(file, expected);
    try {
      return read(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(error);
  }
}

/** The first bytes of a regular file, at most `length`. Throws an `InputError` if it cannot be read. */
export function readHead(file: string, length: number, from = 0): Uint8Array {
  const head = new Uint8Array(length);
  return withFileName(file, () =>
    withOpenFile(file, 'a file', (handle) => {
      let have = 0;
      for (let read = -1; read !== 0 && have < length; have += read) {
        read = readSync(handle, head, have, length - have, from + have);
      }
      return head.subarray(0, have);
    }),
  );
}

/** The bytes of a regular file. Throws an `InputError` without its name. */
export function readRegularFile(file: string, options: OpenOptions): Uint8Array {
  const size = regularFileSize(file, options.expected);
  if (size > options.limit) {
    throw overLimit(`its size of ${size} bytes`, options.limit, options.tooLarge);
  }
  return withOpenFile(file, options.expected, (handle) => readFileSync(handle));
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** What a gzip file may unpack to: whatever its size, and besides for each of its bytes. */
export interface PackedLimit {
  readonly free: number;
  readonly ratio: number;
}

/** Matrices are mostly zeros now and then; lines of samples that pack as well are none. */
export const PACKED = {
  model: { free: 2 ** 25, ratio: 256 },
  data: { free: 2 ** 23, ratio: 16 },
} as const satisfies Record<string, PackedLimit>;

/** Most bytes that a gzip file of this size may unpack to: few files are a bomb, and none that is small. */
export function mostUnpacked(packedBytes: number, { free, ratio }: PackedLimit): number {
  return free + ratio * packedBytes;
}

/** A gzip file that unpacks to more than `mostUnpacked`, or would have to. */
export function overRatio(
  packedBytes: number,
  packed: PackedLimit,
  seen = `it unpacks to more than ${mostUnpacked(packedBytes, packed)} bytes`,
): InputError {
  return new InputError({
    place: 'gzip stream',
    problem: `${seen}, over the limit of ${packed.ratio} times its size and ${packed.free}`,
    remedy: 'if it is trusted, unpack it with gunzip and give the unpacked file',
  });
}

/** The content of a gzip file, or the bytes themselves if they are not one. */
export function unpackGzip(
  bytes: Uint8Array,
  limit: number,
  tooLarge: string,
  packed: PackedLimit = PACKED.model,
): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  const most = mostUnpacked(bytes.length, packed);
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.min(limit, most), chunkSize: 2 ** 18 });
  } catch (error) {
    if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') {
      throw most < limit
        ? overRatio(bytes.length, packed)
        : overLimit('its unpacked size', limit, tooLarge);
    }
    throw damagedGzip(error);
  }
}

export function damagedGzip(error: unknown): InputError {
  return new InputError({
    place: 'gzip stream',
    problem: `cut short or damaged (${systemCode(error) || String(error)})`,
    remedy: 'get the file again, or unpack it with gunzip',
  });
}

export function overLimit(what: string, limit: number, remedy: string): InputError {
  return new InputError({
    place: '',
    problem: `${what} is over the limit of ${limit} bytes`,
    remedy,
  });
}
