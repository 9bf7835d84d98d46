/** The legend of a plot: one entry for each name, in lines that fill the width it is given. */
import { SMALL_SIZE } from './frame.js';
import { drawMarker, type Marker } from './marks.js';
import { INK } from './palette.js';
import type { Panel, Series } from './panel.js';
import { DASHES, GUIDE_DASHES } from './plot-panel.js';
import { element, textElement } from './svg.js';
import { estimateTextWidth, wrapText } from './text-width.js';

export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly line: NonNullable<Series['line']> | 'guide';
  readonly marker?: Marker;
  readonly hasBand: boolean;
}

const SAMPLE = 32;
/** A mark alone takes less. */
const MARK_SAMPLE = 12;
const LINE_HEIGHT = 20;
const ENTRY_GAP = 22;

/** Every series and guide, each name once, in the order of the panels. */
export function legendEntries(panels: readonly Panel[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const {
    name,
    color,
    line = 'solid',
    dots,
    marker = 'circle',
    band,
    points,
  } of panels.flatMap(({ series }) => series)) {
    if (entries.has(name) || points.length === 0) continue;
    const shown = dots === true ? { marker } : {};
    entries.set(name, { name, color, line, ...shown, hasBand: band !== undefined });
  }
  for (const { label } of panels.flatMap(({ guides = [] }) => guides)) {
    if (entries.has(label)) continue;
    entries.set(label, { name: label, color: INK, line: 'guide', hasBand: false });
  }
  return [...entries.values()];
}

function drawSample({ color, line, marker, hasBand }: LegendEntry, x: number, y: number): string[] {
  const wide = line === 'none' ? MARK_SAMPLE : SAMPLE;
  const parts: string[] = [];
  if (hasBand) {
    const size = { width: wide, height: 12 };
    parts.push(element('rect', { x, y: y - 6, ...size, fill: color, 'fill-opacity': 0.22 }));
  }
  if (line !== 'none') {
    parts.push(
      element('line', {
        x1: x,
        x2: x + wide,
        y1: y,
        y2: y,
        stroke: color,
        'stroke-width': line === 'guide' ? 1 : 2,
        'stroke-dasharray': line === 'guide' ? GUIDE_DASHES : DASHES[line],
      }),
    );
  }
  if (marker !== undefined) parts.push(drawMarker(marker, [x + wide / 2, y], color));
  return parts;
}

/** The legend from `top` on, at most as wide as the place. */
export function drawLegend(
  entries: readonly LegendEntry[],
  place: { readonly left: number; readonly width: number; readonly top: number },
): { readonly parts: readonly string[]; readonly height: number } {
  const { left, width, top } = place;
  let x = left;
  let y = top;
  let lowest = top - LINE_HEIGHT;
  const parts: string[] = [];
  for (const entry of entries) {
    const start = (entry.line === 'none' ? MARK_SAMPLE : SAMPLE) + 8;
    const lines = wrapText(entry.name, SMALL_SIZE, width - start);
    const wide = start + Math.max(...lines.map((line) => estimateTextWidth(line, SMALL_SIZE)));
    if (x > left && x + wide > left + width) {
      x = left;
      y = lowest + LINE_HEIGHT;
    }
    parts.push(
      ...drawSample(entry, x, y - 5),
      ...lines.map((line, index) =>
        textElement(
          { x: x + start, y: y + index * LINE_HEIGHT, 'font-size': SMALL_SIZE, fill: INK },
          line,
        ),
      ),
    );
    lowest = Math.max(lowest, y + (lines.length - 1) * LINE_HEIGHT);
    x += wide + ENTRY_GAP;
  }
  return { parts, height: lowest + LINE_HEIGHT - top };
}
