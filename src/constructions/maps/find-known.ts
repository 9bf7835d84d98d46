/** Finds blocks whose rows are all known: direct ones, and those that bring maps to one scale. */
import type { KnownEntry } from '../../integer/network-class.js';
import type { LayerMask } from '../../source/mask.js';
import { widthOf } from '../../source/shape.js';
import { matchingFailure } from '../failure-bounds.js';
import { keepRows, placeRows } from './direct.js';
import { knownRows, type MapsBlock } from './plan.js';
import { scaleDemand } from './scale.js';
import { type FoundBlock, identity, matchPositive, sizeOf, type Unmet, type Work } from './work.js';

export function findDirect(
  work: Work,
  block: Extract<MapsBlock, { kind: 'direct' }>,
): FoundBlock | Unmet {
  const { source, networkClass, index, start, columns } = work;
  const rows = knownRows(networkClass, index);
  const layer = start + 1;
  const placed = placeRows(rows, block.segments, columns, source.layer(layer));
  if (!placed.placed) {
    const { entries, segment } = placed;
    const count = rows.filter(({ length }) => length === entries).length;
    return {
      layer,
      demand: `a neuron of its own for each of ${count} rows of ${entries} signs`,
      probability: matchingFailure(count, 1, segment.width, 2 ** -entries),
    };
  }
  const mask = keepRows(rows, placed.neurons, columns, sizeOf(work, layer));
  return { masks: [mask], digits: 0, rows: placed.neurons };
}

/** One kept edge for each row, from one column with coefficient 1. */
function handOn(rows: Uint32Array, columns: readonly number[]): KnownEntry[][] {
  return Array.from(rows, (_, index) => [{ column: columns[index] as number, value: 1n }]);
}

export function findScale(
  work: Work,
  block: Extract<MapsBlock, { kind: 'scale' }>,
): FoundBlock | Unmet {
  const { networkClass, index, start, columns } = work;
  const known = knownRows(networkClass, index);
  const { growing, waiting } = scaleDemand(known);
  const columnOf = (row: number): number =>
    columns[(known[row] as readonly KnownEntry[])[0]?.column as number] as number;
  let grown: (readonly number[])[] = growing.map((row) => [columnOf(row)]);
  let waits: number[] = waiting.map(columnOf);
  const masks: LayerMask[] = [];
  for (const [level, { growing: width, waiting: rest }] of block.layers.entries()) {
    const t = start + level + 1;
    const copies = block.copies[level] ?? 1;
    const isLast = level === block.layers.length - 1;
    const size = sizeOf(work, t);
    if (block.skips && isLast && level > 0) {
      // The columns of the block's input come first.
      const first = size.inputs - widthOf(work.source.shape, t - 1);
      grown = grown.map((group) => group.map((neuron) => first + neuron));
    }
    const next = matchPositive(work, t, grown, copies, { from: 0, width });
    if (!('length' in next)) return next;
    const isWaiting = !block.skips || isLast;
    const after = isWaiting ? waits.map((column) => [column]) : [];
    const waited = matchPositive(work, t, after, 1, { from: width, width: rest });
    if (!('length' in waited)) return waited;
    const rows: KnownEntry[][] = Array.from(next, (_, at) =>
      (grown[Math.floor(at / copies)] as readonly number[]).map((column) => ({
        column,
        value: 1n,
      })),
    );
    rows.push(...handOn(waited, waits));
    const neurons = Uint32Array.from([...next, ...waited]);
    masks.push(keepRows(rows, neurons, identity(size.inputs), size));
    grown = growing.map((_, group) =>
      Array.from(next.subarray(group * copies, (group + 1) * copies)),
    );
    if (isWaiting) waits = Array.from(waited);
  }
  const rows = new Uint32Array(known.length);
  growing.forEach((row, at) => {
    rows[row] = (grown[at] as readonly number[])[0] as number;
  });
  waiting.forEach((row, at) => {
    rows[row] = waits[at] as number;
  });
  return { masks, digits: 0, rows };
}
