/**
 * Files on their way to workers, by the SHA-256 of their bytes: through a folder that all share, or, where
 * there is none and they are small, through the queue's server, in pieces that it forgets after a day
 * without a coordinator.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { InputError, UsageError } from '../core/errors.js';
import { type Engine, PREFIX, type Redis } from './engine.js';
import {
  digestOf,
  type FileKind,
  nameOfFile,
  partialOf,
  putWhole,
  readDigested,
  settle,
} from './tasks/files.js';

const PIECE = 2 ** 22;
/** Largest file that goes through the queue's server. */
export const MOST_SENT = 2 ** 26;
/** One more than a file has shows one that is too large. */
const MOST_PIECES = MOST_SENT / PIECE + 1;
const EXPIRY_SECONDS = 24 * 3600;

/** A file that jobs name by its digest. */
export interface Attachment {
  readonly kind: FileKind;
  readonly digest: string;
  readonly file: string;
}

const pieceKey = (kind: FileKind, digest: string, piece: number): string =>
  `${PREFIX}:${kind}:${digest}:${piece}`;

/** A file that is not, any more, what its digest was taken of. */
function refuseChanged({ kind, digest, file }: Attachment, own: string): never {
  throw new InputError({
    file,
    place: '',
    problem: `the ${kind} was replaced while this command read it: its SHA-256 was ${digest}, and is ${own}`,
    remedy: 'start the command again',
  });
}

/** Puts a file into a shared folder, unless it is there; whole, or not at all. */
export function shareFile(attachment: Attachment, folder: string): void {
  const { kind, digest, file } = attachment;
  const place = path.join(folder, nameOfFile(kind, digest));
  let own = digest;
  try {
    // One that is there with other bytes is replaced.
    if (existsSync(place) && digestOf(place) === digest) return;
    own = putWhole(place, digest, (partial) => copyFileSync(file, partial));
  } catch (error) {
    throw new InputError({
      file: folder,
      place: '',
      problem: `the ${kind} cannot be put there (${(error as { code?: string }).code ?? error})`,
      remedy: 'name a folder that exists and may be written to, which all workers see too',
    });
  }
  if (own !== digest) refuseChanged(attachment, own);
}

/** Throws a `UsageError` for a file that is too large to go through the server. */
export function refuseToSend(kind: FileKind, size: number): void {
  if (size <= MOST_SENT) return;
  throw new UsageError(
    `option "folder": a ${kind} of ${size} bytes is not sent through the queue (most: ${MOST_SENT}); name a folder that the workers share`,
  );
}

/** Puts those pieces of a file into the queue's server that are not there, and has it remember the others. */
export async function sendFile(client: Redis, attachment: Attachment): Promise<void> {
  const { kind, digest, file } = attachment;
  const { size } = statSync(file);
  refuseToSend(kind, size);
  const pieces = Math.ceil(size / PIECE);
  const pipeline = client.pipeline();
  for (let piece = 0; piece < pieces; piece++) {
    pipeline.expire(pieceKey(kind, digest, piece), EXPIRY_SECONDS);
  }
  const known = (await pipeline.exec()) ?? [];
  if (known.every(([, is]) => is === 1)) return;
  const { bytes, digest: own } = readDigested(file, MOST_SENT);
  if (own !== digest) refuseChanged(attachment, own);
  for (let piece = 0; piece < pieces; piece++) {
    if (known[piece]?.[1] === 1) continue;
    const part = Buffer.from(bytes.subarray(piece * PIECE, (piece + 1) * PIECE));
    await client.set(pieceKey(kind, digest, piece), part, 'EX', EXPIRY_SECONDS);
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

/** Milliseconds until pieces that were wrong, and are taken out, must be there anew; and between two looks. */
const SENT_AGAIN = 20_000;
const LOOK = 250;

async function provideFile(
  client: Redis,
  folder: string,
  kind: FileKind,
  digest: string,
): Promise<void> {
  const place = path.join(folder, nameOfFile(kind, digest));
  if (existsSync(place)) return;
  const end = Date.now() + SENT_AGAIN;
  let wrong: string | undefined;
  while (Date.now() < end) {
    if ((await client.exists(pieceKey(kind, digest, 0))) === 1) {
      const own = await fetchFile(client, place, kind, digest);
      if (own === digest) return;
      // Whoever asks looks every few seconds whether they are there.
      wrong = own;
      const pieces = Array.from({ length: MOST_PIECES }, (_, piece) => piece);
      await client.del(...pieces.map((piece) => pieceKey(kind, digest, piece)));
    } else if (wrong === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  throw new InputError({
    place: `${kind} ${digest}`,
    problem: `what the queue's server had under this digest had the SHA-256 ${wrong}, and is not sent again`,
    remedy: 'find out who has access to the queue, and start the command that asks again',
  });
}

/** Fetches a file into its place, if it has the digest; returns the one that it has. */
async function fetchFile(
  client: Redis,
  place: string,
  kind: FileKind,
  digest: string,
): Promise<string> {
  const partial = partialOf(place);
  try {
    const handle = openSync(partial, 'wx');
    try {
      for (let piece = 0; piece < MOST_PIECES; piece++) {
        const length = await client.strlen(pieceKey(kind, digest, piece));
        if (length > PIECE) break;
        const part = await client.getBuffer(pieceKey(kind, digest, piece));
        if (part === null) break;
        // All of it: a full disk takes less of a single write, and says nothing.
        writeFileSync(handle, part);
      }
    } finally {
      closeSync(handle);
    }
    return settle(partial, place, digest);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    throw new InputError({
      file: path.dirname(place),
      place: '',
      problem: `the worker cannot put the ${kind} there (${systemCode(error)})`,
      remedy: 'make space there, or give the worker another folder',
    });
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Of an error about files; those of connections have no path. */
function systemCode(error: unknown): string {
  const { code, syscall } = error as { code?: string; syscall?: string };
  return code !== undefined && ['open', 'write', 'rename', 'read'].includes(syscall ?? '')
    ? code
    : '';
}
