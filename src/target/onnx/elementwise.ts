/**
 * Add, Sub, Mul, Div and Neg with constants, and BatchNormalization. All are folded exactly but two:
 * division by what is no power of two, and the square root of a BatchNormalization.
 */
import { dyadicFromNumber } from '../../core/dyadic.js';
import { type AffineMap, divideRowsRounded, scaleRows, shiftRows } from '../affine.js';
import { exactArray } from '../exact-array.js';
import { attributeOf, floatAttribute, integerAttribute } from './attributes.js';
import {
  nodeError,
  type Operator,
  type OperatorCall,
  requiredConstant,
  requiredSignal,
  signalAndConstant,
  spend,
  spendOnMap,
  trainingModeError,
} from './operator.js';
import { broadcastIndices, broadcastShape, formatShape, ShapeError, sizeOf } from './shape.js';
import { type Signal, withMap } from './signal.js';
import type { Tensor } from './tensor.js';

/** An operator of one signal and one constant; `constant` has an entry per signal coordinate. */
function withConstant(
  fold: (
    call: OperatorCall,
    map: AffineMap,
    constant: Float64Array,
    signalFirst: boolean,
  ) => AffineMap,
): Operator {
  return (call) => {
    const { signal, constant, signalFirst } = signalAndConstant(call);
    if (attributeOf(call.placed, 'axis') !== undefined) {
      throw nodeError(
        call,
        'it broadcasts along an axis, as before operator set 7',
        'convert the model to operator set 7 or later',
      );
    }
    const dims = broadcastShape(signal.dims, constant.dims);
    if (sizeOf(dims) !== sizeOf(signal.dims)) {
      throw new ShapeError(
        `a constant of shape ${formatShape(constant.dims)} would repeat a value of shape ${formatShape(signal.dims)}`,
      );
    }
    spendOnMap(call, signal.map);
    return withMap(signal, fold(call, signal.map, spread(call, constant, dims), signalFirst), dims);
  };
}

/** The entry of the constant that meets each coordinate. */
function spread(
  call: OperatorCall,
  { dims, values }: Tensor,
  target: readonly number[],
): Float64Array {
  const size = sizeOf(target);
  spend(call, 20 * size, size);
  return Float64Array.from(broadcastIndices(dims, target), (index) => values[index] as number);
}

function scaled(map: AffineMap, factors: Float64Array): AffineMap {
  return factors.every((factor) => factor === 1) ? map : scaleRows(map, exactArray(factors));
}

function shifted(map: AffineMap, shift: Float64Array): AffineMap {
  return shiftRows(map, exactArray(shift));
}

function negated(values: Float64Array): Float64Array {
  return values.map((value) => -value);
}

function minusOnes(length: number): Float64Array {
  return new Float64Array(length).fill(-1);
}

const add = withConstant((_, map, constant) => shifted(map, constant));

const subtract = withConstant((_, map, constant, signalFirst) =>
  signalFirst
    ? shifted(map, negated(constant))
    : shifted(scaled(map, minusOnes(map.outputs)), constant),
);

const multiply = withConstant((_, map, constant) => scaled(map, constant));

const divide = withConstant((call, map, constant, signalFirst) => {
  if (!signalFirst) {
    throw nodeError(call, "it divides by the network's values", 'divide by constants only');
  }
  if (constant.includes(0)) throw nodeError(call, 'it divides by 0', 'correct the constant');
  const reciprocals = constant.map((value) => 1 / value);
  const inexact = constant.filter(
    (value, index) => !isPowerOfTwo(value) || !Number.isFinite(reciprocals[index]),
  ).length;
  if (inexact === 0) return scaled(map, reciprocals);
  call.notice(
    `${inexact} of ${constant.length} divisors are no powers of two; the weights and biases that the division changes are rounded to float64`,
  );
  return divideRowsRounded(map, constant);
});

function isPowerOfTwo(value: number): boolean {
  const { mantissa } = dyadicFromNumber(value);
  return mantissa === 1n || mantissa === -1n;
}

const negate: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  spendOnMap(call, signal.map);
  return withMap(signal, scaled(signal.map, minusOnes(signal.map.outputs)), signal.dims);
};

/** `(x - mean) * scale / sqrt(variance + epsilon) + bias`, per channel (dimension 1). */
const batchNormalization: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  refuseTraining(call);
  if (integerAttribute(call.placed, 'spatial', 1) !== 1) {
    throw nodeError(call, 'it does not normalise per channel', 'export it with spatial = 1');
  }
  const scale = perChannel(call, signal, 1, 'scale');
  const bias = perChannel(call, signal, 2, 'bias');
  const mean = perChannel(call, signal, 3, 'mean');
  const variance = perChannel(call, signal, 4, 'variance');
  // The standard's default is a float32 number as well.
  const epsilon = floatAttribute(call.placed, 'epsilon', Math.fround(1e-5));
  const factors = scale.map(
    (value, index) => value / Math.sqrt((variance[index] as number) + epsilon),
  );
  if (!factors.every(Number.isFinite) || !variance.every((value) => value + epsilon > 0)) {
    throw nodeError(call, 'its variance is not positive', 'correct its statistics');
  }
  call.notice(
    'folded; its factors scale / sqrt(variance + epsilon), and the weights and biases that they change, are rounded to float64',
  );
  spendOnMap(call, signal.map);
  const centred = { ...shifted(signal.map, negated(mean)), inexact: true };
  return withMap(signal, shifted(scaleRows(centred, exactArray(factors)), bias), signal.dims);
};

/**
 * Operator sets 1 to 6 have a flag for inference that is off by default; up to 13 the outputs beside the
 * first are what training updates, from 14 on there is a flag for training.
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
  if (opset < 14 && outputs > 1) {
    throw trainingModeError(
      call,
      `it has ${outputs} outputs, and before operator set 14 only training has more than one`,
    );
  }
}

function perChannel(call: OperatorCall, signal: Signal, index: number, what: string): Float64Array {
  const constant = requiredConstant(call, index, what);
  const channels = signal.dims[1];
  if (channels === undefined || constant.dims.length !== 1 || constant.dims[0] !== channels) {
    throw new ShapeError(
      `its ${what} of shape ${formatShape(constant.dims)} does not fit a value of shape ${formatShape(signal.dims)}`,
    );
  }
  const dims = [channels, ...signal.dims.slice(2).map(() => 1)];
  return spread(call, { ...constant, dims }, signal.dims);
}

export const ELEMENTWISE: ReadonlyMap<string, Operator> = new Map([
  ['Add', add],
  ['Sub', subtract],
  ['Mul', multiply],
  ['Div', divide],
  ['Neg', negate],
  ['BatchNormalization', batchNormalization],
]);
