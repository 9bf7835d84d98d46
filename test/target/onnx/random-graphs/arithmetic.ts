/** Random steps that compute: sums, products, matrices, and the piecewise linear operators. */
import {
  broadcastShape,
  fits,
  type GraphBuilder,
  MOST_ENTRIES,
  type Step,
  size,
  type Value,
} from './builder.js';
import { matrix } from './quantised.js';

const elementwise =
  (opType: 'Add' | 'Sub' | 'Mul' | 'Div'): Step =>
  (graph, value) => {
    const dims = broadcastShape(graph, value.dims);
    const divides = opType === 'Div';
    const powers = Array.from({ length: size(dims) }, () => graph.pick([-2, -1, 1, 2, 0.5]));
    const constant = graph.constant(dims, divides ? powers : undefined);
    const scales = opType === 'Mul' || divides;
    const places = value.places + (scales ? 1 : 0);
    const bound = scales ? value.bound * 2 : value.bound + 2;
    if (!fits(bound, Math.max(places, 1))) return false;
    const flipped = !divides && graph.chance(40);
    const inputs = flipped ? [constant, value.name] : [value.name, constant];
    graph.keep(graph.emit(opType, inputs)[0], value.dims, Math.max(places, 1), bound);
    return true;
  };

/** Two values of one shape, or of one that broadcasts. */
function partner(graph: GraphBuilder, value: Value): Value | undefined {
  const same = graph.values.filter(({ dims }) => {
    if (dims.length > value.dims.length) return false;
    const tail = value.dims.slice(value.dims.length - dims.length);
    return dims.every((dim, axis) => dim === 1 || dim === tail[axis]);
  });
  return same.length === 0 ? undefined : graph.pick(same);
}

const twoValues =
  (opType: 'Add' | 'Sub' | 'Max' | 'Min' | 'Sum'): Step =>
  (graph, value) => {
    const other = partner(graph, value);
    if (other === undefined) return false;
    const spread = other.dims.join() !== value.dims.join();
    if (spread && graph.opset < 8 && opType !== 'Add' && opType !== 'Sub') return false;
    const bound = value.bound + other.bound;
    const places = Math.max(value.places, other.places);
    if (!fits(bound, places)) return false;
    const pair = [value.name, other.name];
    const inputs = graph.chance(50) ? pair : pair.reverse();
    graph.keep(graph.emit(opType, inputs)[0], value.dims, places, bound);
    return true;
  };

const extreme =
  (opType: 'Max' | 'Min'): Step =>
  (graph, value) => {
    const dims = graph.opset < 8 ? value.dims : broadcastShape(graph, value.dims);
    const zeros = graph.chance(40) ? new Array<number>(size(dims)).fill(0) : undefined;
    const inputs = [value.name, graph.constant(dims, zeros)];
    if (graph.chance(30)) inputs.push(graph.constant(value.dims));
    if (graph.chance(50)) inputs.reverse();
    if (!fits(value.bound + 2, Math.max(value.places, 1))) return false;
    graph.keep(
      graph.emit(opType, inputs)[0],
      value.dims,
      Math.max(value.places, 1),
      Math.max(value.bound, 2),
    );
    return true;
  };

/** A sum, a maximum or a minimum of one value, or of three. */
const oneOrThree =
  (opType: 'Max' | 'Min' | 'Sum'): Step =>
  (graph, value) => {
    const same = graph.values.filter(({ dims }) => dims.join() === value.dims.join());
    const parts = graph.chance(30) ? [value] : [value, graph.pick(same), graph.pick(same)];
    const bound = parts.reduce((sum, part) => sum + part.bound, 0);
    const places = Math.max(...parts.map((part) => part.places));
    if (!fits(bound, places)) return false;
    const names = parts.map(({ name }) => name);
    graph.keep(graph.emit(opType, names)[0], value.dims, places, bound);
    return true;
  };

const unary =
  (opType: 'Relu' | 'Abs' | 'Neg' | 'Identity'): Step =>
  (graph, value) => {
    graph.keep(graph.emit(opType, [value.name])[0], value.dims, value.places, value.bound);
    return true;
  };

const leakyRelu: Step = (graph, value) => {
  const [alpha, more] = graph.pick([
    [0.25, 2],
    [0.5, 1],
    [-0.5, 1],
    [2, 0],
    [0, 0],
  ] as const);
  if (!fits(value.bound * 2, value.places + more)) return false;
  const output = graph.emit('LeakyRelu', [value.name], { alpha });
  graph.keep(output[0], value.dims, value.places + more, value.bound * 2);
  return true;
};

const pRelu: Step = (graph, value) => {
  if (!fits(value.bound * 2, value.places + 1)) return false;
  const slope = graph.constant(broadcastShape(graph, value.dims));
  const output = graph.emit('PRelu', [value.name, slope]);
  graph.keep(output[0], value.dims, value.places + 1, value.bound * 2);
  return true;
};

const clip: Step = (graph, value) => {
  const least = graph.pick([undefined, 0, -1, -0.5]);
  const most = graph.pick([undefined, 1, 6, 0.5]);
  const places = Math.max(value.places, 1);
  if (!fits(value.bound + 6, places)) return false;
  const bounds = [least, most].map((bound) =>
    bound === undefined ? '' : graph.opset < 11 ? 'attribute' : graph.constant([], [bound]),
  );
  const attributes = {
    ...(least !== undefined && { min: least }),
    ...(most !== undefined && { max: most }),
  };
  const output =
    graph.opset < 11
      ? graph.emit('Clip', [value.name], attributes)
      : graph.emit('Clip', bounds[1] === '' ? [value.name, bounds[0]] : [value.name, ...bounds]);
  graph.keep(output[0], value.dims, places, Math.max(value.bound, 6));
  return true;
};

const batchNormalization: Step = (graph, value) => {
  if (value.dims.length < 2) return false;
  const [, channels] = value.dims;
  const places = value.places + 3;
  const bound = (value.bound + 2) * 2 + 2;
  if (!fits(bound, places)) return false;
  const ofChannels = (): string => graph.constant([channels]);
  const variance = Array.from({ length: channels }, () => graph.pick([3.5, 0.5, 15.5]));
  const names = [ofChannels(), ofChannels(), ofChannels(), graph.constant([channels], variance)];
  const output = graph.emit('BatchNormalization', [value.name, ...names], {
    epsilon: 0.5,
    ...(graph.chance(30) && { momentum: 0.5 }),
    ...(graph.opset < 9 && graph.optional('spatial', 1n, 1n)),
    ...(graph.opset >= 14 && graph.optional('training_mode', 0n, 0n)),
  });
  graph.keep(output[0], value.dims, places, bound);
  return true;
};

const matMul: Step = (graph, value) => {
  const rank = value.dims.length;
  const behind = rank === 1 || graph.chance(70);
  const length = behind ? value.dims[rank - 1] : value.dims[rank - 2];
  const places = value.places + 1;
  const bound = value.bound * 2 * length;
  const width = 1 + graph.random(4);
  if (!fits(bound, places)) return false;
  const lone = rank > 1 && graph.chance(10);
  const dims = lone ? [length] : behind ? [length, width] : [width, length];
  const stacked = rank > 2 && !lone && graph.chance(20);
  const leading = stacked ? value.dims.slice(0, -2) : [];
  const constant = stacked ? graph.constant([...leading, ...dims]) : matrix(graph, dims);
  const kept = behind
    ? [...value.dims.slice(0, -1), ...(lone ? [] : [width])]
    : [...value.dims.slice(0, -2), ...(lone ? [] : [width]), value.dims[rank - 1]];
  if (size(kept) > MOST_ENTRIES) return false;
  const output = graph.emit('MatMul', behind ? [value.name, constant] : [constant, value.name]);
  graph.keep(output[0], kept, places, bound);
  return true;
};

const gemm: Step = (graph, value) => {
  if (value.dims.length !== 2) return false;
  const first = graph.chance(70);
  const turned = graph.chance(40);
  const other = graph.chance(50);
  const [rows, columns] = turned ? [value.dims[1], value.dims[0]] : value.dims;
  const length = first ? columns : rows;
  const width = 1 + graph.random(5);
  const dims = first === other ? [width, length] : [length, width];
  const result = first ? [rows, width] : [width, columns];
  const alpha = graph.pick([1, 0.5, 2]);
  const beta = graph.pick([1, 0.5, -2]);
  const places = value.places + 2;
  const bound = value.bound * 4 * length + 4;
  if (!fits(bound, Math.max(places, 2)) || size(result) > MOST_ENTRIES) return false;
  const inputs = first ? [value.name, matrix(graph, dims)] : [matrix(graph, dims), value.name];
  if (graph.opset < 11 || graph.chance(70))
    inputs.push(graph.constant(broadcastShape(graph, result)));
  const output = graph.emit('Gemm', inputs, {
    ...graph.optional('alpha', alpha, 1),
    ...graph.optional('beta', beta, 1),
    ...graph.optional('transA', (first ? turned : other) ? 1n : 0n, 0n),
    ...graph.optional('transB', (first ? other : turned) ? 1n : 0n, 0n),
  });
  graph.keep(output[0], result, Math.max(places, 2), bound);
  return true;
};

export const ARITHMETIC: readonly Step[] = [
  matMul,
  matMul,
  matMul,
  gemm,
  gemm,
  ...(['Relu', 'Relu', 'Relu', 'Abs', 'Neg', 'Identity'] as const).map(unary),
  ...(['Add', 'Sub', 'Mul', 'Div'] as const).map(elementwise),
  ...(['Add', 'Sub', 'Max', 'Min', 'Sum'] as const).map(twoValues),
  ...(['Max', 'Min', 'Sum'] as const).map(oneOrThree),
  extreme('Max'),
  extreme('Min'),
  leakyRelu,
  pRelu,
  clip,
  batchNormalization,
];
