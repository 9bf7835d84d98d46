/**
 * The plot of docs/precision.md: errors over fractional bits, on a logarithmic axis, one line for each
 * bound and one for what an attack measured.
 */
import { plotFigure, type Series } from './plot.js';

export interface ErrorCurve {
  readonly name: string;
  readonly color: string;
  /** Drawn with gaps: what is measured, against what is certified. */
  readonly dashed?: boolean;
  /** `[bits, error]`, in order of bits, errors positive. */
  readonly points: readonly (readonly [bits: number, error: number])[];
}

export interface ErrorCurvesOptions {
  readonly title: string;
  readonly caption: string;
  /** A horizontal line at this error. */
  readonly epsilon: number;
  /** Single points, for allotments of bits that differ by layer. */
  readonly marks?: readonly {
    readonly name: string;
    readonly bits: number;
    readonly error: number;
  }[];
}

const MARK = '#cc0000';

/** The drawing. Throws a RangeError for curves without points or with errors that are not positive. */
export function errorCurvesFigure(
  curves: readonly ErrorCurve[],
  { title, caption, epsilon, marks = [] }: ErrorCurvesOptions,
): string {
  const series: Series[] = [
    ...curves.map(({ name, color, dashed, points }) => ({
      name,
      color,
      points,
      line: dashed === true ? ('dashed' as const) : ('solid' as const),
    })),
    ...marks.map(({ name, bits, error }) => ({
      name,
      color: MARK,
      points: [[bits, error] as const],
      line: 'none' as const,
      dots: true,
    })),
  ];
  if (series.length === 0) throw new RangeError('error curves need points with positive errors');
  const bits = series.flatMap(({ points }) => points.map(([at]) => at));
  return plotFigure(
    [
      {
        x: {
          label: 'fractional bits of a weight, on average',
          scale: 'linear',
          range: [Math.min(...bits), Math.max(...bits)],
        },
        y: { label: 'largest error of an output over the domain', scale: 'logarithmic' },
        series,
        guides: [{ at: 'y', value: epsilon, label: `ε = ${epsilon}` }],
      },
    ],
    { title, caption },
  );
}
