/** Domains on the command line and in text files. */
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/core/errors.js';
import { nextUp } from '../../src/target/decimal.js';
import { parseDomain, readBoxText } from '../../src/target/domain.js';

describe('parseDomain', () => {
  it('reads box, ball and all, rounded outwards', () => {
    expect(parseDomain('all', 3)).toEqual({ kind: 'all' });
    expect(parseDomain(' box:-1, .5 ', 2)).toEqual({
      kind: 'box',
      lower: Float64Array.of(-1, -1),
      upper: Float64Array.of(0.5, 0.5),
    });
    // The float64 next to 0.1 lies above it, the one next to 0.3 below.
    expect(parseDomain('box:0.1,0.3', 1)).toEqual({
      kind: 'box',
      lower: Float64Array.of(0.09999999999999999),
      upper: Float64Array.of(0.30000000000000004),
    });
    expect(parseDomain('ball:0.3', 1)).toEqual({ kind: 'ball', radius: nextUp(0.3) });
    expect(parseDomain('box:2,2', 1).kind).toBe('box');
  });

  it.each([
    ['boxes:0,1', 'is unknown'],
    ['', 'is unknown'],
    ['box', 'is unknown'],
    ['box:', '"" is no number'],
    ['box:0', 'has 1 numbers'],
    ['box:0,1,2', 'has 3 numbers'],
    ['box:1,0', 'empty'],
    ['box:0,1e999', '"1e999" is no number'],
    ['box:0,NaN', '"NaN" is no number'],
    ['ball:-1', 'not positive'],
    ['ball:0', 'not positive'],
    ['ball:1,2', 'has 2 numbers'],
    ['ball:a\nb', 'is no number'],
  ])('refuses %j', (text, part) => {
    expect(() => parseDomain(text, 2)).toThrow(UsageError);
    expect(() => parseDomain(text, 2)).toThrow(part);
  });
});

describe('readBoxText', () => {
  it('reads one pair a line', () => {
    const text = '# bounds\r\n-0.5 0.5\n\n  1\t2  \n-1e-3, 0.1';
    expect(readBoxText(text, 3)).toEqual({
      kind: 'box',
      lower: Float64Array.of(-0.5, 1, -0.001),
      upper: Float64Array.of(0.5, 2, 0.1),
    });
  });

  it.each([
    ['0 1', 2, 'end of file: there are only 1 of 2 pairs'],
    ['0 1\n0 1', 1, 'line 2: there are more than 1 pairs'],
    ['0 1 2', 1, 'line 1: "0 1 2" is not a pair of numbers'],
    ['0 1\n0 x', 2, 'line 2: "0 x" is not a pair'],
    ['0', 1, 'line 1: "0" is not a pair'],
    ['2 1', 1, 'line 1: the bounds "2 1" are empty'],
    ['0 nan', 1, 'not a pair'],
  ])('refuses %j', (text, inputs, part) => {
    expect(() => readBoxText(text, inputs)).toThrow(InputError);
    expect(() => readBoxText(text, inputs)).toThrow(part);
  });
});
