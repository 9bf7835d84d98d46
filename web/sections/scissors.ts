/** Section 4: the mask of a layer as cells; an edge is cut or kept, and the proof says what becomes of it. */

import { drawMargins, drawSigns } from '../drawing/mask-marks.js';
import {
  type CellGrid,
  type CellOrder,
  drawEdgePixels,
  edgePixels,
  isKept,
  isPositive,
} from '../drawing/mask-pixels.js';
import { MOST_SVG_CELLS, maskSvg } from '../drawing/mask-svg.js';
import { palette, type SourceEdge, type WeightLadder } from '../library.js';
import { surface } from '../page/canvas.js';
import { bold, byId, fill, grouped, seconds } from '../page/dom.js';
import { offerSaving } from '../page/save.js';
import { shown } from '../page/scheme.js';
import { ask } from '../page/stage.js';
import { foundNow, on, outcomeNow, tell, view } from '../page/state.js';
import { reasonOf } from '../page/verdict.js';
import { followButtons, followKeys, followPointers, type Zoom } from '../page/zoom.js';
import type { LayerEdges, Proof } from '../worker/protocol.js';

const MARGIN = 30;
const PROVING = 'Proving …';
const MOST_ZOOM = 60;
/** Cells of this many pixels show their sign. */
const WITH_SIGN = 15;
const NAMES = ['nothing left', 'carrier', 'chain', 'offset', 'other'];

/** Neurons of a layer in the order of their roles. */
function orderOf(ranks: Uint32Array): Uint32Array {
  const order = new Uint32Array(ranks.length);
  ranks.forEach((rank, neuron) => {
    order[rank] = neuron;
  });
  return order;
}

export interface ScissorsSection {
  setLadder(ladder: WeightLadder | undefined): void;
}

export function startScissors(): ScissorsSection {
  const canvas = byId<HTMLCanvasElement>('mask');
  const undo = byId<HTMLButtonElement>('undo');
  const zoom: Zoom = { scale: 1, x: 0, y: 0 };
  let edges: LayerEdges | undefined;
  let order: CellOrder | undefined;
  /** Columns of the mask for each neuron before it, and the role of each of them. */
  let taps = 1;
  let columnGroups = new Uint8Array(0);
  let cursor = { x: 0, y: 0 };
  let ladder: WeightLadder | undefined;
  let changed: readonly SourceEdge[] = [];
  let proving: AbortController | undefined;

  /** Pixels of a cell where all of them fit. */
  const fitting = (): number => {
    if (order === undefined) return 1;
    const wide = (own.width() - MARGIN) / order.columns.length;
    const high = (own.height() - MARGIN) / order.rows.length;
    return Math.min(wide, high);
  };
  const gridNow = (): CellGrid => {
    const cell = fitting() * zoom.scale;
    return { cell, left: MARGIN - zoom.x, top: MARGIN - zoom.y };
  };
  const own = surface(canvas, (drawing) => {
    if (edges === undefined || order === undefined) return;
    const { pen, ratio, width, height } = drawing;
    const { cell, left, top } = gridNow();
    const pixels = drawing.pixels();
    const scaled = { cell: cell * ratio, left: left * ratio, top: top * ratio };
    drawEdgePixels(pixels, edges, order, scaled, edgePixels(shown, shown(palette.PAPER)));
    pixels.put();
    const { columns, rows } = order;
    const shownRange = (start: number, size: number, count: number): readonly [number, number] => [
      Math.max(0, Math.floor((MARGIN - start) / cell)),
      Math.min(count, Math.ceil((size - start) / cell)),
    ];
    const [fromX, toX] = shownRange(left, width, columns.length);
    const [fromY, toY] = shownRange(top, height, rows.length);
    if (cell >= WITH_SIGN) {
      drawSigns(pen, edges, order, { cell, left, top }, [fromX, toX, fromY, toY]);
    }
    const layers = foundNow()?.map.layers;
    if (layers !== undefined) {
      const after = layers[edges.layer].groups;
      drawMargins(pen, { width, height, margin: MARGIN }, [
        { start: left, cell, groups: columnGroups, list: columns, from: fromX, to: toX },
        { start: top, cell, groups: after, list: rows, from: fromY, to: toY },
      ]);
    }
    const place = (column: number, row: number): readonly [number, number] => [
      left + columns.indexOf(column) * cell,
      top + rows.indexOf(row) * cell,
    ];
    for (const { column, row, kept } of chosenEdges()) {
      const [x, y] = place(column, row);
      const size = Math.max(5, cell);
      pen.frame(x - 1, y - 1, size + 1, size + 1, {
        stroke: palette.INK,
        width: 2,
        ...(!kept && { dash: [2, 2] }),
      });
    }
    for (const { layer, column, row } of changed) {
      if (layer !== edges.layer) continue;
      const [x, y] = place(column, row);
      const size = Math.max(6, cell);
      pen.frame(x - 3, y - 3, size + 5, size + 5, { stroke: palette.SIGNS.negative, width: 3 });
    }
    if (document.activeElement === canvas) {
      pen.frame(left + cursor.x * cell - 2, top + cursor.y * cell - 2, cell + 3, cell + 3, {
        stroke: palette.SIGNS.positive,
        width: 3,
      });
    }
  });

  interface Chosen {
    readonly column: number;
    readonly row: number;
    readonly kept: boolean;
    readonly isDigit: boolean;
  }

  /** The chosen weight's edges in this layer. */
  function chosenEdges(): Chosen[] {
    if (ladder === undefined || edges === undefined) return [];
    const { layer } = edges;
    const index = ladder.layers.findIndex((each) => each.layer === layer);
    if (index < 1) return [];
    const [before, here] = [ladder.layers[index - 1], ladder.layers[index]];
    return here.edges.map(({ from, to, kept, column }) => ({
      column,
      row: here.neurons[to].neuron,
      kept,
      isDigit: before.neurons[from].part === 'carrier' && here.neurons[to].part === 'chain',
    }));
  }

  const roleName = (layer: number, neuron: number): string => {
    const group = foundNow()?.map.layers[layer]?.groups[neuron] ?? 0;
    return NAMES[group];
  };
  /** Through a kernel a neuron is a column for each tap. */
  const columnName = (column: number): string => {
    const neuron = Math.floor(column / taps);
    const tap = taps === 1 ? '' : ` at tap ${column % taps} of the kernel`;
    return `neuron ${neuron}${tap} (${roleName((edges?.layer ?? 1) - 1, neuron)})`;
  };
  const describeCell = (x: number, y: number): void => {
    if (edges === undefined || order === undefined) return;
    const [column, row] = [order.columns[x], order.rows[y]];
    if (column === undefined || row === undefined) return;
    const sign = isPositive(edges, column, row) ? '+1' : '−1';
    const kept = isKept(edges, column, row) ? 'kept' : 'cut';
    byId('cell-words').textContent =
      `From ${columnName(column)} to neuron ${row} (${roleName(edges.layer, row)}): the seed drew ${sign}; the edge is ${kept}.`;
  };
  const cellAt = (x: number, y: number): { x: number; y: number } | undefined => {
    if (order === undefined) return undefined;
    const { cell, left, top } = gridNow();
    const at = { x: Math.floor((x - left) / cell), y: Math.floor((y - top) / cell) };
    const inside =
      at.x >= 0 && at.y >= 0 && at.x < order.columns.length && at.y < order.rows.length;
    return inside && x >= MARGIN && y >= MARGIN ? at : undefined;
  };

  const place = byId('proof');
  const showProving = (): void => {
    place.className = 'proof';
    place.textContent = PROVING;
  };
  /** That there was no proof, which is neither. */
  const showFailure = (reason: string): void => {
    place.className = 'proof failed';
    fill(place, bold('NOT proved'), `: ${reason}.`);
  };
  /** Of the ticket as it was found. */
  const showFound = (): void => {
    const outcome = outcomeNow();
    if (outcome === null) {
      showProving();
      return;
    }
    if ('failure' in outcome) {
      showFailure(outcome.failure);
      return;
    }
    const isProved = outcome.proved;
    place.className = `proof ${isProved ? 'proved' : 'failed'}`;
    fill(
      place,
      bold(isProved ? 'Proved.' : 'NOT proved.'),
      ' Every neuron was followed from the seed to the outputs in exact integers, when the network was found. Click any edge to cut or keep it.',
    );
  };
  const showProof = (proof: Proof): void => {
    place.className = `proof ${proof.proved ? 'proved' : 'failed'}`;
    const time = seconds(proof.milliseconds / 1000);
    if (proof.proved) {
      fill(
        place,
        bold('Proved.'),
        changed.length === 0
          ? ` Every neuron was followed from the seed to the outputs in exact integers, in ${time}. Click any edge to cut or keep it.`
          : ` No output depends on what you changed (${changed.length} ${changed.length === 1 ? 'edge' : 'edges'}): the function is the same, for all inputs. Checked in ${time}.`,
      );
      return;
    }
    const { failure, tampered } = proof;
    const { block = 0, layer = 0, neuron = 0, reason = '' } = failure ?? {};
    fill(
      place,
      bold('The proof fails'),
      ` after ${time}, in block ${block}, random layer ${layer}, neuron ${neuron}: ${reason.replaceAll(/-(?=\d)/g, '−')}. `,
      ...(tampered === undefined
        ? []
        : [
            bold(`Tampered with: layer ${tampered.layer}`),
            `, neuron ${tampered.neuron}, the first that holds something else than before.`,
          ]),
    );
  };
  const prove = async (): Promise<void> => {
    proving?.abort();
    const own = new AbortController();
    proving = own;
    undo.disabled = changed.length === 0;
    // At once: what it says is of the edges before.
    showProving();
    try {
      const proof = await ask('prove', { changed }, { signal: own.signal });
      if (proof !== undefined && proving === own) showProof(proof);
    } catch (error) {
      if (!own.signal.aborted) showFailure(reasonOf(error));
    }
  };
  const flip = (edge: SourceEdge): void => {
    const others = changed.filter(
      ({ layer, column, row }) =>
        layer !== edge.layer || column !== edge.column || row !== edge.row,
    );
    changed = others.length < changed.length ? others : [...changed, edge];
    applyTo();
    void prove();
  };
  /** Brings the cells in step with the edges that were changed. */
  let untouched: Uint32Array | undefined;
  const applyTo = (): void => {
    if (edges === undefined || untouched === undefined) return;
    const { layer: shownLayer, words, kept } = edges;
    kept.set(untouched);
    for (const { layer, column, row } of changed) {
      if (layer === shownLayer) kept[column * words + (row >>> 5)] ^= 1 << (row & 31);
    }
    if (document.activeElement === canvas || changed.length > 0) describeCell(cursor.x, cursor.y);
    own.redraw();
  };
  followPointers(canvas, zoom, { most: MOST_ZOOM, drag: true }, own.redraw, (x, y) => {
    const at = cellAt(x, y);
    if (at === undefined || edges === undefined || order === undefined) return;
    cursor = at;
    flip({ layer: edges.layer, column: order.columns[at.x], row: order.rows[at.y] });
    describeCell(at.x, at.y);
  });
  followButtons('mask', canvas, zoom, MOST_ZOOM, own.redraw);
  followKeys(canvas, zoom, MOST_ZOOM, own.redraw);
  canvas.addEventListener('pointermove', (event) => {
    const box = canvas.getBoundingClientRect();
    const at = cellAt(event.clientX - box.left, event.clientY - box.top);
    if (at !== undefined && event.buttons === 0) describeCell(at.x, at.y);
  });
  canvas.addEventListener('keydown', (event) => {
    if (edges === undefined || order === undefined) return;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      cursor = {
        x: Math.min(order.columns.length - 1, Math.max(0, cursor.x + move[0])),
        y: Math.min(order.rows.length - 1, Math.max(0, cursor.y + move[1])),
      };
    } else if (event.key === 'Enter' || event.key === ' ') {
      flip({ layer: edges.layer, column: order.columns[cursor.x], row: order.rows[cursor.y] });
    } else return;
    event.preventDefault();
    describeCell(cursor.x, cursor.y);
    own.redraw();
  });
  canvas.addEventListener('focus', own.redraw);
  canvas.addEventListener('blur', own.redraw);

  const toEdge = (column: number, row: number): void => {
    if (order === undefined) return;
    cursor = { x: order.columns.indexOf(column), y: order.rows.indexOf(row) };
    zoom.scale = Math.max(1, Math.min(MOST_ZOOM, 26 / fitting()));
    const cell = fitting() * zoom.scale;
    const room = (size: number): number => size * (zoom.scale - 1);
    const within = (value: number, size: number): number =>
      Math.min(Math.max(0, value), room(size));
    zoom.x = within((cursor.x + 0.5) * cell - own.width() / 2, own.width());
    zoom.y = within((cursor.y + 0.5) * cell - own.height() / 2, own.height());
    describeCell(cursor.x, cursor.y);
    own.redraw();
  };
  /** A kept digit of the chosen weight, in this layer or in another. */
  const keptDigit = async (): Promise<Chosen | undefined> => {
    const here = chosenEdges().find(({ kept, isDigit }) => kept && isDigit);
    if (here !== undefined || ladder === undefined) return here;
    const index = ladder.layers.findIndex(({ edges: list, neurons }, at) =>
      list.some(
        ({ from, to, kept }) =>
          kept &&
          neurons[to].part === 'chain' &&
          ladder?.layers[at - 1].neurons[from].part === 'carrier',
      ),
    );
    if (index < 0) return undefined;
    view.layer = ladder.layers[index].layer;
    tell('layer');
    await loaded;
    return chosenEdges().find(({ kept, isDigit }) => kept && isDigit);
  };
  byId('to-weight').addEventListener('click', async () => {
    const digit = (await keptDigit()) ?? chosenEdges()[0];
    if (digit !== undefined) toEdge(digit.column, digit.row);
  });
  byId('cut-digit').addEventListener('click', async () => {
    const digit = await keptDigit();
    if (digit === undefined || edges === undefined) {
      byId('cell-words').textContent =
        'This weight is 0: it keeps no digit. Choose another one above.';
      return;
    }
    toEdge(digit.column, digit.row);
    flip({ layer: edges.layer, column: digit.column, row: digit.row });
  });
  byId('keep-dead').addEventListener('click', async () => {
    const found = foundNow();
    if (found === undefined) return;
    const { layers } = found.map;
    // The nearest layer with a neuron of which nothing is left.
    const near = layers
      .slice(1)
      .filter(({ groups }) => groups.includes(0))
      .sort((a, b) => Math.abs(a.layer - view.layer) - Math.abs(b.layer - view.layer))[0];
    if (near === undefined) {
      byId('cell-words').textContent = 'Every neuron of this source is in use.';
      return;
    }
    if (near.layer !== view.layer) {
      view.layer = near.layer;
      tell('layer');
    }
    await loaded;
    if (edges === undefined || order === undefined) return;
    const held = edges;
    const row = order.rows.find((neuron) => near.groups[neuron] === 0);
    if (row === undefined) return;
    const column = order.columns.find((each) => !isKept(held, each, row));
    if (column === undefined) return;
    toEdge(column, row);
    flip({ layer: near.layer, column, row });
  });
  undo.addEventListener('click', () => {
    changed = changed.slice(0, -1);
    applyTo();
    void prove();
  });

  let loaded: Promise<void> = Promise.resolve();
  const load = (): void => {
    loaded = (async () => {
      const found = foundNow();
      if (found === undefined) return;
      const { layer } = view;
      const answer = await ask('layer', { layer });
      if (answer === undefined || layer !== view.layer) return;
      edges = answer;
      untouched = answer.kept.slice();
      const { groups, ranks } = found.map.layers[layer - 1];
      taps = Math.max(1, Math.round(answer.columns / groups.length));
      columnGroups = Uint8Array.from(
        { length: answer.columns },
        (_, column) => groups[Math.floor(column / taps)],
      );
      order = {
        columns: orderOf(
          Uint32Array.from(
            { length: answer.columns },
            (_, column) => ranks[Math.floor(column / taps)] * taps + (column % taps),
          ),
        ),
        rows: orderOf(found.map.layers[layer].ranks),
      };
      cursor = { x: 0, y: 0 };
      // As wide as the canvas is; where that is less than the whole, it is moved by hand.
      const scale = Math.max(1, (own.width() - MARGIN) / order.columns.length / fitting());
      Object.assign(zoom, { scale, x: 0, y: 0 });
      const { columns, rows } = answer;
      byId('mask-words').textContent =
        `Random layer ${layer}: ${rows} × ${columns} = ${grouped(rows * columns)} coin flips. Framed are the edges of the weight chosen above (dotted: cut).`;
      applyTo();
    })();
  };
  on('layer', load);
  on('opened', () => {
    proving?.abort();
    proving = undefined;
    changed = [];
    undo.disabled = true;
    // Those of the network before are no edges of this one.
    edges = undefined;
    order = undefined;
    load();
    showFound();
  });
  on('settled', () => {
    // Who has cut an edge meanwhile is told what became of that.
    if (proving === undefined) showFound();
  });
  offerSaving('mask', canvas, {
    svg: () => {
      const after = foundNow()?.map.layers[edges?.layer ?? 0];
      if (edges === undefined || order === undefined || after === undefined) return undefined;
      if (edges.columns * edges.rows > MOST_SVG_CELLS) {
        byId('cell-words').textContent =
          `This layer has more than ${grouped(MOST_SVG_CELLS)} cells, too many for an SVG file: save it as PNG.`;
        return undefined;
      }
      const groups = { columns: columnGroups, rows: after.groups };
      return maskSvg(edges, order, groups, byId('mask-words').textContent ?? '');
    },
  });
  return {
    setLadder(next) {
      ladder = next;
      own.redraw();
    },
  };
}
