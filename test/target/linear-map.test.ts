/** Linear maps: a convolution is what its definition and ONNX Runtime say, in every form. */
import { describe, expect, it } from 'vitest';
import { dyadicFromNumber, dyadicToNumber } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { applyMap, applyMapExactly } from '../../src/target/apply-map.js';
import { checkMap } from '../../src/target/check-map.js';
import { exactEntry } from '../../src/target/exact-array.js';
import { type ConvolutionMap, type LinearMap, rows, toDense } from '../../src/target/linear-map.js';
import { convolutionMap, denseMap } from '../../src/target/make-layers.js';
import { randomStream } from '../networks.js';
import { convolveNaively, randomConvolution } from './linear-maps.js';
import { runtimeOutputs } from './onnx-runtime.js';
import { buildModel, chain, floats } from './onnx-writer.js';

/** Sevenths of a power of two would round; eighths do not. */
function someInputs(count: number, seed: number): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from({ length: count }, () => (Math.floor(random() * 128) - 64) / 8);
}

const KINDS = [
  ['two dimensions', {}],
  ['groups', { grouped: true }],
  ['one dimension as height 1', { oneDimensional: true, grouped: true }],
] as const;
const CASES = 60;
const seeds = Array.from({ length: CASES }, (_, seed) => seed + 1);

/** Exact rows as a full matrix of float64s, for maps without overrides. */
function matrixOfRows(map: LinearMap): number[] {
  const matrix = new Array<number>(map.inputs * map.outputs).fill(0);
  let output = 0;
  for (const row of rows(map)) {
    for (const [input, value] of row) {
      expect(value.mantissa).not.toBe(0n);
      matrix[output * map.inputs + input] = dyadicToNumber(value);
    }
    output++;
  }
  expect(output).toBe(map.outputs);
  return matrix;
}

describe.each(KINDS)('convolution, %s', (_, options) => {
  const maps = seeds.map((seed) => randomConvolution(seed, options));

  it('covers strides, pads, dilations and groups', () => {
    const some = (is: (map: ConvolutionMap) => boolean): boolean => maps.some(is);
    expect(some(({ stride }) => stride.width > 1)).toBe(true);
    expect(some(({ pads }) => pads.left !== pads.right)).toBe(true);
    expect(some(({ dilation }) => dilation.width > 1)).toBe(true);
    expect(some(({ output }) => output.channels * output.width > 1)).toBe(true);
    expect(some(({ groups }) => groups > 1)).toBe('grouped' in options);
  });

  it('is its definition: applied in float64, exactly, and as a matrix', () => {
    maps.forEach((map, index) => {
      const samples = 3;
      const values = someInputs(samples * map.inputs, index + 1000);
      const expected = Array.from({ length: samples }, (_sample, sample) =>
        convolveNaively(map, values.subarray(sample * map.inputs, (sample + 1) * map.inputs)),
      );
      expect([...applyMap(map, values, samples)]).toEqual(expected.flat());
      expect([...applyMap(toDense(map), values, samples)].map(plain)).toEqual(
        expected.flat().map(plain),
      );
      const exactly = applyMapExactly(
        map,
        Array.from(values.subarray(0, map.inputs), dyadicFromNumber),
      );
      expect(exactly.map(dyadicToNumber)).toEqual(expected[0].map(plain));
    });
  });

  it('has the rows of its matrix', () => {
    for (const map of maps) {
      const { inputs, outputs, matrix } = toDense(map);
      expect([inputs, outputs]).toEqual([map.inputs, map.outputs]);
      expect(matrixOfRows(map)).toEqual([...matrix.values].map(plain));
    }
  });

  it("is ONNX Runtime's Conv", async () => {
    for (const [index, map] of maps.entries()) {
      const values = someInputs(map.inputs, index + 2000);
      const [judged] = await runtimeOutputs(
        convModel(map, 'oneDimensional' in options),
        [Float32Array.from(values)],
        dimsOf(map, 'oneDimensional' in options),
      );
      expect([...applyMap(map, values)].map(plain)).toEqual([...judged].map(plain));
    }
  });
});

/** Zeros have one sign here. */
function plain(value: number): number {
  return value + 0;
}

function dimsOf({ input }: ConvolutionMap, flat: boolean): number[] {
  const { channels, height, width } = input;
  return flat ? [1, channels, width] : [1, channels, height, width];
}

function convModel(map: ConvolutionMap, flat: boolean): Uint8Array {
  const { input, output, kernel, stride, pads, dilation, groups, weights } = map;
  const plane = (height: number, width: number): bigint[] =>
    (flat ? [width] : [height, width]).map(BigInt);
  return buildModel({
    nodes: chain([
      [
        'Conv',
        ['_', 'w'],
        {
          kernel_shape: plane(kernel.height, kernel.width),
          strides: plane(stride.height, stride.width),
          dilations: plane(dilation.height, dilation.width),
          pads: [...plane(pads.top, pads.left), ...plane(pads.bottom, pads.right)],
          group: BigInt(groups),
        },
      ],
    ]),
    initializers: [
      floats(
        'w',
        [
          output.channels,
          input.channels / groups,
          ...plane(kernel.height, kernel.width).map(Number),
        ],
        weights.values,
      ),
    ],
    inputDims: dimsOf(map, flat),
  });
}

describe('linear maps', () => {
  const small = {
    input: { channels: 1, height: 1, width: 3 },
    outputChannels: 1,
    kernel: { height: 1, width: 2 },
    weights: [1, 2],
  };

  it('keep exact values that float64 does not hold', () => {
    const third = { mantissa: (1n << 70n) + 1n, exponent: -70 };
    const weights = { values: Float64Array.of(1, 2), exact: new Map([[0, third]]) };
    const map = convolutionMap({ ...small, weights });
    expect([...rows(map)]).toEqual([
      [
        [0, third],
        [1, dyadicFromNumber(2)],
      ],
      [
        [1, third],
        [2, dyadicFromNumber(2)],
      ],
    ]);
    const { matrix } = toDense(map);
    expect(exactEntry(matrix, 0)).toEqual(third);
    expect(exactEntry(matrix, 4)).toEqual(third);
    for (const form of [map, toDense(map)]) {
      expect(applyMapExactly(form, [3, -1, 0].map(dyadicFromNumber))).toEqual([
        { mantissa: 3n * third.mantissa - (2n << 70n), exponent: -70 },
        { mantissa: -third.mantissa, exponent: -70 },
      ]);
    }
  });

  it('a kernel as large as the input is a dense layer over flattened maps', () => {
    const weights = someInputs(2 * 12, 5);
    const map = convolutionMap({
      input: { channels: 2, height: 2, width: 3 },
      outputChannels: 2,
      kernel: { height: 2, width: 3 },
      weights,
    });
    expect(toDense(map)).toEqual(denseMap(12, 2, weights));
  });

  it('a matrix is its own dense form, and its numbers are not copied', () => {
    const values = Float64Array.of(1, 0, 0, -2, 3, 0);
    const map = denseMap(3, 2, values);
    expect(map.matrix.values).toBe(values);
    expect(toDense(map)).toBe(map);
    expect(matrixOfRows(map)).toEqual([...values]);
    expect([...rows(map)].map((row) => row.map(([input]) => input))).toEqual([[0], [0, 1]]);
    expect([...applyMap(map, Float64Array.of(1, 10, 100, 0, 1, 0), 2)]).toEqual([1, 28, 0, 3]);
  });

  it('exact sums are exact where numbers are far apart', () => {
    const map = denseMap(3, 1, [2 ** 1000, 2 ** -1074, -(2 ** 1000)]);
    const input = [1, 1, 1].map(dyadicFromNumber);
    expect(applyMapExactly(map, input)).toEqual([{ mantissa: 1n, exponent: -1074 }]);
    expect(applyMapExactly(map, [0, 2 ** -1074, 0].map(dyadicFromNumber))).toEqual([
      { mantissa: 1n, exponent: -2148 },
    ]);
  });

  it('refuses to make matrices that are too large', () => {
    const map = convolutionMap({ ...small, input: { channels: 1, height: 1, width: 20_001 } });
    expect(() => toDense(map, 'layer 3')).toThrow(
      'layer 3: its matrix has 20000 by 20001 entries, more than 67108864; use smaller feature maps',
    );
    expect(() => toDense(map, 'layer 3')).toThrow(InputError);
    const few = convolutionMap(small);
    expect(() => toDense(few, 'layer 3', 5)).toThrow('2 by 3 entries, more than 5');
    expect(toDense(few, 'layer 3', 6).matrix.values).toHaveLength(6);
    // Its rows are there all the same, one at a time.
    const [first] = rows(map);
    expect(first).toHaveLength(2);
    expect(applyMap(map, new Float64Array(20_001).fill(1))[19_999]).toBe(3);
  });

  it('refuses vectors of another length', () => {
    for (const map of [convolutionMap(small), denseMap(3, 2, new Float64Array(6))]) {
      expect(() => applyMap(map, new Float64Array(4))).toThrow(UsageError);
      expect(() => applyMap(map, new Float64Array(3), 2)).toThrow(UsageError);
      expect(() => applyMapExactly(map, [dyadicFromNumber(1)])).toThrow(UsageError);
    }
  });

  const plane = { height: 1, width: 1 };
  // biome-ignore lint/suspicious/noExplicitAny: wrong parts are the subject.
  const wrongParts: readonly (readonly [string, any, RegExp])[] = [
    ['half a channel', { outputChannels: 0.5 }, /output: 0.5 channels/],
    ['no channels', { input: { channels: 0, height: 1, width: 3 } }, /input: 0 channels/],
    ['a kernel of height 0', { kernel: { height: 0, width: 2 } }, /kernel/],
    ['a stride of 0', { stride: { height: 1, width: 0 } }, /stride|output/],
    ['a negative dilation', { dilation: { height: 1, width: -1 } }, /dilation/],
    ['a negative pad', { pads: { top: 0, left: -1, bottom: 0, right: 0 } }, /pads/],
    ['a missing pad', { pads: { top: 0, left: 1, bottom: 0 } }, /pads|output/],
    ['groups that do not divide', { groups: 2 }, /groups: 2 groups of 1 and 1 channels/],
    ['a kernel above the plane', { kernel: { height: 2, width: 2 } }, /kernel: its height exceeds/],
    ['too few weights', { weights: [1] }, /weights: 1 numbers where 2 belong/],
    ['NaN', { weights: [1, Number.NaN] }, /weights\[1\]: NaN is no finite number/],
    ['a huge plane', { input: { ...plane, channels: 1, width: 2 ** 31 } }, /more than 2147483647/],
  ];
  it.each(wrongParts)('refuses a convolution with %s', (_, parts, message) => {
    expect(() => convolutionMap({ ...small, ...parts })).toThrow(InputError);
    expect(() => convolutionMap({ ...small, ...parts })).toThrow(message);
  });

  // biome-ignore lint/suspicious/noExplicitAny: wrong maps are the subject.
  const wrongMaps: readonly (readonly [string, any])[] = [
    ['nothing', undefined],
    ['another kind', { kind: 'pooling' }],
    ['sizes that do not follow', { ...convolutionMap(small), outputs: 3 }],
    [
      'an output that does not follow',
      { ...convolutionMap(small), output: { ...plane, channels: 1 } },
    ],
    ['no shape', { ...convolutionMap(small), input: undefined }],
    ['no weights', { ...convolutionMap(small), weights: undefined }],
    ['a list', { ...denseMap(1, 1, [1]), matrix: [1] }],
    ['a float64 that is not the view', withExact(0.5, { mantissa: 1n, exponent: 0 })],
    ['an exact value that is none', withExact(0.5, { mantissa: 1, exponent: -1 })],
    ['an exact value that is not normalised', withExact(0.5, { mantissa: 2n, exponent: -2 })],
  ];
  it.each(wrongMaps)('refuses a map with %s', (_, map) => {
    expect(() => checkMap(map, 'layer')).toThrow(InputError);
  });

  it('refuses an exact value outside of the matrix', () => {
    const exact = new Map([[1, { mantissa: 1n, exponent: 0 }]]);
    expect(() => denseMap(1, 1, { values: Float64Array.of(1), exact })).toThrow(InputError);
  });
});

function withExact(value: number, exact: unknown): unknown {
  const matrix = { values: Float64Array.of(value), exact: new Map([[0, exact]]) };
  return { kind: 'dense', inputs: 1, outputs: 1, matrix };
}
