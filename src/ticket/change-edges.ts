/** A ticket whose masks keep and cut other edges: what becomes of its proof is for the checker to say. */
import { checkList, checkObject, checkWhole } from '../core/arguments.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { type DenseMask, keptCount, type LayerMask, wordsPerColumn } from '../source/mask.js';
import { columnsOf, depthOf, widthOf } from '../source/shape.js';
import { checkTicket } from './check-ticket.js';
import type { ConstructedTicket } from './constructed.js';

/** An edge of the source: layer from 1, its column and row from 0; through a kernel a column is a channel's tap. */
export interface SourceEdge {
  readonly layer: number;
  readonly column: number;
  readonly row: number;
}

/** The dense form of any mask, in memory of its own. */
export function toDense(mask: LayerMask): DenseMask {
  const { inputs, outputs } = mask;
  if (mask.kind === 'dense') return { ...mask, words: mask.words.slice() };
  const perColumn = wordsPerColumn(outputs);
  const words = new Uint32Array(inputs * perColumn);
  mask.columns.forEach((column, index) => {
    for (let at = mask.offsets[index]; at < mask.offsets[index + 1]; at++) {
      const row = mask.rows[at];
      words[column * perColumn + (row >>> 5)] |= 1 << (row & 31);
    }
  });
  return { kind: 'dense', inputs, outputs, words };
}

/**
 * The same ticket with each of these edges cut if it was kept, and kept if it was cut; an edge that is named
 * twice is as it was. Masks of their layers are held unpacked. Throws a `UsageError` for an edge that the
 * source does not have.
 */
export function changeEdges(
  ticket: ConstructedTicket,
  edges: readonly SourceEdge[],
): ConstructedTicket {
  checkTicket(ticket, 'constructed', 'a change of edges');
  checkList('edges', edges);
  const { shape } = ticket;
  if (ticket.target.maps === undefined) requireConnectedLayers(shape, 'a change of edges');
  const masks = new Map<number, DenseMask>();
  const kept = [...ticket.kept];
  for (const edge of edges) {
    checkObject('edge', edge);
    const { layer, column, row } = edge;
    checkWhole('layer', layer, 1, depthOf(shape));
    checkWhole('column', column, 0, columnsOf(shape, layer) - 1);
    checkWhole('row', row, 0, widthOf(shape, layer) - 1);
    const mask = masks.get(layer) ?? toDense(ticket.mask(layer));
    const before = keptCount(mask);
    mask.words[column * wordsPerColumn(mask.outputs) + (row >>> 5)] ^= 1 << (row & 31);
    kept[layer - 1] += keptCount(mask) - before;
    masks.set(layer, mask);
  }
  return { ...ticket, kept, mask: (t) => masks.get(t) ?? ticket.mask(t) };
}
