/**
 * Finds an integer network of feature maps in a source. Block by block: the columns of its matrix are
 * columns of the source layer that reads with its kernel, and all other layers are as without maps.
 */
import { UsageError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import { anchorOf, columnPlaces, tapCount } from '../../integer/block-maps.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import { type ClassBlock, checkInClass, type KnownEntry } from '../../integer/network-class.js';
import { type DenseMask, keepEdge, type LayerMask } from '../../source/mask.js';
import { columnsOf, depthOf, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { checkSourcePlan, type Finding, type UnmetDemand } from '../construction.js';
import { matchingFailure } from '../failure-bounds.js';
import { findBlock } from '../find-blocks.js';
import type { BlockLayout } from '../horner/layout.js';
import { placePlain, plainFinder } from '../horner/plain.js';
import { matchGroups, suitability } from '../matching.js';
import { keepRows, placeRows, segmentWord } from './direct.js';
import {
  freeDemand,
  knownRows,
  type MapsBlock,
  type MapsClass,
  type MapsPlan,
  mapsWidths,
} from './plan.js';
import { scaleDemand } from './scale.js';

/** The source column of each matrix column, given the neurons that hold the channels, the constant last. */
function sourceColumns(
  { window, columns }: ClassBlock,
  neurons: Uint32Array,
  constant: boolean,
): Uint32Array {
  const total = columns + (constant ? 1 : 0);
  if (window === undefined) return neurons.slice(0, total);
  const taps = tapCount(window);
  const places = columnPlaces(window);
  return Uint32Array.from({ length: total }, (_, column) => {
    if (column === columns) return (neurons.at(-1) as number) * taps + anchorOf(window);
    const place = places[column] as number;
    const tap = place % taps;
    return (neurons[(place - tap) / taps] as number) * taps + tap;
  });
}

/** A block to be found: where it begins, and what it reads. */
interface Work {
  readonly source: Source;
  readonly networkClass: MapsClass;
  readonly index: number;
  /** Source layer of its input. */
  readonly start: number;
  /** Source columns of its matrix's. */
  readonly columns: Uint32Array;
}

type Unmet = Pick<UnmetDemand, 'layer' | 'demand' | 'probability'>;

interface FoundBlock {
  readonly masks: LayerMask[];
  readonly digits: number;
  /** The neuron of each row of the matrix. */
  readonly rows: Uint32Array;
}

function sizeOf({ source: { shape } }: Work, t: number): { inputs: number; outputs: number } {
  return { inputs: columnsOf(shape, t), outputs: widthOf(shape, t) };
}

function findDirect(work: Work, block: Extract<MapsBlock, { kind: 'direct' }>): FoundBlock | Unmet {
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

/** Neurons `from .. from + width - 1`, so many for each group that all its columns have +1 into. */
function matchPositive(
  work: Work,
  layer: number,
  groups: readonly (readonly number[])[],
  copies: number,
  segment: { readonly from: number; readonly width: number },
): Uint32Array | Unmet {
  const signs = work.source.layer(layer);
  const suits = suitability(groups.length, segment.width);
  groups.forEach((columns, group) => {
    for (let word = 0; word < suits.words; word++) {
      const left = segment.width - 32 * word;
      let fits = left >= 32 ? -1 : 2 ** left - 1;
      for (const column of columns) fits &= segmentWord(signs, column, segment.from, word);
      suits.rows[group * suits.words + word] = fits;
    }
  });
  const matching = matchGroups(suits, copies);
  if (matching.complete) return matching.neurons.map((neuron) => segment.from + neuron);
  const edge = 2 ** -(groups[0] as readonly number[]).length;
  return {
    layer,
    demand: `${copies} neurons of its own for each of ${groups.length} maps that are handed on`,
    probability: Math.min(1, matchingFailure(groups.length, copies, segment.width, edge)),
  };
}

/** One kept edge for each row, from one column with coefficient 1. */
function handOn(rows: Uint32Array, columns: readonly number[]): KnownEntry[][] {
  return Array.from(rows, (_, index) => [{ column: columns[index] as number, value: 1n }]);
}

function findScale(work: Work, block: Extract<MapsBlock, { kind: 'scale' }>): FoundBlock | Unmet {
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
    const next = matchPositive(work, t, grown, copies, { from: 0, width });
    if (!('length' in next)) return next;
    const after = waits.map((column) => [column]);
    const waited = matchPositive(work, t, after, 1, { from: width, width: rest });
    if (!('length' in waited)) return waited;
    const rows: KnownEntry[][] = Array.from(next, (_, at) =>
      (grown[Math.floor(at / copies)] as readonly number[]).map((column) => ({
        column,
        value: 1n,
      })),
    );
    rows.push(...handOn(waited, waits));
    const size = sizeOf(work, t);
    const neurons = Uint32Array.from([...next, ...waited]);
    masks.push(keepRows(rows, neurons, identity(size.inputs), size));
    grown = growing.map((_, group) =>
      Array.from(next.subarray(group * copies, (group + 1) * copies)),
    );
    waits = Array.from(waited);
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

function identity(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

function* findFree(
  work: Work,
  block: Extract<MapsBlock, { kind: 'free' }>,
  network: IntegerNetwork,
  tell: (layers: number) => Progress,
  threads: Threads | undefined,
): Steps<FoundBlock | Unmet> {
  const { source, networkClass, index, start, columns } = work;
  const demand = freeDemand(networkClass, index);
  const { horner, passWidths } = block;
  const depth = horner.radices.length;
  const placed = yield* placePlain(
    {
      source,
      start,
      inputNeurons: columns,
      halves: Array.from(columns, (_, column) => ({ column, negative: false })),
      demand,
      block: horner,
    },
    (layer) => tell((layer - start) / 2),
  );
  if ('unmet' in placed) {
    const { layer, demand: missing, probability } = placed.unmet;
    return { layer, demand: missing, probability: Math.min(1, probability) };
  }
  const { known } = networkClass.maps.blocks[index] as ClassBlock;
  const handed = placeHanded(work, placed, known, passWidths);
  if (!('hidden' in handed)) return handed;
  const widths = [placed.widths[0] as number, ...mapsWidths(block)];
  const layout: BlockLayout = { ...placed, widths };
  const free = freeMatrix(network, index, known.length);
  const { masks, digits } = yield* findBlock(
    plainFinder,
    free,
    index,
    layout,
    source,
    (inputs) => tell(((depth + 1) * (1 + inputs / columns.length)) / 2),
    threads,
  );
  keepHanded(masks, layout, known, handed);
  const carried = demand.constantOutput ? 1 : 0;
  const own = placed.outputs.length - carried;
  const rows = Uint32Array.from([
    ...placed.outputs.subarray(0, own),
    ...handed.outputs,
    ...placed.outputs.subarray(own),
  ]);
  return { masks, digits, rows };
}

/** Where maps are handed on: behind the carriers of the last layer but one, and among the outputs. */
function placeHanded(
  work: Work,
  { carriers, carrierCopies, radices, base }: BlockLayout,
  known: ClassBlock['known'],
  [hiddenWidth, outputWidth]: readonly [number, number],
): Unmet | { readonly hidden: Uint32Array; readonly outputs: Uint32Array } {
  const none = new Uint32Array(0);
  if (known.length === 0) return { hidden: none, outputs: none };
  const depth = radices.length;
  const copies = carrierCopies[depth - 1] as number;
  const from = known.map(
    (row) => carriers[depth - 1]?.[(row[0]?.column as number) * copies] as number,
  );
  const { shape } = work.source;
  const behind = (t: number, width: number) => ({ from: widthOf(shape, t) - width, width });
  const last = base + depth;
  const hidden = matchPositive(
    work,
    last,
    from.map((column) => [column]),
    1,
    behind(last, hiddenWidth),
  );
  if (!('length' in hidden)) return hidden;
  const columns = Array.from(hidden, (column) => [column]);
  const outputs = matchPositive(work, last + 1, columns, 1, behind(last + 1, outputWidth));
  if (!('length' in outputs)) return outputs;
  return { hidden, outputs };
}

/** Keeps the way of handed-on maps: their carriers, which digits alone need not have kept, and the end of it. */
function keepHanded(
  masks: readonly DenseMask[],
  { carriers, carrierCopies, radices }: BlockLayout,
  known: ClassBlock['known'],
  { hidden, outputs }: { readonly hidden: Uint32Array; readonly outputs: Uint32Array },
): void {
  const depth = radices.length;
  known.forEach((row, at) => {
    const column = row[0]?.column as number;
    const carrierAt = (t: number): number =>
      carriers[t]?.[column * (carrierCopies[t] as number)] as number;
    for (let t = 1; t < depth; t++) {
      keepEdge(masks[t - 1] as DenseMask, carrierAt(t - 1), carrierAt(t));
    }
    keepEdge(masks[depth - 1] as DenseMask, carrierAt(depth - 1), hidden[at] as number);
    keepEdge(masks[depth] as DenseMask, hidden[at] as number, outputs[at] as number);
  });
}

/** The network with the rows of a block that have chains: those handed on left out. */
function freeMatrix(network: IntegerNetwork, index: number, passed: number): IntegerNetwork {
  if (passed === 0) return network;
  const matrix = network.matrices[index] as IntegerNetwork['matrices'][number];
  const { rows, columns, values } = matrix;
  const carried = network.constant && index < network.matrices.length - 1 ? 1 : 0;
  const end = (rows - carried - passed) * columns;
  const rest = (rows - carried) * columns;
  const kept =
    values instanceof Float64Array
      ? Float64Array.from([...values.subarray(0, end), ...values.subarray(rest)])
      : [...values.slice(0, end), ...values.slice(rest)];
  const matrices = [...network.matrices];
  matrices[index] = { rows: rows - passed, columns, values: kept };
  return { ...network, matrices };
}

/** Chooses the masks; see `Construction.findSteps`. */
export function* findMapsSteps(
  network: IntegerNetwork,
  source: Source,
  plan: MapsPlan,
  sink: (t: number, mask: LayerMask) => void,
  threads?: Threads,
): Steps<Finding> {
  checkSourcePlan(source, plan, 'horner');
  checkInClass(network, plan.networkClass);
  const networkClass = plan.networkClass as MapsClass;
  const total = depthOf(plan.shape);
  const assignments: Uint32Array[] = [];
  let neurons = identity(widthOf(plan.shape, 0));
  let start = 0;
  let digits = 0;
  for (const [index, block] of plan.mapsBlocks.entries()) {
    const classBlock = networkClass.maps.blocks[index] as ClassBlock;
    const columns = sourceColumns(classBlock, neurons, networkClass.constant);
    const work: Work = { source, networkClass, index, start, columns };
    const before = start;
    const tell = (layers: number): Progress => ({ stage: 'find', done: before + layers, total });
    const found =
      block.kind === 'direct'
        ? findDirect(work, block)
        : block.kind === 'scale'
          ? findScale(work, block)
          : yield* findFree(work, block, network, tell, threads);
    if (!('masks' in found)) return { found: false, unmet: { block: index + 1, ...found } };
    digits += found.digits;
    for (let mask = found.masks.shift(); mask !== undefined; mask = found.masks.shift()) {
      start++;
      sink(start, mask);
      yield;
    }
    yield tell(start - before);
    neurons = found.rows;
    if (index < plan.mapsBlocks.length - 1) assignments.push(found.rows);
  }
  return {
    found: true,
    assignments,
    digits,
    layout: {
      layer: () => {
        throw new UsageError('roles of neurons are told of fully connected networks only, so far');
      },
    },
  };
}
