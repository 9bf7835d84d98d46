/**
 * A trained ticket's network, rebuilt from seed and mask, and the engine of fully connected layers: in a page
 * what trains those loads no more than that. The arithmetic is part of
 * the ticket format, so that outputs reproduce bit for bit wherever float64 is IEEE 754: a raw input is
 * standardised, a neuron adds its kept edges in ascending order of their inputs, starting from 0, the
 * sum is multiplied by the layer's scale, then the activation is applied. Nothing is fused.
 */

import { upTo } from '../core/growable.js';
import type { Watch } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import { edgeRuns } from '../source/edge-runs.js';
import { layerMagnitudes } from '../source/normal.js';
import { pruneLayerSteps } from '../source/pruned-network.js';
import { columnsOf } from '../source/shape.js';
import { threefry2x32, threefrySecondWord } from '../source/threefry.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import {
  type Standardization,
  type TrainedActivation,
  type TrainedTicket,
  trainedShape,
} from '../ticket/trained.js';
import { inputCount, mapStages } from '../ticket/trained-maps.js';
import { channelMaps } from '../ticket/trained-normalization.js';
import { trainedSource } from '../ticket/trained-signs.js';
import { argMax } from './arg-max.js';
import {
  ADDITIONS_AT_ONCE,
  addEdges,
  checkBatch,
  type FloatEngine,
  type FloatEngineSteps,
  LANES,
  type LanePair,
  lanePairs,
} from './float.js';
import type { CompileOptions } from './pruned-program.js';
import type { TrainedProgram, TrainedProgramLayer } from './trained-program.js';

/**
 * Regenerates the weights of the kept edges. Throws an `InputError` if a mask's bytes are corrupt, or if
 * the network would need more than `memory` bytes (default 2 GiB).
 */
export function compileTrained(
  ticket: TrainedTicket,
  { memory, ...watch }: CompileOptions & Watch = {},
): TrainedProgram {
  return complete(compileTrainedSteps(ticket, memory), watch);
}

/** The same in steps of stage `compile`, counted in layers. */
export function* compileTrainedSteps(
  ticket: TrainedTicket,
  memory?: number,
): Steps<TrainedProgram> {
  checkTicket(ticket, 'trained', 'this program');
  admitTicket(ticket, 'program', memory);
  const { seed, widths, maps, weights, scales, standardization, activation } = ticket;
  const depth = widths.length - 1;
  const shape = trainedShape(ticket);
  const source = trainedSource(ticket, shape);
  const layers: TrainedProgramLayer[] = [];
  yield { stage: 'compile', done: 0, total: depth };
  for (const [index, scale] of scales.entries()) {
    const t = index + 1;
    const outputs = widths[t] as number;
    const all = upTo(columnsOf(shape, t));
    const pruned = yield* pruneLayerSteps(ticket.mask(t), source.layer(t), all);
    const { neurons, offsets, edges } = pruned;
    // Neurons without edges are kept: they are sums of nothing, and sign makes them 1.
    const everywhere = new Uint32Array(outputs + 1);
    neurons.forEach((neuron, at) => {
      everywhere[neuron + 1] = (offsets[at + 1] as number) - (offsets[at] as number);
    });
    for (let neuron = 0; neuron < outputs; neuron++) {
      everywhere[neuron + 1] += everywhere[neuron] as number;
    }
    const magnitudes =
      weights === 'sign' ? null : edgeMagnitudes(everywhere, edges, layerMagnitudes(seed, t));
    const normalization = ticket.normalizations?.[index];
    layers.push({
      ...{ outputs, offsets: everywhere, edges, magnitudes, scale },
      ...(normalization && { normalization: channelMaps(normalization) }),
    });
    yield { stage: 'compile', done: t, total: depth };
  }
  return {
    inputs: inputCount(widths, maps),
    outputs: widths[depth] as number,
    ...(maps && { stages: mapStages(widths, maps) }),
    standardization,
    activation,
    layers,
  };
}

function edgeMagnitudes(
  offsets: Uint32Array,
  edges: Uint32Array,
  magnitude: (column: number, row: number) => number,
): Float64Array {
  const magnitudes = new Float64Array(edges.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      magnitudes[at] = magnitude((edges[at] as number) >>> 1, row);
    }
  }
  return magnitudes;
}

/** The engine of one network of fully connected layers, in steps: `trained.ts` has that of any. */
export function layeredEngineSteps({
  inputs,
  outputs,
  layers,
  activation,
  standardization,
}: TrainedProgram): FloatEngineSteps {
  const widest = layers.reduce((most, layer) => Math.max(most, layer.outputs), inputs);
  const spare = lanePairs(widest);

  function load(batch: Float64Array, from: number, lanes: number, to: Float64Array): void {
    const { mean, deviation } = standardization;
    for (let input = 0; input < inputs; input++) {
      for (let lane = 0; lane < lanes; lane++) {
        const raw = batch[(from + lane) * inputs + input] as number;
        to[input * lanes + lane] = (raw - (mean[input] as number)) / (deviation[input] as number);
      }
    }
  }

  return function* (batch, samples) {
    checkBatch(batch, samples, inputs);
    const result = new Float64Array(samples * outputs);
    const pair = spare.take(Math.min(LANES, samples));
    for (let from = 0; from < samples; from += LANES) {
      const lanes = Math.min(LANES, samples - from);
      load(batch, from, lanes, pair[0]);
      for (const [index, layer] of layers.entries()) {
        const between = index < layers.length - 1 ? activation : null;
        for (const neurons of edgeRuns(layer.offsets, ADDITIONS_AT_ONCE / lanes)) {
          runNeurons(layer, neurons, pair, lanes, between);
          yield;
        }
        pair.reverse();
      }
      const [computed] = pair;
      for (let output = 0; output < outputs; output++) {
        for (let lane = 0; lane < lanes; lane++) {
          result[(from + lane) * outputs + output] = computed[output * lanes + lane] as number;
        }
      }
      yield { stage: 'run', done: from + lanes, total: samples };
    }
    spare.give(pair);
    return result;
  };
}

/** Neurons `first .. end - 1` of a layer. */
function runNeurons(
  { offsets, edges, magnitudes, scale }: TrainedProgramLayer,
  [first, end]: readonly [number, number],
  [from, to]: LanePair,
  lanes: number,
  activation: TrainedActivation | null,
): void {
  for (let neuron = first; neuron < end; neuron++) {
    const start = offsets[neuron] as number;
    const end = offsets[neuron + 1] as number;
    const at = neuron * lanes;
    if (magnitudes === null) addEdges(from, edges, start, end, to, at, lanes);
    else addWeighted(from, edges, magnitudes, start, end, to, at, lanes);
    for (let lane = at; lane < at + lanes; lane++) {
      const value = (to[lane] as number) * scale;
      if (activation === 'relu') to[lane] = Math.max(0, value);
      else if (activation === 'sign') to[lane] = value < 0 ? -1 : 1;
      else to[lane] = value;
    }
  }
}

/** `to[at + lane] = sum over edges of +-magnitude * from[neuron * lanes + lane]`. */
function addWeighted(
  from: Float64Array,
  edges: Uint32Array,
  magnitudes: Float64Array,
  start: number,
  end: number,
  to: Float64Array,
  at: number,
  lanes: number,
): void {
  to.fill(0, at, at + lanes);
  for (let position = start; position < end; position++) {
    const edge = edges[position] as number;
    const base = (edge >>> 1) * lanes;
    const magnitude = magnitudes[position] as number;
    const weight = (edge & 1) === 0 ? magnitude : -magnitude;
    for (let lane = 0; lane < lanes; lane++) {
      to[at + lane] += weight * (from[base + lane] as number);
    }
  }
}

/** The stream of probe inputs; streams 1 to 4 belong to training. */
const PROBE_STREAM = 5;

/**
 * Probe inputs 0 .. count - 1 of a seed, raw and row-major: standardised they are spread evenly over
 * [-2, 2), so that every kept edge counts. With the key that is the Threefry block of the counter (0, 5)
 * under the seed, `u` is word i mod 2 of the block of (probe, floor(i/2)), and coordinate i is
 * `mean + deviation * (u - 2^31) / 2^30`, with the channel's of feature maps.
 */
export function probeInputs(
  seed: bigint,
  { mean, deviation }: Standardization,
  count: number,
  inputs: number = mean.length,
): Float64Array {
  const k0 = threefry2x32(Number(seed & 0xffffffffn) | 0, Number(seed >> 32n) | 0, 0, PROBE_STREAM);
  const k1 = threefrySecondWord();
  const channels = mean.length;
  const values = new Float64Array(count * inputs);
  for (let probe = 0; probe < count; probe++) {
    for (let input = 0; input < inputs; input++) {
      const first = threefry2x32(k0, k1, probe, input >>> 1);
      const word = (input & 1 ? threefrySecondWord() : first) >>> 0;
      values[probe * inputs + input] =
        (mean[input % channels] as number) +
        (deviation[input % channels] as number) * ((word - 2 ** 31) / 2 ** 30);
    }
  }
  return values;
}

/**
 * How many samples get their own label: the output that is largest, the first of equals. `values` are
 * raw inputs, row-major.
 */
export function countCorrect(
  engine: FloatEngine,
  program: Pick<TrainedProgram, 'inputs' | 'outputs'>,
  values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  labels: Uint32Array,
  watch: Watch = {},
): number {
  // biome-ignore lint/correctness/useYield: this engine does a batch at once.
  const inOneStep: FloatEngineSteps = function* (batch, samples) {
    return engine(batch, samples);
  };
  return complete(countCorrectSteps(inOneStep, program, values, labels), watch);
}

/** The same in steps of stage `measure`, counted in samples. */
export function* countCorrectSteps(
  engine: FloatEngineSteps,
  { inputs, outputs }: Pick<TrainedProgram, 'inputs' | 'outputs'>,
  values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  labels: Uint32Array,
): Steps<number> {
  const batch = 16 * LANES;
  let correct = 0;
  yield { stage: 'measure', done: 0, total: labels.length };
  for (let from = 0; from < labels.length; from += batch) {
    const size = Math.min(batch, labels.length - from);
    const raw = Float64Array.from(values.subarray(from * inputs, (from + size) * inputs));
    const results = yield* retold(engine(raw, size), () => undefined);
    for (let sample = 0; sample < size; sample++) {
      if (argMax(results, sample * outputs, outputs) === labels[from + sample]) correct++;
    }
    yield { stage: 'measure', done: from + size, total: labels.length };
  }
  return correct;
}
