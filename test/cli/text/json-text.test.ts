import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPieces } from '../../../src/cli/text/json-text.js';

describe('JSON in pieces', () => {
  it('is what JSON.stringify makes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value, null, 2));
      }),
    );
    const value = {
      a: undefined,
      b: [undefined, Number.NaN, []],
      c: {},
      'd"': { e: [{ f: null }] },
    };
    expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value, null, 2));
  });

  it('comes in pieces of a length that a string may have', () => {
    const long = Array<string>(3000).fill('0'.repeat(1000));
    const pieces = [...jsonPieces(long)];
    expect(pieces.length).toBeGreaterThan(40);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
    expect(pieces.join('')).toBe(JSON.stringify(long, null, 2));
  });
});
