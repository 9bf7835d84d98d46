/**
 * Heat maps of the masks of a ticket: per layer, which share of the edges between one stretch of neurons
 * and another is kept. Columns are the neurons that edges come from, rows those they lead to.
 */
import { checkList, checkObject } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { type ColumnGroup, columnGroups } from '../source/columns.js';
import { keptCount, type LayerMask, toSparse } from '../source/mask.js';
import {
  blockEndsOf,
  depthOf,
  readsBeyondLayered,
  type SourceShape,
  tapsOf,
} from '../source/shape.js';
import { framedFigure, MARGIN, SMALL_SIZE, TEXT_SIZE, WIDTH } from './frame.js';
import { formatTick } from './numbers.js';
import { INK, QUIET, SHADES } from './palette.js';
import { element, formatNumber, textElement } from './svg.js';
import { estimateTextWidth } from './text-width.js';

export interface MaskPanel {
  readonly title: string;
  readonly mask: LayerMask;
  /** The columns by the layers that they read, where these are several or not the one before. */
  readonly groups?: readonly ColumnGroup[];
  /** Columns side by side that each neuron has, for the taps of a kernel; default 1. */
  readonly taps?: number;
}

export interface HeatMapOptions {
  readonly title: string;
  /** Text before what the picture explains of itself. */
  readonly caption: string;
}

/** Most cells along one side; wider layers are summed up. */
const CELLS = 48;
const PER_ROW = 3;
const SIDE = 168;
/** Left of a panel, where its upright text stands. */
const INSET = 20;
const HEAD = 42;
const FOOT = 36;

interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** Share of kept edges, row by row. */
  readonly shares: Float64Array;
}

function cellsOf(mask: LayerMask): Cells {
  const { inputs, outputs, columns: kept, offsets, rows: targets } = toSparse(mask);
  const columns = Math.min(CELLS, inputs);
  const rows = Math.min(CELLS, outputs);
  const counts = new Float64Array(columns * rows);
  const sizes = new Float64Array(columns * rows);
  // The first neuron of cell i is the least v with floor(v cells / width) = i.
  const first = (cell: number, cells: number, width: number): number =>
    Math.ceil((cell * width) / cells);
  for (let row = 0; row < rows; row++) {
    const height = first(row + 1, rows, outputs) - first(row, rows, outputs);
    for (let column = 0; column < columns; column++) {
      const width = first(column + 1, columns, inputs) - first(column, columns, inputs);
      sizes[row * columns + column] = width * height;
    }
  }
  kept.forEach((neuron, index) => {
    const column = Math.floor((neuron * columns) / inputs);
    for (let at = offsets[index]; at < offsets[index + 1]; at++) {
      counts[Math.floor((targets[at] * rows) / outputs) * columns + column]++;
    }
  });
  return { columns, rows, shares: counts.map((count, index) => count / sizes[index]) };
}

/** Upper ends of the shades: each twice the one before, the last is 1. */
function shadeOf(share: number): number {
  return Math.max(0, SHADES.length + Math.ceil(Math.log2(share) - 1e-9) - 1);
}

/** One path per shade, of rectangles that join equal neighbours in a row. */
function drawCells({ columns, rows, shares }: Cells, left: number, top: number): string[] {
  const width = SIDE / columns;
  const height = SIDE / rows;
  const paths = SHADES.map(() => '');
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const share = shares[row * columns + column];
      const shade = share > 0 ? shadeOf(share) : -1;
      let end = column + 1;
      const same = (next: number): boolean => (next > 0 ? shadeOf(next) : -1) === shade;
      while (end < columns && same(shares[row * columns + end])) end++;
      if (shade >= 0) {
        const x = formatNumber(left + column * width);
        const y = formatNumber(top + row * height);
        const wide = formatNumber((end - column) * width);
        paths[shade] += `M${x} ${y}h${wide}v${formatNumber(height)}h-${wide}z`;
      }
      column = end;
    }
  }
  return paths.flatMap((d, shade) =>
    d === '' ? [] : [element('path', { d, fill: SHADES[shade], 'shape-rendering': 'crispEdges' })],
  );
}

function drawPanel(
  { title, mask, groups = [], taps = 1 }: MaskPanel,
  left: number,
  top: number,
): string[] {
  const { inputs, outputs } = mask;
  const share = keptCount(mask) / (inputs * outputs);
  const small = { 'font-size': SMALL_SIZE, fill: QUIET };
  const bottom = top + SIDE;
  return [
    textElement(
      { x: left, y: top - 25, 'font-size': TEXT_SIZE, 'font-weight': 600, fill: INK },
      title,
    ),
    textElement({ x: left, y: top - 7, ...small }, `${formatShare(share)} kept`),
    ...drawCells(cellsOf(mask), left, top),
    element('rect', {
      x: left,
      y: top,
      width: SIDE,
      height: SIDE,
      fill: 'none',
      stroke: QUIET,
    }),
    ...groups.slice(1).map(({ first }) => {
      const x = left + (first * SIDE) / inputs;
      return element('line', { x1: x, x2: x, y1: top, y2: bottom + 6, stroke: INK });
    }),
    textElement(
      { x: left, y: bottom + 17, ...small },
      groups.length > 0 ? readText(groups) : neuronsText(inputs, taps),
    ),
    textElement(
      {
        x: left - 6,
        y: bottom,
        ...small,
        transform: `rotate(-90 ${formatNumber(left - 6)} ${formatNumber(bottom)})`,
      },
      `into ${formatTick(outputs - 1)} to 0`,
    ),
  ];
}

/** The neurons that a panel's columns are, of the layer before. */
function neuronsText(columns: number, taps: number): string {
  const neurons = `from 0 to ${formatTick(columns / taps - 1)}`;
  return taps === 1 ? neurons : `${neurons}, ${taps} taps each`;
}

/** Which layers a panel's columns are the neurons of, as far as there is room. */
function readText(groups: readonly ColumnGroup[]): string {
  const names = groups.map(({ layer }) => (layer === 0 ? 'inputs' : `${layer}`));
  const layers = `from ${names[0] === 'inputs' ? '' : 'layer '}`;
  const all = `${layers}${names.join(' | ')}`;
  if (estimateTextWidth(all, SMALL_SIZE) <= SIDE) return all;
  return `${layers}${names[0]} | … | ${names.at(-1)}`;
}

/** `3.1 %`, with two significant digits. */
function formatShare(share: number): string {
  return `${formatTick(Number((100 * share).toPrecision(2)))} %`;
}

/** The shades in one line, with the share of edges at which each ends. */
function drawScale(top: number): string[] {
  const wide = 58;
  const left = MARGIN + estimateTextWidth('0', SMALL_SIZE) / 2;
  const small = { 'text-anchor': 'middle', 'font-size': SMALL_SIZE, fill: QUIET };
  const text = { x: MARGIN, y: top + 5, 'font-size': TEXT_SIZE, fill: INK };
  return [
    textElement(text, 'share of the edges in a cell that are kept'),
    ...SHADES.map((fill, shade) =>
      element('rect', { x: left + shade * wide, y: top + 14, width: wide, height: 16, fill }),
    ),
    textElement({ x: left, y: top + 48, ...small }, '0'),
    ...SHADES.map((_, shade) =>
      textElement(
        { x: left + (shade + 1) * wide, y: top + 48, ...small },
        formatShare(2 ** (shade + 1 - SHADES.length)),
      ),
    ),
  ];
}

/** The figure as an SVG file. Throws a `UsageError` without layers or with more than 40. */
export function maskHeatMapFigure(
  panels: readonly MaskPanel[],
  { title, caption }: HeatMapOptions,
): string {
  checkList('panels', panels);
  if (panels.length === 0 || panels.length > 40) {
    throw new UsageError(`heat maps of 1 to 40 layers fit one picture, not of ${panels.length}`);
  }
  // As few columns as fill their rows best: no more places than needed.
  const rows = Math.ceil(panels.length / PER_ROW);
  const perRow = Math.ceil(panels.length / rows);
  const gap = perRow === 1 ? 0 : (WIDTH - 2 * MARGIN - perRow * (SIDE + INSET)) / (perRow - 1);
  const step = SIDE + INSET + Math.min(gap, 24);
  const explained =
    'Rows are the neurons that edges lead into, columns those they come from, both in the order of ' +
    `the source; wide layers are summed up in ${CELLS} cells a side. No colour: no edge kept.`;
  return framedFigure({ title, caption: `${caption} ${explained}` }, (top) => {
    const row = HEAD + SIDE + FOOT;
    const parts = panels.flatMap((panel, index) =>
      drawPanel(
        panel,
        MARGIN + INSET + (index % perRow) * step,
        top + HEAD + Math.floor(index / perRow) * row,
      ),
    );
    const scaleTop = top + rows * row + 12;
    return { parts: [...parts, ...drawScale(scaleTop)], bottom: scaleTop + 50 };
  });
}

/** Most layers that a figure shows by default. */
const DEFAULT_LAYERS = 9;

/**
 * The layers, from 1, that say most about a ticket: of each block, as far as there is room, the first
 * two, one in the middle, and the last two.
 */
export function telltaleLayers(blockEnds: readonly number[]): number[] {
  const chosen = new Set<number>();
  let start = 0;
  for (const end of blockEnds) {
    const middle = Math.floor((start + 1 + end) / 2);
    for (const layer of [start + 1, start + 2, middle, end - 1, end]) {
      if (layer > start && layer <= end && chosen.size < DEFAULT_LAYERS) chosen.add(layer);
    }
    start = end;
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Heat maps of a ticket's masks; `mask(t)` is layer t's, `layers` from 1. */
export function ticketHeatMap(
  ticket: {
    readonly shape: SourceShape;
    readonly construction: string;
    readonly seed: bigint;
    mask(t: number): LayerMask;
  },
  layersShown?: readonly number[],
  of = 'a ticket',
): string {
  checkObject('ticket', ticket);
  checkObject('ticket.shape', ticket.shape);
  const blockEnds = blockEndsOf(ticket.shape);
  const layers = layersShown ?? telltaleLayers(blockEnds);
  const depth = depthOf(ticket.shape);
  const reads = readsBeyondLayered(ticket.shape);
  const panels = layers.map((layer): MaskPanel => {
    if (!(Number.isInteger(layer) && layer >= 1 && layer <= depth)) {
      throw new UsageError(`the ticket has layers 1 to ${depth}, not ${layer}`);
    }
    const block = blockEnds.findIndex((end) => layer <= end) + 1;
    const taps = tapsOf(ticket.shape, layer);
    const panel = { title: `layer ${layer}, block ${block}`, mask: ticket.mask(layer), taps };
    return reads === null ? panel : { ...panel, groups: columnGroups(ticket.shape, layer) };
  });
  return maskHeatMapFigure(panels, {
    title: `Masks of ${of}`,
    caption:
      `Which edges of the random source are kept: ${layers.length} of the ${depth} layers of a ticket found by ` +
      `${ticket.construction} with seed ${ticket.seed}, for a network of ${blockEnds.length} layers (blocks).` +
      (reads === null
        ? ''
        : ' Lines part the layers that a layer reads, which are named below it.'),
  });
}
