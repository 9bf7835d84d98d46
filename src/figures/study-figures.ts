/** The figures of the studies of size, expressivity and universality, from their records. */

import type { ExpressivityRecord, FunctionSet } from '../study/expressivity.js';
import type { SizeRecord, SizeResult, Variable } from '../study/size.js';
import { systemName } from '../study/table-one.js';
import { summariseUniversality, type UniversalityRecord } from '../study/universality.js';
import { type Marker, systemStyle } from './marks.js';
import { shortNumber } from './numbers.js';
import { categoryColour, QUIET, WEIGHT_CHOICE_COLOURS } from './palette.js';
import type { Panel, Point, Series } from './panel.js';
import { plotFigure } from './plot.js';

const VARIABLES: readonly { readonly varied: Variable; readonly label: string }[] = [
  { varied: 'epsilon', label: '1/ε' },
  { varied: 'd', label: 'width d' },
  { varied: 'l', label: 'depth l' },
];

const SIZES: readonly { readonly label: string; readonly of: (result: SizeResult) => number }[] = [
  { label: 'widest layer', of: ({ width }) => width },
  { label: 'layers', of: ({ depth }) => depth },
  { label: 'source weights', of: ({ weights }) => Number(weights) },
];

/** Sizes of all constructions over epsilon, d and l. */
export function sizeFigure(records: readonly SizeRecord[]): string {
  const constructions = [...new Set(records.map(({ point }) => point.construction))];
  const panels = SIZES.flatMap(({ label: quantity, of }) =>
    VARIABLES.map(({ varied, label }): Panel => {
      const series = constructions.map((construction): Series => {
        const own = records.filter(
          ({ point }) => point.construction === construction && point.varied === varied,
        );
        return {
          name: systemName(construction),
          ...systemStyle(construction),
          dots: true,
          points: own.map(({ point, result }): Point => {
            const x = varied === 'epsilon' ? 1 / point.epsilon : point[varied];
            return [x, of(result)];
          }),
        };
      });
      return {
        x: { label, scale: 'logarithmic' },
        y: { label: quantity, scale: 'logarithmic' },
        series: series.filter(({ points }) => points.length > 0),
      };
    }),
  );
  return plotFigure(panels, {
    title: 'Size of the source against error, width and depth of the target',
    caption:
      'Planned sources for networks of l layers of d neurons with weights of at most 1, inputs of either ' +
      'sign, error at most ε, failure probability at most 0.01 (diamond, Horner and skip: for every ' +
      'such network at once). From top to bottom: neurons of the widest layer, weight layers, and weights of ' +
      'the source. One of ε, d and l is varied, the others stay at ε = 0.01, d = 16, l = 3. All axes are ' +
      'logarithmic: a straight line is a power, its slope the exponent. Lines that lie on each other ' +
      'take turns: four systems have two layers for each of the target.',
    columns: 3,
    panelHeight: 160,
  });
}

const SETS: readonly {
  readonly functions: FunctionSet;
  readonly d: number;
  readonly title: string;
}[] = [
  { functions: 'formula', d: 2, title: 'the appendix’s formula, 2 inputs' },
  { functions: 'formula', d: 3, title: 'the appendix’s formula, 3 inputs' },
  { functions: 'network', d: 2, title: 'ReLU networks, 2 inputs' },
  { functions: 'network', d: 3, title: 'ReLU networks, 3 inputs' },
];

/** Numbers of functions over the hidden width, pruned and unpruned. */
export function expressivityFigure(records: readonly ExpressivityRecord[]): string {
  const panels = SETS.map(({ functions, d, title }): Panel => {
    const own = records.filter(({ point }) => point.functions === functions && point.d === d);
    const curve = (
      name: string,
      color: string,
      of: (record: ExpressivityRecord) => number | null,
      shape: Marker | null,
      shift = 0,
    ): Series => ({
      name,
      color,
      line: shape === null ? 'dotted' : 'none',
      dots: shape !== null,
      ...(shape === null ? {} : { marker: shape }),
      points: own.flatMap((record) => {
        const value = of(record);
        return value === null ? [] : [[record.point.m + shift, value] as const];
      }),
    });
    const { pruned, unpruned, oneDraw } = WEIGHT_CHOICE_COLOURS;
    // Beside the others, so that its range covers none of them.
    const beside = 0.17;
    const series = [
      curve('closed form', QUIET, ({ result }) => result.prunedFormula, null),
      curve('closed form', QUIET, ({ result }) => result.unprunedFormula, null),
      curve('pruned: weights −1, 0, +1', pruned, ({ result }) => result.pruned, 'circle'),
      curve('unpruned: weights −1, +1', unpruned, ({ result }) => result.unpruned, 'square'),
      {
        ...curve(
          'one draw pruned: mean and range',
          oneDraw,
          ({ result }) => result.drawMean,
          'diamond',
          beside,
        ),
        bars: own.flatMap(({ point, result: { drawLeast, drawMost } }) =>
          drawLeast === null || drawMost === null
            ? []
            : [[point.m + beside, drawLeast, drawMost] as const],
        ),
      },
    ];
    return {
      title,
      x: {
        label: 'hidden neurons m',
        scale: 'linear',
        range: [0.7, Math.max(...own.map(({ point }) => point.m)) + 0.3],
        ticks: own.map(({ point }) => point.m),
      },
      y: { label: 'different functions', scale: 'logarithmic' },
      series: series.filter(({ points }) => points.length > 0),
    };
  });
  return plotFigure(panels, {
    title: 'How many functions two layers of signs express, with and without pruning',
    caption:
      'Every choice of the weights is enumerated, and functions that are equal on all of Rᵈ are counted ' +
      'once; the axes are logarithmic. Top: the formula of the paper’s appendix; its closed forms are ' +
      '(m+1)ᵈ pruned, (m/2+1)ᵈ (m even) and ((m+3)/2)ᵈ (m odd) unpruned, for d inputs. Bottom: two-layer ' +
      'ReLU networks proper; pruned over all draws of the signs, and (beside) one draw by all of its ' +
      'masks, which was not enumerated for m = 3 with 3 inputs.',
    columns: 2,
    panelHeight: 180,
  });
}

/** The kinds of targets, in the words and with the marks of the figure. */
const KINDS: readonly { readonly kind: string; readonly name: string; readonly marker: Marker }[] =
  [
    { kind: 'narrow', name: 'narrower layers', marker: 'circle' },
    { kind: 'uniform', name: 'uniform integers', marker: 'square' },
    { kind: 'small', name: 'small integers', marker: 'triangle' },
    { kind: 'sparse', name: 'mostly zero', marker: 'diamond' },
    { kind: 'extreme', name: 'largest integers', marker: 'cross' },
    { kind: 'shallow', name: 'one layer fewer', marker: 'ring' },
  ];

/** Kept edges of every target over the integers it has. */
export function universalityFigure(records: readonly UniversalityRecord[]): string {
  const summaries = summariseUniversality(records);
  const panels = summaries.map(({ construction, targets, proved }): Panel => {
    const own = records.filter(({ point }) => point.construction === construction);
    const series = KINDS.map(
      ({ kind, name, marker }, index): Series => ({
        name,
        color: categoryColour(index),
        marker,
        line: 'none',
        dots: true,
        points: own
          .filter(({ result }) => result.kind === kind)
          .map(({ result }): Point => [result.nonzero, result.kept]),
      }),
    );
    return {
      title: `${systemName(construction)}: ${proved} of ${targets} proved`,
      x: { label: 'integers that are not 0', scale: 'linear' },
      y: { label: 'kept edges', scale: 'linear' },
      series: series.filter(({ points }) => points.length > 0),
    };
  });
  const sources = summaries.map(
    ({ construction, sourceWeights }) =>
      `${systemName(construction)} ${shortNumber(Number(sourceWeights))}`,
  );
  return plotFigure(panels, {
    title: 'Many networks in one random source',
    caption:
      'Each mark is one network, found by its own mask in the same source (one source for each panel) ' +
      'and proved equal for all real inputs: what it has to say, over the edges that are kept to say ' +
      'it. The kinds of networks are all that the class allows; a narrower one may be as large as the ' +
      `class. Random weights of the sources: ${sources.join(', ')}.`,
    columns: summaries.length,
    panelHeight: 260,
  });
}
