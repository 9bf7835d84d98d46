/**
 * Marks at a point, each with a shape and a colour: what tells the systems of a plot apart twice, so that
 * no one needs colours for it.
 */
import { PAPER, systemColour } from './palette.js';
import { element, formatNumber } from './svg.js';

export type Marker = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'bar' | 'ring';

const SYSTEM_MARKERS: Readonly<Record<string, Marker>> = {
  malach: 'triangle',
  orseau: 'square',
  pensia: 'cross',
  diffenderfer: 'bar',
  diamond: 'diamond',
  horner: 'circle',
  skip: 'ring',
};

/** How a system of Table 1 looks in every plot. */
export function systemStyle(system: string): { readonly color: string; readonly marker: Marker } {
  return { color: systemColour(system), marker: SYSTEM_MARKERS[system] ?? 'ring' };
}

function polygon(points: readonly (readonly [x: number, y: number])[], closed = true): string {
  const moves = points.map(
    ([x, y], index) => `${index === 0 ? 'M' : 'L'}${formatNumber(x)} ${formatNumber(y)}`,
  );
  return moves.join('') + (closed ? 'Z' : '');
}

/** The shape around (x, y), about 8 pixels wide at size 1. */
export function drawMarker(
  marker: Marker,
  [x, y]: readonly [x: number, y: number],
  color: string,
  size = 1,
): string {
  const r = 3.6 * size;
  const line = { fill: 'none', stroke: color, 'stroke-width': 2 };
  switch (marker) {
    case 'circle':
      return element('circle', { cx: x, cy: y, r, fill: color });
    case 'ring':
      return element('circle', {
        cx: x,
        cy: y,
        r,
        fill: PAPER,
        stroke: color,
        'stroke-width': 1.8,
      });
    case 'square':
      return element('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, fill: color });
    case 'triangle': {
      const d = polygon([
        [x - 1.15 * r, y + r],
        [x + 1.15 * r, y + r],
        [x, y - 1.15 * r],
      ]);
      return element('path', { d, fill: color });
    }
    case 'diamond': {
      const d = polygon([
        [x - 1.3 * r, y],
        [x, y - 1.3 * r],
        [x + 1.3 * r, y],
        [x, y + 1.3 * r],
      ]);
      return element('path', { d, fill: color });
    }
    case 'cross': {
      const falling: [number, number][] = [
        [x - r, y - r],
        [x + r, y + r],
      ];
      const rising: [number, number][] = [
        [x - r, y + r],
        [x + r, y - r],
      ];
      return element('path', { d: polygon(falling, false) + polygon(rising, false), ...line });
    }
    case 'bar':
      return element('rect', { x: x - r, y: y - 0.5 * r, width: 2 * r, height: r, fill: color });
  }
}
