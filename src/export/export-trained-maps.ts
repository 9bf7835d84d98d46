/**
 * A trained ticket's network of feature maps for other programs. Standardisation stays before the first
 * layer: the zeros around maps are zeros of standardised inputs, which no bias of raw ones can stand for.
 */
import { InputError } from '../core/errors.js';
import type { TrainedProgram, TrainedProgramLayer } from '../inference/trained-program.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import { isConnected, type MapStage } from '../ticket/trained-maps.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { type MatrixLayer, matricesSafetensors } from './matrices-safetensors.js';
import type { MatrixOrder } from './matrix-order.js';
import { COMPUTE_TYPES, computeBytes, onnxGraph, type StoredConstant } from './onnx-graph.js';

/** A program of feature maps. */
type MapProgram = TrainedProgram & { readonly stages: readonly MapStage[] };

/** Weights by channel made and column (channel read, tap), or the other way round. */
function matrixOf(
  { offsets, edges, magnitudes }: TrainedProgramLayer,
  { kernel, inputChannels, channels }: MapStage,
  order: MatrixOrder,
): Float64Array {
  const columns = kernel.height * kernel.width * inputChannels;
  const [rowStep, columnStep] = order === 'outputs-first' ? [columns, 1] : [1, channels];
  const matrix = new Float64Array(columns * channels);
  for (let row = 0; row < channels; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const edge = edges[at] as number;
      const size = magnitudes === null ? 1 : (magnitudes[at] as number);
      const column = edge >>> 1;
      matrix[row * rowStep + column * columnStep] = (edge & 1) === 0 ? size : -size;
    }
  }
  return matrix;
}

function weightsOf(
  layer: TrainedProgramLayer,
  stage: MapStage,
  order: MatrixOrder,
  compute: Compute,
): StoredConstant {
  const { kernel, inputChannels, channels } = stage;
  const count = kernel.height * kernel.width * inputChannels * channels;
  const data = (): Uint8Array => {
    const matrix = matrixOf(layer, stage, order);
    return layer.magnitudes === null
      ? new Uint8Array(Int8Array.from(matrix).buffer)
      : computeBytes(matrix, compute);
  };
  return layer.magnitudes === null
    ? { type: Type.INT8, bytes: count, data }
    : { type: COMPUTE_TYPES[compute], bytes: count * (compute === 'float' ? 4 : 8), data };
}

/** Input [batch, height, width, channels] of raw numbers, output [batch, classes]. */
export function trainedMapsOnnx(
  { layers, stages, standardization, outputs }: MapProgram,
  compute: Compute,
  text: OnnxText,
): ExportedFile {
  if (compute === 'double') {
    throw new InputError({
      place: 'feature maps',
      problem: 'ONNX Runtime has no convolution in float64',
      remedy: 'compute with float, or run the ticket itself',
    });
  }
  const graph = onnxGraph(compute);
  const type = COMPUTE_TYPES[compute];
  const numbers = (name: string, values: ArrayLike<number>): string => {
    const data = computeBytes(values, compute);
    const constant = { type, bytes: data.length, data: () => data };
    return graph.constant(name, [values.length, 1, 1], constant);
  };
  let current = graph.node('Transpose', 'channels_first', ['input'], { perm: [0, 3, 1, 2] });
  const mean = numbers('mean', standardization.mean);
  const deviation = numbers('deviation', standardization.deviation);
  current = graph.node('Sub', 'centred', [current, mean]);
  current = graph.node('Div', 'standardised', [current, deviation]);
  let isFlat = false;
  stages.forEach((stage, index) => {
    const layer = layers[index] as TrainedProgramLayer;
    const name = `layer.${index + 1}`;
    const { kernel, pad, pool, inputChannels, channels } = stage;
    if (isConnected(stage)) {
      if (!isFlat) current = graph.node('Flatten', 'flat', [current], { axis: 1 });
      isFlat = true;
      const weights = weightsOf(layer, stage, 'inputs-first', compute);
      const columns = kernel.height * kernel.width * inputChannels;
      const matrix = graph.constant(`${name}.weight`, [columns, channels], weights);
      current = graph.node('Gemm', `${name}.sum`, [current, matrix]);
    } else {
      const dims = [channels, inputChannels, kernel.height, kernel.width];
      const weights = weightsOf(layer, stage, 'outputs-first', compute);
      const kernels = graph.constant(`${name}.weight`, dims, weights);
      current = graph.node('Conv', `${name}.sum`, [current, kernels], {
        kernel_shape: [kernel.height, kernel.width],
        pads: [pad, pad, pad, pad],
      });
    }
    const factor = graph.number(`${name}.factor`, layer.scale);
    current = graph.node('Mul', `${name}.scaled`, [current, factor]);
    if (index < stages.length - 1) current = graph.node('Relu', `${name}.relu`, [current]);
    if (pool !== 1) {
      const window = { kernel_shape: [pool, pool], strides: [pool, pool] };
      current = graph.node('MaxPool', `${name}.pooled`, [current], window);
    }
  });
  const { input, inputChannels } = stages[0] as MapStage;
  return graph.file({ input: [input.height, input.width, inputChannels], output: [outputs] }, text);
}

/** The same as safetensors: kernels as convolutions have them, the rest in the metadata. */
export function trainedMapsSafetensors(
  { layers, stages, standardization }: MapProgram,
  compute: Compute,
  metadata: Readonly<Record<string, string>>,
): ExportedFile {
  const float = compute === 'float' ? 'F32' : 'F64';
  const width = compute === 'float' ? 4 : 8;
  const { input, inputChannels } = stages[0] as MapStage;
  return matricesSafetensors(
    stages.map((stage, index): MatrixLayer => {
      const layer = layers[index] as TrainedProgramLayer;
      const { kernel, channels } = stage;
      const ternary = layer.magnitudes === null;
      const shape = [channels, stage.inputChannels, kernel.height, kernel.width];
      return {
        inputs: kernel.height * kernel.width * stage.inputChannels,
        outputs: channels,
        ...(isConnected(stage) ? {} : { shape }),
        dtype: ternary ? 'I8' : float,
        width: ternary ? 1 : width,
        weights: (order) => weightsOf(layer, stage, order, compute).data(),
        bias: null,
        biasStored: { dtype: float, width },
      };
    }),
    {
      ...metadata,
      factors: JSON.stringify(layers.map(({ scale }) => scale)),
      mean: JSON.stringify(Array.from(standardization.mean)),
      deviation: JSON.stringify(Array.from(standardization.deviation)),
      maps: JSON.stringify({
        input: [input.height, input.width, inputChannels],
        layers: stages.map(({ pad, pool }) => ({ pad, pool })),
      }),
    },
  );
}
