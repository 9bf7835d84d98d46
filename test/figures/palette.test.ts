/** The palette: visible on both papers, told apart with every kind of colour vision. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemStyle } from '../../src/figures/marks.js';
import {
  BAND,
  BORDER,
  BOUND_COLOURS,
  categoryColour,
  darkValueOf,
  GRID,
  INK,
  PAPER,
  paletteColours,
  QUIET,
  ROLE_COLOURS,
  SAMPLE_COLOURS,
  SHADES,
  SIGNS,
  SYSTEM_COLOURS,
  systemColour,
  WEIGHT_CHOICE_COLOURS,
} from '../../src/figures/palette.js';
import { contrast, leastDistance } from './colour-vision.js';

const dark = (light: string): string => darkValueOf(light) ?? '';
const BLACK = dark(PAPER);

describe('the palette', () => {
  const behind = new Set<string>([PAPER, BORDER, GRID, BAND, ...SHADES]);

  it.each(paletteColours().filter(([light]) => !behind.has(light)))(
    '%s and in the dark %s stand out from their paper',
    (light, other) => {
      expect(contrast(light, PAPER)).toBeGreaterThanOrEqual(3);
      expect(contrast(other, BLACK)).toBeGreaterThanOrEqual(3);
    },
  );

  it('has texts that are easy to read, on bands too', () => {
    for (const text of [INK, QUIET]) {
      for (const paper of [PAPER, BAND]) {
        expect(contrast(text, paper)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(dark(text), dark(paper))).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it.each([
    ['systems', Object.values(SYSTEM_COLOURS), 0.09],
    ['signs', Object.values(SIGNS), 0.15],
    ['roles', Object.values(ROLE_COLOURS), 0.09],
    ['categories', [0, 1, 2, 3, 4, 5].map(categoryColour), 0.09],
    ['bounds', Object.values(BOUND_COLOURS), 0.09],
    ['samples', Object.values(SAMPLE_COLOURS), 0.09],
    ['choices of weights', Object.values(WEIGHT_CHOICE_COLOURS), 0.09],
  ])('tells %s apart, with every kind of colour vision', (_, colours, least) => {
    expect(leastDistance(colours)).toBeGreaterThan(least);
    expect(leastDistance(colours.map(dark))).toBeGreaterThan(least);
  });

  it('gives the colours of signs and systems to nothing else', () => {
    const all = paletteColours().map(([light]) => light);
    expect(new Set(all).size).toBe(all.length);
    const named = [...Object.values(SIGNS), ...Object.values(SYSTEM_COLOURS)];
    const others = [...Object.values(ROLE_COLOURS), ...[0, 1, 2, 3, 4, 5].map(categoryColour)];
    expect(new Set([...named, ...others]).size).toBe(named.length + others.length);
  });

  it('is where every colour is written, and the frame the only way to a picture', () => {
    const texts = ['src', 'scripts/figures'].flatMap((folder) =>
      readdirSync(new URL(`../../${folder}/`, import.meta.url), {
        recursive: true,
        encoding: 'utf8',
      })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((file) => file.endsWith('.ts'))
        .map((file) => ({
          file,
          text: readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
        })),
    );
    const using = (pattern: RegExp): string[] =>
      texts.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
    expect(using(/['"`: ]#(?:[0-9a-f]{3}){1,2}\b(?!')/i)).toEqual([]);
    expect(using(/'#(?:[0-9a-f]{3}){1,2}'/i)).toEqual(['src/figures/palette.ts']);
    expect(using(/\bsvgDocument\b/).sort()).toEqual(['src/figures/frame.ts', 'src/figures/svg.ts']);
  });

  it('gives every system a mark of its own, and ink to one it does not know', () => {
    const systems = Object.keys(SYSTEM_COLOURS);
    expect(new Set(systems.map((system) => systemStyle(system).marker)).size).toBe(systems.length);
    expect(systemColour('another')).toBe(INK);
  });

  it('has shades that go evenly away from the paper', () => {
    for (const [shades, paper] of [
      [SHADES, PAPER],
      [SHADES.map(dark), BLACK],
    ] as const) {
      const contrasts = shades.map((shade) => contrast(shade, paper));
      for (const [index, each] of contrasts.entries()) {
        expect(each).toBeGreaterThan(index === 0 ? 1.05 : 1.1 * contrasts[index - 1]);
      }
    }
  });
});
