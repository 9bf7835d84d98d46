/**
 * Schemas for the lists in a ticket's metadata, shared by the envelope and the kinds: bounded, and
 * refused at the first wrong item.
 */
import { custom } from '../core/forms.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import type { InputSign } from '../target/network.js';

export const MAXIMUM_LAYERS = 100_000;

/** An upper limit for lists with an entry per input or output of the target. */
export const MAXIMUM_ENTRIES = 2 ** 22;

/**
 * A list of items of one form, of which no place is named: a hostile list has millions of them.
 */
export function listOf<T>(what: string, maximum: number, isItem: (value: unknown) => value is T) {
  const isList = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= maximum && value.every(isItem);
  return custom<readonly T[]>(isList, `not a list of at most ${maximum} ${what}`);
}

export function integers(what: string, least: number, most: number, maximum = MAXIMUM_LAYERS) {
  return listOf(`${what} from ${least} to ${most}`, maximum, isInteger(least, most));
}

function isInteger(least: number, most: number) {
  return (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

const isCount = isInteger(1, Number.MAX_SAFE_INTEGER);
const isIndex = isInteger(0, MAXIMUM_WIDTH);

/** Reads of all layers together: skip sources there are have some thousand. */
export const MAXIMUM_READS = 2 ** 20;

const isLayer = isInteger(0, MAXIMUM_LAYERS);

/** A list of layers for each layer; which they may be, the shape says. */
export const layerReads = listOf(
  'lists of layers',
  MAXIMUM_LAYERS,
  (value): value is readonly number[] =>
    Array.isArray(value) && value.length <= MAXIMUM_LAYERS && value.every(isLayer),
);

/** Run lists; see `runs.ts`. */
export function runsOf<T>(what: string, isValue: (value: unknown) => value is T) {
  const isRun = (value: unknown): value is readonly [T, number] =>
    Array.isArray(value) && value.length === 2 && isValue(value[0]) && isCount(value[1]);
  return listOf(`runs of ${what}`, MAXIMUM_ENTRIES, isRun);
}

/** A neuron, or the first and last of a sequence. */
type Range = number | readonly [number, number];

function isRange(value: unknown): value is Range {
  return isIndex(value) || (Array.isArray(value) && value.length === 2 && value.every(isIndex));
}

export function isRanges(value: unknown): value is readonly Range[] {
  return Array.isArray(value) && value.every(isRange);
}

const SIGNS: readonly unknown[] = ['signed', 'nonnegative', 'nonpositive'] satisfies InputSign[];

export const numberRuns = runsOf('numbers', (value): value is number => Number.isFinite(value));
export const signRuns = runsOf('signs', (value): value is InputSign => SIGNS.includes(value));
