import { describe, expect, it } from 'vitest';
import { sparsityCurveFigure, trainingCurvesFigure } from '../../src/figures/search-curves.js';

const text = { title: 'A title', caption: 'A caption that stands alone.' };

describe('the pictures of a search', () => {
  it('show what was measured and nothing else', () => {
    const record = { loss: 0.5, accuracy: 0.8, validation: null, test: 0.7 };
    const svg = trainingCurvesFigure(
      [
        { epoch: 1, ...record },
        { epoch: 2, ...record, loss: 0.2 },
      ],
      text,
    );
    for (const shown of ['training samples', 'test samples', 'accuracy, %', 'epoch', 'A caption']) {
      expect(svg).toContain(shown);
    }
    expect(svg).not.toContain('held-out');
    expect(trainingCurvesFigure([{ epoch: 1, ...record, validation: 0.9 }], text)).toContain(
      'held-out',
    );
    expect(() => trainingCurvesFigure([], text)).toThrow(RangeError);
  });

  it('order the points of a sweep by what is kept', () => {
    const points = [
      { kept: 0.5, accuracy: 0.97 },
      { kept: 0.1, accuracy: 0.9 },
    ];
    const svg = sparsityCurveFigure([{ name: 'edge-popup', points }], text);
    expect(sparsityCurveFigure([{ name: 'edge-popup', points: points.toReversed() }], text)).toBe(
      svg,
    );
    expect(svg).toContain('edges kept, %');
  });
});
