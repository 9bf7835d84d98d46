/** The bound by Fourier ellipsoids (`torus-chain.ts`): prepared, learned, and run once more with proof. */
import type { Steps } from '../../core/steps.js';
import { OutOfRange } from './ellipsoid.js';
import type { LinearDifference, MapDifference } from './map-difference.js';
import type { MapValues } from './map-values.js';
import { runTorusSteps } from './torus-chain.js';
import { learnTorusSteps } from './torus-learning.js';
import { channelsOf, torusPlan } from './torus-plan.js';
import { prepareSteps } from './torus-prepare.js';

const ROUNDS = 20;

/** Multiplications that all runs of the chain may take: half a minute or so. */
const MOST_WORK = 3e10;

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
  const work = 3 * ROUNDS * each;
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
