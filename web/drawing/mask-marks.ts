/** What is drawn over the cells of a mask: the signs of large cells, and the roles along the sides. */
import { estimateTextWidth, type Pen, palette } from '../library.js';
import type { LayerEdges } from '../worker/protocol.js';
import { type CellGrid, type CellOrder, isKept, isPositive } from './mask-pixels.js';

/** First and before last of the columns and rows that are seen. */
export type Seen = readonly [fromX: number, toX: number, fromY: number, toY: number];

/** A plus or a minus in every cell that is seen. */
export function drawSigns(
  pen: Pen,
  edges: LayerEdges,
  { columns, rows }: CellOrder,
  { cell, left, top }: CellGrid,
  [fromX, toX, fromY, toY]: Seen,
): void {
  const r = cell * 0.2;
  for (let x = fromX; x < toX; x++) {
    for (let y = fromY; y < toY; y++) {
      const kept = isKept(edges, columns[x], rows[y]);
      const plus = isPositive(edges, columns[x], rows[y]);
      const sign = plus ? palette.SIGNS.positive : palette.SIGNS.negative;
      const stroke = kept ? palette.PAPER : sign;
      const style = { stroke, width: kept ? 2 : 1.3, opacity: kept ? 1 : 0.7 };
      const [cx, cy] = [left + (x + 0.46) * cell, top + (y + 0.46) * cell];
      const lines = [
        [
          [cx - r, cy],
          [cx + r, cy],
        ],
        [
          [cx, cy - r],
          [cx, cy + r],
        ],
      ] as const;
      for (const line of plus ? lines : lines.slice(0, 1)) pen.line(line, style);
    }
  }
}

/** By the numbers of the map's groups. */
const GROUPS = [
  ['nothing left', palette.PRUNED],
  ['carriers', palette.ROLE_COLOURS.carrier],
  ['chains', palette.ROLE_COLOURS.chain],
  ['offset', palette.ROLE_COLOURS.offset],
  ['others', palette.QUIET],
] as const;

const TEXT = 12;
const BAR = 7;

/** The neurons along the upper or the left side, `list[from]` to before `list[to]`, of `cell` pixels each. */
export interface Side {
  readonly start: number;
  readonly cell: number;
  /** By neuron. */
  readonly groups: Uint8Array;
  readonly list: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** The roles of columns and rows along the sides, in words where there is room. */
export function drawMargins(
  pen: Pen,
  {
    width,
    height,
    margin,
  }: { readonly width: number; readonly height: number; readonly margin: number },
  sides: readonly [columns: Side, rows: Side],
): void {
  pen.rect(0, 0, width, margin, palette.PAPER);
  pen.rect(0, 0, margin, height, palette.PAPER);
  const far = margin - BAR - 2;
  sides.forEach(({ start, cell, groups, list, from, to }, side) => {
    const end = side === 0 ? width : height;
    for (let at = from; at < to; ) {
      const group = groups[list[at]];
      let next = at + 1;
      while (next < to && groups[list[next]] === group) next++;
      const begin = Math.max(margin, start + at * cell);
      const length = Math.min(end, start + next * cell) - begin;
      at = next;
      const [words, colour] = GROUPS[group];
      const opacity = group === 0 ? 0.35 : 1;
      if (side === 0) pen.rect(begin, far, length, BAR, colour, opacity);
      else pen.rect(far, begin, BAR, length, colour, opacity);
      if (estimateTextWidth(words, TEXT) + 8 > length) continue;
      const middle = begin + length / 2;
      const style = { size: TEXT, fill: palette.INK, anchor: 'middle' } as const;
      if (side === 0) pen.text(middle, far - 5, words, style);
      else pen.text(far - 5, middle, words, { ...style, turned: -90 });
    }
  });
  pen.rect(0, 0, margin, margin, palette.PAPER);
}
