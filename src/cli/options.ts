/** Parsers of option values: what cannot be parsed is bad usage, said in one line. */
import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { UsageError } from '../core/errors.js';
import { DEFAULT_MEMORY } from '../core/limits.js';

/** A whole number from `least` to `most`. */
export function wholeNumber(name: string, least: number, most: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new UsageError(`${name} ${text}: give a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

/** A finite number above 0, up to `most`. */
export function positiveNumber(name: string, most = Number.MAX_VALUE) {
  return (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value > 0 && value <= most)) {
      const limit = most < Number.MAX_VALUE ? `, at most ${most}` : '';
      throw new UsageError(`${name} ${text}: give a number above 0${limit}`);
    }
    return value;
  };
}

/** The folder that `--folder` names: a name of nothing would be the current one. */
export function folderName(text: string): string {
  if (text === '') throw new UsageError('--folder "": name a folder, . for the current one');
  return text;
}

/** A seed in [0, 2^64), decimal or 0x hexadecimal. */
export function seedNumber(text: string): bigint {
  const seed = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : -1n;
  if (seed < 0n || seed >= 1n << 64n) {
    throw new UsageError(`--seed ${text}: give a whole number from 0 to 2^64 - 1`);
  }
  return seed;
}

/** A probability strictly between 0 and 1. */
export function probability(name: string) {
  return (text: string): number => {
    const value = positiveNumber(name)(text);
    if (value >= 1) throw new UsageError(`${name} ${text}: give a number between 0 and 1`);
    return value;
  };
}

/** The words that a parser takes, for those who offer them. */
const wordsOf = new WeakMap<object, readonly string[]>();

/** One of a list of words. */
export function oneOf<T extends string>(name: string, words: readonly T[]) {
  const parse = (text: string): T => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new UsageError(`${name} ${text}: choose ${words.join(', ')}`);
    return word;
  };
  wordsOf.set(parse, words);
  return parse;
}

/** What `oneOf` was given, if that made the parser. */
export function choicesOf(parser: object | undefined): readonly string[] | undefined {
  return parser && wordsOf.get(parser);
}

/** A finite number of at least `least`. */
export function numberAtLeast(name: string, least: number) {
  return (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && Number.isFinite(value))) {
      throw new UsageError(`${name} ${text}: give a number of at least ${least}`);
    }
    return value;
  };
}

/** A number in [0, 1). */
export function fractionBelowOne(name: string) {
  return (text: string): number => {
    const value = numberAtLeast(name, 0)(text);
    if (value >= 1) throw new UsageError(`${name} ${text}: give a number below 1`);
    return value;
  };
}

/** Comma-separated fractions above 0, up to 1. */
export function fractionList(name: string) {
  return (text: string): number[] =>
    text.split(',').map((part) => {
      const value = part.trim() === '' ? Number.NaN : Number(part);
      if (!(value > 0 && value <= 1)) {
        throw new UsageError(`${name} ${text}: give fractions above 0, up to 1, with commas`);
      }
      return value;
    });
}

/** A size of at least 256 MiB such as `512M`, `2G` or `1.5G`, in bytes. */
export function memorySize(text: string): number {
  const [, digits, suffix] = /^(\d+(?:\.\d+)?)([MG])(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (suffix?.toUpperCase() === 'G' ? 2 ** 30 : 2 ** 20);
  if (!(bytes >= 2 ** 28 && bytes <= 2 ** 50)) {
    throw new UsageError(`--memory ${text}: give a size such as 512M or 8G, at least 256M`);
  }
  return bytes;
}

/** `--memory`, the most that work on a file may take. */
export function memoryOption(): Option {
  return new Option('--memory <size>', 'most memory that the work on the files may take, e.g. 8G')
    .argParser(memorySize)
    .default(DEFAULT_MEMORY, '2G');
}

/** `--threads`, one per core by default; `use` says what they do. */
export function threadsOption(use: string): Option {
  return new Option('--threads <n>', `threads ${use}`)
    .argParser(wholeNumber('--threads', 1, 256))
    .default(availableParallelism(), 'one per core');
}
