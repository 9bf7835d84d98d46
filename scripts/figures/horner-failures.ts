/**
 * How often a seed fails, beside the bound that the plan states: what `bench/horner-failures.mjs`
 * measured over 20,000 seeds per point.
 */
import { systemStyle } from '../../src/figures/marks.js';
import type { Panel } from '../../src/figures/panel.js';
import { plotFigure } from '../../src/figures/plot.js';

interface ShapeFailures {
  readonly name: string;
  /** Stated bound and failures among `SEEDS`. */
  readonly points: readonly (readonly [number, number])[];
}

const SEEDS = 20_000;
const SHAPES: readonly ShapeFailures[] = [
  {
    name: '1-1, 4 bits, non-negative',
    points: [
      [0.176034, 3354],
      [0.0828317, 1527],
      [0.0289517, 559],
      [0.0078919, 160],
    ],
  },
  {
    name: '3-2, 6 bits, non-negative',
    points: [
      [0.186249, 3393],
      [0.0929727, 1727],
      [0.0289425, 574],
      [0.00989108, 205],
    ],
  },
  {
    name: '12-8, 8 bits, non-negative',
    points: [
      [0.214454, 3761],
      [0.0979817, 1714],
      [0.0271131, 492],
      [0.00913637, 161],
    ],
  },
  {
    name: '4-6-2, 6 and 5 bits, signed',
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

/** The figure `horner-failures.svg`: a panel for each shape, so that none covers another. */
export function hornerFailuresFigure(): string {
  const axis = {
    scale: 'logarithmic',
    range: [TICKS[0], TICKS[TICKS.length - 1]],
    ticks: TICKS,
    format: (value: number) => `${100 * value} %`,
  } as const;
  const panels = SHAPES.map(({ name, points }): Panel => {
    const shares = points.map(([bound, failures]) => [bound, failures / SEEDS] as const);
    return {
      title: name,
      x: { ...axis, label: 'failure bound of the plan' },
      y: { ...axis, label: 'seeds that fail' },
      series: [
        {
          name: `measured over ${SEEDS.toLocaleString('en')} seeds`,
          ...systemStyle('horner'),
          points: shares,
          line: 'none',
          dots: true,
          bars: shares.map(([bound, share]) => [
            bound,
            share - spreadOf(share),
            share + spreadOf(share),
          ]),
        },
      ],
      guides: [{ at: 'diagonal', label: 'measured = bound' }],
    };
  });
  return plotFigure(panels, {
    title: 'Horner: seeds that fail, and the bound',
    caption:
      'Each mark: the share of seeds in which a Horner source lacks what is looked for, over the bound ' +
      'stated for it. Above each panel: dimensions of the network looked for, bits of its integers, ' +
      'signs of its inputs. Bars: two standard deviations.',
    columns: 2,
    panelHeight: 190,
  });
}
