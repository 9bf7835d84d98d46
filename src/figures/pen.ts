/**
 * What drawings of a ticket are drawn with: a few marks in the palette's light colours, so that one drawing
 * serves a file (here, as SVG markup) and a page's canvas alike.
 */
import { type Attributes, element, formatNumber, textElement } from './svg.js';

export type Point = readonly [x: number, y: number];

export interface LineStyle {
  readonly stroke: string;
  readonly width: number;
  /** Lengths of strokes and gaps; none: solid. */
  readonly dash?: readonly number[];
  readonly opacity?: number;
}

export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  /** Degrees, clockwise, around its point. */
  readonly turned?: number;
}

/** All lengths in pixels, y downwards; colours are the palette's light values. */
export interface Pen {
  rect(x: number, y: number, width: number, height: number, fill: string, opacity?: number): void;
  /** The border of a rectangle. */
  frame(x: number, y: number, width: number, height: number, style: LineStyle): void;
  line(points: readonly Point[], style: LineStyle): void;
  /** From one point to another, leaving and arriving vertically. */
  curve(from: Point, to: Point, style: LineStyle): void;
  circle(x: number, y: number, radius: number, fill: string, stroke: string, width: number): void;
  text(x: number, y: number, content: string, style: TextStyle): void;
}

function lineAttributes({ stroke, width, dash, opacity }: LineStyle): Attributes {
  return {
    fill: 'none',
    stroke,
    'stroke-width': width,
    'stroke-dasharray': dash?.join(' '),
    'stroke-opacity': opacity,
  };
}

/** A pen whose marks are SVG elements, in the order in which they are drawn. */
export function svgPen(): { readonly pen: Pen; readonly parts: readonly string[] } {
  const parts: string[] = [];
  const pen: Pen = {
    rect(x, y, width, height, fill, opacity) {
      parts.push(element('rect', { x, y, width, height, fill, 'fill-opacity': opacity }));
    },
    frame(x, y, width, height, style) {
      parts.push(element('rect', { x, y, width, height, ...lineAttributes(style) }));
    },
    line(points, style) {
      const d = points.map(
        ([x, y], index) => `${index === 0 ? 'M' : 'L'}${formatNumber(x)} ${formatNumber(y)}`,
      );
      parts.push(element('path', { d: d.join(''), ...lineAttributes(style) }));
    },
    curve([x, y], [toX, toY], style) {
      const middle = formatNumber((y + toY) / 2);
      const [a, b, c, e] = [x, y, toX, toY].map(formatNumber);
      const d = `M${a} ${b}C${a} ${middle} ${c} ${middle} ${c} ${e}`;
      parts.push(element('path', { d, ...lineAttributes(style) }));
    },
    circle(cx, cy, r, fill, stroke, width) {
      parts.push(element('circle', { cx, cy, r, fill, stroke, 'stroke-width': width }));
    },
    text(x, y, content, { size, fill, anchor, bold, turned }) {
      const attributes = {
        ...{ x, y, 'font-size': size, fill },
        'text-anchor': anchor,
        'font-weight': bold ? 600 : undefined,
        transform:
          turned === undefined
            ? undefined
            : `rotate(${turned} ${formatNumber(x)} ${formatNumber(y)})`,
      };
      parts.push(textElement(attributes, content));
    },
  };
  return { pen, parts };
}
