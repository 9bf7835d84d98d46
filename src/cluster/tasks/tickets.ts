/**
 * The tickets that a worker has: files of a folder, named by the SHA-256 of their bytes. A job names a
 * ticket by it, and by nothing else.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { readTicket } from '../../ticket/read.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';

interface TicketFolder {
  readonly folder: string | null;
  /** Bytes that a proof may take. */
  readonly memory: number;
}

let place: TicketFolder | undefined;
/** The last one: jobs of a ticket come together. */
let held: { readonly digest: string; readonly ticket: ConstructedTicket } | undefined;

/** Says where tickets lie. */
export function ticketsIn(folder: TicketFolder): void {
  place = folder;
}

/** What a proof may take here. */
export function proofMemory(): number {
  if (place === undefined) throw new RangeError('nobody has said where tickets lie');
  return place.memory;
}

/** The name of a ticket's file in a shared folder. */
export function ticketFileName(digest: string): string {
  return `${digest}.ticket`;
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
      if (read === 0) break;
      hash.update(bytes.subarray(at, at + read));
      at += read;
    }
    return { bytes, digest: hash.digest('hex') };
  } finally {
    closeSync(handle);
  }
}

/** The ticket of a digest, which the file's bytes must have. */
export function ticketOf(digest: string): ConstructedTicket {
  if (held?.digest === digest) return held.ticket;
  if (place === undefined || place.folder === null) {
    throw new InputError({
      place: `ticket ${digest}`,
      problem: 'this worker has no folder of tickets',
      remedy: 'start it with a folder that it shares with whoever asks',
    });
  }
  held = undefined;
  const file = path.join(place.folder, ticketFileName(digest));
  const { bytes, digest: own } = readDigested(file, place.memory);
  if (own !== digest) {
    throw new InputError({
      file,
      place: '',
      problem: `its SHA-256 is ${own}`,
      remedy: 'remove it and put the ticket there again',
    });
  }
  const ticket = readTicket(bytes, { memory: place.memory });
  if (ticket.kind !== 'constructed') {
    throw new InputError({
      file,
      place: '',
      problem: `a ${ticket.kind} ticket`,
      remedy: 'only constructed tickets are proved by ranges',
    });
  }
  held = { digest, ticket };
  return ticket;
}
