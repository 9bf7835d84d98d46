/**
 * Operators that select, repeat and join entries, on constants and on signals: Slice, Gather, Split, Concat,
 * Expand and Tile; and the shapes that graphs compute with them: Shape, Size and ConstantOfShape.
 */
import { stackMaps } from '../affine.js';
import { exactArray } from '../exact-array.js';
import {
  attributeOf,
  endsAttribute,
  integerAttribute,
  integersAttribute,
  tensorAttribute,
} from './attributes.js';
import {
  broadcastValue,
  constantOf,
  exactOf,
  gatherValue,
  joinConstants,
  refuseMixedTypes,
} from './constants.js';
import { TensorProto_DataType as Type } from './onnx_pb.js';
import {
  allInputs,
  axisIn,
  chargeTo,
  integerList,
  negativeBefore11,
  nodeError,
  type Operator,
  type OperatorCall,
  required,
  requiredConstant,
  spend,
  spendOnMap,
  type Value,
} from './operator.js';
import {
  broadcastShape,
  formatInteger,
  formatShape,
  gatherAlong,
  type Range,
  resolveAxis,
  ShapeError,
  sizeOf,
  sliceIndices,
  sliceRange,
} from './shape.js';
import { aligned, constantSignal, type Signal } from './signal.js';
import type { OnnxTensor } from './tensor.js';

/** Integers of a Slice: attributes up to operator set 9, inputs from 10 on; infinite ones are allowed. */
function sliceList(call: OperatorCall, index: number, name: string): readonly number[] | undefined {
  if (call.opset < 10) return endsAttribute(call.placed, name);
  if (call.inputs[index] === undefined) return undefined;
  const list = requiredConstant(call, index, name);
  const values = [...list.values];
  // Infinite ones are integers beyond 2^53.
  if (list.dims.length > 1 || !values.every((value) => Math.trunc(value) === value)) {
    throw new ShapeError(`its ${name} are no list of integers`);
  }
  return values;
}

/** What a Slice takes of each dimension of a value of shape `dims`. */
export function sliceRanges(call: OperatorCall, dims: readonly number[]): Range[] {
  const starts = sliceList(call, 1, 'starts') ?? [];
  const ends = sliceList(call, 2, 'ends') ?? [];
  const axes = sliceList(call, 3, 'axes') ?? starts.map((_, axis) => axis);
  const steps = sliceList(call, 4, 'steps') ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) {
    throw new ShapeError('its starts, ends, axes and steps are not equally many');
  }
  const ranges: Range[] = dims.map((size) => ({ start: 0, step: 1, count: size }));
  const seen = new Set<number>();
  axes.forEach((given, index) => {
    const axis = resolveAxis(given, dims.length);
    if (seen.has(axis)) throw new ShapeError(`axis ${formatInteger(given)} is given twice`);
    seen.add(axis);
    ranges[axis] = sliceRange(dims[axis], starts[index], ends[index], steps[index]);
  });
  return ranges;
}

const slice: Operator = (call) => {
  const value = required(call, 0);
  const ranges = sliceRanges(call, value.dims);
  const dims = ranges.map(({ count }) => count);
  refuseEmpty(value, dims);
  return gatherValue(call, value, dims, () => sliceIndices(value.dims, ranges));
};

/** Values without entries are for shapes only. */
function refuseEmpty(value: Value, dims: readonly number[]): void {
  if (value.kind === 'signal' && sizeOf(dims) === 0) {
    throw new ShapeError(`nothing is left of a value of shape ${formatShape(value.dims)}`);
  }
}

const gather: Operator = (call) => {
  const value = required(call, 0);
  const indices = requiredConstant(call, 1, 'indices');
  if (indices.infinite !== undefined) throw indices.infinite;
  const axis = resolveAxis(integerAttribute(call.placed, 'axis', 0), value.dims.length);
  const size = value.dims[axis];
  const negative = indices.values.find((index) => index < 0);
  if (call.opset < 11 && negative !== undefined) {
    throw negativeBefore11(call, `index ${formatInteger(negative)}`);
  }
  const positions = indices.values.map((index) => (index < 0 ? index + size : index));
  const wrong = positions.findIndex(
    (index) => !(Number.isInteger(index) && index >= 0 && index < size),
  );
  if (wrong >= 0) {
    throw new ShapeError(
      `its index ${formatInteger(indices.values[wrong])} is outside of dimension ${axis}, ${size}`,
    );
  }
  const dims = [...value.dims.slice(0, axis), ...indices.dims, ...value.dims.slice(axis + 1)];
  refuseEmpty(value, dims);
  return gatherValue(call, value, dims, () => gatherAlong(value.dims, axis, positions));
};

/**
 * Sizes of the parts: an attribute up to operator set 12, an input in 1 and from 13 on, or equal parts; from 18
 * on their number is an attribute and the last may be smaller.
 */
function partSizes(call: OperatorCall, size: number): readonly number[] {
  const { placed, opset } = call;
  const listed = integersAttribute(placed, 'split');
  const counted = attributeOf(placed, 'num_outputs') !== undefined;
  const given = call.inputs[1] !== undefined;
  if (given && (counted || listed !== undefined)) {
    throw nodeError(call, 'its parts are given twice', 'export the model again');
  }
  if (opset >= 18 && !given && !counted) {
    throw nodeError(
      call,
      `it has neither the input split nor the attribute num_outputs, one of which Split needs in operator set ${opset}`,
      'export the model again',
    );
  }
  const sizes = given ? integerList(call, requiredConstant(call, 1, 'split'), 'split') : listed;
  if (sizes !== undefined) {
    const sum = sizes.reduce((total, part) => total + part, 0);
    if (sizes.some((part) => part < 0) || sum !== size) {
      throw new ShapeError(`parts of ${sizes.join(', ')} do not make up a dimension of ${size}`);
    }
    return sizes;
  }
  const count = integerAttribute(placed, 'num_outputs', placed.node.output.length);
  const part = Math.ceil(size / count);
  const last = size - (count - 1) * part;
  const fits = last === part || (opset >= 18 && last >= 0);
  if (!(count >= 1) || count !== placed.node.output.length || !fits) {
    throw new ShapeError(`a dimension of ${size} does not split into ${count} equal parts`);
  }
  return Array.from({ length: count }, (_, index) => (index < count - 1 ? part : last));
}

const split: Operator = (call) => {
  const value = required(call, 0);
  if (call.opset < 2 && attributeOf(call.placed, 'axis') === undefined) {
    throw nodeError(
      call,
      'it has no axis, and operator set 1 does not say which one Split then takes',
      'export the model again',
    );
  }
  const axis = resolveAxis(integerAttribute(call.placed, 'axis', 0), value.dims.length);
  const sizes = partSizes(call, value.dims[axis]);
  if (sizes.length !== call.placed.node.output.length) {
    throw new ShapeError(
      `it has ${call.placed.node.output.length} outputs for ${sizes.length} parts`,
    );
  }
  let start = 0;
  return sizes.map((count) => {
    const ranges: Range[] = value.dims.map((size, index) =>
      index === axis ? { start, step: 1, count } : { start: 0, step: 1, count: size },
    );
    start += count;
    const dims = ranges.map((range) => range.count);
    refuseEmpty(value, dims);
    return gatherValue(call, value, dims, () => sliceIndices(value.dims, ranges));
  });
};

const concat: Operator = (call) => {
  const values = allInputs(call);
  refuseMixedTypes(call, values);
  const rank = values[0].dims.length;
  const axis = resolveAxis(integerAttribute(call.placed, 'axis', 1), rank);
  return concatenateValues(call, values, axis, rank);
};

/** Values side by side along an axis of their common rank. */
export function concatenateValues(
  call: OperatorCall,
  all: readonly Value[],
  givenAxis: number,
  rank: number,
): Value {
  const axis = resolveAxis(givenAxis, rank);
  const values = all.filter(({ dims }) => dims.length !== rank || dims[axis] !== 0);
  const rest = (dims: readonly number[]): string =>
    formatShape(dims.filter((_, at) => at !== axis));
  const [first] = values.length > 0 ? values : all;
  if (all.some(({ dims }) => dims.length !== rank || rest(dims) !== rest(first.dims))) {
    throw new ShapeError(
      `values of shape ${all.map(({ dims }) => formatShape(dims)).join(' and ')} do not fit side by side`,
    );
  }
  if (values.length <= 1) return first;
  const dims = first.dims.map((size, at) =>
    at === axis ? values.reduce((sum, value) => sum + value.dims[axis], 0) : size,
  );
  const size = sizeOf(dims);
  spend(call, 40 * size, 4 * size);
  const order = concatenation(
    values.map((value) => value.dims),
    axis,
  );
  const constants = values.filter((value) => value.kind === 'constant');
  if (constants.length === values.length) return joinConstants(constants, dims, order);
  const signals = values.filter((value) => value.kind === 'signal');
  const together = aligned(signals, chargeTo(call));
  let next = 0;
  const parts = values.map((value): Signal => {
    if (value.kind === 'signal') return together[next++];
    if (value.infinite !== undefined) throw value.infinite;
    return constantSignal(together[0], exactOf(value), value.dims, value.change);
  });
  for (const part of parts) {
    spendOnMap(call, part.map);
    spendOnMap(call, part.map);
  }
  const cutAt = signals.find((signal) => signal.cutAt !== undefined)?.cutAt;
  const joined: Signal = {
    ...parts[0],
    dims,
    map: stackMaps(parts.map(({ map }) => map)),
    ...(cutAt !== undefined && { cutAt }),
  };
  if (order.every((from, index) => from === index)) return joined;
  return gatherValue(call, joined, dims, () => order);
}

/** For each entry of the joined value, its number in the values one after another. */
function concatenation(shapes: readonly (readonly number[])[], axis: number): Int32Array {
  const [first] = shapes;
  const outer = sizeOf(first.slice(0, axis));
  const runs = shapes.map((dims) => sizeOf(dims.slice(axis)));
  const order = new Int32Array(outer * runs.reduce((sum, run) => sum + run, 0));
  let at = 0;
  for (let row = 0; row < outer; row++) {
    let start = 0;
    for (const run of runs) {
      for (let k = 0; k < run; k++) order[at++] = start + row * run + k;
      start += outer * run;
    }
  }
  return order;
}

/** A shape that is an input. */
function shapeInput(call: OperatorCall, index: number): number[] {
  const dims = integerList(call, requiredConstant(call, index, 'shape'), 'shape');
  if (dims.some((dim) => dim < 0)) {
    throw new ShapeError(`no value has the shape ${formatShape(dims)}`);
  }
  return dims;
}

const expand: Operator = (call) => {
  const value = required(call, 0);
  const shape = shapeInput(call, 1);
  const dims = broadcastShape(value.dims, shape);
  refuseEmpty(value, dims);
  return broadcastValue(call, value, dims);
};

/** Before operator set 6 a Tile repeats along one axis. */
function repeatsAlongAxis(call: OperatorCall, rank: number): number[] {
  const [tiles, axis] = ['tiles', 'axis'].map((name, index) => {
    const list = integerList(call, requiredConstant(call, index + 1, name), name);
    if (list.length !== 1) throw new ShapeError(`its ${name} is no number`);
    return list[0];
  });
  const along = axisIn(call, axis, rank);
  return Array.from({ length: rank }, (_, at) => (at === along ? tiles : 1));
}

const tile: Operator = (call) => {
  const value = required(call, 0);
  const repeats =
    call.opset < 6
      ? repeatsAlongAxis(call, value.dims.length)
      : integerList(call, requiredConstant(call, 1, 'repeats'), 'repeats');
  if (repeats.length !== value.dims.length || repeats.some((times) => times < 0)) {
    throw new ShapeError(
      `repeats of ${formatShape(repeats)} do not fit ${formatShape(value.dims)}`,
    );
  }
  const dims = value.dims.map((size, axis) => size * repeats[axis]);
  refuseEmpty(value, dims);
  return gatherValue(call, value, dims, () => {
    let indices = Int32Array.from({ length: sizeOf(value.dims) }, (_, index) => index);
    let shape = [...value.dims];
    repeats.forEach((times, axis) => {
      const size = shape[axis];
      const positions = Float64Array.from({ length: size * times }, (_, k) => k % size);
      const along = gatherAlong(shape, axis, positions);
      indices = along.map((from) => indices[from]);
      shape = shape.map((length, at) => (at === axis ? length * times : length));
    });
    return indices;
  });
};

function integerConstant(values: readonly number[], dims: readonly number[]): OnnxTensor {
  return constantOf(Type.INT64, dims, exactArray(Float64Array.from(values)));
}

/** From operator set 15 on a part of the shape, its ends clamped. */
const shapeOf: Operator = (call) => {
  const { dims } = required(call, 0);
  const rank = dims.length;
  const place = (name: string, absent: number): number => {
    const given = integerAttribute(call.placed, name, absent);
    return Math.min(Math.max(given < 0 ? given + rank : given, 0), rank);
  };
  const part = dims.slice(place('start', 0), place('end', rank));
  return integerConstant(part, [part.length]);
};

const size: Operator = (call) => integerConstant([sizeOf(required(call, 0).dims)], []);

/** Of a list that does not depend on the input, as of dimensions: the size of what is flattened. */
const reduceProd: Operator = (call) => {
  const list = integerList(call, requiredConstant(call, 0, 'data'), 'data');
  const axes =
    call.opset >= 18 && call.inputs[1] !== undefined
      ? integerList(call, requiredConstant(call, 1, 'axes'), 'axes')
      : (integersAttribute(call.placed, 'axes') ?? []);
  const without = integerAttribute(call.placed, 'noop_with_empty_axes', 0) !== 0;
  if (axes.some((axis) => axis !== 0 && axis !== -1) || (axes.length === 0 && without)) {
    throw new ShapeError(`a list has no axes ${formatShape(axes)}`);
  }
  const product = list.reduce((all, value) => all * value, 1);
  if (!Number.isSafeInteger(product)) throw new ShapeError(`its product is ${product}`);
  const keeps = integerAttribute(call.placed, 'keepdims', 1) !== 0;
  return integerConstant([product], keeps ? [1] : []);
};

const constantOfShape: Operator = (call) => {
  const dims = shapeInput(call, 0);
  const count = sizeOf(dims);
  spend(call, count, count);
  const value = tensorAttribute(call.placed, 'value', call.readExternal);
  if (value !== undefined && value.values.length !== 1)
    throw new ShapeError('its value is no number');
  const filled = exactArray(new Float64Array(count).fill(value?.values[0] ?? 0));
  return {
    ...constantOf(value?.type ?? Type.FLOAT, dims, filled),
    ...(value?.infinite && { infinite: value.infinite }),
  };
};

export const SELECTING: ReadonlyMap<string, Operator> = new Map([
  ['Slice', slice],
  ['Gather', gather],
  ['Split', split],
  ['Concat', concat],
  ['Expand', expand],
  ['Tile', tile],
  ['Shape', shapeOf],
  ['Size', size],
  ['ReduceProd', reduceProd],
  ['ConstantOfShape', constantOfShape],
]);
