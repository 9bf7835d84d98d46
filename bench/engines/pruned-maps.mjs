/**
 * The live pruned source of a ticket of feature maps as ONNX bytes, for ONNX Runtime to run: one Conv a layer,
 * through the block's window in its first layer, 1x1 behind, with weights -1, 0 and +1 (parallel edges add up)
 * in float32, and Relu. Dead neurons are left out. A block's power of two is in the weights of its last layer.
 */
import { fileBytes } from '../../dist/export/exported-file.js';
import { onnxFile } from '../../dist/export/onnx-file.js';
import { blockFactors } from '../../dist/inference/block-factors.js';
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Type,
} from '../../dist/target/onnx/onnx_pb.js';

const ints = (name, values) => ({ name, type: Kind.INTS, ints: values.map(BigInt) });

/** Rows of the weights of a layer, `taps` to a channel; the constant input's edges are the bias. */
function dense({ neurons, offsets, edges }, columns, constant, factor) {
  const weights = new Float32Array(neurons.length * columns);
  const bias = new Float32Array(neurons.length);
  neurons.forEach((_, neuron) => {
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      const column = edges[at] >>> 1;
      const sign = (1 - 2 * (edges[at] & 1)) * factor;
      if (constant && column >= columns) bias[neuron] += sign;
      else weights[neuron * columns + column] += sign;
    }
  });
  return { weights, bias };
}

const tensor = (name, dims, values) => ({
  ...{ name, dims, type: Type.FLOAT, bytes: values.byteLength },
  data: () => new Uint8Array(values.buffer),
});

const value = (name, dims) => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: Type.FLOAT,
        shape: {
          dim: ['batch', ...dims].map((dim) => ({
            value:
              typeof dim === 'string'
                ? { case: 'dimParam', value: dim }
                : { case: 'dimValue', value: BigInt(dim) },
          })),
        },
      },
    },
  },
});

/** `program` is the ticket's `MapProgram`. Also how many weights are multiplied by, at all positions. */
export function prunedMapsOnnx({ target }, program) {
  const { layers, blockEnds, input, constant, outputs } = program;
  const { factors } = blockFactors(target);
  const initializers = [];
  const nodes = [];
  let channels = input.channels;
  let area = input.height * input.width;
  let products = 0;
  let from = 'x';
  for (const [index, layer] of layers.entries()) {
    const block = blockEnds.findIndex((end) => index < end);
    const isFirst = index === (block === 0 ? 0 : blockEnds[block - 1]);
    const window = isFirst ? target.maps.blocks[block].window : undefined;
    const { kernel = { height: 1, width: 1 }, stride, pads, dilation } = window ?? {};
    const taps = kernel.height * kernel.width;
    const factor = index + 1 === blockEnds[block] ? factors[block] : 1;
    const { weights, bias } = dense(layer, channels * taps, index === 0 && constant, factor);
    const rows = layer.neurons.length;
    area = program.gathers[index]?.to ?? area;
    products += weights.length * area;
    initializers.push(
      tensor(`w${index}`, [rows, channels, kernel.height, kernel.width], weights),
      tensor(`b${index}`, [rows], bias),
    );
    const isLast = index === layers.length - 1;
    const attribute =
      window === undefined
        ? []
        : [
            ints('kernel_shape', [kernel.height, kernel.width]),
            ints('strides', [stride.height, stride.width]),
            ints('pads', [pads.top, pads.left, pads.bottom, pads.right]),
            ints('dilations', [dilation.height, dilation.width]),
          ];
    const relu = !isLast || target.activation === 'relu';
    const to = isLast && !relu ? 'y' : `c${index}`;
    nodes.push({
      ...{ opType: 'Conv', input: [from, `w${index}`, `b${index}`], output: [to], attribute },
    });
    from = relu ? (isLast ? 'y' : `r${index}`) : to;
    if (relu) nodes.push({ opType: 'Relu', input: [to], output: [from] });
    channels = rows;
  }
  const graph = {
    ...{ name: 'pruned', node: nodes },
    input: [value('x', [input.channels, input.height, input.width])],
    output: [value('y', [channels, 1, 1])],
  };
  const model = { irVersion: 7n, opsetImport: [{ version: 13n }] };
  if (outputs.area !== 1) throw new Error('the bench takes networks with outputs of one position');
  return { bytes: fileBytes(onnxFile(model, graph, initializers)), products };
}
