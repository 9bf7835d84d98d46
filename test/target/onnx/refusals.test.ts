/** Graphs that are no chain of layers, and files that lie: an error that names node and remedy. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.js';
import { TensorProto_DataType as Type } from '../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import {
  buildMessage,
  buildModel,
  type ChainStep,
  chain,
  doubles,
  encode,
  floats,
  integers,
  type ModelInit,
  type NodeInit,
  node,
  someFloats,
  type TensorInit,
} from '../onnx-writer.js';

const w = floats('w', [3, 3], someFloats(9, 1));
const b = floats('b', [3], [1, 2, 3]);

function refusal(init: Partial<ModelInit> & { readonly nodes: readonly NodeInit[] }): string {
  return refusalOf(buildModel({ inputDims: ['N', 3], initializers: [w, b], ...init }));
}

function refusalOf(bytes: Uint8Array): string {
  try {
    readOnnx(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('it was read');
}

const chained = (...steps: ChainStep[]): string => refusal({ nodes: chain(steps) });

describe('refused graphs', () => {
  it('an operator that is not supported', () => {
    const nodes = [
      node('MatMul', ['x', 'w'], ['h'], {}, 'fc'),
      node('Tanh', ['h'], ['y'], {}, 'act'),
    ];
    expect(refusal({ nodes })).toMatch(
      /^node "act" \(Tanh\): the operator "Tanh" is not supported; only piecewise linear/,
    );
    expect(chained(['Mish2', ['_']])).toMatch(/not supported; these are: MatMul, Gemm, Add/);
    expect(chained(['LpPool', ['_']])).toMatch(/operators on feature maps Conv, .* are read/);
    expect(chained(['LSTM', ['_']])).toMatch(/feed-forward/);
    const custom = [{ ...node('Gemm', ['x', 'w'], ['y']), domain: 'com.acme' }];
    expect(refusal({ nodes: custom })).toContain(
      '"Gemm" of the domain "com.acme" is not supported',
    );
  });

  it('names from a file cannot break the message', () => {
    const nodes = [node('Ta\nnh\u001b[31m', ['x'], ['y'], {}, `a\r\n\u202e${'z'.repeat(500)}`)];
    const message = refusal({ nodes });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(message.length).toBeLessThan(600);
  });

  it('products and rounding of what depends on the input', () => {
    expect(chained(['Mul', ['_', '_']])).toMatch(/^node 1 \(Mul\): it multiplies two values that/);
    expect(chained(['MatMul', ['_', '_']], ['Relu', ['_']])).toMatch(/cannot be multiplied/);
    const square = refusal({ nodes: chain([['MatMul', ['_', '_']]]), inputDims: [3, 3] });
    expect(square).toMatch(/it multiplies two values that depend/);
    expect(chained(['Div', ['_', '_']])).toMatch(/divides by the network's values/);
    expect(chained(['QuantizeLinear', ['_', 'b']])).toMatch(
      /not piecewise linear; export .* float/,
    );
    expect(chained(['DequantizeLinear', ['_', 'b']])).toMatch(/not piecewise linear/);
  });

  it('cycles, missing values and values defined twice', () => {
    const cycle = [
      node('Relu', ['a'], ['c']),
      node('Relu', ['c'], ['a']),
      node('Relu', ['a'], ['y']),
    ];
    expect(refusal({ nodes: cycle })).toMatch(/^node [12] \(Relu\): it depends on its own output/);
    expect(chained(['MatMul', ['_', 'absent']])).toMatch(/^node 1 .*nothing .* defines "absent"/);
    expect(refusal({ nodes: [] })).toMatch(/^output "y": nothing in the graph defines "y"/);
    const twice = [node('Relu', ['x'], ['y']), node('Relu', ['x'], ['y'])];
    expect(refusal({ nodes: twice })).toMatch(/^node 2 \(Relu\): its output "y" is defined twice/);
    expect(refusal({ nodes: chain([['Relu', ['_']]]), initializers: [w, w] })).toMatch(
      /used twice/,
    );
    const mask = [node('Dropout', ['x'], ['d', 'm']), node('Relu', ['m'], ['y'])];
    expect(refusal({ nodes: mask })).toMatch(/"m" is an output, .* not supported/);
  });

  it('more or fewer than one input and output', () => {
    const message = buildMessage({ inputDims: ['N', 3], nodes: chain([['Relu', ['_']]]) });
    const { graph } = message;
    if (graph === undefined) throw new Error('no graph');
    graph.input.push({ ...graph.input[0], name: 'z' });
    expect(refusalOf(encode(message))).toMatch(/^graph: it has 2 inputs, "x", "z"; export/);
    graph.input = graph.input.slice(0, 1);
    graph.output.push({ ...graph.output[0], name: 'z' });
    expect(refusalOf(encode(message))).toMatch(/^output "z": nothing in the graph defines "z"/);
    graph.output = [{ ...graph.output[0], name: '' }];
    expect(refusalOf(encode(message))).toMatch(/^graph: an output has no name/);
    graph.output = [];
    expect(refusalOf(encode(message))).toMatch(/^graph: it has 0 outputs; export/);
    message.graph = undefined as never;
    delete (message as { graph?: unknown }).graph;
    expect(refusalOf(encode(message))).toMatch(/^graph: the model has none/);
  });

  it('input shapes without a meaning', () => {
    const nodes = chain([['MatMul', ['_', 'w']]]);
    expect(refusal({ nodes, inputDims: ['N', 'M', 'K'] })).toMatch(
      /^input "x": its dimension "M" and dimension "K" are not known; .* fixed input shape/,
    );
    expect(refusal({ nodes, inputDims: ['N', 'M', 3] })).toMatch(/dimension "M" is not known/);
    expect(refusal({ nodes: chain([['Relu', ['_']]]), inputDims: ['N', 'M'] })).toMatch(
      /dimension "M" is not known, and no matrix that it meets first tells it/,
    );
    expect(refusal({ nodes, inputDims: [4, 3] })).toMatch(/several vectors at once.*batch size 1/);
    expect(refusal({ nodes, inputDims: [2 ** 20, 2 ** 20] })).toMatch(/too large/);
    expect(refusal({ nodes, inputDims: [1, 4] })).toMatch(
      /shape \[1, 4\] cannot be multiplied by one of shape \[3, 3\]/,
    );
    expect(refusal({ nodes, inputType: Type.UINT8 })).toMatch(/its type is uint8/);
    expect(refusal({ nodes, inputDims: new Array(40).fill(1) })).toMatch(/40 dimensions/);
  });

  it('shapes that do not fit', () => {
    expect(
      refusal({
        nodes: chain([['Add', ['_', 'c']]]),
        initializers: [floats('c', [4], [1, 2, 3, 4])],
      }),
    ).toMatch(/\[1, 3\] and \[4\] do not fit/);
    expect(chained(['Gemm', ['_', 'b']])).toMatch(/Gemm needs two matrices/);
    expect(chained(['Gemm', ['_', 'w', 'w']])).toMatch(/C of shape \[3, 3\] does not fit \[1, 3\]/);
    expect(chained(['Transpose', ['_'], { perm: [0n, 0n] }])).toMatch(/does not permute/);
    expect(chained(['Transpose', ['_'], { perm: [0n, 2n] }])).toMatch(/axis 2 does not exist/);
    expect(chained(['Flatten', ['_'], { axis: 5n }])).toMatch(/axis 5 does not exist/);
    expect(
      refusal({ nodes: chain([['Squeeze', ['_', 'one']]]), initializers: [integers('one', [1])] }),
    ).toMatch(/dimension 1 of \[1, 3\] is not 1/);
    expect(chained(['Reshape', ['_', 'b']])).toMatch(/cannot be reshaped/);
    expect(chained(['Reshape', ['_']])).toMatch(/its input 2 is missing/);
    expect(chained(['Reshape', ['b', '_']])).toMatch(/its shape depends on the network's input/);
    const shaped = (...shape: number[]): string =>
      refusal({
        nodes: chain([['Reshape', ['_', 's']]]),
        initializers: [integers('s', shape)],
      });
    expect(shaped(-1, -1)).toMatch(/cannot be reshaped to \[-1, -1\]/);
    expect(shaped(2, -1)).toMatch(/cannot be reshaped to \[2, -1\]/);
    expect(shaped(1, 1, 0)).toMatch(/no dimension 2 to copy/);
    expect(shaped(...new Array(50).fill(1), 3)).toMatch(/too many/);
  });

  it('divisions that are none, and training mode', () => {
    const zero = [floats('c', [1], [0])];
    expect(refusal({ nodes: chain([['Div', ['_', 'c']]]), initializers: zero })).toMatch(/by 0/);
    expect(chained(['Div', ['b', '_']])).toMatch(/divides by the network's values/);
    expect(chained(['Dropout', ['_', '', 'b']])).toMatch(/training mode/);
    const norm = (opset: number, attributes: Record<string, bigint>, variance: number): string =>
      refusal({
        opset,
        nodes: chain([['BatchNormalization', ['_', 'b', 'b', 'b', 'v'], attributes]]),
        initializers: [b, floats('v', [3], [1, variance, 1])],
      });
    expect(norm(14, { training_mode: 1n }, 1)).toMatch(/training mode/);
    expect(norm(13, {}, -1)).toMatch(/variance is not positive/);
    expect(norm(8, { spatial: 0n }, 1)).toMatch(/per channel/);
    const statistics = ['b', 'b', 'b', 'v'];
    const older = (opset: number, outputs: string[], attributes: Record<string, bigint> = {}) =>
      refusal({
        opset,
        nodes: [node('BatchNormalization', ['x', ...statistics], outputs, attributes)],
        initializers: [b, floats('v', [3], [1, 1, 1])],
      });
    const five = ['y', 'm1', 'v1', 'm2', 'v2'];
    for (const opset of [7, 9, 13]) {
      expect(older(opset, five)).toMatch(/it has 5 outputs.*model\.eval\(\) before/);
    }
    expect(older(6, ['y'])).toMatch(/is_test is 0.*model\.eval/);
    expect(older(6, five, { is_test: 1n })).toMatch(/it has 5 outputs/);
    const dropped = (opset: number, attributes: Record<string, bigint>) =>
      refusal({ opset, nodes: chain([['Dropout', ['_'], attributes]]) });
    expect(dropped(6, {})).toMatch(/is_test is 0.*model\.eval/);
    expect(dropped(1, { is_test: 0n })).toMatch(/is_test is 0/);
  });

  it('legacy broadcasting, missing inputs and attributes of a wrong type', () => {
    expect(chained(['Add', ['_', 'b'], { axis: 1n, broadcast: 1n }])).toMatch(
      /Add has no attribute "axis" in operator set 13 \(only before 7\)/,
    );
    expect(chained(['MatMul', ['_']])).toMatch(/its input 2 is missing/);
    expect(chained(['MatMul', ['_', '']])).toMatch(/its input 2 is missing/);
    expect(chained(['Gemm', ['_', 'w'], { transB: 1 }])).toMatch(/"transB" is not of type INT/);
    expect(chained(['Gemm', ['_', 'w'], { alpha: Number.NaN }])).toMatch(/alpha is NaN/);
    expect(chained(['Flatten', ['_'], { axis: 2n ** 60n }])).toMatch(/axis is 1152921504606846976/);
    expect(chained(['Cast', ['_'], { to: 7n }])).toMatch(/only constants may be cast/);
  });

  it('a Softmax that is not at the end', () => {
    expect(chained(['Softmax', ['_']], ['MatMul', ['_', 'w']])).toMatch(
      /^node 1 \(Softmax\): its output goes into node 2 \(MatMul\); it can be left out only at the/,
    );
  });

  it('tensors that lie about their size or hold no finite numbers', () => {
    const weights = (tensor: TensorInit): string =>
      refusal({ nodes: chain([['MatMul', ['_', 'w']]]), initializers: [{ name: 'w', ...tensor }] });
    const three = new Uint8Array(36);
    const FLOAT = { dataType: Type.FLOAT };
    expect(weights({ ...FLOAT, dims: [3n, 4n], rawData: three })).toMatch(/needs 48 bytes, .* 36/);
    expect(weights({ ...FLOAT, dims: [2n ** 40n, 3n], rawData: three })).toMatch(/impossible/);
    expect(weights({ ...FLOAT, dims: [2n ** 62n, 2n ** 62n] })).toMatch(/impossible/);
    expect(weights({ ...FLOAT, dims: [-3n, -3n], rawData: three })).toMatch(/impossible/);
    expect(weights({ ...FLOAT, dims: [3n, 3n], floatData: [1, 2] })).toMatch(/needs 9 entries.* 2/);
    expect(weights({ ...FLOAT, dims: [3n, 0n] })).toMatch(/without entries/);
    expect(weights({ ...FLOAT, dims: new Array(64).fill(1n) })).toMatch(/64 dimensions/);
    expect(weights({ dims: [3n, 3n], dataType: Type.STRING })).toMatch(/type string is no number/);
    expect(weights({ dims: [3n, 3n], dataType: 77 })).toMatch(/type 77 is no number/);
    expect(weights({ ...FLOAT, dims: [3n, 3n], segment: { begin: 0n, end: 1n } })).toMatch(
      /segments/,
    );
    const spoiled = [1, 1, 1, 1, Number.NaN, 1, 1, 1, 1];
    expect(weights({ ...doubles('w', [3, 3], spoiled) })).toMatch(
      /^initializer "w": entry 4 is NaN; all constants must be finite/,
    );
    expect(weights({ dims: [1n], dataType: Type.INT64, int64Data: [2n ** 60n] })).toMatch(
      /beyond 2\^53/,
    );
  });
});

describe('files made to exhaust the reader', () => {
  it('products that leave the range of float64', () => {
    const huge = [doubles('c', [1], [2 ** 1000]), doubles('d', [1], [2 ** -1000])];
    const times = (name: string, count: number): ChainStep[] =>
      Array.from({ length: count }, () => ['Mul', ['_', name]]);
    const read = (steps: ChainStep[]): string =>
      refusal({ nodes: chain(steps), initializers: huge, inputDims: [1, 1] });
    expect(read(times('c', 2))).toMatch(/^node 2 \(Mul\): a value exceeds the range of float64/);
    expect(read([...times('d', 2000), ['Add', ['_', 'c']]])).toMatch(/more than 16384 bits/);
  });

  it('a diagonal or low-rank product of absurd size', () => {
    const wide = 100_000;
    const relu = refusal({ nodes: chain([['Relu', ['_']]]), inputDims: [1, wide] });
    expect(relu).toMatch(/are allowed for a file of its size|too large/);
    const ones = new Float32Array(wide).fill(1);
    const outer = refusal({
      nodes: chain([
        ['MatMul', ['_', 'column']],
        ['MatMul', ['_', 'row']],
      ]),
      inputDims: [1, wide],
      initializers: [floats('column', [wide, 1], ones), floats('row', [1, wide], ones)],
    });
    expect(outer).toMatch(/are allowed for a file of its size|too large/);
  });

  it('one matrix used over and over', () => {
    const width = 400;
    const matrix = floats('w', [width, width], someFloats(width * width, 3));
    const steps: ChainStep[] = Array.from({ length: 3000 }, () => ['MatMul', ['_', 'w']]);
    expect(refusal({ nodes: chain(steps), inputDims: [1, width], initializers: [matrix] })).toMatch(
      /exceeds the range|are allowed for a file of its size|bits/,
    );
  });

  it('millions of empty messages, deep nesting, and endless numbers', () => {
    const flood = new Uint8Array(2_000_000);
    // graph, then an unending list of empty nodes.
    flood.set([0x3a, 0xfb, 0x88, 0x7a]);
    for (let at = 4; at < flood.length - 1; at += 2) flood.set([0x0a, 0x00], at);
    expect(refusalOf(flood)).toMatch(/more parts than any/);
    let nested = new Uint8Array(0);
    for (let depth = 0; depth < 60; depth++) {
      // A graph in an attribute of a node of a graph.
      for (const tag of [0x32, 0x2a, 0x0a]) {
        nested = new Uint8Array([tag, ...lengthBytes(nested.length), ...nested]);
      }
    }
    expect(refusalOf(new Uint8Array([0x3a, ...lengthBytes(nested.length), ...nested]))).toMatch(
      /nested too deeply/,
    );
    expect(refusalOf(new Uint8Array(30).fill(0xff))).toMatch(/longer than 10 bytes/);
    expect(refusalOf(new Uint8Array(0))).toMatch(/the file is empty/);
    expect(refusalOf(new TextEncoder().encode('<!DOCTYPE html><html></html>'))).toMatch(/^byte/);
  });
});

function lengthBytes(length: number): number[] {
  return length < 128 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(length >> 7)];
}
