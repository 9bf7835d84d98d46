import { describe, expect, it } from 'vitest';
import { type ErrorRecord, errorCurvesFigure } from '../../../scripts/figures/error-curves.js';
import { assertWellFormed, textsOf } from '../../figures/drawing.js';
import { faultsOf } from '../../figures/layout.js';

const line = (from: number, to: number): [number, number][] => [
  [8, from],
  [16, to],
];
const record: ErrorRecord = {
  network: 'Errors <of> a network',
  epsilon: 0.01,
  errors: {
    interval: line(100, 1e-1),
    norm: line(50, 1e-2),
    relaxation: line(10, 1e-3),
    ellipsoid: line(1, 1e-4),
    measured: line(1e-2, 1e-6),
  },
  chosen: { bits: 12, error: 0.009 },
};

describe('errorCurvesFigure', () => {
  it('draws every curve, mark and axis', () => {
    const svg = errorCurvesFigure(record);
    assertWellFormed(svg);
    expect(faultsOf(svg)).toEqual([]);
    const texts = textsOf(svg);
    for (const text of ['ellipsoids', 'measured (attack)', 'chosen by unearth', '10⁻⁴', '12']) {
      expect(texts).toContain(text);
    }
    expect(texts.join(' ')).toContain('ε = 0.01, the error allowed');
  });

  it('refuses what a logarithmic axis cannot show', () => {
    const errors = { ...record.errors, measured: line(1, 0) };
    expect(() => errorCurvesFigure({ ...record, errors })).toThrow(RangeError);
  });
});
