/** Finds grouped blocks: each part as Horner does, in its own rows and columns of the source's layers. */
import type { Steps } from '../../core/steps.js';
import type { IntegerMatrix, IntegerNetwork } from '../../integer/integer-network.js';
import type { BlockGroups, ClassBlock } from '../../integer/network-class.js';
import { type SparseMask, toSparse } from '../../source/mask.js';
import { maskBuilder } from '../../source/mask-builder.js';
import type { LayerSigns, Source } from '../../source/source.js';
import { findBlock } from '../find-blocks.js';
import { hornerFinder, placeEither } from '../horner/horner.js';
import type { PlainBlock } from '../horner/plan.js';
import { segmentWord } from './direct.js';
import { type GroupedBlock, groupedWidths, type Part, partsOf } from './grouped.js';
import type { GroupedLayout, PartLayout, PartPlace } from './layout.js';
import { type KeptBlock, matchPositive, sizeOf, type Tell, type Unmet, type Work } from './work.js';

type Edge = readonly [column: number, row: number];

function placesOf(block: GroupedBlock): PartPlace[] {
  const widths = groupedWidths(block);
  const starts = widths.map((own) => {
    let start = 0;
    return own.map((width) => {
      start += width;
      return start - width;
    });
  });
  return (widths[0] as number[]).map((_, part) => ({
    rows: starts.map((own) => own[part] as number),
    columns: [0, ...starts.slice(0, -1).map((own) => own[part] as number)],
  }));
}

/** The source with the layers of a block cut down to a part; its rows and columns count from 0. */
function partOf(source: Source, start: number, { rows, columns }: PartPlace): Source {
  return {
    ...source,
    layer(t): LayerSigns {
      const signs = source.layer(t);
      const level = t - start - 1;
      const [row, column] = [rows[level] as number, columns[level] as number];
      return {
        sign: (from, to) => signs.sign(column + from, row + to),
        word: (from, word) => segmentWord(signs, column + from, row, word),
        column(from, count, out) {
          const words = Math.ceil(count / 32);
          for (let word = 0; word < words; word++) {
            out[word] = segmentWord(signs, column + from, row, word);
          }
          if (count % 32 !== 0)
            out[words - 1] = (out[words - 1] as number) & (2 ** (count % 32) - 1);
        },
      };
    },
  };
}

/** The rows of a part, and the constant's if it has that, over its own columns and the constant's. */
function partMatrix(
  network: IntegerNetwork,
  index: number,
  { from, to, demand }: Part,
  { rows, runs }: BlockGroups,
): IntegerMatrix {
  const matrix = network.matrices[index] as IntegerMatrix;
  const { values } = matrix;
  const ownRows = Array.from({ length: (to - from) * rows }, (_, row) => from * rows + row);
  if (demand.constantOutput) ownRows.push(matrix.rows - 1);
  const ownColumns = partColumns({ from, to }, { runs });
  if (network.constant) ownColumns.push(matrix.columns - 1);
  const at = (entry: number): number =>
    (ownRows[Math.floor(entry / ownColumns.length)] as number) * matrix.columns +
    (ownColumns[entry % ownColumns.length] as number);
  const length = ownRows.length * ownColumns.length;
  return {
    ...{ rows: ownRows.length, columns: ownColumns.length },
    values:
      values instanceof Float64Array
        ? Float64Array.from({ length }, (_, entry) => values[at(entry)] as number)
        : Array.from({ length }, (_, entry) => values[at(entry)] as bigint),
  };
}

function partColumns(
  { from, to }: Pick<Part, 'from' | 'to'>,
  { runs }: Pick<BlockGroups, 'runs'>,
): number[] {
  return runs.flatMap(({ first, columns }) =>
    Array.from({ length: (to - from) * columns }, (_, at) => first + from * columns + at),
  );
}

/** Where the parts' neurons are; tells of the first half of the work. */
export function* placeGrouped(
  work: Work,
  block: GroupedBlock,
  tell: Tell,
): Steps<GroupedLayout | Unmet> {
  const { source, networkClass, index, start, columns } = work;
  const classBlock = networkClass.maps.blocks[index] as ClassBlock;
  const groups = classBlock.groups as BlockGroups;
  const places = placesOf(block);
  const depth = block.passWidths.length;
  const outputs: number[] = [];
  const constants: number[] = [];
  const parts = partsOf(networkClass, index, block.perPart);
  const layouts: PartLayout[] = [];
  for (const [number, part] of parts.entries()) {
    const place = places[number] as PartPlace;
    const own = partColumns(part, groups);
    if (networkClass.constant) own.push(classBlock.columns);
    const placed = yield* placeEither(
      {
        source: partOf(source, start, place),
        start,
        inputNeurons: Uint32Array.from(own, (column) => columns[column] as number),
        halves: own.map((_, column) => ({ column, negative: false })),
        demand: part.demand,
        block: block.parts[number] as PlainBlock,
      },
      (layer) => tell((depth * number + (layer - start)) / parts.length / 2),
    );
    if ('unmet' in placed) {
      const { layer, demand: missing, probability } = placed.unmet;
      const which = `${missing}, in groups ${part.from} to ${part.to - 1}`;
      return { layer, demand: which, probability: Math.min(1, probability) };
    }
    const firstOutput = part.from * groups.rows;
    layouts.push({ part, place, horner: placed, inputs: own, firstOutput });
    const carried = part.demand.constantOutput ? 1 : 0;
    const firstRow = place.rows.at(-1) as number;
    const ends = Array.from(placed.outputs, (neuron) => firstRow + neuron);
    outputs.push(...ends.slice(0, ends.length - carried));
    constants.push(...ends.slice(ends.length - carried));
  }
  const handed = handOn(work, block, classBlock.known, places.at(-1) as PartPlace);
  if (!Array.isArray(handed)) return handed as Unmet;
  const rows = Uint32Array.from([...outputs, ...(handed.at(-1) ?? []), ...constants]);
  return { kind: 'grouped', parts: layouts, handed, rows };
}

/** The masks of a network of the class, in the second half of the work. */
export function* keepGrouped(
  work: Work,
  { parts, handed }: GroupedLayout,
  network: IntegerNetwork,
  tell: Tell,
): Steps<KeptBlock> {
  const { source, networkClass, index, start, columns } = work;
  const classBlock = networkClass.maps.blocks[index] as ClassBlock;
  const groups = classBlock.groups as BlockGroups;
  const [first] = parts as [PartLayout];
  const depth = first.place.rows.length;
  const edges = first.place.rows.map((): Edge[] => []);
  let digits = 0;
  for (const [number, { part, place, horner }] of parts.entries()) {
    const alone = { ...network, matrices: [partMatrix(network, index, part, groups)] };
    const view = partOf(source, start, place);
    const inputs = horner.columns.length;
    const found = yield* findBlock(hornerFinder, alone, 0, horner, view, (done) =>
      tell((depth * (1 + (number + done / inputs) / parts.length)) / 2),
    );
    digits += found.digits;
    for (const [level, mask] of found.masks.entries()) {
      addEdges(edges[level] as Edge[], toSparse(mask), place, level);
    }
  }
  let from = classBlock.known.map((row) => columns[row[0]?.column as number] as number);
  for (const [level, next] of handed.entries()) {
    next.forEach((neuron, at) => {
      edges[level]?.push([from[at] as number, neuron]);
    });
    from = Array.from(next);
  }
  const masks = edges.map((own, level) => maskOf(own, sizeOf(work, start + level + 1)));
  return { masks, digits };
}

function addEdges(
  edges: Edge[],
  mask: SparseMask,
  { rows, columns }: PartPlace,
  level: number,
): void {
  const [row, column] = [rows[level] as number, columns[level] as number];
  mask.columns.forEach((from, at) => {
    for (let edge = mask.offsets[at] as number; edge < (mask.offsets[at + 1] as number); edge++) {
      edges.push([column + from, row + (mask.rows[edge] as number)]);
    }
  });
}

/** The neurons of the maps that are handed on, in each layer of the block: a part of their own. */
function handOn(
  work: Work,
  { passWidths }: GroupedBlock,
  known: ClassBlock['known'],
  { rows }: PartPlace,
): Uint32Array[] | Unmet {
  if (known.length === 0) return [];
  const layers: Uint32Array[] = [];
  let from = known.map((row) => work.columns[row[0]?.column as number] as number);
  for (const [level, width] of passWidths.entries()) {
    const next = matchPositive(
      work,
      work.start + level + 1,
      from.map((column) => [column]),
      1,
      { from: rows[level] as number, width },
    );
    if (!('length' in next)) return next;
    layers.push(next);
    from = Array.from(next);
  }
  return layers;
}

function maskOf(
  edges: Edge[],
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): SparseMask {
  edges.sort(([columnA, rowA], [columnB, rowB]) => columnA - columnB || rowA - rowB);
  const builder = maskBuilder(inputs, outputs);
  for (const [column, row] of edges) builder.keep(column, row);
  return builder.finish();
}
