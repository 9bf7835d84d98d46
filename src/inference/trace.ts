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
import { integerInputs } from '../integer/evaluate-integers.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { widthOf } from '../source/shape.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type ExactValue, scaleOutput } from './exact.js';
import { checkBatch } from './float.js';

/** The live neurons of one source layer and their values. */
export interface TracedLayer {
  /** From 0, the inputs. */
  readonly layer: number;
  /** Their numbers in the layer, ascending. */
  readonly neurons: Uint32Array;
  /** After ReLU (in the last layer: after the target's own activation), times `2^exponent` of the trace. */
  readonly values: readonly bigint[];
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
 * takes the coordinates of an input (the constant not among them), finite numbers. Inputs whose signs are
 * not the domain's are followed like others, as the engines follow them. Throws a `UsageError` for a ticket
 * of another kind, and an `InputError` where masks or values would need more than `memory` bytes, or for a
 * wrong input.
 */
export function tracer(ticket: ConstructedTicket, options: TraceOptions & Watch = {}): Tracer {
  return complete(tracerSteps(ticket, options), options);
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
  checkObject('options', options);
  checkTicket(ticket, 'constructed', 'a trace');
  const { memory = DEFAULT_MEMORY } = options;
  const spare = admitTicket(ticket, 'program', memory).memory;
  const live = yield* liveLayersSteps(ticket);
  return { live, limits: { memory, spare } };
}

/** Bytes: of the option, and what the masks leave of them. */
interface TraceMemory {
  readonly memory: number;
  readonly spare: number;
}

function* follow(
  { shape, target }: ConstructedTicket,
  live: readonly PrunedLayer[],
  input: Float64Array,
  { memory, spare }: TraceMemory,
): Steps<Trace> {
  const width = widthOf(shape, 0);
  const raw = width - (target.constant ? 1 : 0);
  checkBatch(input, 1, raw);
  const { values, exponent } = integerInputs(input, 0, raw, target.constant);
  const layers: TracedLayer[] = [{ layer: 0, neurons: upTo(width), values }];
  let bytes = 0;
  yield { stage: 'run', done: 0, total: 1 };
  for (const [index, layer] of live.entries()) {
    const before = readsOf(layer, index + 1).flatMap((t) => layers[t].values);
    // No sum has more bits than its largest term and its number of terms together.
    const bits = bitsOf(before) + bitLength(BigInt(mostEdges(layer)));
    bytes += layer.neurons.length * (VALUE_BYTES + bits / 8);
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
