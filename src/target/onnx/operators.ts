/** All operators that are read, and what is said of those that are not. */
import { InputError } from '../../core/errors.js';
import { quoted } from '../quote.js';
import { constantValue } from './attributes.js';
import { batchNormalization } from './batch-normalization.js';
import { ELEMENTWISE } from './elementwise.js';
import type { PlacedNode } from './graph.js';
import { LINEAR } from './linear.js';
import { WINDOWS } from './maps/map-operators.js';
import { type Operator, requiredSignal } from './operator.js';
import { PIECEWISE } from './piecewise.js';
import { QUANTISED } from './quantised.js';
import { REARRANGING } from './rearranging.js';
import { SELECTING } from './selecting.js';
import { checkVersion } from './versions.js';

/** Operators that may be left out at the very end: the outputs are the values before them. */
const cutOff: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  const { node, place } = call.placed;
  call.notice(`left out: the network's outputs are the values before the ${node.opType}`);
  call.remarks.leftOut.add(node.opType);
  return { ...signal, cutAt: place };
};

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...LINEAR,
  ...ELEMENTWISE,
  ...PIECEWISE,
  ...REARRANGING,
  ...SELECTING,
  ...QUANTISED,
  ...WINDOWS,
  ['Constant', (call) => constantValue(call.placed, call.readExternal)],
  ['BatchNormalization', batchNormalization],
  ['Softmax', cutOff],
  ['LogSoftmax', cutOff],
  ['Sigmoid', cutOff],
]);

/** Operators that take integers beyond 2^53 and infinite bounds as "as far as possible", or pass them on. */
export const TAKES_INFINITE: ReadonlySet<string> = new Set([
  'Clip',
  'Max',
  'Min',
  'Slice',
  'Identity',
  'Concat',
  'Gather',
  'Cast',
  'Squeeze',
  'Unsqueeze',
  'Reshape',
]);

const OTHER_WINDOWS = /^(Conv\w+|\w*Pool|LRN|InstanceNormalization|Upsample|Resize)$/;
const SMOOTH =
  /^(Tanh|Sigmoid|Elu|Selu|Celu|Gelu|Softplus|Softsign|Mish|Swish|HardSwish|Erf|Exp|Log|Sin|Cos|Pow|Sqrt|Softmax|LogSoftmax)$/;
const RECURRENT = /^(LSTM|GRU|RNN|Scan|Loop|If)$/;

/** Throws an `InputError` for operators that are not read, and nodes that are none of the operator set's. */
export function operatorOf(placed: PlacedNode, opset: number): Operator {
  const { node, place } = placed;
  const operator = OPERATORS.get(node.opType);
  const standard = node.domain === '' || node.domain === 'ai.onnx';
  if (operator !== undefined && standard) {
    checkVersion(placed, opset);
    return operator;
  }
  const domain = node.domain === '' ? '' : ` of the domain ${quoted(node.domain)}`;
  throw new InputError({
    place,
    problem: `the operator ${quoted(node.opType)}${domain} is not supported`,
    remedy: standard ? remedyFor(node.opType) : 'export the model with standard ONNX operators',
  });
}

function remedyFor(opType: string): string {
  if (OTHER_WINDOWS.test(opType)) {
    return `of the operators on feature maps ${[...WINDOWS.keys()].join(', ')} are read`;
  }
  if (SMOOTH.test(opType)) {
    return 'only piecewise linear functions are found: use Relu or LeakyRelu between the layers';
  }
  if (RECURRENT.test(opType)) return 'only feed-forward networks are found: export it unrolled';
  return `these are: ${[...OPERATORS.keys()].join(', ')}`;
}
