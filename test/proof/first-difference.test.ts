/** The layer that was tampered with: every kept edge of a small ticket is cut once, and named. */
import { describe, expect, it } from 'vitest';
import { find, verify } from '../../src/index.js';
import { firstDifference } from '../../src/proof/first-difference.js';
import { toSparse } from '../../src/source/mask.js';
import { depthOf } from '../../src/source/shape.js';
import { changeEdges, type SourceEdge } from '../../src/ticket/change-edges.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomNetwork } from '../networks.js';

async function found() {
  const network = randomNetwork({ dimensions: [2, 2, 1], seed: 4 });
  const outcome = await find({ network }, { domain: 'box:0,1', bits: 3 });
  if (!outcome.found) throw new Error('not found');
  return outcome.ticket;
}

describe('a cut edge', () => {
  it('is named by layer and neuron wherever the proof fails', async () => {
    const ticket = await found();
    let failures = 0;
    for (let layer = 1; layer <= depthOf(ticket.shape); layer++) {
      const { columns, offsets, rows } = toSparse(ticket.mask(layer));
      for (const [index, column] of columns.entries()) {
        for (const row of rows.subarray(offsets[index], offsets[index + 1])) {
          const cut = changeEdges(ticket, [{ layer, column, row }]);
          expect(cut.kept[layer - 1]).toBe(ticket.kept[layer - 1] - 1);
          const { proved } = await verify(cut);
          const difference = firstDifference(cut, ticket);
          if (proved) continue;
          failures++;
          expect(difference).toMatchObject({ layer, neuron: row });
          expect(difference?.edges).toMatchObject([{ column, kept: false }]);
        }
      }
    }
    expect(failures).toBeGreaterThan(30);
  });

  it('is named in a source over feature maps too, through a kernel as well', async () => {
    const network = randomMapNetwork({ seed: 3, side: 3, layers: 2 });
    const outcome = await find({ network }, { domain: 'box:0,1', bits: 2 });
    if (!outcome.found) throw new Error('not found');
    const { ticket } = outcome;
    let failures = 0;
    // All edges would take a minute: the first and the last kept one of every layer.
    for (let layer = 1; layer <= depthOf(ticket.shape); layer++) {
      const { columns, rows } = toSparse(ticket.mask(layer));
      for (const edge of [
        { layer, column: columns[0], row: rows[0] },
        { layer, column: columns[columns.length - 1], row: rows[rows.length - 1] },
      ]) {
        const cut = changeEdges(ticket, [edge]);
        if ((await verify(cut)).proved) continue;
        failures++;
        expect(firstDifference(cut, ticket)).toMatchObject({ layer, neuron: edge.row });
      }
    }
    expect(failures).toBeGreaterThan(depthOf(ticket.shape));
  });

  it('is the first of several, and none where it was put back', async () => {
    const ticket = await found();
    const at = (layer: number): SourceEdge => {
      const { columns, rows } = toSparse(ticket.mask(layer));
      return { layer, column: columns[0], row: rows[0] };
    };
    const late = depthOf(ticket.shape);
    expect(firstDifference(changeEdges(ticket, [at(late), at(2)]), ticket)?.layer).toBe(2);
    const back = changeEdges(ticket, [at(2), at(2)]);
    expect(firstDifference(back, ticket)).toBeNull();
    expect((await verify(back)).proved).toBe(true);
    expect(back.kept).toEqual(ticket.kept);
  });

  it('refuses tickets of different sources, and edges that are none', async () => {
    const ticket = await found();
    expect(() => firstDifference(ticket, { ...ticket, seed: 99n })).toThrow(/one source/);
    expect(() => changeEdges(ticket, [{ layer: 1, column: 0, row: 10 ** 6 }])).toThrow(/row/);
  });
});
