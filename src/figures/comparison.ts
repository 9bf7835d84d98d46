/**
 * A dot plot with one line per system and a logarithmic axis: what the report of `unearth compare` shows
 * of sizes and errors. A system without a value keeps its line and says why.
 */
import { powerOfTen } from './plot-axis.js';
import {
  type Attributes,
  element,
  estimateTextWidth,
  svgDocument,
  textElement,
  wrapText,
} from './svg.js';

export interface ComparisonMark {
  /** Positive; marks of one name look alike and share an entry of the legend. */
  readonly value: number;
  readonly name: string;
}

export interface ComparisonRow {
  readonly label: string;
  readonly marks: readonly ComparisonMark[];
  /** Stands in the row if it has no mark. */
  readonly remark?: string;
}

export interface ComparisonOptions {
  readonly title: string;
  readonly caption: string;
  /** What the axis measures, with its unit. */
  readonly axis: string;
  /** Names of the marks in the order of the legend; the first is drawn hollow. */
  readonly names: readonly string[];
  /** A vertical line. */
  readonly guide?: { readonly value: number; readonly label: string };
}

const WIDTH = 760;
const RIGHT = 90;
const TOP = 88;
const ROW = 34;
const INK = '#1a1a1a';
const MUTED = '#555555';
const FAINT = '#d9d9d9';
const COLORS = ['#555555', '#0072b2', '#d55e00'];
/** Hollow marks are larger, so that they show around a full one at the same place. */
const HOLLOW_RADIUS = 7;
const RADIUS = 4.5;
/** Three significant digits, in a form that fits beside a dot. */
function shortNumber(value: number): string {
  if (value >= 1e4 || value < 1e-3) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
}

function dot(index: number, x: number, y: number): string {
  const color = COLORS[index % COLORS.length];
  const shape: Attributes =
    index === 0
      ? { fill: '#ffffff', stroke: color, 'stroke-width': 2 }
      : { fill: color, stroke: '#ffffff', 'stroke-width': 1 };
  return element('circle', { cx: x, cy: y, r: index === 0 ? HOLLOW_RADIUS : RADIUS, ...shape });
}

/** The drawing. Throws a RangeError if no row has a mark, or a mark is not positive and finite. */
export function comparisonFigure(
  rows: readonly ComparisonRow[],
  { title, caption, axis, names, guide }: ComparisonOptions,
): string {
  const values = [
    ...rows.flatMap(({ marks }) => marks.map(({ value }) => value)),
    ...(guide === undefined ? [] : [guide.value]),
  ];
  if (values.length === 0 || !values.every((value) => value > 0 && Number.isFinite(value))) {
    throw new RangeError('a comparison needs positive numbers');
  }
  const low = Math.floor(Math.log10(Math.min(...values)) - 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) + 1e-9));
  const left = 24 + Math.max(...rows.map(({ label }) => estimateTextWidth(label, 13)));
  const width = WIDTH - left - RIGHT;
  const bottom = TOP + ROW * rows.length;
  const x = (value: number): number => left + (width * (Math.log10(value) - low)) / (high - low);
  const lines = wrapText(caption, 12, WIDTH - 40);
  const height = bottom + 62 + 16 * lines.length;
  const parts = [
    element('rect', { width: WIDTH, height, fill: '#ffffff' }),
    textElement({ x: 20, y: 28, 'font-size': 16, 'font-weight': 600, fill: INK }, title),
  ];
  let legend = left;
  names.forEach((name, index) => {
    parts.push(
      dot(index, legend, 52),
      textElement({ x: legend + 13, y: 56, 'font-size': 12, fill: INK }, name),
    );
    legend += 34 + estimateTextWidth(name, 12);
  });
  const every = Math.max(1, Math.ceil((high - low) / 10));
  for (let exponent = low; exponent <= high; exponent += every) {
    const at = x(10 ** exponent);
    parts.push(
      element('line', { x1: at, x2: at, y1: TOP, y2: bottom, stroke: FAINT }),
      textElement(
        { x: at, y: bottom + 18, 'text-anchor': 'middle', 'font-size': 12, fill: MUTED },
        powerOfTen(exponent),
      ),
    );
  }
  parts.push(
    textElement(
      { x: left + width / 2, y: bottom + 38, 'text-anchor': 'middle', 'font-size': 12, fill: INK },
      axis,
    ),
  );
  if (guide !== undefined) {
    const at = x(guide.value);
    parts.push(
      element('line', {
        x1: at,
        x2: at,
        y1: TOP - 4,
        y2: bottom,
        stroke: INK,
        'stroke-dasharray': '2 3',
      }),
      textElement(
        { x: at, y: TOP - 8, 'text-anchor': 'middle', 'font-size': 12, fill: INK },
        guide.label,
      ),
    );
  }
  rows.forEach(({ label, marks, remark }, index) => {
    const y = TOP + ROW * (index + 0.5);
    parts.push(
      textElement(
        { x: left - 14, y: y + 4, 'text-anchor': 'end', 'font-size': 13, fill: INK },
        label,
      ),
    );
    if (marks.length === 0) {
      parts.push(
        textElement({ x: left + 8, y: y + 4, 'font-size': 12, fill: MUTED }, remark ?? 'no value'),
      );
      return;
    }
    const places = marks.map(({ value }) => x(value));
    const [first, last] = [Math.min(...places), Math.max(...places)];
    parts.push(
      element('line', { x1: left, x2: left + width, y1: y, y2: y, stroke: FAINT }),
      element('line', { x1: first, x2: last, y1: y, y2: y, stroke: MUTED, 'stroke-width': 2 }),
      ...marks.map(({ value, name }) => dot(names.indexOf(name), x(value), y)),
      textElement(
        {
          x: last + 12,
          y: y + 4,
          'font-size': 12,
          fill: MUTED,
          // The grid stays off the numbers.
          stroke: '#ffffff',
          'stroke-width': 4,
          'paint-order': 'stroke',
        },
        marks.map(({ value }) => shortNumber(value)).join(' / '),
      ),
    );
  });
  lines.forEach((line, index) => {
    parts.push(
      textElement({ x: 20, y: bottom + 60 + 16 * index, 'font-size': 12, fill: MUTED }, line),
    );
  });
  return svgDocument({ width: WIDTH, height }, title, caption, parts);
}
