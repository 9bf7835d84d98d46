/**
 * Relu, and what a layer or two of it make exactly: LeakyRelu, PRelu, Abs, Clip, Max and Min. With a
 * value s the neurons relu(s) and relu(-s) have both of its halves.
 */
import {
  composeMaps,
  identityMap,
  isSelection,
  scaleRows,
  shiftRows,
  stackMaps,
} from '../affine.js';
import { concatenateExact, type ExactArray, exactArray, negateExact } from '../exact-array.js';
import { boundAttribute, floatAttribute } from './attributes.js';
import { broadcastConstant, broadcastValue, exactOf, refuseMixedTypes } from './constants.js';
import { addValues, refuseShapesBefore8 } from './elementwise.js';
import {
  allInputs,
  chargeTo,
  nodeError,
  type Operator,
  type OperatorCall,
  required,
  requiredConstant,
  requiredSignal,
  spend,
  spendOnMap,
  type Value,
} from './operator.js';
import { broadcastShape, formatShape, ShapeError } from './shape.js';
import {
  aligned,
  constantSignal,
  differenceOfHalves,
  isRectified,
  negateMap,
  rectify,
  rectifyRows,
  refuseAfterCut,
  type Signal,
  withMap,
} from './signal.js';
import type { OnnxTensor } from './tensor.js';

const relu: Operator = (call) => {
  const value = required(call, 0);
  if (value.kind === 'constant') return mapConstant(call, value, (entry) => Math.max(entry, 0));
  const signal = requiredSignal(call, 0);
  spendOnMap(call, signal.map);
  return rectify(signal, chargeTo(call));
};

/** A constant through a function that only chooses or changes signs. */
function mapConstant(
  call: OperatorCall,
  tensor: OnnxTensor,
  change: (entry: number) => number,
): OnnxTensor {
  if (tensor.exact !== undefined || tensor.infinite !== undefined) {
    throw nodeError(
      call,
      'it computes with constants of many bits only',
      'export the model with constants folded',
    );
  }
  spend(call, 10 * tensor.values.length, tensor.values.length);
  return { ...tensor, values: tensor.values.map(change) };
}

/** `relu(s) - slope * relu(-s)`: the slope of the negative side, an entry per coordinate. */
function withSlope(call: OperatorCall, signal: Signal, slope: OnnxTensor): Signal {
  if (isRectified(signal)) return signal;
  const { map } = signal;
  const width = map.outputs;
  spendOnMap(call, map);
  spendOnMap(call, map);
  spend(call, 300 * width, 12 * width);
  const rows = stackMaps([map, negateMap(map)]);
  const ones = exactArray(new Float64Array(width).fill(1));
  const factors = concatenateExact([ones, exactOf(slope)]);
  const weighted = scaleRows(identityMap(2 * width), factors, slope.change);
  const after = composeMaps(differenceOfHalves(width), weighted);
  return rectifyRows(signal, rows, after, chargeTo(call));
}

const leakyRelu: Operator = (call) => {
  const slope = floatAttribute(call.placed, 'alpha', Math.fround(0.01));
  const signal = requiredSignal(call, 0);
  return withSlope(call, signal, filled(signal, slope));
};

function filled({ map }: Signal, value: number): OnnxTensor {
  const values = new Float64Array(map.outputs).fill(value);
  return { kind: 'constant', dims: [map.outputs], type: 1, values };
}

const pRelu: Operator = (call) => {
  const signal = requiredSignal(call, 0);
  const slope = requiredConstant(call, 1, 'slope');
  const dims = slopeDims(call, slope, signal.dims);
  return withSlope(call, signal, broadcastConstant(call, { ...slope, dims }, signal.dims));
};

/** Dimensions that broadcast a slope over a value of shape `shape`. */
export function slopeDims(
  call: OperatorCall,
  slope: OnnxTensor,
  shape: readonly number[],
): readonly number[] {
  // Before operator set 7 the slope was one number, or one for each channel (dimension 1).
  const legacy = call.opset < 7 && slope.values.length !== 1;
  if (legacy && (slope.dims.length !== 1 || slope.dims[0] !== shape[1])) {
    throw new ShapeError(
      `a slope of shape ${formatShape(slope.dims)} is neither one number nor one for each channel of ${formatShape(shape)}`,
    );
  }
  const dims = legacy ? [...slope.dims, ...shape.slice(2).map(() => 1)] : slope.dims;
  if (formatShape(broadcastShape(dims, shape)) !== formatShape(shape)) {
    throw new ShapeError(
      `a slope of shape ${formatShape(slope.dims)} does not fit a value of shape ${formatShape(shape)}`,
    );
  }
  return dims;
}

const absolute: Operator = (call) => {
  const value = required(call, 0);
  if (value.kind === 'constant') return mapConstant(call, value, Math.abs);
  const signal = requiredSignal(call, 0);
  return withSlope(call, signal, filled(signal, -1));
};

/** Numbers of float32 are all below; old Clips have these as their default bounds. */
const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** A bound of a Clip: an attribute up to operator set 10, an input from 11 on. */
function clipBound(call: OperatorCall, index: number, name: string, absent: number): number {
  if (call.opset < 11) return boundAttribute(call.placed, name, absent);
  if (call.inputs[index] === undefined) return absent;
  const bound = requiredConstant(call, index, name);
  if (bound.values.length !== 1 || bound.exact !== undefined) {
    throw new ShapeError(`its bound ${name} of shape ${formatShape(bound.dims)} is no number`);
  }
  return bound.values[0];
}

/** The bounds of a Clip; above its upper bound everything is that bound, even where it is the smaller one. */
export function clipBounds(call: OperatorCall) {
  const least = clipBound(call, 1, 'min', Number.NEGATIVE_INFINITY);
  const most = clipBound(call, 2, 'max', Number.POSITIVE_INFINITY);
  return {
    ...{ least, most },
    isConstant: least > most || least === LARGEST_FLOAT32,
    bindsBelow: least > -LARGEST_FLOAT32,
    bindsAbove: most < LARGEST_FLOAT32,
  };
}

const clip: Operator = (call) => {
  const { least, most, isConstant, bindsBelow: below, bindsAbove: above } = clipBounds(call);
  const value = required(call, 0);
  if (value.kind === 'constant') {
    return mapConstant(call, value, (entry) => Math.min(Math.max(entry, least), most));
  }
  let signal = requiredSignal(call, 0);
  const { dims } = signal;
  const width = signal.map.outputs;
  const constant = (bound: number): ExactArray => exactArray(new Float64Array(width).fill(bound));
  if (isConstant) {
    if (!Number.isFinite(most)) throw nodeError(call, `it clips to ${most}`, 'correct its bounds');
    spend(call, 20 * width, 2 * width);
    return constantSignal(signal, constant(most), dims);
  }
  spendOnMap(call, signal.map);
  spendOnMap(call, signal.map);
  spend(call, 200 * width, 10 * width);
  if (below && above && !(least === 0 && isRectified(signal))) {
    const { map } = signal;
    const rows = stackMaps([
      shiftRows(map, negateExact(constant(least))),
      shiftRows(map, negateExact(constant(most))),
    ]);
    const after = shiftRows(differenceOfHalves(width), constant(least));
    return rectifyRows(signal, rows, after, chargeTo(call));
  }
  if (below) signal = maximum(call, signal, constant(least));
  if (!above) return signal;
  const negated = withMap(signal, negateMap(signal.map), dims);
  const clipped = maximum(call, negated, negateExact(constant(most)));
  return withMap(clipped, negateMap(clipped.map), dims);
};

/** `max(s, c) = c + relu(s - c)`, with a constant for each coordinate. */
function maximum(call: OperatorCall, signal: Signal, bound: ExactArray, change = 0): Signal {
  spendOnMap(call, signal.map);
  const above = withMap(signal, shiftRows(signal.map, negateExact(bound), change), signal.dims);
  const rectified = rectify(above, chargeTo(call));
  return withMap(rectified, shiftRows(rectified.map, bound, change), signal.dims);
}

/** `max(x, y) = y + relu(x - y)`; the one that is easier to carry through the layer is y. */
function maximumOfSignals(call: OperatorCall, left: Signal, right: Signal): Signal {
  const charge = chargeTo(call);
  const [a, b] = aligned([left, right], charge);
  const [x, y] = isRectified(a) || (isSelection(a.map) && !isRectified(b)) ? [b, a] : [a, b];
  const minus = withMap(y, negateMap(y.map), y.dims);
  const excess = rectify(asSignal(addValues(call, x, minus)), charge);
  return asSignal(addValues(call, excess, y));
}

function asSignal(value: Value): Signal {
  if (value.kind === 'signal') return value;
  throw new RangeError('a sum with a signal is a signal');
}

/** Max, or Min as its mirror image, of any number of values. */
function extreme(sign: 1 | -1): Operator {
  return (call) => {
    const all = allInputs(call);
    refuseMixedTypes(call, all);
    // What is named several times is the same value.
    const values = [...new Set(all)];
    for (const value of values) {
      if (value.kind === 'signal') refuseAfterCut(value, call.placed.place);
    }
    refuseShapesBefore8(call, values);
    const dims = values.reduce<readonly number[]>(
      (shape, value) => broadcastShape(shape, value.dims),
      values[0].dims,
    );
    const spread = values.map((value) => broadcastValue(call, value, dims));
    const constants = spread.filter((value) => value.kind === 'constant');
    const signals = spread.filter((value) => value.kind === 'signal');
    const choose = sign === 1 ? Math.max : Math.min;
    const bound = constants.slice(1).reduce<OnnxTensor | undefined>(
      (most, tensor) =>
        most && {
          ...mapConstant(call, tensor, (entry) => entry),
          values: mapConstant(call, most, (entry) => entry).values.map((entry, k) =>
            choose(entry, tensor.values[k]),
          ),
          ...changeOfEither(most, tensor),
        },
      constants[0],
    );
    const [first, ...others] = signals;
    if (first === undefined) return bound as OnnxTensor;
    const flipped = (signal: Signal): Signal => {
      if (sign === 1) return signal;
      spendOnMap(call, signal.map);
      return withMap(signal, negateMap(signal.map), dims);
    };
    let most = others.reduce(
      (best, signal) => maximumOfSignals(call, best, flipped(signal)),
      flipped(first),
    );
    if (bound !== undefined) most = maximumWithBounds(call, most, bound, sign);
    return flipped(most);
  };
}

/** Bounds of relative changes keep signs, so the chosen one of two is off by no more than either. */
function changeOfEither(a: OnnxTensor, b: OnnxTensor): { readonly change?: number } {
  const change = Math.max(a.change ?? 0, b.change ?? 0);
  return change > 0 ? { change } : {};
}

/** Infinite bounds bind nothing, or everything. */
function maximumWithBounds(
  call: OperatorCall,
  signal: Signal,
  bound: OnnxTensor,
  sign: 1 | -1,
): Signal {
  const { change } = bound;
  if (bound.values.every((value) => value * sign <= -LARGEST_FLOAT32)) return signal;
  if (bound.infinite !== undefined) throw bound.infinite;
  const oriented = sign === 1 ? exactOf(bound) : negateExact(exactOf(bound));
  return maximum(call, signal, oriented, change);
}

export const PIECEWISE: ReadonlyMap<string, Operator> = new Map([
  ['Relu', relu],
  ['LeakyRelu', leakyRelu],
  ['PRelu', pRelu],
  ['Abs', absolute],
  ['Clip', clip],
  ['Max', extreme(1)],
  ['Min', extreme(-1)],
]);
