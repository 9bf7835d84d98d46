/**
 * QuantizeLinear and DequantizeLinear on constants: integer weights with scales, by tensor, by axis (operator
 * set 13) and by block (21). Dequantising is exact; quantising rounds as float32 runtimes do.
 */
import { exactBuilder, storeProduct } from '../exact-array.js';
import { changeOfProduct } from '../rounding.js';
import { integerAttribute } from './attributes.js';
import { constantOf, exactOf, gatherConstant, integerRange } from './constants.js';
import { TensorProto_DataType as Type } from './onnx_pb.js';
import {
  nodeError,
  type Operator,
  type OperatorCall,
  required,
  requiredConstant,
  spend,
} from './operator.js';
import { broadcastIndices, formatShape, resolveAxis, ShapeError, sizeOf } from './shape.js';
import { isFloatType, type OnnxTensor, typeName } from './tensor.js';

function constantInput(call: OperatorCall): OnnxTensor {
  const value = required(call, 0);
  if (value.kind === 'constant') return value;
  throw nodeError(
    call,
    "it rounds values that depend on the network's input, which is not piecewise linear",
    'export the model with float values between the layers; its weights may stay quantised',
  );
}

/** The scale, or zero point, of every entry of a constant of shape `dims`. */
function spread(
  call: OperatorCall,
  tensor: OnnxTensor,
  dims: readonly number[],
  what: string,
): OnnxTensor {
  const size = sizeOf(dims);
  spend(call, 40 * size, 2 * size);
  const misfit = (): ShapeError =>
    new ShapeError(
      `its ${what} of shape ${formatShape(tensor.dims)} does not fit ${formatShape(dims)}`,
    );
  const of = (shape: readonly number[]): OnnxTensor =>
    gatherConstant(tensor, broadcastIndices(shape, dims), dims);
  const block = integerAttribute(call.placed, 'block_size', 0);
  if (tensor.values.length === 1 && block === 0) return of([]);
  if (call.opset < 13) throw misfit();
  const axis = resolveAxis(integerAttribute(call.placed, 'axis', 1), dims.length);
  if (block === 0) {
    if (tensor.dims.length !== 1 || tensor.values.length !== dims[axis]) throw misfit();
    return of([dims[axis], ...dims.slice(axis + 1).map(() => 1)]);
  }
  const fits =
    tensor.dims.length === dims.length &&
    block > 0 &&
    tensor.dims.every((size_, at) =>
      at === axis ? size_ === Math.ceil(dims[axis] / block) : size_ === dims[at],
    );
  if (!fits) throw misfit();
  const inner = sizeOf(dims.slice(axis + 1));
  const indices = Int32Array.from({ length: size }, (_, k) => {
    const outer = Math.floor(k / (inner * dims[axis]));
    const along = Math.floor(k / inner) % dims[axis];
    return (outer * tensor.dims[axis] + Math.floor(along / block)) * inner + (k % inner);
  });
  return gatherConstant(tensor, indices, dims);
}

/** The zero point, if there is one: of the scale's shape, or both a single number. */
function zeroPoint(call: OperatorCall, scale: OnnxTensor): OnnxTensor | undefined {
  if (call.inputs[2] === undefined) return undefined;
  const zero = requiredConstant(call, 2, 'zero point');
  const single = zero.values.length === 1 && scale.values.length === 1;
  if (!single && formatShape(zero.dims) !== formatShape(scale.dims)) {
    throw new ShapeError(
      `its zero point of shape ${formatShape(zero.dims)} does not fit its scale of shape ${formatShape(scale.dims)}`,
    );
  }
  return zero;
}

/** Integers of 16 bits came with operator set 21. */
function refuseUnlessQuantised(call: OperatorCall, type: Type, wide: boolean): void {
  const bits = TYPE_BITS.get(type) ?? 0;
  if (bits === 8 || (bits === 16 && call.opset >= 21) || (wide && bits === 32)) return;
  throw nodeError(
    call,
    `it has ${typeName(type)}, which it does not take in operator set ${call.opset}`,
    'use integers of 8 bits, or from operator set 21 on of 16',
  );
}

const TYPE_BITS: ReadonlyMap<Type, number> = new Map([
  [Type.INT8, 8],
  [Type.UINT8, 8],
  [Type.INT16, 16],
  [Type.UINT16, 16],
  [Type.INT32, 32],
]);

const dequantize: Operator = (call) => {
  const value = constantInput(call);
  const { dims } = value;
  const scale = requiredConstant(call, 1, 'scale');
  const given = zeroPoint(call, scale);
  if (given !== undefined && given.type !== value.type) {
    throw nodeError(
      call,
      `its zero point is ${typeName(given.type)} and its values ${typeName(value.type)}`,
      'use one type',
    );
  }
  const wanted = integerAttribute(call.placed, 'output_dtype', 0) as Type;
  const type = wanted === Type.UNDEFINED ? scale.type : wanted;
  if (isFloatType(value.type) || !isFloatType(type)) {
    throw nodeError(
      call,
      `it makes ${typeName(type)} of ${typeName(value.type)}`,
      'dequantise integers to floats',
    );
  }
  refuseUnlessQuantised(call, value.type, true);
  if (value.type === Type.INT32 && given?.values.some((entry) => entry !== 0)) {
    throw nodeError(call, 'it has a zero point of int32 that is not 0', 'use integers of 8 bits');
  }
  const scales = spread(call, scale, dims, 'scale');
  const zero = given && spread(call, given, dims, 'zero point');
  const size = sizeOf(dims);
  spend(call, 200 * size, 3 * size);
  const centred = value.values.map((entry, k) => entry - (zero?.values[k] ?? 0));
  const product = exactBuilder(size);
  const integers = { values: centred, exact: new Map() };
  for (let k = 0; k < size; k++) storeProduct(product, k, integers, k, exactOf(scales), k);
  const change = scale.change === undefined ? 0 : changeOfProduct(scale.change);
  return constantOf(type, dims, product, change);
};

const quantize: Operator = (call) => {
  const value = constantInput(call);
  const { dims } = value;
  const scale = requiredConstant(call, 1, 'scale');
  if (value.type !== Type.FLOAT || scale.type !== Type.FLOAT || value.exact || scale.exact) {
    throw nodeError(call, 'it quantises what is no plain float', 'export the model in float32');
  }
  const zero = zeroPoint(call, scale);
  const wanted = integerAttribute(call.placed, 'output_dtype', 0);
  const type = zero?.type ?? (wanted === 0 ? Type.UINT8 : (wanted as Type));
  if (wanted !== 0 && wanted !== type) {
    throw nodeError(
      call,
      `its zero point is ${typeName(type)} and its output_dtype ${typeName(wanted)}`,
      'use one type',
    );
  }
  const precision = integerAttribute(call.placed, 'precision', 0) as Type;
  if (precision !== Type.UNDEFINED && precision !== Type.FLOAT) {
    throw nodeError(call, `it divides in ${typeName(precision)}`, 'use float32');
  }
  refuseUnlessQuantised(call, type, false);
  const [least, most] = integerRange(type);
  const scales = spread(call, scale, dims, 'scale');
  const zeros = zero && spread(call, zero, dims, 'zero point');
  const values = value.values.map((entry, k) => {
    const quotient = roundToEven(Math.fround(entry / scales.values[k]));
    return Math.min(Math.max(quotient + (zeros?.values[k] ?? 0), least), most);
  });
  if (!values.every(Number.isFinite)) throw nodeError(call, 'a scale is 0', 'correct its scales');
  return constantOf(type, dims, { values, exact: new Map() });
};

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

export const QUANTISED: ReadonlyMap<string, Operator> = new Map([
  ['DequantizeLinear', dequantize],
  ['QuantizeLinear', quantize],
]);
