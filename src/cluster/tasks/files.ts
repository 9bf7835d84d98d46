/**
 * The files that a worker has: tickets and data in a folder, named by the SHA-256 of their bytes. A job names
 * a file by it, and by nothing else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/errors.js';

/** Also the ending of the file's name. */
export type FileKind = 'ticket' | 'data';

interface FileFolder {
  readonly folder: string | null;
  /** Bytes that a proof may take, and a file have. */
  readonly memory: number;
}

let place: FileFolder | undefined;

/** Says where files lie. */
export function filesIn(folder: FileFolder): void {
  place = folder;
}

/** What a job may take here. */
export function jobMemory(): number {
  if (place === undefined) throw new RangeError('nobody has said where files lie');
  return place.memory;
}

/** The name of a file in a shared folder. */
export function nameOfFile(kind: FileKind, digest: string): string {
  return `${digest}.${kind}`;
}

const AT_ONCE = 2 ** 24;

/** A whole file of at most `limit` bytes, and its digest. */
export function readDigested(file: string, limit: number): { bytes: Uint8Array; digest: string } {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    if (size > limit) {
      throw new InputError({
        file,
        place: '',
        problem: `${size} bytes, over the limit of ${limit}`,
        remedy: 'give workers more memory',
      });
    }
    const bytes = new Uint8Array(size);
    const hash = createHash('sha256');
    let at = 0;
    while (at < size) {
      const read = readSync(handle, bytes, at, Math.min(AT_ONCE, size - at), at);
      // Cut meanwhile: what there is has another digest.
      if (read === 0) break;
      hash.update(bytes.subarray(at, at + read));
      at += read;
    }
    return { bytes, digest: hash.digest('hex') };
  } finally {
    closeSync(handle);
  }
}

/** The SHA-256 of what lies in a file, of any size. */
export function digestOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const hash = createHash('sha256');
    const part = new Uint8Array(AT_ONCE);
    for (let read = -1; read !== 0; ) {
      read = readSync(handle, part, 0, part.length, null);
      hash.update(part.subarray(0, read));
    }
    return hash.digest('hex');
  } finally {
    closeSync(handle);
  }
}

/**
 * Puts a file into its place if, once `write` has made it beside it, it has the digest: whole, or not at all.
 * Returns the digest that it has.
 */
export function putWhole(place: string, digest: string, write: (partial: string) => void): string {
  const partial = partialOf(place);
  try {
    write(partial);
    return settle(partial, place, digest);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** A name beside a file that nobody else takes: machines that share a folder have the same process ids. */
export function partialOf(place: string): string {
  return `${place}.${randomBytes(8).toString('hex')}.part`;
}

/** Gives a file its place if what lies there, whatever was meant to, has the digest. */
export function settle(partial: string, place: string, digest: string): string {
  const own = digestOf(partial);
  if (own === digest) renameSync(partial, place);
  return own;
}

/** The file of a digest, which its bytes must have. Throws an `InputError` where there is none. */
export function fileOf(kind: FileKind, digest: string): { bytes: Uint8Array; file: string } {
  const missing = (problem: string, remedy: string): InputError =>
    // Of the worker's folder, not of the ticket itself: another worker may have it.
    new InputError({ file: `${kind} ${digest}`, place: '', problem, remedy });
  if (place === undefined || place.folder === null) {
    throw missing(
      'this worker has no folder of files',
      'start it with a folder that it shares with whoever asks',
    );
  }
  const file = path.join(place.folder, nameOfFile(kind, digest));
  if (!existsSync(file)) {
    throw missing(
      'it is not here, and the queue does not have it',
      'name the same shared folder to the workers and to the command that asks',
    );
  }
  const { bytes, digest: own } = readDigested(file, place.memory);
  if (own !== digest) {
    throw new InputError({
      file,
      place: '',
      problem: `its SHA-256 is ${own}`,
      remedy: `remove it and put the ${kind} there again`,
    });
  }
  return { bytes, file };
}
