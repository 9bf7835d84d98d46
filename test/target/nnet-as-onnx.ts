/** A network of float32 weights as an ONNX file, so that ONNX Runtime can judge a .nnet file too. */
import type { Network } from '../../src/target/network.js';
import { partsOf } from '../networks.js';
import { buildModel, type ChainStep, chain, floats } from './onnx-writer.js';

export function nnetAsOnnx({ layers }: Network): Uint8Array {
  const steps = layers.map(partsOf).flatMap(({ activation }, index): ChainStep[] => {
    const gemm: ChainStep = ['Gemm', ['_', `w${index}`, `b${index}`], { transB: 1n }];
    return activation === 'relu' ? [gemm, ['Relu', ['_']]] : [gemm];
  });
  return buildModel({
    inputDims: [1, layers[0].inputs],
    nodes: chain(steps),
    initializers: layers
      .map(partsOf)
      .flatMap(({ inputs, outputs, weights, bias }, index) => [
        floats(`w${index}`, [outputs, inputs], weights),
        floats(`b${index}`, [outputs], bias),
      ]),
  });
}
