/**
 * A trained ticket's network of feature maps for other programs. Standardisation stays before the first
 * layer: the zeros around maps are zeros of standardised inputs, which no bias of raw ones can stand for.
 */
import { InputError } from '../core/errors.js';
import type { TrainedProgram, TrainedProgramLayer } from '../inference/trained-program.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { JsonValue } from '../ticket/json.js';
import type { TrainedActivation } from '../ticket/trained.js';
import { isConnected, isMoreThanPlain, type MapStage } from '../ticket/trained-maps.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { type MatrixLayer, matricesSafetensors } from './matrices-safetensors.js';
import type { MatrixOrder } from './matrix-order.js';
import {
  COMPUTE_TYPES,
  computeBytes,
  type OnnxGraph,
  onnxGraph,
  type StoredConstant,
  signNode,
} from './onnx-graph.js';

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

/** Throws an `InputError` where a number that a layer multiplies by would be 0 or infinite in float32. */
function checkFactors({ layers }: MapProgram): void {
  layers.forEach(({ scale, normalization }, index) => {
    const factors = [scale, ...(normalization?.factors ?? [])];
    const shifts = [...(normalization?.shifts ?? [])];
    const bad =
      factors.find((factor) => !(factor >= 2 ** -126 && factor < 2 ** 128)) ??
      shifts.find((shift) => !(Math.abs(shift) < 2 ** 128));
    if (bad === undefined) return;
    throw new InputError({
      place: `layer ${index + 1}`,
      problem: `it multiplies or moves by ${bad}, which is beyond float`,
      remedy: 'run the ticket itself',
    });
  });
}

/** Input [batch, height, width, channels] of raw numbers, output [batch, classes]. */
export function trainedMapsOnnx(
  program: MapProgram,
  compute: Compute,
  text: OnnxText,
): ExportedFile {
  const { layers, stages, standardization, outputs, activation } = program;
  if (compute === 'double') {
    throw new InputError({
      place: 'feature maps',
      problem: 'ONNX Runtime has no convolution in float64',
      remedy: 'compute with float, or run the ticket itself',
    });
  }
  checkFactors(program);
  const graph = onnxGraph(compute);
  const type = COMPUTE_TYPES[compute];
  const numbers = (name: string, values: ArrayLike<number>, isFlat = false): string => {
    const data = computeBytes(values, compute);
    const constant = { type, bytes: data.length, data: () => data };
    return graph.constant(name, isFlat ? [values.length] : [values.length, 1, 1], constant);
  };
  let current = graph.node('Transpose', 'channels_first', ['input'], { perm: [0, 3, 1, 2] });
  const mean = numbers('mean', standardization.mean);
  const deviation = numbers('deviation', standardization.deviation);
  current = graph.node('Sub', 'centred', [current, mean]);
  current = graph.node('Div', 'standardised', [current, deviation]);
  /** What the inputs are and layers hand on: maps [batch, channels, height, width], or vectors [batch, channels]. */
  const values = [{ name: current, isFlat: false }];
  const flatOf = new Map<number, string>();
  const vectorOf = (value: number): string => {
    const { name, isFlat } = values[value] as (typeof values)[number];
    if (isFlat) return name;
    const known = flatOf.get(value);
    // The first has the name that it always had.
    const own = flatOf.size === 0 ? 'flat' : `flat.${value}`;
    const flat = known ?? graph.node('Flatten', own, [name], { axis: 1 });
    flatOf.set(value, flat);
    return flat;
  };
  const mapsOf = (value: number): string => {
    const { name, isFlat } = values[value] as (typeof values)[number];
    if (!isFlat) return name;
    const shape = graph.integers(`${name}.shape`, [0, -1, 1, 1]);
    return graph.node('Reshape', `${name}.maps`, [name, shape]);
  };
  stages.forEach((stage, index) => {
    const layer = layers[index] as TrainedProgramLayer;
    const name = `layer.${index + 1}`;
    const { kernel, pad, stride, reads, adds, inputChannels, channels } = stage;
    const isFlat = isConnected(stage);
    let current: string;
    if (isFlat) {
      const weights = weightsOf(layer, stage, 'inputs-first', compute);
      const columns = kernel.height * kernel.width * inputChannels;
      const matrix = graph.constant(`${name}.weight`, [columns, channels], weights);
      current = graph.node('Gemm', `${name}.sum`, [vectorOf(reads), matrix]);
    } else {
      const dims = [channels, inputChannels, kernel.height, kernel.width];
      const weights = weightsOf(layer, stage, 'outputs-first', compute);
      const kernels = graph.constant(`${name}.weight`, dims, weights);
      current = graph.node('Conv', `${name}.sum`, [mapsOf(reads), kernels], {
        kernel_shape: [kernel.height, kernel.width],
        pads: [pad, pad, pad, pad],
        ...(stride === 1 ? {} : { strides: [stride, stride] }),
      });
    }
    const factor = graph.number(`${name}.factor`, layer.scale);
    current = graph.node('Mul', `${name}.scaled`, [current, factor]);
    if (stage.poolsFirst) current = pooling(graph, name, current, stage);
    const { normalization } = layer;
    if (normalization !== undefined) {
      const factors = numbers(`${name}.factors`, normalization.factors, isFlat);
      const shifts = numbers(`${name}.shifts`, normalization.shifts, isFlat);
      current = graph.node('Mul', `${name}.multiplied`, [current, factors]);
      current = graph.node('Add', `${name}.normalised`, [current, shifts]);
    }
    if (adds > 0) {
      const added = isFlat ? vectorOf(adds) : mapsOf(adds);
      current = graph.node('Add', `${name}.added`, [current, added]);
    }
    if (index < stages.length - 1 && !stage.linear) {
      current =
        activation === 'relu'
          ? graph.node('Relu', `${name}.relu`, [current])
          : signNode(graph, name, current);
    }
    if (stage.pool !== 1 && !stage.poolsFirst) current = pooling(graph, name, current, stage);
    values.push({ name: current, isFlat });
  });
  if (values.at(-1)?.isFlat === false) vectorOf(stages.length);
  const { input, inputChannels } = stages[0] as MapStage;
  return graph.file({ input: [input.height, input.width, inputChannels], output: [outputs] }, text);
}

function pooling(
  graph: OnnxGraph,
  name: string,
  read: string,
  { pool, average }: MapStage,
): string {
  const window = { kernel_shape: [pool, pool], strides: [pool, pool] };
  return graph.node(average ? 'AveragePool' : 'MaxPool', `${name}.pooled`, [read], window);
}

/** The same as safetensors: kernels as convolutions have them, the rest in the metadata. */
export function trainedMapsSafetensors(
  { layers, stages, standardization, activation }: MapProgram,
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
        layers: stages.map((stage, index) => layerJson(stage, index + 1, activation)),
      }),
      ...(layers.some(({ normalization }) => normalization) && {
        normalizations: JSON.stringify(
          layers.map(
            ({ normalization: maps }) =>
              maps && { factors: Array.from(maps.factors), shifts: Array.from(maps.shifts) },
          ),
        ),
      }),
    },
  );
}

/** Of a layer what its tensor does not show; what is as in a plain layer is left out. */
function layerJson(stage: MapStage, t: number, activation: TrainedActivation): JsonValue {
  const { pad, pool, stride, reads, adds, linear, poolsFirst, average } = stage;
  if (!isMoreThanPlain(stage, activation)) return { pad, pool };
  return {
    ...{ pad, pool },
    ...(stride !== 1 && { stride }),
    ...(reads !== t - 1 && { reads }),
    ...(adds !== 0 && { adds }),
    ...(linear && { linear }),
    ...(poolsFirst && { poolsFirst }),
    ...(average && { average }),
  };
}
