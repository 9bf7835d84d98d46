/** Widths of text, and how it is broken into lines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTextWidth, wrapText } from '../../src/figures/text-width.js';

const plain = (lines: readonly string[]): string => lines.join(' ').replaceAll('\u00a0', ' ');

describe('estimateTextWidth', () => {
  it('adds the advances of a wide font, more for bold letters', () => {
    expect(estimateTextWidth('', 20)).toBe(0);
    expect(estimateTextWidth('000', 10)).toBeCloseTo(19.08, 9);
    expect(estimateTextWidth('W', 10)).toBeGreaterThan(2 * estimateTextWidth('i', 10));
    for (let code = 32; code < 127; code++) {
      const character = String.fromCharCode(code);
      expect(estimateTextWidth(character, 1, true)).toBeGreaterThanOrEqual(
        estimateTextWidth(character, 1),
      );
      expect(estimateTextWidth(character, 1, true)).toBeLessThanOrEqual(
        1.27 * estimateTextWidth(character, 1),
      );
    }
    expect(estimateTextWidth('網路', 10)).toBe(20);
  });
});

describe('wrapText', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 });

  it('loses no word, and fills lines no further than the width', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 300 }), (list, width) => {
        const lines = wrapText(list.join(' '), 13, width);
        expect(plain(lines)).toBe(list.join(' '));
        for (const line of lines.filter((each) => each.includes(' '))) {
          expect(estimateTextWidth(line, 13)).toBeLessThanOrEqual(width);
        }
      }),
      { seed: 2 },
    );
  });

  it('leaves no last word alone where the lines above have words to spare', () => {
    const text = 'seven short words stand in one line but the eighth goes over';
    const lines = wrapText(text, 10, estimateTextWidth(text, 10) - 1);
    expect(lines).toHaveLength(2);
    expect(lines[1].split(' ').length).toBeGreaterThan(3);
  });

  it('breaks no formula, and no number from its word or unit', () => {
    const text =
      'Here d = 16 and ε = 0.01, and a share of 95 % of the seeds 0 to 999 holds. Seed 1.';
    for (let width = 40; width < 500; width += 7) {
      const lines = wrapText(text, 12, width);
      expect(plain(lines)).toBe(text);
      for (const whole of ['d = 16', '= 0.01', '95 %', 'seeds 0', 'Seed 1.']) {
        expect(lines.some((line) => line.replaceAll('\u00a0', ' ').includes(whole))).toBe(true);
      }
    }
  });
});
