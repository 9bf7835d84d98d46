/**
 * Learns the free parameters of the ellipsoid chain, one update (chain-update.ts) after the other. Nothing
 * here needs to be exact: any positive parameters are sound, and the chain is run again, verified, with
 * the best ones met.
 */

import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import { cloneParameters, type LayerParameters } from './chain-parameters.js';
import { type LearnedDirections, updateParameters } from './chain-update.js';
import type { DifferenceLayer } from './difference-layers.js';
import { OutOfRange } from './ellipsoid.js';
import { type ChainResult, type RangeHint, runChainSteps } from './ellipsoid-chain.js';
import { between, blendOwn, newSteps, turnSteps } from './own-steps.js';
import type { CentredRegion } from './region.js';

/** Rounds before the ellipsoids are judged against boxes: they begin far from their best. */
const SETTLED = 12;
/** A step may make the bound this much worse: the way to a better one is often not downhill. */
const TOLERATED = 1.2;
/** Shortest step of one multiplier in one update (the longest is its inverse), and where they are kept apart. */
const SHORTEST = 0.7;
const SHORTEST_APART = 0.8;
/** How the length of a step changes after a failure and after a success. */
const SHORTER = 0.5;
const LONGER = 1.5;

export interface Learned {
  readonly parameters: LayerParameters[];
  /** Where the conditions at these parameters point. */
  readonly proposal: LayerParameters[];
  /** Largest output bound of the estimate. */
  readonly estimate: number;
  readonly result: ChainResult | undefined;
  readonly directions: LearnedDirections | undefined;
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Between two sets of parameters, by factors; values not yet learned (0) are taken over. */
function blend(
  from: readonly LayerParameters[],
  to: readonly LayerParameters[],
  step: number,
): LayerParameters[] {
  const arrays = (a: Float64Array, b: Float64Array): Float64Array =>
    a.map((value, k) => between(value, b[k], step));
  return cloneParameters(to).map((target, index) => {
    const start = from[index];
    if (step === 1) return target;
    return {
      errorMultipliers: arrays(start.errorMultipliers, target.errorMultipliers),
      activationMultipliers: arrays(start.activationMultipliers, target.activationMultipliers),
      errorImportance: arrays(start.errorImportance, target.errorImportance),
      activationImportance: arrays(start.activationImportance, target.activationImportance),
      shares: [0, 1, 2].map((part) =>
        between(start.shares[part], target.shares[part], step),
      ) as LayerParameters['shares'],
      source: target.source,
    };
  });
}

/** After so many rounds, an estimate beyond this factor of the goal is final. */
export interface Patience {
  readonly rounds: number;
  readonly factor: number;
}

export interface LearningOptions {
  readonly goal?: number | undefined;
  readonly patience?: readonly Patience[] | undefined;
  readonly hints?: readonly RangeHint[];
  readonly tell?: ((share: number) => Progress | undefined) | undefined;
  /** As of a chain; updates are then shorter, too. */
  readonly apart?: boolean;
  /** Whether each parameter has a step length of its own (`own-steps.ts`); default false. */
  readonly ownSteps?: boolean;
  /** Called before each round. */
  readonly onRound?: (() => void) | undefined;
}

/**
 * `rounds` runs from `start`: each takes a step towards what the conditions of the last parameters ask
 * for. A step that leads far off is taken back and made shorter (the conditions are coupled: a full
 * step often goes too far). Ends early where the estimate is
 * below `goal`, or beyond a factor of it when some patience ends. Before every round it yields what `tell` says
 * of the share of the rounds that is done.
 */
export function* learnParameters(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
  start: readonly LayerParameters[],
  rounds: number,
  options: LearningOptions = {},
): Steps<Learned> {
  const { goal = 0, patience = [], hints = [], tell = () => undefined, apart = false } = options;
  const steps = options.ownSteps === true ? newSteps(start) : undefined;
  const towards = (share: number): LayerParameters[] =>
    steps === undefined
      ? blend(current, proposal, share)
      : blendOwn(steps, current, proposal, share);
  let best: Learned = {
    parameters: cloneParameters(start),
    // Where no round comes to anything: stay.
    proposal: cloneParameters(start),
    estimate: Number.POSITIVE_INFINITY,
    result: undefined,
    directions: undefined,
  };
  let current = cloneParameters(start);
  let proposal = current;
  let step = 1;
  for (let round = 0; round < rounds; round++) {
    const isFinal = ({ rounds: after, factor }: Patience): boolean =>
      round === after && best.estimate > factor * goal;
    if (goal > 0 && patience.some(isFinal)) break;
    options.onRound?.();
    const used = round === 0 ? current : towards(step);
    let result: ChainResult | undefined;
    yield tell(round / rounds);
    try {
      result = yield* runChainSteps(layers, region, used, { verify: false, apart }, hints);
    } catch (error) {
      if (!(error instanceof OutOfRange)) throw error;
      if (best.result === undefined) break;
    }
    const estimate = result === undefined ? Number.POSITIVE_INFINITY : largestOf(result.bounds);
    if (result === undefined || !(estimate < best.estimate * TOLERATED)) {
      step *= SHORTER;
      current = best.parameters;
      proposal = best.proposal;
      continue;
    }
    current = cloneParameters(result.parameters);
    proposal = cloneParameters(current);
    const directions = yield* updateParameters(
      layers,
      result,
      region,
      proposal,
      round >= SETTLED,
      apart ? SHORTEST_APART : SHORTEST,
    );
    if (steps !== undefined) turnSteps(steps, current, proposal);
    if (estimate < best.estimate) {
      best = { parameters: current, proposal, estimate, result, directions };
      step = Math.min(1, step * LONGER);
      if (estimate <= goal * (1 - 2 ** -20)) break;
    }
  }
  return best;
}
