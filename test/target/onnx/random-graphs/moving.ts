/** Random steps that reshape, select, repeat and join. */
import { type AttributeValue, integers } from '../../onnx-writer.js';
import { fits, type GraphBuilder, MOST_ENTRIES, type Step, size, type Value } from './builder.js';

const flatten: Step = (graph, value) => {
  const rank = value.dims.length;
  const axis = graph.random(rank + 1);
  const attribute = axis < rank ? graph.axis(axis, rank) : BigInt(axis);
  const output = graph.emit('Flatten', [value.name], graph.optional('axis', attribute, 1n));
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
  const kept = graph.opset >= 14 && !wanted.includes(0) && graph.chance(20);
  const output = graph.emit('Reshape', [value.name, graph.list(wanted)], {
    ...(kept && { allowzero: 1n }),
  });
  graph.keep(output[0], dims, value.places, value.bound);
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
  if (ones.length < value.dims.length && graph.chance(20)) {
    const rest = value.dims.filter((dim) => dim !== 1);
    graph.keep(graph.emit('Squeeze', [value.name])[0], rest, value.places, value.bound);
    return true;
  }
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
  const count = value.dims.length < 3 && graph.chance(30) ? 2 : 1;
  const rank = value.dims.length + count;
  const axes = [graph.random(rank)];
  if (count === 2) axes.push((axes[0] + 1 + graph.random(rank - 1)) % rank);
  const rest = [...value.dims];
  const dims = Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis) ? 1 : (rest.shift() as number),
  );
  graph.keep(withAxes(graph, 'Unsqueeze', value, axes, rank), dims, value.places, value.bound);
  return true;
};

const transpose: Step = (graph, value) => {
  const order = graph.shuffled([...value.dims.keys()]);
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
  const inputs = [value.name];
  const attributes: Record<string, AttributeValue> = {};
  if (graph.opset < 12) {
    if (graph.chance(50)) attributes.ratio = 0.25;
  } else {
    if (graph.chance(30)) attributes.seed = 7n;
    if (graph.chance(60)) inputs.push(graph.chance(50) ? '' : graph.constant([], [0.25]));
    const off = { name: graph.name(), dims: [], dataType: 9, int32Data: [0] };
    if (inputs.length === 2 && (inputs[1] === '' || graph.chance(50))) {
      inputs.push(graph.stored(off));
    }
  }
  const output = graph.emit('Dropout', inputs, attributes);
  graph.keep(output[0], value.dims, value.places, value.bound);
  return true;
};

/** Part of a dimension: where it starts and ends, and by which step. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly count: number;
}

function partOf(graph: GraphBuilder, length: number): Part {
  const start = graph.random(length);
  const count = 1 + graph.random(length - start);
  const backwards = graph.opset >= 10 && graph.chance(30);
  const step = graph.opset >= 10 && graph.chance(30) ? 2 : 1;
  const kept = Math.ceil(count / step);
  if (backwards) {
    const end = start === 0 ? -(2 ** 31) : start - 1;
    return { start: start + count - 1, end, step: -step, count: kept };
  }
  const end = start + count === length && graph.chance(50) ? 2 ** 31 : start + count;
  return { start: graph.chance(30) ? start - length : start, end, step, count: kept };
}

const slice: Step = (graph, value) => {
  const rank = value.dims.length;
  const order = graph.shuffled([...value.dims.keys()]);
  const chosen = order.slice(0, 1 + graph.random(Math.min(rank, 2)));
  // Where they are the first ones, in order, the axes may be left out.
  const axes = graph.chance(25) ? [...chosen.keys()] : chosen;
  const parts = axes.map((axis) => partOf(graph, value.dims[axis]));
  const dims = value.dims.map((dim, at) => parts[axes.indexOf(at)]?.count ?? dim);
  const plain = axes.every((axis, index) => axis === index) && graph.chance(60);
  const starts = parts.map(({ start }) => start);
  const ends = parts.map(({ end }) => end);
  if (graph.opset < 10) {
    const output = graph.emit('Slice', [value.name], {
      starts: starts.map(BigInt),
      ends: ends.map(BigInt),
      ...(!plain && { axes: axes.map(BigInt) }),
    });
    graph.keep(output[0], dims, value.places, value.bound);
    return true;
  }
  const inputs = [value.name, graph.list(starts), graph.list(ends)];
  const given = axes.map((axis) => Number(graph.axis(axis, rank, 10)));
  inputs.push(plain ? '' : graph.list(given));
  const steps = parts.map(({ step }) => step);
  if (steps.some((step) => step !== 1) || graph.chance(50)) inputs.push(graph.list(steps));
  while (inputs.at(-1) === '') inputs.pop();
  graph.keep(graph.emit('Slice', inputs)[0], dims, value.places, value.bound);
  return true;
};

const gather: Step = (graph, value) => {
  const rank = value.dims.length;
  const axis = graph.random(rank);
  const length = value.dims[axis];
  const shape = graph.pick(rank > 1 ? [[], [1], [3], [4], [2, 2]] : [[1], [3], [4], [2, 2]]);
  const indices = Array.from({ length: size(shape) }, () => {
    const index = graph.random(length);
    return graph.negativeAxes() ? index - length : index;
  });
  const tensor = { ...integers(graph.name(), indices), dims: shape.map(BigInt) };
  const dims = [...value.dims.slice(0, axis), ...shape, ...value.dims.slice(axis + 1)];
  if (size(dims) > MOST_ENTRIES || dims.length > 5) return false;
  const output = graph.emit(
    'Gather',
    [value.name, graph.stored(tensor)],
    graph.optional('axis', graph.axis(axis, rank, 1), 0n),
  );
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
  const output = graph.emit('Concat', names, { axis: graph.axis(axis, rank, 4) });
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
    ...graph.optional('axis', graph.axis(axis, value.dims.length, 2), 0n),
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
  if (graph.chance(20) && dims.length < 4) {
    // More dimensions than the value has, or fewer.
    dims.unshift(1 + graph.random(2));
    shape.unshift(dims[0]);
  } else {
    const kept = dims.findIndex((dim, axis) => dim !== value.dims[axis]);
    shape.splice(0, graph.random(1 + (kept < 0 ? shape.length - 1 : kept)));
  }
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

const cast: Step = (graph, value) => {
  const output = graph.emit('Cast', [value.name], { to: 1n });
  graph.keep(output[0], value.dims, value.places, value.bound);
  return true;
};

export const MOVING: readonly Step[] = [
  flatten,
  reshape,
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
  cast,
];
