/**
 * What each version of an operator takes, from the schemas of the ONNX operator document: a node that does not
 * fit its version is refused, since another version's meaning would be a guess.
 */
import { InputError } from '../../core/errors.js';
import { quoted } from '../quote.js';
import type { PlacedNode } from './graph.js';

/** The newest operator set whose document, as published, was compared with what is read here. */
export const NEWEST_OPSET = 27;

/** First operator set, fewest inputs, most inputs, attributes: the required ones marked. */
type Signature = readonly [since: number, least: number, most: number, attributes: string];

/** Versions that differ in inputs or attributes from the one before; `consumed_inputs` never meant anything. */
const SIGNATURES: Readonly<Record<string, readonly Signature[]>> = {
  MatMul: [[1, 2, 2, '']],
  Gemm: [
    [1, 3, 3, 'alpha beta broadcast transA transB'],
    [7, 3, 3, 'alpha beta transA transB'],
    [11, 2, 3, 'alpha beta transA transB'],
  ],
  Add: [
    [1, 2, 2, 'axis broadcast'],
    [7, 2, 2, ''],
  ],
  Sub: [
    [1, 2, 2, 'axis broadcast'],
    [7, 2, 2, ''],
  ],
  Mul: [
    [1, 2, 2, 'axis broadcast'],
    [7, 2, 2, ''],
  ],
  Div: [
    [1, 2, 2, 'axis broadcast'],
    [7, 2, 2, ''],
  ],
  Sum: [[1, 1, Number.POSITIVE_INFINITY, '']],
  Neg: [[1, 1, 1, '']],
  BatchNormalization: [
    [1, 5, 5, 'epsilon is_test momentum spatial'],
    [7, 5, 5, 'epsilon momentum spatial'],
    [9, 5, 5, 'epsilon momentum'],
    [14, 5, 5, 'epsilon momentum training_mode'],
  ],
  Relu: [[1, 1, 1, '']],
  LeakyRelu: [[1, 1, 1, 'alpha']],
  PRelu: [[1, 2, 2, '']],
  Abs: [[1, 1, 1, '']],
  Clip: [
    [1, 1, 1, 'max min'],
    [11, 1, 3, ''],
  ],
  Max: [[1, 1, Number.POSITIVE_INFINITY, '']],
  Min: [[1, 1, Number.POSITIVE_INFINITY, '']],
  Identity: [[1, 1, 1, '']],
  Dropout: [
    [1, 1, 1, 'is_test ratio'],
    [7, 1, 1, 'ratio'],
    [12, 1, 3, 'seed'],
  ],
  Flatten: [[1, 1, 1, 'axis']],
  Reshape: [
    [1, 1, 1, 'shape'],
    [5, 2, 2, ''],
    [14, 2, 2, 'allowzero'],
  ],
  Squeeze: [
    [1, 1, 1, 'axes'],
    [13, 1, 2, ''],
  ],
  Unsqueeze: [
    [1, 1, 1, 'axes!'],
    [13, 2, 2, ''],
  ],
  Transpose: [[1, 1, 1, 'perm']],
  Cast: [
    [1, 1, 1, 'to!'],
    [19, 1, 1, 'saturate to!'],
    [24, 1, 1, 'round_mode saturate to!'],
  ],
  Slice: [
    [1, 1, 1, 'axes ends! starts!'],
    [10, 3, 5, ''],
  ],
  Gather: [[1, 2, 2, 'axis']],
  Split: [
    [1, 1, 2, 'axis split'],
    [2, 1, 1, 'axis split'],
    [13, 1, 2, 'axis'],
    [18, 1, 2, 'axis num_outputs'],
  ],
  Concat: [
    [1, 1, Number.POSITIVE_INFINITY, 'axis'],
    [4, 1, Number.POSITIVE_INFINITY, 'axis!'],
  ],
  Expand: [[8, 2, 2, '']],
  Tile: [
    [1, 3, 3, ''],
    [6, 2, 2, ''],
  ],
  Shape: [
    [1, 1, 1, ''],
    [15, 1, 1, 'end start'],
  ],
  Size: [[1, 1, 1, '']],
  ReduceProd: [
    [1, 1, 1, 'axes keepdims'],
    [18, 1, 2, 'keepdims noop_with_empty_axes'],
  ],
  ConstantOfShape: [[9, 1, 1, 'value']],
  DequantizeLinear: [
    [10, 2, 3, ''],
    [13, 2, 3, 'axis'],
    [21, 2, 3, 'axis block_size'],
    [23, 2, 3, 'axis block_size output_dtype'],
  ],
  QuantizeLinear: [
    [10, 2, 3, ''],
    [13, 2, 3, 'axis'],
    [19, 2, 3, 'axis saturate'],
    [21, 2, 3, 'axis block_size output_dtype saturate'],
    [23, 2, 3, 'axis block_size output_dtype precision saturate'],
  ],
  Constant: [
    [1, 0, 0, 'value!'],
    [11, 0, 0, 'sparse_value value'],
    [
      12,
      0,
      0,
      'sparse_value value value_float value_floats value_int value_ints value_string value_strings',
    ],
  ],
  Conv: [[1, 2, 3, 'auto_pad dilations group kernel_shape pads strides']],
  MaxPool: [
    [1, 1, 1, 'auto_pad kernel_shape! pads strides'],
    [8, 1, 1, 'auto_pad kernel_shape! pads storage_order strides'],
    [10, 1, 1, 'auto_pad ceil_mode dilations kernel_shape! pads storage_order strides'],
  ],
  AveragePool: [
    [1, 1, 1, 'auto_pad kernel_shape! pads strides'],
    [7, 1, 1, 'auto_pad count_include_pad kernel_shape! pads strides'],
    [10, 1, 1, 'auto_pad ceil_mode count_include_pad kernel_shape! pads strides'],
    [19, 1, 1, 'auto_pad ceil_mode count_include_pad dilations kernel_shape! pads strides'],
  ],
  GlobalAveragePool: [[1, 1, 1, '']],
  GlobalMaxPool: [[1, 1, 1, '']],
  ReduceMean: [
    [1, 1, 1, 'axes keepdims'],
    [18, 1, 2, 'keepdims noop_with_empty_axes'],
  ],
  Pad: [
    [1, 1, 1, 'mode paddings! value'],
    [2, 1, 1, 'mode pads! value'],
    [11, 2, 3, 'mode'],
    [18, 2, 4, 'mode'],
  ],
  Softmax: [[1, 1, 1, 'axis']],
  LogSoftmax: [[1, 1, 1, 'axis']],
  Sigmoid: [[1, 1, 1, '']],
};

/** Throws an `InputError` where the node is not one of its operator set's. */
export function checkVersion({ node, place }: PlacedNode, opset: number): void {
  const { opType } = node;
  const refusal = (problem: string, remedy = 'export the model again'): InputError =>
    new InputError({ place, problem, remedy });
  if (opset > NEWEST_OPSET) {
    throw refusal(
      `${opType} may mean something else in operator set ${opset}: ${NEWEST_OPSET} is the newest that is known`,
      `export the model with operator set ${NEWEST_OPSET} or older`,
    );
  }
  const versions = SIGNATURES[opType] ?? [];
  const index = versions.findLastIndex(([since]) => since <= opset);
  const version = versions[index];
  if (version === undefined) {
    throw refusal(`operator set ${opset} has no ${opType}; it came with ${versions[0]?.[0]}`);
  }
  const [, least, most, attributes] = version;
  const given = node.input.findLastIndex((name) => name !== '') + 1;
  for (let input = 0; input < least; input++) {
    if ((node.input[input] ?? '') === '') throw refusal(`its input ${input + 1} is missing`);
  }
  if (given > most) {
    throw refusal(
      `it has ${given} inputs, and ${opType} takes at most ${most} in operator set ${opset}`,
    );
  }
  const names = attributes.split(' ');
  const seen = new Set<string>();
  for (const { name } of node.attribute) {
    if (seen.has(name)) throw refusal(`its attribute ${quoted(name)} is given twice`);
    seen.add(name);
    // As the checker of ONNX does, names of a runtime's own are passed over.
    const known = names.includes(name) || names.includes(`${name}!`);
    if (!known && name !== 'consumed_inputs' && !name.startsWith('__')) {
      throw refusal(
        `${opType} has no attribute ${quoted(name)} in operator set ${opset}${elsewhere(versions, name)}`,
        'export the model again, or convert it with the version converter of ONNX',
      );
    }
  }
  for (const name of names) {
    if (name.endsWith('!') && !seen.has(name.slice(0, -1))) {
      throw refusal(
        `it has no ${name.slice(0, -1)}, which ${opType} needs in operator set ${opset}`,
      );
    }
  }
}

/** The operator sets whose version has the attribute, to tell a wrong operator set from a wrong name. */
function elsewhere(versions: readonly Signature[], name: string): string {
  const has = ([, , , attributes]: Signature): boolean =>
    attributes.split(' ').some((known) => known === name || known === `${name}!`);
  const first = versions.findIndex(has);
  if (first < 0) return '';
  const gone = versions.slice(first).find((version) => !has(version));
  const from = first === 0 ? [] : [`from ${versions[first]?.[0]} on`];
  const before = gone === undefined ? [] : [`before ${gone[0]}`];
  return ` (only ${[...from, ...before].join(' and ')})`;
}
