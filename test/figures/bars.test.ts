/** The benchmark's bars: to scale, labelled, refused where a logarithm has no value. */
import { expect, it } from 'vitest';
import { barsFigure } from '../../src/figures/bars.js';

const options = { title: 'Times <now>', axis: 'microseconds', caption: 'On a small machine.' };

it('draws bars whose lengths are logarithms, with names, values and an axis', () => {
  const svg = barsFigure(
    [
      { name: 'ours', value: 10, ours: true },
      { name: 'theirs & others', value: 1000, ours: false },
    ],
    options,
  );
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="18"/g)].map(([, width]) =>
    Number(width),
  );
  // The axis starts at the power of ten below the least value.
  expect(widths).toHaveLength(2);
  expect(widths[0]).toBe(0);
  expect(widths[1]).toBeGreaterThan(100);
  expect(svg).toContain('Times &lt;now&gt;');
  expect(svg).toContain('theirs &amp; others');
  expect(svg).toContain('>1000<');
  expect(svg).toContain('microseconds');
});

it('labels every bar with plain digits', () => {
  const values = [0.25, 8.6, 9.96, 40.47, 99.5, 1064.4];
  const bars = values.map((value) => ({ name: 'x', value, ours: true }));
  const svg = barsFigure(bars, options);
  for (const label of ['0.25', '8.6', '10', '40', '1064']) expect(svg).toContain(`>${label}<`);
  expect(svg).not.toMatch(/\de[+-]/);
});

it('refuses nothing to draw, and values without a logarithm', () => {
  expect(() => barsFigure([], options)).toThrow(RangeError);
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => barsFigure([{ name: 'x', value, ours: true }], options)).toThrow(RangeError);
  }
});
