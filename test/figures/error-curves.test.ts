import { describe, expect, it } from 'vitest';
import { errorCurvesFigure } from '../../src/figures/error-curves.js';
import { assertWellFormed, textsOf } from './drawing.js';

describe('errorCurvesFigure', () => {
  const options = { title: 'Errors <of> a network', caption: 'What was measured.', epsilon: 0.01 };

  it('draws every curve, mark and axis', () => {
    const svg = errorCurvesFigure(
      [
        {
          name: 'certified',
          color: '#0072b2',
          points: [
            [8, 1],
            [16, 1e-3],
          ],
        },
        {
          name: 'measured',
          color: '#555555',
          dashed: true,
          points: [
            [8, 1e-2],
            [16, 1e-6],
          ],
        },
      ],
      { ...options, marks: [{ name: 'chosen', bits: 12, error: 0.009 }] },
    );
    assertWellFormed(svg);
    const texts = textsOf(svg);
    for (const text of ['certified', 'measured', 'chosen', 'ε = 0.01', '10⁻³', '12']) {
      expect(texts).toContain(text);
    }
  });

  it('refuses what a logarithmic axis cannot show', () => {
    expect(() => errorCurvesFigure([], options)).toThrow(RangeError);
    expect(() =>
      errorCurvesFigure([{ name: 'zero', color: '#000000', points: [[4, 0]] }], options),
    ).toThrow(RangeError);
  });
});
