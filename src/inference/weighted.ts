/**
 * The pruned source of a baseline ticket, executed: the kept edges with their weights regenerated from
 * the seed, layer by layer, in float64 or exactly. Unlike a source of signs it multiplies.
 */
import { checkParts, type PartKind } from '../core/arguments.js';
import { upTo } from '../core/growable.js';
import type { Watch } from '../core/progress.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { integerInputs } from '../integer/evaluate-integers.js';
import { requirePlainLayers } from '../source/check-shape.js';
import { weightPlaces } from '../source/distributions.js';
import { edgeRuns } from '../source/edge-runs.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { layerWeights } from '../source/weights.js';
import type { BaselineTicket } from '../ticket/baseline.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import type { ExactValue } from './exact.js';
import { ADDITIONS_AT_ONCE, checkBatch, type FloatEngine, type FloatEngineSteps } from './float.js';
import type { CompileOptions } from './pruned-program.js';

export interface WeightedProgram {
  /** `N_0`, the constant included. */
  readonly inputs: number;
  readonly constant: boolean;
  readonly outputs: number;
  /** Live layers, t = 1 .. L; signs of their edges are not used. */
  readonly layers: readonly PrunedLayer[];
  /** Weight of every edge of each layer, in the order of `edges`. */
  readonly weights: readonly Float64Array[];
  /** Layer t's weights are integers over `2^places[t-1]`. */
  readonly places: readonly number[];
  /** What each block's outputs count for, as a power of two. */
  readonly scaleExponents: readonly number[];
  readonly activation: 'relu' | 'identity';
}

/**
 * Regenerates the weights and lays out the live part of a ticket's pruned source. Throws an `InputError`
 * if it would need more than `memory` bytes (default 2 GiB).
 */
export function compileBaseline(
  ticket: BaselineTicket,
  { memory, ...watch }: CompileOptions & Watch = {},
): WeightedProgram {
  return complete(compileBaselineSteps(ticket, memory), watch);
}

/** The same in steps of stage `compile`, counted in layers. */
export function* compileBaselineSteps(
  ticket: BaselineTicket,
  memory?: number,
): Steps<WeightedProgram> {
  checkTicket(ticket, 'baseline', 'this program');
  admitTicket(ticket, 'program', memory);
  const { seed, shape, distributions, effective } = ticket;
  // Which edges there are does not depend on their signs.
  requirePlainLayers(shape, 'an engine of baselines');
  const source = createSource(seed, shape);
  const layers = yield* pruneSourceSteps(source, (t) => ticket.mask(t));
  const weights = layers.map(({ neurons, offsets, edges }, index) => {
    const { weight } = layerWeights(seed, index + 1, distributions[index]);
    const before = index === 0 ? upTo(widthOf(shape, 0)) : layers[index - 1].neurons;
    const values = new Float64Array(edges.length);
    neurons.forEach((neuron, at) => {
      for (let edge = offsets[at]; edge < offsets[at + 1]; edge++) {
        values[edge] = weight(before[edges[edge] >>> 1], neuron);
      }
    });
    return values;
  });
  return {
    inputs: widthOf(shape, 0),
    constant: effective.constant,
    outputs: widthOf(shape, depthOf(shape)),
    layers,
    weights,
    places: distributions.map(weightPlaces),
    scaleExponents: effective.scaleExponents,
    activation: effective.activation,
  };
}

/** What a program of real weights has, for callers without types. */
const PROGRAM_PARTS: Readonly<Record<string, PartKind>> = {
  ...{ inputs: 'number', outputs: 'number', constant: 'boolean', activation: 'text' },
  ...{ layers: 'list', weights: 'list', places: 'list', scaleExponents: 'list' },
};

/** Whether layer number `index` (from 0) ends with ReLU. */
function rectifies({ layers, activation }: WeightedProgram, index: number): boolean {
  return index < layers.length - 1 || activation === 'relu';
}

/** Float64 evaluation, sample by sample; outputs are `samples` by `outputs`, row-major. */
export function weightedEngine(program: WeightedProgram): FloatEngine {
  const run = weightedEngineSteps(program);
  return (batch, samples) => complete(run(batch, samples));
}

/** The same in steps. */
export function weightedEngineSteps(program: WeightedProgram): FloatEngineSteps {
  checkParts('program', program, PROGRAM_PARTS);
  const { inputs, constant, outputs, layers, weights, scaleExponents } = program;
  const raw = inputs - (constant ? 1 : 0);

  /** Neurons `first .. end - 1` of a layer. */
  function runNeurons(
    index: number,
    [first, end]: readonly [number, number],
    from: Float64Array,
    to: Float64Array,
  ): void {
    const { offsets, edges } = layers[index];
    const relu = rectifies(program, index);
    // The constant is scaled with the block, so that it stands for 1 again.
    const factor = index % 2 === 1 ? 2 ** (scaleExponents[(index - 1) / 2] as number) : 1;
    const values = weights[index];
    for (let neuron = first; neuron < end; neuron++) {
      let sum = 0;
      for (let edge = offsets[neuron]; edge < offsets[neuron + 1]; edge++) {
        sum += values[edge] * from[edges[edge] >>> 1];
      }
      to[neuron] = relu && sum < 0 ? 0 : sum * factor;
    }
  }

  return function* (batch, samples) {
    checkBatch(batch, samples, raw);
    const result = new Float64Array(samples * outputs);
    for (let sample = 0; sample < samples; sample++) {
      let current = new Float64Array(inputs).fill(1);
      current.set(batch.subarray(sample * raw, (sample + 1) * raw));
      for (const [index, { neurons, offsets }] of layers.entries()) {
        const next = new Float64Array(neurons.length);
        for (const run of edgeRuns(offsets, ADDITIONS_AT_ONCE)) {
          runNeurons(index, run, current, next);
          yield;
        }
        current = next;
      }
      layers[layers.length - 1].neurons.forEach((output, index) => {
        result[sample * outputs + output] = current[index];
      });
      yield { stage: 'run', done: sample + 1, total: samples };
    }
    return result;
  };
}

/** Exact evaluation; result[sample * outputs + output]. */
export function runWeightedExact(
  program: WeightedProgram,
  batch: Float64Array,
  samples: number,
): ExactValue[] {
  return complete(runWeightedExactSteps(program, batch, samples));
}

/** Products of BigInts between two steps: some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 15;

/** The same in steps of stage `run`, counted in samples. */
export function* runWeightedExactSteps(
  program: WeightedProgram,
  batch: Float64Array,
  samples: number,
): Steps<ExactValue[]> {
  checkParts('program', program, PROGRAM_PARTS);
  const { inputs, constant, outputs, layers, weights, places, scaleExponents } = program;
  const raw = inputs - (constant ? 1 : 0);
  checkBatch(batch, samples, raw);
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const integers: bigint[][] = [];
  for (const [index, values] of weights.entries()) {
    const own: bigint[] = [];
    for (const value of values) {
      own.push(BigInt(value * 2 ** places[index]));
      if (isTurn(1)) yield;
    }
    integers.push(own);
  }
  const total =
    places.reduce((sum, count) => sum + count, 0) -
    scaleExponents.reduce((sum, exponent) => sum + exponent, 0);
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerInputs(batch, sample * raw, raw, constant);
    let current = values;
    for (const [index, { neurons, offsets, edges }] of layers.entries()) {
      const relu = rectifies(program, index);
      const next: bigint[] = [];
      for (let neuron = 0; neuron < neurons.length; neuron++) {
        let sum = 0n;
        for (let edge = offsets[neuron]; edge < offsets[neuron + 1]; edge++) {
          sum += integers[index][edge] * current[edges[edge] >>> 1];
        }
        next.push(relu && sum < 0n ? 0n : sum);
        if (isTurn(offsets[neuron + 1] - offsets[neuron])) yield;
      }
      current = next;
    }
    const row = new Array<bigint>(outputs).fill(0n);
    layers[layers.length - 1].neurons.forEach((output, index) => {
      row[output] = current[index];
    });
    const shift = total - exponent;
    for (const value of row) {
      result.push(
        shift >= 0
          ? { numerator: value, denominator: 1n << BigInt(shift) }
          : { numerator: value << BigInt(-shift), denominator: 1n },
      );
    }
    yield { stage: 'run', done: sample + 1, total: samples };
  }
  return result;
}
