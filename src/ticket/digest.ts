/**
 * The digest of a ticket: SHA-256 over everything else in the file, so that damage is told from a
 * ticket that was never true. It is no proof of anything: whoever changes a ticket can sign it anew.
 */
import { createSha256 } from '../core/sha256.js';

/** The metadata key that holds it. */
export const DIGEST_KEY = 'digest';

/** What the digest covers of a tensor; its bytes in pieces. */
export interface DigestedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly Uint8Array[];
}

function byName<T>(name: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
}

/**
 * SHA-256, lower-case hexadecimal, over the UTF-8 JSON text of the list of `[key, value]` metadata
 * pairs but the digest's own, sorted by key, then for each tensor, sorted by name, over the JSON text
 * of `[name, dtype, shape]` and its bytes. Sorted by UTF-16 code units; no spaces in the JSON.
 */
export function ticketDigest(
  metadata: Iterable<readonly [string, string]>,
  tensors: readonly DigestedTensor[],
): string {
  const encoder = new TextEncoder();
  const hash = createSha256();
  const pairs = [...metadata].filter(([key]) => key !== DIGEST_KEY);
  hash.update(encoder.encode(JSON.stringify(pairs.sort(byName(([key]) => key)))));
  for (const { name, dtype, shape, data } of [...tensors].sort(byName((tensor) => tensor.name))) {
    hash.update(encoder.encode(JSON.stringify([name, dtype, shape])));
    for (const part of data) hash.update(part);
  }
  return hash.hex();
}
