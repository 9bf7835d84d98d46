/**
 * Output files: written beside their place and renamed, so that nobody ever sees half of one; an
 * existing file is replaced only if it is this program's own, or by --force.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { InputError } from '../core/errors.js';

/** The temporary name of an output file: in the same folder, so that renaming is atomic. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.part`);
}

/**
 * Throws an `InputError` if writing `file` would replace something that is not this program's own
 * (`isOwn` sees its first bytes), or if its folder is missing. Call before the work, not after it.
 */
export function checkReplaceable(
  file: string,
  force: boolean,
  isOwn: (head: Uint8Array) => boolean,
  headBytes: number,
): void {
  const folder = path.dirname(file);
  if (!existsSync(folder)) {
    throw new InputError({
      file,
      place: '',
      problem: `there is no folder ${folder}`,
      remedy: 'make it first',
    });
  }
  if (!existsSync(file)) return;
  if (statSync(file).isDirectory()) {
    throw new InputError({
      file,
      place: '',
      problem: 'this is a folder',
      remedy: 'name a file',
    });
  }
  if (force) return;
  if (!isOwn(readHead(file, headBytes))) {
    throw new InputError({
      file,
      place: '',
      problem: 'it exists and was not written by unearth',
      remedy: 'choose another name, or give --force',
    });
  }
}

/** The first bytes of a file, at most `length`. Throws an `InputError` if it cannot be read. */
export function readHead(file: string, length: number): Uint8Array {
  const head = new Uint8Array(length);
  try {
    const handle = openSync(file, 'r');
    try {
      return head.subarray(0, readSync(handle, head, 0, length, 0));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError({
      file,
      place: '',
      problem: `it cannot be read (${code})`,
      remedy: 'check its name and your right to read it',
    });
  }
}

/** A file that is being written beside its place. */
export interface OutputFile {
  /** Adds bytes at the end. */
  write(part: Uint8Array): void;
  /** Overwrites bytes from `position` on, which were written before. */
  overwrite(part: Uint8Array, position: number): void;
  /** Puts the file in its place and returns its size in bytes. */
  commit(): number;
  /** Removes what was written; to be called if anything fails. */
  discard(): void;
}

/** Opens `temporary`, to become `file`. All methods throw an `InputError` if they cannot do it. */
export function openOutput(file: string, temporary: string): OutputFile {
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw unwritable(file, error);
    }
  };
  let handle: number | null = attempt(() => openSync(temporary, 'w'));
  let written = 0;
  const close = (): void => {
    if (handle !== null) closeSync(handle);
    handle = null;
  };
  const writeAt = (part: Uint8Array, position: number): void =>
    attempt(() => {
      if (handle === null) throw new Error('the file is closed');
      // One call writes at most 2 GiB, and may write less than asked.
      for (let at = 0; at < part.length; ) {
        at += writeSync(handle, part, at, part.length - at, position + at);
      }
    });
  return {
    write(part) {
      writeAt(part, written);
      written += part.length;
    },
    overwrite: writeAt,
    commit() {
      attempt(() => {
        close();
        renameSync(temporary, file);
      });
      return written;
    },
    discard() {
      close();
      rmSync(temporary, { force: true });
    },
  };
}

function unwritable(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '') return error;
  return new InputError({
    file,
    place: '',
    problem: `it cannot be written (${code})`,
    remedy: 'check the folder and the space left on it',
  });
}

/** Writes the parts to `temporary` and renames it to `file`; removes it if anything fails. */
export function writeParts(file: string, temporary: string, parts: Iterable<Uint8Array>): number {
  const output = openOutput(file, temporary);
  try {
    for (const part of parts) output.write(part);
    return output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}
