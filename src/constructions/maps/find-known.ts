/** Finds blocks whose rows are all known: direct ones, and those that bring maps to one scale. */
import type { KnownEntry } from '../../integer/network-class.js';
import { widthOf } from '../../source/shape.js';
import { matchingFailure } from '../failure-bounds.js';
import { keepRows, placeRows } from './direct.js';
import type { DirectLayout, ScaleLayerLayout, ScaleLayout } from './layout.js';
import { knownRows, type MapsBlock } from './plan.js';
import { scaleDemand } from './scale.js';
import { identity, type KeptBlock, matchPositive, sizeOf, type Unmet, type Work } from './work.js';

export function placeDirect(
  work: Work,
  block: Extract<MapsBlock, { kind: 'direct' }>,
): DirectLayout | Unmet {
  const { source, networkClass, index, start, columns } = work;
  const rows = knownRows(networkClass, index);
  const layer = start + 1;
  const placed = placeRows(rows, block.segments, columns, source.layer(layer));
  if (placed.placed) return { kind: 'direct', rows: placed.neurons };
  const { entries, segment } = placed;
  const count = rows.filter(({ length }) => length === entries).length;
  return {
    layer,
    demand: `a neuron of its own for each of ${count} rows of ${entries} signs`,
    probability: matchingFailure(count, 1, segment.width, 2 ** -entries),
  };
}

export function keepDirect(work: Work, { rows }: DirectLayout): KeptBlock {
  const { networkClass, index, start, columns } = work;
  const known = knownRows(networkClass, index);
  return { masks: [keepRows(known, rows, columns, sizeOf(work, start + 1))], digits: 0 };
}

export function placeScale(
  work: Work,
  block: Extract<MapsBlock, { kind: 'scale' }>,
): ScaleLayout | Unmet {
  const { networkClass, index, start, columns } = work;
  const known = knownRows(networkClass, index);
  const { growing, waiting } = scaleDemand(known);
  const columnOf = (row: number): number =>
    columns[(known[row] as readonly KnownEntry[])[0]?.column as number] as number;
  let grownFrom: (readonly number[])[] = growing.map((row) => [columnOf(row)]);
  let waits: number[] = waiting.map(columnOf);
  const layers: ScaleLayerLayout[] = [];
  for (const [level, { growing: width, waiting: rest }] of block.layers.entries()) {
    const t = start + level + 1;
    const copies = block.copies[level] ?? 1;
    const isLast = level === block.layers.length - 1;
    if (block.skips && isLast && level > 0) {
      // The columns of the block's input come first.
      const first = sizeOf(work, t).inputs - widthOf(work.source.shape, t - 1);
      grownFrom = grownFrom.map((group) => group.map((neuron) => first + neuron));
    }
    const grown = matchPositive(work, t, grownFrom, copies, { from: 0, width });
    if (!('length' in grown)) return grown;
    const isWaiting = !block.skips || isLast;
    const waitedFrom = isWaiting ? waits : [];
    const after = waitedFrom.map((column) => [column]);
    const waited = matchPositive(work, t, after, 1, { from: width, width: rest });
    if (!('length' in waited)) return waited;
    layers.push({ grown, copies, grownFrom, waited, waitedFrom });
    grownFrom = growing.map((_, group) =>
      Array.from(grown.subarray(group * copies, (group + 1) * copies)),
    );
    if (isWaiting) waits = Array.from(waited);
  }
  const rows = new Uint32Array(known.length);
  growing.forEach((row, at) => {
    rows[row] = (grownFrom[at] as readonly number[])[0] as number;
  });
  waiting.forEach((row, at) => {
    rows[row] = waits[at] as number;
  });
  return { kind: 'scale', layers, rows };
}

/** A row of kept edges of sign +1 from these columns. */
function added(columns: readonly number[]): KnownEntry[] {
  return columns.map((column) => ({ column, value: 1n }));
}

export function keepScale(work: Work, { layers }: ScaleLayout): KeptBlock {
  const masks = layers.map(({ grown, copies, grownFrom, waited, waitedFrom }, level) => {
    const size = sizeOf(work, work.start + level + 1);
    const rows = Array.from(grown, (_, at) =>
      added(grownFrom[Math.floor(at / copies)] as readonly number[]),
    );
    rows.push(...waitedFrom.map((column) => added([column])));
    const neurons = Uint32Array.from([...grown, ...waited]);
    return keepRows(rows, neurons, identity(size.inputs), size);
  });
  return { masks, digits: 0 };
}
