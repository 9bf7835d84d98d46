/** The edges of one layer as an SVG file: a dash for each run of equal cells in a row. */
import { element, palette, svgDocument, svgPen } from '../library.js';
import type { LayerEdges } from '../worker/protocol.js';
import { drawMargins } from './mask-marks.js';
import { type CellOrder, CUT, isKept, isPositive } from './mask-pixels.js';

/** Files of more cells would be too large to be opened. */
export const MOST_SVG_CELLS = 1_000_000;

const MARGIN = 30;
/** Pixels that the picture is about as wide as. */
const WIDTH = 1200;

/** Dashes by kind of cell: cut -1, cut +1, kept -1, kept +1; a cell is one unit wide and high. */
export function edgeDashes(edges: LayerEdges, { columns, rows }: CellOrder): readonly string[] {
  const dashes = ['', '', '', ''];
  const kindOf = (column: number, row: number): number =>
    (isKept(edges, column, row) ? 2 : 0) + (isPositive(edges, column, row) ? 1 : 0);
  rows.forEach((row, y) => {
    let from = 0;
    for (let x = 1; x <= columns.length; x++) {
      const kind = kindOf(columns[from], row);
      if (x < columns.length && kindOf(columns[x], row) === kind) continue;
      dashes[kind] += `M${from} ${y}.5h${x - from}`;
      from = x;
    }
  });
  return dashes;
}

/** `groups`: the roles of columns and of rows, as `drawMargins` takes them. */
export function maskSvg(
  edges: LayerEdges,
  order: CellOrder,
  groups: { readonly columns: Uint8Array; readonly rows: Uint8Array },
  words: string,
): string {
  const { columns, rows } = order;
  const cell = Math.max(1, Math.floor((WIDTH - MARGIN) / columns.length));
  const width = MARGIN + columns.length * cell;
  const height = MARGIN + rows.length * cell;
  const { pen, parts } = svgPen();
  pen.rect(0, 0, width, height, palette.PAPER);
  const { positive, negative } = palette.SIGNS;
  const paths = edgeDashes(edges, order).map((d, kind) =>
    element('path', {
      d,
      fill: 'none',
      stroke: kind % 2 === 1 ? positive : negative,
      'stroke-width': 1,
      'shape-rendering': 'crispEdges',
      'stroke-opacity': kind < 2 ? CUT : undefined,
      transform: `translate(${MARGIN} ${MARGIN}) scale(${cell})`,
    }),
  );
  const cells = [...parts, ...paths];
  const margins = svgPen();
  drawMargins(margins.pen, { width, height, margin: MARGIN }, [
    { start: MARGIN, cell, groups: groups.columns, list: columns, from: 0, to: columns.length },
    { start: MARGIN, cell, groups: groups.rows, list: rows, from: 0, to: rows.length },
  ]);
  return svgDocument({ width, height }, 'Edges of a random layer', words, [
    ...cells,
    ...margins.parts,
  ]);
}
