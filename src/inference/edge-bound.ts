/**
 * What rounding may cost when the pruned source is executed edge by edge in float64 (the `float`
 * engine), a priori: forward error analysis over the kept edges, for a ticket that is proved.
 *
 * Within a block every live hidden neuron is a non-negative combination of the block's non-negative
 * inputs, so its value for the largest inputs bounds it (theory, section 6). A block computed on inputs
 * with errors e is the block on other non-negative inputs, so the errors come out as `|W| e`, and only
 * what is rounded inside the block goes through its layers, by magnitudes or as `crossing-errors.ts` has it.
 */
import { joinedNumbers } from '../core/concatenate.js';
import { everyFew, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { edgeRuns } from '../source/edge-runs.js';
import { type LayerLists, layerLists } from '../source/layer-lists.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import type { InputSign } from '../target/network.js';
import { blockFactors } from './block-factors.js';
import { crossingErrors, type LayerBehind } from './crossing-errors.js';
import {
  type EvaluationBound,
  integerLayers,
  type LayerMagnitudes,
  ofInputs,
  reachOf,
  repeatedBound,
} from './evaluation-bound.js';
import { FLOAT64, gamma, product, up } from './float-format.js';
import type { PrunedProgram } from './pruned-program.js';
import { BOUND_PARTS, type BoundPart, type SizeBound, zeroBound } from './sample-size.js';

/** What the bound is made from: a ticket's parts, and what is known of the samples. */
export interface EdgeBoundInput {
  readonly program: Pick<
    PrunedProgram,
    'layers' | 'blockEnds' | 'constant' | 'fractionalPlaces' | 'scale'
  >;
  readonly target: IntegerNetwork;
  readonly assignments: readonly Uint32Array[];
  readonly inputSigns: readonly InputSign[];
  readonly scales: Float64Array;
  /** Roundings of each input before it enters: 1 for a quotient. */
  readonly inputRoundings: number;
}

/** Per neuron of a layer: its largest value, and what rounding inside the block may have changed. */
interface Reach {
  readonly values: SizeBound;
  readonly errors: SizeBound;
  /** What its own additions round, without what it takes over. */
  readonly rounded: SizeBound;
  /** By neuron, see `LayerBehind`. */
  readonly mayClip: Uint8Array;
  readonly crosses: Uint8Array;
  /** Samples up to this size keep every partial sum below half of what overflows. */
  readonly size: number;
}

const LARGEST = 2 ** (FLOAT64.mostExponent - 1);

/** Valid for samples of the stated signs. In steps. */
export function* edgeBoundSteps(input: EdgeBoundInput): Steps<EvaluationBound> {
  const { program, target, assignments, scales } = input;
  const { layers, blockEnds, constant } = program;
  const { factors, last } = blockFactors(program);
  const entering = gamma(input.inputRoundings, FLOAT64);
  let sizes: SizeBound = { perSize: scales, constant: new Float64Array(scales.length) };
  let errors: SizeBound = {
    perSize: scales.map((scale) => up(product(entering, scale), 1)),
    constant: new Float64Array(scales.length).fill(input.inputRoundings > 0 ? FLOAT64.tiny : 0),
  };
  let reach = Number.POSITIVE_INFINITY;
  for (const [block, magnitudes] of enumerate(integerLayers(target, 'scaled'))) {
    const start = block === 0 ? 0 : (blockEnds[block - 1] as number);
    const own = layers.slice(start, blockEnds[block]);
    const inside = yield* insideBlock(own, block, input, withErrors(sizes, errors));
    reach = Math.min(reach, inside.size);
    const isLast = block === target.matrices.length - 1;
    const { neurons } = own[own.length - 1] as PrunedLayer;
    const position = new Map(Array.from(neurons, (neuron, index) => [neuron, index]));
    const local = (part: 'perSize' | 'constant', row: number): number => {
      const index = position.get(isLast ? row : (assignments[block] as Uint32Array)[row]);
      return index === undefined ? 0 : (inside.errors[part][index] as number);
    };
    const { channels } = magnitudes;
    const [read, carried] =
      channels === undefined
        ? [sizes, errors]
        : [ofInputs(sizes, channels), ofInputs(errors, channels)];
    const next = yield* nextBlock(magnitudes, read, carried, local, factors[block] as number);
    ({ sizes, errors } = next);
    if (!isLast && constant) ({ sizes, errors } = withConstant(sizes, errors));
  }
  if (last !== 1) ({ sizes, errors } = rescaled(sizes, errors, last, target.matrices.length));
  return { error: errors, sizes, reach: Math.min(reach, reachOf(sizes, errors, LARGEST)) };
}

function* enumerate<T>(items: Iterable<T>): Generator<[number, T]> {
  let index = 0;
  for (const item of items) yield [index++, item];
}

function withErrors(sizes: SizeBound, errors: SizeBound): SizeBound {
  const sum = (part: BoundPart): Float64Array =>
    sizes[part].map((size, index) => up(size + (errors[part][index] as number), 2));
  return { perSize: sum('perSize'), constant: sum('constant') };
}

/** The block's constant input: 1, without an error. */
function withConstant(
  sizes: SizeBound,
  errors: SizeBound,
): { sizes: SizeBound; errors: SizeBound } {
  const one = (values: Float64Array, last: number): Float64Array =>
    Float64Array.from([...values, last]);
  return {
    sizes: { perSize: one(sizes.perSize, 0), constant: one(sizes.constant, 1) },
    errors: { perSize: one(errors.perSize, 0), constant: one(errors.constant, 0) },
  };
}

/** Runs the block's layers on the largest inputs. */
function* insideBlock(
  own: readonly PrunedLayer[],
  block: number,
  { program, assignments, inputSigns }: EdgeBoundInput,
  inputs: SizeBound,
): Steps<Reach> {
  const read = blockReads(block, { program, assignments, inputSigns }, inputs);
  const { number } = read;
  const list = atTaps(read.list, own[0]?.taps ?? 1);
  const lists: LayerLists<Reads> = layerLists(own, { before: { number, list }, join: joinReads });
  let reach: Reach = {
    ...{
      values: zeroBound(0),
      errors: zeroBound(0),
      rounded: zeroBound(0),
      size: Number.POSITIVE_INFINITY,
    },
    ...{ mayClip: new Uint8Array(0), crosses: new Uint8Array(0) },
  };
  let readBefore: Reads | null = null;
  for (const [index, layer] of own.entries()) {
    const t = number + 1 + index;
    const read = lists.readBy(t);
    const isNext = index > 0 && readsOf(layer, t).includes(t - 1);
    const behind =
      isNext && readBefore !== null
        ? behindOf(own[index - 1] as PrunedLayer, reach, readBefore, read)
        : null;
    reach = yield* throughLayer(layer, reach.size, read, behind);
    lists.add(t, readsOfNeurons(reach));
    // Its edges, of a layer with a kernel too, count in this list.
    readBefore = read;
  }
  return reach;
}

/** The layer before, which stands last in what the next one reads. */
function behindOf(
  layer: PrunedLayer,
  { rounded, mayClip, crosses }: Reach,
  before: Reads,
  read: Reads,
): (part: BoundPart) => LayerBehind {
  const first = read.sizes.perSize.length - layer.neurons.length;
  return (part) => ({
    ...{ layer, mayClip, crosses, first },
    ...{ errors: before.errors[part], rounded: rounded[part] },
  });
}

/** What the block's layers read of its input, and that layer's number. */
function blockReads(
  block: number,
  {
    program,
    assignments,
    inputSigns,
  }: Pick<EdgeBoundInput, 'program' | 'assignments' | 'inputSigns'>,
  inputs: SizeBound,
): { readonly list: Reads; readonly number: number } {
  if (block === 0) return { list: rawReads(inputs, inputSigns), number: 0 };
  const number = program.blockEnds[block - 1] as number;
  const before = program.layers[number - 1] as PrunedLayer;
  const assigned = assignments[block - 1] as Uint32Array;
  const row = new Map(Array.from(assigned, (neuron, index) => [neuron, index]));
  // A live neuron that is assigned to no output is always 0.
  const take = (part: BoundPart): Float64Array =>
    Float64Array.from(before.neurons, (neuron) => inputs[part][row.get(neuron) ?? -1] ?? 0);
  const values = { perSize: take('perSize'), constant: take('constant') };
  return { list: readsOfNeurons({ values, errors: zeroBound(before.neurons.length) }), number };
}

/** What a layer with a kernel reads: each value once for each tap, where a bound of it holds as well. */
function atTaps(list: Reads, taps: number): Reads {
  if (taps === 1) return list;
  const repeated = (bound: SizeBound): SizeBound => repeatedBound(bound, taps);
  return {
    ...{ plus: repeated(list.plus), minus: repeated(list.minus), corner: repeated(list.corner) },
    ...{ sizes: repeated(list.sizes), errors: repeated(list.errors) },
  };
}

/** What a layer reads: per value the most it can be and its negative can be, and the error it comes with. */
interface Reads {
  readonly plus: SizeBound;
  readonly minus: SizeBound;
  /** What each is where all of the block's variables are largest: that is where neurons are. */
  readonly corner: SizeBound;
  readonly sizes: SizeBound;
  readonly errors: SizeBound;
}

const READS = ['plus', 'minus', 'corner', 'sizes', 'errors'] as const;

function joinReads(lists: readonly Reads[]): Reads {
  const join = (of: (typeof READS)[number]): SizeBound => ({
    perSize: joinedNumbers(lists.map((list) => list[of].perSize)),
    constant: joinedNumbers(lists.map((list) => list[of].constant)),
  });
  return {
    ...{ plus: join('plus'), minus: join('minus'), corner: join('corner') },
    ...{ sizes: join('sizes'), errors: join('errors') },
  };
}

const mapped = (bound: SizeBound, of: (value: number, index: number) => number): SizeBound => ({
  perSize: bound.perSize.map(of),
  constant: bound.constant.map(of),
});

/** Neurons, which are largest at the upper corner of the block's variables. */
function readsOfNeurons({ values, errors }: Pick<Reach, 'values' | 'errors'>): Reads {
  const minus = mapped(values, (value) => -value);
  return { plus: values, minus, corner: values, sizes: values, errors };
}

/** Raw inputs `x+ - x-` of either sign; beyond them comes the constant. */
function rawReads(inputs: SizeBound, inputSigns: readonly InputSign[]): Reads {
  const sizes = withConstantInput(inputs, inputSigns.length);
  const part = (never: InputSign): SizeBound =>
    mapped(sizes, (size, index) => ((inputSigns[index] ?? 'nonnegative') === never ? 0 : size));
  const [plus, minus] = [part('nonpositive'), part('nonnegative')];
  const corner = {
    perSize: plus.perSize.map((size, index) => size - (minus.perSize[index] as number)),
    constant: plus.constant.map((size, index) => size - (minus.constant[index] as number)),
  };
  return { plus, minus, corner, sizes, errors: zeroBound(sizes.perSize.length) };
}

function withConstantInput(inputs: SizeBound, raw: number): SizeBound {
  return {
    perSize: Float64Array.from([...inputs.perSize.subarray(0, raw), 0]),
    constant: Float64Array.from([...inputs.constant.subarray(0, raw), 1]),
  };
}

/** Edges between two steps: some milliseconds. */
const EDGES_AT_ONCE = 2 ** 19;

/** What edges into one neuron add up to: its value, all magnitudes on the way, the errors it takes over. */
interface EdgeSums {
  value: number;
  sizes: number;
  carried: number;
  /** Whether the sum as it is computed may be negative, and whether something with an error is subtracted. */
  mayClip: boolean;
  crosses: boolean;
}

/** One part of the bounds of what a layer reads. */
type ReadPart = Readonly<Record<(typeof READS)[number], Float64Array>>;

/** Adds up edges `start .. end - 1` of a layer, which lead into one neuron. */
function sumUp(
  edges: Uint32Array,
  start: number,
  end: number,
  read: ReadPart,
  into: EdgeSums,
): void {
  const { plus, minus, corner } = read;
  // Of a single raw input ReLU leaves a part, not the sum at the corner.
  const single = end === start + 1;
  let sum = 0;
  let sizes = 0;
  let carried = 0;
  into.mayClip = false;
  into.crosses = false;
  for (let position = start; position < end; position++) {
    const edge = edges[position] as number;
    const from = edge >>> 1;
    const negative = (edge & 1) === 1;
    if (single) sum += (negative ? minus : plus)[from] as number;
    else sum += negative ? -(corner[from] as number) : (corner[from] as number);
    sizes += read.sizes[from] as number;
    carried += read.errors[from] as number;
    if (negative || (minus[from] as number) > 0) into.mayClip = true;
    if (negative && (read.errors[from] as number) > 0) into.crosses = true;
  }
  into.value = Math.max(0, sum);
  // The values here are float64 sums themselves, off by no more than the engine's own.
  into.sizes = sizes + 2 * carried;
  into.carried = carried;
}

/** Goes through a layer's neurons. */
function* throughLayer(
  { neurons, offsets, edges }: PrunedLayer,
  before: number,
  read: Reads,
  behind: ((part: BoundPart) => LayerBehind) | null,
): Steps<Reach> {
  const values = zeroBound(neurons.length);
  const errors = zeroBound(neurons.length);
  const ownRounded = zeroBound(neurons.length);
  const mayClip = new Uint8Array(neurons.length);
  const crosses = new Uint8Array(neurons.length);
  const partial = zeroBound(neurons.length);
  const sums: EdgeSums = { value: 0, sizes: 0, carried: 0, mayClip: false, crosses: false };
  for (const part of BOUND_PARTS) {
    const { plus, minus, corner, sizes } = read;
    const own: ReadPart = {
      ...{ plus: plus[part], minus: minus[part], corner: corner[part] },
      ...{ sizes: sizes[part], errors: read.errors[part] },
    };
    const ownBehind = behind?.(part) ?? null;
    for (const [first, beyond] of edgeRuns(offsets, EDGES_AT_ONCE)) {
      for (let neuron = first; neuron < beyond; neuron++) {
        const start = offsets[neuron] as number;
        const end = offsets[neuron + 1] as number;
        sumUp(edges, start, end, own, sums);
        const rounded = product(gamma(Math.max(0, end - start - 1), FLOAT64), sums.sizes);
        const carried =
          ownBehind === null
            ? sums.carried
            : Math.min(sums.carried, crossingErrors(edges, [start, end], own.errors, ownBehind));
        values[part][neuron] = sums.value;
        ownRounded[part][neuron] = up(rounded, end - start);
        errors[part][neuron] = up(carried + rounded, end - start);
        if (sums.mayClip) mayClip[neuron] = 1;
        if (sums.crosses) crosses[neuron] = 1;
        partial[part][neuron] = up(sums.sizes, end - start);
      }
      yield;
    }
  }
  const size = Math.min(before, reachOf(partial, errors, LARGEST));
  return { values, errors, rounded: ownRounded, mayClip, crosses, size };
}

/** Sizes and errors of the block's outputs, scaled; scaling may underflow. */
function* nextBlock(
  { inputs, outputs, weights, bias }: LayerMagnitudes,
  sizes: SizeBound,
  errors: SizeBound,
  local: (part: BoundPart, row: number) => number,
  factor: number,
): Steps<{ sizes: SizeBound; errors: SizeBound }> {
  const isTurn = everyFew(EDGES_AT_ONCE);
  const nextSizes = zeroBound(outputs);
  const nextErrors = zeroBound(outputs);
  for (const part of BOUND_PARTS) {
    for (let row = 0; row < outputs; row++) {
      if (isTurn(inputs)) yield;
      let size = part === 'constant' ? (bias[row] as number) : 0;
      let carried = 0;
      for (let input = 0; input < inputs; input++) {
        const weight = weights[row * inputs + input] as number;
        size += product(weight, sizes[part][input] as number);
        carried += product(weight, errors[part][input] as number);
      }
      nextSizes[part][row] = up(size, inputs);
      nextErrors[part][row] = up(carried + product(local(part, row), factor), inputs);
      if (part === 'constant') (nextErrors[part][row] as number) += 2 * FLOAT64.tiny;
    }
  }
  return { sizes: nextSizes, errors: nextErrors };
}

/** The last factor of decimal places is no power of two: it and the product with it are rounded. */
function rescaled(
  sizes: SizeBound,
  errors: SizeBound,
  last: number,
  blocks: number,
): { sizes: SizeBound; errors: SizeBound } {
  const roundings = gamma(2, FLOAT64) + 4 * blocks * 2 ** -53;
  const scaled = (values: Float64Array): Float64Array =>
    values.map((value) => up(product(value, last), 4 * blocks + 8));
  const all = withErrors(sizes, errors);
  const rounded = (part: BoundPart): Float64Array =>
    errors[part].map((error, index) => error + product(roundings, all[part][index] as number));
  const constant = scaled(rounded('constant')).map((error) => error + FLOAT64.tiny);
  return {
    sizes: { perSize: scaled(sizes.perSize), constant: scaled(sizes.constant) },
    errors: { perSize: scaled(rounded('perSize')), constant },
  };
}
