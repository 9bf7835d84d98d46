/** What goes wrong with a queue's server: it is away, or it answers and refuses; said in words. */
import { UsageError } from '../core/errors.js';
import { placeText, type QueuePlace } from './place.js';

const AWAY = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'EAI_AGAIN'],
];

function isAway(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return AWAY.includes(code ?? '') || /Connection is closed|stream isn't writeable/i.test(message);
}

/** Whether a server answered, with an error. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Redis begins its errors with a word. */
function wordOf(error: Error): string {
  return /^[A-Z]+/.exec(error.message)?.[0] ?? '';
}

/** Refusals that end by themselves: a server that starts, or that is about to be a primary. */
const PASSING = ['LOADING', 'READONLY', 'MASTERDOWN', 'BUSY'];

/** Whether an error says that the server is away, or not ready: it is waited for. */
export function isOutage(error: unknown): boolean {
  return isAway(error) || (isRefusal(error) && PASSING.includes(wordOf(error)));
}

const REMEDIES: Readonly<Record<string, string>> = {
  OOM: 'it is full: give it more memory (maxmemory)',
  READONLY: 'it is a replica: name its primary',
  MASTERDOWN: 'it is a replica without its primary: name the primary',
  LOADING: 'it is starting: try again',
  BUSY: 'it runs a script: try again',
  WRONGTYPE:
    'keys of another program stand in the way of unearth: name another database, as in redis://host/1',
  NOAUTH: 'give its password by a file or variable',
  WRONGPASS: 'check user and password',
  NOPERM: 'the user may not do that: docs/cluster.md has the rights that one needs',
  MISCONF: 'it cannot write to its disk: see its log',
};

/** What to do about an error of a server at the start. */
export function remedyFor(error: unknown): string {
  const known = isRefusal(error) ? REMEDIES[wordOf(error)] : undefined;
  return known ?? 'start the server, or check address, user and password';
}

export function firstLineOf(error: Error): string {
  return (error.message.split('\n')[0] ?? '').slice(0, 300);
}

/** A server's refusal as a `UsageError`; any other error itself. */
export function inWords(error: unknown, place: QueuePlace): unknown {
  if (!isRefusal(error)) return error;
  const remedy = REMEDIES[wordOf(error)] ?? "see the server's log";
  return new UsageError(
    `option "queue": the server at ${placeText(place)} refuses (${firstLineOf(error)}); ${remedy}`,
  );
}

/** Tells people of trouble, each kind once until it is over. */
export interface Troubles {
  hear(error: unknown): void;
  /** The server does again what it is asked; returns whether it did not. */
  over(): boolean;
  /** Whether it is away, or not ready. */
  isOutage(): boolean;
}

export function troublesOf(place: QueuePlace, say: (text: string) => void): Troubles {
  const told = new Set<string>();
  let isOut = false;
  return {
    hear(error) {
      if (isOutage(error)) isOut = true;
      else if (!isRefusal(error)) return;
      // Each connection has its own words for a server that is away.
      const kind = isRefusal(error) ? wordOf(error) : 'away';
      if (told.has(kind)) return;
      told.add(kind);
      const does = kind === 'away' ? 'does not answer' : 'refuses';
      const why = firstLineOf(error as Error);
      say(`the queue at ${placeText(place)} ${does} (${why}); still trying`);
    },
    over() {
      const was = told.size > 0;
      isOut = false;
      // A key in the way stays there while others are written.
      for (const kind of told) if (kind !== 'WRONGTYPE') told.delete(kind);
      return was && told.size === 0;
    },
    isOutage: () => isOut,
  };
}
