/** One panel of a plot: its axes with ticks and grid, its guides, and its series above them. */
import { SMALL_SIZE, TEXT_SIZE } from './frame.js';
import { drawMarker } from './marks.js';
import { GRID, INK, QUIET } from './palette.js';
import type { Panel, Point, Series } from './panel.js';
import type { PlacedAxis } from './plot-axis.js';
import { element, formatNumber, textElement } from './svg.js';
import { estimateTextWidth } from './text-width.js';

export const DASHES = { solid: undefined, dashed: '7 4', dotted: '2 3', none: undefined } as const;
export const GUIDE_DASHES = '2 3';

/** Length of a dash where several lines take turns on one path. */
const TURN = 9;

export interface PlacedPanel {
  readonly panel: Panel;
  readonly titleLines: readonly string[];
  readonly x: PlacedAxis;
  readonly y: PlacedAxis;
  /** Of the plotting area. */
  readonly area: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Left end of the panel, ticks included, and its width. */
  readonly corner: number;
  readonly column: number;
}

function path(points: readonly Point[], closed = false): string {
  const moves = points.map(
    ([x, y], index) => `${index === 0 ? 'M' : 'L'}${formatNumber(x)} ${formatNumber(y)}`,
  );
  return moves.join('') + (closed ? 'Z' : '');
}

function drawAxes({ panel, titleLines, x, y, area, corner, column }: PlacedPanel): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height;
  const quiet = { 'font-size': SMALL_SIZE, fill: QUIET };
  const parts = titleLines.map((line, index) =>
    textElement(
      {
        x: corner,
        y: top - 32 - 20 * (titleLines.length - 1 - index),
        'font-size': TEXT_SIZE,
        'font-weight': 600,
        fill: INK,
      },
      line,
    ),
  );
  parts.push(
    textElement({ x: corner, y: top - 12, 'font-size': SMALL_SIZE, fill: INK }, panel.y.label),
  );
  for (const { value, text } of x.ticks) {
    const at = left + width * x.place(value);
    parts.push(
      element('line', { x1: at, x2: at, y1: top, y2: bottom + 4, stroke: GRID }),
      textElement({ x: at, y: bottom + 20, 'text-anchor': 'middle', ...quiet }, text),
    );
  }
  for (const { value, text } of y.ticks) {
    const at = bottom - height * y.place(value);
    parts.push(
      element('line', { x1: left - 4, x2: left + width, y1: at, y2: at, stroke: GRID }),
      textElement({ x: left - 8, y: at + 5, 'text-anchor': 'end', ...quiet }, text),
    );
  }
  // Below the middle of the axis, but never beyond the panel's own column.
  const half = estimateTextWidth(panel.x.label, SMALL_SIZE) / 2;
  const middle = Math.min(
    Math.max(left + width / 2, corner + half),
    Math.max(corner + column - half, corner + half),
  );
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
      { x: middle, y: bottom + 41, 'text-anchor': 'middle', 'font-size': SMALL_SIZE, fill: INK },
      panel.x.label,
    ),
  );
  return parts;
}

function drawGuides({ panel, x, y, area }: PlacedPanel): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height;
  const stroke = { fill: 'none', stroke: INK, 'stroke-dasharray': GUIDE_DASHES };
  return (panel.guides ?? []).map((guide) => {
    if (guide.at === 'x') {
      const at = left + width * x.place(guide.value);
      return element('line', { x1: at, x2: at, y1: top, y2: bottom, ...stroke });
    }
    if (guide.at === 'y') {
      const at = bottom - height * y.place(guide.value);
      return element('line', { x1: left, x2: left + width, y1: at, y2: at, ...stroke });
    }
    const low = Math.max(x.low, y.low);
    const high = Math.min(x.high, y.high);
    const ends = [low, high].map(
      (value): Point => [left + width * x.place(value), bottom - height * y.place(value)],
    );
    return element('path', { d: path(ends), ...stroke });
  });
}

interface PlacedSeries {
  readonly series: Series;
  readonly points: readonly Point[];
  /** How many lines of the panel lie on this path, and which of them this is. */
  readonly together: number;
  readonly turn: number;
}

/** Lines that lie on each other are found, to take turns: none is hidden. */
function findTogether(
  all: readonly Series[],
  place: (x: number, y: number) => Point,
): PlacedSeries[] {
  const counts = new Map<string, number>();
  const placed = all.map((series) => {
    const points = series.points.map(([x, y]) => place(x, y));
    const key = series.line === 'none' ? '' : path(points);
    const turn = counts.get(key) ?? 0;
    counts.set(key, turn + 1);
    return { series, points, key, turn };
  });
  return placed.map(({ key, turn, ...rest }) => {
    const together = key === '' ? 1 : (counts.get(key) ?? 1);
    return { ...rest, together, turn: together === 1 ? 0 : turn };
  });
}

function drawLine({ series, points, together, turn }: PlacedSeries): string[] {
  const { color, line = 'solid' } = series;
  if (line === 'none' || points.length < 2) return [];
  const taking = together > 1 && line === 'solid';
  return [
    element('path', {
      d: path(points),
      fill: 'none',
      stroke: color,
      'stroke-width': 2,
      'stroke-dasharray': taking ? `${TURN} ${TURN * (together - 1)}` : DASHES[line],
      'stroke-dashoffset': taking ? -TURN * turn : undefined,
    }),
  ];
}

function drawMarks({ series, points, together, turn }: PlacedSeries): string[] {
  const { color, line = 'solid', dots, marker = 'circle' } = series;
  if (dots !== true && !(points.length === 1 && line !== 'none')) return [];
  return points
    .filter((_, index) => index % together === turn)
    .map((point) => drawMarker(marker, point, color));
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
    return [element('path', { d: path(outline, true), fill: color, 'fill-opacity': 0.22 })];
  });
  const bars = panel.series.flatMap(({ bars: own = [], color }) =>
    own.map(([at, low, high]) =>
      element('path', {
        d: path([place(at, low), place(at, high)]),
        stroke: color,
        'stroke-width': 1.5,
        'stroke-opacity': 0.5,
      }),
    ),
  );
  const placed = findTogether(panel.series, place);
  return [...bands, ...bars, ...placed.flatMap(drawLine), ...placed.flatMap(drawMarks)];
}

export function drawPanel(placed: PlacedPanel): string[] {
  return [...drawAxes(placed), ...drawGuides(placed), ...drawSeries(placed)];
}
