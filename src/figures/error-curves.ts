/**
 * The plot of docs/precision.md: errors over fractional bits, on a logarithmic axis, one line for each
 * bound and one for what an attack measured. Any series of positive numbers will do.
 */
import { element, formatNumber, svgDocument, textElement, wrapText } from './svg.js';

export interface ErrorCurve {
  readonly name: string;
  readonly color: string;
  /** Drawn with gaps: what is measured, against what is certified. */
  readonly dashed?: boolean;
  /** `[bits, error]`, in order of bits, errors positive. */
  readonly points: readonly (readonly [bits: number, error: number])[];
}

export interface ErrorCurvesOptions {
  readonly title: string;
  readonly caption: string;
  /** A horizontal line at this error. */
  readonly epsilon: number;
  /** Single points, for allotments of bits that differ by layer. */
  readonly marks?: readonly {
    readonly name: string;
    readonly bits: number;
    readonly error: number;
  }[];
}

const WIDTH = 720;
const HEIGHT = 440;
const LEFT = 70;
const RIGHT = 170;
const TOP = 50;
const BOTTOM = 100;
const INK = '#1a1a1a';
const FAINT = '#d9d9d9';
const MUTED = '#555555';
const MARK = '#cc0000';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function powerOfTen(exponent: number): string {
  const digits = String(Math.abs(exponent))
    .split('')
    .map((digit) => SUPERSCRIPTS[Number(digit)])
    .join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** The drawing. Throws a RangeError for curves without points or with errors that are not positive. */
export function errorCurvesFigure(
  curves: readonly ErrorCurve[],
  { title, caption, epsilon, marks = [] }: ErrorCurvesOptions,
): string {
  const all = [
    ...curves.flatMap(({ points }) => points),
    ...marks.map(({ bits, error }) => [bits, error] as const),
  ];
  if (all.length === 0 || !all.every(([, error]) => error > 0 && Number.isFinite(error))) {
    throw new RangeError('error curves need points with positive errors');
  }
  const bits = all.map(([at]) => at);
  const exponents = [...all.map(([, error]) => error), epsilon].map(Math.log10);
  const firstBit = Math.min(...bits);
  const lastBit = Math.max(...bits);
  const low = Math.floor(Math.min(...exponents));
  const high = Math.ceil(Math.max(...exponents));
  const width = WIDTH - LEFT - RIGHT;
  const height = HEIGHT - TOP - BOTTOM;
  const x = (at: number): number =>
    LEFT + (width * (at - firstBit)) / Math.max(1, lastBit - firstBit);
  const y = (error: number): number =>
    TOP + (height * (high - Math.log10(error))) / Math.max(1, high - low);
  const parts = [
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#ffffff' }),
    textElement({ x: LEFT, y: 28, 'font-size': 16, 'font-weight': 600, fill: INK }, title),
  ];
  const everyPower = Math.max(1, Math.ceil((high - low) / 8));
  for (let exponent = low; exponent <= high; exponent += everyPower) {
    const at = y(10 ** exponent);
    parts.push(
      element('line', { x1: LEFT, x2: LEFT + width, y1: at, y2: at, stroke: FAINT }),
      textElement(
        { x: LEFT - 8, y: at + 4, 'text-anchor': 'end', 'font-size': 12, fill: MUTED },
        powerOfTen(exponent),
      ),
    );
  }
  for (let bit = Math.ceil(firstBit / 4) * 4; bit <= lastBit; bit += 4) {
    parts.push(
      textElement(
        { x: x(bit), y: TOP + height + 18, 'text-anchor': 'middle', 'font-size': 12, fill: MUTED },
        String(bit),
      ),
    );
  }
  parts.push(
    textElement(
      {
        x: LEFT + width / 2,
        y: TOP + height + 36,
        'text-anchor': 'middle',
        'font-size': 12,
        fill: INK,
      },
      'fractional bits of a weight, on average',
    ),
    element('line', {
      x1: LEFT,
      x2: LEFT + width,
      y1: y(epsilon),
      y2: y(epsilon),
      stroke: INK,
      'stroke-dasharray': '2 3',
    }),
    textElement(
      { x: LEFT + width + 6, y: y(epsilon) + 4, 'font-size': 12, fill: INK },
      `ε = ${epsilon}`,
    ),
  );
  curves.forEach(({ name, color, dashed, points }, index) => {
    const path = points
      .map(
        ([at, error], k) =>
          `${k === 0 ? 'M' : 'L'}${formatNumber(x(at))} ${formatNumber(y(error))}`,
      )
      .join('');
    const dash = dashed ? '6 4' : undefined;
    const legend = TOP + 12 + 20 * index;
    parts.push(
      element('path', {
        d: path,
        fill: 'none',
        stroke: color,
        'stroke-width': 2,
        'stroke-dasharray': dash,
      }),
      element('line', {
        x1: LEFT + width + 12,
        x2: LEFT + width + 36,
        y1: legend - 4,
        y2: legend - 4,
        stroke: color,
        'stroke-width': 2,
        'stroke-dasharray': dash,
      }),
      textElement({ x: LEFT + width + 42, y: legend, 'font-size': 12, fill: INK }, name),
    );
  });
  marks.forEach(({ name, bits: at, error }, index) => {
    const legend = TOP + 12 + 20 * (curves.length + index);
    parts.push(
      element('circle', { cx: x(at), cy: y(error), r: 5, fill: MARK }),
      element('circle', { cx: LEFT + width + 24, cy: legend - 4, r: 5, fill: MARK }),
      textElement({ x: LEFT + width + 42, y: legend, 'font-size': 12, fill: INK }, name),
    );
  });
  wrapText(caption, 12, WIDTH - 2 * 20).forEach((line, index) => {
    parts.push(
      textElement({ x: 20, y: HEIGHT - 42 + 16 * index, 'font-size': 12, fill: MUTED }, line),
    );
  });
  return svgDocument({ width: WIDTH, height: HEIGHT }, title, caption, parts);
}
