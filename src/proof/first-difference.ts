/**
 * Where a mask was tampered with: the first neuron whose coefficients are not those that another ticket in
 * the same source has there. The proof names the neuron at which a block comes to another sum, which may be
 * many layers later.
 */
import { InputError, MisfitError } from '../core/errors.js';
import { complete } from '../core/steps.js';
import { type LayerMask, toSparse } from '../source/mask.js';
import { depthOf, sameShape } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { rowOf } from './row-of.js';

/** An edge that one of two tickets keeps. */
export interface ChangedEdge {
  /** Of the mask, from 0. */
  readonly column: number;
  readonly sign: 1 | -1;
  /** Whether the ticket asked about keeps it; else the other one does. */
  readonly kept: boolean;
}

export interface RowDifference {
  /** Source layer, from 1. */
  readonly layer: number;
  readonly neuron: number;
  /** Of the neuron. */
  readonly edges: readonly ChangedEdge[];
}

/** Changed edges by row, of two masks of one layer. */
function changedRows(mask: LayerMask, other: LayerMask): Map<number, Omit<ChangedEdge, 'sign'>[]> {
  const rows = new Map<number, Omit<ChangedEdge, 'sign'>[]>();
  if (mask === other) return rows;
  const keys = (of: LayerMask): Set<number> => {
    const { columns, offsets, rows: targets, outputs } = toSparse(of);
    const set = new Set<number>();
    columns.forEach((column, index) => {
      for (let at = offsets[index]; at < offsets[index + 1]; at++) {
        set.add(column * outputs + targets[at]);
      }
    });
    return set;
  };
  const own = keys(mask);
  const others = keys(other);
  const note = (key: number, kept: boolean): void => {
    const row = key % mask.outputs;
    const list = rows.get(row) ?? [];
    list.push({ column: Math.floor(key / mask.outputs), kept });
    rows.set(row, list);
  };
  for (const key of own) if (!others.has(key)) note(key, true);
  for (const key of others) if (!own.has(key)) note(key, false);
  return rows;
}

/** A neuron's coefficients as a text; null where ReLU leaves a neuron on the way undecided. */
function coefficients(ticket: ConstructedTicket, layer: number, neuron: number): string | null {
  try {
    const { coefficients: list, relu } = rowOf(ticket, layer, neuron);
    return `${relu} ${list.join()}`;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Per layer from 1, the neurons that an output of their block or of the network reads in either ticket. */
function readNeurons(tickets: readonly ConstructedTicket[]): Set<number>[] {
  const lists = tickets.map((ticket) => complete(liveLayersSteps(ticket), {}));
  return lists[0].map((_, index) => new Set(lists.flatMap((list) => [...list[index].neurons])));
}

/**
 * The first neuron, layer by layer, that an output reads and at which `ticket` has other coefficients than
 * `reference`, a proved ticket in the same source; null if there is none. In layers before it all coefficients
 * are the same, so only neurons whose own edges were changed can be the first.
 *
 * Throws a `MisfitError` for tickets of different sources.
 */
export function firstDifference(
  ticket: ConstructedTicket,
  reference: ConstructedTicket,
): RowDifference | null {
  for (const each of [ticket, reference]) checkTicket(each, 'constructed', 'a comparison');
  if (ticket.seed !== reference.seed || !sameShape(ticket.shape, reference.shape)) {
    throw new MisfitError('the two tickets are not masks of one source');
  }
  const { shape, seed } = ticket;
  const source = createSource(seed, shape);
  const read = readNeurons([ticket, reference]);
  for (let layer = 1; layer <= depthOf(shape); layer++) {
    const changed = changedRows(ticket.mask(layer), reference.mask(layer));
    for (const neuron of [...changed.keys()].sort((a, b) => a - b)) {
      if (!read[layer - 1].has(neuron)) continue;
      const row = coefficients(ticket, layer, neuron);
      if (row !== null && row === coefficients(reference, layer, neuron)) continue;
      const signs = source.layer(layer);
      const edges = (changed.get(neuron) ?? []).map(
        ({ column, kept }): ChangedEdge => ({ column, kept, sign: signs.sign(column, neuron) }),
      );
      return { layer, neuron, edges };
    }
  }
  return null;
}
