/** Kinds of files met in the field: what they mean by hand, beside what ONNX Runtime makes of them. */
import { describe, expect, it } from 'vitest';
import { evaluateNetwork } from '../../../src/target/evaluate.js';
import { dimensions, matrixOf } from '../../../src/target/network.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { runtimeOutputs } from '../onnx-runtime.js';
import {
  buildModel,
  chain,
  floats,
  integers,
  type ModelInit,
  node,
  someFloats,
} from '../onnx-writer.js';

async function agrees(init: ModelInit, dims: readonly number[], width: number) {
  const bytes = buildModel(init);
  const read = readOnnx(bytes);
  const inputs = Array.from({ length: 5 }, (_, seed) => someFloats(width, 40 + seed));
  const judged = await runtimeOutputs(bytes, inputs, dims);
  inputs.forEach((input, index) => {
    const ours = evaluateNetwork(read.network, Float64Array.from(input));
    expect(ours).toHaveLength(judged[index].length);
    ours.forEach((value, output) => {
      expect(Math.abs(value - judged[index][output])).toBeLessThan(1e-5);
    });
  });
  return read;
}

const w = (name: string, dims: readonly [number, number], seed: number) =>
  floats(name, dims, someFloats(dims[0] * dims[1], seed));

describe('files from the field', () => {
  it('a dense layer per position', async () => {
    const { network } = await agrees(
      {
        inputDims: [1, 2, 4],
        nodes: chain([
          ['MatMul', ['_', 'a']],
          ['Relu', ['_']],
          ['Flatten', ['_']],
          ['MatMul', ['_', 'b']],
        ]),
        initializers: [w('a', [4, 6], 1), w('b', [12, 3], 2)],
      },
      [1, 2, 4],
      8,
    );
    expect(dimensions(network)).toEqual([8, 12, 3]);
  });

  it('a shape that is computed from a symbolic batch', async () => {
    await agrees(
      {
        inputDims: ['batch', 2, 3],
        nodes: [
          node('Shape', ['x'], ['shape']),
          node('Gather', ['shape', 'zero'], ['n'], { axis: 0n }),
          node('Unsqueeze', ['n', 'axes'], ['list']),
          node('Concat', ['list', 'rest'], ['wanted'], { axis: 0n }),
          node('Reshape', ['x', 'wanted'], ['flat']),
          node('MatMul', ['flat', 'a'], ['y']),
        ],
        initializers: [
          { name: 'zero', dims: [], dataType: 7, int64Data: [0n] },
          integers('axes', [0]),
          integers('rest', [-1]),
          w('a', [6, 3], 3),
        ],
      },
      [1, 2, 3],
      6,
    );
  });

  it('a Slice to the end, INT64_MAX, and backwards to INT64_MIN', async () => {
    const far = (name: string, value: bigint) => ({
      name,
      dims: [1n],
      dataType: 7,
      int64Data: [value],
    });
    for (const [start, end, step] of [
      [1, 2n ** 63n - 1n, 1],
      [-1, -(2n ** 63n) + 1n, -1],
    ] as const) {
      await agrees(
        {
          inputDims: ['N', 4],
          nodes: chain([['Slice', ['_', 'start', 'end', 'axes', 'steps']]]),
          initializers: [
            integers('start', [start]),
            far('end', end),
            integers('axes', [1]),
            integers('steps', [step]),
          ],
        },
        [1, 4],
        4,
      );
    }
  });

  it('the last dimension symbolic: inferred from the first matrix, with a note', async () => {
    const { network, notices } = await agrees(
      {
        inputDims: [1, 'features'],
        nodes: chain([['MatMul', ['_', 'a']]]),
        initializers: [w('a', [4, 2], 4)],
      },
      [1, 4],
      4,
    );
    expect(dimensions(network)).toEqual([4, 2]);
    expect(notices).toEqual([
      'input "x": its dimension "features" is taken as 4, which its first matrix needs',
    ]);
    const column = readOnnx(
      buildModel({
        inputDims: [4, 'batch'],
        nodes: chain([['MatMul', ['a', '_']]]),
        initializers: [w('a', [2, 4], 4)],
      }),
    );
    expect(dimensions(column.network)).toEqual([4, 2]);
    expect(column.notices).toEqual([
      'input "x": its dimension "batch" is taken as the batch, of one sample',
    ]);
  });

  it('int8 weights times a scale, exactly', () => {
    const bytes = buildModel({
      inputDims: ['N', 2],
      nodes: [
        node('Cast', ['q'], ['f'], { to: 1n }),
        node('Mul', ['f', 's'], ['w']),
        node('MatMul', ['x', 'w'], ['y']),
      ],
      initializers: [
        { name: 'q', dims: [2n, 2n], dataType: 3, rawData: Uint8Array.of(127, 128, 1, 255) },
        floats('s', [], [Math.fround(0.1)]),
      ],
    });
    const { network } = readOnnx(bytes);
    const scale = Math.fround(0.1);
    // A product of 8 and 24 bits is a float64.
    expect([...matrixOf(network.layers[0]).values]).toEqual([
      127 * scale,
      scale,
      -128 * scale,
      -scale,
    ]);
    expect(network.reading).toBeUndefined();
  });

  it('matrices that are mostly zeros, one after another', () => {
    const count = 1024;
    const choice = (name: string, rows: number, columns: number, of: (row: number) => number[]) => {
      const values = new Float32Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        for (const column of of(row)) values[row * columns + column] = 1 - 2 * (column % 2);
      }
      return floats(name, [rows, columns], values);
    };
    const bytes = buildModel({
      inputDims: ['N', 2],
      nodes: chain([
        ['MatMul', ['_', 'a']],
        ['MatMul', ['_', 'b']],
        ['MatMul', ['_', 'c']],
        ['Relu', ['_']],
        ['MatMul', ['_', 'd']],
        ['MatMul', ['_', 'e']],
        ['Relu', ['_']],
      ]),
      initializers: [
        w('a', [2, 32], 7),
        choice('b', 32, count, (row) => Array.from({ length: 32 }, (_, k) => row + 32 * k)),
        choice('c', count, 2 * count, (row) => [row, row + count]),
        choice('d', 2 * count, count, (row) => [row % count]),
        choice('e', count, 4, (row) => [row % 4]),
      ],
    });
    const { network } = readOnnx(bytes);
    expect(dimensions(network)).toEqual([2, 2 * count, 4]);
  });

  it('several outputs, one after another, and constant ones', () => {
    const { network, notices } = readOnnx(
      buildModel({
        inputDims: ['N', 2],
        outputs: ['a', 'b'],
        nodes: [node('MatMul', ['x', 'w'], ['a']), node('Identity', ['c'], ['b'])],
        initializers: [floats('w', [2, 1], [2, 3]), floats('c', [2], [5, -6])],
      }),
    );
    expect([...evaluateNetwork(network, Float64Array.of(10, 100))]).toEqual([320, 5, -6]);
    expect(notices).toEqual(['its outputs are taken one after another: "a" (1), "b" (2)']);
    const constant = readOnnx(
      buildModel({
        inputDims: ['N', 2],
        nodes: [node('Relu', ['c'], ['y'])],
        initializers: [floats('c', [2], [5, -6])],
      }),
    );
    expect([...evaluateNetwork(constant.network, Float64Array.of(1, 2))]).toEqual([5, 0]);
    expect(constant.notices).toEqual(["its outputs do not depend on the network's input"]);
  });

  it('operators of the first operator sets, by their own meaning', () => {
    const read = (opset: number, ...steps: Parameters<typeof chain>[0]) => {
      const { network } = readOnnx(
        buildModel({
          inputDims: [1, 2, 2],
          opset,
          nodes: chain(steps),
          initializers: [floats('c', [2], [10, 20])],
        }),
      );
      return [...evaluateNetwork(network, Float64Array.of(1, -2, 3, -4))];
    };
    expect(read(6, ['Add', ['_', 'c'], { broadcast: 1n, axis: 1n }])).toEqual([11, 8, 23, 16]);
    expect(read(6, ['Add', ['_', 'c'], { broadcast: 1n }])).toEqual([11, 18, 13, 16]);
    expect(() => read(6, ['Add', ['_', 'c']])).toThrow(/its attribute broadcast is 0/);
    expect(read(6, ['PRelu', ['_', 'c']])).toEqual([1, -20, 3, -80]);
    expect(read(7, ['PRelu', ['_', 'c']])).toEqual([1, -40, 3, -80]);
    expect(read(6, ['Clip', ['_'], { min: 0 }])).toEqual([1, 0, 3, 0]);
    expect(read(1, ['Slice', ['_'], { starts: [1n], ends: [9n], axes: [2n] }])).toEqual([-2, -4]);
    expect(read(1, ['Concat', ['_', '_']])).toEqual([1, -2, 3, -4, 1, -2, 3, -4]);
    expect(read(1, ['LeakyRelu', ['_'], { alpha: 0.5 }])).toEqual([1, -1, 3, -2]);
  });
});

describe('graphs made to exhaust the reader', () => {
  const limits = / are allowed for a file of its size|too large|exceeds/;

  it('a value doubled over and over', () => {
    const doubled = (opType: string, attributes = {}) =>
      buildModel({
        inputDims: [1, 64],
        nodes: chain(Array.from({ length: 60 }, () => [opType, ['_', '_'], attributes] as const)),
      });
    expect(() => readOnnx(doubled('Concat', { axis: 1n }))).toThrow(limits);
    expect(matrixOf(readOnnx(doubled('Add')).network.layers[0]).values[0]).toBe(2 ** 60);
  });

  it('one value named thousands of times in Max and Min', () => {
    for (const opType of ['Max', 'Min']) {
      const nodes = chain([[opType, new Array<string>(20_000).fill('_')]]);
      const { network } = readOnnx(buildModel({ inputDims: [1, 3], nodes }));
      expect(network.layers).toHaveLength(1);
      expect([...matrixOf(network.layers[0]).values]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    }
  });

  it('a deep chain of maxima is stopped by its operations, long before its end', () => {
    const steps = Array.from({ length: 10_000 }, () => ['Max', ['_', 'x']] as const);
    const model = buildModel({ inputDims: [1, 10], nodes: chain(steps) });
    const problem =
      /^node (\d+) \(Max\): up to it the model needs 10,0[\d,]+ operations to read, and 10,0[\d,]+ are allowed for a file of its size; export it with constants folded, and with fewer nodes/;
    expect(() => readOnnx(model)).toThrow(problem);
  });

  it('numbers that grow longer are charged by their bits', () => {
    const longer = (width: number) =>
      buildModel({
        inputDims: [1, width],
        nodes: chain(Array.from({ length: 400 }, () => ['Mul', ['_', 'c']] as const)),
        initializers: [floats('c', [1], [0.1])],
      });
    expect(readOnnx(longer(2)).network.layers).toHaveLength(1);
    expect(() => readOnnx(longer(6000))).toThrow(
      /^node \d+ \(Mul\): up to it the model needs 10,0[\d,]+ operations to read/,
    );
  });

  it('what is too much is told in numbers, with a remedy of its kind', () => {
    const wide = buildModel({ inputDims: [1, 2 ** 20], nodes: chain([['Relu', ['_']]]) });
    expect(() => readOnnx(wide)).toThrow(
      /needs 1,099,[\d,]+ matrix entries, and 33,55[\d,]+ are allowed .*; export a model of fewer inputs/,
    );
    expect(() => readOnnx(wide)).not.toThrow(/constants|float32/);
  });

  it('huge shapes for small constants, and depth that carries everything', () => {
    const shaped = (opType: string) =>
      buildModel({
        inputDims: [1, 4],
        nodes: chain([[opType, ['_', 's']]]),
        initializers: [integers('s', opType === 'Tile' ? [2 ** 40, 2 ** 40] : [2 ** 40, 4])],
      });
    expect(() => readOnnx(shaped('Tile'))).toThrow(limits);
    expect(() => readOnnx(shaped('Expand'))).toThrow(limits);
    const steps = Array.from({ length: 20_000 }, (_, index) => [
      node('Neg', [`v${index}`], [`n${index}`]),
      node('Relu', [`n${index}`], [`r${index}`]),
      node('Add', [`r${index}`, 'x'], [`v${index + 1}`]),
    ]).flat();
    const deep = buildModel({
      inputDims: [1, 200],
      input: 'x',
      nodes: [node('Identity', ['x'], ['v0']), ...steps, node('Identity', ['v20000'], ['y'])],
    });
    expect(() => readOnnx(deep)).toThrow(limits);
  });
});
