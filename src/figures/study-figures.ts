/** The figures of the studies of size, expressivity and universality, from their records. */

import type { ExpressivityRecord, FunctionSet } from '../study/expressivity.js';
import type { SizeRecord, SizeResult, Variable } from '../study/size.js';
import { systemName } from '../study/table-one.js';
import { summariseUniversality, type UniversalityRecord } from '../study/universality.js';
import { PALETTE, type Panel, type Point, plotFigure, type Series } from './plot.js';

const VARIABLES: readonly { readonly varied: Variable; readonly label: string }[] = [
  { varied: 'epsilon', label: '1/ε, ε the error allowed' },
  { varied: 'd', label: 'd, width of the target (neurons)' },
  { varied: 'l', label: 'l, depth of the target (layers)' },
];

const SIZES: readonly { readonly label: string; readonly of: (result: SizeResult) => number }[] = [
  { label: 'widest layer (neurons)', of: ({ width }) => width },
  { label: 'depth (layers)', of: ({ depth }) => depth },
  { label: 'source weights', of: ({ weights }) => Number(weights) },
];

/** Sizes of all constructions over epsilon, d and l. */
export function sizeFigure(records: readonly SizeRecord[]): string {
  const constructions = [...new Set(records.map(({ point }) => point.construction))];
  const panels = SIZES.flatMap(({ label: quantity, of }) =>
    VARIABLES.map(({ varied, label }): Panel => {
      const series = constructions.map((construction, index): Series => {
        const own = records.filter(
          ({ point }) => point.construction === construction && point.varied === varied,
        );
        return {
          name: systemName(construction),
          color: PALETTE[index],
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
      'sign, failure probability at most 0.01 (diamond and Horner: for every such network at once). One of the three is varied, the others stay at ' +
      'ε = 0.01, d = 16, l = 3. Both axes are logarithmic: a straight line is a power, its slope the exponent.',
    columns: 3,
    width: 980,
    panelHeight: 170,
  });
}

const SETS: readonly {
  readonly functions: FunctionSet;
  readonly d: number;
  readonly title: string;
}[] = [
  { functions: 'formula', d: 2, title: "the appendix's formula, d = 2 inputs" },
  { functions: 'formula', d: 3, title: "the appendix's formula, d = 3 inputs" },
  { functions: 'network', d: 2, title: 'networks on the plane, d = 2 inputs' },
  { functions: 'network', d: 3, title: 'networks on space, d = 3 inputs' },
];

/** Numbers of functions over the hidden width, pruned and unpruned. */
export function expressivityFigure(records: readonly ExpressivityRecord[]): string {
  const panels = SETS.map(({ functions, d, title }): Panel => {
    const own = records.filter(({ point }) => point.functions === functions && point.d === d);
    const curve = (
      name: string,
      color: string,
      of: (record: ExpressivityRecord) => number | null,
      enumerated: boolean,
    ): Series => ({
      name,
      color,
      line: enumerated ? 'none' : 'dotted',
      dots: enumerated,
      points: own.flatMap((record) => {
        const value = of(record);
        return value === null ? [] : [[record.point.m, value] as const];
      }),
    });
    const series = [
      curve('closed form', PALETTE[6], ({ result }) => result.prunedFormula, false),
      curve('closed form', PALETTE[6], ({ result }) => result.unprunedFormula, false),
      curve('pruned: weights −1, 0, +1', PALETTE[0], ({ result }) => result.pruned, true),
      curve('unpruned: weights −1, +1', PALETTE[1], ({ result }) => result.unpruned, true),
      {
        ...curve(
          'one draw pruned, mean and range',
          PALETTE[2],
          ({ result }) => result.drawMean,
          true,
        ),
        bars: own.flatMap(({ point, result: { drawLeast, drawMost } }) =>
          drawLeast === null || drawMost === null ? [] : [[point.m, drawLeast, drawMost] as const],
        ),
      },
    ];
    return {
      title,
      x: {
        label: 'm, hidden neurons',
        scale: 'linear',
        range: [1, Math.max(...own.map(({ point }) => point.m))],
        ticks: own.map(({ point }) => point.m),
      },
      y: { label: 'different functions', scale: 'logarithmic' },
      series: series.filter(({ points }) => points.length > 0),
    };
  });
  return plotFigure(panels, {
    title: 'How many functions two layers of signs express, with and without pruning',
    caption:
      'Every choice of the weights is enumerated and functions that are equal on all of Rᵈ are counted ' +
      'once. Top: the formula of the paper’s appendix, with its closed forms (m+1)ᵈ and (m/2+1)ᵈ or ' +
      '((m+3)/2)ᵈ. Bottom: two-layer ReLU networks proper; pruned over all draws of the signs, and one draw by all of its masks.',
    columns: 2,
    width: 860,
    panelHeight: 190,
  });
}

/** Kept edges of every target over the integers it has. */
export function universalityFigure(records: readonly UniversalityRecord[]): string {
  const summaries = summariseUniversality(records);
  const panels = summaries.map(({ construction, targets, proved }): Panel => {
    const own = records.filter(({ point }) => point.construction === construction);
    const kinds = [...new Set(own.map(({ result }) => result.kind))];
    return {
      title: `${systemName(construction)}: ${proved} of ${targets} proved`,
      x: { label: 'integers of the target that are not 0', scale: 'linear' },
      y: { label: 'kept edges', scale: 'linear' },
      series: kinds.map((kind, index) => ({
        name: kind,
        color: PALETTE[index],
        line: 'none',
        dots: true,
        points: own
          .filter(({ result }) => result.kind === kind)
          .map(({ result }): Point => [result.nonzero, result.kept]),
      })),
    };
  });
  const sources = summaries.map(
    ({ construction, sourceWeights }) =>
      `${systemName(construction)} ${Number(sourceWeights).toLocaleString('en')} random weights`,
  );
  return plotFigure(panels, {
    title: 'Many networks in one random source',
    caption:
      'Each dot is one network, found by its own mask in the same source (one seed for each panel) and ' +
      'proved equal for all real inputs. Networks of all kinds that the class allows: integers uniform ' +
      'over its range, small, mostly zero, only the largest; one layer fewer; narrower layers. ' +
      `Sources: ${sources.join('; ')}.`,
    columns: summaries.length,
    width: 860,
    panelHeight: 260,
  });
}
