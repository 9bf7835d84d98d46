/** A mark in the queue's server that all jobs of a version were cancelled: who waits for some sees it, and ends. */
import { randomBytes } from 'node:crypto';
import { PREFIX, type Redis } from './engine.js';

/** Nobody looks less often than this. */
const MARK_SECONDS = 24 * 3600;

const keyOf = (unearth: string): string => `${PREFIX}:cancelled-${unearth}`;

/** Leaves another mark than any before. */
export async function markCancelled(client: Redis, unearth: string): Promise<void> {
  await client.set(keyOf(unearth), randomBytes(8).toString('hex'), 'EX', MARK_SECONDS);
}

/** Says, as often as it is asked, whether jobs were cancelled since it was made. */
export async function cancellations(
  client: Redis,
  unearth: string,
): Promise<() => Promise<boolean>> {
  const before = await client.get(keyOf(unearth));
  return async () => {
    const mark = await client.get(keyOf(unearth));
    // None: it was forgotten, or the server wiped.
    return mark !== null && mark !== before;
  };
}
