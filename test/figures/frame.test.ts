/** What stands around every drawing, whatever its title and caption hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framedFigure, WIDTH } from '../../src/figures/frame.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf, sizeOf } from './layout.js';

const figure = (title: string, caption: string): string =>
  framedFigure({ title, caption }, (top) => ({ parts: [], bottom: top + 40 }));

describe('framedFigure', () => {
  it('keeps any title and caption inside, apart and whole', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[ -~]{1,90}$/),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    );
    const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (title, caption) => {
        const svg = figure(title, caption);
        expect(faultsOf(svg)).toEqual([]);
        expect(sizeOf(svg).width).toBe(WIDTH);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('breaks a name that is longer than a line, and loses none of it', () => {
    const name = `${'a-long-name-'.repeat(20)}.ticket`;
    const svg = figure(`Masks of ${name}`, 'A caption.');
    assertWellFormed(svg);
    expect(textsOf(svg).slice(0, -1).join('').replaceAll(' ', '')).toBe(`Masksof${name}`);
  });
});
