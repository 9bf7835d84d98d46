/**
 * The header of a NumPy `.npy` file: a Python dictionary literal with the keys `descr`,
 * `fortran_order` and `shape`. Read by a small grammar, never evaluated.
 */
import { InputError } from '../core/errors.js';

/** The three entries of the dictionary. */
export interface NpyHeader {
  /** NumPy's type string, such as `<f8`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Value = string | boolean | readonly number[];

/** Longest literal integer that is below 2^53 whatever its digits are. */
const maximumDigits = 15;

/** Parses the dictionary; `offset` is where it begins in the file, to name places. */
export function parseNpyHeader(text: string, offset: number): NpyHeader {
  const entries = new Map<string, Value>();
  const scanner = new Scanner(text, offset);
  scanner.expect('{');
  while (!scanner.accept('}')) {
    const key = scanner.string();
    scanner.expect(':');
    if (entries.has(key)) throw scanner.error(`a second entry '${key.slice(0, 40)}'`);
    entries.set(key, scanner.value());
    if (scanner.accept(',')) continue;
    scanner.expect('}');
    break;
  }
  scanner.end();
  const descr = entries.get('descr');
  const fortranOrder = entries.get('fortran_order');
  const shape = entries.get('shape');
  if (typeof descr !== 'string' || typeof fortranOrder !== 'boolean' || !Array.isArray(shape)) {
    throw scanner.error("the entries 'descr', 'fortran_order' and 'shape' are not all there");
  }
  return { descr, fortranOrder, shape };
}

class Scanner {
  private position = 0;
  private readonly text: string;
  private readonly offset: number;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  error(problem: string): InputError {
    return new InputError({
      place: `NPY header, byte ${this.offset + this.position}`,
      problem,
      remedy: 'save one plain numeric array with numpy.save',
    });
  }

  accept(symbol: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(symbol, this.position)) return false;
    this.position += symbol.length;
    return true;
  }

  expect(symbol: string): void {
    if (!this.accept(symbol)) throw this.error(`'${symbol}' expected`);
  }

  end(): void {
    this.skipSpace();
    if (this.position !== this.text.length) throw this.error('text after the dictionary');
  }

  string(): string {
    this.skipSpace();
    const quote = this.text[this.position];
    const close = this.text.indexOf(quote ?? "'", this.position + 1);
    if ((quote !== "'" && quote !== '"') || close < 0) throw this.error('a string expected');
    const content = this.text.slice(this.position + 1, close);
    this.position = close + 1;
    return content;
  }

  value(): Value {
    if (this.accept('True')) return true;
    if (this.accept('False')) return false;
    if (this.accept('(')) return this.tuple();
    if (this.accept('[')) throw this.error('a structured type (several named fields)');
    return this.string();
  }

  private tuple(): number[] {
    const numbers: number[] = [];
    while (!this.accept(')')) {
      numbers.push(this.integer());
      if (this.accept(',')) continue;
      this.expect(')');
      break;
    }
    return numbers;
  }

  private integer(): number {
    this.skipSpace();
    const start = this.position;
    while (isDigit(this.text.charCodeAt(this.position))) this.position++;
    const digits = this.text.slice(start, this.position);
    if (digits === '' || digits.length > maximumDigits) throw this.error('a size expected');
    // Python 2 wrote long integers as `3L`.
    if (this.text[this.position] === 'L') this.position++;
    return Number(digits);
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.position))) this.position++;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
