/** The integer network itself as an ONNX file, for those who only want answers: it multiplies. */
import { checkOneOf } from '../core/arguments.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { integerLayers } from './integer-layers.js';
import { layerFactors } from './layer-factors.js';
import { onnxChain } from './onnx-chain.js';

export interface FoldedOnnxOptions {
  /** Default `float`. */
  readonly compute?: Compute;
  readonly text?: OnnxText;
}

/**
 * The ONNX file of an integer network, with the input and output of `prunedOnnx`; each layer is divided
 * by its own scale. Throws an `InputError` for integers that the type computed with does not hold.
 */
export function foldedOnnx(network: IntegerNetwork, options: FoldedOnnxOptions = {}): ExportedFile {
  checkIntegerNetwork(network);
  const { compute = 'float' } = options;
  checkOneOf('compute', compute, ['float', 'double']);
  const layers = integerLayers(network, compute);
  const factors = layerFactors({ ...network, blockEnds: layers.map((_, index) => index + 1) });
  return onnxChain(
    layers.map(({ inputs, outputs, stored, weights, bias }, index) => ({
      inputs,
      outputs,
      weights: {
        type: stored.type,
        bytes: inputs * outputs * stored.bytes,
        data: () => weights('inputs-first'),
      },
      bias: bias === null ? null : { type: stored.type, bytes: outputs * stored.bytes, data: bias },
      relu: index < layers.length - 1 || network.activation === 'relu',
      factor: factors[index],
    })),
    compute,
    options.text ?? { name: 'integer network', description: '', metadata: {} },
  );
}
