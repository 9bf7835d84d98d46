/**
 * The plot of docs/precision.md: errors over fractional bits, on a logarithmic axis, one line for each
 * bound and one for what an attack measured.
 */
import type { Marker } from '../../src/figures/marks.js';
import { BOUND_COLOURS, INK, SYSTEM_COLOURS } from '../../src/figures/palette.js';
import type { Point, Series } from '../../src/figures/panel.js';
import { plotFigure } from '../../src/figures/plot.js';

/** What `bench/precision-figures.mjs` measured of one network. */
export interface ErrorRecord {
  readonly network: string;
  /** The error asked for. */
  readonly epsilon: number;
  /** `[bits, error]` of every method, in order of bits, errors positive. */
  readonly errors: Readonly<Record<keyof typeof BOUND_COLOURS | 'measured', readonly Point[]>>;
  /** What was chosen: bits on average over the weights, and the certified error. */
  readonly chosen: { readonly bits: number; readonly error: number };
}

const METHODS: readonly {
  readonly method: keyof typeof BOUND_COLOURS;
  readonly name: string;
  readonly marker: Marker;
}[] = [
  { method: 'interval', name: 'interval chain', marker: 'square' },
  { method: 'norm', name: 'norm chain', marker: 'cross' },
  { method: 'relaxation', name: 'linear relaxation', marker: 'triangle' },
  { method: 'ellipsoid', name: 'ellipsoids', marker: 'circle' },
];

/** The drawing. Throws a RangeError for curves without points or with errors that are not positive. */
export function errorCurvesFigure({ network, epsilon, errors, chosen }: ErrorRecord): string {
  const series: Series[] = [
    ...METHODS.map(({ method, name, marker }) => ({
      name,
      color: BOUND_COLOURS[method],
      marker,
      dots: true,
      points: errors[method],
    })),
    { name: 'measured (attack)', color: INK, line: 'dashed', points: errors.measured },
    {
      name: 'chosen by unearth',
      color: SYSTEM_COLOURS.horner,
      marker: 'diamond',
      line: 'none',
      dots: true,
      points: [[chosen.bits, chosen.error]],
    },
  ];
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
        guides: [{ at: 'y', value: epsilon, label: `ε = ${epsilon}, the error allowed` }],
      },
    ],
    {
      title: network,
      caption:
        'Lines with marks: the error that each method certifies, with the same number of fractional ' +
        'bits in every layer, rounded to nearest, domain not split. Dashed: what an attack found at ' +
        'these bits. Diamond: bits chosen by layer, with the rounding and the splitting that unearth ' +
        'chooses.',
    },
  );
}
