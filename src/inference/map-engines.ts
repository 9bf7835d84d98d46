/** The `float` and `exact` engines over feature maps: the same sums, position by position. */

import { joinedNumbers } from '../core/concatenate.js';
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import { evaluateMapsSteps } from '../integer/evaluate-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { edgeRuns } from '../source/edge-runs.js';
import { layerLists } from '../source/layer-lists.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockFactors } from './block-factors.js';
import { type ExactValue, scaleOutput } from './exact.js';
import { ADDITIONS_AT_ONCE, addEdges, checkBatch, type FloatEngineSteps } from './float.js';
import { gatheredIntegers, integerLayer, integerMaps } from './integer-lanes.js';
import { blocksOf, coordinateOf, type Gather, laneSizes, type MapProgram } from './map-program.js';

/** Numbers that are held of a layer at a time: 64 MB. */
const NUMBERS_AT_ONCE = 2 ** 23;
/** More at a time do not make rows of lanes cheaper. */
const MOST_SAMPLES = 16;

/** What the float engine needs of the integer network. */
export type Scales = Pick<IntegerNetwork, 'fractionalPlaces' | 'scale' | 'activation'>;

/** Runs batches in float64; outputs are `samples` by channels by positions. */
export function mapFloatEngineSteps(program: MapProgram, scales: Scales): FloatEngineSteps {
  const { input, layers, outputs } = program;
  const inputs = input.channels * input.height * input.width;
  const { factors, last } = blockFactors(scales);
  const atOnce = Math.max(
    1,
    Math.min(MOST_SAMPLES, Math.floor(NUMBERS_AT_ONCE / laneSizes(program).widest)),
  );
  const perSample = outputs.channels * outputs.area;
  return function* (batch, samples) {
    checkBatch(batch, samples, inputs);
    const result = new Float64Array(samples * perSample);
    for (let from = 0; from < samples; from += atOnce) {
      const count = Math.min(atOnce, samples - from);
      const values = yield* runLanes(
        program,
        scales,
        factors,
        loadMaps(program, batch, from, count),
        count,
      );
      const { neurons } = layers[layers.length - 1] as PrunedLayer;
      neurons.forEach((channel, index) => {
        for (let sample = 0; sample < count; sample++) {
          const to = (from + sample) * perSample + channel * outputs.area;
          const at = (index * count + sample) * outputs.area;
          for (let position = 0; position < outputs.area; position++) {
            result[to + position] = (values[at + position] as number) * last;
          }
        }
      });
      yield { stage: 'run', done: from + count, total: samples };
    }
    return result;
  };
}

/** The input maps as lanes: channel by channel, sample by sample, position by position. */
function loadMaps(
  program: MapProgram,
  batch: Float64Array,
  from: number,
  count: number,
): Float64Array {
  const { input, constant } = program;
  const area = input.height * input.width;
  const inputs = input.channels * area;
  const lanes = count * area;
  const values = new Float64Array((input.channels + (constant ? 1 : 0)) * lanes).fill(1);
  for (let channel = 0; channel < input.channels; channel++) {
    for (let sample = 0; sample < count; sample++) {
      const to = channel * lanes + sample * area;
      for (let position = 0; position < area; position++) {
        const at = (from + sample) * inputs + coordinateOf(program, channel, position);
        values[to + position] = batch[at] as number;
      }
    }
  }
  return values;
}

/** One list of lanes after another, through all layers. */
function* runLanes(
  program: MapProgram,
  { activation }: Scales,
  factors: readonly number[],
  loaded: Float64Array,
  count: number,
): Steps<Float64Array> {
  const { input, layers } = program;
  let values = loaded;
  let area = input.height * input.width;
  for (const [block, { number, gather, own }] of blocksOf(program).entries()) {
    if (gather) {
      values = gathered(values, gather, count);
      area = gather.to;
      yield;
    }
    const before = { number, list: values };
    const lists = layerLists<Float64Array>(own, { before, join: joinedNumbers });
    for (const [index, layer] of own.entries()) {
      const t = number + index + 1;
      const factor = index === own.length - 1 ? (factors[block] as number) : 1;
      const relu = t < layers.length || activation === 'relu';
      values = yield* runLayer(layer, lists.readBy(t), count * area, relu, factor);
      lists.add(t, values);
    }
  }
  return values;
}

/** Every map once for each tap: what it sees at each position, 0 outside. */
function gathered(values: Float64Array, gather: Gather, count: number): Float64Array {
  const { taps, from, to, positions } = gather;
  const maps = values.length / (count * from);
  const result = new Float64Array(maps * taps * count * to);
  let at = 0;
  for (let map = 0; map < maps; map++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let sample = 0; sample < count; sample++) {
        const start = (map * count + sample) * from;
        for (let position = 0; position < to; position++, at++) {
          const seen = positions[position * taps + tap] as number;
          if (seen >= 0) result[at] = values[start + seen] as number;
        }
      }
    }
  }
  return result;
}

function* runLayer(
  { neurons, offsets, edges }: PrunedLayer,
  values: Float64Array,
  lanes: number,
  relu: boolean,
  factor: number,
): Steps<Float64Array> {
  const next = new Float64Array(neurons.length * lanes);
  for (const [first, end] of edgeRuns(offsets, ADDITIONS_AT_ONCE / lanes)) {
    for (let neuron = first; neuron < end; neuron++) {
      const at = neuron * lanes;
      const start = offsets[neuron] as number;
      addEdges(values, edges, start, offsets[neuron + 1] as number, next, at, lanes);
      for (let lane = at; lane < at + lanes; lane++) {
        const value = next[lane] as number;
        next[lane] = relu && value < 0 ? 0 : value * factor;
      }
    }
    yield;
  }
  return next;
}

/**
 * Runs each sample in BigInts; result[sample * outputs + output]. With a `unit` the inputs are the batch
 * divided by it (see `runExactSteps`). In steps of stage `run`, counted in samples.
 */
export function* runMapsExactSteps(
  program: MapProgram,
  { scale, activation }: Scales,
  batch: Float64Array,
  samples: number,
  unit = 1,
): Steps<ExactValue[]> {
  const { input, layers, outputs } = program;
  checkBatch(batch, samples, input.channels * input.height * input.width);
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerMaps(program, batch, sample, unit);
    let current: readonly bigint[] = values;
    let area = input.height * input.width;
    for (const { number, gather, own } of blocksOf(program)) {
      if (gather) {
        current = gatheredIntegers(current, gather);
        area = gather.to;
      }
      const lists = layerLists<readonly bigint[]>(own, {
        before: { number, list: current },
        join: (parts) => parts.flat(),
      });
      for (const [index, layer] of own.entries()) {
        const t = number + index + 1;
        const relu = t < layers.length || activation === 'relu';
        current = yield* integerLayer(layer, lists.readBy(t), area, relu);
        lists.add(t, current);
      }
    }
    const results = new Array<bigint>(outputs.channels * outputs.area).fill(0n);
    (layers[layers.length - 1] as PrunedLayer).neurons.forEach((channel, index) => {
      for (let position = 0; position < area; position++) {
        results[channel * area + position] = current[index * area + position] as bigint;
      }
    });
    for (const value of results) result.push(scaleOutput(value, exponent, scale, unit));
    yield { stage: 'run', done: sample + 1, total: samples };
  }
  return result;
}

/** The integer network itself on each sample, exactly; in steps of stage `run`, counted in samples. */
export function* runMapsFoldedExactSteps(
  network: IntegerNetwork & { readonly maps: IntegerMaps },
  channelsLast: boolean,
  batch: Float64Array,
  samples: number,
): Steps<ExactValue[]> {
  const { maps, constant, scale } = network;
  const { channels, height, width } = maps.input;
  checkBatch(batch, samples, channels * height * width);
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const program = { input: maps.input, channelsLast, constant };
    const { values, exponent } = integerMaps(program, batch, sample, 1);
    for (const value of yield* evaluateMapsSteps(network, values)) {
      result.push(scaleOutput(value, exponent, scale));
    }
    yield { stage: 'run', done: sample + 1, total: samples };
  }
  return result;
}
