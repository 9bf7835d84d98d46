/**
 * The places of output files, looked at before the work begins: what stands there may only be replaced
 * if it is this program's own, or by --force; links, devices and pipes are never written through; and
 * no two files of one command may be the same.
 */
import { constants, lstatSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { InputError, UsageError } from '../../core/errors.js';
import { cannotWrite, systemCode } from '../system-error.js';
import { inFolder, realPlace } from './in-folder.js';
import { readHead } from './open-file.js';

/** Tells a file from every other one, and from itself after a change. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly bytes: bigint;
  readonly modified: bigint;
}

/** What an output may replace: nothing, the file that was looked at, or with --force any file. */
export type Replaces = 'nothing' | 'anything' | FileIdentity;

/** Which files are this program's own, so that they may be replaced without --force. */
export interface OwnFiles {
  /** What is written there, as `a ticket`. */
  readonly what: string;
  readonly headBytes: number;
  /** Whether a file is one, by its first `headBytes` bytes. */
  is(head: Uint8Array): boolean;
}

/** Text files that begin with `head`, which is ASCII. */
export function textFiles(what: string, head: string): OwnFiles {
  return { what, headBytes: head.length, is: (bytes) => new TextDecoder().decode(bytes) === head };
}

/** A file named on the command line. */
export interface NamedFile {
  /** The option or argument that names it. */
  readonly option: string;
  readonly file: string;
}

export interface OutputRequest extends NamedFile {
  readonly force: boolean;
  /** Absent: no existing file is replaced without --force. */
  readonly own?: OwnFiles;
}

type Status = NonNullable<ReturnType<typeof statusOf>>;

/** Of the file, or of the link itself; null where there is none. */
function statusOf(file: string, look: typeof lstatSync | typeof statSync = lstatSync) {
  try {
    return look(file, { bigint: true });
  } catch (error) {
    // Below a file there is nothing either; that the folder is none is told when it is looked at.
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null;
    throw cannotWrite(file, error);
  }
}

function identityOf({ dev, ino, size, mtimeNs }: Status): FileIdentity {
  return { device: dev, inode: ino, bytes: size, modified: mtimeNs };
}

/** The file that stands there now; null where there is none. */
export function identityAt(file: string): FileIdentity | null {
  const status = statusOf(file);
  return status && identityOf(status);
}

/** A file's place on its disk, which stays when it is written or renamed. */
export type FilePlace = Pick<FileIdentity, 'device' | 'inode'>;

export function isSameFile(one: FilePlace, other: FilePlace): boolean {
  return one.device === other.device && one.inode === other.inode;
}

/** The same file, and not written since. */
export function isUnchanged(one: FileIdentity, other: FileIdentity): boolean {
  return isSameFile(one, other) && one.bytes === other.bytes && one.modified === other.modified;
}

function refuse(file: string, problem: string, remedy: string): never {
  throw new InputError({ file, place: '', problem, remedy });
}

/** What else than a file stands there. */
function describeKind(status: Status): string {
  if (status.isDirectory()) return 'this is a folder';
  if (status.isFIFO()) return 'this is a pipe';
  if (status.isSocket()) return 'this is a socket';
  return 'this is a device';
}

/** Throws an `InputError` if what stands there is no regular file, nor a link to one or to nothing. */
export function refuseSpecialFiles(file: string): void {
  const status = statusOf(file, statSync);
  if (status !== null && !status.isFile()) {
    refuse(file, describeKind(status), 'name a regular file');
  }
}

/** Where the sticky bit lets only owners replace files, as in /tmp. */
function isOthersInStickyFolder(status: Status, folder: string): boolean {
  const user = process.geteuid?.();
  if (user === undefined || user === 0) return false;
  const { mode, uid } = statSync(folder);
  return (mode & 0o1000) !== 0 && uid !== user && status.uid !== BigInt(user);
}

/**
 * Looks at the place of an output. Throws an `InputError` if its folder is missing or if writing it
 * would replace what may not be replaced.
 */
export function checkPlace({ file, force, own }: OutputRequest): Replaces {
  const name = path.basename(file);
  const isFolderName = file.endsWith('/') || file.endsWith(path.sep);
  if (isFolderName || ['', '.', '..'].includes(name)) {
    refuse(file === '' ? '""' : file, 'this is no name of a file', 'name a file');
  }
  const folder = path.dirname(file);
  const folderStatus = statusOf(folder, statSync);
  if (folderStatus === null) refuse(file, `there is no folder ${folder}`, 'make it first');
  if (!folderStatus.isDirectory()) refuse(file, `${folder} is not a folder`, 'name a folder there');
  const status = statusOf(file);
  if (status === null) return force ? 'anything' : 'nothing';
  refuseSpecialFiles(file);
  if (isOthersInStickyFolder(status, folder)) {
    refuse(file, 'it belongs to another user, in a folder shared with you', 'choose another name');
  }
  if (force) return 'anything';
  const remedy = 'choose another name, or give --force';
  if (status.isSymbolicLink()) refuse(file, 'it is a link, which is not followed', remedy);
  if (own === undefined) refuse(file, 'it exists', remedy);
  if (!own.is(readHead(file, own.headBytes))) {
    refuse(file, `it exists and is not ${own.what} written by unearth`, remedy);
  }
  return identityOf(status);
}

/** The folder without links, and the name in it: equal for two ways of naming one place. */
function resolved(file: string): string {
  try {
    return inFolder(realPlace(path.dirname(file)), path.basename(file));
  } catch {
    return path.resolve(file);
  }
}

/** The file that is read or replaced there, through links; null where there is none. */
function target(file: string): FileIdentity | null {
  try {
    return identityOf(statSync(file, { bigint: true }));
  } catch {
    return null;
  }
}

/** Whether two paths lead to one place, or to one file. */
export function isOnePlace(one: string, other: string): boolean {
  const [first, second] = [target(one), target(other)];
  return (
    resolved(one) === resolved(other) ||
    (first !== null && second !== null && isSameFile(first, second))
  );
}

/**
 * Throws a `UsageError` if two outputs, or an output and an input, are one file: by path, or by a link
 * of either kind. `inputs` that are not there are passed over.
 */
export function refuseCollisions(
  outputs: readonly NamedFile[],
  inputs: readonly NamedFile[] = [],
): void {
  const places = new Map<string, NamedFile>();
  const files: { readonly named: NamedFile; readonly identity: FileIdentity }[] = [];
  const clash = (named: NamedFile, identity: FileIdentity | null): NamedFile | undefined =>
    places.get(resolved(named.file)) ??
    (identity === null
      ? undefined
      : files.find((other) => isSameFile(other.identity, identity))?.named);
  const add = (named: NamedFile, identity: FileIdentity | null): void => {
    places.set(resolved(named.file), named);
    if (identity !== null) files.push({ named, identity });
  };
  for (const input of inputs) {
    const identity = target(input.file);
    if (identity !== null) add(input, identity);
  }
  for (const output of outputs) {
    const identity = target(output.file);
    const other = clash(output, identity);
    if (other !== undefined) {
      const others = outputs.includes(other) ? 'are' : 'would be written over: they are';
      throw new UsageError(
        `${output.option} ${output.file} and ${other.option} ${other.file} ${others} one file: give each its own`,
      );
    }
    add(output, identity);
  }
}

/** Opens a regular file for writing where it stands, never through a link. */
export function openInPlace(file: string, flags: number): number {
  return openSync(file, flags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0), 0o666);
}
