/**
 * How often a seed fails, beside the bound that the plan states: what `bench/horner-failures.mjs`
 * measured over 20,000 seeds per point.
 */
import { element, svgDocument, textElement } from './svg.js';

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
    color: '#1f6f8b',
    points: [
      [0.176034, 3354],
      [0.0828317, 1527],
      [0.0289517, 559],
      [0.0078919, 160],
    ],
  },
  {
    name: '3-2, 6 bits, nonnegative',
    color: '#2f855a',
    points: [
      [0.186249, 3393],
      [0.0929727, 1727],
      [0.0289425, 574],
      [0.00989108, 205],
    ],
  },
  {
    name: '12-8, 8 bits, nonnegative',
    color: '#9a5b13',
    points: [
      [0.214454, 3761],
      [0.0979817, 1714],
      [0.0271131, 492],
      [0.00913637, 161],
    ],
  },
  {
    name: '4-6-2, 6 and 5 bits, signed',
    color: '#7b3fa0',
    points: [
      [0.262566, 4672],
      [0.0999058, 1908],
      [0.0286403, 573],
      [0.0096182, 189],
    ],
  },
];

const INK = '#1f2933';
const GRID = '#d9dee3';
const WIDTH = 640;
const HEIGHT = 470;
const PLOT = { left: 74, top: 56, right: 616, bottom: 380 };
const TICKS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];

function place(value: number, from: number, to: number): number {
  const low = Math.log(TICKS[0]);
  const high = Math.log(TICKS[TICKS.length - 1]);
  return from + ((Math.log(value) - low) / (high - low)) * (to - from);
}

/** The figure `horner-failures.svg`. */
export function hornerFailuresFigure(): string {
  const across = (value: number): number => place(value, PLOT.left, PLOT.right);
  const up = (value: number): number => place(value, PLOT.bottom, PLOT.top);
  const parts: string[] = [
    element('rect', { x: 0, y: 0, width: WIDTH, height: HEIGHT, fill: '#ffffff' }),
    textElement(
      { x: 24, y: 30, 'font-size': 17, 'font-weight': 600, fill: INK },
      'Seeds that fail, and the bound',
    ),
  ];
  for (const tick of TICKS) {
    const label = `${tick * 100} %`;
    parts.push(
      element('line', {
        x1: across(tick),
        x2: across(tick),
        y1: PLOT.top,
        y2: PLOT.bottom,
        stroke: GRID,
      }),
      element('line', { x1: PLOT.left, x2: PLOT.right, y1: up(tick), y2: up(tick), stroke: GRID }),
      textElement(
        {
          x: across(tick),
          y: PLOT.bottom + 18,
          'font-size': 12,
          'text-anchor': 'middle',
          fill: INK,
        },
        label,
      ),
      textElement(
        { x: PLOT.left - 8, y: up(tick) + 4, 'font-size': 12, 'text-anchor': 'end', fill: INK },
        label,
      ),
    );
  }
  parts.push(
    element('line', {
      x1: PLOT.left,
      y1: PLOT.bottom,
      x2: PLOT.right,
      y2: PLOT.top,
      stroke: INK,
      'stroke-dasharray': '5 4',
    }),
    textElement(
      { x: 250, y: PLOT.bottom + 40, 'font-size': 13, fill: INK },
      'failure bound of the plan',
    ),
    textElement({ x: PLOT.left, y: PLOT.top - 8, 'font-size': 13, fill: INK }, 'measured'),
  );
  SERIES.forEach(({ name, color, points }, index) => {
    for (const [bound, failures] of points) {
      const share = failures / SEEDS;
      // Two standard deviations each way.
      const spread = 2 * Math.sqrt((share * (1 - share)) / SEEDS);
      const x = across(bound);
      parts.push(
        element('line', {
          x1: x,
          x2: x,
          y1: up(share - spread),
          y2: up(share + spread),
          stroke: color,
          'stroke-width': 2,
        }),
        element('circle', { cx: x, cy: up(share), r: 4, fill: color }),
      );
    }
    const x = 24 + (index % 2) * 300;
    const y = PLOT.bottom + 64 + Math.floor(index / 2) * 20;
    parts.push(
      element('circle', { cx: x + 4, cy: y - 4, r: 4, fill: color }),
      textElement({ x: x + 14, y, 'font-size': 12, fill: INK }, name),
    );
  });
  const description =
    `Shares of ${SEEDS} seeds in which a Horner source lacks what is looked for, over the bound ` +
    'stated for it, for four small shapes; the dashed line is where both are equal. Bars: two ' +
    'standard deviations.';
  return svgDocument(
    { width: WIDTH, height: HEIGHT },
    'Seeds that fail, and the bound',
    description,
    parts,
  );
}
