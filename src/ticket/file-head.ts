/** How a ticket file begins: enough to tell one from other files without reading it. */

import { checkBytes } from '../core/arguments.js';

/** Without the version, which is one whole number. */
export const FORMAT_PREFIX = 'unearth-ticket/';

/** Enough leading bytes for `isTicket`. */
export const TICKET_HEAD_BYTES = 64;

/**
 * Whether a file is a ticket that this program wrote (of any version or kind), from its first
 * `TICKET_HEAD_BYTES` bytes. Says nothing about the rest of it.
 */
export function isTicket(bytes: Uint8Array): boolean {
  checkBytes('bytes', bytes);
  const head = new TextEncoder().encode(`{"__metadata__":{"format":"${FORMAT_PREFIX}`);
  return bytes.length >= 8 + head.length && head.every((byte, index) => byte === bytes[8 + index]);
}
