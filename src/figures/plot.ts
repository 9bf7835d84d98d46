/**
 * Plots of numbers: one or several panels with axes, ticks and grid, lines, marks, confidence bands and
 * guides, one legend for all, a title and a caption. What one panel shows is drawn in plot-panel.ts.
 */
import { checkList, checkObject } from '../core/arguments.js';
import { framedFigure, MARGIN, SMALL_SIZE, TEXT_SIZE, WIDTH } from './frame.js';
import type { Panel } from './panel.js';
import { type PlacedAxis, placeAxis } from './plot-axis.js';
import { drawLegend, legendEntries } from './plot-legend.js';
import { drawPanel, type PlacedPanel } from './plot-panel.js';
import { estimateTextWidth, wrapText } from './text-width.js';

export interface PlotOptions {
  readonly title: string;
  /** Printed below; must stand alone. */
  readonly caption: string;
  /** Panels side by side, 1 by default. */
  readonly columns?: number;
  /** Of the whole picture in pixels, 640 by default: more is hard to read on a phone. */
  readonly width?: number;
  /** Of one panel's plotting area in pixels, 280 by default. */
  readonly panelHeight?: number;
}

const COLUMN_GAP = 20;
const ROW_GAP = 14;
/** Room below a panel for its ticks and label. */
const FOOT = 52;
/** Height of a line of a panel's title, and of what its upright axis measures. */
const HEAD_LINE = 20;

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

/** The lower axis, and how far its last tick's text reaches beyond the plotting area. */
function placeLower(panel: Panel, room: number): { axis: PlacedAxis; width: number } {
  let width = room - 8;
  for (let round = 0; ; round++) {
    const axis = placeAxis(panel.x, valuesOf(panel, 'x'), width);
    const beyond = Math.max(
      8,
      ...axis.ticks.map(
        ({ value, text }) =>
          estimateTextWidth(text, SMALL_SIZE) / 2 - width * (1 - axis.place(value)),
      ),
    );
    if (width + beyond <= room + 1e-9 || round === 4) return { axis, width };
    width = room - Math.ceil(beyond);
  }
}

interface Grid {
  readonly placed: readonly PlacedPanel[];
  readonly bottom: number;
  /** The place of the panel that the last row lacks. */
  readonly free?: { readonly left: number; readonly top: number; readonly width: number };
}

/** Panels side by side and below each other, from `top` on. */
function placePanels(
  panels: readonly Panel[],
  { columns, width, panelHeight }: Required<Pick<PlotOptions, 'columns' | 'width' | 'panelHeight'>>,
  top: number,
): Grid {
  const yAxes = panels.map((panel) => placeAxis(panel.y, valuesOf(panel, 'y'), panelHeight, 30));
  // Room left of each panel for its ticks' texts.
  const widest = Math.max(
    ...yAxes.flatMap(({ ticks }) => ticks.map(({ text }) => estimateTextWidth(text, SMALL_SIZE))),
  );
  const room = Math.ceil(widest) + 10;
  const column = (width - 2 * MARGIN - (columns - 1) * COLUMN_GAP) / columns;
  // Bold letters are an eighth wider at most.
  const titles = panels.map(({ title = '' }) => wrapText(title, TEXT_SIZE, column / 1.125));
  const titleLines = Math.max(...titles.map((lines) => lines.length));
  const head = (titleLines === 0 ? 6 : 12) + HEAD_LINE * (1 + titleLines);
  const row = head + panelHeight + FOOT + ROW_GAP;
  const corner = (index: number): number => MARGIN + (index % columns) * (column + COLUMN_GAP);
  const rowTop = (index: number): number => top + Math.floor(index / columns) * row;
  const placed = panels.map((panel, index): PlacedPanel => {
    const lower = placeLower(panel, column - room);
    return {
      panel,
      titleLines: titles[index],
      area: {
        left: corner(index) + room,
        top: rowTop(index) + head,
        width: lower.width,
        height: panelHeight,
      },
      x: lower.axis,
      y: yAxes[index],
      corner: corner(index),
      column,
    };
  });
  const count = panels.length;
  const bottom = rowTop(count - 1) + row - ROW_GAP - 10;
  if (columns === 1 || count % columns === 0) return { placed, bottom };
  return {
    placed,
    bottom,
    free: { left: corner(count) + 8, top: rowTop(count) + head, width: width - corner(count) },
  };
}

/**
 * The figure as an SVG file. Throws a RangeError where a panel has nothing to show, or a logarithmic
 * axis values that are not positive.
 */
export function plotFigure(panels: readonly Panel[], options: PlotOptions): string {
  checkList('panels', panels);
  checkObject('options', options);
  const { title, caption, columns = 1, width = WIDTH, panelHeight = 280 } = options;
  const empty = panels.find(({ series }) => series.every(({ points }) => points.length === 0));
  if (panels.length === 0 || empty !== undefined) {
    throw new RangeError(`nothing to show in the panel '${empty?.title ?? title}'`);
  }
  const entries = legendEntries(panels);
  const layout = { columns: Math.min(columns, panels.length), width, panelHeight };
  return framedFigure({ width, title, caption }, (top) => {
    // A place without a panel is the legend's; else it stands above all panels.
    const { free } = placePanels(panels, layout, top);
    const above = drawLegend(entries, { left: MARGIN, width: width - 2 * MARGIN, top: top + 16 });
    const grid = placePanels(
      panels,
      layout,
      free === undefined && entries.length > 0 ? top + 16 + above.height : top + 4,
    );
    const legend =
      grid.free === undefined
        ? above
        : drawLegend(entries, { ...grid.free, width: grid.free.width - MARGIN - 8 });
    return {
      bottom: grid.bottom,
      parts: [...legend.parts, ...grid.placed.flatMap(drawPanel)],
    };
  });
}
