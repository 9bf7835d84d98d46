import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Panel } from '../../src/figures/panel.js';
import { plotFigure } from '../../src/figures/plot.js';
import { placeAxis } from '../../src/figures/plot-axis.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf, textBoxes } from './layout.js';

const axis = (scale: 'linear' | 'logarithmic') => ({ label: 'width (neurons)', scale });
const panel = (more: Partial<Panel> = {}): Panel => ({
  x: axis('linear'),
  y: { label: 'share', scale: 'logarithmic' },
  series: [
    {
      name: 'measured',
      color: '#0072b2',
      points: [
        [1, 0.5],
        [2, 0.1],
      ],
      dots: true,
      band: [
        [1, 0.4, 0.6],
        [2, 0.05, 0.2],
      ],
    },
  ],
  ...more,
});

describe('placeAxis', () => {
  it('holds every value, with few ticks at round numbers inside', () => {
    const value = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('linear' as const, 'logarithmic' as const),
        (values, scale) => {
          const placed = placeAxis(axis(scale), values, 400);
          for (const each of values) {
            expect(placed.low).toBeLessThanOrEqual(each * (1 + 1e-9));
            expect(placed.high).toBeGreaterThanOrEqual(each * (1 - 1e-9));
          }
          expect(placed.ticks.length).toBeLessThanOrEqual(14);
          const slack = 1e-6 * (placed.high - placed.low);
          for (const tick of placed.ticks) {
            expect(tick.value).toBeGreaterThanOrEqual(placed.low - slack);
            expect(tick.value).toBeLessThanOrEqual(placed.high + slack);
          }
        },
      ),
      { seed: 3 },
    );
  });

  it('places monotonically from 0 to 1', () => {
    for (const scale of ['linear', 'logarithmic'] as const) {
      const placed = placeAxis({ ...axis(scale), range: [1, 1000] }, [], 400);
      expect([1, 1000].map(placed.place)).toEqual([0, 1]);
      expect(placed.place(30)).toBeLessThan(placed.place(31));
      expect(placed.place(-5)).toBe(0);
      expect(placed.place(1e9)).toBe(1);
    }
  });
});

describe('plotFigure', () => {
  it('draws panels with titles, labels, legend, guides and caption', () => {
    const svg = plotFigure(
      [
        panel({ title: 'first' }),
        panel({
          title: 'second',
          guides: [
            { at: 'x', value: 1.5, label: 'planned' },
            { at: 'y', value: 0.2, label: 'delta' },
            { at: 'diagonal', label: 'equal' },
          ],
        }),
      ],
      { title: 'A & B', caption: 'What is seen.', columns: 2 },
    );
    assertWellFormed(svg);
    const texts = textsOf(svg);
    for (const text of ['first', 'second', 'share', 'planned', 'delta', 'equal', 'A &amp; B']) {
      expect(texts).toContain(text);
    }
    // One entry for the series that both panels show.
    expect(texts.filter((text) => text === 'measured')).toHaveLength(1);
    expect(texts.filter((text) => text === 'width (neurons)')).toHaveLength(2);
  });

  it('keeps every mark inside its picture', () => {
    const svg = plotFigure([panel()], { title: 'T', caption: 'C' });
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    for (const [, cx, cy] of svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)) {
      expect(Number(cx)).toBeLessThan(Number(width));
      expect(Number(cy)).toBeLessThan(Number(height));
    }
  });

  it('lets lines that lie on each other take turns, and hides none', () => {
    const [first] = panel().series;
    const names = ['one', 'two', 'three'];
    const series = names.map((name) => ({ ...first, name, band: [] }));
    const svg = plotFigure([panel({ series })], { title: 'T', caption: 'C' });
    const dashes = [...svg.matchAll(/stroke-dasharray="9 18"(?: stroke-dashoffset="(-?\d+)")?/g)];
    expect(dashes.map(([, offset]) => Number(offset))).toEqual([0, -9, -18]);
    const apart = plotFigure([panel()], { title: 'T', caption: 'C' });
    expect(apart).not.toContain('stroke-dashoffset');
  });

  it('puts the legend where the last row lacks a panel', () => {
    const three = ['first', 'second', 'third'].map((title) => panel({ title }));
    const svg = plotFigure(three, { title: 'T', caption: 'C', columns: 2 });
    const boxes = textBoxes(svg);
    const of = (text: string) => boxes.find((box) => box.text === text);
    expect(of('measured')?.left).toBeGreaterThan(of('second')?.left ?? 1e9);
    expect(of('measured')?.top).toBeGreaterThan(of('third')?.top ?? 1e9);
    expect(faultsOf(svg)).toEqual([]);
  });

  it('keeps ticks of any size apart and inside', () => {
    const value = fc.double({ min: 1e-7, max: 1e9, noNaN: true });
    const scale = fc.constantFrom('linear' as const, 'logarithmic' as const);
    const points = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(points, scale, scale, fc.integer({ min: 1, max: 3 }), (list, x, y, columns) => {
        const own = panel({
          x: { label: 'x', scale: x },
          y: { label: 'y', scale: y },
          series: [{ name: 's', color: '#000000', points: list }],
        });
        const svg = plotFigure(new Array(columns).fill(own), { title: 'T', caption: 'C', columns });
        expect(faultsOf(svg)).toEqual([]);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('refuses what an axis cannot show', () => {
    const options = { title: 'T', caption: 'C' };
    expect(() => plotFigure([panel({ series: [] })], options)).toThrow(RangeError);
    const nothing = [{ name: 'nothing', color: '#000000', points: [] }];
    const panels = [panel({ title: 'first' }), panel({ title: 'second', series: nothing })];
    expect(() => plotFigure(panels, options)).toThrow(/nothing to show in the panel 'second'/);
    expect(() => plotFigure([], options)).toThrow(RangeError);
    const zero = [{ name: 'zero', color: '#000000', points: [[1, 0]] as const }];
    expect(() => plotFigure([panel({ series: zero })], options)).toThrow(/positive values only/);
  });
});
