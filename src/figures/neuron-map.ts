/**
 * Every neuron of a ticket's source as a cell, a column for each layer: in the order in which the seed drew
 * them, or sorted by what they are there for (docs/roles.md). Plain data, which a page's worker hands over.
 */
import type { Role } from '../constructions/roles.js';
import type { Trace } from '../inference/trace.js';
import type { TicketRoles } from '../roles/roles-of.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockEndsOf, type SourceShape, widthsOf } from '../source/shape.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { PRUNED, QUIET, ROLE_COLOURS } from './palette.js';

/** What the cells are told apart by; `nothing`: no kept path leads through the neuron. */
export const CELL_GROUPS = ['nothing', 'carrier', 'chain', 'offset', 'other'] as const;
export type CellGroup = (typeof CELL_GROUPS)[number];

export const GROUP_COLOURS: Readonly<Record<CellGroup, string>> = {
  nothing: PRUNED,
  ...ROLE_COLOURS,
  other: QUIET,
};

export interface MapLayer {
  /** From 0. */
  readonly layer: number;
  /** From 1. */
  readonly block: number;
  /** Per neuron, an index into `CELL_GROUPS`. */
  readonly groups: Uint8Array;
  /** Per neuron, its place when the layer is sorted by role. */
  readonly ranks: Uint32Array;
}

export interface MapBlock {
  readonly first: number;
  readonly last: number;
  /** Of the target layer, without the constant. */
  readonly inputs: number;
  readonly outputs: number;
}

export interface NeuronMap {
  readonly layers: readonly MapLayer[];
  /** Of feature maps: a block need not be a layer of the trained network, and its inputs are channels at taps. */
  readonly isOfMaps?: true;
  readonly blocks: readonly MapBlock[];
}

export function groupOf(role: Role): CellGroup {
  switch (role.kind) {
    case 'input':
    case 'carrier':
    case 'base':
      return 'carrier';
    case 'accumulator':
    case 'output':
    case 'unit':
    case 'gadget':
      return 'chain';
    case 'offset':
      return 'offset';
    default:
      return 'other';
  }
}

/** No kernel has more taps. */
const MOST_TAPS = 2 ** 20;

/** Where a role comes among those of its group: by input (and tap) or output, the constant last. */
function placeAmong(role: Role): number {
  const of = 'output' in role ? role.output : 'input' in role ? role.input : 0;
  const tap = 'tap' in role ? (role.tap ?? 0) : 0;
  return of === 'constant' ? Number.MAX_SAFE_INTEGER : of * MOST_TAPS + tap;
}

/** The places of a layer's neurons when sorted by group, then by what `placeOf` gives; what is nothing is last. */
function ranksOf(groups: Uint8Array, placeOf: (neuron: number) => number): Uint32Array {
  const order = Array.from(groups.keys()).sort(
    (a, b) => (groups[a] || 9) - (groups[b] || 9) || placeOf(a) - placeOf(b) || a - b,
  );
  const ranks = new Uint32Array(order.length);
  order.forEach((neuron, rank) => {
    ranks[neuron] = rank;
  });
  return ranks;
}

/** The map of a constructed ticket whose roles were read. */
export function neuronMap(
  ticket: ConstructedTicket,
  { layers }: Pick<TicketRoles, 'layers'>,
): NeuronMap {
  const { shape, target } = ticket;
  const widths = widthsOf(shape);
  const ends = blockEndsOf(shape);
  const carried = target.constant ? 1 : 0;
  return {
    ...(target.maps && { isOfMaps: true }),
    layers: layers.map(({ layer, block, neurons, roles }): MapLayer => {
      const groups = new Uint8Array(widths[layer]);
      const places = new Float64Array(widths[layer]);
      neurons.forEach((neuron, index) => {
        groups[neuron] = CELL_GROUPS.indexOf(groupOf(roles[index]));
        places[neuron] = placeAmong(roles[index]);
      });
      const ranks = ranksOf(groups, (neuron) => places[neuron]);
      return { layer, block, groups, ranks };
    }),
    blocks: target.matrices.map(({ rows, columns }, index) => ({
      first: (ends[index - 1] ?? 0) + 1,
      last: ends[index],
      inputs: columns - carried,
      outputs: rows - (index < ends.length - 1 ? carried : 0),
    })),
  };
}

/**
 * Per layer and neuron, 0 to 255: its value beside the largest of its group in the layer. Of feature maps the
 * largest of all positions counts.
 */
export function litBy({ layers }: NeuronMap, trace: Pick<Trace, 'layers'>): Uint8Array[] {
  return layers.map(({ groups }, index) => {
    const { neurons, values } = trace.layers[index];
    const most = CELL_GROUPS.map(() => 0n);
    const area = values.length / Math.max(1, neurons.length);
    const sizes = Array.from(neurons, (_, at) =>
      area === 1
        ? largerSize(0n, values[at])
        : values.slice(at * area, (at + 1) * area).reduce(largerSize, 0n),
    );
    neurons.forEach((neuron, at) => {
      const group = groups[neuron];
      if (sizes[at] > most[group]) most[group] = sizes[at];
    });
    const lit = new Uint8Array(groups.length);
    neurons.forEach((neuron, at) => {
      const largest = most[groups[neuron]];
      // A value that is not 0 is never as dark as none.
      if (sizes[at] > 0n) lit[neuron] = Math.max(1, Number((sizes[at] * 255n) / largest));
    });
    return lit;
  });
}

/** The larger of a size and that of a value. */
function largerSize(most: bigint, value: bigint): bigint {
  const size = value < 0n ? -value : value;
  return size > most ? size : most;
}

/** A layer that is wider than the map is high goes on in further columns. */
export interface MapGrid {
  /** Cells from top to bottom. */
  readonly rows: number;
  readonly columns: number;
  /** Per layer, its first column. */
  readonly first: readonly number[];
}

/** Columns without cells between two blocks. */
const GAP = 1;

/**
 * The columns of a map: as high as nine in ten of its layers need, so that a few wide ones do not squeeze
 * all others.
 */
export function gridOf({ layers }: NeuronMap): MapGrid {
  const widths = layers.map(({ groups }) => groups.length).sort((a, b) => a - b);
  const rows = Math.max(1, widths[Math.floor(0.9 * (widths.length - 1))]);
  const first: number[] = [];
  let columns = 0;
  let block = layers[0]?.block;
  for (const layer of layers) {
    if (layer.block !== block) columns += GAP;
    block = layer.block;
    first.push(columns);
    columns += Math.ceil(layer.groups.length / rows);
  }
  return { rows, columns, first };
}

/**
 * Column and row of a neuron, both counted in cells and not always whole; `sorted` between 0, as drawn by
 * the seed, and 1, sorted by role.
 */
export function cellPlace(
  { layers }: NeuronMap,
  grid: MapGrid,
  layer: number,
  neuron: number,
  sorted: number,
): readonly [column: number, row: number] {
  const { groups, ranks } = layers[layer];
  const at = (place: number): readonly [number, number] => {
    const deep = Math.ceil(groups.length / grid.rows);
    // Columns of one layer are of equal height, centred.
    const height = Math.ceil(groups.length / deep);
    return [
      grid.first[layer] + Math.floor(place / height),
      (grid.rows - height) / 2 + (place % height),
    ];
  };
  const [fromX, fromY] = at(neuron);
  if (sorted === 0) return [fromX, fromY];
  const [toX, toY] = at(ranks[neuron]);
  return [fromX + (toX - fromX) * sorted, fromY + (toY - fromY) * sorted];
}

/** Opacity of a cell over the paper: of what nothing is left of, of what is dark, and of what is lit. */
export function cellOpacity(group: number, lit: number | undefined): number {
  if (group === 0) return 0.16;
  return lit === undefined ? 1 : lit === 0 ? 0.3 : 0.4 + 0.6 * Math.sqrt(lit / 255);
}

/** The map of a pruned source whose roles nobody knows: neurons that something is left of are `other`. */
export function prunedMap(shape: SourceShape, live: readonly PrunedLayer[]): NeuronMap {
  const ends = blockEndsOf(shape);
  const widths = widthsOf(shape);
  const other = CELL_GROUPS.indexOf('other');
  return {
    layers: widths.map((width, layer): MapLayer => {
      const groups = new Uint8Array(width);
      if (layer === 0) groups.fill(other);
      else for (const neuron of live[layer - 1].neurons) groups[neuron] = other;
      return {
        layer,
        block: Math.max(1, ends.findIndex((end) => layer <= end) + 1),
        groups,
        ranks: ranksOf(groups, (neuron) => neuron),
      };
    }),
    blocks: ends.map((last, index) => ({
      first: (ends[index - 1] ?? 0) + 1,
      last,
      inputs: widths[ends[index - 1] ?? 0],
      outputs: widths[last],
    })),
  };
}
