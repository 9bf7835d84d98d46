import { describe, expect, it } from 'vitest';
import { SEARCH_COLOURS } from '../../src/figures/palette.js';
import { sparsityCurveFigure, trainingCurvesFigure } from '../../src/figures/search-curves.js';
import { faultsOf } from './layout.js';

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
    expect(faultsOf(svg)).toEqual([]);
    expect(trainingCurvesFigure([{ epoch: 1, ...record, validation: 0.9 }], text)).toContain(
      'held-out',
    );
    expect(() => trainingCurvesFigure([], text)).toThrow(RangeError);
  });

  it.each([1, 2, 13, 40, 365])('are legible over %d epochs', (epochs) => {
    const history = Array.from({ length: epochs }, (_, index) => ({
      epoch: index + 1,
      loss: 2.3 / (index + 1),
      accuracy: 1 - 0.9 / (index + 1),
      validation: 0.5,
      test: 0.97 - 0.5 / (index + 2),
    }));
    expect(faultsOf(trainingCurvesFigure(history, text))).toEqual([]);
  });

  it('give every method its one colour, whatever stands beside it', () => {
    const points = [{ kept: 0.5, accuracy: 0.9 }];
    for (const names of [['biprop'], ['edge-popup', 'biprop'], ['supermask', 'biprop']]) {
      const svg = sparsityCurveFigure(
        names.map((name) => ({ name, points })),
        text,
      );
      for (const name of names) expect(svg).toContain(SEARCH_COLOURS[name]);
    }
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
