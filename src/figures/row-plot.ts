/**
 * A dot plot with one row for each contestant and a logarithmic axis for all: sizes and errors of the
 * systems of a comparison, times of a benchmark. Names and numbers stand above their row, where they
 * cover nothing. A row without a value stays, and says why.
 */
import { framedFigure, MARGIN, SMALL_SIZE, TEXT_SIZE, WIDTH } from './frame.js';
import { drawMarker, type Marker } from './marks.js';
import { shortNumber } from './numbers.js';
import { GRID, INK, QUIET } from './palette.js';
import { placeAxis } from './plot-axis.js';
import { GUIDE_DASHES } from './plot-panel.js';
import { element, textElement } from './svg.js';
import { estimateTextWidth, wrapText } from './text-width.js';

export interface RowMark {
  /** Positive; marks of one name look alike and share an entry of the legend. */
  readonly value: number;
  readonly name: string;
}

export interface Row {
  readonly label: string;
  readonly color: string;
  readonly marks: readonly RowMark[];
  /** Stands in the row if it has no mark. */
  readonly remark?: string;
}

export interface RowLegendEntry {
  readonly name: string;
  readonly marker: Marker;
  /** Where the mark has one colour in all rows; ink where it has each row's own. */
  readonly color?: string;
}

export interface RowPlotOptions {
  readonly title: string;
  readonly caption: string;
  /** What the axis measures, with its unit. */
  readonly axis: string;
  /** The names of the marks, in this order in legend and rows. */
  readonly names: readonly RowLegendEntry[];
  /** A vertical line, named in the legend. */
  readonly guide?: { readonly value: number; readonly label: string };
  /** Text of a value; three significant digits by default. */
  readonly format?: (value: number) => string;
  /** Text of a tick; a power of ten by default. */
  readonly formatTick?: (value: number) => string;
}

/** From a row's text to the middle of its track, half the track's height, and on to the next row. */
const TRACK = 16;
const HALF = 8;
const NEXT = 36;
const LINE = 20;

interface PlacedRow {
  readonly row: Row;
  readonly labelY: number;
  readonly values: string;
  readonly valuesY: number;
  readonly trackY: number;
}

/** Numbers stand at the right of the name, below it where both are too long. */
function placeRows(
  rows: readonly Row[],
  names: readonly RowLegendEntry[],
  format: (value: number) => string,
  top: number,
): { readonly placed: readonly PlacedRow[]; readonly bottom: number } {
  let y = top + 14;
  const placed = rows.map((row): PlacedRow => {
    const known = names.flatMap(({ name }) => row.marks.filter((mark) => mark.name === name));
    const values =
      known.length === 0
        ? (row.remark ?? 'no value')
        : known.map(({ value }) => format(value)).join(' / ');
    const room = WIDTH - 2 * MARGIN - estimateTextWidth(row.label, TEXT_SIZE) - 16;
    const labelY = y;
    const valuesY = estimateTextWidth(values, SMALL_SIZE) <= room ? y : y + LINE;
    const trackY = valuesY + TRACK;
    y = trackY + NEXT;
    return { row, labelY, values, valuesY, trackY };
  });
  return { placed, bottom: y - NEXT + HALF };
}

function drawLegend(options: RowPlotOptions, top: number): { parts: string[]; height: number } {
  const { names, guide } = options;
  let x = MARGIN;
  let y = top;
  const parts: string[] = [];
  const entry = (sample: (x: number, y: number) => string, wide: number, name: string): void => {
    const width = wide + 8 + estimateTextWidth(name, SMALL_SIZE);
    if (x > MARGIN && x + width > WIDTH - MARGIN) {
      x = MARGIN;
      y += LINE;
    }
    const text = { x: x + wide + 8, y, 'font-size': SMALL_SIZE, fill: INK };
    parts.push(sample(x, y - 5), textElement(text, name));
    x += width + 22;
  };
  for (const { name, marker, color = INK } of names) {
    entry((at, middle) => drawMarker(marker, [at + 6, middle], color, sizeOf(marker)), 12, name);
  }
  if (guide !== undefined) {
    const line = { stroke: INK, 'stroke-dasharray': GUIDE_DASHES };
    entry(
      (at, middle) =>
        element('line', { x1: at + 6, x2: at + 6, y1: middle - HALF, y2: middle + HALF, ...line }),
      12,
      guide.label,
    );
  }
  return { parts, height: y - top + LINE };
}

/** Rings are larger, so that they show around a full mark at the same place. */
function sizeOf(marker: Marker): number {
  return marker === 'ring' ? 1.9 : 1.2;
}

/** The drawing. Throws a RangeError if no row has a mark, or a mark is not positive and finite. */
export function rowPlotFigure(rows: readonly Row[], options: RowPlotOptions): string {
  const { title, caption, axis, names, guide, format = shortNumber, formatTick } = options;
  const values = [
    ...rows.flatMap(({ marks }) => marks.map(({ value }) => value)),
    ...(guide === undefined ? [] : [guide.value]),
  ];
  if (values.length === 0 || !values.every((value) => value > 0 && Number.isFinite(value))) {
    throw new RangeError('a row plot needs positive numbers');
  }
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.max(10 * low, 10 ** Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const [left, width] = [MARGIN + 22, WIDTH - 2 * (MARGIN + 22)];
  const form = formatTick === undefined ? {} : { format: formatTick };
  // Over more than two powers of ten only these.
  const decades = Math.round(Math.log10(high / low));
  const powers = Array.from({ length: decades + 1 }, (_, index) =>
    Number((low * 10 ** index).toPrecision(6)),
  );
  const ticks = decades > 2 ? { ticks: powers } : {};
  const scale = placeAxis(
    { label: axis, scale: 'logarithmic', range: [low, high], ...ticks, ...form },
    values,
    width,
  );
  const at = (value: number): number => left + width * scale.place(value);
  const axisLines = wrapText(axis, SMALL_SIZE, WIDTH - 2 * MARGIN);
  return framedFigure({ title, caption }, (titleBottom) => {
    const legend = drawLegend(options, titleBottom + 16);
    const { placed, bottom } = placeRows(rows, names, format, titleBottom + 16 + legend.height);
    const parts = [...legend.parts];
    for (const { row, labelY, values: text, valuesY, trackY } of placed) {
      const line = { y1: trackY, y2: trackY };
      parts.push(
        textElement({ x: MARGIN, y: labelY, 'font-size': TEXT_SIZE, fill: INK }, row.label),
        textElement(
          {
            x: WIDTH - MARGIN,
            y: valuesY,
            'text-anchor': 'end',
            'font-size': SMALL_SIZE,
            fill: QUIET,
          },
          text,
        ),
        element('line', { x1: left, x2: left + width, ...line, stroke: GRID }),
        ...scale.ticks.map(({ value }) => {
          const upright = { x1: at(value), x2: at(value), y1: trackY - HALF, y2: trackY + HALF };
          return element('line', { ...upright, stroke: GRID });
        }),
      );
      if (guide !== undefined) {
        const upright = { x1: at(guide.value), x2: at(guide.value) };
        const ends = { y1: trackY - HALF, y2: trackY + HALF };
        const style = { stroke: INK, 'stroke-dasharray': GUIDE_DASHES };
        parts.push(element('line', { ...upright, ...ends, ...style }));
      }
      const places = row.marks.map(({ value }) => at(value));
      if (places.length > 1) {
        const ends = { x1: Math.min(...places), x2: Math.max(...places) };
        parts.push(element('line', { ...ends, ...line, stroke: row.color, 'stroke-width': 2 }));
      }
      for (const { name, marker, color = row.color } of names) {
        for (const { value } of row.marks.filter((mark) => mark.name === name)) {
          parts.push(drawMarker(marker, [at(value), trackY], color, sizeOf(marker)));
        }
      }
    }
    for (const { value, text } of scale.ticks) {
      const place = { x: at(value), y: bottom + 17, 'text-anchor': 'middle' };
      parts.push(textElement({ ...place, 'font-size': SMALL_SIZE, fill: QUIET }, text));
    }
    parts.push(
      ...axisLines.map((line, index) =>
        textElement(
          {
            x: WIDTH / 2,
            y: bottom + 38 + LINE * index,
            'text-anchor': 'middle',
            'font-size': SMALL_SIZE,
            fill: INK,
          },
          line,
        ),
      ),
    );
    return { parts, bottom: bottom + 40 + LINE * (axisLines.length - 1) };
  });
}
