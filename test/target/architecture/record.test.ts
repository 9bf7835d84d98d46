/** The JSON of an architecture: what is read, and what is refused with its path and a remedy. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.js';
import { sizedLayers } from '../../../src/target/architecture/layers.js';
import { readArchitecture } from '../../../src/target/architecture/record.js';

const convolution = { kind: 'convolution', channels: 4, kernel: 3, pads: 1 };

function sized(layers: readonly unknown[], more: object = {}) {
  const record = {
    format: 'unearth-architecture/1',
    input: { channels: 2, height: 6, width: 8 },
    layers,
    ...more,
  };
  return sizedLayers(readArchitecture(JSON.stringify(record)));
}

function refusal(work: () => unknown): InputError {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('an architecture', () => {
  it.each([
    ['resnet18', 18, 1000],
    ['vgg16', 21, 1000],
  ])('of %s in the examples has its published planes', (name, layers, classes) => {
    const all = sizedLayers(readArchitecture(readFileSync(`examples/shapes/${name}.json`, 'utf8')));
    expect([all.at(-1)?.output.channels, all.at(-2)?.output.height]).toEqual([classes, 1]);
    expect(all).toHaveLength(layers + (name === 'resnet18' ? 2 : 0));
  });

  it('takes one number or one for each axis and side', () => {
    const outputs = sized([
      { kind: 'convolution', channels: 4, kernel: [3, 1], stride: [1, 2], pads: [1, 0, 0, 0] },
      { kind: 'max-pooling', kernel: 2, stride: 2 },
      { kind: 'residual', body: [convolution, convolution] },
      {
        kind: 'residual',
        body: [{ ...convolution, stride: 2, channels: 6 }],
        projection: { kernel: 1, stride: 2 },
      },
      { kind: 'global-average-pooling' },
      { kind: 'dense', outputs: 3 },
    ]).map(({ output: { channels, height, width } }) => [channels, height, width]);
    expect(outputs).toEqual([
      [4, 5, 4],
      [4, 2, 2],
      [4, 2, 2],
      [4, 2, 2],
      [6, 1, 1],
      [6, 1, 1],
      [3, 1, 1],
    ]);
  });

  it.each<[string, readonly unknown[], string, RegExp]>([
    [
      'an unknown key',
      [{ ...convolution, dilation: 2 }],
      'layers[0]',
      /Unrecognized key: "dilation"/,
    ],
    ['an unknown kind', [{ kind: 'attention' }], 'layers[0].kind', /'convolution'/],
    ['no layers', [], 'layers', /Too small/],
    ['a kernel of halves', [{ ...convolution, kernel: 1.5 }], 'layers[0].kernel', /whole number/],
    ['a kernel of text', [{ ...convolution, kernel: '3' }], 'layers[0].kernel', /whole number/],
    ['pads of two sides', [{ ...convolution, pads: [1, 1] }], 'layers[0].pads', /top, left/],
    ['channels without end', [{ ...convolution, channels: 1e9 }], 'layers[0].channels', /Too big/],
    [
      'a body in a body',
      [{ kind: 'residual', body: [{ kind: 'residual', body: [] }] }],
      'layers[0].body[0].kind',
      /convolution/,
    ],
    [
      'a kernel beyond the plane',
      [convolution, { ...convolution, kernel: 9, pads: 1 }],
      'layers[1].kernel',
      /larger than the padded plane of 6 by 8/,
    ],
    [
      'groups that do not divide',
      [{ ...convolution, groups: 3 }],
      'layers[0].groups',
      /3 groups of 2 and 4/,
    ],
    [
      'maps that are too large',
      [{ ...convolution, channels: 2 ** 20 }],
      'layers[0]',
      /more than 16777216 numbers/,
    ],
    [
      'pooling of the inputs',
      [{ kind: 'average-pooling', kernel: 2 }],
      'layers[0]',
      /inputs themselves/,
    ],
    [
      'an empty window',
      [convolution, { kind: 'max-pooling', kernel: 2, pads: 2 }],
      'layers[1].pads',
      /outside/,
    ],
    [
      'a sum of other channels',
      [convolution, { kind: 'residual', body: [{ ...convolution, channels: 5 }] }],
      'layers[1]',
      /4 x 6 x 8 cannot be added to maps of 5 x 6 x 8 without a projection/,
    ],
    [
      'a projection of another plane',
      [
        convolution,
        { kind: 'residual', body: [convolution], projection: { kernel: 1, stride: 2 } },
      ],
      'layers[1].projection',
      /cannot be added/,
    ],
    [
      'a body that ends in pooling',
      [convolution, { kind: 'residual', body: [{ kind: 'max-pooling', kernel: 1 }] }],
      'layers[1].body[0]',
      /a convolution/,
    ],
  ])('with %s is refused', (_, layers, place, problem) => {
    const error = refusal(() => sized(layers));
    expect([error.place, error.remedy]).toEqual([
      place,
      expect.stringContaining('docs/convolution.md'),
    ]);
    expect(error.problem).toMatch(problem);
  });

  it('is refused where it is none, or too much', () => {
    const layers = Array.from({ length: 600 }, () => ({
      kind: 'residual',
      body: [convolution, convolution],
    }));
    expect(refusal(() => sized([convolution, ...layers])).problem).toMatch(
      /1201 in all, more than 1000/,
    );
    expect(refusal(() => sized([convolution], { format: 'unearth-source/2' })).place).toBe(
      'format',
    );
    expect(refusal(() => sized([convolution], { weights: [] })).problem).toMatch(/"weights"/);
    for (const text of ['', '{', '[]', 'null', '"x"', '{"__proto__":{}}']) {
      expect(refusal(() => readArchitecture(text)).remedy).toMatch(/docs/);
    }
    expect(refusal(() => readArchitecture(' '.repeat(2 ** 20 + 1))).problem).toMatch(/longer than/);
  });
});
