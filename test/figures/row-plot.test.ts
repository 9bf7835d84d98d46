/** The dot plot with a row for each contestant. */
import { describe, expect, it } from 'vitest';
import { type RowPlotOptions, rowPlotFigure } from '../../src/figures/row-plot.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf } from './layout.js';

const options: RowPlotOptions = {
  title: 'Sizes <of> two',
  caption: 'Of two systems.',
  axis: 'weights',
  names: [
    { name: 'planned', marker: 'ring' },
    { name: 'found', marker: 'circle' },
  ],
  guide: { value: 0.01, label: 'limit' },
};

describe('rowPlotFigure', () => {
  it('has a row for everyone, also one without a value', () => {
    const rows = [
      { label: 'first', color: '#2d2f6b', marks: [{ value: 1e17, name: 'planned' }] },
      {
        label: 'second & more',
        color: '#a8001c',
        marks: [
          { value: 5, name: 'found' },
          { value: 0.02, name: 'planned' },
        ],
      },
      { label: 'third', color: '#94760c', marks: [], remark: 'planned only' },
    ];
    const svg = rowPlotFigure(rows, options);
    assertWellFormed(svg);
    const texts = textsOf(svg);
    for (const text of ['first', 'second &amp; more', 'third', 'planned only', '1·10¹⁷', 'limit']) {
      expect(texts).toContain(text);
    }
    // In the order of the legend, whatever the order of the marks.
    expect(texts).toContain('0.02 / 5');
    // Two in the legend, three in the rows.
    expect(svg.match(/<circle/g)?.length).toBe(5);
    expect(faultsOf(svg)).toEqual([]);
  });

  it('shows every mark to scale and inside, the least and the largest too', () => {
    const marks = [1, 10, 1000].map((value) => ({ value, name: 'found' }));
    const { guide: _, ...without } = options;
    const svg = rowPlotFigure([{ label: 'one', color: '#2d2f6b', marks }], without);
    const [, , first, second, third] = [...svg.matchAll(/cx="([\d.]+)"/g)].map(([, x]) =>
      Number(x),
    );
    expect(third - second).toBeCloseTo(2 * (second - first), 1);
    expect(first).toBeGreaterThan(0);
    expect(third).toBeLessThan(640);
  });

  it('moves numbers below a name that leaves them no room', () => {
    const label = 'a contestant whose name goes on and on, almost to the end of it';
    const marks = [
      { value: 123456, name: 'planned' },
      { value: 654321, name: 'found' },
    ];
    expect(faultsOf(rowPlotFigure([{ label, color: '#2d2f6b', marks }], options))).toEqual([]);
  });

  it('refuses what no logarithmic axis can show', () => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const rows = [{ label: 'a', color: '#2d2f6b', marks: [{ value, name: 'planned' }] }];
      expect(() => rowPlotFigure(rows, options)).toThrow(RangeError);
    }
    const { guide: _, ...without } = options;
    const empty = { label: 'a', color: '#2d2f6b', marks: [] };
    expect(() => rowPlotFigure([empty], without)).toThrow(RangeError);
  });
});
