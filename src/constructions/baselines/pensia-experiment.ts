/**
 * The published experiment of Pensia et al. 2020: every weight of a trained network replaced by a subset
 * sum of random coefficients. As their released code does it, a row of a weight matrix has one list of
 * coefficients, drawn uniformly between the matrix's least and largest weight, and each weight of the row
 * a subset of its own. Theirs took a mixed-integer solver for each weight; here the sums of a list are
 * sorted once and every weight is looked up by meeting in the middle.
 */

import { checkObject, checkPositive, checkSeed, checkWhole } from '../../core/arguments.js';
import type { Watch } from '../../core/progress.js';
import { complete, type Steps } from '../../core/steps.js';
import { layerWeights } from '../../source/weights.js';
import { checkNetwork } from '../../target/check-network.js';
import { denseLayer } from '../../target/make-layers.js';
import { type Layer, matrixOf, type Network } from '../../target/network.js';
import { allSubsetSums, closestPair, type SumList } from './subset-sum.js';

export interface PensiaOptions {
  /** Random coefficients of a list (21 in the paper), at most 31. */
  readonly coefficients: number;
  /** Allowed distance of a weight from its approximation (0.01 in the paper). */
  readonly tolerance: number;
  readonly seed: bigint;
  /** `closest`: the subset that comes closest. `fewest`: the smallest one within the tolerance. */
  readonly choice: 'closest' | 'fewest';
  /** Called with rows done and rows in all; throws to stop. */
}

export interface PensiaResult {
  /** The network of the approximated weights; biases as they were. */
  readonly network: Network;
  readonly weights: number;
  /** Mask bits: coefficients of a list for each weight. */
  readonly coefficients: number;
  readonly kept: number;
  /** The largest distance of a weight from its approximation. */
  readonly largestError: number;
  /** Weights that no subset comes within the tolerance of. */
  readonly outside: number;
}

interface Approximation {
  readonly value: number;
  readonly kept: number;
}

type Approximate = (weight: number) => Approximation;

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Sums of `values` over the subsets in `low` and, from `split` on, in `high`: as a checker adds them. */
function sumOf(values: readonly number[], split: number, low: number, high: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const bit = index < split ? low >>> index : high >>> (index - split);
    if (bit & 1) sum += values[index];
  }
  return sum;
}

function closestOf(values: readonly number[]): Approximate {
  const split = Math.floor(values.length / 2);
  const low = allSubsetSums(values.slice(0, split));
  const high = allSubsetSums(values.slice(split));
  return (weight) => {
    const best = closestPair(low, high, weight);
    return {
      value: sumOf(values, split, best.low, best.high),
      kept: bitCount(best.low) + bitCount(best.high),
    };
  };
}

/** Sums of exactly `size` of the values, ascending, with their subsets as sets of indices. */
function sumsOfSize(values: readonly number[], size: number): SumList {
  const found: { sum: number; subset: number }[] = [];
  const extend = (from: number, left: number, sum: number, subset: number): void => {
    if (left === 0) {
      found.push({ sum, subset });
      return;
    }
    for (let index = from; index <= values.length - left; index++) {
      extend(index + 1, left - 1, sum + values[index], subset | (1 << index));
    }
  };
  extend(0, size, 0, 0);
  found.sort((a, b) => a.sum - b.sum);
  return {
    count: found.length,
    sums: Float64Array.from(found, ({ sum }) => sum),
    subsets: Uint32Array.from(found, ({ subset }) => subset),
  };
}

/** Sizes of subsets that are listed before the search gives up and takes the closest of all. */
const MOST_LISTED = 5;

function fewestOf(values: readonly number[], tolerance: number): Approximate {
  const lists: SumList[] = [];
  const empty: SumList = { count: 1, sums: Float64Array.of(0), subsets: Uint32Array.of(0) };
  let closest: Approximate | undefined;
  return (weight) => {
    for (let size = 0; size <= Math.min(MOST_LISTED, values.length); size++) {
      const list = lists[size] ?? sumsOfSize(values, size);
      lists[size] = list;
      const { distance, high } = closestPair(empty, list, weight);
      if (distance <= tolerance * (1 - 2 ** -20)) {
        return { value: sumOf(values, values.length, high, 0), kept: size };
      }
    }
    closest ??= closestOf(values);
    return closest(weight);
  };
}

function extremes(weights: Float64Array): { least: number; most: number } {
  return weights.reduce(
    ({ least, most }, weight) => ({ least: Math.min(least, weight), most: Math.max(most, weight) }),
    { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY },
  );
}

/** Approximates every weight of the network. Throws a `UsageError` for options that make no sense. */
export function pensiaExperiment(network: Network, options: PensiaOptions & Watch): PensiaResult {
  return complete(pensiaExperimentSteps(network, options), options);
}

/** The same in steps of stage `study`, counted in rows. */
export function* pensiaExperimentSteps(
  network: Network,
  options: PensiaOptions,
): Steps<PensiaResult> {
  checkObject('options', options);
  const { coefficients, tolerance, seed, choice } = options;
  checkNetwork(network);
  checkWhole('coefficients', coefficients, 1, 31);
  checkPositive('tolerance', tolerance);
  checkSeed(seed);
  const rows = network.layers.reduce((sum, { outputs }) => sum + outputs, 0);
  let done = 0;
  let weights = 0;
  let kept = 0;
  let largestError = 0;
  let outside = 0;
  const layers: Layer[] = [];
  yield { stage: 'study', done: 0, total: rows };
  for (const [index, layer] of network.layers.entries()) {
    const { values: target } = matrixOf(layer);
    const { least, most } = extremes(target);
    const uniform = layerWeights(seed, index + 1, { kind: 'uniform', bits: 24 });
    const approximated = new Float64Array(target.length);
    for (let row = 0; row < layer.outputs; row++) {
      const values = Array.from(
        { length: coefficients },
        (_, k) => least + ((uniform.weight(k, row) + 1) / 2) * (most - least),
      );
      const approximate = choice === 'closest' ? closestOf(values) : fewestOf(values, tolerance);
      for (let column = 0; column < layer.inputs; column++) {
        const at = row * layer.inputs + column;
        const made = approximate(target[at]);
        const error = Math.abs(made.value - target[at]);
        approximated[at] = made.value;
        kept += made.kept;
        largestError = Math.max(largestError, error);
        if (error > tolerance) outside++;
        weights++;
      }
      yield { stage: 'study', done: ++done, total: rows };
    }
    const { inputs, outputs, bias, activation } = layer;
    layers.push(denseLayer({ inputs, outputs, weights: approximated, bias, activation }));
  }
  return {
    network: { ...network, layers },
    weights,
    coefficients: weights * coefficients,
    kept,
    largestError,
    outside,
  };
}
