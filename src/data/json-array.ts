/**
 * Samples as JSON: a flat array of numbers, or arrays of equal length nested to any usual depth. Read in
 * one pass and in pieces: only the numbers are kept, never the text or a tree of arrays, which take up to
 * a hundred times as much.
 */
import { InputError } from '../core/errors.js';
import type { Tensor } from './tensor.js';
import { appendValue, newValues, type Values } from './values.js';

/** Samples of images in colour have four levels; more than this is no data set. */
const MOST_DEPTH = 8;
/** Longer numerals are refused: no writer makes them. */
const LONGEST_NUMBER = 400;

const WORDS = { t: 'true', f: 'false', n: 'null' } as const;
const BLANK = /[ \t\n\r]*/y;
const ZERO = 48;
const COMMA = 44;
const CLOSE = 93;
/** Digits that a float64 holds exactly. */
const SHORT = 15;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** The end of what a number may be made of: where it ends in a piece is only known behind it. */
function endOfNumeral(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    if (!isDigit && !'+-.eE'.includes(text[at] as string)) break;
  }
  return at;
}

/** A text that comes in pieces, cut anywhere. */
export interface JsonArrayParser {
  push(text: string): void;
  /** After the last piece: the numbers, with the shape of the arrays. */
  end(): Tensor;
}

type Expected = 'value' | 'value or end' | 'comma or end' | 'nothing';

/** Refuses a text that is no JSON, at a place of the piece that is being read. */
type Refuse = (at: number, reason: string) => never;

/** A parser of nested arrays of numbers; ragged arrays are refused. Its methods throw an `InputError`. */
export function jsonArrayParser(): JsonArrayParser {
  const arrays = nestedArrays();
  let expected: Expected = 'value';
  /** What of the text so far could not be read without what follows it, and where it stands. */
  let rest = '';
  let offset = 0;
  let isFirst = true;

  const refuse: Refuse = (at, reason) => {
    throw new InputError({
      place: `position ${offset + at}`,
      problem: `not valid JSON (${reason})`,
      remedy: 'give an array of numbers or of arrays of numbers',
    });
  };

  function closeArray(): void {
    expected = arrays.close() ? 'nothing' : 'comma or end';
  }

  /** A value from its first character on: where it ends, or its begin where that is not clear yet. */
  function takeValue(text: string, at: number, isLast: boolean): number {
    const character = text[at] as string;
    if (character === '-' || (character >= '0' && character <= '9')) {
      const end = takeShort(arrays, text, at);
      if (end > at) return end;
      const numeralEnd = endOfNumeral(text, at);
      const isCut = numeralEnd === text.length && numeralEnd - at <= LONGEST_NUMBER;
      return isCut && !isLast ? at : takeNumber(arrays, text, at, refuse);
    }
    // `null` and its like may be cut.
    if (!isLast && text.length - at < 5) return at;
    return refuseOther(arrays, text, at, refuse);
  }

  /** Reads the text as far as it is clear without what follows; returns where it stopped. */
  function read(text: string, isLast: boolean): number {
    let at = 0;
    for (;;) {
      // Most characters are no blanks, and looking for none takes longest.
      if (text.charCodeAt(at) <= 32) {
        BLANK.lastIndex = at;
        at += BLANK.exec(text)?.[0].length ?? 0;
      }
      const character = text[at];
      if (character === undefined) return at;
      if (expected === 'nothing') refuse(at, 'there is more after the end');
      if (expected === 'comma or end') {
        if (character === ']') closeArray();
        else if (character === ',') expected = 'value';
        else refuse(at, `unexpected ${JSON.stringify(character)}`);
        at++;
      } else if (character === '[') {
        arrays.open();
        expected = 'value or end';
        at++;
      } else if (character === ']' && expected === 'value or end') {
        closeArray();
        at++;
      } else {
        const end = takeValue(text, at, isLast);
        if (end === at) return at;
        at = end;
        expected = 'comma or end';
      }
    }
  }

  return {
    push(text) {
      if (text === '') return;
      const start = isFirst && text.startsWith('\uFEFF') ? 1 : 0;
      isFirst = false;
      const whole = rest + text.slice(start);
      const done = read(whole, false);
      offset += done;
      rest = whole.slice(done);
    },
    end() {
      read(rest, true);
      if (expected !== 'nothing') refuse(rest.length, 'it ends too early');
      return arrays.tensor();
    },
  };
}

/** Arrays as they open and close, with the numbers in them: all of a level have one length. */
interface NestedArrays {
  /** A value begins: counted in the array that holds it, and refused where it has no place. */
  begin(kind: string): void;
  open(): void;
  /** True where the outermost array is closed. */
  close(): boolean;
  keep(value: number): void;
  isInside(): boolean;
  /** Indices of the entry that is being read. */
  path(): number[];
  tensor(): Tensor;
}

function nestedArrays(): NestedArrays {
  const values: Values = newValues();
  /** Per level: the length of its arrays, 0 until the first of them has ended. */
  const shape: number[] = [];
  /** Per open array: how many entries it has so far, the one that is being read among them. */
  const counts: number[] = [];
  /** Levels of arrays above the numbers, once there is a number. */
  let depth = 0;
  const path = (): number[] => counts.map((count) => count - 1);

  function begin(kind: string): void {
    if (counts.length === 0) return;
    const level = counts.length - 1;
    counts[level] = (counts[level] as number) + 1;
    const length = shape[level] as number;
    if (length > 0 && (counts[level] as number) > length) {
      throw wrongEntry(
        path().slice(0, -1),
        `an array of more where an array of ${length} is expected`,
      );
    }
    const isNumber = kind === 'a number';
    if (isNumber && (depth === 0 || depth === counts.length)) return;
    if (kind === 'an array' && (depth === 0 || counts.length < depth)) return;
    const known = depth > counts.length ? (shape[level + 1] as number) : 0;
    throw wrongEntry(
      path(),
      known > 0
        ? `${kind} where an array of ${known} is expected`
        : `${kind} where ${depth > counts.length ? 'an array' : 'a finite number'} is expected`,
    );
  }

  return {
    begin,
    path,
    isInside: () => counts.length > 0,
    open() {
      begin('an array');
      if (counts.length === MOST_DEPTH) {
        throw wrongEntry(path(), `arrays nested more than ${MOST_DEPTH} deep`);
      }
      counts.push(0);
      if (shape.length < counts.length) shape.push(0);
    },
    close() {
      const count = counts.pop() as number;
      const level = counts.length;
      const length = shape[level] as number;
      if (length > 0 && count !== length) {
        throw wrongEntry(path(), `an array of ${count} where an array of ${length} is expected`);
      }
      if (count === 0) throw wrongEntry(path(), 'an empty array');
      shape[level] = count;
      return level === 0;
    },
    keep(value) {
      begin('a number');
      depth = counts.length;
      appendValue(values, value);
    },
    tensor: () => ({ shape, data: values.array.subarray(0, values.length) }),
  };
}

function takeNumber(arrays: NestedArrays, text: string, at: number, refuse: Refuse): number {
  NUMBER.lastIndex = at;
  const numeral = NUMBER.exec(text)?.[0];
  if (numeral === undefined) return refuse(at, 'no number after the sign');
  if (!arrays.isInside()) throw wrongEntry([], 'no array');
  const value = Number(numeral);
  const isLong = numeral.length > LONGEST_NUMBER;
  // JSON text like 1e999 has no finite value.
  if (isLong || !Number.isFinite(value)) {
    arrays.begin('a number');
    const problem = isLong
      ? 'a number of too many digits'
      : `${value} where a finite number is expected`;
    throw wrongEntry(arrays.path(), problem);
  }
  arrays.keep(value);
  return at + numeral.length;
}

/** A whole number of few digits with its end: most of all numbers, without a look at each of its parts. */
function takeShort(arrays: NestedArrays, text: string, start: number): number {
  let at = start;
  let value = 0;
  for (; at < start + SHORT; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    value = 10 * value + digit;
  }
  const next = text.charCodeAt(at);
  const isWhole = next === COMMA || next === CLOSE;
  const hasZero = at > start + 1 && text.charCodeAt(start) === ZERO;
  if (!isWhole || at === start || hasZero || !arrays.isInside()) return start;
  arrays.keep(value);
  return at;
}

/** A value that is neither array nor number: what it is said to be, if it is JSON at all. */
function refuseOther(arrays: NestedArrays, text: string, at: number, refuse: Refuse): never {
  const first = text[at] as string;
  const word = WORDS[first as keyof typeof WORDS];
  const isWord = word !== undefined && text.startsWith(word, at);
  if (first !== '"' && first !== '{' && !isWord) refuse(at, `unexpected ${JSON.stringify(first)}`);
  if (!arrays.isInside()) throw wrongEntry([], 'no array');
  arrays.begin(
    isWord ? (word === 'null' ? 'null' : 'a boolean') : first === '{' ? 'an object' : 'a string',
  );
  throw new Error('only arrays and numbers can be begun');
}

function wrongEntry(path: readonly number[], problem: string): InputError {
  return new InputError({
    place: path.length === 0 ? 'JSON text' : `entry ${path.map((index) => `[${index}]`).join('')}`,
    problem,
    remedy: 'give finite numbers in arrays of equal length',
  });
}

/** Reads nested arrays of numbers to a tensor of their shape, as `jsonArrayParser` does. */
export function readJsonArray(text: string): Tensor {
  const parser = jsonArrayParser();
  parser.push(text);
  return parser.end();
}
