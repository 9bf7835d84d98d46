/**
 * The pruned source as an ONNX file: one ternary int8 matrix a layer, the constant input made inside
 * (its column is the bias of the layers that read the inputs), and after every block Remark 5's power of two, which keeps
 * float32 and float64 from overflowing and rounds nothing.
 */
import { checkProgram, type PrunedProgram } from '../inference/pruned-program.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { layerFactors } from './layer-factors.js';
import type { LiveProgram } from './live-program.js';
import { type MapLayout, orderOf } from './map-layout.js';
import { onnxChain } from './onnx-chain.js';
import type { StoredConstant } from './onnx-graph.js';
import { liveTernaryLayers, type TernaryLayer } from './ternary-layers.js';

export interface PrunedOnnxOptions {
  /** Default `float`. */
  readonly compute?: Compute;
  /** Other layers than the live ones: all of the source's. */
  readonly layers?: readonly TernaryLayer[];
  readonly text?: OnnxText;
}

function int8(length: number, values: () => Int8Array): StoredConstant {
  return { type: Type.INT8, bytes: length, data: () => new Uint8Array(values().buffer) };
}

/**
 * The ONNX file of a pruned source of vectors: `input` are the raw coordinates, [batch, d_0], `output` is
 * [batch, d_l] with the scale applied. Throws an `InputError` if the file would be too large. What its
 * arithmetic is worth, `exportTicket` says.
 */
export function prunedOnnx(program: PrunedProgram, options: PrunedOnnxOptions = {}): ExportedFile {
  checkProgram(program);
  return liveOnnx(program, options);
}

/** The same of vectors or, with a layout, of feature maps. */
export function liveOnnx(
  program: LiveProgram,
  options: PrunedOnnxOptions & { readonly layout?: MapLayout | undefined },
): ExportedFile {
  const { compute = 'float', layout, layers = liveTernaryLayers(program, layout) } = options;
  const factors = layerFactors(program);
  return onnxChain(
    layers.map(({ reads, rest, inputs, outputs, weights, bias }, index) => ({
      reads,
      rest,
      inputs,
      outputs,
      weights: int8(inputs * outputs, () => weights(orderOf(index, layout))),
      bias: bias === null ? null : int8(outputs, bias),
      relu: index < layers.length - 1 || program.activation === 'relu',
      factor: factors[index],
    })),
    compute,
    options.text ?? { name: 'pruned source', description: '', metadata: {} },
    layout,
  );
}
