/**
 * How often a seed fails, beside the bound that the plan states: what `bench/horner-failures.mjs`
 * measured over 20,000 seeds per point.
 */
import { type Series as PlotSeries, plotFigure } from './plot.js';

interface Series {
  readonly name: string;
  readonly color: string;
  /** Stated bound and failures among `SEEDS`. */
  readonly points: readonly (readonly [number, number])[];
}

const SEEDS = 20_000;
const SERIES: readonly Series[] = [
  {
    name: '1-1, 4 bits, nonnegative',
    color: '#0072b2',
    points: [
      [0.176034, 3354],
      [0.0828317, 1527],
      [0.0289517, 559],
      [0.0078919, 160],
    ],
  },
  {
    name: '3-2, 6 bits, nonnegative',
    color: '#009e73',
    points: [
      [0.186249, 3393],
      [0.0929727, 1727],
      [0.0289425, 574],
      [0.00989108, 205],
    ],
  },
  {
    name: '12-8, 8 bits, nonnegative',
    color: '#d55e00',
    points: [
      [0.214454, 3761],
      [0.0979817, 1714],
      [0.0271131, 492],
      [0.00913637, 161],
    ],
  },
  {
    name: '4-6-2, 6 and 5 bits, signed',
    color: '#cc79a7',
    points: [
      [0.262566, 4672],
      [0.0999058, 1908],
      [0.0286403, 573],
      [0.0096182, 189],
    ],
  },
];

/** Two standard deviations each way. */
function spreadOf(share: number): number {
  return 2 * Math.sqrt((share * (1 - share)) / SEEDS);
}

const TICKS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];

/** The figure `horner-failures.svg`. */
export function hornerFailuresFigure(): string {
  const axis = {
    scale: 'logarithmic',
    range: [TICKS[0], TICKS[TICKS.length - 1]],
    ticks: TICKS,
    format: (value: number) => `${100 * value} %`,
  } as const;
  const series = SERIES.map(({ name, color, points }): PlotSeries => {
    const shares = points.map(([bound, failures]) => [bound, failures / SEEDS] as const);
    return {
      name,
      color,
      points: shares,
      line: 'none',
      dots: true,
      bars: shares.map(([bound, share]) => [
        bound,
        share - spreadOf(share),
        share + spreadOf(share),
      ]),
    };
  });
  return plotFigure(
    [
      {
        x: { ...axis, label: 'failure bound of the plan' },
        y: { ...axis, label: 'measured share of seeds that fail' },
        series,
        guides: [{ at: 'diagonal', label: 'measured = bound' }],
      },
    ],
    {
      title: 'Seeds that fail, and the bound',
      caption:
        `Shares of ${SEEDS.toLocaleString('en')} seeds in which a Horner source lacks what is looked for, over the bound ` +
        'stated for it, for four small shapes. Bars: two standard deviations.',
      width: 640,
      panelHeight: 324,
    },
  );
}
