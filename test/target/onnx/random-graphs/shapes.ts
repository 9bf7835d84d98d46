/** Random steps that compute a shape from a value's own, and constants of such shapes. */
import { floats } from '../../onnx-writer.js';
import { fits, type GraphBuilder, type Step, size } from './builder.js';

/** The integer as a list of one. */
function listed(graph: GraphBuilder, scalar: string): string {
  return graph.opset < 13
    ? graph.emit('Unsqueeze', [scalar], { axes: [0n] })[0]
    : graph.emit('Unsqueeze', [scalar, graph.list([0])])[0];
}

/** What PyTorch writes for `x.view(x.size(0), -1)`. */
const batchKept: Step = (graph, value) => {
  const [shape] = graph.emit('Shape', [value.name]);
  const [first] = graph.emit('Gather', [shape, graph.scalar(0)], graph.optional('axis', 0n, 0n));
  const parts = [listed(graph, first), graph.list([-1])];
  const [wanted] = graph.emit('Concat', parts, { axis: 0n });
  const dims = [value.dims[0], size(value.dims.slice(1))];
  graph.keep(graph.emit('Reshape', [value.name, wanted])[0], dims, value.places, value.bound);
  return true;
};

/** Some of the dimensions kept, by a part of the shape, and the rest as one. */
const partKept: Step = (graph, value) => {
  const rank = value.dims.length;
  const start = graph.random(rank + 1);
  const end = start + graph.random(rank + 1 - start);
  const part = value.dims.slice(start, end);
  const from = (place: number): number => (graph.chance(40) && place < rank ? place - rank : place);
  const parts: string[] = [];
  if (graph.opset >= 15) {
    const [shape] = graph.emit('Shape', [value.name], {
      ...graph.optional('start', BigInt(start === 0 && graph.chance(20) ? -9 : from(start)), 0n),
      ...((end < rank || graph.chance(50)) && { end: BigInt(end === rank ? 9 : from(end)) }),
    });
    parts.push(shape);
  } else {
    if (part.length === 0) return false;
    const [shape] = graph.emit('Shape', [value.name]);
    const [cut] =
      graph.opset < 10
        ? graph.emit('Slice', [shape], { starts: [BigInt(start)], ends: [BigInt(end)] })
        : graph.emit('Slice', [shape, graph.list([start]), graph.list([end])]);
    parts.push(cut);
  }
  parts.push(graph.list([-1]));
  const [wanted] = graph.emit('Concat', parts, { axis: graph.axis(0, 1, 4) });
  const dims = [...part, size(value.dims) / size(part)];
  graph.keep(graph.emit('Reshape', [value.name, wanted])[0], dims, value.places, value.bound);
  return true;
};

/** Two dimensions, the second from the number of entries. */
const sizeDivided: Step = (graph, value) => {
  const entries = size(value.dims);
  const first = graph.pick([1, 2, 3].filter((factor) => entries % factor === 0));
  const [count] =
    first === 2
      ? graph.emit('ReduceProd', graph.emit('Shape', [value.name]), { keepdims: 0n })
      : graph.emit('Size', [value.name]);
  const [second] = graph.emit('Div', [count, graph.scalar(first)]);
  const [wanted] = graph.emit('Concat', [graph.list([first]), listed(graph, second)], { axis: 0n });
  const output = graph.emit('Reshape', [value.name, wanted]);
  graph.keep(output[0], [first, entries / first], value.places, value.bound);
  return true;
};

/** A constant of the value's shape, added; without a number it is one of zeros. */
const filled: Step = (graph, value) => {
  if (graph.opset < 9 || !fits(value.bound + 2, Math.max(1, value.places))) return false;
  const tensor = floats('', [1], [graph.pick([1, -0.5])]);
  const [shape] = graph.emit('Shape', [value.name]);
  const [constant] = graph.emit('ConstantOfShape', [shape], {
    ...(graph.chance(70) && { value: { tensor } }),
  });
  const output = graph.emit('Add', [value.name, constant]);
  graph.keep(output[0], value.dims, Math.max(1, value.places), value.bound + 1);
  return true;
};

export const SHAPES: readonly Step[] = [batchKept, partKept, sizeDivided, filled];
