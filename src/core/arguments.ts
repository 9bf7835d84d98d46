/**
 * Checks of what callers pass at the public edge: a `UsageError` at once, which names the option. Types
 * rule most of it out for TypeScript; JavaScript has nothing else, and a number's range is in no type.
 */
import { UsageError } from './errors.js';

/** A value as a message may show it, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** A seed: a BigInt in [0, 2^64). */
export function checkSeed(seed: unknown): void {
  if (typeof seed === 'bigint' && seed >= 0n && seed < 1n << 64n) return;
  const remedy = typeof seed === 'number' ? `; write ${shown(seed)}n` : '';
  throw new UsageError(`seed: ${shown(seed)} is no BigInt from 0 to 2^64 - 1${remedy}`);
}

/** A number strictly between 0 and 1. */
export function checkProbability(option: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  throw new UsageError(`${option}: ${shown(value)} is no probability between 0 and 1`);
}

/** A positive, finite number. */
export function checkPositive(option: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return;
  throw new UsageError(`${option}: ${shown(value)} is no positive number`);
}

/** A whole number from `least` to `most`. */
export function checkWhole(option: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new UsageError(`${option}: ${shown(value)} is no whole number from ${least} to ${most}`);
}

/** One of these words. */
export function checkOneOf(option: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  throw new UsageError(`${option}: ${shown(value)} is none of ${words.join(', ')}`);
}

/** An object, not null: for arguments that only another function of the library makes. */
export function checkObject(argument: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new UsageError(`${argument}: ${shown(value)} is no object`);
}

/** A list of anything. */
export function checkList(argument: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new UsageError(`${argument}: ${shown(value)} is no list`);
}

export function checkText(argument: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw new UsageError(`${argument}: ${shown(value)} is no text`);
}

/** Bytes, of Node's Buffer or a page's. */
export function checkBytes(argument: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw new UsageError(`${argument}: ${shown(value)} is no Uint8Array`);
}

/** Numbers in a Float64Array. */
export function checkNumbers(argument: string, value: unknown): void {
  if (value instanceof Float64Array) return;
  throw new UsageError(`${argument}: ${shown(value)} is no Float64Array`);
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
