/** A graph's nodes in order, each on the values before it: from the shape of the input to its outputs. */
import { create } from '@bufbuild/protobuf';
import type { ExactArray } from '../exact-array.js';
import { overridesCost } from '../exact-cost.js';
import { storedEntries } from '../linear.js';
import { quoted } from '../quote.js';
import { exactOf } from './constants.js';
import type { Chain, PlacedNode } from './graph.js';
import type { FeatureSignal } from './maps/feature-signal.js';
import { type AnyValue, evaluateOnMaps, isOfMaps, shared, WINDOWS } from './maps/map-operators.js';
import { vectorsOf } from './maps/vectors.js';
import { NodeProtoSchema } from './onnx_pb.js';
import {
  type Budget,
  nodeError,
  type OperatorCall,
  type Remarks,
  reportingAs,
  spend,
  type Value,
} from './operator.js';
import { operatorOf, TAKES_INFINITE } from './operators.js';
import type { ReadExternal } from './read-external.js';
import { concatenateValues } from './selecting.js';
import { sizeOf } from './shape.js';
import { constantSignal, inputSignal, type Signal } from './signal.js';
import { decodeTensor } from './tensor.js';

/** What a node takes besides its entries, and each of its inputs. */
const NODE_OPERATIONS = 5000;
const INPUT_OPERATIONS = 500;

export interface GraphRun {
  readonly budget: Budget;
  readonly readExternal: ReadExternal | undefined;
  readonly notice: (remark: string) => void;
  readonly remarks: Remarks;
  readonly bits: number;
  /** Stops with a `FirstProduct` where a signal meets its first matrix. */
  readonly probing: boolean;
}

export interface GraphResult {
  /** All outputs, one after another; feature maps only if it is a single one. */
  readonly output: Signal | FeatureSignal;
  /** Whether there are feature maps in the graph. */
  readonly hasMaps: boolean;
  /** For errors of what is done with it. */
  readonly call: OperatorCall;
}

/** Throws an `InputError` that names the node, or a `FirstProduct`. */
export function runGraph(chain: Chain, dims: readonly number[], run: GraphRun): GraphResult {
  const input = inputSignal(dims);
  const values = new Map<string, AnyValue>([[chain.input.name, input]]);
  const readers = readersOf(chain);
  let hasMaps = false;
  const samples = dims.length > 1 ? (dims[0] as number) : 1;
  const callOf = (placed: PlacedNode): OperatorCall => ({
    ...run,
    placed,
    opset: chain.opset,
    inputs: [],
    maps: [],
    isRectifiedNext: () => isRectifiedNext(readers, placed.node.output[0]),
    samples,
    notice: (remark) => run.notice(`${placed.place}: ${remark}`),
  });
  const valueNamed = (name: string, call: OperatorCall): AnyValue | undefined => {
    if (name === '') return undefined;
    const initializer = chain.initializers.get(name);
    if (initializer !== undefined && !values.has(name)) {
      const tensor = decodeTensor(initializer, `initializer ${quoted(name)}`, run.readExternal);
      spend(call, tensor.values.length, tensor.values.length);
      values.set(name, tensor);
    }
    const value = values.get(name);
    if (value === undefined) {
      throw nodeError(
        call,
        `${quoted(name)} is an output, of the node that defines it, that is not supported`,
        'export the model for inference',
      );
    }
    const { opType } = call.placed.node;
    if (value.kind === 'constant' && value.infinite !== undefined && !TAKES_INFINITE.has(opType)) {
      throw value.infinite;
    }
    return value;
  };
  // What a step makes that a float64 does not hold is known, and charged, once it is there.
  const charged = new WeakSet<ReadonlyMap<number, unknown>>();
  const chargeOverrides = (call: OperatorCall, value: AnyValue): void => {
    for (const array of arraysOf(value)) {
      if (array === undefined || array.exact.size === 0 || charged.has(array.exact)) continue;
      charged.add(array.exact);
      spend(call, overridesCost(array), 0);
    }
  };
  const release = releaser(chain, values);
  for (const placed of chain.nodes) {
    const call = callOf(placed);
    spend(call, NODE_OPERATIONS + INPUT_OPERATIONS * placed.node.input.length, 0);
    const inputs = placed.node.input.map((name) => valueNamed(name, call));
    const operator = operatorOf(placed, chain.opset);
    const ofMaps: boolean = WINDOWS.has(placed.node.opType) || (hasMaps && inputs.some(isOfMaps));
    hasMaps ||= ofMaps;
    const result = reportingAs(call, () =>
      ofMaps
        ? evaluateOnMaps(call, inputs, operator)
        : operator({ ...call, inputs: inputs as readonly (Value | undefined)[] }),
    );
    const several = (readers.get(placed.node.output[0] ?? '')?.length ?? 0) > 1;
    const results = 'kind' in result ? [settleShared(call, result, several)] : result;
    for (const value of results) chargeOverrides(call, value);
    results.forEach((value, index) => {
      const name = placed.node.output[index] ?? '';
      if (name !== '') values.set(name, value);
    });
    for (const name of placed.node.input) release(name);
  }
  const [first = ''] = chain.outputs;
  const last = callOf({ node: create(NodeProtoSchema), place: `output ${quoted(first)}` });
  const outputs = chain.outputs.map((name) => ({
    name,
    value: valueNamed(name, last) as AnyValue,
  }));
  const [only] = outputs;
  if (outputs.length === 1 && only.value.kind === 'maps') {
    return { output: only.value, hasMaps: true, call: last };
  }
  if (outputs.length > 1) {
    const sizes = outputs.map(({ name, value }) => `${quoted(name)} (${sizeOf(value.dims)})`);
    run.notice(`its outputs are taken one after another: ${sizes.join(', ')}`);
  }
  const signal = reportingAs(last, () => {
    const flat = outputs.map(({ value }): Value => {
      const vectors = value.kind === 'maps' ? vectorsOf(last, value) : value;
      return { ...vectors, dims: [sizeOf(value.dims)] };
    });
    const joined = concatenateValues(last, flat, 0, 1);
    if (joined.kind === 'signal') return joined;
    run.notice("its outputs do not depend on the network's input");
    return constantSignal(input, exactOf(joined), joined.dims, joined.change);
  });
  if (signal.map.outputs === 0) {
    throw nodeError(last, 'it has no entries', 'check that the file is complete');
  }
  return { output: signal, hasMaps, call: last };
}

/** The numbers that a value holds. */
function arraysOf(value: AnyValue): (ExactArray | undefined)[] {
  if (value.kind === 'constant') return [exactOf(value)];
  if (value.kind === 'signal') return [value.map.bias, storedEntries(value.map.linear)];
  return value.blocks.flatMap(({ terms, bias }) => [
    bias.array,
    ...terms.map((term) => (term.kind === 'pass' ? term.factor.array : term.map.weights)),
  ]);
}

function settleShared(call: OperatorCall, value: AnyValue, several: boolean): AnyValue {
  return several && value.kind === 'maps' ? reportingAs(call, () => shared(call, value)) : value;
}

/** What reads each value's entries: operators, and the graph's outputs as an empty name. */
function readersOf(chain: Chain): ReadonlyMap<string, readonly Reader[]> {
  const readers = new Map<string, Reader[]>();
  const read = (name: string, reader: Reader): void => {
    const known = readers.get(name);
    if (known === undefined) readers.set(name, [reader]);
    else known.push(reader);
  };
  for (const { node } of chain.nodes) {
    const { opType } = node;
    if (opType === 'Shape' || opType === 'Size') continue;
    for (const name of node.input) read(name, { opType, output: node.output[0] ?? '' });
  }
  for (const name of chain.outputs) read(name, { opType: '', output: '' });
  return readers;
}

interface Reader {
  readonly opType: string;
  readonly output: string;
}

/** Whether a value is read by Relu alone, perhaps after an operator that changes nothing. */
function isRectifiedNext(
  readers: ReadonlyMap<string, readonly Reader[]>,
  name: string | undefined,
): boolean {
  let read = readers.get(name ?? '') ?? [];
  for (let steps = 0; steps < 4; steps++) {
    const [only] = read;
    if (read.length !== 1 || !/^(Identity|Dropout)$/.test(only.opType)) break;
    read = readers.get(only.output) ?? [];
  }
  return read.length > 0 && read.every(({ opType }) => opType === 'Relu');
}

/** Lets go of values after their last use: graphs are deep, and constants large. */
function releaser(chain: Chain, values: Map<string, AnyValue>): (name: string) => void {
  const uses = new Map<string, number>();
  const use = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const { node } of chain.nodes) for (const name of node.input) use(name);
  for (const name of chain.outputs) use(name);
  return (name) => {
    const left = (uses.get(name) ?? 0) - 1;
    uses.set(name, left);
    if (left === 0) values.delete(name);
  };
}
