/**
 * The figures of the documentation that show measurements, drawn from the committed records beside them
 * (docs/figures/**.json) and from the studies' tables (docs/study/*.csv). Nothing is measured here.
 */

import { comparisonFigures } from '../../src/figures/comparison-figures.js';
import {
  type EpochPoint,
  type SweepPoint,
  sparsityCurveFigure,
  trainingCurvesFigure,
} from '../../src/figures/search-curves.js';
import {
  expressivityFigure,
  sizeFigure,
  universalityFigure,
} from '../../src/figures/study-figures.js';
import { successFigures } from '../../src/figures/success-curves.js';
import type { ComparedSystem } from '../../src/pipeline/compare.js';
import type { ExpressivityRecord } from '../../src/study/expressivity.js';
import type { SizeRecord } from '../../src/study/size.js';
import type { SuccessRecord } from '../../src/study/success.js';
import type { UniversalityRecord } from '../../src/study/universality.js';
import { type EngineTimes, engineTimesFigure } from './engine-times.js';
import { type ErrorRecord, errorCurvesFigure } from './error-curves.js';
import { recordsFromCsv } from './study-tables.js';

/** One search over its epochs, as `bench/search-table.mjs` writes it. */
export interface SearchHistory {
  readonly method: string;
  readonly shape: readonly number[];
  readonly seed: number;
  readonly history: readonly EpochPoint[];
}

/** Searches over kept fractions, as `bench/search-table.mjs` and `bench/search-report.mjs` write them. */
export interface SearchSweep {
  readonly network: string;
  /** Images of which samples are held out and the rest trained with, where not all of the data are taken. */
  readonly images?: number;
  readonly epochs: number;
  readonly samples: number;
  readonly seed: number;
  /** How many, from `seed` on; default: that one. */
  readonly seeds?: number;
  readonly sweeps: readonly { readonly name: string; readonly points: readonly SweepPoint[] }[];
}

export function searchHistoryFigure({ method, shape, seed, history }: SearchHistory): string {
  return trainingCurvesFigure(history, {
    title: `A mask being learned: ${method}, ${shape.join('-')}`,
    caption:
      'After each epoch, with half of the edges kept. Training samples are counted as they come by, ' +
      `with the mask of each step; test samples with the mask after the epoch. Seed ${seed}.`,
  });
}

export function searchSweepFigure(sweep: SearchSweep): string {
  const { network, images, epochs, samples, seed, seeds = 1, sweeps } = sweep;
  const passes = epochs === 1 ? 'one epoch' : `${epochs} epochs`;
  const of =
    images === undefined
      ? ''
      : ` of ${images.toLocaleString('en')} images, those held out included`;
  const marks =
    seeds === 1 ? 'Each mark is one search' : `Each mark is the mean of ${seeds} searches`;
  const ofSeeds =
    seeds === 1 ? `Seed ${seed}.` : `${seeds} seeds; the band is from the least to the largest.`;
  return sparsityCurveFigure(sweeps, {
    title: `Accuracy against edges kept: ${network}`,
    caption:
      `${marks} of ${passes}${of}. Accuracy on ${samples.toLocaleString('en')} test samples, by the inference ` +
      `engine on each ticket. ${ofSeeds}`,
  });
}

/** The files that the drawings are made from, under `docs/`. */
const ERRORS = ['acasxu', 'mnist'];

/**
 * File names (in `docs/figures`) and contents.
 *
 * @param read the text of a file under `docs/`
 */
export function measuredFigures(read: (file: string) => string): ReadonlyMap<string, string> {
  const json = <T>(file: string): T => JSON.parse(read(`figures/${file}`)) as T;
  const table = (study: string): string => read(`study/${study}.csv`);
  const { systems, epsilon } = json<{
    readonly systems: readonly ComparedSystem[];
    readonly epsilon: number;
  }>('table-one/digits.json');
  const shown = ['weights', 'error'];
  return new Map([
    ...ERRORS.map(
      (name) =>
        [
          `precision/${name}.svg`,
          errorCurvesFigure(json<ErrorRecord>(`precision/${name}.json`)),
        ] as const,
    ),
    ['inference/engines.svg', engineTimesFigure(json<EngineTimes>('inference/engines.json'))],
    ['search/curves.svg', searchHistoryFigure(json<SearchHistory>('search/curves.json'))],
    ['search/sparsity.svg', searchSweepFigure(json<SearchSweep>('search/sparsity.json'))],
    ['search/conv2.svg', searchSweepFigure(json<SearchSweep>('search/conv2.json'))],
    ...comparisonFigures(systems, epsilon)
      .filter(({ name }) => shown.includes(name))
      .map(({ name, svg }) => [`table-one/digits-${name}.svg`, svg] as const),
    ...[...successFigures(recordsFromCsv<SuccessRecord>(table('success')))].map(
      ([name, svg]) => [`study/${name}`, svg] as const,
    ),
    ['study/size.svg', sizeFigure(recordsFromCsv<SizeRecord>(table('size')))],
    [
      'study/expressivity.svg',
      expressivityFigure(recordsFromCsv<ExpressivityRecord>(table('expressivity'))),
    ],
    [
      'study/universality.svg',
      universalityFigure(recordsFromCsv<UniversalityRecord>(table('universality'))),
    ],
  ]);
}
