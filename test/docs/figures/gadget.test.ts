import { describe, expect, it } from 'vitest';
import { gadgetFigure, mirroredFigure } from '../../../scripts/figures/gadget.js';
import { UsageError } from '../../../src/core/errors.js';
import { SIGNS } from '../../../src/figures/palette.js';
import { assertWellFormed, countLines, neuronBoxes, textsOf } from '../../figures/drawing.js';
import { faultsOf } from '../../figures/layout.js';

describe('gadgetFigure', () => {
  it('draws a pair a power and layer, and the bits of the weight', () => {
    const svg = gadgetFigure(5, 3);
    assertWellFormed(svg);
    expect(neuronBoxes(svg)).toHaveLength(2 + 4 * 3 * 2);
    // 8 copies; 2 transitions with 2 or 4 edges for powers 0, 1 (2 + 2), 2 (4 + 2), 3 (4 + 4);
    // 1 + 2 output edges; 1 in the legend.
    expect(countLines(svg, SIGNS.positive)).toBe(8 + 4 + 4 + 6 + 8 + 3 + 1);
    expect(textsOf(svg)).toContain('5x');
    expect(textsOf(svg).join(' ')).toContain('x + 4x = 5x');
  });

  it('draws every weight it can hold', () => {
    for (let pairs = 1; pairs <= 3; pairs++) {
      for (let weight = 1; weight < 2 ** (pairs + 1); weight++) {
        const svg = gadgetFigure(weight, pairs);
        assertWellFormed(svg);
        expect(faultsOf(svg)).toEqual([]);
        expect(textsOf(svg)).toContain(weight === 1 ? 'x' : `${weight}x`);
      }
    }
  });

  it.each([
    [0, 3],
    [16, 3],
    [2.5, 3],
    [1, 0],
    [1, 7],
    [Number.NaN, 2],
  ])('refuses weight %d with %d pairs', (weight, pairs) => {
    expect(() => gadgetFigure(weight, pairs)).toThrow(UsageError);
  });
});

describe('mirroredFigure', () => {
  it('lets the negative half in and out by edges of weight -1', () => {
    const svg = mirroredFigure(2, 3);
    assertWellFormed(svg);
    expect(neuronBoxes(svg)).toHaveLength(2 + 2 * 3 * 2);
    // A minus sign's circle on two edges in, two out, and in the legend.
    expect(svg.match(/<circle/g)).toHaveLength(5);
    expect(textsOf(svg)).toContain('4x');
  });

  it('refuses powers beyond its pairs', () => {
    expect(() => mirroredFigure(4, 3)).toThrow(UsageError);
    expect(() => mirroredFigure(0, 3)).toThrow(UsageError);
  });
});
