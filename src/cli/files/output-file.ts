/**
 * Output files: written under a name of their own in the folder where they belong, and put in their
 * place whole. The name is drawn at random and the file is made before the work begins, so that a place
 * that cannot be written is found out first and nothing that others put there is written through.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { InputError } from '../../core/errors.js';
import { forgetTemporary, removeAtExit } from '../exit-guard.js';
import { cannotWrite, systemCode } from '../system-error.js';
import { beside } from './in-folder.js';
import {
  checkPlace,
  type FileIdentity,
  type FilePlace,
  identityAt,
  isUnchanged,
  type NamedFile,
  type OutputRequest,
  openInPlace,
  type Replaces,
  refuseCollisions,
  refuseSpecialFiles,
} from './output-place.js';

/** A file that may be written: plain data, so that it can go to the thread that does the work. */
export interface Output {
  readonly file: string;
  /** In the same folder, and there. Whoever made it removes it when the process ends. */
  readonly temporary: string;
  /** What the temporary file is, so that no other is written in its stead. */
  readonly made: FilePlace;
  readonly replaces: Replaces;
}

/** Short, since a folder may allow names of no more than 255 bytes and the output's may have as many. */
function temporaryName(file: string): string {
  return beside(file, `.unearth-${randomBytes(9).toString('base64url')}.part`);
}

/** Makes the temporary file of an output whose place was checked. Throws an `InputError`. */
function makeTemporary(file: string, replaces: Replaces): Output {
  const temporary = temporaryName(file);
  try {
    removeAtExit(temporary);
    // Exclusive: neither a file that is there nor a link that was planted is opened. The mode is
    // what umask leaves of it.
    const handle = openSync(temporary, 'wx', 0o666);
    try {
      const { dev, ino } = fstatSync(handle, { bigint: true });
      return { file, temporary, made: { device: dev, inode: ino }, replaces };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

type Taken<Requests extends readonly (OutputRequest | undefined)[]> = {
  [Index in keyof Requests]: Requests[Index] extends OutputRequest ? Output : Output | undefined;
};

/**
 * Takes the places of all output files of a command before its work, in the order given; an entry that
 * is undefined stays so. `writtenInPlace` are outputs that are opened where they stand. Throws an `InputError`
 * where one may not or cannot be written, a `UsageError` where two of them, or one and an input, are the same
 * file.
 */
export function takeOutputs<Requests extends readonly (OutputRequest | undefined)[]>(
  requests: Requests,
  inputs: readonly (NamedFile | undefined)[] = [],
  writtenInPlace: readonly NamedFile[] = [],
): Taken<Requests> {
  const isThere = <T>(named: T | undefined): named is T => named !== undefined;
  // Special files first: a device has the same identity under all its names.
  for (const request of requests) if (request !== undefined) refuseSpecialFiles(request.file);
  refuseCollisions([...requests.filter(isThere), ...writtenInPlace], inputs.filter(isThere));
  const places = requests.map((request) => request && checkPlace(request));
  const outputs = requests.map((request, index) => {
    const replaces = places[index];
    return request && replaces && makeTemporary(request.file, replaces);
  });
  return outputs as Taken<Requests>;
}

/** The place of one output that is taken and written at once. */
export function takeOutput(request: OutputRequest): Output {
  return takeOutputs([request] as const)[0];
}

/** The place again, for the next version of a file that was `written` there. */
export function takeAgain(file: string, written: FileIdentity): Output {
  return makeTemporary(file, written);
}

/** Leaves a place that was taken as it was. */
export function giveUp({ temporary }: Output): void {
  rmSync(temporary, { force: true });
  forgetTemporary(temporary);
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

/** Opens an output for writing. All methods throw an `InputError` if they cannot do it. */
export function openOutput(output: Output): OutputFile {
  const { file, temporary } = output;
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(file, error);
    }
  };
  let handle: number | null = attempt(() => openMade(output));
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
        putInPlace(output);
        forgetTemporary(temporary);
      });
      return written;
    },
    discard() {
      close();
      giveUp(output);
    },
  };
}

/** The temporary file as it was made; another one of its name is refused. */
function openMade({ file, temporary, made }: Output): number {
  const handle = openInPlace(temporary, constants.O_WRONLY);
  const { dev, ino } = fstatSync(handle, { bigint: true });
  if (dev === made.device && ino === made.inode) return handle;
  closeSync(handle);
  throw new InputError({
    file,
    place: '',
    problem: `its temporary file ${temporary} was exchanged by somebody`,
    remedy: 'write to a folder that only you can write',
  });
}

/** What a file system answers that knows no hard links. */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'];

/**
 * Where nothing stood, a hard link is made, which fails if something has appeared: nothing can come
 * between. What was looked at before is looked at again and replaced by renaming: between these two
 * calls, microseconds, a change by others goes unseen, and so it does where there are no hard links.
 */
function putInPlace({ file, temporary, replaces }: Output): void {
  const now = identityAt(file);
  if (replaces === 'anything' || now !== null) {
    if (replaces === 'anything') refuseSpecialFiles(file);
    else if (now !== null && (replaces === 'nothing' || !isUnchanged(now, replaces))) {
      throw appeared(file);
    }
    renameSync(temporary, file);
    return;
  }
  try {
    linkSync(temporary, file);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw appeared(file);
    if (!NO_LINKS.includes(code)) throw error;
    renameSync(temporary, file);
    return;
  }
  unlinkSync(temporary);
}

function appeared(file: string): InputError {
  return new InputError({
    file,
    place: '',
    problem: 'somebody else wrote it while this ran, and it is left as it is',
    remedy: 'choose another name, or give --force',
  });
}

/** Writes the parts and puts the file in its place; removes it if anything fails. Returns its size. */
export function writeParts(output: Output, parts: Iterable<Uint8Array>): number {
  const opened = openOutput(output);
  try {
    for (const part of parts) opened.write(part);
    return opened.commit();
  } catch (error) {
    opened.discard();
    throw error;
  }
}

/** Writes a text whose place is taken now. */
export function writeText(request: OutputRequest, text: string): number {
  return writeParts(takeOutput(request), [new TextEncoder().encode(text)]);
}

/** Removes a file that this process wrote, unless somebody has changed it since. */
export function removeOwn(file: string, written: FileIdentity): void {
  const now = identityAt(file);
  if (now !== null && isUnchanged(now, written)) rmSync(file, { force: true });
}
