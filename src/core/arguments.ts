/**
 * Checks of what callers pass at the public edge: a `UsageError` at once, which names the argument, what
 * it was, and what to give instead where that can be told. Types rule most of it out for TypeScript;
 * JavaScript has nothing else, and a number's range is in no type.
 */
import { UsageError } from './errors.js';

/** A value as a message may show it, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Object') return 'an object';
  return `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${tag.slice(0, 40)}`;
}

/** What an argument has to be. */
export interface Kind {
  is(value: unknown): boolean;
  /** What a wrong value is, as `no positive number`. */
  readonly not: string;
  /** The part of larger objects that is such a value: of what `find` returns, or an `AbortController`. */
  readonly part?: string;
  /** What to give instead, where the wrong value tells. */
  remedy?(value: unknown): string | undefined;
}

/** Throws a `UsageError` unless a value is of a kind. `otherwise` is the remedy where there is none better. */
export function check(argument: string, value: unknown, kind: Kind, otherwise?: string): void {
  if (kind.is(value)) return;
  const remedy = remedyOf(value, kind) ?? otherwise;
  const advice = remedy === undefined ? '' : `; ${remedy}`;
  throw new UsageError(`${argument}: ${shown(value)} is ${kind.not}${advice}`);
}

function remedyOf(value: unknown, kind: Kind): string | undefined {
  if (hasPart(value, 'then')) return 'await it';
  if (kind.part !== undefined && hasPart(value, kind.part)) return `give its "${kind.part}"`;
  return kind.remedy?.(value);
}

/** Whether a value is an object with such a part. */
export function hasPart(value: unknown, part: string): boolean {
  return typeof value === 'object' && value !== null && part in value;
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** A BigInt in [0, 2^64). */
export const SEED: Kind = {
  is: (value) => typeof value === 'bigint' && value >= 0n && value < 1n << 64n,
  not: 'no BigInt from 0 to 2^64 - 1',
  remedy: (value) => (isWhole(value, 0, Number.MAX_SAFE_INTEGER) ? `write ${value}n` : undefined),
};

export const NUMBER: Kind = { is: (value) => typeof value === 'number', not: 'no number' };

/** A number strictly between 0 and 1. */
export const PROBABILITY: Kind = {
  is: (value) => typeof value === 'number' && value > 0 && value < 1,
  not: 'no probability between 0 and 1',
};

/** A positive, finite number. */
export const POSITIVE: Kind = {
  is: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
  not: 'no positive number',
};

export function whole(least: number, most: number): Kind {
  return {
    is: (value) => isWhole(value, least, most),
    not: `no whole number from ${least} to ${most}`,
  };
}

export function oneOf(words: readonly (string | number)[]): Kind {
  return {
    is: (value) => words.some((word) => word === value),
    not: `none of ${words.join(', ')}`,
  };
}

export const TEXT: Kind = { is: (value) => typeof value === 'string', not: 'no text' };

export function matching(pattern: RegExp, not: string): Kind {
  return { is: (value) => typeof value === 'string' && pattern.test(value), not };
}

/** Bytes, of Node's Buffer or a page's. */
export const BYTES: Kind = {
  is: (value) => value instanceof Uint8Array,
  not: 'no Uint8Array',
  part: 'bytes',
  remedy: (value) => (value instanceof ArrayBuffer ? 'give a new Uint8Array(..) of it' : undefined),
};

export const checkSeed = (seed: unknown): void => check('seed', seed, SEED);

export const checkProbability = (option: string, value: unknown): void =>
  check(option, value, PROBABILITY);

export const checkPositive = (option: string, value: unknown): void =>
  check(option, value, POSITIVE);

export const checkWhole = (option: string, value: unknown, least: number, most: number): void =>
  check(option, value, whole(least, most));

/** One of these words. */
export const checkOneOf = (option: string, value: unknown, words: readonly string[]): void =>
  check(option, value, oneOf(words));

/** An object, not null: for arguments that only another function of the library makes. */
export const OBJECT: Kind = {
  is: (value) => typeof value === 'object' && value !== null,
  not: 'no object',
};

export const checkObject = (argument: string, value: unknown): void =>
  check(argument, value, OBJECT);

/** A list of anything. */
export function checkList(argument: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new UsageError(`${argument}: ${shown(value)} is no list`);
}

export const checkText = (argument: string, value: unknown): void => check(argument, value, TEXT);

export const checkBytes = (argument: string, value: unknown): void => check(argument, value, BYTES);

/** Numbers in a Float64Array. */
export function checkNumbers(argument: string, value: unknown): void {
  if (value instanceof Float64Array) return;
  throw new UsageError(`${argument}: ${shown(value)} is no Float64Array`);
}

/** A list of values of one kind. */
export function checkAll(argument: string, values: ArrayLike<unknown>, kind: Kind): void {
  // Holes of a list are undefined, too.
  for (let index = 0; index < values.length; index++) {
    if (!kind.is(values[index])) check(`${argument}[${index}]`, values[index], kind);
  }
}

/** What a part of an object may be, for `checkParts`. */
export type PartKind =
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'text'
  | 'function'
  | 'object'
  | 'list'
  | 'numbers';

const isPart: Readonly<Record<PartKind, (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  bigint: (value) => typeof value === 'bigint',
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
  function: (value) => typeof value === 'function',
  object: (value) => typeof value === 'object' && value !== null,
  list: Array.isArray,
  numbers: (value) => value instanceof Float64Array,
};

/**
 * An object with these parts, each of its kind: for what another function of the library makes, so that
 * an empty object, or one of another function, is refused by name and not in the midst of the work.
 */
export function checkParts(
  argument: string,
  value: unknown,
  parts: Readonly<Record<string, PartKind>>,
): void {
  checkObject(argument, value);
  for (const [name, kind] of Object.entries(parts)) {
    const part = (value as Readonly<Record<string, unknown>>)[name];
    if (isPart[kind](part)) continue;
    const article = kind === 'object' ? 'an' : 'a';
    const wanted = kind === 'numbers' ? 'no Float64Array' : `not ${article} ${kind}`;
    throw new UsageError(`${argument}.${name}: ${shown(part)} is ${wanted}`);
  }
}

/** A list of objects with these parts. */
export function checkEach(
  argument: string,
  values: unknown,
  parts: Readonly<Record<string, PartKind>>,
): void {
  checkList(argument, values);
  for (const [index, value] of [...(values as readonly unknown[])].entries()) {
    checkParts(`${argument}[${index}]`, value, parts);
  }
}
