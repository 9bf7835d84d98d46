/**
 * Operators that keep all entries: Identity, Dropout (inference), Flatten, Reshape, Squeeze, Unsqueeze and
 * Transpose, on constants and on signals; and Cast.
 */
import { quoted } from '../quote.js';
import { integerAttribute, integersAttribute, textAttribute } from './attributes.js';
import { gatherValue, integerRange } from './constants.js';
import { TensorProto_DataType as Type } from './onnx_pb.js';
import {
  axisIn,
  integerList,
  nodeError,
  type Operator,
  type OperatorCall,
  required,
  requiredConstant,
  spend,
  trainingModeError,
  type Value,
} from './operator.js';
import {
  flattenShape,
  MOST_RANK,
  reshapeShape,
  ShapeError,
  sizeOf,
  squeezeShape,
  transposition,
  unsqueezeShape,
} from './shape.js';
import { isFloatType, typeName } from './tensor.js';

const identity: Operator = (call) => required(call, 0);

const dropout: Operator = (call) => {
  // Operator sets 1 to 6 have a flag for inference that is off by default; from 12 on training is an input.
  if (call.opset < 7 && integerAttribute(call.placed, 'is_test', 0) === 0) {
    throw trainingModeError(call, 'its attribute is_test is 0');
  }
  const training = call.inputs[2];
  if (training !== undefined && (training.kind === 'signal' || training.values[0] !== 0)) {
    throw trainingModeError(call, 'its input training_mode is not false');
  }
  return required(call, 0);
};

function reshaped(value: Value, dims: readonly number[]): Value {
  if (dims.length > MOST_RANK) throw new ShapeError(`${dims.length} dimensions are too many`);
  return { ...value, dims };
}

const flatten: Operator = (call) => {
  const value = required(call, 0);
  const { dims } = value;
  const axis = integerAttribute(call.placed, 'axis', 1);
  // The number of dimensions is allowed here, as no axis is.
  if (axis !== dims.length) axisIn(call, axis, dims.length);
  return reshaped(value, flattenShape(dims, axis));
};

/** Integers that older operator sets hold in an attribute and newer ones in an input. */
function integersOf(call: OperatorCall, name: string): number[] | undefined {
  if (call.inputs[1] === undefined) return integersAttribute(call.placed, name);
  return integerList(call, requiredConstant(call, 1, name), name);
}

const reshape: Operator = (call) => {
  const value = required(call, 0);
  const shape = integersOf(call, 'shape');
  if (shape === undefined) throw nodeError(call, 'it has no shape', 'export the model again');
  const allowZero = integerAttribute(call.placed, 'allowzero', 0) !== 0;
  return reshaped(value, reshapeShape(value.dims, shape, allowZero));
};

const squeeze: Operator = (call) => {
  const value = required(call, 0);
  const axes = integersOf(call, 'axes');
  if (axes?.length === 0 && value.dims.includes(1)) {
    throw nodeError(
      call,
      'its list of axes is empty, which some take for all axes and others for none',
      'leave the axes out, or name them',
    );
  }
  for (const axis of axes ?? []) axisIn(call, axis, value.dims.length);
  return reshaped(value, squeezeShape(value.dims, axes));
};

const unsqueeze: Operator = (call) => {
  const value = required(call, 0);
  const axes = integersOf(call, 'axes');
  if (axes === undefined) throw nodeError(call, 'it has no axes', 'export the model again');
  for (const axis of axes) axisIn(call, axis, value.dims.length + axes.length);
  return reshaped(value, unsqueezeShape(value.dims, axes));
};

const transpose: Operator = (call) => {
  const value = required(call, 0);
  spend(call, 20 * sizeOf(value.dims), sizeOf(value.dims));
  const { dims, gather } = transposition(value.dims, integersAttribute(call.placed, 'perm'));
  if (gather === undefined) return reshaped(value, dims);
  return gatherValue(call, value, dims, () => gather);
};

const cast: Operator = (call) => {
  const value = required(call, 0);
  // Before operator set 6 the type was its name.
  const to =
    call.opset < 6
      ? typeNamed(call)
      : (integerAttribute(call.placed, 'to', Type.UNDEFINED) as Type);
  if (value.kind === 'signal') {
    if (!isFloatType(to)) {
      throw nodeError(
        call,
        `it makes ${typeName(to)} of values`,
        'only constants may be cast to it',
      );
    }
    call.notice('the cast of values is left out: the network is a function of real numbers');
    if (to === Type.FLOAT16 || to === Type.BFLOAT16) call.remarks.leftOut.add('Cast');
    return value;
  }
  if (to === value.type || holds(to, value.type)) return { ...value, type: to };
  spend(call, 10 * value.values.length, value.values.length);
  if (value.infinite !== undefined) throw value.infinite;
  if (value.exact !== undefined || value.change !== undefined) {
    throw nodeError(
      call,
      `it rounds constants to ${typeName(to)} that were computed in more than 53 bits, or rounded`,
      'export the model with constants folded',
    );
  }
  const values = value.values.map((entry) => castNumber(entry, to));
  const wrong = values.findIndex((entry) => !Number.isFinite(entry));
  if (wrong >= 0) {
    throw nodeError(
      call,
      `${value.values[wrong]} cannot become ${typeName(to)}`,
      'supported are casts to float, double, float16, bfloat16, bool and integers that hold the value',
    );
  }
  return { ...value, type: to, values };
};

/** Whether every number of the float type `from` is one of `to`: such a cast is the identity, also of what was folded. */
function holds(to: Type, from: Type): boolean {
  if (to === Type.DOUBLE) return isFloatType(from);
  return to === Type.FLOAT && (from === Type.FLOAT16 || from === Type.BFLOAT16);
}

function typeNamed(call: OperatorCall): Type {
  const name = textAttribute(call.placed, 'to') ?? '';
  const type = (Type as Record<string, Type | string>)[name];
  if (typeof type === 'number') return type;
  throw nodeError(
    call,
    `it casts to ${quoted(name)}, and before operator set 6 that is the name of a type`,
    'export the model again',
  );
}

/** The number after an ONNX Cast; NaN where it cannot be cast. */
function castNumber(value: number, to: Type): number {
  if (to === Type.DOUBLE) return value;
  if (to === Type.FLOAT) return Math.fround(value);
  if (to === Type.FLOAT16) return roundToFloat(value, 10, -14, 65504);
  if (to === Type.BFLOAT16) return roundToFloat(value, 7, -126, 255 * 2 ** 120);
  if (to === Type.BOOL) return value === 0 ? 0 : 1;
  const [least, most] = integerRange(to);
  const whole = Math.trunc(value);
  return whole >= least && whole <= most ? whole : Number.NaN;
}

/** Nearest number with `fractionBits` bits after the leading one, ties to even. */
export function roundToFloat(
  value: number,
  fractionBits: number,
  leastExponent: number,
  largest: number,
): number {
  if (value === 0) return value;
  // Math.log2 may be off by one next to a power of two; the loops correct it.
  let exponent = Math.floor(Math.log2(Math.abs(value)));
  while (2 ** exponent > Math.abs(value)) exponent--;
  while (2 ** (exponent + 1) <= Math.abs(value)) exponent++;
  const unit = 2 ** (Math.max(exponent, leastExponent) - fractionBits);
  const quotient = value / unit;
  const below = Math.floor(quotient);
  const rest = quotient - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const result = (up ? below + 1 : below) * unit;
  return Math.abs(result) > largest ? Number.NaN : result;
}

export const REARRANGING: ReadonlyMap<string, Operator> = new Map([
  ['Identity', identity],
  ['Dropout', dropout],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Transpose', transpose],
  ['Cast', cast],
]);
