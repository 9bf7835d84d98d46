/**
 * Writes the network as an ONNX file in the way PyTorch exports one: Gemm with transB = 1 and Relu by
 * turns, float32 weights as raw data, a symbolic batch dimension. A minimal protobuf encoder; field
 * numbers are those of onnx.proto (https://github.com/onnx/onnx), Apache-2.0.
 */

const OPSET = 13;
const IR_VERSION = 7;
const FLOAT = 1; // TensorProto.DataType
const ATTRIBUTE_FLOAT = 1; // AttributeProto.AttributeType
const ATTRIBUTE_INT = 2;

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

/** A float tensor of shape [batch, size]: field 11 of the graph for an input, 12 for an output. */
function value(field, name, size) {
  const shape = message(2, message(1, text(2, 'batch')), message(1, integer(1, size)));
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), shape)));
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
    nodes.push(
      node(`/${place}/Gemm`, 'Gemm', [current, ...names], sum, [
        floatAttribute('alpha', 1),
        floatAttribute('beta', 1),
        integerAttribute('transB', 1),
      ]),
    );
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
  return join([
    integer(1, IR_VERSION),
    text(2, 'unearth examples/digits'),
    message(
      7,
      ...nodes,
      text(2, 'digits'),
      ...initializers,
      value(11, 'input', layers[0].inputs),
      value(12, 'output', layers[layers.length - 1].outputs),
    ),
    message(8, integer(2, OPSET)),
  ]);
}
