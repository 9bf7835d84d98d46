/** The dot plot of the comparison. */
import { describe, expect, it } from 'vitest';
import { type ComparisonOptions, comparisonFigure } from '../../src/figures/comparison.js';

const options: ComparisonOptions = {
  title: 'Sizes',
  caption: 'Of two systems.',
  axis: 'weights',
  names: ['planned', 'found'],
  guide: { value: 0.01, label: 'limit' },
};

describe('comparison figure', () => {
  it('has a line for every row, also one without a value', () => {
    const rows = [
      { label: 'first', marks: [{ value: 1e17, name: 'planned' }] },
      {
        label: 'second',
        marks: [
          { value: 5, name: 'planned' },
          { value: 0.02, name: 'found' },
        ],
      },
      { label: 'third', marks: [], remark: 'planned only' },
    ];
    const svg = comparisonFigure(rows, options);
    for (const text of [
      'first',
      'second',
      'third',
      'planned only',
      '1.0e17',
      '5 / 0.02',
      'limit',
    ]) {
      expect(svg).toContain(`>${text}<`);
    }
    // Two in the legend, three in the rows.
    expect(svg.match(/<circle/g)?.length).toBe(5);
  });

  it('refuses what no logarithmic axis can show', () => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const rows = [{ label: 'a', marks: [{ value, name: 'planned' }] }];
      expect(() => comparisonFigure(rows, options)).toThrow(RangeError);
    }
    const { guide: _, ...without } = options;
    expect(() => comparisonFigure([{ label: 'a', marks: [] }], without)).toThrow(RangeError);
  });
});
