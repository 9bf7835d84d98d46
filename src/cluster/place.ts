/** Where a queue is: the address that a user gives, without the password, which comes another way. */
import { UsageError } from '../core/errors.js';

/** A Redis or Valkey server. */
export interface QueuePlace {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly secure: boolean;
  readonly username?: string;
  readonly password?: string;
}

/** The variable that holds the password. */
export const PASSWORD_VARIABLE = 'UNEARTH_QUEUE_PASSWORD';

const EXAMPLE = 'give redis://host:6379, or rediss://user@host:6379 for TLS';

/**
 * Reads `redis://user@host:port/database`. Throws a `UsageError` for anything else, and for a password in
 * it: whoever can list the processes of a machine reads that.
 */
export function queuePlace(text: string, password?: string): QueuePlace {
  const refuse = (problem: string, remedy: string): never => {
    throw new UsageError(`option "queue": ${problem}; ${remedy}`);
  };
  // Without what might be a password: all that stands before the last @, and what follows the address.
  const shown = text
    .replace(/^.*@/s, '..@')
    .replace(/[?#].*$/s, '..')
    .slice(0, 100);
  const url = URL.canParse(text) ? new URL(text) : refuse(`"${shown}" is no address`, EXAMPLE);
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    refuse(`"${shown}" is no address of a Redis server`, EXAMPLE);
  }
  if (url.password !== '') {
    refuse(
      'a password in the address is there for all to read',
      `put it into the variable ${PASSWORD_VARIABLE} or into a file`,
    );
  }
  const database = /^\/?(\d{0,5})$/.exec(url.pathname);
  if (database === null || url.search !== '' || url.hash !== '') {
    return refuse(`"${shown}" has more than host, port and database`, EXAMPLE);
  }
  let username: string;
  try {
    username = decodeURIComponent(url.username);
  } catch {
    return refuse(`the user before "${shown}" cannot be read`, EXAMPLE);
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(database[1] ?? 0),
    secure: url.protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== undefined && { password }),
  };
}

/** For people. */
export function placeText({ host, port, secure }: QueuePlace): string {
  return `${secure ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
