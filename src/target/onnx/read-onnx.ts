/**
 * Reader of ONNX files: a feed-forward chain of affine operators and Relu becomes a target network,
 * with all constants folded exactly where that is possible and a notice wherever it is not.
 */
import { create } from '@bufbuild/protobuf';
import { InputError } from '../../core/errors.js';
import type { Layer, ReadNetwork } from '../network.js';
import { quoted } from '../quote.js';
import { constantValue } from './attributes.js';
import { decodeModel } from './decode.js';
import { ELEMENTWISE } from './elementwise.js';
import { chainOf, type PlacedNode } from './graph.js';
import { LINEAR } from './linear.js';
import { NodeProtoSchema } from './onnx_pb.js';
import {
  type Budget,
  nodeError,
  type Operator,
  type OperatorCall,
  reportingAs,
  requiredSignal,
  spend,
  spendOnMap,
  type Value,
} from './operator.js';
import type { ReadExternal } from './read-external.js';
import { REARRANGING } from './rearranging.js';
import { finishLayers, inputSignal, isRectified, rectify, type Signal } from './signal.js';
import { decodeTensor } from './tensor.js';

export interface OnnxOptions {
  /** Gives the bytes of an external data file beside the model; without it there are none. */
  readonly readExternal?: ReadExternal;
}

/** About half a minute of folding; real models take far below a second. */
const MOST_OPERATIONS = 2e10;
/** Entries made while folding: a quarter gigabyte, and more the larger the file is. */
const FREE_ENTRIES = 2 ** 25;
const ENTRIES_PER_BYTE = 4;
/** Some hundred megabytes. */
const MOST_OVERRIDES = 4_000_000;

const relu: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  spendOnClosing(call, signal);
  return rectify(signal);
};

function spendOnClosing(call: OperatorCall, signal: Signal): void {
  const { map } = signal;
  spendOnMap(call, map);
  const made = map.linear.kind === 'dense' || isRectified(signal) ? 0 : map.inputs * map.outputs;
  spend(call, made, made);
}

const cutOff: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  const { node, place } = call.placed;
  call.notice(`left out: the network's outputs are the values before the ${node.opType}`);
  return { ...signal, cutAt: place };
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...LINEAR,
  ...ELEMENTWISE,
  ...REARRANGING,
  ['Constant', (call) => constantValue(call.placed, call.readExternal)],
  ['Relu', relu],
  ['Softmax', cutOff],
  ['LogSoftmax', cutOff],
  ['Sigmoid', cutOff],
]);

/** External data is part of the model: each file is asked for once, and adds to what may be made. */
function countingReader(read: ReadExternal | undefined, budget: Budget): ReadExternal | undefined {
  if (read === undefined) return undefined;
  const files = new Map<string, Uint8Array>();
  return (path) => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const bytes = read(path);
    files.set(path, bytes);
    budget.entries += ENTRIES_PER_BYTE * bytes.length;
    return bytes;
  };
}

/**
 * The network of an ONNX file's (decompressed) bytes. `d_0` is the number of entries of the input,
 * row-major, at batch size 1. Throws an `InputError` that names the node, tensor or byte.
 */
export function readOnnx(bytes: Uint8Array, options: OnnxOptions = {}): ReadNetwork {
  const chain = chainOf(decodeModel(bytes));
  const notices: string[] = [];
  const budget: Budget = {
    operations: MOST_OPERATIONS,
    entries: FREE_ENTRIES + ENTRIES_PER_BYTE * bytes.length,
    overrides: MOST_OVERRIDES,
  };
  const readExternal = countingReader(options.readExternal, budget);
  const values = new Map<string, Value>([[chain.input.name, inputSignal(chain.input.dims)]]);
  const valueNamed = (name: string, call: OperatorCall): Value | undefined => {
    if (name === '') return undefined;
    const initializer = chain.initializers.get(name);
    if (initializer !== undefined && !values.has(name)) {
      const tensor = decodeTensor(initializer, `initializer ${quoted(name)}`, readExternal);
      spend(call, tensor.values.length, tensor.values.length);
      values.set(name, tensor);
    }
    const value = values.get(name);
    if (value !== undefined) return value;
    throw nodeError(
      call,
      `${quoted(name)} is not the first output of the node that defines it`,
      'only first outputs are supported; export the model for inference',
    );
  };
  const callOf = (placed: PlacedNode): OperatorCall => ({
    placed,
    opset: chain.opset,
    inputs: [],
    budget,
    notice: (remark) => notices.push(`${placed.place}: ${remark}`),
    readExternal,
  });
  for (const placed of chain.nodes) {
    const call = callOf(placed);
    const inputs = placed.node.input.map((name) => valueNamed(name, call));
    const operator = operatorOf(placed);
    const result = reportingAs(call, () => operator({ ...call, inputs }));
    const [output = ''] = placed.node.output;
    values.set(output, result);
  }
  const last = callOf({ node: create(NodeProtoSchema), place: `output ${quoted(chain.output)}` });
  const result = valueNamed(chain.output, last);
  if (result === undefined || result.kind === 'constant') {
    throw nodeError(
      last,
      "it does not depend on the network's input",
      'check that the file is complete',
    );
  }
  return { network: { layers: closeNetwork(result, last), domain: { kind: 'all' } }, notices };
}

function closeNetwork(signal: Signal, call: OperatorCall): Layer[] {
  return reportingAs(call, () => {
    spendOnClosing(call, signal);
    return finishLayers(signal);
  });
}

function operatorOf({ node, place }: PlacedNode): Operator {
  const operator = OPERATORS.get(node.opType);
  if (operator !== undefined && (node.domain === '' || node.domain === 'ai.onnx')) return operator;
  const domain = node.domain === '' ? '' : ` of the domain ${quoted(node.domain)}`;
  throw new InputError({
    place,
    problem: `the operator ${quoted(node.opType)}${domain} is not supported`,
    remedy: `supported are ${[...OPERATORS.keys()].join(', ')}`,
  });
}
