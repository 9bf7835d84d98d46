/** The bound by Fourier ellipsoids (`torus-chain.ts`): prepared, learned, and run once more with proof. */
import type { Steps } from '../../core/steps.js';
import { OutOfRange } from './ellipsoid.js';
import type { LinearDifference, MapDifference } from './map-difference.js';
import type { MapValues } from './map-values.js';
import { runTorusSteps } from './torus-chain.js';
import { learnTorusSteps } from './torus-learning.js';
import { channelsOf, type PlanStep, torusPlan } from './torus-plan.js';
import { prepareSteps } from './torus-prepare.js';

const ROUNDS = 20;

/** What a root of unity, or its power, takes: about as much as so many multiplications. */
const WAVE_WORK = 100;

/** Multiplications that all runs of the chain may take: half a minute or so. */
const MOST_WORK = 3e10;

/**
 * Multiplications of what is done once: roots of unity for each frequency and position, which grow with the square
 * of a plane, and sums over them.
 */
function preparationWork(plan: readonly PlanStep[]): number {
  return plan.slice(0, -1).reduce((sum, { torus, next, shape, readings }, index) => {
    const behind = plan[index + 1].torus;
    const positions = next.reduce(
      (most, { shape: own }) => Math.max(most, own.height * own.width),
      0,
    );
    // Two means, and three maps.
    const means = behind.height * behind.width * positions * (WAVE_WORK + 2 * channelsOf(next));
    const maps = readings.reduce((all, { part: { map } }) => {
      const isDense = map.kind === 'dense';
      const taps = isDense ? shape.height * shape.width : map.kernel.height * map.kernel.width;
      const rows = isDense ? map.outputs : map.output.channels;
      return all + taps * (WAVE_WORK + 2 * rows * shape.channels);
    }, 0);
    return sum + means + 1.5 * torus.height * torus.width * maps;
  }, 0);
}

/** Multiplications of all runs; Infinity of networks that it is not for. */
export function fourierWork(layers: readonly MapDifference[], inputs: number): number {
  const plan = torusPlan(layers, inputs);
  if (plan === undefined) return Number.POSITIVE_INFINITY;
  const each = plan.slice(0, -1).reduce((sum, { torus, open, next, shape, readings }, index) => {
    const count = torus.height * torus.width;
    const after = plan[index + 1].torus;
    const before = Math.max(channelsOf(open), shape.channels);
    const behind = channelsOf(next);
    const isMatrix = readings.some(({ part }) => part.map.kind === 'dense');
    // Complex numbers, of half of the frequencies.
    const image = isMatrix
      ? count * behind * before * (2 * before + behind)
      : 4 * count * behind * before * (before + behind);
    const hidden = (after.height * after.width > 1 ? 4 : 1) * 6 * behind ** 3;
    return sum + 3 * image + 2 * after.height * after.width * hidden;
  }, 0);
  // An update takes about twice as much as a run.
  const work = preparationWork(plan) + 3 * ROUNDS * each;
  return work > MOST_WORK ? Number.POSITIVE_INFINITY : work;
}

/**
 * Upper bounds of `|f_j - f^_j|` over the region of `values`; undefined where the network is not made of
 * convolutions and matrices, is too large, or has numbers that are.
 */
export function* fourierBoundsSteps(
  layers: readonly MapDifference[],
  values: MapValues,
): Steps<Float64Array | undefined> {
  const inputs = values.input.centre.length;
  const plan = torusPlan(layers, inputs);
  if (plan === undefined || !Number.isFinite(fourierWork(layers, inputs))) return undefined;
  try {
    // A plan has no maxima.
    const network = yield* prepareSteps(plan, layers as readonly LinearDifference[], values);
    const parameters = yield* learnTorusSteps(network, ROUNDS);
    if (parameters === undefined) return undefined;
    return (yield* runTorusSteps(network, parameters, true)).bounds;
  } catch (error) {
    if (!(error instanceof OutOfRange)) throw error;
    return undefined;
  }
}
