/**
 * Writes the networks as ONNX files in the way PyTorch exports one: Gemm with transB = 1 or Conv, Relu and
 * MaxPool, float32 weights as raw data, a symbolic batch dimension. A minimal protobuf encoder; field
 * numbers are those of onnx.proto (https://github.com/onnx/onnx), Apache-2.0.
 */

import { CHANNELS, KERNEL } from './convolution.mjs';
import { SIZE } from './draw.mjs';

const OPSET = 13;
const IR_VERSION = 7;
const FLOAT = 1; // TensorProto.DataType
const ATTRIBUTE_FLOAT = 1; // AttributeProto.AttributeType
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** @param {number} value a non-negative integer below 2^31 */
function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Uint8Array.of(...bytes, rest);
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const integer = (field, value) => join([varint(field << 3), varint(value)]);
const bytes = (field, value) => join([varint((field << 3) | 2), varint(value.length), value]);
const text = (field, value) => bytes(field, new TextEncoder().encode(value));
const message = (field, ...parts) => bytes(field, join(parts));

/** Little-endian on every machine, as protobuf and ONNX's raw data ask. */
function floatBytes(values) {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, at) => {
    view.setFloat32(4 * at, value, true);
  });
  return new Uint8Array(view.buffer);
}

const float = (field, value) => join([varint((field << 3) | 5), floatBytes([value])]);

function initializer(name, shape, values) {
  const sizes = shape.map((size) => integer(1, size));
  return message(5, ...sizes, integer(2, FLOAT), text(8, name), bytes(9, floatBytes(values)));
}

const floatAttribute = (name, value) =>
  message(5, text(1, name), float(2, value), integer(20, ATTRIBUTE_FLOAT));
const integerAttribute = (name, value) =>
  message(5, text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT));

const listAttribute = (name, values) =>
  message(
    5,
    text(1, name),
    ...values.map((value) => integer(8, value)),
    integer(20, ATTRIBUTE_INTS),
  );

function node(name, operator, inputs, output, attributes) {
  return message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, name),
    text(4, operator),
    ...attributes,
  );
}

/** A float tensor of shape [batch, ...sizes]: field 11 of the graph for an input, 12 for an output. */
function value(field, name, sizes) {
  const dimensions = sizes.map((size) => message(1, integer(1, size)));
  const shape = message(2, message(1, text(2, 'batch')), ...dimensions);
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), shape)));
}

/** A model of one graph, with input `input` and output `output`. */
function model({ name, nodes, initializers, input, output }) {
  return join([
    integer(1, IR_VERSION),
    text(2, 'unearth examples/digits'),
    message(
      7,
      ...nodes,
      text(2, name),
      ...initializers,
      value(11, 'input', input),
      value(12, 'output', output),
    ),
    message(8, integer(2, OPSET)),
  ]);
}

function gemm(place, operands, output) {
  return node(`/${place}/Gemm`, 'Gemm', operands, output, [
    floatAttribute('alpha', 1),
    floatAttribute('beta', 1),
    integerAttribute('transB', 1),
  ]);
}

/**
 * The bytes of an ONNX model with input `input` of shape [batch, inputs] and output `output`.
 *
 * @param {readonly import('./train.mjs').TrainedLayer[]} layers
 * @returns {Uint8Array}
 */
export function onnxModel(layers) {
  const nodes = [];
  const initializers = [];
  let current = 'input';
  layers.forEach(({ inputs, outputs, weights, bias }, at) => {
    const last = at === layers.length - 1;
    // The module numbers of a torch.nn.Sequential of Linear and ReLU.
    const place = 2 * at;
    const names = [`${place}.weight`, `${place}.bias`];
    const sum = last ? 'output' : `/${place}/Gemm_output_0`;
    nodes.push(gemm(place, [current, ...names], sum));
    initializers.push(
      initializer(names[0], [outputs, inputs], weights),
      initializer(names[1], [outputs], bias),
    );
    current = sum;
    if (!last) {
      current = `/${place + 1}/Relu_output_0`;
      nodes.push(node(`/${place + 1}/Relu`, 'Relu', [sum], current, []));
    }
  });
  return model({
    ...{ name: 'digits', nodes, initializers },
    input: [layers[0].inputs],
    output: [layers[layers.length - 1].outputs],
  });
}

/**
 * The bytes of an ONNX model of convolutions, each with ReLU and the maximum of 2x2, and a dense layer:
 * input `input` of shape [batch, 1, SIZE, SIZE], output `output`.
 *
 * @param {readonly import('./convolution.mjs').TrainedLayer[]} layers
 * @returns {Uint8Array}
 */
export function convolutionModel(layers) {
  const nodes = [];
  const initializers = [];
  let current = 'input';
  /** Adds a node and the constants that it reads; the name of what it makes. */
  const add = (place, operator, constants, attributes) => {
    const output = `/${place}/${operator}_output_0`;
    const names = constants.map(({ name }) => `${place}.${name}`);
    nodes.push(node(`/${place}/${operator}`, operator, [current, ...names], output, attributes));
    constants.forEach(({ shape, values }, at) => {
      initializers.push(initializer(names[at], shape, values));
    });
    current = output;
  };
  const reach = (KERNEL - 1) / 2;
  layers.slice(0, -1).forEach(({ weights, bias }, at) => {
    // The module numbers of a torch.nn.Sequential of Conv2d, ReLU and MaxPool2d.
    const shape = [bias.length, CHANNELS[at], KERNEL, KERNEL];
    const constants = [
      { name: 'weight', shape, values: weights },
      { name: 'bias', shape: [bias.length], values: bias },
    ];
    add(3 * at, 'Conv', constants, [
      listAttribute('dilations', [1, 1]),
      integerAttribute('group', 1),
      listAttribute('kernel_shape', [KERNEL, KERNEL]),
      listAttribute('pads', [reach, reach, reach, reach]),
      listAttribute('strides', [1, 1]),
    ]);
    add(3 * at + 1, 'Relu', [], []);
    add(
      3 * at + 2,
      'MaxPool',
      [],
      [listAttribute('kernel_shape', [2, 2]), listAttribute('strides', [2, 2])],
    );
  });
  const flatten = 3 * (layers.length - 1);
  add(flatten, 'Flatten', [], [integerAttribute('axis', 1)]);
  const { weights, bias } = layers[layers.length - 1];
  const names = [`${flatten + 1}.weight`, `${flatten + 1}.bias`];
  nodes.push(gemm(flatten + 1, [current, ...names], 'output'));
  initializers.push(
    initializer(names[0], [bias.length, weights.length / bias.length], weights),
    initializer(names[1], [bias.length], bias),
  );
  return model({
    ...{ name: 'digits-conv', nodes, initializers },
    input: [CHANNELS[0], SIZE, SIZE],
    output: [bias.length],
  });
}
