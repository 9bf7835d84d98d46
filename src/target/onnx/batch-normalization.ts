/** BatchNormalization for inference, per channel: folded, and rounded because of its square root. */
import { scaleRows, shiftRows } from '../affine.js';
import { exactArray, negateExact } from '../exact-array.js';
import { changeOfProduct, HALF_PLACE } from '../rounding.js';
import { floatAttribute, integerAttribute } from './attributes.js';
import { broadcastConstant, exactOf } from './constants.js';
import {
  nodeError,
  noticeRounding,
  type Operator,
  type OperatorCall,
  requiredConstant,
  requiredSignal,
  spendOnMap,
  trainingModeError,
} from './operator.js';
import { formatShape, ShapeError } from './shape.js';
import { withMap } from './signal.js';
import type { OnnxTensor } from './tensor.js';

/** `(x - mean) * scale / sqrt(variance + epsilon) + bias`, per channel (dimension 1). */
export const batchNormalization: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  const { dims } = signal;
  const { factors, change, mean, bias } = batchStatistics(call, dims, dims);
  noticeRounding(
    call,
    'folded; its factors scale / sqrt(variance + epsilon), and the weights and biases that they change, are rounded to float64',
  );
  spendOnMap(call, signal.map);
  const centred = shiftRows(signal.map, negateExact(exactOf(mean)), mean.change);
  const scaled = scaleRows(centred, exactArray(factors), change);
  return withMap(signal, shiftRows(scaled, exactOf(bias), bias.change), dims);
};

export interface BatchStatistics {
  readonly factors: Float64Array;
  /** Bound of the relative change of the factors. */
  readonly change: number;
  readonly mean: OnnxTensor;
  readonly bias: OnnxTensor;
}

/**
 * The numbers of a node that normalises a value of shape `dims`, spread over `target`: its dimensions, or those of
 * its channels alone.
 */
export function batchStatistics(
  call: OperatorCall,
  dims: readonly number[],
  target: readonly number[],
): BatchStatistics {
  refuseTraining(call);
  if (integerAttribute(call.placed, 'spatial', 1) !== 1) {
    throw nodeError(call, 'it does not normalise per channel', 'export it with spatial = 1');
  }
  const scale = perChannel(call, dims, target, 1, 'scale');
  const bias = perChannel(call, dims, target, 2, 'bias');
  const mean = perChannel(call, dims, target, 3, 'mean');
  const variance = perChannel(call, dims, target, 4, 'variance');
  // The standard's default is a float32 number as well.
  const epsilon = floatAttribute(call.placed, 'epsilon', Math.fround(1e-5));
  const shifted = variance.values.map((value) => value + epsilon);
  const factors = scale.values.map((value, index) => value / Math.sqrt(shifted[index]));
  if (!factors.every(Number.isFinite) || !shifted.every((value) => value > 0)) {
    throw nodeError(call, 'its variance is not positive', 'correct its statistics');
  }
  // Half of the relative error of the sum below the root, the root's own, the quotient's, the inputs'.
  const conditioned = variance.values.reduce(
    (most, value, index) => Math.max(most, Math.abs(value) / shifted[index]),
    0,
  );
  const change = changeOfProduct(
    HALF_PLACE,
    HALF_PLACE,
    offOf(scale),
    conditioned * offOf(variance),
  );
  return { factors, change, mean, bias };
}

/** What the float64 values of a constant are off by. */
function offOf({ change = 0, exact }: OnnxTensor): number {
  return exact === undefined ? change : changeOfProduct(change);
}

/**
 * Operator sets 1 to 6 have a flag for inference that is off by default, from 14 on there is one for training;
 * in all of them the outputs beside the first are what training updates.
 */
function refuseTraining(call: OperatorCall): void {
  const { placed, opset } = call;
  if (opset < 7 && integerAttribute(placed, 'is_test', 0) === 0) {
    throw trainingModeError(call, 'its attribute is_test is 0');
  }
  if (integerAttribute(placed, 'training_mode', 0) !== 0) {
    throw trainingModeError(call, 'its attribute training_mode is 1');
  }
  const outputs = placed.node.output.filter((name) => name !== '').length;
  if (outputs > 1) {
    throw trainingModeError(call, `it has ${outputs} outputs, and only training has more than one`);
  }
}

function perChannel(
  call: OperatorCall,
  shape: readonly number[],
  target: readonly number[],
  index: number,
  what: string,
): OnnxTensor {
  const constant = requiredConstant(call, index, what);
  // From operator set 9 on a lone dimension is the batch: there is one channel.
  const channels = shape.length === 1 && call.opset >= 9 ? 1 : shape[1];
  if (channels === undefined || constant.dims.length !== 1 || constant.dims[0] !== channels) {
    throw new ShapeError(
      `its ${what} of shape ${formatShape(constant.dims)} does not fit a value of shape ${formatShape(shape)}`,
    );
  }
  const dims = [channels, ...(target.length === 1 ? [] : shape.slice(2).map(() => 1))];
  return broadcastConstant(call, { ...constant, dims }, target);
}
