/** Horizontal bars on a logarithmic axis: the picture of a benchmark, one bar for each contestant. */
import { element, estimateTextWidth, svgDocument, textElement, wrapText } from './svg.js';

export interface Bar {
  readonly name: string;
  /** Positive. */
  readonly value: number;
  /** Drawn in this project's colour. */
  readonly ours: boolean;
}

export interface BarsOptions {
  readonly title: string;
  /** What the axis counts, with its unit. */
  readonly axis: string;
  readonly caption: string;
}

const WIDTH = 760;
const MARGIN = 20;
const TOP = 46;
const STEP = 26;
const VALUE_ROOM = 64;
const INK = '#1a1a1a';
const MUTED = '#555555';
const FAINT = '#d9d9d9';
const OURS = '#b3123d';
const OTHERS = '#7a8794';

/** The drawing. Throws a RangeError without bars or for values that are not positive. */
export function barsFigure(bars: readonly Bar[], { title, axis, caption }: BarsOptions): string {
  const values = bars.map(({ value }) => value);
  if (bars.length === 0 || !values.every((value) => value > 0 && Number.isFinite(value))) {
    throw new RangeError('bars need positive values');
  }
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const left = MARGIN + 10 + Math.max(...bars.map(({ name }) => estimateTextWidth(name, 12)));
  const width = WIDTH - MARGIN - VALUE_ROOM - left;
  const x = (value: number): number => left + (width * (Math.log10(value) - low)) / (high - low);
  const bottom = TOP + STEP * bars.length;
  const lines = wrapText(caption, 12, WIDTH - 2 * MARGIN);
  const height = bottom + 60 + 16 * lines.length;
  const parts = [
    element('rect', { width: WIDTH, height, fill: '#ffffff' }),
    textElement({ x: MARGIN, y: 28, 'font-size': 16, 'font-weight': 600, fill: INK }, title),
  ];
  for (let exponent = low; exponent <= high; exponent++) {
    const at = x(10 ** exponent);
    parts.push(
      element('line', { x1: at, x2: at, y1: TOP, y2: bottom, stroke: FAINT }),
      textElement(
        { x: at, y: bottom + 16, 'text-anchor': 'middle', 'font-size': 12, fill: MUTED },
        String(Number((10 ** exponent).toPrecision(1))),
      ),
    );
  }
  for (const [index, { name, value, ours }] of bars.entries()) {
    const y = TOP + STEP * index + 4;
    const label = value >= 10 ? value.toFixed(0) : value.toPrecision(2);
    parts.push(
      textElement(
        { x: left - 8, y: y + 13, 'text-anchor': 'end', 'font-size': 12, fill: INK },
        name,
      ),
      element('rect', {
        x: left,
        y,
        width: x(value) - left,
        height: STEP - 8,
        fill: ours ? OURS : OTHERS,
      }),
      textElement({ x: x(value) + 6, y: y + 13, 'font-size': 12, fill: INK }, label),
    );
  }
  parts.push(
    textElement(
      { x: left + width / 2, y: bottom + 34, 'text-anchor': 'middle', 'font-size': 12, fill: INK },
      axis,
    ),
  );
  for (const [index, line] of lines.entries()) {
    parts.push(
      textElement({ x: MARGIN, y: bottom + 58 + 16 * index, 'font-size': 12, fill: MUTED }, line),
    );
  }
  return svgDocument({ width: WIDTH, height }, title, caption, parts);
}
