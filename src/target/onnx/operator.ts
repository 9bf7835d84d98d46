/** What the ONNX operators have in common: their call, their values, and the errors they report. */

import { InputError } from '../../core/errors.js';
import type { AffineMap } from '../affine.js';
import { type ExactArray, ExactRangeError } from '../exact-array.js';
import { entryCost, overridesCost } from '../exact-cost.js';
import { storedEntries } from '../linear.js';
import type { PlacedNode } from './graph.js';
import type { FeatureSignal } from './maps/feature-signal.js';
import type { ReadExternal } from './read-external.js';
import { formatInteger, resolveAxis, ShapeError } from './shape.js';
import { type Charge, refuseAfterCut, type Signal } from './signal.js';
import type { OnnxTensor } from './tensor.js';

/** What an operator on vectors takes and makes. */
export type Value = OnnxTensor | Signal;

/** One evaluation of a node. */
export interface OperatorCall {
  readonly placed: PlacedNode;
  /** Version of the ONNX operator set that the file imports; operators changed their meaning with it. */
  readonly opset: number;
  /** In the node's order; left-out optional inputs are undefined. */
  readonly inputs: readonly (Value | undefined)[];
  /** The inputs that are feature maps, in place of those of `inputs`; only operators on maps are given them. */
  readonly maps: readonly (FeatureSignal | undefined)[];
  /** To how many bits the weights of feature maps are rounded that have no exact value. */
  readonly bits: number;
  /** Whether all that reads the node's first output is a Relu. */
  readonly isRectifiedNext: () => boolean;
  readonly budget: Budget;
  /** The first dimension of the graph's input if it is fixed, not 1, and not the only one; else 1. */
  readonly samples: number;
  /** Set where only the lengths of the first product are asked for. */
  readonly probing: boolean;
  readonly notice: (remark: string) => void;
  readonly remarks: Remarks;
  readonly readExternal: ReadExternal | undefined;
}

/** The value of a node's first output, or the values of all. */
export type Operator = (call: OperatorCall) => Value | FeatureSignal | readonly Value[];

/** What a ticket will say of the reading: operators left out, and operators whose folds are rounded. */
export interface Remarks {
  readonly leftOut: Set<string>;
  readonly rounded: Set<string>;
}

/** What a file may make the reader do, in number. */
export interface Work {
  /** Float operations, or about as many nanoseconds. */
  operations: number;
  /** Matrix entries made, whether they are still needed or not. */
  entries: number;
  /** Entries with more bits than a float64 has, likewise. */
  overrides: number;
}

export interface Budget {
  /** Work that is allowed for a file of this size. */
  readonly allowed: Work;
  /** Work done up to now. */
  readonly spent: Work;
}

/** Charges the work that is about to be done. */
export function spend({ budget, placed }: OperatorCall, operations: number, entries: number): void {
  budget.spent.operations += operations;
  budget.spent.entries += entries;
  const over = OVERRUNS.find(({ kind }) => budget.spent[kind] > budget.allowed[kind]);
  if (over === undefined) return;
  const { kind, what, remedy } = over;
  const needed = inThousands(budget.spent[kind]);
  throw new InputError({
    place: placed.place,
    problem: `up to it the model needs ${needed} ${what}, and ${inThousands(budget.allowed[kind])} are allowed for a file of its size`,
    remedy,
  });
}

const OVERRUNS: readonly { kind: keyof Work; what: string; remedy: string }[] = [
  {
    kind: 'entries',
    what: 'matrix entries',
    remedy: 'export a model of fewer inputs or narrower layers; a layer takes inputs times outputs',
  },
  {
    kind: 'overrides',
    what: 'numbers of more than 53 bits',
    remedy: 'export it in float32, with constants folded and without affine layers in a row',
  },
  {
    kind: 'operations',
    what: 'operations to read',
    remedy: 'export it with constants folded, and with fewer nodes or narrower layers',
  },
];

/** An amount for people to read: `1,048,576`, and from 10^15 on `1.1e+24`. */
function inThousands(amount: number): string {
  return amount < 1e15 ? Math.ceil(amount).toLocaleString('en-US') : amount.toPrecision(2);
}

/** Charges a step over all entries of a map. */
export function spendOnMap(call: OperatorCall, map: AffineMap): void {
  const arrays = [map.bias, storedEntries(map.linear)];
  for (const array of arrays) {
    if (array !== undefined) {
      call.budget.spent.overrides += array.exact.size;
      spend(call, 10 * array.values.length + overridesCost(array), array.values.length);
    }
  }
  spend(call, 100 + map.outputs, map.outputs);
}

/** Charges the entries of `map` that are multiplied, each with one of `factor`. */
export function spendOnScaling(call: OperatorCall, map: AffineMap, factor: ExactArray): void {
  for (const array of [map.bias, storedEntries(map.linear)]) {
    if (array !== undefined) spend(call, array.values.length * entryCost(array, factor), 0);
  }
}

/** Charges steps of signals as this node's. */
export function chargeTo(call: OperatorCall): Charge {
  return (operations, entries) => spend(call, operations, entries);
}

/** Says that what this node folds is rounded, in the notices and in the ticket. */
export function noticeRounding(call: OperatorCall, remark: string): void {
  call.notice(remark);
  call.remarks.rounded.add(call.placed.node.opType);
}

export function nodeError({ placed }: OperatorCall, problem: string, remedy: string): InputError {
  return new InputError({ place: placed.place, problem, remedy });
}

/** Runs a step of `call`; what goes wrong in shapes and numbers is reported with the node's name. */
export function reportingAs<T>(call: OperatorCall, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof ShapeError) {
      throw nodeError(call, error.message, 'check the shapes that the model was exported with');
    }
    if (error instanceof ExactRangeError) {
      throw nodeError(call, error.message, 'export it in float32, with constants of moderate size');
    }
    throw error;
  }
}

/** A required input. */
export function required({ placed, inputs }: OperatorCall, index: number): Value {
  const value = inputs[index];
  if (value !== undefined) return value;
  throw new InputError({
    place: placed.place,
    problem: `its input ${index + 1} is missing`,
    remedy: 'export the model again',
  });
}

/** The inputs of an operator that takes any number of them. */
export function allInputs(call: OperatorCall): Value[] {
  return call.placed.node.input.map((_, index) => required(call, index));
}

/** A required input that depends on the network's input and may still be computed with. */
export function requiredSignal(call: OperatorCall, index: number): Signal {
  const value = required(call, index);
  if (value.kind === 'constant') throw constantsOnly(call);
  refuseAfterCut(value, call.placed.place);
  return value;
}

export function constantsOnly(call: OperatorCall): InputError {
  return nodeError(
    call,
    'it computes with constants only, which is not supported',
    'export the model with constants folded',
  );
}

/** The error of an operation between two values that is not affine in them. */
export function notAffine(call: OperatorCall, what: string): InputError {
  return nodeError(
    call,
    `it ${what}, which is not piecewise linear`,
    'only sums, differences, maxima and minima of such values are supported',
  );
}

/** A required input that must be a constant. */
export function requiredConstant(call: OperatorCall, index: number, what: string): OnnxTensor {
  const value = required(call, index);
  if (value.kind === 'constant') return value;
  throw nodeError(
    call,
    `its ${what} depends on the network's input`,
    'only constants are supported there',
  );
}

/**
 * An axis counted from the front; a negative one counts from the back, from operator set 11 on. For the
 * operators whose earlier versions are documented to take none (where the document is silent, as for
 * Concat, Split and Slice, negative ones have always meant the same).
 */
export function axisIn(call: OperatorCall, axis: number, rank: number): number {
  if (axis < 0 && call.opset < 11) throw negativeBefore11(call, `axis ${formatInteger(axis)}`);
  return resolveAxis(axis, rank);
}

/** The error of counting from the back where the operator set does not. */
export function negativeBefore11(call: OperatorCall, what: string): InputError {
  const { opType } = call.placed.node;
  return nodeError(
    call,
    `its ${what} is negative, and ${opType} counts nothing from the back before operator set 11; the model's is ${call.opset}`,
    'export the model with operator set 11 or later',
  );
}

/** A constant as a list of integers: a shape, or axes. */
export function integerList(call: OperatorCall, tensor: OnnxTensor, what: string): number[] {
  if (tensor.infinite !== undefined) throw tensor.infinite;
  if (tensor.dims.length > 1 || !tensor.values.every(Number.isSafeInteger)) {
    throw nodeError(call, `its ${what} is not a list of integers`, 'export the model again');
  }
  return [...tensor.values];
}

const FOR_INFERENCE =
  'export it for inference: with PyTorch, call model.eval() before torch.onnx.export';

/** The error of a node that computes with the statistics or the chance of training. */
export function trainingModeError(call: OperatorCall, problem: string): InputError {
  return nodeError(call, `it is in training mode: ${problem}`, FOR_INFERENCE);
}
