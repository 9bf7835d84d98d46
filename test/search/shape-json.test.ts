/** Networks as JSON: those of the text, and those that tickets state. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { shapeFromJson } from '../../src/search/shape-json.js';
import { parseShape } from '../../src/search/shape-text.js';

describe('a network as JSON', () => {
  it('is a list of the items of the text', () => {
    const json = '["28x28", "conv64", "norm", "res32s2", "average", 256, 10]';
    expect(shapeFromJson(json)).toBe('28x28-conv64-norm-res32s2-average-256-10');
    expect(shapeFromJson('["conv2", "norm"]')).toBe('conv2-norm');
  });

  it('is what a ticket says', () => {
    expect(shapeFromJson('{"widths": [4, 5, 2]}')).toEqual({ widths: [4, 5, 2] });
    const maps =
      '{"input":[8,9],"layers":[[3,3,1,2],[3,3,1,1,{"stride":2,"normalized":true}],[2,2,0,1]]}';
    expect(shapeFromJson(`{"widths":[1,8,7,4],"maps":${maps}}`)).toEqual(
      parseShape('8x9-conv8-pool-conv7s2-norm-4'),
    );
  });

  it.each([
    ['{', /not JSON|network/],
    ['12', /network/],
    ['[]', /network/],
    ['["28x28", -4]', /network/],
    ['["28x28", 1.5]', /network/],
    ['["a-b", "c"]', /network/],
    ['{"widths": [4]}', /network/],
    ['{"widths": [4, 0]}', /network/],
    ['{"widths": [4, 2], "more": 1}', /network/],
    ['{"widths": [1, 2], "maps": {"input": [2, 2], "layers": [[3, 3, 0, 1]]}}', /no place/],
    ['{"widths": [1, 2], "maps": {"input": [2, 2], "layers": []}}', /network/],
  ])('is refused in words: %s', (json, words) => {
    expect(() => shapeFromJson(json)).toThrow(InputError);
    expect(() => shapeFromJson(json)).toThrow(words);
  });
});
