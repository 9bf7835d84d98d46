/**
 * The `float` engine: the pruned source in float64, additions and subtractions only, batch by batch.
 * Overflow is kept away by Remark 5's scaling neurons: after every block the values are multiplied by
 * a power of two, which changes nothing but the common scale and rounds nothing.
 */

import { checkNumbers } from '../core/arguments.js';
import { joinedNumbers } from '../core/concatenate.js';
import { InputError } from '../core/errors.js';
import { complete, type Steps } from '../core/steps.js';
import { edgeRuns } from '../source/edge-runs.js';
import { layerLists } from '../source/layer-lists.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockFactors } from './block-factors.js';
import { checkProgram, type PrunedProgram } from './pruned-program.js';

/** Samples that go through the network together: long enough rows to amortise an edge's look-up. */
export const LANES = 64;

/** A block multiplies its values by up to `base^places` times its width before they are scaled back. */
const MAXIMUM_PLACES = 250;

/** Runs `samples` inputs of `inputs` coordinates each (the constant not among them), row-major. */
export type FloatEngine = (batch: Float64Array, samples: number) => Float64Array;

/** The same in steps of stage `run`, counted in samples. */
export type FloatEngineSteps = (batch: Float64Array, samples: number) => Steps<Float64Array>;

/** Additions of one number between two steps: some milliseconds. */
export const ADDITIONS_AT_ONCE = 2 ** 21;

/**
 * Throws an `InputError` unless the batch holds `samples` finite inputs of the right width, at least
 * one. Shared by all engines.
 */
export function checkBatch(batch: Float64Array, samples: number, inputs: number): void {
  const refuse = (problem: string, remedy: string): never => {
    throw new InputError({ place: 'input batch', problem, remedy });
  };
  checkNumbers('batch', batch);
  if (!(Number.isInteger(samples) && samples > 0))
    refuse('it is empty', 'give at least one sample');
  if (batch.length !== samples * inputs) {
    refuse(
      `${batch.length} values are not ${samples} samples of ${inputs}`,
      `give ${inputs} values per sample`,
    );
  }
  let bad = 0;
  // A plain loop: this is all the work there is before a small network's first layer.
  while (bad < batch.length && Math.abs(batch[bad]) <= Number.MAX_VALUE) bad++;
  if (bad < batch.length) {
    refuse(
      `value ${bad % inputs} of sample ${Math.floor(bad / inputs)} is ${batch[bad]}`,
      'give finite numbers',
    );
  }
}

/**
 * Throws an `InputError` for an output that is not finite: its exact value is beyond float64. `first` is
 * the number of the batch's first sample.
 */
export function checkOutputs(values: Float64Array, outputs: number, first: number): void {
  let bad = 0;
  while (bad < values.length && Math.abs(values[bad] as number) <= Number.MAX_VALUE) bad++;
  if (bad === values.length) return;
  throw new InputError({
    place: `sample ${first + Math.floor(bad / outputs)}, output ${bad % outputs}`,
    problem: 'its value is beyond float64',
    remedy: 'give smaller inputs',
  });
}

/** Throws an `InputError` for places with which a block's integers exceed float64; returns true else. */
export function refusePlaces(places: readonly number[]): true {
  if (places.every((own) => own <= MAXIMUM_PLACES)) return true;
  throw new InputError({
    place: 'ticket',
    problem: `a layer has more than ${MAXIMUM_PLACES} places, so its integers exceed float64`,
    remedy: 'use the exact engine',
  });
}

/** An engine for one program. Outputs are `samples` by `outputs`, row-major, scale applied. */
export function floatEngine(program: PrunedProgram): FloatEngine {
  const run = floatEngineSteps(program);
  return (batch, samples) => complete(run(batch, samples));
}

/** The same in steps. */
export function floatEngineSteps(program: PrunedProgram): FloatEngineSteps {
  checkProgram(program);
  const { inputs, constant, outputs, layers, blockEnds } = program;
  refusePlaces(program.fractionalPlaces);
  const { factors, last } = blockFactors(program);
  const raw = inputs - (constant ? 1 : 0);
  const widest = layers.reduce((most, layer) => Math.max(most, layer.neurons.length), inputs);
  const spare = lanePairs(widest);

  function* runLanes(lanes: number, pair: LanePair): Steps<void> {
    const lists = layerLists<Float64Array>(layers, {
      before: { number: 0, list: pair[0].subarray(0, inputs * lanes) },
      join: joinedNumbers,
      hold: (list) => list.slice(),
    });
    let block = 0;
    for (const [index, layer] of layers.entries()) {
      const isLast = index === layers.length - 1;
      const endsBlock = index + 1 === blockEnds[block];
      const factor = endsBlock ? factors[block] : 1;
      if (endsBlock) block++;
      const relu = !isLast || program.activation === 'relu';
      const read = lists.readBy(index + 1);
      for (const neurons of edgeRuns(layer.offsets, ADDITIONS_AT_ONCE / lanes)) {
        runNeurons(layer, neurons, [read, pair[1]], { lanes, relu, factor });
        yield;
      }
      pair.reverse();
      lists.add(index + 1, pair[0].subarray(0, layer.neurons.length * lanes));
    }
  }

  return function* (batch, samples) {
    checkBatch(batch, samples, raw);
    const result = new Float64Array(samples * outputs);
    const { neurons } = layers[layers.length - 1];
    const pair = spare.take(Math.min(LANES, samples));
    for (let from = 0; from < samples; from += LANES) {
      const lanes = Math.min(LANES, samples - from);
      loadLanes(batch, from, raw, lanes, pair[0]);
      if (constant) pair[0].fill(1, raw * lanes, (raw + 1) * lanes);
      yield* runLanes(lanes, pair);
      const [computed] = pair;
      neurons.forEach((output, index) => {
        for (let lane = 0; lane < lanes; lane++) {
          result[(from + lane) * outputs + output] = computed[index * lanes + lane] * last;
        }
      });
      yield { stage: 'run', done: from + lanes, total: samples };
    }
    spare.give(pair);
    return result;
  };
}

/** The values of a layer and of the next one, lane by lane. */
export type LanePair = [from: Float64Array, to: Float64Array];

/** Such arrays, kept from call to call. A call between two steps of another one has its own. */
export function lanePairs(widest: number) {
  let spare: LanePair | undefined;
  return {
    take(lanes: number): LanePair {
      const pair = spare;
      spare = undefined;
      const size = widest * lanes;
      if (pair !== undefined && pair[0].length >= size) return pair;
      return [new Float64Array(size), new Float64Array(size)];
    },
    give(pair: LanePair): void {
      spare = pair;
    },
  };
}

/** Coordinates of `lanes` samples from number `from` on, lane by lane. */
function loadLanes(
  batch: Float64Array,
  from: number,
  inputs: number,
  lanes: number,
  to: Float64Array,
): void {
  for (let input = 0; input < inputs; input++) {
    for (let lane = 0; lane < lanes; lane++) {
      to[input * lanes + lane] = batch[(from + lane) * inputs + input];
    }
  }
}

/** How the sums of a layer are finished. */
interface Finish {
  readonly lanes: number;
  readonly relu: boolean;
  readonly factor: number;
}

/** Neurons `first .. end - 1` of a layer. */
function runNeurons(
  { offsets, edges }: PrunedLayer,
  [first, end]: readonly [number, number],
  [from, to]: LanePair,
  { lanes, relu, factor }: Finish,
): void {
  for (let neuron = first; neuron < end; neuron++) {
    const at = neuron * lanes;
    addEdges(from, edges, offsets[neuron], offsets[neuron + 1], to, at, lanes);
    finishNeuron(to, at, lanes, relu, factor);
  }
}

/** `to[at + lane] = sum over edges of +- from[neuron * lanes + lane]`. */
export function addEdges(
  from: Float64Array,
  edges: Uint32Array,
  start: number,
  end: number,
  to: Float64Array,
  at: number,
  lanes: number,
): void {
  if (lanes === 1) {
    to[at] = sumOfEdges(from, edges, start, end);
    return;
  }
  to.fill(0, at, at + lanes);
  for (let position = start; position < end; position++) {
    const edge = edges[position];
    const base = (edge >>> 1) * lanes;
    if ((edge & 1) === 0) {
      for (let lane = 0; lane < lanes; lane++) to[at + lane] += from[base + lane];
    } else {
      for (let lane = 0; lane < lanes; lane++) to[at + lane] -= from[base + lane];
    }
  }
}

/** The same for one sample, in the same order. */
function sumOfEdges(from: Float64Array, edges: Uint32Array, start: number, end: number): number {
  let sum = 0;
  for (let position = start; position < end; position++) {
    const edge = edges[position];
    const value = from[edge >>> 1];
    sum += (edge & 1) === 0 ? value : -value;
  }
  return sum;
}

function finishNeuron(
  values: Float64Array,
  at: number,
  lanes: number,
  relu: boolean,
  factor: number,
): void {
  for (let lane = at; lane < at + lanes; lane++) {
    const value = values[lane];
    values[lane] = relu && value < 0 ? 0 : value * factor;
  }
}
