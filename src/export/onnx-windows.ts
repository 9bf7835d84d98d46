/**
 * The layers over feature maps in an ONNX graph. In float32 a layer is a Conv. ONNX Runtime has no Conv in
 * float64: there the planes are lists of positions, a window is a Gather of what its taps see (0 outside),
 * and a layer is a MatMul.
 */
import { tapPositions } from '../integer/window-reads.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { PlaneSize } from '../target/planes.js';
import type { Compute } from './exported-file.js';
import { type MapLayout, type MapReading, tapsOfReading } from './map-layout.js';
import { columnsOfBytes } from './matrices-safetensors.js';
import type { OnnxGraph, StoredConstant } from './onnx-graph.js';

/** What `mapSum` writes: a layer's weights are `outputs` by `inputs`, the taps of a channel side by side. */
export interface MapSum {
  readonly name: string;
  /** What it reads; the first through the window, where there is one. */
  readonly read: readonly string[];
  readonly reading: MapReading;
  readonly inputs: number;
  /** How many inputs, the last ones, are of others than the first. */
  readonly rest: number;
  readonly outputs: number;
  readonly weights: StoredConstant;
  readonly bias: StoredConstant | null;
  readonly compute: Compute;
}

function areaOf({ height, width }: PlaneSize): number {
  return height * width;
}

/** The input as layers read it: channels first, in float64 with planes as lists. */
export function inputMaps(graph: OnnxGraph, layout: MapLayout, compute: Compute): string {
  const { input, channelsLast, dense } = layout;
  let name = 'input';
  if (channelsLast) {
    name = graph.node('Transpose', 'channels_first', [name], { perm: [0, 3, 1, 2] });
  }
  if (compute === 'float' || dense === 0) return name;
  // A 0 stands for the batch as it is.
  const shape = graph.integers('positions.shape', [0, input.channels, areaOf(input)]);
  return graph.node('Reshape', 'positions', [name, shape]);
}

/** `W x + b` at every position. */
export function mapSum(graph: OnnxGraph, layer: MapSum): string {
  return layer.compute === 'float' ? convolution(graph, layer) : product(graph, layer);
}

/** Several values side by side. */
export function joined(graph: OnnxGraph, name: string, names: readonly string[]): string {
  return names.length === 1 ? (names[0] as string) : graph.node('Concat', name, names, { axis: 1 });
}

/** The columns `from .. to - 1` of a matrix of `outputs` by `inputs`. */
function columnsOf(
  weights: StoredConstant,
  { inputs, outputs }: Pick<MapSum, 'inputs' | 'outputs'>,
  from: number,
  to: number,
): StoredConstant {
  if (from === 0 && to === inputs) return weights;
  const bytes = weights.bytes / outputs;
  const step = bytes / inputs;
  const data = (): Uint8Array =>
    columnsOfBytes(weights.data(), { outputs, bytes }, from * step, to * step);
  return { ...weights, bytes: outputs * (to - from) * step, data };
}

function convolution(graph: OnnxGraph, layer: MapSum): string {
  const { name, reading, inputs, outputs, rest, weights, bias } = layer;
  const { window } = reading;
  const [first = '', ...others] = layer.read;
  const withBias = (operands: string[]): string[] =>
    bias === null ? operands : [...operands, graph.constant(`${name}.bias`, [outputs], bias)];
  if (window === null) {
    const read = joined(graph, `${name}.read`, layer.read);
    const weight = graph.constant(`${name}.weight`, [outputs, inputs, 1, 1], weights);
    return graph.node('Conv', `${name}.sum`, withBias([read, weight]));
  }
  const { kernel, stride, pads, dilation } = window;
  const { height, width } = kernel;
  const dims = [outputs, (inputs - rest) / tapsOfReading(reading), height, width];
  const tapped = columnsOf(weights, layer, 0, inputs - rest);
  const operands = withBias([first, graph.constant(`${name}.weight`, dims, tapped)]);
  const own = graph.node('Conv', rest === 0 ? `${name}.sum` : `${name}.tapped`, operands, {
    kernel_shape: [height, width],
    strides: [stride.height, stride.width],
    pads: [pads.top, pads.left, pads.bottom, pads.right],
    dilations: [dilation.height, dilation.width],
  });
  if (rest === 0) return own;
  const read = joined(graph, `${name}.read`, others);
  const columns = columnsOf(weights, layer, inputs - rest, inputs);
  const weight = graph.constant(`${name}.rest`, [outputs, rest, 1, 1], columns);
  const pointwise = graph.node('Conv', `${name}.pointwise`, [read, weight]);
  return graph.node('Add', `${name}.sum`, [own, pointwise]);
}

function product(graph: OnnxGraph, layer: MapSum): string {
  const { name, reading, inputs, outputs, weights, bias } = layer;
  const [first = '', ...others] = layer.read;
  const tapped = reading.window === null ? first : gathered(graph, layer, first);
  const seen = joined(graph, `${name}.read`, [tapped, ...others]);
  const matrix = graph.constant(`${name}.weight`, [outputs, inputs], weights);
  const sum = graph.node('MatMul', bias === null ? `${name}.sum` : `${name}.product`, [
    matrix,
    seen,
  ]);
  if (bias === null) return sum;
  const added = graph.constant(`${name}.bias`, [outputs, 1], bias);
  return graph.node('Add', `${name}.sum`, [sum, added]);
}

/** What the taps of a window see: [batch, channels * taps, positions]. */
function gathered(graph: OnnxGraph, { name, reading, inputs, rest }: MapSum, read: string): string {
  const { window, before, behind } = reading;
  if (window === null) return read;
  const taps = tapsOfReading(reading);
  const area = areaOf(behind);
  // One more position holds the 0 outside of the plane.
  const pads = graph.integers(`${name}.outside`, [0, 0, 0, 0, 0, 1]);
  const padded = graph.node('Pad', `${name}.padded`, [read, pads]);
  const positions = graph.stored(`${name}.positions`, [taps, area], {
    type: Type.INT32,
    bytes: 4 * taps * area,
    data: () => tapsFirst(tapPositions(window), taps, areaOf(before)),
  });
  const taken = graph.node('Gather', `${name}.taken`, [padded, positions], { axis: 2 });
  const shape = graph.integers(`${name}.shape`, [0, inputs - rest, area]);
  return graph.node('Reshape', `${name}.seen`, [taken, shape]);
}

/** Little-endian positions tap by tap, of those that `tapPositions` lists position by position. */
function tapsFirst(positions: Int32Array, taps: number, outside: number): Uint8Array {
  const area = positions.length / taps;
  const view = new DataView(new ArrayBuffer(4 * positions.length));
  for (let position = 0; position < area; position++) {
    for (let tap = 0; tap < taps; tap++) {
      const seen = positions[position * taps + tap] as number;
      view.setInt32(4 * (tap * area + position), seen < 0 ? outside : seen, true);
    }
  }
  return new Uint8Array(view.buffer);
}
