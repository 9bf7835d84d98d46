/** Random steps on feature maps: convolutions, pooling, pads, and turning between channels first and last. */
import type { AttributeValue } from '../../onnx-writer.js';
import { fits, type GraphBuilder, type Step, size, type Value } from './builder.js';

/** Most entries of a value that windows make. */
const MOST_MAP_ENTRIES = 400;

/** Kernel, strides, dilations and pads along one axis, and what they make of its length. */
interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly length: number;
}

type Attributes = Record<string, AttributeValue>;

interface Window {
  readonly axes: readonly Axis[];
  readonly attributes: Attributes;
  readonly padded: boolean;
}

const AUTO = ['VALID', 'SAME_UPPER', 'SAME_LOWER'] as const;

function planesOf({ dims }: Value): readonly number[] | undefined {
  return (dims.length === 3 || dims.length === 4) && dims[0] === 1 ? dims.slice(2) : undefined;
}

function drawAxis(
  graph: GraphBuilder,
  length: number,
  auto: string | undefined,
  pools: boolean,
  options: { readonly dilates: boolean; readonly ceils: boolean },
): Axis | undefined {
  const kernel = 1 + graph.random(Math.min(4, length + 1));
  const stride = graph.chance(60) ? 1 : 1 + graph.random(3);
  // The runtime takes no dilation beside SAME.
  const dilation = options.dilates && !auto?.startsWith('SAME') && graph.chance(25) ? 2 : 1;
  const reach = dilation * (kernel - 1) + 1;
  if (auto?.startsWith('SAME')) {
    const outputs = Math.ceil(length / stride);
    const all = Math.max(0, (outputs - 1) * stride + reach - length);
    const less = Math.floor(all / 2);
    const [before, after] = auto === 'SAME_UPPER' ? [less, all - less] : [all - less, less];
    return { kernel, stride, dilation, before, after, length: outputs };
  }
  const most = auto === undefined && graph.chance(50) ? (pools ? kernel - 1 : 2) : 0;
  const [before, after] = [graph.random(most + 1), graph.random(most + 1)];
  const rest = length + before + after - reach;
  if (rest < 0) return undefined;
  const whole = Math.floor(rest / stride) + 1;
  const another = options.ceils && rest % stride > 0 && whole * stride < length + before;
  return { kernel, stride, dilation, before, after, length: another ? whole + 1 : whole };
}

function drawWindow(
  graph: GraphBuilder,
  planes: readonly number[],
  pools: boolean,
  options: { readonly dilates: boolean; readonly ceils: boolean },
): Window | undefined {
  const auto = graph.chance(25) ? graph.pick(AUTO) : undefined;
  const axes = planes.map((length) => drawAxis(graph, length, auto, pools, options));
  if (!axes.every((axis) => axis !== undefined)) return undefined;
  const list = (of: (axis: Axis) => number): bigint[] => axes.map((axis) => BigInt(of(axis)));
  const left = (values: readonly bigint[], fallback: bigint): boolean =>
    values.every((value) => value === fallback) && graph.chance(60);
  const attributes: Attributes = { kernel_shape: list(({ kernel }) => kernel) };
  const strides = list(({ stride }) => stride);
  if (!left(strides, 1n)) attributes.strides = strides;
  const dilations = list(({ dilation }) => dilation);
  if (options.dilates && !left(dilations, 1n)) attributes.dilations = dilations;
  const pads = [...list(({ before }) => before), ...list(({ after }) => after)];
  const padded = pads.some((pad) => pad > 0n);
  if (auto !== undefined) attributes.auto_pad = auto;
  else if (!left(pads, 0n)) attributes.pads = pads;
  return { axes, attributes, padded };
}

const lengths = ({ axes }: Window): number[] => axes.map(({ length }) => length);
const taps = ({ axes }: Window): number => axes.reduce((area, { kernel }) => area * kernel, 1);

const conv: Step = (graph, value) => {
  const planes = planesOf(value);
  const window = planes && drawWindow(graph, planes, false, { dilates: true, ceils: false });
  if (window === undefined) return false;
  const [, inputs] = value.dims;
  const divisors = [1, inputs, 2, 3].filter((groups) => inputs % groups === 0);
  const groups = graph.chance(60) ? 1 : graph.pick(divisors);
  const channels = groups * (1 + graph.random(groups > 2 ? 2 : 3));
  const own = inputs / groups;
  const dims = [1, channels, ...lengths(window)];
  const bound = value.bound * own * taps(window) * 2 + 2;
  const places = value.places + 1;
  if (!fits(bound, places) || size(dims) > MOST_MAP_ENTRIES) return false;
  const weights = graph.constant([channels, own, ...window.axes.map(({ kernel }) => kernel)]);
  const { kernel_shape, ...rest } = window.attributes;
  const attributes: Attributes = {
    ...rest,
    ...(graph.chance(70) && { kernel_shape }),
    ...graph.optional('group', BigInt(groups), 1n),
  };
  const bias = graph.chance(60) ? [graph.constant([channels])] : [];
  graph.keep(
    graph.emit('Conv', [value.name, weights, ...bias], attributes)[0],
    dims,
    places,
    bound,
  );
  return true;
};

const maxPool: Step = (graph, value) => {
  const planes = planesOf(value);
  const ceils = graph.opset >= 10 && graph.chance(25);
  const dilates = graph.opset >= 10;
  const window = planes && drawWindow(graph, planes, true, { dilates, ceils });
  if (window === undefined) return false;
  // With both, runtimes do not agree on the length.
  if (ceils && 'auto_pad' in window.attributes) return false;
  const attributes: Attributes = {
    ...window.attributes,
    ...(ceils ? { ceil_mode: 1n } : {}),
    ...(graph.opset >= 8 && graph.chance(20) && { storage_order: 0n }),
  };
  const [, channels] = value.dims;
  const dims = [1, channels, ...lengths(window)];
  let source = value.name;
  // Mostly of values that are not negative, or before a Relu.
  const way = graph.random(5);
  if (way < 3) [source] = graph.emit('Relu', [source]);
  let [made] = graph.emit('MaxPool', [source], attributes);
  if (way === 3) [made] = graph.emit('Relu', [made]);
  graph.keep(made, dims, value.places, value.bound);
  return true;
};

/** Numbers of places that a divisor adds; undefined where it is no power of two. */
function placesOf(area: number): number | undefined {
  const places = Math.log2(area);
  return Number.isInteger(places) ? places : undefined;
}

const averagePool: Step = (graph, value) => {
  const planes = planesOf(value);
  const window =
    planes && drawWindow(graph, planes, true, { dilates: graph.opset >= 19, ceils: false });
  if (window === undefined || (window.padded && graph.opset < 7)) return false;
  const added = placesOf(taps(window));
  if (added === undefined || !fits(value.bound * 2 ** added, value.places + added)) return false;
  const attributes: Attributes = {
    ...window.attributes,
    ...(window.padded ? { count_include_pad: 1n } : {}),
    ...(!window.padded && graph.opset >= 7 && graph.chance(30) && { count_include_pad: 0n }),
  };
  const source = graph.chance(60) ? graph.emit('Relu', [value.name])[0] : value.name;
  const [made] = graph.emit('AveragePool', [source], attributes);
  graph.keep(made, [1, value.dims[1], ...lengths(window)], value.places + added, value.bound);
  return true;
};

const overAll =
  (opType: 'GlobalAveragePool' | 'GlobalMaxPool' | 'ReduceMean'): Step =>
  (graph, value) => {
    const planes = planesOf(value);
    const added = opType === 'GlobalMaxPool' ? 0 : placesOf(size(planes ?? [3]));
    if (planes === undefined || added === undefined) return false;
    const places = value.places + added;
    if (!fits(value.bound * 2 ** added, places)) return false;
    const [, channels] = value.dims;
    const ones = planes.map(() => 1);
    if (opType !== 'ReduceMean') {
      graph.keep(graph.emit(opType, [value.name])[0], [1, channels, ...ones], places, value.bound);
      return true;
    }
    const axes = planes.map((_, axis) => axis + 2);
    const given = graph.negativeAxes() ? axes.map((axis) => axis - value.dims.length) : axes;
    const keeps = graph.chance(50);
    const attributes: Attributes = {
      ...graph.optional('keepdims', keeps ? 1n : 0n, 1n),
      ...(graph.opset < 18 && { axes: given.map(BigInt) }),
    };
    const inputs = graph.opset < 18 ? [value.name] : [value.name, graph.list(given)];
    const dims = keeps ? [1, channels, ...ones] : [1, channels];
    graph.keep(graph.emit(opType, inputs, attributes)[0], dims, places, value.bound);
    return true;
  };

const pad: Step = (graph, value) => {
  const planes = planesOf(value);
  if (planes === undefined) return false;
  const rank = value.dims.length;
  const around = Array.from({ length: 2 * rank }, (_, k) => {
    const axis = k % rank;
    return axis === 0 || (axis === 1 && graph.chance(80)) ? 0 : graph.random(3);
  });
  const dims = value.dims.map((dim, axis) => dim + around[axis] + around[rank + axis]);
  if (size(dims) > MOST_MAP_ENTRIES) return false;
  const mode: Attributes = graph.chance(40) ? { mode: 'constant' } : {};
  if (graph.opset < 11) {
    const zero: Attributes = graph.chance(40) ? { value: 0 } : {};
    const attributes = { pads: around.map(BigInt), ...mode, ...zero };
    graph.keep(graph.emit('Pad', [value.name], attributes)[0], dims, value.places, value.bound);
    return true;
  }
  const inputs = [value.name];
  const some = graph.opset >= 18 && graph.chance(40);
  const axes = graph.shuffled(value.dims.map((_, axis) => axis)).filter((axis) => {
    return around[axis] + around[rank + axis] > 0 || graph.chance(50);
  });
  const few = some && axes.length > 0;
  const listed = few ? [...axes, ...axes.map((axis) => axis + rank)].map((k) => around[k]) : around;
  inputs.push(graph.list(listed));
  if (few || graph.chance(50)) inputs.push(graph.chance(70) ? graph.constant([], [0]) : '');
  if (few) inputs.push(graph.list(axes.map((axis) => (graph.chance(50) ? axis - rank : axis))));
  if (inputs.at(-1) === '') inputs.pop();
  graph.keep(graph.emit('Pad', inputs, mode)[0], dims, value.places, value.bound);
  return true;
};

/** To channels last, an operator there, and back. */
const channelsLast: Step = (graph, value) => {
  if (planesOf(value) === undefined) return false;
  const rank = value.dims.length;
  const forth = [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
  const back = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
  let [name] = graph.emit('Transpose', [value.name], { perm: forth.map(BigInt) });
  let { bound } = value;
  if (graph.chance(40)) {
    bound += 2;
    if (!fits(bound, Math.max(1, value.places))) return false;
    [name] = graph.emit('Add', [name, graph.constant([value.dims[1]])]);
  }
  if (graph.chance(60)) [name] = graph.emit('Relu', [name]);
  if (graph.chance(30)) {
    const dims = forth.map((axis) => value.dims[axis]);
    graph.keep(name, dims, Math.max(1, value.places), bound);
    return true;
  }
  [name] = graph.emit('Transpose', [name], { perm: back.map(BigInt) });
  graph.keep(name, value.dims, Math.max(1, value.places), bound);
  return true;
};

/** A value beside another of the same planes, and channels in another order (ShuffleNet). */
const channels: Step = (graph, value) => {
  const planes = planesOf(value);
  if (planes === undefined) return false;
  const same = graph.values.filter(
    (other) => planesOf(other)?.join() === planes.join() && other.dims.length === value.dims.length,
  );
  const other = graph.pick(same);
  const count = value.dims[1] + other.dims[1];
  const dims = [1, count, ...planes];
  const places = Math.max(value.places, other.places);
  if (size(dims) > MOST_MAP_ENTRIES) return false;
  if (!fits(Math.max(value.bound, other.bound), places)) return false;
  let [name] = graph.emit('Concat', [value.name, other.name], { axis: graph.axis(1, dims.length) });
  const groups = [2, 3].find((divisor) => count % divisor === 0);
  if (groups !== undefined && graph.chance(50)) {
    const split = [1, groups, count / groups, ...planes];
    [name] = graph.emit('Reshape', [name, graph.list(split)]);
    const perm = [0, 2, 1, ...planes.map((_, axis) => axis + 3)];
    [name] = graph.emit('Transpose', [name], { perm: perm.map(BigInt) });
    [name] = graph.emit('Reshape', [name, graph.list(dims)]);
  }
  graph.keep(name, dims, places, Math.max(value.bound, other.bound));
  return true;
};

/** What PyTorch writes for `x.view(x.size(0), -1)`. */
const view: Step = (graph, value) => {
  if (planesOf(value) === undefined) return false;
  const [shape] = graph.emit('Shape', [value.name]);
  const [batch] = graph.emit('Gather', [shape, graph.scalar(0)], graph.optional('axis', 0n, 0n));
  const axes = [0];
  const [first] =
    graph.opset >= 13
      ? graph.emit('Unsqueeze', [batch, graph.list(axes)])
      : graph.emit('Unsqueeze', [batch], { axes: axes.map(BigInt) });
  const [whole] = graph.emit('Concat', [first, graph.list([-1])], { axis: 0n });
  const [name] = graph.emit('Reshape', [value.name, whole]);
  graph.keep(name, [1, size(value.dims)], value.places, value.bound);
  return true;
};

export const WINDOWS: readonly Step[] = [
  ...[conv, conv, conv, conv, maxPool, maxPool, averagePool],
  ...[overAll('GlobalAveragePool'), overAll('GlobalMaxPool'), overAll('ReduceMean')],
  ...[pad, channelsLast, channels, view],
];
