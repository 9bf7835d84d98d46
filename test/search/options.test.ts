import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { keepAt, learningRateAt } from '../../src/search/optimizer.js';
import { type SearchOptions, searchOptions } from '../../src/search/options.js';
import { smallSearch } from './problems.js';

describe('search options', () => {
  it('one kept fraction is every layer’s', () => {
    expect(searchOptions({ method: 'biprop', widths: [4, 3, 2], keep: [0.2] }).keep).toEqual([
      0.2, 0.2,
    ]);
  });

  it.each([
    { widths: [4] },
    { widths: [4, 0, 2] },
    { widths: [4, 2.5, 2] },
    { widths: [2 ** 20, 2 ** 10] },
    { keep: [0] },
    { keep: [1.1] },
    { keep: [Number.NaN] },
    { keep: [0.5, 0.5, 0.5] },
    { keep: [0.5, 0.4], keepScope: 'global' },
    { method: 'biprop', weights: 'signed-constant' },
    { method: 'edge-popup', weights: 'glorot-normal' },
    { method: 'supermask', keepScope: 'global' },
    { method: 'supermask', keepRamp: 1 },
    { keepRamp: 4 },
    { epochs: 0 },
    { batch: 0 },
    { learningRate: 0 },
    { momentum: 1 },
    { weightDecay: -1 },
    { validation: 0.95 },
    { patience: 2 },
  ] as readonly Partial<SearchOptions>[])('%j makes no sense', (given) => {
    expect(() => smallSearch(given)).toThrow(UsageError);
  });

  it('takes up to 256 layers, which is what training can trace', () => {
    const deep = (layers: number): SearchOptions =>
      searchOptions({ method: 'edge-popup', widths: new Array<number>(layers + 1).fill(2) });
    expect(deep(256).keep).toHaveLength(256);
    expect(() => deep(257)).toThrow(/^shape: 257 layers, training takes at most 256$/);
    expect(() => deep(2001)).toThrow(UsageError);
  });

  it('the learning rate falls along a cosine to 0, the kept fraction along a line to its own', () => {
    const options = smallSearch({ epochs: 4, keepRamp: 2, keep: [0.2, 0.6], learningRate: 0.8 });
    expect(learningRateAt(options, 0, 100)).toBe(0.8);
    expect(learningRateAt(options, 50, 100)).toBeCloseTo(0.4, 12);
    expect(learningRateAt(options, 100, 100)).toBe(0);
    expect(learningRateAt({ ...options, schedule: 'constant' }, 70, 100)).toBe(0.8);
    expect(keepAt(options, 0, 100)).toEqual([1, 1]);
    const half = keepAt(options, 25, 100);
    expect(half[0]).toBeCloseTo(0.6, 12);
    expect(half[1]).toBeCloseTo(0.8, 12);
    expect(keepAt(options, 50, 100)).toEqual([0.2, 0.6]);
    expect(keepAt({ ...options, keepRamp: 0 }, 0, 100)).toEqual([0.2, 0.6]);
  });
});
