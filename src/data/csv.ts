/**
 * Tables of numbers as text: one sample a line, cells between commas, semicolons, tabs or spaces. A
 * first line of column names, blank lines and lines that begin with `#` are passed over.
 */
import { InputError } from '../core/errors.js';
import type { Tensor } from './tensor.js';

type Delimiter = ',' | ';' | '\t' | ' ';

/** Every digit run is followed by what cannot be a digit, so a match takes linear time. */
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Words that other programs write for values which are no numbers; never taken for column names. */
const missingPattern = /^[+-]?(?:nan|inf|infinity|null|none|na|n\/a)$/i;

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

/** Column names: no cell is a number or a word for a missing one, and what is not empty has a letter. */
function isHeader(line: string, delimiter: Delimiter): boolean {
  let named = false;
  for (const cell of cellsOf(line, delimiter)) {
    if (cell === '') continue;
    if (!/\p{L}/u.test(cell) || numberPattern.test(cell) || missingPattern.test(cell)) return false;
    named = true;
  }
  return named;
}

/** The lines that hold cells, with their numbers from 1; `\n`, `\r\n` and `\r` end a line. */
function* contentLines(text: string): Generator<{ line: string; lineNumber: number }> {
  const lineEnd = /\r\n|\n|\r/g;
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (let lineNumber = 1; start <= text.length; lineNumber++) {
    const found = lineEnd.exec(text);
    const end = found === null ? text.length : found.index;
    const line = text.slice(start, end).trim();
    if (line !== '' && !line.startsWith('#')) yield { line, lineNumber };
    if (found === null) return;
    start = lineEnd.lastIndex;
  }
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

/** A float64 array that grows by doubling. */
interface Values {
  array: Float64Array;
  length: number;
}

function append(values: Values, value: number): void {
  if (values.length === values.array.length) {
    const grown = new Float64Array(2 * values.array.length);
    grown.set(values.array);
    values.array = grown;
  }
  values.array[values.length++] = value;
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
    append(values, value);
  }
  if (columns > 0 && column < columns) throw raggedError(lineNumber, String(column), columns);
  return column;
}

/**
 * Reads a table of numbers to a tensor of shape `[lines, columns]`. A line is taken for column names
 * only if it is the first and none of its cells is a number; lines of unequal length are refused.
 */
export function readCsv(text: string): Tensor {
  const values: Values = { array: new Float64Array(1024), length: 0 };
  let delimiter: Delimiter | undefined;
  let columns = 0;
  let rows = 0;
  let headerSeen = false;
  for (const content of contentLines(text)) {
    delimiter ??= delimiterOf(content.line);
    if (rows === 0 && !headerSeen && isHeader(content.line, delimiter)) {
      headerSeen = true;
      // Names may contain other separators than the numbers below them.
      delimiter = undefined;
      continue;
    }
    columns = readLine(content, delimiter, columns, values);
    rows++;
  }
  if (rows === 0) {
    throw new InputError({
      place: 'line 1',
      problem: 'no line with numbers',
      remedy: 'give one line of numbers per sample',
    });
  }
  return { shape: [rows, columns], data: values.array.slice(0, values.length) };
}
