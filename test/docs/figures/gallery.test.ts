/**
 * Every figure of the documentation: committed as the code draws it, and nothing in it that a reader would
 * trip over, on paper, in the dark or on a phone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentationFigures } from '../../../scripts/figures/gallery.js';
import { measuredFigures } from '../../../scripts/figures/measured.js';
import {
  darkValueOf,
  paletteColours,
  SIGNS,
  SYSTEM_COLOURS,
} from '../../../src/figures/palette.js';
import { assertWellFormed, textsOf, withoutStyle } from '../../figures/drawing.js';
import { faultsOf, sizeOf } from '../../figures/layout.js';

const docs = new URL('../../../docs/', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, docs), 'utf8');
const HEAT_MAP = 'ticket/mask-heat-map.svg';

const drawn = new Map([...documentationFigures(), ...measuredFigures(textOf)]);
// The heat map's own test draws it: that takes a ticket.
const figures = new Map([...drawn, [HEAT_MAP, textOf(`figures/${HEAT_MAP}`)]]);

const SYSTEMS_FOUND = Object.values(SYSTEM_COLOURS).join('|');

/** The colour of the legend's sample before a name; undefined where the legend does not have it. */
function legendColour(svg: string, name: RegExp): string | undefined {
  const markup = withoutStyle(svg);
  return [...markup.matchAll(/<text[^>]*>([^<]*)<\/text>/g)]
    .filter(([element, text = '']) => name.test(text) && !element.includes('font-weight'))
    .map(({ index }) => {
      const sample = new RegExp(`(${SYSTEMS_FOUND})"[^<>]*/>\\s*$`);
      return markup.slice(0, index).match(sample)?.[1];
    })
    .find((colour) => colour !== undefined);
}

/** The colour of the first mark after the name of a row. */
function rowColour(svg: string, name: RegExp): string | undefined {
  const markup = withoutStyle(svg);
  const [row] = [...markup.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].filter(([, text = '']) =>
    name.test(text),
  );
  const mark = new RegExp(`<circle[^>]*"(${SYSTEMS_FOUND})"`);
  return row === undefined ? undefined : markup.slice(row.index).match(mark)?.[1];
}

describe('the documentation figures', () => {
  it('are all there, and no other', () => {
    const stored = (readdirSync(new URL('figures/', docs), { recursive: true }) as string[])
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.svg'));
    expect(stored.sort()).toEqual([...figures.keys()].sort());
  });

  it.each([...drawn])('%s is what the code draws (else: node scripts/figures.mjs)', (name, svg) => {
    assertWellFormed(svg);
    expect(textOf(`figures/${name}`)).toBe(svg);
  });

  it.each([...figures])('%s has no text cut, covered or too small for a phone', (_, svg) => {
    expect(faultsOf(svg)).toEqual([]);
    expect(sizeOf(svg).width).toBeLessThanOrEqual(700);
  });

  it.each([...figures])(
    '%s has only colours of the palette, each with its dark value',
    (_, svg) => {
      const known = new Set(paletteColours().map(([light]) => light));
      const markup = withoutStyle(svg);
      const used = new Set([...markup.matchAll(/#[0-9a-f]{6}(?=")/g)].map(([colour]) => colour));
      expect(used.size).toBeGreaterThan(2);
      for (const colour of used) {
        expect(known).toContain(colour);
        expect(svg).toContain(`="${colour}"]{fill:${darkValueOf(colour)}}`);
      }
    },
  );

  it.each([...figures])('%s says what it shows to those who cannot see it', (_, svg) => {
    expect(svg).toMatch(/ role="img"/);
    expect(svg).toMatch(/<title>[^<]{10,}<\/title>/);
    expect(svg).toMatch(/<desc>[^<]{40,}<\/desc>/);
  });

  it.each([...figures])('%s has numbers as people write them', (_, svg) => {
    for (const text of textsOf(svg)) {
      expect(text).not.toMatch(/(?<![\d.,·#-])\d{5,}/);
      expect(text).not.toMatch(/\de[+-]?\d/);
    }
  });

  it.each([...figures])('%s ends its caption with more than a few lone words', (_, svg) => {
    const caption = [...svg.matchAll(/<text x="20" [^>]*font-size="15" fill="#57606a">([^<]*)/g)];
    const last = caption.at(-1)?.[1] ?? '';
    if (caption.length > 1) expect(last.split(/[ \u00a0]/).length).toBeGreaterThan(2);
  });

  it('show every system in its one colour', () => {
    const names = {
      malach: /^Malach/,
      orseau: /^Orseau/,
      pensia: /^Pensia/,
      diffenderfer: /^Diffenderfer/,
      diamond: /^(Diamond \(the paper\)|Sreenivasan)/,
      horner: /^(Horner|unearth \(horner\))$/,
      skip: /^Skip$/,
    };
    const shown = [
      ['study/size.svg', legendColour],
      ['study/success-bounds.svg', legendColour],
      ['table-one/digits-weights.svg', rowColour],
    ] as const;
    let seen = 0;
    for (const [file, colourOf] of shown) {
      for (const [system, name] of Object.entries(names)) {
        const colour = colourOf(figures.get(file) ?? '', name);
        if (colour === undefined) continue;
        seen++;
        expect([file, system, colour]).toEqual([
          file,
          system,
          SYSTEM_COLOURS[system as keyof typeof SYSTEM_COLOURS],
        ]);
      }
    }
    expect(seen).toBe(7 + 6 + 6);
    // A figure of one system has its colour and no other system's.
    for (const [file, svg] of figures) {
      const [, own] = /success-(\w+)-(?:width|depth)/.exec(file) ?? [];
      if (own === undefined) continue;
      for (const [system, colour] of Object.entries(SYSTEM_COLOURS)) {
        expect(withoutStyle(svg).includes(colour)).toBe(system === own);
      }
    }
  });

  it('show signs in blue and orange, and no plot has these', () => {
    const signs = Object.values(SIGNS);
    for (const [file, svg] of figures) {
      const drawsEdges = /weight \+1/.test(svg);
      expect([file, signs.some((sign) => withoutStyle(svg).includes(sign))]).toEqual([
        file,
        drawsEdges,
      ]);
    }
  });
});
