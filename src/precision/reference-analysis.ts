/**
 * What the choice of bits wants to know of a network and a domain before any epsilon is named: how much
 * each layer's rounding adds to the certified error, and the metrics for compensated rounding. Taken
 * once, at reference places where rounding errors are small; errors are close to proportional to `2^-p_i`.
 */
import type { Spend } from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { losslessPlaces, quantizeSteps } from '../integer/quantize.js';
import { type Layer, matrixOf, type Network, parameterCount } from '../target/network.js';
import { initialParameters } from './bounds/chain-parameters.js';
import { type DifferenceLayer, differenceLayers } from './bounds/difference-layers.js';
import { boxScales } from './bounds/ellipsoid.js';
import type { ChainResult } from './bounds/ellipsoid-chain.js';
import { type Learned, learnParameters } from './bounds/ellipsoid-learning.js';
import { intervalChain } from './bounds/interval-chain.js';
import { type CentredRegion, centred, type Region } from './bounds/region.js';
import { chainSteps, intervalSteps } from './bounds/steps.js';
import type { RoundingMetric } from './compensated.js';

/** What one rounding of all layers does. */
export interface RoundingAnalysis {
  /** The certified error, not proved. */
  readonly estimate: number;
  /** The layer's part of it is about `effects[i] * 2^-p_i`. */
  readonly effects: readonly number[];
}

export interface ReferenceAnalysis {
  /** With numbers rounded to nearest, the layer's part of the certified error is about `effects[i] * 2^-p_i`. */
  readonly effects: readonly number[];
  /** Undefined where no analysis was possible: then rounding is to nearest. */
  readonly metrics: readonly (RoundingMetric | undefined)[];
}

const REFERENCE_PLACES = 20;
/** Neurons of a layer beyond which it has no metric: of so many, the matrix takes 128 MB. */
const LARGEST_METRIC = 4096;
/** One place short of lossless at most, so that every layer has some rounding to look at. */
export function someRounding(places: readonly number[], lossless: readonly number[]): number[] {
  return lossless.map((most, layer) => Math.min(places[layer], Math.max(0, most - 1)));
}

/** Rounds of learning: more where a round costs little. */
const ROUNDS = { small: 40, large: 28, smallParameters: 100_000 };

/** Shares of the final bound by layer: what each adds, times what later layers keep of it. */
function layerShares(learned: Learned, layers: readonly DifferenceLayer[]): number[] {
  const result = learned.result as ChainResult;
  const worst = result.bounds.reduce(
    (best, bound, j) => (bound > result.bounds[best] ? j : best),
    0,
  );
  const shares = new Array<number>(layers.length).fill(0);
  shares[layers.length - 1] = result.ownParts[worst];
  let carried = result.carriedParts[worst];
  for (let index = layers.length - 2; index >= 0; index--) {
    const step = result.layers[index];
    const parts = [step.carried, step.own, step.mean].map((shape, part) =>
      shape === undefined ? 0 : step.shares[part],
    );
    const total = parts[0] + parts[1] + parts[2];
    if (!(total > 0)) continue;
    shares[index] = (carried * (parts[1] + parts[2])) / total;
    carried *= parts[0] / total;
  }
  return shares;
}

/** Moments of (inputs, 1) around 0 from the shape around a reference point. */
function moments(shape: Float64Array, reference: Float64Array): Float64Array {
  const n = reference.length;
  const size = n + 1;
  const result = new Float64Array(size * size);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      result[i * size + k] = shape[i * n + k] + reference[i] * reference[k];
    }
    result[i * size + n] = reference[i];
    result[n * size + i] = reference[i];
  }
  result[size * size - 1] = 1;
  return result;
}

function metricsOf(
  learned: Learned,
  layers: readonly DifferenceLayer[],
  area: CentredRegion,
): (RoundingMetric | undefined)[] {
  const { result, directions, parameters } = learned;
  return layers.map((layer, index) => {
    const along = directions?.error[index] ?? [];
    if (result === undefined || along.length === 0) return undefined;
    if (Math.max(layer.inputs, layer.outputs) > LARGEST_METRIC) return undefined;
    const { inputs, outputs } = layer;
    const rows = new Float64Array(outputs * outputs);
    for (const direction of along) {
      for (let i = 0; i < outputs; i++) {
        for (let k = 0; k < outputs; k++) rows[i * outputs + k] += direction[i] * direction[k];
      }
    }
    let shape = new Float64Array(inputs * inputs);
    if (index === 0) {
      const importance = parameters[0].errorImportance;
      const scales =
        area.ball || importance.every((value) => value === 0)
          ? area.radius
          : boxScales(area.radius, importance);
      for (let k = 0; k < inputs; k++) shape[k * inputs + k] = scales[k] ** 2;
    } else {
      shape = result.layers[index - 1].activationImage?.shape.slice() ?? shape;
    }
    const reference =
      index === layers.length - 1 ? result.reference : result.layers[index].reference;
    return { rows, columns: moments(shape, reference) };
  });
}

/** Rounds of learning for one rounding. */
const ROUNDING_ROUNDS = 20;

/** What a rounding to `places` does over the region, by ellipsoids; undefined where they give nothing. */
export function* analyseRoundingSteps(
  network: Network,
  rounded: IntegerNetwork,
  places: readonly number[],
  region: Region,
  spend?: Spend,
): Steps<RoundingAnalysis | undefined> {
  const layers = differenceLayers(network, rounded);
  const area = centred(region, network.layers[0].inputs);
  spend?.(ROUNDING_ROUNDS * chainSteps(layers));
  const start = initialParameters(layers);
  const options = { ownSteps: true };
  const learned = yield* learnParameters(layers, area, start, ROUNDING_ROUNDS, options);
  const { estimate, result } = learned;
  if (result === undefined || !Number.isFinite(estimate)) return undefined;
  return { estimate, effects: effectsOf(learned, layers, places) };
}

function effectsOf(
  learned: Learned,
  layers: readonly DifferenceLayer[],
  places: readonly number[],
): number[] {
  return layerShares(learned, layers).map((share, index) => share * 2 ** places[index]);
}

/** The layer without any rounding, beside a difference of 0. */
function unrounded(layer: Layer): DifferenceLayer {
  const { inputs, outputs } = layer;
  const [weights, bias] = [matrixOf(layer).values, layer.bias.values];
  return {
    ...{ inputs, outputs, weights, bias, rounded: weights, roundedBias: bias },
    deltaWeights: new Float64Array(weights.length),
    deltaBias: new Float64Array(bias.length),
  };
}

/** Effects from the interval chain, one layer rounded at a time: rough, but always there. */
function* intervalEffects(
  network: Network,
  rounded: readonly DifferenceLayer[],
  area: CentredRegion,
  places: readonly number[],
): Steps<number[]> {
  const exact = network.layers.map(unrounded);
  const effects: number[] = [];
  for (const [index, layer] of rounded.entries()) {
    yield;
    const { bounds } = intervalChain(exact.with(index, layer), area);
    const worst = bounds.reduce((all, bound) => Math.max(all, bound), 0);
    // Finite, so that the ladder can weigh it.
    effects.push(Math.min(worst * 2 ** places[index], 2 ** 1000));
  }
  return effects;
}

/**
 * The analysis over the region. `thorough` runs the ellipsoid chain, which large networks cannot.
 * `spend` is told the steps beforehand.
 */
export function analyseReference(
  network: Network,
  region: Region,
  thorough: boolean,
  spend?: Spend,
): ReferenceAnalysis {
  return complete(analyseReferenceSteps(network, region, thorough, spend));
}

/** The same in steps of stage `analyse`, counted in layers: all of them are learned at once. */
export function* analyseReferenceSteps(
  network: Network,
  region: Region,
  thorough: boolean,
  spend?: Spend,
): Steps<ReferenceAnalysis> {
  const total = network.layers.length;
  const told = (share: number): Progress => ({ stage: 'analyse', done: share * total, total });
  yield told(0);
  const analysis = yield* analyse(network, region, thorough, told, spend);
  yield told(1);
  return analysis;
}

function* analyse(
  network: Network,
  region: Region,
  thorough: boolean,
  told: (share: number) => Progress,
  spend: Spend | undefined,
): Steps<ReferenceAnalysis> {
  const area = centred(region, network.layers[0].inputs);
  const lossless = losslessPlaces(network);
  const places = someRounding(
    lossless.map(() => REFERENCE_PLACES),
    lossless,
  );
  const rounded = yield* retold(quantizeSteps(network, places), () => undefined);
  const layers = differenceLayers(network, rounded);
  const metrics: (RoundingMetric | undefined)[] = layers.map(() => undefined);
  if (thorough) {
    const small = parameterCount(network) <= ROUNDS.smallParameters;
    const rounds = small ? ROUNDS.small : ROUNDS.large;
    spend?.(rounds * chainSteps(layers));
    const start = initialParameters(layers);
    const options = { tell: told, ownSteps: true };
    const learned = yield* learnParameters(layers, area, start, rounds, options);
    if (learned.result !== undefined && Number.isFinite(learned.estimate)) {
      return {
        effects: effectsOf(learned, layers, places),
        metrics: metricsOf(learned, layers, area),
      };
    }
  }
  spend?.(layers.length * intervalSteps(layers));
  return { effects: yield* intervalEffects(network, layers, area, places), metrics };
}
