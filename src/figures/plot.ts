/**
 * Plots of numbers: one or several panels with axes, ticks and grid, lines, dots, confidence bands and
 * guides, one legend for all, a title and a caption. Every plot of the project is drawn here.
 */

import { framedFigure, INK, MARGIN, PAPER, QUIET, TEXT_SIZE } from './frame.js';
import { type Axis, type PlacedAxis, placeAxis } from './plot-axis.js';
import { element, estimateTextWidth, formatNumber, textElement } from './svg.js';

export type Point = readonly [x: number, y: number];

export interface Series {
  /** Series of one name share one entry of the legend. */
  readonly name: string;
  readonly color: string;
  readonly points: readonly Point[];
  /** How the points are joined; `none` for dots alone. Solid by default. */
  readonly line?: 'solid' | 'dashed' | 'dotted' | 'none';
  readonly dots?: boolean;
  /** An area behind the series, e.g. its confidence band. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** Vertical bars, e.g. confidence intervals of dots that no line joins. */
  readonly bars?: readonly (readonly [x: number, low: number, high: number])[];
}

/** A line across the panel: at one x, at one y, or where both are equal. */
export type Guide =
  | { readonly at: 'x' | 'y'; readonly value: number; readonly label: string }
  | { readonly at: 'diagonal'; readonly label: string };

export interface Panel {
  /** Left out where the figure has one panel. */
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly guides?: readonly Guide[];
}

export interface PlotOptions {
  readonly title: string;
  /** Printed below; must stand alone. */
  readonly caption: string;
  /** Panels side by side, 1 by default. */
  readonly columns?: number;
  /** Of the whole picture in pixels, 760 by default. */
  readonly width?: number;
  /** Of one panel's plotting area in pixels, 280 by default. */
  readonly panelHeight?: number;
}

/** Okabe and Ito's palette: told apart with every kind of colour vision. */
export const PALETTE = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#555555',
];

const GRID = '#dde1e6';
const TICK_SIZE = 12;
const LINE_HEIGHT = 18;
const COLUMN_GAP = 22;
const ROW_GAP = 18;
/** Room below a panel for its ticks and label. */
const FOOT = 44;
const DASHES = { solid: undefined, dashed: '7 4', dotted: '2 3', none: undefined } as const;

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface PlacedPanel {
  readonly panel: Panel;
  readonly x: PlacedAxis;
  readonly y: PlacedAxis;
  readonly area: Area;
  /** Left end of the panel, ticks included. */
  readonly corner: number;
}

function valuesOf(panel: Panel, axis: 'x' | 'y'): number[] {
  const index = axis === 'x' ? 0 : 1;
  const values = panel.series.flatMap(({ points, band = [], bars = [] }) => [
    ...points.map((point) => point[index]),
    ...[...band, ...bars].flatMap(([x, low, high]) => (axis === 'x' ? [x] : [low, high])),
  ]);
  const guides = (panel.guides ?? []).flatMap((guide) =>
    guide.at === axis && 'value' in guide ? [guide.value] : [],
  );
  return [...values, ...guides];
}

function path(points: readonly Point[], closed = false): string {
  const moves = points.map(
    ([x, y], index) => `${index === 0 ? 'M' : 'L'}${formatNumber(x)} ${formatNumber(y)}`,
  );
  return moves.join('') + (closed ? 'Z' : '');
}

function drawAxes({ panel, x, y, area, corner }: PlacedPanel): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height;
  const parts = [
    textElement({ x: corner, y: top - 10, 'font-size': TICK_SIZE, fill: INK }, panel.y.label),
  ];
  if (panel.title !== undefined) {
    parts.push(
      textElement(
        { x: corner, y: top - 28, 'font-size': TEXT_SIZE, 'font-weight': 600, fill: INK },
        panel.title,
      ),
    );
  }
  for (const { value, text } of x.ticks) {
    const at = left + width * x.place(value);
    parts.push(
      element('line', { x1: at, x2: at, y1: top, y2: bottom + 4, stroke: GRID }),
      textElement(
        { x: at, y: bottom + 17, 'text-anchor': 'middle', 'font-size': TICK_SIZE, fill: QUIET },
        text,
      ),
    );
  }
  for (const { value, text } of y.ticks) {
    const at = bottom - height * y.place(value);
    parts.push(
      element('line', { x1: left - 4, x2: left + width, y1: at, y2: at, stroke: GRID }),
      textElement(
        { x: left - 8, y: at + 4, 'text-anchor': 'end', 'font-size': TICK_SIZE, fill: QUIET },
        text,
      ),
    );
  }
  parts.push(
    element('path', {
      d: path([
        [left, top],
        [left, bottom],
        [left + width, bottom],
      ]),
      fill: 'none',
      stroke: QUIET,
    }),
    textElement(
      {
        x: left + width / 2,
        y: bottom + 35,
        'text-anchor': 'middle',
        'font-size': TICK_SIZE,
        fill: INK,
      },
      panel.x.label,
    ),
  );
  return parts;
}

function drawGuides({ panel, x, y, area }: PlacedPanel): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height;
  const stroke = { stroke: INK, 'stroke-dasharray': '2 3' };
  const text = { 'font-size': TICK_SIZE, fill: INK, stroke: PAPER, 'stroke-width': 3 };
  const halo = { ...text, 'paint-order': 'stroke' };
  return (panel.guides ?? []).flatMap((guide) => {
    if (guide.at === 'x') {
      const at = left + width * x.place(guide.value);
      const end = at > left + width * 0.7;
      const label = { x: at + (end ? -5 : 5), y: top + 13, 'text-anchor': end ? 'end' : 'start' };
      return [
        element('line', { x1: at, x2: at, y1: top, y2: bottom, ...stroke }),
        textElement({ ...label, ...halo }, guide.label),
      ];
    }
    if (guide.at === 'y') {
      const at = bottom - height * y.place(guide.value);
      return [
        element('line', { x1: left, x2: left + width, y1: at, y2: at, ...stroke }),
        textElement({ x: left + width - 6, y: at - 5, 'text-anchor': 'end', ...halo }, guide.label),
      ];
    }
    const low = Math.max(x.low, y.low);
    const high = Math.min(x.high, y.high);
    const ends = [low, high].map(
      (value): Point => [left + width * x.place(value), bottom - height * y.place(value)],
    );
    const [from, to] = ends;
    const middle = { x: (from[0] + to[0]) / 2 - 8, y: (from[1] + to[1]) / 2 - 8 };
    return [
      element('path', { d: path(ends), fill: 'none', ...stroke }),
      textElement({ ...middle, 'text-anchor': 'end', ...halo }, guide.label),
    ];
  });
}

function drawSeries({ panel, x, y, area }: PlacedPanel): string[] {
  const { left, top, width, height } = area;
  const place = (px: number, py: number): Point => [
    left + width * x.place(px),
    top + height * (1 - y.place(py)),
  ];
  const bands = panel.series.flatMap(({ band = [], color }) => {
    if (band.length === 0) return [];
    const outline = [
      ...band.map(([at, , high]) => place(at, high)),
      ...[...band].reverse().map(([at, low]) => place(at, low)),
    ];
    return [element('path', { d: path(outline, true), fill: color, 'fill-opacity': 0.18 })];
  });
  const lines = panel.series.flatMap(({ points, color, line = 'solid', dots, bars = [] }) => {
    const placed = points.map(([px, py]) => place(px, py));
    const parts = bars.map(([at, low, high]) =>
      element('path', {
        d: path([place(at, low), place(at, high)]),
        stroke: color,
        'stroke-width': 2,
        'stroke-opacity': 0.6,
      }),
    );
    if (line !== 'none' && placed.length > 1) {
      parts.push(
        element('path', {
          d: path(placed),
          fill: 'none',
          stroke: color,
          'stroke-width': 2,
          'stroke-dasharray': DASHES[line],
        }),
      );
    }
    if (dots === true || (placed.length === 1 && line !== 'none')) {
      parts.push(...placed.map(([cx, cy]) => element('circle', { cx, cy, r: 3.2, fill: color })));
    }
    return parts;
  });
  return [...bands, ...lines];
}

interface LegendEntry extends Pick<Series, 'name' | 'color' | 'line' | 'dots'> {
  readonly hasBand: boolean;
}

function legendEntries(panels: readonly Panel[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const { name, color, line = 'solid', dots = false, band } of panels.flatMap(
    ({ series }) => series,
  )) {
    if (!entries.has(name)) {
      entries.set(name, { name, color, line, dots, hasBand: band !== undefined });
    }
  }
  return [...entries.values()];
}

/** The legend in lines of at most `width` pixels, from `top` on. */
function drawLegend(
  entries: readonly LegendEntry[],
  width: number,
  top: number,
): { readonly parts: readonly string[]; readonly height: number } {
  const SAMPLE = 34;
  let x = MARGIN;
  let y = top;
  const parts: string[] = [];
  for (const { name, color, line = 'solid', dots, hasBand } of entries) {
    const wide = SAMPLE + 8 + estimateTextWidth(name, TEXT_SIZE) + 22;
    if (x > MARGIN && x + wide > width - MARGIN + 22) {
      x = MARGIN;
      y += LINE_HEIGHT + 2;
    }
    const middle = y - 4;
    if (hasBand) {
      const size = { width: SAMPLE, height: 12 };
      parts.push(element('rect', { x, y: middle - 6, ...size, fill: color, 'fill-opacity': 0.18 }));
    }
    if (line !== 'none') {
      parts.push(
        element('line', {
          x1: x,
          x2: x + SAMPLE,
          y1: middle,
          y2: middle,
          stroke: color,
          'stroke-width': 2,
          'stroke-dasharray': DASHES[line],
        }),
      );
    }
    if (dots)
      parts.push(element('circle', { cx: x + SAMPLE / 2, cy: middle, r: 3.2, fill: color }));
    parts.push(textElement({ x: x + SAMPLE + 8, y, 'font-size': TEXT_SIZE, fill: INK }, name));
    x += wide;
  }
  return { parts, height: y - top + LINE_HEIGHT };
}

/** Panels side by side and below each other, from `top` on. */
function placePanels(
  panels: readonly Panel[],
  { columns, width, panelHeight }: Required<Pick<PlotOptions, 'columns' | 'width' | 'panelHeight'>>,
  top: number,
): { readonly placed: readonly PlacedPanel[]; readonly bottom: number } {
  const yAxes = panels.map((panel) => placeAxis(panel.y, valuesOf(panel, 'y'), panelHeight, 28));
  // Room left of each panel for its ticks' texts.
  const widest = Math.max(
    ...yAxes.flatMap(({ ticks }) => ticks.map(({ text }) => estimateTextWidth(text, TICK_SIZE))),
  );
  const room = Math.ceil(widest) + 12;
  const column = (width - 2 * MARGIN - (columns - 1) * COLUMN_GAP) / columns;
  const titled = panels.some(({ title }) => title !== undefined);
  // Above each panel stand its title and what its upright axis measures.
  const head = titled ? 38 : 20;
  const row = head + panelHeight + FOOT + ROW_GAP;
  const placed = panels.map((panel, index): PlacedPanel => {
    const area: Area = {
      left: MARGIN + (index % columns) * (column + COLUMN_GAP) + room,
      top: top + Math.floor(index / columns) * row + head,
      width: column - room - 8,
      height: panelHeight,
    };
    const x = placeAxis(panel.x, valuesOf(panel, 'x'), area.width);
    return { panel, area, x, y: yAxes[index], corner: area.left - room };
  });
  return { placed, bottom: top + Math.ceil(panels.length / columns) * row - ROW_GAP - 10 };
}

/**
 * The figure as an SVG file. Throws a RangeError where a panel has nothing to show, or a logarithmic
 * axis values that are not positive.
 */
export function plotFigure(panels: readonly Panel[], options: PlotOptions): string {
  const { title, caption, columns = 1, width = 760, panelHeight = 280 } = options;
  return framedFigure({ width, title, caption }, (top) => {
    const legend = drawLegend(legendEntries(panels), width, top + 14);
    const grid = placePanels(panels, { columns, width, panelHeight }, top + 14 + legend.height);
    return {
      bottom: grid.bottom,
      parts: [
        ...legend.parts,
        ...grid.placed.flatMap((each) => [
          ...drawAxes(each),
          ...drawSeries(each),
          ...drawGuides(each),
        ]),
      ],
    };
  });
}
