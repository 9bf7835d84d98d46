/** The edges of one layer as cells: colour for the sign, strong where it is kept. */
import { palette } from '../library.js';
import type { LayerEdges } from '../worker/protocol.js';
import { fillPixels, type Pixels, pixelOf } from './pixels.js';

/** Where cells lie: position (0, 0) at `left`, `top`, all in pixels of the image. */
export interface CellGrid {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

/** In which order columns and rows stand: `columns[i]` is the column at place i. */
export interface CellOrder {
  readonly columns: Uint32Array;
  readonly rows: Uint32Array;
}

function bitAt(words: Uint32Array, perColumn: number, column: number, row: number): boolean {
  return ((words[column * perColumn + (row >>> 5)] >>> (row & 31)) & 1) === 1;
}

export function isPositive({ signs, words }: LayerEdges, column: number, row: number): boolean {
  return bitAt(signs, words, column, row);
}

export function isKept({ kept, words }: LayerEdges, column: number, row: number): boolean {
  return bitAt(kept, words, column, row);
}

/** Opacity of a cut edge over the paper. */
export const CUT = 0.15;

/** The pixels of a cell: cut -1, cut +1, kept -1, kept +1. */
export function edgePixels(shown: (light: string) => string, paper: string): readonly number[] {
  const { positive, negative } = palette.SIGNS;
  const [minus, plus] = [shown(negative), shown(positive)];
  return [
    pixelOf(minus, CUT, paper),
    pixelOf(plus, CUT, paper),
    pixelOf(minus, 1, paper),
    pixelOf(plus, 1, paper),
  ];
}

export function drawEdgePixels(
  pixels: Pixels,
  edges: LayerEdges,
  { columns, rows }: CellOrder,
  { left, top, cell }: CellGrid,
  table: readonly number[],
): void {
  const gap = cell >= 6 ? 1 : 0;
  const first = (start: number): number => Math.max(0, Math.floor(-start / cell));
  const last = (start: number, size: number, count: number): number =>
    Math.min(count, Math.ceil((size - start) / cell));
  const lastRow = last(top, pixels.height, rows.length);
  for (let x = first(left); x < last(left, pixels.width, columns.length); x++) {
    const column = columns[x];
    const from = Math.round(left + x * cell);
    const to = Math.max(from + 1, Math.round(left + (x + 1) * cell) - gap);
    for (let y = first(top); y < lastRow; y++) {
      const row = rows[y];
      const index = (isKept(edges, column, row) ? 2 : 0) + (isPositive(edges, column, row) ? 1 : 0);
      const start = Math.round(top + y * cell);
      const end = Math.max(start + 1, Math.round(top + (y + 1) * cell) - gap);
      fillPixels(pixels, from, start, to, end, table[index]);
    }
  }
}
