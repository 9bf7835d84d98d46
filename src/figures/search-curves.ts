/**
 * The pictures of a search: loss and accuracy over epochs, and accuracy over the kept fraction, which
 * is the curve that the papers on learned masks show.
 */

import type { Marker } from './marks.js';
import { categoryColour, SAMPLE_COLOURS, SEARCH_COLOURS } from './palette.js';
import type { Series } from './panel.js';
import { plotFigure } from './plot.js';

/** What an epoch did; accuracies are fractions, null where not measured. */
export interface EpochPoint {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validation: number | null;
  readonly test: number | null;
}

export interface FigureText {
  readonly title: string;
  readonly caption: string;
}

const ACCURACIES = [
  { key: 'accuracy', name: 'training samples', of: 'training', line: 'dashed', marker: 'square' },
  {
    key: 'validation',
    name: 'held-out samples',
    of: 'validation',
    line: 'solid',
    marker: 'diamond',
  },
  { key: 'test', name: 'test samples', of: 'test', line: 'solid', marker: 'circle' },
] as const;
const MARKERS: readonly Marker[] = ['circle', 'square', 'diamond', 'triangle'];

const percent = (fraction: number): number => 100 * fraction;

/** Loss and accuracy over epochs, side by side. Throws a RangeError without an epoch. */
export function trainingCurvesFigure(
  history: readonly EpochPoint[],
  { title, caption }: FigureText,
): string {
  if (history.length === 0) throw new RangeError('training curves need at least one epoch');
  const last = Math.max(...history.map(({ epoch }) => epoch));
  const step = Math.ceil(last / 12);
  const ticks = Array.from({ length: Math.floor(last / step) }, (_, index) => step * (index + 1));
  const epochs = { label: 'epoch', scale: 'linear', ticks } as const;
  const accuracies = ACCURACIES.flatMap(({ key, name, of, line, marker }): Series[] => {
    const points = history.flatMap((record) => {
      const value = record[key];
      return value === null ? [] : [[record.epoch, percent(value)] as const];
    });
    const look = { color: SAMPLE_COLOURS[of], line, marker };
    return points.length === 0 ? [] : [{ name, ...look, points, dots: true }];
  });
  const losses: Series = {
    name: 'training samples',
    color: SAMPLE_COLOURS.training,
    line: 'dashed',
    marker: 'square',
    dots: true,
    points: history.map(({ epoch, loss }) => [epoch, loss]),
  };
  return plotFigure(
    [
      { x: epochs, y: { label: 'accuracy, %', scale: 'linear' }, series: accuracies },
      { x: epochs, y: { label: 'cross-entropy, nats', scale: 'linear' }, series: [losses] },
    ],
    { title, caption, columns: 2, panelHeight: 240 },
  );
}

/** One search of a sweep: the fraction of edges kept, and an accuracy with that mask. */
export interface SweepPoint {
  readonly kept: number;
  readonly accuracy: number;
  /** Searches that differ in their seed alone share it; default: each for itself. */
  readonly group?: string;
}

/** Means over the searches of each group, ascending by what is kept, with the least and largest accuracy. */
function grouped(points: readonly SweepPoint[]) {
  const groups = new Map<string, SweepPoint[]>();
  points.forEach((point, index) => {
    const key = point.group ?? `#${index}`;
    groups.set(key, [...(groups.get(key) ?? []), point]);
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return [...groups.values()]
    .map((members) => {
      const accuracies = members.map(({ accuracy }) => accuracy);
      return {
        kept: mean(members.map(({ kept }) => kept)),
        accuracy: mean(accuracies),
        least: Math.min(...accuracies),
        most: Math.max(...accuracies),
        count: members.length,
      };
    })
    .sort((first, second) => first.kept - second.kept);
}

/** Accuracy over the kept fraction, one line for each named sweep, with a band where seeds differ. */
export function sparsityCurveFigure(
  sweeps: readonly { readonly name: string; readonly points: readonly SweepPoint[] }[],
  { title, caption }: FigureText,
): string {
  const series = sweeps.map(({ name, points }, index): Series => {
    const sorted = grouped(points);
    const hasBand = sorted.some(({ count }) => count > 1);
    return {
      name,
      color: SEARCH_COLOURS[name] ?? categoryColour(index),
      marker: MARKERS[index % MARKERS.length] as Marker,
      dots: true,
      points: sorted.map(({ kept, accuracy }) => [percent(kept), percent(accuracy)]),
      ...(hasBand && {
        band: sorted.map(
          ({ kept, least, most }) => [percent(kept), percent(least), percent(most)] as const,
        ),
      }),
    };
  });
  return plotFigure(
    [
      {
        x: {
          label: 'edges kept, %',
          scale: 'linear',
          range: [0, 100],
          ticks: Array.from({ length: 11 }, (_, index) => 10 * index),
        },
        y: { label: 'test accuracy, %', scale: 'linear' },
        series,
      },
    ],
    { title, caption },
  );
}
