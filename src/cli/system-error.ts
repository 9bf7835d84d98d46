/**
 * What the operating system says of files that users named, as typed errors: the one place where its
 * codes become words. Whatever nobody caught before passes here on its way out of a job and of `main`.
 */
import { InputError } from '../core/errors.js';

/** Codes that come from the user's files and machine, with what to do about each. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'check your rights to the file and to its folder',
  EPERM: 'check your rights to the file and to its folder',
  EROFS: 'name a place that can be written',
  ENOENT: 'check its name',
  ENOTDIR: 'a part of its path is a file: name a folder there',
  EISDIR: 'name a file',
  ELOOP: 'its links lead in a circle: name the file itself',
  ENAMETOOLONG: 'give a shorter name',
  ENXIO: 'name a regular file',
  ENODEV: 'name a regular file',
  EBUSY: 'wait until nobody else uses it',
  ETXTBSY: 'wait until nobody else uses it',
  EMFILE: 'allow the process more open files',
  ENFILE: 'close other programs',
  ENOSPC: 'make space there',
  EDQUOT: 'make space there',
  EFBIG: 'name a place that takes files of this size',
  EIO: 'check the disk',
  ESTALE: 'try again',
  EPIPE: 'keep the reader running',
};

/** The code of an error of the operating system; empty for other errors. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

export function remedyOf(code: string): string {
  return REMEDIES[code] ?? 'check the file and its folder';
}

/** What some codes mean, where the remedy alone does not say it. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder',
  EMFILE: 'too many files are open',
};

/** An `InputError` without the file's name: something cannot be read, whatever the reason. */
export function unreadable(error: unknown, remedy?: string): InputError {
  const code = systemCode(error) || String(error);
  const meaning = MEANINGS[code];
  return new InputError({
    place: '',
    problem: `cannot be read (${meaning === undefined ? code : `${code}: ${meaning}`})`,
    remedy: remedy ?? remedyOf(code),
  });
}

/** An `InputError` that `file` cannot be read; the error itself if the system had no part in it. */
export function cannotRead(file: string, error: unknown): unknown {
  const isOfSystem = !(error instanceof InputError) && systemCode(error) !== '';
  return isOfSystem ? unreadable(error).inFile(file) : error;
}

/** An `InputError` that `file` cannot be written; the error itself if the system had no part in it. */
export function cannotWrite(file: string, error: unknown): unknown {
  return refused(file, 'it cannot be written', error);
}

function refused(file: string, problem: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof InputError || code === '') return error;
  return new InputError({
    file,
    place: '',
    problem: `${problem} (${code})`,
    remedy: remedyOf(code),
  });
}

/** Any error, those of the operating system about files as an `InputError` that names the file. */
export function typedError(error: unknown): unknown {
  const code = systemCode(error);
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new InputError({
      place: 'memory',
      problem: 'the work needs more than the JavaScript engine gives to it',
      remedy: 'give a smaller input, or more with NODE_OPTIONS=--max-old-space-size=8192',
    });
  }
  if (!Object.hasOwn(REMEDIES, code) || !(error instanceof Error) || !('syscall' in error)) {
    return error;
  }
  const file = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  return refused(file, `the system refuses to ${String(error.syscall)} it`, error);
}
