/** Graphs of one node or two on the input 1, -2, 3, -4, by the operator set; constants to use in them. */
import { expect } from 'vitest';
import { InputError } from '../../../../src/core/errors.js';
import { evaluateNetwork } from '../../../../src/target/evaluate.js';
import { TensorProto_DataType as Type } from '../../../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import {
  buildModel,
  type ChainStep,
  chain,
  floats,
  integers,
  type NodeInit,
  type TensorInit,
} from '../../onnx-writer.js';

const bytes = (
  name: string,
  type: Type,
  dims: readonly number[],
  values: number[],
): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: type,
  int32Data: values,
});

const CONSTANTS: readonly TensorInit[] = [
  floats('seven', [], [7]),
  floats('one', [1], [5]),
  floats('three', [], [3]),
  floats('half', [1], [0.5]),
  floats('pair', [2], [10, 20]),
  floats('row', [1, 2], [10, 20]),
  floats('column', [2, 1], [10, 20]),
  floats('square', [2, 2], [1, 2, 3, 4]),
  floats('like', [1, 2, 2], [10, 20, 30, 40]),
  floats('zeros', [1, 2, 2], [0, 0, 0, 0]),
  floats('powers', [2], [2, 4]),
  floats('scale', [2], [2, 4]),
  floats('shift', [2], [1, 0]),
  floats('mean', [2], [1, 1]),
  floats('variance', [2], [4, 16]),
  floats('two', [], [2]),
  floats('halves', [2], [1, 1]),
  integers('list0', [0]),
  integers('list1', [1]),
  integers('list2', [2]),
  integers('last', [-1]),
  integers('first', [-3]),
  integers('both', [1, 1]),
  integers('stripe', [1, 2, 1]),
  integers('folded', [2, -1]),
  integers('numbers', [3, 4]),
  integers('nothing', []),
  bytes('false', Type.BOOL, [], [0]),
  bytes('halfMore', Type.FLOAT16, [], [0x3c01]),
  bytes('wide', Type.INT16, [2, 2], [256, 2, 3, 4]),
  bytes('widest', Type.INT32, [2, 2], [1, 2, 3, 4]),
  bytes('wideOrigin', Type.INT16, [], [1]),
  bytes('widestOrigin', Type.INT32, [], [1]),
  bytes('origins', Type.INT8, [2], [1, 2]),
  bytes('codes', Type.INT8, [2, 2], [1, 2, 3, 4]),
  bytes('large', Type.INT8, [1, 1], [127]),
  bytes('origin', Type.INT8, [], [1]),
  bytes('otherOrigin', Type.UINT8, [], [1]),
];

const INPUT = Float64Array.of(1, -2, 3, -4);

export interface Setting {
  readonly dims?: readonly number[];
  readonly input?: readonly number[];
  readonly outputs?: readonly string[];
}

function model(opset: number, nodes: readonly NodeInit[], { dims, outputs }: Setting): Uint8Array {
  return buildModel({
    opset,
    nodes,
    initializers: CONSTANTS,
    inputDims: dims ?? [1, 2, 2],
    ...(outputs && { outputs }),
  });
}

/** A chain from `x` to `y`, or nodes as they are. */
export type Steps = readonly ChainStep[] | { readonly nodes: readonly NodeInit[] };

function nodesOf(steps: Steps): readonly NodeInit[] {
  return 'nodes' in steps ? steps.nodes : chain(steps);
}

export function outputsOf(opset: number, steps: Steps, setting: Setting = {}): number[] {
  const { network } = readOnnx(model(opset, nodesOf(steps), setting));
  return [...evaluateNetwork(network, Float64Array.from(setting.input ?? INPUT))];
}

export function refusalOf(opset: number, steps: Steps, setting: Setting = {}): string {
  try {
    outputsOf(opset, steps, setting);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('it was read');
}

/** First and last operator set, nodes, outputs of the input 1, -2, 3, -4 of shape [1, 2, 2]. */
export type Row = readonly [
  from: number,
  to: number,
  steps: Steps,
  expected: readonly number[],
  setting?: Setting,
];

/** A name of the row for the test's report. */
export function titleOf([from, to, steps]: Row): string {
  const types = nodesOf(steps).map(({ opType }) => opType);
  return `${types.join(', ')} of operator set ${from} to ${to}`;
}

export const turn: ChainStep = ['Transpose', ['_']];
export const TURNED = [1, 3, -2, -4];
export const SAME = [1, -2, 3, -4];
export const SPREAD = { broadcast: 1n };
export const narrow = { dims: [1, 2], input: [1, -2] };
export const statistics = ['_', 'scale', 'shift', 'mean', 'variance'];
