import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTexts, unpackTexts } from '../../../src/cli/text/packed-texts.js';

describe('packed texts', () => {
  it('are the list again, each text once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('0', '0.25', '0.5', 'Infinity')), (list) => {
        const packed = packTexts(list);
        expect(new Set(packed.texts).size).toBe(packed.texts.length);
        expect(unpackTexts(packed)).toEqual(list);
      }),
    );
    const packed = packTexts(Array(1_000_000).fill(`0.${'0'.repeat(322)}5`));
    expect(packed.texts.length).toBe(1);
  });
});
