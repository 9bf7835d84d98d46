/**
 * Layers `y = activation(factor * (W x + b))` as an ONNX graph, each after the one before, or after several:
 * integer constants, cast to the type that is computed with, Concat of what a layer reads, Gemm, Mul by the
 * factor, Relu. Of feature maps the first layers are convolutions (`onnx-windows.ts`), until what is left
 * is a vector. ONNX Runtime joins Gemm and Relu.
 */
import { InputError } from '../core/errors.js';
import { featureCount } from '../target/planes.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import type { MapLayout } from './map-layout.js';
import { type OnnxGraph, onnxGraph, type StoredConstant, signNode } from './onnx-graph.js';
import { inputMaps, joined, mapSum } from './onnx-windows.js';

export interface OnnxLayer {
  /** Numbers of the layers that it reads, one after the other; 0 is the input. Default: the one before. */
  readonly reads?: readonly number[];
  /** Of feature maps channels times taps, of the first layer that it reads. */
  readonly inputs: number;
  readonly outputs: number;
  /** How many inputs, the last ones, are of other layers than the first; default: none. */
  readonly rest?: number;
  /**
   * `inputs` by `outputs`, row-major: what ONNX Runtime multiplies by fastest; `outputs` by `inputs` where a
   * layout has the layer over maps.
   */
  readonly weights: StoredConstant;
  readonly bias: StoredConstant | null;
  readonly relu: boolean;
  /** 1 for a sum of at least 0, else -1, instead of ReLU. */
  readonly sign?: boolean;
  /** Positive; multiplies `W x + b`. */
  readonly factor: number;
}

/** A factor below the least normal number would lose bits, or be 0. */
function checkFactor(factor: number, compute: Compute, place: string): void {
  const least = compute === 'float' ? 2 ** -126 : 2 ** -1022;
  if (factor >= least) return;
  throw new InputError({
    place,
    problem: `its scale ${factor} is beyond ${compute}`,
    remedy: compute === 'float' ? 'compute with double' : 'find the network with fewer bits',
  });
}

/** `W x + b` of vectors. */
function vectorSum(graph: OnnxGraph, layer: string, read: string, each: OnnxLayer): string {
  const { inputs, outputs, weights, bias } = each;
  const operands = [read, graph.constant(`${layer}.weight`, [inputs, outputs], weights)];
  if (bias !== null) operands.push(graph.constant(`${layer}.bias`, [outputs], bias));
  return graph.node('Gemm', `${layer}.sum`, operands);
}

/** What comes behind a layer's sum. */
function activated(
  graph: OnnxGraph,
  layer: string,
  sum: string,
  { relu, sign = false, factor }: OnnxLayer,
): string {
  let current = sum;
  if (factor !== 1) {
    const name = graph.number(`${layer}.factor`, factor);
    current = graph.node('Mul', `${layer}.scaled`, [current, name]);
  }
  if (relu) current = graph.node('Relu', `${layer}.relu`, [current]);
  return sign ? signNode(graph, layer, current) : current;
}

/**
 * The file of a chain of at least one layer. Input `input`, output `output`, both [batch, size]; with a
 * layout, of one reading for each layer, the input is [batch, channels, height, width], or [batch, height,
 * width, channels], and the output has its maps channel by channel.
 */
export function onnxChain(
  layers: readonly OnnxLayer[],
  compute: Compute,
  text: OnnxText,
  layout?: MapLayout,
): ExportedFile {
  const graph = onnxGraph(compute);
  const dense = layout?.dense ?? 0;
  const values = [layout === undefined ? 'input' : inputMaps(graph, layout, compute)];
  /** What layers make, as vectors. */
  const vectors = new Map<number, string>();
  const vectorOf = (read: number): string => {
    const value = values[read] as string;
    if (layout === undefined || read > dense) return value;
    const known = vectors.get(read);
    const name = read === dense ? 'flat' : `flat.${read}`;
    const vector = known ?? graph.node('Flatten', name, [value], { axis: 1 });
    vectors.set(read, vector);
    return vector;
  };
  layers.forEach((each, index) => {
    const layer = `layer.${index + 1}`;
    if (each.factor !== 1) checkFactor(each.factor, compute, layer);
    const reads = each.reads ?? [index];
    const reading = index < dense ? layout?.layers[index] : undefined;
    const sum =
      reading === undefined
        ? vectorSum(graph, layer, joined(graph, `${layer}.read`, reads.map(vectorOf)), each)
        : mapSum(graph, {
            ...{ ...each, rest: each.rest ?? 0, name: layer, reading, compute },
            read: reads.map((read) => values[read] as string),
          });
    const current = activated(graph, layer, sum, each);
    values.push(current);
  });
  if (dense === layers.length) vectorOf(dense);
  const { outputs } = layers[layers.length - 1] as OnnxLayer;
  if (layout === undefined) {
    return graph.file({ input: [layers[0].inputs], output: [outputs] }, text);
  }
  const behind = layout.layers.at(-1)?.behind ?? { height: 1, width: 1 };
  const output = [featureCount({ channels: outputs, ...behind })];
  return graph.file({ input: layout.inputShape, output }, text);
}
