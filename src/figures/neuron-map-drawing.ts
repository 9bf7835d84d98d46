/** The map of a ticket's neurons as marks: brackets over the blocks, a cell for each neuron. */

import {
  CELL_GROUPS,
  cellOpacity,
  cellPlace,
  GROUP_COLOURS,
  gridOf,
  type MapGrid,
  type NeuronMap,
} from './neuron-map.js';
import { BORDER, INK, QUIET } from './palette.js';
import type { Pen } from './pen.js';
import { estimateTextWidth } from './text-width.js';

/** Height of the brackets over the blocks. */
export const MAP_TOP = 26;
const TEXT = 13;

/** Where the cells lie, and how large they are. */
export interface MapFrame {
  readonly grid: MapGrid;
  readonly left: number;
  readonly top: number;
  /** Of one cell, with the gap beside it. */
  readonly width: number;
  readonly height: number;
}

/** A map of this size in pixels, brackets included. */
export function mapFrame(map: NeuronMap, width: number, height: number): MapFrame {
  const grid = gridOf(map);
  return {
    grid,
    left: 0,
    top: MAP_TOP,
    width: width / grid.columns,
    height: (height - MAP_TOP) / grid.rows,
  };
}

/** The bracket of each block, and what it stands for where there is room to say so. */
export function drawBrackets(pen: Pen, map: NeuronMap, frame: MapFrame): void {
  const { grid, width } = frame;
  map.blocks.forEach(({ first, last, inputs, outputs }, index) => {
    const from = index === 0 ? 0 : grid.first[first] * width;
    const end = index === map.blocks.length - 1 ? grid.columns : grid.first[last + 1] - 1;
    const to = end * width - 2;
    const y = 14;
    pen.line(
      [
        [from, y + 5],
        [from, y],
        [to, y],
        [to, y + 5],
      ],
      { stroke: BORDER, width: 1 },
    );
    const count = last - first + 1;
    const number = map.isOfMaps ? `block ${index + 1}` : `layer ${index + 1}`;
    const which = map.isOfMaps ? number : `trained ${number}`;
    const long = `${which}, ${inputs} to ${outputs}: ${count} random layers`;
    const words = [long, `${number}: ${inputs} to ${outputs}`, `${inputs} to ${outputs}`];
    const room = to - from - 16;
    const text = words.find((each) => estimateTextWidth(each, TEXT) <= room);
    if (text === undefined) return;
    const middle = (from + to) / 2;
    pen.text(middle, y - 3, text, { size: TEXT, fill: QUIET, anchor: 'middle' });
  });
}

/** All cells, in runs of neighbours that look the same. */
export function drawCells(
  pen: Pen,
  map: NeuronMap,
  frame: MapFrame,
  { sorted, lit }: { readonly sorted: 0 | 1; readonly lit?: readonly Uint8Array[] },
): void {
  const { grid, left, top, width, height } = frame;
  const gap = Math.min(1, width * 0.15);
  for (const [index, { groups }] of map.layers.entries()) {
    const cells = Array.from(groups, (group, neuron) => {
      const [column, row] = cellPlace(map, grid, index, neuron, sorted);
      const opacity = cellOpacity(group, lit?.[index][neuron]);
      return { column, row, group, opacity: Math.round(opacity * 20) / 20 };
    }).sort((a, b) => a.column - b.column || a.row - b.row);
    for (let at = 0; at < cells.length; ) {
      const { column, row, group, opacity } = cells[at];
      let end = at + 1;
      while (
        end < cells.length &&
        cells[end].column === column &&
        cells[end].group === group &&
        cells[end].opacity === opacity
      ) {
        end++;
      }
      const colour = GROUP_COLOURS[CELL_GROUPS[group]];
      pen.rect(
        left + column * width,
        top + row * height,
        width - gap,
        (end - at) * height,
        colour,
        opacity,
      );
      at = end;
    }
  }
}

/** A frame around a layer's columns. */
export function drawLayerFrame(pen: Pen, map: NeuronMap, frame: MapFrame, layer: number): void {
  const { grid, left, top, width, height } = frame;
  const deep = Math.ceil(map.layers[layer].groups.length / grid.rows);
  pen.frame(
    left + grid.first[layer] * width - 1.5,
    top - 1.5,
    deep * width + 2,
    grid.rows * height + 3,
    { stroke: INK, width: 1.5, dash: [4, 3] },
  );
}
