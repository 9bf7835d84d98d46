/** Samples with their labels, and a digest that tells one such set from another. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Samples } from './samples.js';

export interface LabelledData extends Samples {
  /** One of `0 .. classes - 1` for each sample. */
  readonly labels: Uint32Array;
  readonly classes: number;
}

/**
 * SHA-256 that tells data sets apart: over the counts of samples and inputs and the width of a value
 * in bytes as text, then the values as they are held in memory (bytes, float32 or float64,
 * little-endian), then the labels as 32-bit integers.
 */
export function dataDigest({ count, inputs, values, labels }: LabelledData): string {
  const hash = sha256.create();
  const width = values.BYTES_PER_ELEMENT;
  hash.update(new TextEncoder().encode(`${count} ${inputs} ${width}\n`));
  if (values instanceof Uint8Array) hash.update(values);
  else
    hashNumbers(hash, values.length, width, (view, at, index) => {
      if (width === 4) view.setFloat32(at, values[index] as number, true);
      else view.setFloat64(at, values[index] as number, true);
    });
  hashNumbers(hash, labels.length, 4, (view, at, index) => {
    view.setUint32(at, labels[index] as number, true);
  });
  return bytesToHex(hash.digest());
}

/** Hashes numbers in chunks; `set` writes number `index` at byte `at`. */
function hashNumbers(
  hash: { update(bytes: Uint8Array): unknown },
  length: number,
  width: number,
  set: (view: DataView, at: number, index: number) => void,
): void {
  const most = 8192;
  const chunk = new DataView(new ArrayBuffer(width * most));
  for (let from = 0; from < length; from += most) {
    const size = Math.min(most, length - from);
    for (let index = 0; index < size; index++) set(chunk, width * index, from + index);
    hash.update(new Uint8Array(chunk.buffer, 0, width * size));
  }
}
