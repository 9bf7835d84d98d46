/**
 * The `float` engine: the pruned source in float64, additions and subtractions only, batch by batch.
 * Overflow is kept away by Remark 5's scaling neurons: after every block the values are multiplied by
 * a power of two, which changes nothing but the common scale and rounds nothing.
 */
import { checkNumbers } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockFactors } from './block-factors.js';
import { checkProgram, type PrunedProgram } from './pruned-program.js';

/** Samples that go through the network together: long enough rows to amortise an edge's look-up. */
export const LANES = 64;

/** A block multiplies its values by up to `base^places` times its width before they are scaled back. */
const MAXIMUM_PLACES = 250;

/** Runs `samples` inputs of `inputs` coordinates each (the constant not among them), row-major. */
export type FloatEngine = (batch: Float64Array, samples: number) => Float64Array;

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

/** An engine for one program. Outputs are `samples` by `outputs`, row-major, scale applied. */
export function floatEngine(program: PrunedProgram): FloatEngine {
  checkProgram(program);
  const { inputs, constant, outputs, layers, blockEnds } = program;
  if (program.fractionalPlaces.some((places) => places > MAXIMUM_PLACES)) {
    throw new InputError({
      place: 'ticket',
      problem: `a layer has more than ${MAXIMUM_PLACES} places, so its integers exceed float64`,
      remedy: 'use the exact engine',
    });
  }
  const { factors, last } = blockFactors(program);
  const raw = inputs - (constant ? 1 : 0);
  const widest = layers.reduce((most, layer) => Math.max(most, layer.neurons.length), inputs);
  let current = new Float64Array(widest);
  let next = new Float64Array(widest);

  function load(batch: Float64Array, from: number, lanes: number): void {
    if (current.length < widest * lanes) {
      current = new Float64Array(widest * lanes);
      next = new Float64Array(widest * lanes);
    }
    for (let input = 0; input < raw; input++) {
      for (let lane = 0; lane < lanes; lane++) {
        current[input * lanes + lane] = batch[(from + lane) * raw + input];
      }
    }
    if (constant) current.fill(1, raw * lanes, (raw + 1) * lanes);
  }

  function runLayer(layer: PrunedLayer, lanes: number, relu: boolean, factor: number): void {
    const { neurons, offsets, edges } = layer;
    for (let neuron = 0; neuron < neurons.length; neuron++) {
      const at = neuron * lanes;
      addEdges(current, edges, offsets[neuron], offsets[neuron + 1], next, at, lanes);
      finishNeuron(next, at, lanes, relu, factor);
    }
  }

  return (batch, samples) => {
    checkBatch(batch, samples, raw);
    const result = new Float64Array(samples * outputs);
    for (let from = 0; from < samples; from += LANES) {
      const lanes = Math.min(LANES, samples - from);
      load(batch, from, lanes);
      let block = 0;
      layers.forEach((layer, index) => {
        const isLast = index === layers.length - 1;
        const endsBlock = index + 1 === blockEnds[block];
        const factor = endsBlock ? factors[block] : 1;
        if (endsBlock) block++;
        runLayer(layer, lanes, !isLast || program.activation === 'relu', factor);
        [current, next] = [next, current];
      });
      const { neurons } = layers[layers.length - 1];
      neurons.forEach((output, index) => {
        for (let lane = 0; lane < lanes; lane++) {
          result[(from + lane) * outputs + output] = current[index * lanes + lane] * last;
        }
      });
    }
    return result;
  };
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
