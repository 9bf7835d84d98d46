/**
 * What is worked out on many small domains, one by one and on as many threads as there are: the ranges of the true
 * activations, and the error certificate. The numbers are the same with any.
 */
import type { Spend } from '../core/limits.js';
import { retold, type Steps } from '../core/steps.js';
import type { Threads, ThreadTask } from '../core/threads.js';
import { exactArray } from '../target/exact-array.js';
import type { InputRegion } from './bounds/map-bounding.js';
import type { MapDifference } from './bounds/map-difference.js';
import type { Certificate } from './certificate.js';
import {
  analyseRegionSteps,
  certifyAnalysedSteps,
  certifyRegionSteps,
  type MapAnalysis,
  type MapCertifyOptions,
} from './map-certificate.js';

/** One domain. Without `analysis` it is analysed first, unless intervals meet the goal. */
export interface BallWork {
  readonly layers: readonly MapDifference[];
  readonly input: InputRegion;
  readonly analysis?: MapAnalysis | undefined;
  readonly goal?: MapCertifyOptions['goal'];
  readonly bounds?: MapCertifyOptions['bounds'] | undefined;
  readonly wanted: 'analysis' | 'certificate';
}

export interface BallResult {
  readonly analysis?: MapAnalysis;
  readonly certificate?: Certificate;
  /** Steps that it took. */
  readonly spent: number;
}

function* runBall({ layers, input, goal, wanted, analysis, bounds }: BallWork): Steps<BallResult> {
  let spent = 0;
  const spend: Spend = (steps) => {
    spent += steps;
  };
  if (wanted === 'analysis') {
    const own = yield* analyseRegionSteps(layers, input, spend);
    return { analysis: own, spent };
  }
  const options = { goal, spend, ...(bounds && { bounds }) };
  const certificate =
    analysis === undefined
      ? yield* certifyRegionSteps(layers, input, options)
      : yield* certifyAnalysedSteps(layers, analysis, options);
  return { certificate, spent };
}

export const ballTask: ThreadTask<BallWork, BallResult> = {
  name: 'bound around an input',
  *run(work) {
    return yield* retold(runBall(work), () => undefined);
  },
};

/** The layers, their numbers where all threads see them. */
export function sharedLayers(
  layers: readonly MapDifference[],
  threads: Threads | undefined,
): readonly MapDifference[] {
  if (threads === undefined || threads.count === 1) return layers;
  return layers.map((layer) =>
    layer.kind === 'pooling'
      ? layer
      : {
          ...layer,
          parts: layer.parts.map(({ map, start, ...numbers }) => {
            const values = threads.share(numbers.values);
            const exact = exactArray(values);
            return {
              start,
              values,
              rounded: threads.share(numbers.rounded),
              delta: threads.share(numbers.delta),
              // Bounds look at its dimensions alone.
              map: map.kind === 'dense' ? { ...map, matrix: exact } : { ...map, weights: exact },
            };
          }),
        },
  );
}

/** Balls that are given out at a time, whatever the threads: what is given up early should not cost all. */
export const BALLS_AT_ONCE = 8;

/** Each of a few in order; `tell` is told of every one that is done. */
export function* ballResults(
  works: readonly BallWork[],
  threads: Threads | undefined,
  spend: Spend | undefined,
): Steps<BallResult[]> {
  const results: BallResult[] = [];
  if (threads !== undefined && threads.count > 1 && works.length > 1) {
    results.push(...(yield* threads.run(ballTask, works)));
  } else {
    for (const work of works) results.push(yield* ballTask.run(work));
  }
  for (const { spent } of results) spend?.(spent);
  return results;
}
