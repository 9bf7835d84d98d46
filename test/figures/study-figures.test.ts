import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordsFromCsv } from '../../scripts/figures/study-tables.js';
import {
  expressivityFigure,
  sizeFigure,
  universalityFigure,
} from '../../src/figures/study-figures.js';
import { successFigures } from '../../src/figures/success-curves.js';
import type { ExpressivityRecord } from '../../src/study/expressivity.js';
import type { SizeRecord } from '../../src/study/size.js';
import { successStudy } from '../../src/study/success.js';
import { universalityStudy } from '../../src/study/universality.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf } from './layout.js';

describe('the figures of the studies', () => {
  it('success: one per construction and axis, and all bounds together', () => {
    const records = successStudy
      .plan({ seeds: 20, firstSeed: 0, constructions: ['diamond', 'diffenderfer'] })
      .map((point) => ({ point, result: successStudy.run(point) }));
    const figures = successFigures(records);
    expect([...figures.keys()]).toEqual([
      'success-diamond-width.svg',
      'success-diffenderfer-width.svg',
      'success-bounds.svg',
    ]);
    for (const svg of figures.values()) {
      assertWellFormed(svg);
      expect(faultsOf(svg)).toEqual([]);
    }
    const texts = textsOf(figures.get('success-diamond-width.svg') ?? '');
    expect(texts).toContain('3-2, 6 bits, non-negative inputs');
    expect(texts.join(' ')).toContain('seeds 0 to 19');
    expect(successFigures([]).size).toBe(0);
  });

  it('size, expressivity, universality', () => {
    // The committed tables: test/study/committed.test.ts computes rows of them again.
    const table = (name: string): string =>
      readFileSync(new URL(`../../docs/study/${name}.csv`, import.meta.url), 'utf8');
    const sizes = recordsFromCsv<SizeRecord>(table('size'));
    const size = sizeFigure(
      sizes.filter(({ point }) => ['pensia', 'diamond'].includes(point.construction)),
    );
    const expressivity = expressivityFigure(
      recordsFromCsv<ExpressivityRecord>(table('expressivity')),
    );
    const universality = universalityFigure(
      universalityStudy
        .plan({ targets: 6, seed: 1 })
        .map((point) => ({ point, result: universalityStudy.run(point) })),
    );
    for (const svg of [size, expressivity, universality]) {
      assertWellFormed(svg);
      expect(faultsOf(svg)).toEqual([]);
    }
    expect(textsOf(size)).toContain('Pensia et al. (2020)');
    expect(textsOf(universality)).toContain('Horner: 6 of 6 proved');
    expect(textsOf(expressivity)).toContain('closed form');
  });
});
