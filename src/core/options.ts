/**
 * Options of the public API. Each verb says in one table what its options are called and what they may
 * hold; what is in no table is refused, so that a misspelt option is not an option left out.
 */
import { check, hasPart, type Kind, shown, whole } from './arguments.js';
import { UsageError } from './errors.js';
import type { Watch } from './progress.js';

/** What each option of a verb may hold; `undefined` is an option left out, of any kind. */
export type OptionKinds<Options> = { readonly [Name in keyof Options]-?: Kind };

export const FUNCTION: Kind = {
  is: (value) => typeof value === 'function',
  not: 'no function',
};

export const FLAG: Kind = { is: (value) => typeof value === 'boolean', not: 'no boolean' };

/** Bytes; Infinity for no limit. NaN would be one, too, since nothing is above it. */
export const MEMORY: Kind = {
  is: (value) => typeof value === 'number' && value > 0,
  not: 'no number of bytes above 0',
  remedy: () => 'write 2 ** 31 for 2 GiB, or leave it out',
};

const SIGNAL: Kind = {
  is: (value) => typeof (value as { aborted?: unknown } | null)?.aborted === 'boolean',
  not: 'no AbortSignal',
  part: 'signal',
};

export const THREADS: Kind = {
  is(value) {
    const { count, allocate, share, run } = (value ?? {}) as Readonly<Record<string, unknown>>;
    return whole(1, 2 ** 32).is(count) && [allocate, share, run].every(FUNCTION.is);
  },
  not: 'no pool of threads',
  remedy: (value) =>
    typeof value === 'number'
      ? 'give startThreads(..) of "unearth/node", or leave it out'
      : undefined,
};

/** Of all long work. */
export const WATCH: OptionKinds<Watch> = { signal: SIGNAL, onProgress: FUNCTION };

const OTHERWISE = 'give one, or leave it out';

/** Throws a `UsageError` that names the option where one has no such name or holds something else. */
export function checkOptions<Options extends object>(
  verb: string,
  options: unknown,
  kinds: OptionKinds<Options>,
): void {
  const names = Object.keys(kinds);
  check('options', options, {
    is: isPlain,
    not: `no plain object of options (${names.join(', ')})`,
    remedy: (value) => (hasPart(value, 'aborted') ? 'give { signal: .. }' : OTHERWISE),
  });
  checkNames(verb, 'option', options as object, names);
  checkValues(options as Options, kinds);
}

/** Throws a `UsageError` for a key of `parts` that is none of `names`: a misspelt one is not one left out. */
export function checkNames(
  verb: string,
  part: string,
  parts: object,
  names: readonly string[],
): void {
  for (const name of Object.keys(parts)) {
    if (names.includes(name)) continue;
    const nearest = nearestOf(name, names);
    const advice =
      nearest === undefined ? `it has ${names.join(', ')}` : `did you mean "${nearest}"?`;
    throw new UsageError(`${part} ${shown(name)}: ${verb} has none of that name; ${advice}`);
  }
}

/** The same of what the options hold alone, whatever else is beside them. */
export function checkValues<Options extends object>(
  options: Options,
  kinds: OptionKinds<Options>,
): void {
  for (const [name, kind] of Object.entries<Kind>(kinds)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) check(`option "${name}"`, value, kind, OTHERWISE);
  }
}

/** Not a class's: what a `Map`, a list or an `AbortSignal` holds are no options. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The name that was meant: the other's full form, or at most a third of it away. */
function nearestOf(name: string, names: readonly string[]): string | undefined {
  const written = name.slice(0, 40).toLowerCase();
  const ranked = names.map((known) => {
    const other = known.toLowerCase();
    const short = written.length > 2 && other.startsWith(written);
    return { known, edits: short ? 0 : edits(written, other), length: other.length };
  });
  ranked.sort((a, b) => a.edits - b.edits);
  return ranked.find((one) => 3 * one.edits <= Math.max(written.length, one.length))?.known;
}

/** Letters to insert, leave out or replace from one word to the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (let index = 1; index <= to.length; index++) {
      const replaced = row[index - 1] + (letter === to[index - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[index] + 1, next[index - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}
