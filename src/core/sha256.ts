/**
 * SHA-256 of bytes that come in pieces. The one here runs everywhere; where the platform has a faster one,
 * whoever knows of that gives it once.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal, of all bytes so far; nothing follows. */
  hex(): string;
}

function portable(): Sha256 {
  const hash = sha256.create();
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => bytesToHex(hash.digest()),
  };
}

let create = portable;

/** A hash of no bytes yet. */
export function createSha256(): Sha256 {
  return create();
}

/** Has all hashes from here on be made by `make`. */
export function provideSha256(make: () => Sha256): void {
  create = make;
}

/** Of these bytes, in lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  const hash = create();
  hash.update(bytes);
  return hash.hex();
}
