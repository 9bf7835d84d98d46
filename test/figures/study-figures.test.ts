import { describe, expect, it } from 'vitest';
import {
  expressivityFigure,
  sizeFigure,
  universalityFigure,
} from '../../src/figures/study-figures.js';
import { successFigures } from '../../src/figures/success-curves.js';
import { DEFAULT_EXPRESSIVITY, expressivityStudy } from '../../src/study/expressivity.js';
import { sizeStudy } from '../../src/study/size.js';
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
    const size = sizeFigure(
      sizeStudy
        .plan({ constructions: ['pensia', 'diamond'] })
        .map((point) => ({ point, result: sizeStudy.run(point) })),
    );
    const expressivity = expressivityFigure(
      expressivityStudy
        .plan({
          ...DEFAULT_EXPRESSIVITY,
          largest: { ...DEFAULT_EXPRESSIVITY.largest, network: [2, 2, 2] },
        })
        .map((point) => ({ point, result: expressivityStudy.run(point) })),
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
