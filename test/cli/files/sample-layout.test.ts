/** Which order an array's shape tells of samples of feature maps. */
import { describe, expect, it } from 'vitest';
import { layoutOfArray } from '../../../src/cli/files/sample-layout.js';
import type { SampleLayout } from '../../../src/inference/sample-layout.js';

const image = { channels: 3, height: 32, width: 40 };
const square = { channels: 8, height: 8, width: 8 };
const grey = { channels: 1, height: 28, width: 20 };
const signal = { channels: 3, height: 1, width: 40 };

describe('the layout of an array', () => {
  it.each<[readonly number[], typeof image, SampleLayout]>([
    [[48, 3, 32, 40], image, 'nchw'],
    [[48, 32, 40, 3], image, 'nhwc'],
    [[1, 32, 40, 3], image, 'nhwc'],
    [[32, 40, 3], image, 'nhwc'],
    [[3, 32, 40], image, 'nchw'],
    [[48, 1, 32, 40, 3], image, 'nhwc'],
    [[48, 3, 40], signal, 'nchw'],
    [[48, 40, 3], signal, 'nhwc'],
    [[48, 40, 1, 3], signal, 'nhwc'],
  ])('of shape %j fits one alone, whatever the ticket takes', (shape, maps, layout) => {
    for (const own of ['nchw', 'nhwc'] as const) {
      expect(layoutOfArray(shape, { shape: maps, layout: own })).toBe(layout);
      expect(layoutOfArray(shape, { shape: maps, layout: own }, layout)).toBe(layout);
      const other = layout === 'nchw' ? 'nhwc' : 'nchw';
      if (shape.length < 4) continue;
      expect(() => layoutOfArray(shape, { shape: maps, layout: own }, other)).toThrow(
        /^shape .*: it is not N x .*, as option "layout" says; leave/,
      );
    }
  });

  it.each([
    [[48, 3840], image],
    [[3840], image],
    [[48, 32, 120], image],
    [[48, 8, 8, 8], square],
    [[48, 28, 20], grey],
    [[48, 28, 20, 1], grey],
  ])("of shape %j is what is asked for, or the ticket's", (shape, maps) => {
    for (const own of ['nchw', 'nhwc'] as const) {
      expect(layoutOfArray(shape, { shape: maps, layout: own })).toBe(own);
      expect(layoutOfArray(shape, { shape: maps, layout: own }, 'nhwc')).toBe('nhwc');
    }
  });

  it.each([
    [[48, 40, 32, 3], image],
    [[48, 3, 40, 32], image],
    [[48, 2, 60, 32], image],
    [[48, 1, 20, 28], grey],
    [[48, 2, 2, 960], image],
  ])('of shape %j fits none', (shape, maps) => {
    expect(() => layoutOfArray(shape, { shape: maps, layout: 'nchw' })).toThrow(
      /it is neither N x \d+ x \d+ x \d+ \(nchw\) nor N x .* \(nhwc\); give one/,
    );
    expect(() => layoutOfArray(shape, { shape: maps, layout: 'nchw' }, 'nhwc')).toThrow(/nhwc/);
  });
});
