/** What the explorer draws, on recorded contexts and plain pixels, against what it draws it from. */
import { describe, expect, it } from 'vitest';
import { find, rolesOf } from '../../src/index.js';
import { toSparse } from '../../src/source/mask.js';
import { createSource } from '../../src/source/source.js';
import { changeEdges, toDense } from '../../src/ticket/change-edges.js';
import data from '../../web/data/gadget.json';
import { upwards } from '../../web/drawing/bits-plot.js';
import { type Context, canvasPen } from '../../web/drawing/canvas-pen.js';
import { diamondGadget, gadgetValues, hornerGadget } from '../../web/drawing/gadget.js';
import { cellPixels, drawMapPixels } from '../../web/drawing/map-pixels.js';
import { drawEdgePixels, edgePixels } from '../../web/drawing/mask-pixels.js';
import { edgeDashes } from '../../web/drawing/mask-svg.js';
import { pixelOf } from '../../web/drawing/pixels.js';
import {
  cellPlace,
  drawCells,
  drawLadder,
  gridOf,
  ladderFrame,
  ladderSource,
  mapFrame,
  neuronMap,
  palette,
  weightLadder,
} from '../../web/library.js';
import { randomNetwork } from '../networks.js';

/** A context that writes down what is asked of it. */
function recorded(): { readonly context: Context; readonly calls: readonly string[] } {
  const calls: string[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get:
      (_, name) =>
      (...values: readonly unknown[]) => {
        calls.push(`${String(name)} ${values.join()}`);
      },
    set: (_, name, value) => {
      calls.push(`${String(name)} = ${value}`);
      return true;
    },
  }) as unknown as Context;
  return { context, calls };
}

async function foundSmall() {
  const network = randomNetwork({ dimensions: [3, 4, 2], seed: 7 });
  const found = await find({ network }, { domain: 'box:0,1', bits: 5 });
  if (!found.found) throw new Error('not found');
  return { ticket: found.ticket, roles: await rolesOf(found.ticket) };
}

describe('the gadgets of the first section', () => {
  it('compute every weight, in both ways, with the same signs throughout', () => {
    const signs = new Set<string>();
    for (let weight = -data.largest; weight <= data.largest; weight++) {
      for (const gadget of [diamondGadget(weight), hornerGadget(data, weight)]) {
        expect(gadgetValues(gadget).at(-1)).toEqual([weight + 0]);
      }
      const drawn = hornerGadget(data, weight).edges.flat();
      signs.add(drawn.map(({ from, to, sign }) => `${from} ${to} ${sign}`).join());
    }
    expect(signs.size).toBe(1);
  });
});

describe('the pen on a canvas', () => {
  it('draws every mark in the colours that are shown, and leaves full opacity behind', () => {
    const { context, calls } = recorded();
    const pen = canvasPen(context, (light) => `<${light}>`);
    pen.rect(1, 2, 3, 4, '#111111', 0.5);
    pen.line(
      [
        [0, 0],
        [5, 6],
      ],
      { stroke: '#222222', width: 2, dash: [4, 3] },
    );
    pen.curve([0, 0], [4, 8], { stroke: '#333333', width: 1 });
    pen.circle(1, 1, 2, '#444444', '#555555', 1);
    pen.text(3, 4, 'words', {
      size: 12,
      fill: '#666666',
      anchor: 'middle',
      bold: true,
      turned: 90,
    });
    pen.frame(0, 0, 9, 9, { stroke: '#777777', width: 1 });
    for (const digit of '1234567') {
      expect(calls.filter((call) => call.endsWith(`= <#${digit.repeat(6)}>`))).toHaveLength(1);
    }
    expect(calls).toContain('fillRect 1,2,3,4');
    expect(calls).toContain('setLineDash 4,3');
    expect(calls).toContain('bezierCurveTo 0,4,4,4,4,8');
    expect(calls).toContain('textAlign = center');
    expect(calls.filter((call) => call.startsWith('globalAlpha')).at(-1)).toBe('globalAlpha = 1');
    expect(calls.filter((call) => /^(save|restore)/.test(call))).toEqual(['save ', 'restore ']);
  });

  it('draws a ladder with a line for each kept edge and a circle for each neuron', async () => {
    const { ticket, roles } = await foundSmall();
    const ladder = weightLadder(ladderSource(ticket, roles), 1, 0, 1);
    const { context, calls } = recorded();
    drawLadder(
      canvasPen(context, (light) => light),
      ladder,
      ladderFrame(ladder, 800),
    );
    const kept = ladder.layers.flatMap(({ edges }) => edges.filter((edge) => edge.kept));
    const strokes = calls.filter((call) => /^(lineTo|bezierCurveTo)/.test(call));
    expect(strokes).toHaveLength(kept.length);
    const neurons = ladder.layers.flatMap((layer) => layer.neurons);
    expect(calls.filter((call) => call.startsWith('arc'))).toHaveLength(neurons.length + 3);
  });
});

describe('the map in pixels', () => {
  it('has each neuron in its colour at its place, in both orders and on the way', async () => {
    const { ticket, roles } = await foundSmall();
    const map = neuronMap(ticket, roles);
    const grid = gridOf(map);
    const [width, height] = [grid.columns * 6, grid.rows * 8];
    const table = cellPixels((light) => light, palette.PAPER);
    for (const sorted of [0, 1]) {
      const image = { data: new Uint32Array(width * height), width, height };
      drawMapPixels(
        image,
        map,
        { grid, left: 0, top: 0, width: 6, height: 8 },
        table,
        sorted,
        undefined,
      );
      map.layers.forEach(({ groups }, layer) => {
        groups.forEach((group, neuron) => {
          const [column, row] = cellPlace(map, grid, layer, neuron, sorted);
          const at = Math.round(row * 8 + 3) * width + column * 6 + 2;
          expect(image.data[at]).toBe(table[256 * group + 255]);
        });
      });
    }
    const half = { data: new Uint32Array(width * height), width, height };
    drawMapPixels(half, map, { grid, left: 0, top: 0, width: 6, height: 8 }, table, 0.5, undefined);
    expect(half.data.some((pixel) => pixel !== 0)).toBe(true);
  });

  it('is the file’s map: the same colours over the same area', async () => {
    const { ticket, roles } = await foundSmall();
    const map = neuronMap(ticket, roles);
    const { context, calls } = recorded();
    const frame = mapFrame(map, 600, 300);
    drawCells(
      canvasPen(context, (light) => light),
      map,
      frame,
      { sorted: 1 },
    );
    const colours = new Set(calls.filter((call) => call.startsWith('fillStyle')));
    const groups = new Set(map.layers.flatMap(({ groups: each }) => [...each]));
    expect(colours.size).toBe(groups.size);
  });
});

describe('the mask in pixels', () => {
  it('shows sign and keeping of every edge, changed ones too', async () => {
    const { ticket } = await foundSmall();
    const t = 3;
    const first = toSparse(ticket.mask(t));
    const edge = { layer: t, column: first.columns[0], row: first.rows[0] };
    for (const shown of [ticket, changeEdges(ticket, [edge])]) {
      const { inputs, outputs, words: kept } = toDense(shown.mask(t));
      const words = Math.ceil(outputs / 32);
      const signs = new Uint32Array(words * inputs);
      const drawn = createSource(ticket.seed, ticket.shape).layer(t);
      for (let column = 0; column < inputs; column++) {
        drawn.column(column, outputs, signs.subarray(column * words, (column + 1) * words));
      }
      const edges = { layer: t, columns: inputs, rows: outputs, words, signs, kept };
      const order = {
        columns: Uint32Array.from({ length: inputs }, (_, at) => inputs - 1 - at),
        rows: Uint32Array.from({ length: outputs }, (_, at) => at),
      };
      const [width, height] = [inputs * 3, outputs * 3];
      const image = { data: new Uint32Array(width * height), width, height };
      const table = edgePixels((light) => light, '#ffffff');
      // As SVG: the cells that each kind's dashes cover.
      const dashed = new Map<string, number>();
      edgeDashes(edges, order).forEach((dashes, kind) => {
        for (const [, from, y, run] of dashes.matchAll(/M(\d+) (\d+)\.5h(\d+)/g)) {
          for (let x = Number(from); x < Number(from) + Number(run); x++) {
            expect(dashed.has(`${x} ${y}`)).toBe(false);
            dashed.set(`${x} ${y}`, kind);
          }
        }
      });
      drawEdgePixels(image, edges, order, { left: 0, top: 0, cell: 3 }, table);
      const isKept = new Set<string>();
      const sparse = toSparse(shown.mask(t));
      sparse.columns.forEach((column, index) => {
        for (const row of sparse.rows.subarray(sparse.offsets[index], sparse.offsets[index + 1])) {
          isKept.add(`${column} ${row}`);
        }
      });
      order.columns.forEach((column, x) => {
        for (let row = 0; row < outputs; row++) {
          const index =
            (isKept.has(`${column} ${row}`) ? 2 : 0) + (drawn.sign(column, row) > 0 ? 1 : 0);
          expect(image.data[(3 * row + 1) * width + 3 * x + 1]).toBe(table[index]);
          expect(dashed.get(`${x} ${row}`)).toBe(index);
        }
      });
    }
  });

  it('mixes colours with the paper behind them', () => {
    expect(pixelOf('#ff8000')).toBe(0xff0080ff);
    expect(pixelOf('#000000', 0.5, '#ffffff')).toBe(0xff808080);
  });
});

describe('a certified error', () => {
  it('is never written below itself', () => {
    for (let at = 0; at < 2000; at++) {
      const value = (1 + ((at * 7919) % 8999) / 1000) * 10 ** ((at % 9) - 6);
      expect(Number(upwards(value))).toBeGreaterThanOrEqual(value);
      expect(Number(upwards(value))).toBeLessThan(value * 1.011);
    }
  });
});
