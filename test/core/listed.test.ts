import { describe, expect, it } from 'vitest';
import { listed } from '../../src/core/listed.js';

const many = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

describe('listed', () => {
  it('gives a dozen items as they are', () => {
    expect(listed([], 'widths')).toBe('');
    expect(listed([784, 500, 10], 'widths', '-')).toBe('784-500-10');
    expect(listed(many(12), 'layers')).toBe(many(12).join(', '));
  });

  it('leaves out the middle of more, and says how many there are', () => {
    expect(listed(many(13), 'layers')).toBe('1, 2, 3, …, 13 (13 layers)');
    expect(listed(Array(3001).fill(1), 'widths', '-')).toBe('1-1-1-…-1 (3,001 widths)');
  });

  it('counts what groups stand for', () => {
    const groups = many(20).map((value) => `2 x ${value}`);
    expect(listed(groups, 'layers', ', ', 40)).toBe('2 x 1, 2 x 2, 2 x 3, …, 2 x 20 (40 layers)');
  });
});
