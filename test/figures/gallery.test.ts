import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentationFigures } from '../../src/figures/gallery.js';
import { assertWellFormed } from './drawing.js';

const folder = new URL('../../docs/figures/', import.meta.url);

describe('the documentation figures', () => {
  const figures = documentationFigures();

  it('are all there, and no other', () => {
    const stored = ['', 'paper/'].flatMap((under) =>
      readdirSync(new URL(under, folder))
        .filter((name) => name.endsWith('.svg'))
        .map((name) => under + name),
    );
    expect(stored.sort()).toEqual([...figures.keys()].sort());
  });

  it.each([...figures])(
    '%s is what the code draws (else: node scripts/figures.mjs)',
    (name, svg) => {
      assertWellFormed(svg);
      expect(readFileSync(new URL(name, folder), 'utf8')).toBe(svg);
    },
  );
});
