/**
 * What every live neuron of a pruned source computes on one input, exactly: for pictures of a ticket at
 * work, and for whoever wants to see where a value comes from.
 */
import { checkObject } from '../core/arguments.js';
import { bitLength } from '../core/dyadic.js';
import { upTo } from '../core/growable.js';
import { DEFAULT_MEMORY, requireMemory } from '../core/limits.js';
import type { Watch } from '../core/progress.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { type IntegerMaps, planesBetween } from '../integer/block-maps.js';
import { integerInputs } from '../integer/evaluate-integers.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { blockEndsOf, widthOf } from '../source/shape.js';
import type { PlaneSize } from '../target/linear-map.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type ExactValue, scaleOutput } from './exact.js';
import { checkBatch } from './float.js';
import { gatheredIntegers, integerLayer, integerMaps } from './integer-lanes.js';
import { blockGathers, type Gather } from './map-program.js';

/** The live neurons of one source layer and their values. Of feature maps a neuron is a channel. */
export interface TracedLayer {
  /** From 0, the inputs. */
  readonly layer: number;
  /** Their numbers in the layer, ascending. */
  readonly neurons: Uint32Array;
  /**
   * After ReLU (in the last layer: after the target's own activation), times `2^exponent` of the trace. Of
   * feature maps those of one neuron after another, each at all positions of its plane, row by row.
   */
  readonly values: readonly bigint[];
  /** Of feature maps: the size of the maps of this layer. */
  readonly plane?: PlaneSize;
}

export interface Trace {
  /** Layers 0 .. L. A neuron that is not listed is 0, or reaches no output of its block. */
  readonly layers: readonly TracedLayer[];
  /** At most 0: what an input takes to be written as whole numbers. */
  readonly exponent: number;
  /** The network's outputs, with the ticket's scale put back: those of the exact engine. */
  readonly outputs: readonly ExactValue[];
}

export interface TraceOptions {
  /** Most bytes that the masks, and all values of an input, may take; default 2 GiB. */
  readonly memory?: number;
}

/** A BigInt beyond its digits, and its place in a list. */
const VALUE_BYTES = 32;

/** So many additions of long integers take a few milliseconds. */
const EDGES_A_STEP = 1 << 15;

/** Values of a layer's neurons from those of the neurons that it reads. */
function* nextValues(
  { neurons, offsets, edges }: PrunedLayer,
  before: readonly bigint[],
  relu: boolean,
): Steps<bigint[]> {
  const values: bigint[] = [];
  const isTurn = everyFew(EDGES_A_STEP);
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    if (isTurn(offsets[neuron + 1] - offsets[neuron])) yield;
    let sum = 0n;
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      const edge = edges[at];
      if ((edge & 1) === 0) sum += before[edge >>> 1];
      else sum -= before[edge >>> 1];
    }
    values.push(relu && sum < 0n ? 0n : sum);
  }
  return values;
}

/** Bits of the largest magnitude. */
function bitsOf(values: readonly bigint[]): number {
  return values.reduce((most, value) => Math.max(most, bitLength(value)), 0);
}

/** The most edges into one neuron. */
function mostEdges({ offsets }: PrunedLayer): number {
  let most = 1;
  for (let index = 1; index < offsets.length; index++) {
    most = Math.max(most, offsets[index] - offsets[index - 1]);
  }
  return most;
}

/** Follows one input; the function's own limits are those of `tracer`. */
export type Tracer = (input: Float64Array, watch?: Watch) => Trace;

/**
 * Traces a ticket on one input after the other, the masks being read once: the function that is returned
 * takes the coordinates of an input (the constant not among them; of feature maps in the order that the ticket
 * takes), finite numbers. Inputs whose signs are
 * not the domain's are followed like others, as the engines follow them. Throws a `UsageError` for a ticket
 * of another kind, and an `InputError` where masks or values would need more than `memory` bytes, or for a
 * wrong input.
 */
export function tracer(ticket: ConstructedTicket, options: TraceOptions & Watch = {}): Tracer {
  return complete(tracerSteps(ticket, options), options);
}

/** The same where the ticket's live layers are at hand (`liveLayersSteps`). */
export function tracerOn(
  ticket: ConstructedTicket,
  live: readonly PrunedLayer[],
  options: TraceOptions = {},
): Tracer {
  const limits = traceMemory(ticket, options);
  return (input, watch) => complete(follow(ticket, live, input, limits), watch);
}

/** In steps of stage `compile`, counted in layers. */
function* tracerSteps(ticket: ConstructedTicket, options: TraceOptions): Steps<Tracer> {
  const { live, limits } = yield* readySteps(ticket, options);
  return (input, watch) => complete(follow(ticket, live, input, limits), watch);
}

/** A trace in steps: of stage `compile`, counted in layers, then of stage `run`, of one sample. */
export function* traceSteps(
  ticket: ConstructedTicket,
  input: Float64Array,
  options: TraceOptions = {},
): Steps<Trace> {
  const { live, limits } = yield* readySteps(ticket, options);
  return yield* follow(ticket, live, input, limits);
}

function* readySteps(
  ticket: ConstructedTicket,
  options: TraceOptions,
): Steps<{ readonly live: readonly PrunedLayer[]; readonly limits: TraceMemory }> {
  const limits = traceMemory(ticket, options);
  const live = yield* liveLayersSteps(ticket);
  return { live, limits };
}

/** What a trace of this ticket may take; throws where it may not be followed. */
function traceMemory(ticket: ConstructedTicket, options: TraceOptions): TraceMemory {
  checkObject('options', options);
  checkTicket(ticket, 'constructed', 'a trace');
  const { memory = DEFAULT_MEMORY } = options;
  return { memory, spare: admitTicket(ticket, 'program', memory).memory };
}

/** Bytes: of the option, and what the masks leave of them. */
interface TraceMemory {
  readonly memory: number;
  readonly spare: number;
}

function* follow(
  ticket: ConstructedTicket,
  live: readonly PrunedLayer[],
  input: Float64Array,
  limits: TraceMemory,
): Steps<Trace> {
  const { shape, target } = ticket;
  if (target.maps !== undefined) return yield* followMaps(ticket, target.maps, live, input, limits);
  const { memory, spare } = limits;
  const width = widthOf(shape, 0);
  const raw = width - (target.constant ? 1 : 0);
  checkBatch(input, 1, raw);
  const { values, exponent } = integerInputs(input, 0, raw, target.constant);
  const layers: TracedLayer[] = [{ layer: 0, neurons: upTo(width), values }];
  let bytes = 0;
  yield { stage: 'run', done: 0, total: 1 };
  for (const [index, layer] of live.entries()) {
    const before = readsOf(layer, index + 1).flatMap((t) => layers[t].values);
    bytes += bytesOf(layer, 1, before);
    requireMemory(memory - spare + bytes, memory, 'values', 'tracing this network');
    const relu = index < live.length - 1 || target.activation === 'relu';
    const { neurons } = layer;
    const next = yield* nextValues(layer, before, relu);
    layers.push({ layer: index + 1, neurons, values: next });
    yield { stage: 'run', done: (index + 1) / live.length, total: 1 };
  }
  const outputs = new Array<bigint>(widthOf(shape, live.length)).fill(0n);
  const last = layers[live.length];
  last.neurons.forEach((output, index) => {
    outputs[output] = last.values[index];
  });
  return {
    layers,
    exponent,
    outputs: outputs.map((value) => scaleOutput(value, exponent, target.scale)),
  };
}

/** Bytes that values of neurons at so many positions take, given those that they are sums of. */
function bytesOf(layer: PrunedLayer, area: number, before: readonly bigint[]): number {
  // No sum has more bits than its largest term and its number of terms together.
  const bits = bitsOf(before) + bitLength(BigInt(mostEdges(layer)));
  return layer.neurons.length * area * (VALUE_BYTES + bits / 8);
}

/** The same over feature maps, position by position; what a block reads through its kernel is gathered first. */
function* followMaps(
  { shape, target, channelsLast }: ConstructedTicket,
  maps: IntegerMaps,
  live: readonly PrunedLayer[],
  input: Float64Array,
  { memory, spare }: TraceMemory,
): Steps<Trace> {
  const { constant, activation, scale } = target;
  const planes = planesBetween(maps);
  const areaOf = ({ height, width }: PlaneSize): number => height * width;
  const channels = widthOf(shape, 0);
  const sample = { input: maps.input, channelsLast: channelsLast !== undefined, constant };
  checkBatch(input, 1, maps.input.channels * areaOf(maps.input));
  const { values, exponent } = integerMaps(sample, input, 0, 1);
  const layers: TracedLayer[] = [
    { layer: 0, neurons: upTo(channels), values, plane: planes[0] as PlaneSize },
  ];
  let bytes = values.length * (VALUE_BYTES + bitsOf(values) / 8);
  const admit = (more: number): void => {
    bytes += more;
    requireMemory(memory - spare + bytes, memory, 'values', 'tracing this network');
  };
  admit(0);
  yield { stage: 'run', done: 0, total: 1 };
  const gathers = blockGathers(maps);
  for (const [block, end] of blockEndsOf(shape).entries()) {
    const start = (layers.at(-1) as TracedLayer).layer;
    const plane = planes[block + 1] as PlaneSize;
    const held = (layers[start] as TracedLayer).values;
    const gather = gathers[block] as Gather | null;
    // Lists of values: 8 bytes each, held as long as the block.
    const columns = gather === null ? 0 : (held.length / gather.from) * gather.taps * gather.to;
    admit(8 * columns);
    const seen = gather === null ? held : gatheredIntegers(held, gather);
    for (let t = start + 1; t <= end; t++) {
      const layer = live[t - 1] as PrunedLayer;
      const before = readsOf(layer, t).flatMap((read) =>
        read === start ? seen : (layers[read] as TracedLayer).values,
      );
      admit(bytesOf(layer, areaOf(plane), before));
      const relu = t < live.length || activation === 'relu';
      const next = yield* integerLayer(layer, before, areaOf(plane), relu);
      layers.push({ layer: t, neurons: layer.neurons, values: next, plane });
      yield { stage: 'run', done: t / live.length, total: 1 };
    }
    bytes -= 8 * columns;
  }
  const { neurons, values: last } = layers.at(-1) as TracedLayer;
  const area = areaOf(planes.at(-1) as PlaneSize);
  const outputs = new Array<bigint>(widthOf(shape, live.length) * area).fill(0n);
  neurons.forEach((channel, index) => {
    for (let at = 0; at < area; at++)
      outputs[channel * area + at] = last[index * area + at] as bigint;
  });
  return {
    layers,
    exponent,
    outputs: outputs.map((value) => scaleOutput(value, exponent, scale)),
  };
}

/**
 * One trace of `tracer`: every neuron's exact value on this input. All of it at once: the `trace` of
 * `unearth` lets the event loop turn meanwhile.
 */
export function trace(
  ticket: ConstructedTicket,
  input: Float64Array,
  options: TraceOptions & Watch = {},
): Trace {
  return tracer(ticket, options)(input, options);
}
