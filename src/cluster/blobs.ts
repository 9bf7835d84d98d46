/**
 * Tickets on their way to workers, by the SHA-256 of their bytes: through a folder that all share, or, where
 * there is none and they are small, through the queue's server, in pieces that it forgets after a day.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { InputError, UsageError } from '../core/errors.js';
import { type Engine, openEngine, PREFIX } from './engine.js';
import type { QueuePlace } from './place.js';
import { ticketFileName } from './tasks/tickets.js';

const PIECE = 2 ** 22;
/** Largest ticket that goes through the queue's server. */
export const MOST_SENT = 2 ** 26;
const EXPIRY_SECONDS = 24 * 3600;

const pieceKey = (digest: string, piece: number): string => `${PREFIX}:ticket:${digest}:${piece}`;

/** Puts a ticket into a shared folder, unless it is there; whole, or not at all. */
export function shareTicket(file: string, digest: string, folder: string): void {
  const place = path.join(folder, ticketFileName(digest));
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
      problem: `the ticket cannot be put there (${(error as { code?: string }).code ?? error})`,
      remedy: 'name a folder that exists and may be written to, which all workers see too',
    });
  }
}

/** Puts a ticket into the queue's server. Throws a `UsageError` for one that is too large for that. */
export async function sendTicket(place: QueuePlace, file: string, digest: string): Promise<void> {
  const bytes = readFileSync(file);
  if (bytes.length > MOST_SENT) {
    throw new UsageError(
      `option "folder": a ticket of ${bytes.length} bytes is not sent through the queue (most: ${MOST_SENT}); name a folder that the workers share`,
    );
  }
  const engine = await openEngine(place, () => undefined);
  try {
    const pieces = Math.ceil(bytes.length / PIECE);
    for (let piece = 0; piece < pieces; piece++) {
      const part = bytes.subarray(piece * PIECE, (piece + 1) * PIECE);
      await engine.client.set(pieceKey(digest, piece), part, 'EX', EXPIRY_SECONDS);
    }
  } finally {
    await engine.close();
  }
}

const asked = /^[0-9a-f]{64}$/;

/**
 * Fetches the ticket that a job names into the worker's folder, where the server has it and the folder not.
 * What is fetched has the digest, or is removed.
 */
export async function provideTicket(
  { client }: Engine,
  folder: string | null,
  input: unknown,
): Promise<void> {
  const digest = (input as { readonly ticket?: unknown } | null)?.ticket;
  if (folder === null || typeof digest !== 'string' || !asked.test(digest)) return;
  const place = path.join(folder, ticketFileName(digest));
  if (existsSync(place)) return;
  if ((await client.exists(pieceKey(digest, 0))) === 0) return;
  // Jobs at a time fetch the same ticket.
  const partial = `${place}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
  const hash = createHash('sha256');
  const handle = openSync(partial, 'w');
  try {
    for (let piece = 0; piece <= MOST_SENT / PIECE; piece++) {
      const length = await client.strlen(pieceKey(digest, piece));
      if (length > PIECE) break;
      const part = await client.getBuffer(pieceKey(digest, piece));
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
