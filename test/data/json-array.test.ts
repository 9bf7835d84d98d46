import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { jsonArrayParser, readJsonArray } from '../../src/data/json-array.js';
import { damagedFiles, expectTensorOrInputError, finiteNumbers } from './writers.js';

describe('readJsonArray', () => {
  it('returns flat and nested arrays as written', () => {
    fc.assert(
      fc.property(fc.array(finiteNumbers, { minLength: 1, maxLength: 9 }), (values) => {
        // JSON.stringify writes minus zero as 0.
        const written = values.map((value) => value + 0);
        expect(readJsonArray(JSON.stringify(written))).toEqual({
          shape: [written.length],
          data: Float64Array.from(written),
        });
        expect(readJsonArray(JSON.stringify([written, written]))).toEqual({
          shape: [2, written.length],
          data: Float64Array.from([...written, ...written]),
        });
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('reads images of colours', () => {
    const tensor = readJsonArray(' [ [[[1,2],[3,4]],[[5,6],[7,8]]] ] ');
    expect(tensor.shape).toEqual([1, 2, 2, 2]);
    expect([...tensor.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it.each([
    ['an empty file', '', 'not valid JSON'],
    ['a cut file', '[[1,2],[3', 'not valid JSON'],
    ['a number', '3', 'JSON text: no array'],
    ['an object', '{"data":[1]}', 'JSON text: no array'],
    ['an empty array', '[]', 'JSON text: an empty array'],
    ['an empty row', '[[],[]]', 'entry [0]: an empty array'],
    ['a ragged row', '[[1,2],[3]]', 'entry [1]: an array of 1 where an array of 2 is expected'],
    ['a number among rows', '[[1],2]', 'entry [1]: a number where an array of 1'],
    ['a row among numbers', '[1,[2]]', 'entry [1]: an array where a finite number'],
    ['null', '[[1],[null]]', 'entry [1][0]: null'],
    ['a string', '["1"]', 'entry [0]: a string'],
    ['a number beyond float64', '[1,1e999]', 'entry [1]: Infinity'],
    ['NaN', '[NaN]', 'not valid JSON'],
    ['a million brackets', '['.repeat(1_000_000) + ']'.repeat(1_000_000), 'more than 8 deep'],
    [
      'a deep object',
      `[1,${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]`,
      'entry [1]: an object',
    ],
  ])('refuses %s and names the place', (_name, text, message) => {
    expect(() => readJsonArray(text)).toThrow(InputError);
    expect(() => readJsonArray(text)).toThrow(message);
  });

  it('reads texts that are cut anywhere', () => {
    const text = '\uFEFF [ [1.5, -2e-3,\n 10],[true' as const;
    const whole = `${text.slice(0, -6)},[4,5,600.25]]`;
    for (let cut = 0; cut <= whole.length; cut++) {
      const parser = jsonArrayParser();
      parser.push(whole.slice(0, cut));
      parser.push(whole.slice(cut));
      expect(parser.end()).toEqual({
        shape: [2, 3],
        data: Float64Array.of(1.5, -0.002, 10, 4, 5, 600.25),
      });
    }
    const parser = jsonArrayParser();
    for (const character of whole) parser.push(character);
    expect(parser.end().shape).toEqual([2, 3]);
    const words = jsonArrayParser();
    words.push('[1,tr');
    expect(() => words.push('ue]')).toThrow('entry [1]: a boolean');
  });

  it.each([
    ['01', 'unexpected "1"'],
    ['[1.]', 'unexpected "."'],
    ['[-]', 'no number after the sign'],
    ['[1,]', 'unexpected "]"'],
    ['[1] 2', 'there is more after the end'],
    ['[[1],[2]', 'it ends too early'],
    ['[tru]', 'unexpected "t"'],
  ])('says of %s that it is no JSON', (text, reason) => {
    expect(() => readJsonArray(`${text.startsWith('[') ? '' : '['}${text}`)).toThrow(reason);
  });

  it('refuses a number without end long before it has all of it', () => {
    const parser = jsonArrayParser();
    parser.push('[1');
    expect(() => {
      for (let piece = 0; piece < 100; piece++) parser.push('0'.repeat(50));
    }).toThrow('a number of too many digits');
  });

  it('does not make room for what a first row only promises', () => {
    const row = `[${Array(20_000).fill(0).join(',')}]`;
    expect(() => readJsonArray(`[${row}${',[]'.repeat(20_000)}]`)).toThrow(
      'entry [1]: an array of 0',
    );
  });

  it('gives a tensor or an InputError for 3,000 damaged files', () => {
    const file = new TextEncoder().encode('[[1,2.5,-3e2],[4,5,6]]');
    fc.assert(
      fc.property(damagedFiles(file), (bytes) => {
        expectTensorOrInputError(() => readJsonArray(new TextDecoder('latin1').decode(bytes)));
      }),
      { seed: 8, numRuns: 3000 },
    );
  });
});
