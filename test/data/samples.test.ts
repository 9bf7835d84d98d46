import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { float16Value } from '../../src/data/float16.js';
import { asLabels, asSamples } from '../../src/data/samples.js';

function tensor(shape: number[], values: number[]) {
  return { shape, data: Float64Array.from(values) };
}

describe('asSamples', () => {
  it('takes the first axis for the samples and flattens the others', () => {
    const { count, inputs, values } = asSamples(tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), 4);
    expect([count, inputs, values[4]]).toEqual([2, 4, 5]);
  });

  it('takes as many values as there are inputs for one sample, whatever the shape', () => {
    expect(asSamples(tensor([3], [1, 2, 3]), 3).count).toBe(1);
    expect(asSamples(tensor([2, 2], [1, 2, 3, 4]), 4).count).toBe(1);
    expect(asSamples(tensor([3], [1, 2, 3]), 1).count).toBe(3);
  });

  it('refuses samples of another length', () => {
    expect(() => asSamples(tensor([2, 3], [1, 2, 3, 4, 5, 6]), 2)).toThrow(InputError);
    expect(() => asSamples(tensor([2, 3], [1, 2, 3, 4, 5, 6]), 2)).toThrow(
      'shape 2x3: a sample has 3 values, and 2 are needed',
    );
  });
});

describe('asLabels', () => {
  it('takes a flat list or a column', () => {
    expect([...asLabels(tensor([3], [0, 2, 1]), 3, 3)]).toEqual([0, 2, 1]);
    expect([...asLabels(tensor([3, 1], [0, 2, 1]), 3, 3)]).toEqual([0, 2, 1]);
    expect([...asLabels(tensor([1, 1], [2]), 1, 3)]).toEqual([2]);
  });

  it.each([
    ['too few', tensor([2], [0, 1]), 'not one label for each of the 3 samples'],
    [
      'images',
      tensor([3, 2], [0, 1, 2, 3, 4, 5]),
      'these are not labels: a sample has 2 values, and 1 is needed',
    ],
    ['a row', tensor([1, 3], [0, 1, 2]), 'not one label'],
    ['a fraction', tensor([3], [0, 1.5, 2]), 'label [1]: 1.5 is not a class number from 0 to 9'],
    ['a class too many', tensor([3], [0, 1, 10]), 'label [2]: 10'],
    ['a negative one', tensor([3], [-1, 1, 1]), 'label [0]: -1'],
  ])('refuses %s', (_name, labels, message) => {
    expect(() => asLabels(labels, 3, 10)).toThrow(InputError);
    expect(() => asLabels(labels, 3, 10)).toThrow(message);
  });
});

describe('float16Value', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 1365 / 4096],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('decodes pattern %i', (bits, value) => {
    expect(float16Value(bits)).toBe(value);
  });
});
