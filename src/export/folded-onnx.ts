/** The integer network itself as an ONNX file, for those who only want answers: it multiplies. */
import { check, checkOneOf } from '../core/arguments.js';
import { FLAG } from '../core/options.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { integerLayers } from './integer-layers.js';
import { layerFactors } from './layer-factors.js';
import { mapLayout, orderOf } from './map-layout.js';
import { onnxChain } from './onnx-chain.js';

export interface FoldedOnnxOptions {
  /** Default `float`. */
  readonly compute?: Compute;
  /** Of feature maps: whether samples come position by position; default false. */
  readonly channelsLast?: boolean;
  readonly text?: OnnxText;
}

/**
 * The ONNX file of an integer network, with the input and output of `prunedOnnx`; each layer is divided
 * by its own scale. Throws an `InputError` for integers that the type computed with does not hold.
 */
export function foldedOnnx(network: IntegerNetwork, options: FoldedOnnxOptions = {}): ExportedFile {
  checkIntegerNetwork(network);
  const { compute = 'float', channelsLast = false } = options;
  checkOneOf('compute', compute, ['float', 'double']);
  check('channelsLast', channelsLast, FLAG);
  const layers = integerLayers(network, compute);
  const blockEnds = layers.map((_, index) => index + 1);
  const factors = layerFactors({ ...network, blockEnds });
  const layout = network.maps && mapLayout(network.maps, blockEnds, channelsLast);
  return onnxChain(
    layers.map(({ inputs, outputs, stored, weights, bias }, index) => ({
      inputs,
      outputs,
      weights: {
        type: stored.type,
        bytes: inputs * outputs * stored.bytes,
        data: () => weights(orderOf(index, layout)),
      },
      bias: bias === null ? null : { type: stored.type, bytes: outputs * stored.bytes, data: bias },
      relu: index < layers.length - 1 || network.activation === 'relu',
      factor: factors[index],
    })),
    compute,
    options.text ?? { name: 'integer network', description: '', metadata: {} },
    layout,
  );
}
