/** The size of a file's samples, told from the head of its array, for networks that leave it to the data. */
import { constants, gunzipSync } from 'node:zlib';
import { withFileName } from '../../core/errors.js';
import { looksLikeIdx, readIdxHeader } from '../../data/idx.js';
import { looksLikeNpy, readNpyHeader } from '../../data/npy.js';
import type { FeatureShape } from '../../target/planes.js';
import { readHead } from './open-file.js';

/** More than any header of an array takes; a packed file of so many bytes unpacks to 64 MiB at most. */
const HEAD_BYTES = 2 ** 16;
/** More channels than that are no images, and axes are not told apart. */
const MOST_CHANNELS = 4;

function unpackedHead(head: Uint8Array): Uint8Array {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // A damaged file is told by who reads it whole.
    return new Uint8Array(0);
  }
}

/** Images of a channel, or of up to four along the last or first axis of a sample; null where that is not clear. */
export function imageShape(file: string): FeatureShape | null {
  // CIFAR-10's binary files have no head.
  if (/\.bin$/i.test(file)) return { height: 32, width: 32, channels: 3 };
  return withFileName(file, () => {
    const head = unpackedHead(readHead(file, HEAD_BYTES));
    if (looksLikeNpy(head)) return imagesOf(readNpyHeader(head).shape);
    return looksLikeIdx(head) ? imagesOf(readIdxHeader(head).shape) : null;
  });
}

function imagesOf([, ...axes]: readonly number[]): FeatureShape | null {
  const [first = 0, second = 0, third = 0] = axes;
  if (axes.length === 2) return { height: first, width: second, channels: 1 };
  if (axes.length !== 3 || (first <= MOST_CHANNELS && third <= MOST_CHANNELS)) return null;
  if (third <= MOST_CHANNELS) return { height: first, width: second, channels: third };
  return first <= MOST_CHANNELS ? { height: second, width: third, channels: first } : null;
}
