/** Random steps that reshape, select, repeat and join. */
import { type AttributeValue, floats, integers } from '../../onnx-writer.js';
import { fits, type GraphBuilder, MOST_ENTRIES, type Step, size, type Value } from './builder.js';

const flatten: Step = (graph, value) => {
  const rank = value.dims.length;
  const axis = graph.random(rank + 1);
  const attribute = axis < rank ? graph.axis(axis, rank) : BigInt(axis);
  const output = graph.emit('Flatten', [value.name], { axis: attribute });
  const dims = [size(value.dims.slice(0, axis)), size(value.dims.slice(axis))];
  graph.keep(output[0], dims, value.places, value.bound);
  return true;
};

/** Factors of a number as a shape. */
function factors(graph: GraphBuilder, count: number): number[] {
  const dims: number[] = [];
  let rest = count;
  for (let factor = 2; rest > 1; factor++) {
    while (rest % factor === 0) {
      if (dims.length > 0 && graph.chance(50)) dims[dims.length - 1] *= factor;
      else dims.push(factor);
      rest /= factor;
    }
  }
  if (dims.length === 0 || graph.chance(50)) dims.unshift(1);
  return dims;
}

const reshape: Step = (graph, value) => {
  const dims = factors(graph, size(value.dims));
  const wanted = [...dims];
  if (wanted[0] === value.dims[0] && graph.chance(50)) wanted[0] = 0;
  if (graph.chance(40)) wanted[graph.random(wanted.length)] = -1;
  graph.keep(
    graph.emit('Reshape', [value.name, graph.list(wanted)])[0],
    dims,
    value.places,
    value.bound,
  );
  return true;
};

/** What PyTorch writes for `x.view(x.size(0), -1)`. */
const computedReshape: Step = (graph, value) => {
  const [shape] = graph.emit('Shape', [value.name]);
  const scalar = { name: graph.name(), dims: [], dataType: 7, int64Data: [0n] };
  graph.initializers.push(scalar);
  const [first] = graph.emit('Gather', [shape, scalar.name], { axis: 0n });
  const [one] =
    graph.opset < 13
      ? graph.emit('Unsqueeze', [first], { axes: [0n] })
      : graph.emit('Unsqueeze', [first, graph.list([0])]);
  const [wanted] = graph.emit('Concat', [one, graph.list([-1])], { axis: 0n });
  const dims = [value.dims[0], size(value.dims.slice(1))];
  graph.keep(graph.emit('Reshape', [value.name, wanted])[0], dims, value.places, value.bound);
  return true;
};

function withAxes(
  graph: GraphBuilder,
  opType: string,
  value: Value,
  axes: readonly number[],
  rank: number,
): string {
  const given = axes.map((axis) => graph.axis(axis, rank));
  return graph.opset < 13
    ? graph.emit(opType, [value.name], { axes: given })[0]
    : graph.emit(opType, [value.name, graph.list(given.map(Number))])[0];
}

const squeeze: Step = (graph, value) => {
  const ones = value.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  if (ones.length === 0 || value.dims.length < 2) return false;
  const axes = ones.filter(() => graph.chance(60)).slice(0, value.dims.length - 1);
  if (axes.length === 0) return false;
  const dims = value.dims.filter((_, axis) => !axes.includes(axis));
  graph.keep(
    withAxes(graph, 'Squeeze', value, axes, value.dims.length),
    dims,
    value.places,
    value.bound,
  );
  return true;
};

const unsqueeze: Step = (graph, value) => {
  if (value.dims.length > 3) return false;
  const rank = value.dims.length + 1;
  const axis = graph.random(rank);
  const dims = [...value.dims.slice(0, axis), 1, ...value.dims.slice(axis)];
  graph.keep(withAxes(graph, 'Unsqueeze', value, [axis], rank), dims, value.places, value.bound);
  return true;
};

const transpose: Step = (graph, value) => {
  const order = value.dims.map((_, axis) => axis);
  for (let k = order.length - 1; k > 0; k--) {
    const j = graph.random(k + 1);
    [order[k], order[j]] = [order[j], order[k]];
  }
  const given = graph.chance(80);
  const perm = given ? order : [...value.dims.keys()].reverse();
  const output = graph.emit('Transpose', [value.name], given ? { perm: perm.map(BigInt) } : {});
  graph.keep(
    output[0],
    perm.map((axis) => value.dims[axis]),
    value.places,
    value.bound,
  );
  return true;
};

const dropout: Step = (graph, value) => {
  const output = graph.emit('Dropout', [value.name]);
  graph.keep(output[0], value.dims, value.places, value.bound);
  return true;
};

const slice: Step = (graph, value) => {
  const axis = graph.random(value.dims.length);
  const length = value.dims[axis];
  const start = graph.random(length);
  const count = 1 + graph.random(length - start);
  const backwards = graph.opset >= 10 && graph.chance(30);
  const step = graph.opset >= 10 && graph.chance(30) ? 2 : 1;
  const last = start + count - 1;
  const ends = backwards
    ? [start + length === length ? -(2 ** 31) : start - 1]
    : [start + count === length && graph.chance(50) ? 2 ** 31 : start + count];
  const starts = [backwards ? last : graph.chance(30) ? start - length : start];
  const steps = [backwards ? -step : step];
  const dims = value.dims.map((dim, at) => (at === axis ? Math.ceil(count / step) : dim));
  const axes = [graph.opset >= 10 ? Number(graph.axis(axis, value.dims.length)) : axis];
  const output =
    graph.opset < 10
      ? graph.emit('Slice', [value.name], {
          starts: starts.map(BigInt),
          ends: ends.map(BigInt),
          axes: axes.map(BigInt),
        })
      : graph.emit('Slice', [
          value.name,
          ...[starts, ends, axes, steps].map((list) => graph.list(list)),
        ]);
  graph.keep(output[0], dims, value.places, value.bound);
  return true;
};

const gather: Step = (graph, value) => {
  const axis = graph.random(value.dims.length);
  const length = value.dims[axis];
  const scalar = value.dims.length > 1 && graph.chance(30);
  const indices = Array.from({ length: scalar ? 1 : 1 + graph.random(4) }, () => {
    const index = graph.random(length);
    return graph.negativeAxes() ? index - length : index;
  });
  const tensor = { ...integers(graph.name(), indices), ...(scalar && { dims: [] }) };
  graph.initializers.push(tensor);
  const kept = scalar ? [] : [indices.length];
  const dims = [...value.dims.slice(0, axis), ...kept, ...value.dims.slice(axis + 1)];
  if (size(dims) > MOST_ENTRIES) return false;
  const output = graph.emit('Gather', [value.name, tensor.name as string], {
    axis: graph.axis(axis, value.dims.length),
  });
  graph.keep(output[0], dims, value.places, value.bound);
  return true;
};

const concat: Step = (graph, value) => {
  const rank = value.dims.length;
  const axis = graph.random(rank);
  const others = graph.values.filter(
    ({ dims }) =>
      dims.length === rank && dims.every((dim, at) => at === axis || dim === value.dims[at]),
  );
  const parts = [value, graph.pick(others)];
  const dims = [...value.dims];
  dims[axis] = parts.reduce((sum, part) => sum + part.dims[axis], 0);
  const names = parts.map(({ name }) => name);
  if (graph.chance(30)) {
    names.push(graph.constant(value.dims));
    dims[axis] += value.dims[axis];
  }
  if (size(dims) > MOST_ENTRIES) return false;
  if (graph.chance(50)) names.reverse();
  const output = graph.emit('Concat', names, { axis: graph.axis(axis, rank) });
  const places = Math.max(1, ...parts.map((part) => part.places));
  const bound = Math.max(2, ...parts.map((part) => part.bound));
  if (!fits(bound, places)) return false;
  graph.keep(output[0], dims, places, bound);
  return true;
};

const split: Step = (graph, value) => {
  const axis = graph.random(value.dims.length);
  const length = value.dims[axis];
  if (length < 2) return false;
  const cut = 1 + graph.random(length - 1);
  let sizes = [cut, length - cut];
  const attributes: Record<string, AttributeValue> = {
    axis: graph.axis(axis, value.dims.length),
  };
  const inputs = [value.name];
  const equal = graph.chance(40) && (length % 2 === 0 || graph.opset >= 18);
  if (equal) {
    sizes = [Math.ceil(length / 2), Math.floor(length / 2)];
    if (graph.opset >= 18) attributes.num_outputs = 2n;
  } else if (graph.opset < 13) attributes.split = sizes.map(BigInt);
  else inputs.push(graph.list(sizes));
  const outputs = graph.emit('Split', inputs, attributes, 2);
  outputs.forEach((name, index) => {
    const dims = value.dims.map((dim, at) => (at === axis ? sizes[index] : dim));
    graph.keep(name, dims, value.places, value.bound);
  });
  return true;
};

const expand: Step = (graph, value) => {
  if (graph.opset < 8) return false;
  const dims = value.dims.map((dim) => (dim === 1 && graph.chance(40) ? 2 : dim));
  const shape = dims.map((dim, axis) => (value.dims[axis] !== 1 && graph.chance(30) ? 1 : dim));
  if (size(dims) > MOST_ENTRIES) return false;
  const output = graph.emit('Expand', [value.name, graph.list(shape)]);
  graph.keep(output[0], dims, value.places, value.bound);
  return true;
};

const tile: Step = (graph, value) => {
  const repeats = value.dims.map(() => (graph.chance(30) ? 2 : 1));
  const dims = value.dims.map((dim, axis) => dim * repeats[axis]);
  if (size(dims) > MOST_ENTRIES) return false;
  const output = graph.emit('Tile', [value.name, graph.list(repeats)]);
  graph.keep(output[0], dims, value.places, value.bound);
  return true;
};

const filled: Step = (graph, value) => {
  if (graph.opset < 9 || !fits(value.bound + 2, Math.max(1, value.places))) return false;
  const tensor = floats('', [1], [graph.pick([1, -0.5])]);
  const [shape] = graph.emit('Shape', [value.name]);
  const [constant] = graph.emit('ConstantOfShape', [shape], { value: { tensor } });
  const output = graph.emit('Add', [value.name, constant]);
  graph.keep(output[0], value.dims, Math.max(1, value.places), value.bound + 1);
  return true;
};

const cast: Step = (graph, value) => {
  const output = graph.emit('Cast', [value.name], { to: 1n });
  graph.keep(output[0], value.dims, value.places, value.bound);
  return true;
};

export const MOVING: readonly Step[] = [
  flatten,
  reshape,
  computedReshape,
  squeeze,
  unsqueeze,
  transpose,
  dropout,
  slice,
  gather,
  concat,
  split,
  expand,
  tile,
  filled,
  cast,
];
