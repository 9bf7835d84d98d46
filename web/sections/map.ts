/** Section 2, right: every neuron a cell, lit by the input, as drawn by the seed or sorted by role. */

import { cellPixels, drawMapPixels } from '../drawing/map-pixels.js';
import {
  CELL_GROUPS,
  cellPlace,
  drawBrackets,
  drawCells,
  drawLayerFrame,
  type MapFrame,
  mapFrame,
  type Pen,
  palette,
  svgDocument,
  svgPen,
  type WeightLadder,
} from '../library.js';
import { surface } from '../page/canvas.js';
import { byId, grouped, reducedMotion } from '../page/dom.js';
import { offerSaving } from '../page/save.js';
import { onScheme, shown } from '../page/scheme.js';
import { type Found, foundNow, on, tell, view } from '../page/state.js';
import { followButtons, followKeys, followPointers, type Zoom } from '../page/zoom.js';
import type { Traced } from '../worker/protocol.js';

const MOST_ZOOM = 12;
const SORTING = 700;

export interface MapSection {
  setTrace(traced: Traced): void;
  setLadder(ladder: WeightLadder | undefined): void;
}

/** The kept edges of the chosen weight over the cells. */
function drawLadderLines(
  pen: Pen,
  { map }: Found,
  frame: MapFrame,
  ladder: WeightLadder,
  sorted: number,
): void {
  const place = (layer: number, neuron: number): readonly [number, number] => {
    const [column, row] = cellPlace(map, frame.grid, layer, neuron, sorted);
    return [frame.left + (column + 0.5) * frame.width, frame.top + (row + 0.5) * frame.height];
  };
  ladder.layers.forEach(({ layer, neurons, edges }, index) => {
    for (const { from, to, sign, kept } of edges) {
      if (!kept) continue;
      const before = ladder.layers[index - 1];
      const [read, reader] = [before.neurons[from], neurons[to]];
      const isDigit = read.part === 'carrier' && reader.part !== 'carrier';
      const { positive, negative } = palette.SIGNS;
      const stroke = isDigit
        ? sign === 1
          ? positive
          : negative
        : reader.part === 'output'
          ? palette.INK
          : palette.ROLE_COLOURS[reader.part];
      const ends = [place(before.layer, read.neuron), place(layer, reader.neuron)] as const;
      // Over cells of its own colour a line needs a rim.
      pen.line(ends, { stroke: palette.PAPER, width: isDigit ? 4.5 : 3.2, opacity: 0.85 });
      pen.line(ends, { stroke, width: isDigit ? 2.2 : 1.4 });
    }
  });
}

export function startMap(): MapSection {
  const canvas = byId<HTMLCanvasElement>('map');
  const slider = byId<HTMLInputElement>('layer');
  const check = byId<HTMLInputElement>('sorted');
  const zoom: Zoom = { scale: 1, x: 0, y: 0 };
  let lit: readonly Uint8Array[] | undefined;
  let ladder: WeightLadder | undefined;
  let sorted = 0;
  let table: Uint32Array | undefined;
  /** What the pixels show. */
  let drawn: readonly unknown[] = [];
  onScheme(() => {
    table = undefined;
  });
  const frameOf = ({ map }: Found, width: number, height: number): MapFrame => {
    const frame = mapFrame(map, width * zoom.scale, height * zoom.scale);
    return { ...frame, left: -zoom.x, top: frame.top - zoom.y };
  };
  const own = surface(canvas, (drawing) => {
    const found = foundNow();
    if (found === undefined) return;
    const { pen, width, height, ratio } = drawing;
    const frame = frameOf(found, width, height);
    table ??= cellPixels(shown, shown(palette.PAPER));
    // Cells are drawn anew only where they look different: pointing at layers changes none.
    const state = [found.map, lit, sorted, table, zoom.scale, zoom.x, zoom.y];
    const pixels = drawing.pixels(state.every((each, at) => each === drawn[at]));
    drawn = state;
    const scaled = {
      grid: frame.grid,
      left: frame.left * ratio,
      top: frame.top * ratio,
      width: frame.width * ratio,
      height: frame.height * ratio,
    };
    if (!pixels.kept) drawMapPixels(pixels, found.map, scaled, table, sorted, lit);
    pixels.put();
    if (zoom.scale === 1) drawBrackets(pen, found.map, frame);
    drawLayerFrame(pen, found.map, frame, view.layer);
    if (ladder !== undefined) drawLadderLines(pen, found, frame, ladder, sorted);
  });
  const describe = (): void => {
    const found = foundNow();
    if (found === undefined) return;
    const { groups, block } = found.map.layers[view.layer];
    const counts = CELL_GROUPS.map((_, group) => groups.filter((each) => each === group).length);
    const bright = lit?.[view.layer].filter((light) => light > 0).length;
    byId('layer-value').textContent = `${view.layer} of ${found.map.layers.length - 1}`;
    byId('map-words').textContent =
      `Random layer ${view.layer}, of trained layer ${block}: ${grouped(groups.length)} neurons, of which ${counts[1]} carriers, ${counts[2]} in chains, ${counts[3]} of the offset${counts[4] > 0 ? `, ${counts[4]} others` : ''}, ${counts[0]} with nothing left${bright === undefined ? '' : `; ${bright} hold more than 0 for your input`}.`;
  };
  const setLayer = (layer: number): void => {
    view.layer = layer;
    tell('layer');
  };
  followPointers(canvas, zoom, { most: MOST_ZOOM, drag: false }, own.redraw, (x) => {
    const found = foundNow();
    if (found === undefined) return;
    const { grid, left, width } = frameOf(found, own.width(), own.height());
    const column = (x - left) / width;
    const layer = grid.first.findLastIndex((first) => first <= column);
    setLayer(Math.max(1, layer));
  });
  followButtons('map', canvas, zoom, MOST_ZOOM, own.redraw);
  followKeys(canvas, zoom, MOST_ZOOM, own.redraw);
  canvas.addEventListener('keydown', ({ key }) => {
    const step = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
    const layers = foundNow()?.map.layers.length ?? 0;
    const next = view.layer + step;
    if (step !== 0 && next >= 1 && next < layers) setLayer(next);
  });
  slider.addEventListener('input', () => setLayer(Number(slider.value)));
  const sort = (isAnimated: boolean): void => {
    const end = view.sorted ? 1 : 0;
    if (!isAnimated || reducedMotion()) {
      sorted = end;
      own.redraw();
      return;
    }
    const from = sorted;
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / SORTING));
      // Slow at both ends.
      sorted = t === 1 ? end : from + (end - from) * t * t * (3 - 2 * t);
      own.redraw();
      if (t < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  check.addEventListener('change', () => {
    view.sorted = check.checked;
    tell('sorted');
  });
  on('sorted', () => sort(true));
  on('layer', () => {
    slider.value = String(view.layer);
    describe();
    own.redraw();
  });
  on('opened', () => {
    const found = foundNow();
    if (found === undefined) return;
    lit = undefined;
    slider.max = String(found.map.layers.length - 1);
    slider.value = String(view.layer);
    check.checked = view.sorted;
    byId('map-positions').hidden = !found.isOfMaps;
    sort(false);
    describe();
  });
  offerSaving('map', canvas, {
    svg: () => {
      const found = foundNow();
      if (found === undefined) return undefined;
      const { pen, parts } = svgPen();
      const [width, height] = [1200, 480];
      const frame = mapFrame(found.map, width, height);
      const order = view.sorted ? 1 : 0;
      pen.rect(0, 0, width, height, palette.PAPER);
      drawCells(pen, found.map, frame, { sorted: order, ...(lit && { lit }) });
      drawBrackets(pen, found.map, frame);
      if (ladder !== undefined) drawLadderLines(pen, found, frame, ladder, order);
      return svgDocument(
        { width, height },
        'Map of all neurons',
        byId('map-words').textContent ?? '',
        parts,
      );
    },
  });
  return {
    setTrace(traced) {
      lit = traced.lit;
      describe();
      own.redraw();
    },
    setLadder(next) {
      ladder = next;
      own.redraw();
    },
  };
}
