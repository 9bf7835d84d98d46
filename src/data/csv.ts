/**
 * Tables of numbers as text: one sample a line, cells between commas, semicolons, tabs or spaces. A
 * first line of column names, blank lines and lines that begin with `#` are passed over; not those that begin
 * with an error of a spreadsheet, as `#N/A`.
 */
import { InputError } from '../core/errors.js';
import type { Tensor } from './tensor.js';
import { appendValue, newValues, type Values } from './values.js';

type Delimiter = ',' | ';' | '\t' | ' ';

/** Every digit run is followed by what cannot be a digit, so a match takes linear time. */
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** What spreadsheets write for a value that could not be computed. */
const spreadsheetError = /^#(?:n\/a|div\/0!|value!|ref!|name\?|num!|null!|spill!|calc!)/i;
/** Words that other programs write for values which are no numbers; never taken for column names. */
const missingPattern =
  /^[+-]?(?:nan(?:\(\w*\))?|inf|infinity|null|none|na|n\/a|\d\.#\w+|#(?:n\/a|\w+(?:\/0)?[!?]))$/i;
/** How a number begins, well written or not. */
const numberBegin = /^[+-]?\.?\d/;

/** The first data line decides: the strongest separator that occurs in it. */
function delimiterOf(line: string): Delimiter {
  for (const delimiter of [';', '\t', ','] as const) {
    if (line.includes(delimiter)) return delimiter;
  }
  return ' ';
}

/**
 * The cells of a line one by one, so that a line of a hundred million separators is refused at its
 * first empty cell and never held as an array.
 */
function* cellsOf(line: string, delimiter: Delimiter): Generator<string> {
  if (delimiter === ' ') {
    for (const match of line.matchAll(/\S+/g)) yield cleanCell(match[0]);
    return;
  }
  let start = 0;
  while (start <= line.length) {
    const found = line.indexOf(delimiter, start);
    const end = found < 0 ? line.length : found;
    yield cleanCell(line.slice(start, end));
    start = end + 1;
  }
}

/** Some programs put every cell in quotes. */
function cleanCell(cell: string): string {
  const text = cell.trim();
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return quoted ? text.slice(1, -1).trim() : text;
}

/**
 * Column names: no cell is a number or a word for a missing one, what is not empty has a letter, and some
 * cell does not even begin like a number (`0x1`, `1.0f`; the pixels of images are called `1x1`, beside a label).
 */
function isHeader(line: string, delimiter: Delimiter): boolean {
  let named = false;
  for (const cell of cellsOf(line, delimiter)) {
    if (cell === '') continue;
    if (!/\p{L}/u.test(cell) || numberPattern.test(cell) || missingPattern.test(cell)) return false;
    if (!numberBegin.test(cell)) named = true;
  }
  return named;
}

function cellError(cell: string, lineNumber: number, column: number): InputError {
  const shown = cell.length > 40 ? `${cell.slice(0, 40)}...` : cell;
  return new InputError({
    place: `line ${lineNumber}, column ${column}`,
    problem: cell === '' ? 'an empty cell' : `'${shown}' is not a finite number`,
    remedy: 'give finite numbers with a decimal point, and the same number of cells in every line',
  });
}

function raggedError(lineNumber: number, found: string, columns: number): InputError {
  return new InputError({
    place: `line ${lineNumber}`,
    problem: `${found} cells where the lines before have ${columns}`,
    remedy: 'give the same number of cells in every line',
  });
}

/** Appends the numbers of one line and returns how many they are; `columns` is 0 when unknown. */
function readLine(
  { line, lineNumber }: { line: string; lineNumber: number },
  delimiter: Delimiter,
  columns: number,
  values: Values,
): number {
  let column = 0;
  for (const cell of cellsOf(line, delimiter)) {
    column++;
    if (columns > 0 && column > columns) throw raggedError(lineNumber, 'more', columns);
    const value = numberPattern.test(cell) ? Number(cell) : Number.NaN;
    if (!Number.isFinite(value)) throw cellError(cell, lineNumber, column);
    appendValue(values, value);
  }
  if (columns > 0 && column < columns) throw raggedError(lineNumber, String(column), columns);
  return column;
}

const LINE_FEED = 10;

/** Longest line, in characters: a million cells of usual length. */
const LONGEST_LINE = 2 ** 26;

/** A table that comes in pieces of text, cut anywhere. */
export interface CsvParser {
  /** Cells in every line; 0 until the first line with numbers. */
  readonly columns: number;
  /** Lines whose numbers were read and not taken yet. */
  readonly rows: number;
  push(text: string): void;
  /** After the last piece. */
  end(): void;
  /** The numbers of the next lines, at most `most`, row-major. */
  take(most: number): Float64Array;
  /** All that was not taken, without a copy: nothing may be pushed after that. */
  takeRest(): Float64Array;
}

/**
 * A parser of tables of numbers. A line is taken for column names only if it is the first and none of
 * its cells is a number; lines of unequal length are refused. All methods throw an `InputError` that
 * names the line.
 */
export function csvParser(): CsvParser {
  const values = newValues();
  let taken = 0;
  let delimiter: Delimiter | undefined;
  let columns = 0;
  let headerSeen = false;
  let lineNumber = 0;
  /** The pieces of the line that has not ended yet, and their length. */
  let pending: string[] = [];
  let pendingLength = 0;
  /** Whether the last piece ended in `\r`, so that a `\n` now belongs to it. */
  let afterReturn = false;

  function readContent(line: string): void {
    delimiter ??= delimiterOf(line);
    if (columns === 0 && !headerSeen && isHeader(line, delimiter)) {
      headerSeen = true;
      // Names may contain other separators than the numbers below them.
      delimiter = undefined;
      return;
    }
    columns = readLine({ line, lineNumber }, delimiter, columns, values);
  }

  function endLine(text: string): void {
    const line = (lineNumber === 0 && text.startsWith('\uFEFF') ? text.slice(1) : text).trim();
    lineNumber++;
    if (line !== '' && (!line.startsWith('#') || spreadsheetError.test(line))) readContent(line);
  }

  /** `\n`, `\r\n` and `\r` end a line. */
  function endLines(text: string): void {
    const lineEnd = /\r\n|\n|\r/g;
    let start = afterReturn && text.startsWith('\n') ? 1 : 0;
    lineEnd.lastIndex = start;
    // Millions of empty lines before, between and after others.
    const skip = (): void => {
      while (pendingLength === 0 && text.charCodeAt(start) === LINE_FEED) {
        start++;
        lineNumber++;
      }
      lineEnd.lastIndex = start;
    };
    skip();
    for (let found = lineEnd.exec(text); found !== null; found = lineEnd.exec(text)) {
      endLine(pending.join('') + text.slice(start, found.index));
      pending = [];
      pendingLength = 0;
      start = lineEnd.lastIndex;
      skip();
    }
    afterReturn = text.endsWith('\r');
    pending.push(text.slice(start));
    pendingLength += text.length - start;
    if (pendingLength > LONGEST_LINE) {
      throw new InputError({
        place: `line ${lineNumber + 1}`,
        problem: `it is longer than ${LONGEST_LINE} characters`,
        remedy: 'give one line of numbers per sample',
      });
    }
  }

  return {
    get columns() {
      return columns;
    },
    get rows() {
      return columns === 0 ? 0 : (values.length - taken) / columns;
    },
    push(text) {
      if (text !== '') endLines(text);
    },
    end() {
      endLine(pending.join(''));
      pending = [];
      if (columns > 0) return;
      throw new InputError({
        place: 'line 1',
        problem: 'no line with numbers',
        remedy: 'give one line of numbers per sample',
      });
    },
    takeRest: () => values.array.subarray(taken, values.length),
    take(most) {
      const end = Math.min(values.length, taken + most * columns);
      const result = values.array.slice(taken, end);
      taken = end;
      // Moved to the front now and then, so that the array stays as long as what waits in it.
      if (2 * taken >= values.length) {
        values.array.copyWithin(0, taken, values.length);
        values.length -= taken;
        taken = 0;
      }
      return result;
    },
  };
}

/** Reads a whole table to a tensor of shape `[lines, columns]`, as `csvParser` does. */
export function readCsv(text: string): Tensor {
  const parser = csvParser();
  parser.push(text);
  return csvTensor(parser);
}

/** The whole table of a parser to which all of its text was pushed. */
export function csvTensor(parser: CsvParser): Tensor {
  parser.end();
  const { rows, columns } = parser;
  return { shape: [rows, columns], data: parser.takeRest() };
}
