/**
 * Ladders and maps against the proof: on random networks of several blocks every ladder's numbers are the
 * coefficients that `rowOf` adds up, and they end in the ticket's integer.
 */
import { describe, expect, it } from 'vitest';
import { CELL_GROUPS, cellPlace, gridOf, litBy, neuronMap } from '../../src/figures/neuron-map.js';
import { drawCells, mapFrame } from '../../src/figures/neuron-map-drawing.js';
import { svgPen } from '../../src/figures/pen.js';
import { ticketFigures } from '../../src/figures/ticket-figures.js';
import { ladderSource, weightLadder } from '../../src/figures/weight-ladder.js';
import { drawLadder, ladderFrame } from '../../src/figures/weight-ladder-drawing.js';
import { find, rolesOf, rowOf } from '../../src/index.js';
import { trace } from '../../src/inference/trace.js';
import { bigEntry } from '../../src/integer/integer-network.js';
import { widthsOf } from '../../src/source/shape.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomNetwork } from '../networks.js';

async function foundOf(domain: string, seed: number, dimensions = [3, 4, 2]) {
  const network = randomNetwork({ dimensions, seed });
  const found = await find({ network }, { domain, bits: 6 });
  if (!found.found) throw new Error('not found');
  return { ticket: found.ticket, roles: await rolesOf(found.ticket) };
}

describe.each(['box:0,1', 'box:-1,1'])('ladders on %s', (domain) => {
  it.each([1, 2, 3])(
    'hold the coefficients of the proof, of every weight (network %i)',
    async (seed) => {
      const { ticket, roles } = await foundOf(domain, seed);
      const source = ladderSource(ticket, roles);
      let digits = 0;
      ticket.target.matrices.forEach((matrix, index) => {
        for (let row = 0; row < matrix.rows; row++) {
          for (let column = 0; column < matrix.columns; column++) {
            const ladder = weightLadder(source, index + 1, row, column);
            const integer = bigEntry(matrix, row * matrix.columns + column);
            expect(ladder.integer).toBe(integer);
            for (const layer of ladder.layers.slice(1)) {
              for (const { neuron, coefficient, part } of layer.neurons) {
                if ((row + column + layer.layer + neuron) % 11 !== 0 && part !== 'output') continue;
                const of = rowOf(ticket, layer.layer, neuron);
                const at = of.variables.findIndex(
                  (each) => each.column === column && each.part === ladder.part,
                );
                expect(coefficient).toBe(of.coefficients[at]);
              }
            }
            const last = ladder.layers[ladder.layers.length - 1];
            expect(last.number).toBe(integer);
            const chain = ladder.layers[ladder.layers.length - 2].number;
            expect(chain - ladder.offset).toBe(integer);
            digits += ladder.layers.flatMap(({ edges }) => edges).length;
          }
        }
      });
      expect(digits).toBeGreaterThan(100);
    },
  );
});

describe('ladders over feature maps', () => {
  it.each([4])(
    'hold the coefficients of the proof, of weights at all taps (network %i)',
    async (seed) => {
      const network = randomMapNetwork({ seed, side: 4, bits: 3 });
      const found = await find({ network }, { construction: 'horner', delta: 0.1 });
      if (!found.found) throw new Error('not found');
      const { ticket } = found;
      const source = ladderSource(ticket, await rolesOf(ticket));
      const taps = new Set<number>();
      for (const [block, matrix] of ticket.target.matrices.entries()) {
        const form = ticket.target.maps?.blocks[block].form;
        if (form?.kind !== 'free') continue;
        const carried = ticket.target.constant ? 1 : 0;
        for (let row = 0; row < matrix.rows - carried - form.passed; row++) {
          for (let column = row % 3; column < matrix.columns; column += 3) {
            const ladder = weightLadder(source, block + 1, row, column);
            const integer = bigEntry(matrix, row * matrix.columns + column);
            expect(ladder.integer).toBe(integer);
            if (ladder.seen !== undefined) taps.add(ladder.seen.tap);
            const [first, ...others] = ladder.layers;
            expect(first.neurons).toHaveLength(1);
            for (const layer of others.filter((_, at) => at % 3 === 0)) {
              for (const { neuron, coefficient } of layer.neurons.slice(0, 2)) {
                const of = rowOf(ticket, layer.layer, neuron);
                const at = of.variables.findIndex((each) => each.column === column);
                expect(coefficient).toBe(of.coefficients[at]);
              }
            }
            const last = ladder.layers[ladder.layers.length - 1];
            expect(last.number).toBe(integer);
            expect(ladder.layers[ladder.layers.length - 2].number - ladder.offset).toBe(integer);
          }
        }
      }
      expect(taps.size).toBeGreaterThan(1);
    },
  );

  it('name the tap in the picture, and every picture is drawn', async () => {
    const network = randomMapNetwork({ seed: 5, side: 4, bits: 3 });
    const found = await find({ network }, { construction: 'horner', delta: 0.1 });
    if (!found.found) throw new Error('not found');
    const weight = { block: 1, row: 0, column: 0 };
    const { figures, omitted } = ticketFigures(found.ticket, { of: 'maps', weight });
    expect(omitted).toEqual([]);
    expect(figures.map(({ name }) => name)).toEqual(['map', 'map-drawn', 'ladder', 'masks']);
    expect(figures[0].svg).toContain('a neuron of each position of its feature map');
    expect(figures[2].svg).toMatch(/at tap \(\d, \d\) of a kernel of \d by \d/);
  });
});

describe('ladders', () => {
  it('refuse tickets of other constructions, naming which', async () => {
    const network = randomNetwork({ dimensions: [2, 2], seed: 1 });
    const found = await find({ network }, { domain: 'box:0,1', bits: 2, construction: 'diamond' });
    if (!found.found) throw new Error('not found');
    const roles = await rolesOf(found.ticket);
    expect(() => weightLadder(ladderSource(found.ticket, roles), 1, 0, 0)).toThrow(
      /ladders are drawn of tickets of horner, and this is one of diamond/,
    );
  });

  it('are drawn with a circle for each neuron and within their frame', async () => {
    const { ticket, roles } = await foundOf('box:0,1', 1);
    const ladder = weightLadder(ladderSource(ticket, roles), 1, 1, 0);
    const frame = ladderFrame(ladder, 600);
    const { pen, parts } = svgPen();
    drawLadder(pen, ladder, frame, 2);
    const circles = parts.filter((part) => part.startsWith('<circle'));
    const neurons = ladder.layers.flatMap((layer) => layer.neurons);
    // Three more are the keys of the headings.
    expect(circles).toHaveLength(neurons.length + 3);
    for (const part of parts.filter((each) => each.startsWith('<rect'))) {
      const y = Number(/ y="([^"]+)"/.exec(part)?.[1]);
      const height = Number(/height="([^"]+)"/.exec(part)?.[1]);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + height).toBeLessThanOrEqual(frame.height);
    }
  });
});

describe('the map', () => {
  it('has every neuron of the source once, in both orders', async () => {
    const { ticket, roles } = await foundOf('box:0,1', 2);
    const map = neuronMap(ticket, roles);
    expect(map.layers.map(({ groups }) => groups.length)).toEqual(widthsOf(ticket.shape));
    const grid = gridOf(map);
    for (const sorted of [0, 1]) {
      const seen = new Set<string>();
      map.layers.forEach(({ groups }, layer) => {
        groups.forEach((_, neuron) => {
          const [column, row] = cellPlace(map, grid, layer, neuron, sorted);
          expect(row).toBeGreaterThanOrEqual(0);
          expect(row).toBeLessThan(grid.rows);
          expect(column).toBeLessThan(grid.columns);
          seen.add(`${column} ${row}`);
        });
      });
      expect(seen.size).toBe(widthsOf(ticket.shape).reduce((sum, width) => sum + width, 0));
    }
    const live = map.layers.flatMap(({ groups }) => [...groups]).filter((group) => group !== 0);
    expect(live).toHaveLength(roles.layers.reduce((sum, { neurons }) => sum + neurons.length, 0));
  });

  it('is lit where a value is not 0, and nowhere else', async () => {
    const { ticket, roles } = await foundOf('box:0,1', 3);
    const map = neuronMap(ticket, roles);
    const traced = trace(ticket, Float64Array.of(0.5, 0, 1));
    const lit = litBy(map, traced);
    traced.layers.forEach(({ neurons, values }, layer) => {
      const values0 = new Map([...neurons].map((neuron, at) => [neuron, values[at]]));
      lit[layer].forEach((light, neuron) => {
        expect(light > 0).toBe((values0.get(neuron) ?? 0n) !== 0n);
      });
    });
  });

  it('draws as much area as there are cells', async () => {
    const { ticket, roles } = await foundOf('box:0,1', 2);
    const map = neuronMap(ticket, roles);
    const frame = mapFrame(map, 640, 300);
    for (const sorted of [0, 1] as const) {
      const { pen, parts } = svgPen();
      drawCells(pen, map, frame, { sorted });
      const cells = parts.reduce((sum, part) => {
        return sum + Number(/height="([^"]+)"/.exec(part)?.[1]) / frame.height;
      }, 0);
      const neurons = widthsOf(ticket.shape).reduce((sum, width) => sum + width, 0);
      expect(cells).toBeCloseTo(neurons, 0);
    }
    expect(CELL_GROUPS).toHaveLength(5);
  });
});
