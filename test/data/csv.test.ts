import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { csvParser, readCsv } from '../../src/data/csv.js';
import { damagedFiles, expectTensorOrInputError, finiteNumbers } from './writers.js';

const tables = fc.integer({ min: 1, max: 6 }).chain((columns) =>
  fc.array(fc.array(finiteNumbers, { minLength: columns, maxLength: columns }), {
    minLength: 1,
    maxLength: 6,
  }),
);

/** Shortest decimal that reads back as the same float64, minus zero included. */
function decimal(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

describe('readCsv', () => {
  it('returns any table as written, whatever the delimiter, line end and header', () => {
    fc.assert(
      fc.property(
        tables,
        fc.constantFrom(',', ';', '\t', ' ', ', ', '  '),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        (table, delimiter, lineEnd, header) => {
          const names = header ? [table[0].map((_, column) => `x${column}`).join(delimiter)] : [];
          const lines = table.map((row) => row.map(decimal).join(delimiter));
          const tensor = readCsv([...names, ...lines, ''].join(lineEnd));
          expect(tensor.shape).toEqual([table.length, table[0].length]);
          expect(tensor.data).toEqual(Float64Array.from(table.flat()));
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it.each([
    ['a byte order mark', '\uFEFF1,2\n', [1, 2]],
    ['comments and blank lines', '# made by savetxt\n\n1,2\n \n# more\n3,4\n', [1, 2, 3, 4]],
    ['quoted cells', '"a","b"\n"1"," 2 "\n', [1, 2]],
    ['pixels as names', 'label,1x1,1x2\n1,2,3', [1, 2, 3]],
    ['an index column in the header', ',a,b\n0,1,2', [0, 1, 2]],
    ['a header with other separators', 'speed, in m/s;angle, in rad\n1.5 2.5', [1.5, 2.5]],
    ['forms of numbers', '+1,.5,2.,1e3,-1E-2', [1, 0.5, 2, 1000, -0.01]],
  ])('reads %s', (_name, text, values) => {
    expect([...readCsv(text).data]).toEqual(values);
  });

  it('reads more lines than it makes room for at first', () => {
    const text = Array.from({ length: 5000 }, (_, line) => `${line},${2 * line}`).join('\n');
    const { shape, data } = readCsv(text);
    expect(shape).toEqual([5000, 2]);
    expect(data[9999]).toBe(9998);
  });

  it.each([
    ['an empty file', '', 'line 1'],
    ['a file of names only', 'a,b\n', 'line 1'],
    ['two lines of names', 'a,b\nc,d\n1,2\n', 'line 2, column 1'],
    ['a short line', '1,2,3\n\n4,5\n', 'line 3: 2 cells'],
    ['a long line', 'x,y\n1,2\n3,4,5\n', 'line 3: more cells'],
    ['a word', '1,2\n3,four\n', 'line 2, column 2'],
    ['a name beside numbers', '1,two\n3,4\n', 'line 1, column 2'],
    ['NaN in the first line', 'nan,nan\n1,2\n', 'line 1, column 1'],
    ['an infinity', '1\n-inf\n', 'line 2, column 1'],
    ['a number beyond float64', '1\n1e999\n', 'line 2, column 1'],
    ['an empty cell', '1,,3\n', 'line 1, column 2'],
    ['a trailing delimiter', '1,2,\n', 'line 1, column 3'],
    ['a decimal comma', '1,5;2,5\n', 'line 1, column 1'],
    ['hexadecimal', '1\n0x10\n', 'line 2, column 1'],
    ['delimiters only', ',,,,\n', 'line 1, column 1'],
    ['an error of a spreadsheet, which is no comment', '1,2\n#N/A,2\n3,4\n', 'line 2, column 1'],
    ['another one', '#DIV/0!\n1\n', 'line 1, column 1'],
    ['such errors alone in a column', '1;2\n#NAME?;\n', 'line 2, column 1'],
    ['what C calls no number', '-nan(ind),-nan(ind)\n1,2\n', 'line 1, column 1'],
    ['what Windows calls no number', '1.#QNAN,1.#INF\n1,2\n', 'line 1, column 1'],
    ['hexadecimal in the first line', '0x1,0x2\n1,2\n', 'line 1, column 1'],
    ['a suffix in the first line', '1.0f,2.0f\n1,2\n', 'line 1, column 1'],
  ])('refuses %s and names the place', (_name, text, place) => {
    expect(() => readCsv(text)).toThrow(InputError);
    expect(() => readCsv(text)).toThrow(place);
  });

  it('refuses a line of ten million delimiters at its first empty cell', () => {
    expect(() => readCsv(`1${','.repeat(10_000_000)}`)).toThrow('line 1, column 2: an empty cell');
  });

  it('shows the beginning of a very long cell only', () => {
    expect(() => readCsv(`1\n${'9'.repeat(1_000_000)}x`)).toThrow(/'9{40}\.\.\.'/);
  });

  it('gives a tensor or an InputError for 4,000 damaged files', () => {
    const file = new TextEncoder().encode('# c\r\na,b,c\r\n1,2.5,-3e2\r\n4,5,6\r\n');
    fc.assert(
      fc.property(fc.oneof(damagedFiles(file), fc.uint8Array({ maxLength: 40 })), (bytes) => {
        expectTensorOrInputError(() => readCsv(new TextDecoder('latin1').decode(bytes)));
      }),
      { seed: 6, numRuns: 4000 },
    );
  });

  it('counts the lines that it passes over, wherever the text is cut', () => {
    const text = `1,2${'\n'.repeat(7)}\r\n\n3,x\n`;
    for (let cut = 0; cut < text.length; cut++) {
      const parser = csvParser();
      const read = (): void => {
        parser.push(text.slice(0, cut));
        parser.push(text.slice(cut));
        parser.end();
      };
      expect(read).toThrow('line 10, column 2');
    }
  });
});
