/** Bytes to be read from front to end: of a regular file, or of standard input, which has no size. */
import { createReadStream, fstatSync } from 'node:fs';
import process from 'node:process';
import { Readable } from 'node:stream';
import { InputError } from '../../core/errors.js';
import { unreadable } from '../system-error.js';
import { isGzip, readHead, regularFileSize } from './open-file.js';

/** What stands for standard input, or output, in place of a file's name. */
export const STANDARD_STREAM = '-';

export interface ByteSource {
  readonly raw: Readable;
  /** Whether they are packed with gzip. */
  readonly packed: boolean;
  /** Bytes of the file as it is on disk; 0 where nobody knows. */
  readonly fileBytes: number;
  readonly bytesRead: () => number;
}

/** How a source is called in messages. */
export function sourceName(file: string): string {
  return file === STANDARD_STREAM ? 'standard input' : file;
}

/**
 * Opens a regular file, or standard input for `-`; in a worker that is what the main thread passes on.
 * Throws an `InputError` without the file's name, which says that `expected` was.
 */
export async function openSource(file: string, expected: string): Promise<ByteSource> {
  if (file === STANDARD_STREAM) return standardInput();
  const fileBytes = regularFileSize(file, expected);
  const packed = isGzip(readHead(file, 2));
  const raw = createReadStream(file);
  return { raw, packed, fileBytes, bytesRead: () => raw.bytesRead };
}

/** Throws an `InputError` if standard input is a folder: Node would take it for an empty stream. */
export function refuseFolderAsInput(): void {
  if (!fstatSync(0).isDirectory()) return;
  throw new InputError({
    file: sourceName(STANDARD_STREAM),
    place: '',
    problem: 'this is a folder',
    remedy: 'give a file of samples, or send them through a pipe',
  });
}

async function standardInput(): Promise<ByteSource> {
  const chunks = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let read = 0;
  const next = async (): Promise<Buffer | null> => {
    try {
      const { done, value } = await chunks.next();
      if (done) return null;
      read += value.length;
      return value;
    } catch (error) {
      throw unreadable(error, 'give the samples in a file');
    }
  };
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const chunk = await next();
    if (chunk === null) break;
    head = Buffer.concat([head, chunk]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let chunk = await next(); chunk !== null; chunk = await next()) yield chunk;
  }
  return {
    raw: Readable.from(all(), { objectMode: false }),
    packed: isGzip(head),
    fileBytes: 0,
    bytesRead: () => read,
  };
}
