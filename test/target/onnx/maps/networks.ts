/** Graphs of feature maps for the tests, with random float32 weights, and their judge. */
import { expect } from 'vitest';
import { evaluateNetwork } from '../../../../src/target/evaluate.js';
import { inputsOf, type Layer, type Network } from '../../../../src/target/network.js';
import { type OnnxOptions, readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { runtimeOutputs } from '../../onnx-runtime.js';
import {
  buildModel,
  floats,
  type ModelInit,
  someFloats,
  type TensorInit,
} from '../../onnx-writer.js';

/** A tensor of random numbers, of its name's own. */
export function random(name: string, ...dims: readonly number[]): TensorInit {
  const seed = [...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return floats(name, dims, someFloats(size, seed));
}

/** Scale, shift, mean and variance of a normalisation, as `name_s`, `name_b`, `name_m` and `name_v`. */
export function statistics(name: string, channels: number): TensorInit[] {
  const [scale, shift, mean, variance] = ['s', 'b', 'm', 'v'].map((what) =>
    someFloats(channels, what.charCodeAt(0) + channels),
  );
  return [
    floats(
      `${name}_s`,
      [channels],
      scale.map((value) => value + 1.5),
    ),
    floats(`${name}_b`, [channels], shift),
    floats(`${name}_m`, [channels], mean),
    floats(
      `${name}_v`,
      [channels],
      variance.map((value) => value + 1.25),
    ),
  ];
}

export const normalised = (name: string): string[] =>
  ['s', 'b', 'm', 'v'].map((what) => `${name}_${what}`);

/** Reads a graph, and holds it to ONNX Runtime on some inputs, to float32 accuracy. */
export async function readAndJudge(init: ModelInit, options?: OnnxOptions): Promise<Network> {
  const bytes = buildModel(init);
  const { network } = readOnnx(bytes, options);
  const dims = init.inputDims.map((dim) => (typeof dim === 'string' ? 1 : dim));
  const inputs = [1, 2, 3].map((seed) => someFloats(inputsOf(network.layers), seed));
  const judged = await runtimeOutputs(bytes, inputs, dims);
  inputs.forEach((input, index) => {
    const ours = evaluateNetwork(network, Float64Array.from(input));
    expect(ours).toHaveLength(judged[index].length);
    const scale = Math.max(1, ...judged[index].map(Math.abs));
    ours.forEach((value, output) => {
      expect(Math.abs(value - judged[index][output])).toBeLessThan(2e-6 * scale);
    });
  });
  return network;
}

/** What each layer is, in short: `3x3 by 2x2 padded to 8 in 4` (groups), `max 2x2`, `dense 10`, and what it reads. */
export function outline({ layers }: Network): string[] {
  return layers.map((layer) => `${kindOf(layer)}${layer.reads ? ` of ${layer.reads.join()}` : ''}`);
}

function kindOf(layer: Layer): string {
  if (layer.kind === 'dense') return `dense ${layer.outputs}`;
  if (layer.kind === 'sum')
    return layer.parts.map((part) => kindOf({ ...layer, ...part })).join(' + ');
  const { kernel, stride, pads, output } = layer;
  const size = `${kernel.height}x${kernel.width}`;
  const strides = stride.height * stride.width === 1 ? '' : ` by ${stride.height}x${stride.width}`;
  const padded = Object.values(pads).some((side) => side > 0) ? ' padded' : '';
  if (layer.kind === 'max-pooling') return `max ${size}${strides}${padded}`;
  const groups = layer.groups === 1 ? '' : ` in ${layer.groups}`;
  return `${size}${strides}${padded} to ${output.channels}${groups}`;
}
