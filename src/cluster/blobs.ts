/**
 * Files on their way to workers, by the SHA-256 of their bytes: through a folder that all share, or, where
 * there is none and they are small, through the queue's server, in pieces that it forgets after a day
 * without a coordinator.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
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
import { InputError, UsageError } from '../core/errors.js';
import { type Engine, PREFIX, type Redis } from './engine.js';
import { type FileKind, nameOfFile } from './tasks/files.js';

const PIECE = 2 ** 22;
/** Largest file that goes through the queue's server. */
export const MOST_SENT = 2 ** 26;
const EXPIRY_SECONDS = 24 * 3600;

/** A file that jobs name by its digest. */
export interface Attachment {
  readonly kind: FileKind;
  readonly digest: string;
  readonly file: string;
}

const pieceKey = (kind: FileKind, digest: string, piece: number): string =>
  `${PREFIX}:${kind}:${digest}:${piece}`;

/** Puts a file into a shared folder, unless it is there; whole, or not at all. */
export function shareFile({ kind, digest, file }: Attachment, folder: string): void {
  const place = path.join(folder, nameOfFile(kind, digest));
  if (existsSync(place)) return;
  const partial = `${place}.${process.pid}.part`;
  try {
    copyFileSync(file, partial);
    renameSync(partial, place);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new InputError({
      file: folder,
      place: '',
      problem: `the ${kind} cannot be put there (${(error as { code?: string }).code ?? error})`,
      remedy: 'name a folder that exists and may be written to, which all workers see too',
    });
  }
}

/** Throws a `UsageError` for a file that is too large to go through the server. */
export function refuseToSend(kind: FileKind, size: number): void {
  if (size <= MOST_SENT) return;
  throw new UsageError(
    `option "folder": a ${kind} of ${size} bytes is not sent through the queue (most: ${MOST_SENT}); name a folder that the workers share`,
  );
}

/** Puts those pieces of a file into the queue's server that are not there, and has it remember the others. */
export async function sendFile(client: Redis, { kind, digest, file }: Attachment): Promise<void> {
  const { size } = statSync(file);
  refuseToSend(kind, size);
  const pieces = Math.ceil(size / PIECE);
  const pipeline = client.pipeline();
  for (let piece = 0; piece < pieces; piece++) {
    pipeline.expire(pieceKey(kind, digest, piece), EXPIRY_SECONDS);
  }
  const known = (await pipeline.exec()) ?? [];
  const handle = openSync(file, 'r');
  try {
    for (let piece = 0; piece < pieces; piece++) {
      if (known[piece]?.[1] === 1) continue;
      const part = Buffer.alloc(Math.min(PIECE, size - piece * PIECE));
      readSync(handle, part, 0, part.length, piece * PIECE);
      await client.set(pieceKey(kind, digest, piece), part, 'EX', EXPIRY_SECONDS);
    }
  } finally {
    closeSync(handle);
  }
}

/** The fields of a job that name files. */
const NAMED: Readonly<Record<string, FileKind>> = { ticket: 'ticket', data: 'data', test: 'data' };

const asked = /^[0-9a-f]{64}$/;

/**
 * Fetches the files that a job names into the worker's folder, where the server has them and the folder not.
 * What is fetched has the digest, or is removed.
 */
export async function provideFiles(
  { client }: Engine,
  folder: string | null,
  input: unknown,
): Promise<void> {
  if (folder === null || typeof input !== 'object' || input === null) return;
  for (const [field, kind] of Object.entries(NAMED)) {
    const digest = (input as Record<string, unknown>)[field];
    if (typeof digest === 'string' && asked.test(digest)) {
      await provideFile(client, folder, kind, digest);
    }
  }
}

async function provideFile(
  client: Redis,
  folder: string,
  kind: FileKind,
  digest: string,
): Promise<void> {
  const place = path.join(folder, nameOfFile(kind, digest));
  if (existsSync(place)) return;
  if ((await client.exists(pieceKey(kind, digest, 0))) === 0) return;
  // Jobs at a time fetch the same file.
  const partial = `${place}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
  const hash = createHash('sha256');
  const handle = openSync(partial, 'w');
  try {
    for (let piece = 0; piece <= MOST_SENT / PIECE; piece++) {
      const length = await client.strlen(pieceKey(kind, digest, piece));
      if (length > PIECE) break;
      const part = await client.getBuffer(pieceKey(kind, digest, piece));
      if (part === null) break;
      hash.update(part);
      writeSync(handle, part);
    }
  } finally {
    closeSync(handle);
  }
  if (hash.digest('hex') === digest) renameSync(partial, place);
  else rmSync(partial, { force: true });
}
