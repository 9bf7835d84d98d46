/**
 * Finds free blocks as skip does. Maps that are handed on take one kept edge each, from the block's input
 * (or from the layer that copies its columns) straight to a neuron of their own among the outputs.
 */
import type { Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import type { ClassBlock } from '../../integer/network-class.js';
import { type DenseMask, keepEdge } from '../../source/mask.js';
import { findBlock } from '../find-blocks.js';
import type { BlockLayer } from '../skip/demand.js';
import { type BlockLayout, type DigitEdges, type FixedEdges, firstColumn } from '../skip/layout.js';
import { layersOf, termsOf } from '../skip/plan.js';
import { layoutBlock, skipFinder } from '../skip/skip.js';
import type { SkipBlockLayout } from './layout.js';
import { type MapsBlock, skipDemand } from './plan.js';
import {
  freeMatrix,
  type KeptBlock,
  matchPositive,
  sizeOf,
  type Tell,
  type Unmet,
  type Work,
} from './work.js';

/** Where its neurons are; tells of the first half of the work. */
export function* placeSkip(
  work: Work,
  block: Extract<MapsBlock, { kind: 'skip' }>,
  tell: Tell,
): Steps<SkipBlockLayout | Unmet> {
  const { source, networkClass, index, start, columns } = work;
  const demand = skipDemand(networkClass, index, block.copied);
  const layers = layersOf(demand, block.skip);
  const inputWidth = sizeOf(work, start + 1).inputs;
  const placed = yield* layoutBlock(
    {
      ...{ source, start, inputWidth, inputNeurons: columns, demand, layers },
      parts: Array.from(columns, (_, column) => ({ column, negative: false })),
    },
    block.skip,
  );
  if ('kind' in placed) {
    const probability = termsOf(demand, block.skip)
      .filter(({ kind, layer }) => kind === placed.kind && layer === placed.layer)
      .reduce((sum, term) => sum + term.probability, 0);
    return {
      ...{ layer: start + placed.layer, demand: placed.demand },
      probability: Math.min(1, probability),
    };
  }
  yield tell(layers.length / 2);
  const { known } = networkClass.maps.blocks[index] as ClassBlock;
  const layout = widened(placed, block.passWidth);
  const handed = placeHanded(work, layout, known, block.passWidth);
  if (!('length' in handed)) return handed;
  const outputs = placed.outputs.length - (demand.constantOutput ? 1 : 0);
  const rows = Uint32Array.from([
    ...placed.outputs.subarray(0, outputs),
    ...handed,
    ...placed.outputs.subarray(outputs),
  ]);
  return { kind: 'skip', skip: layout, handed, rows };
}

/** The masks of a network of the class, in the second half of the work. */
export function* keepSkip(
  { source, networkClass, index, columns }: Work,
  { skip: layout, handed }: SkipBlockLayout,
  network: IntegerNetwork,
  tell: Tell,
  threads: Threads | undefined,
): Steps<KeptBlock> {
  const { known } = networkClass.maps.blocks[index] as ClassBlock;
  const depth = layout.layers.length;
  const { masks, digits } = yield* findBlock(
    skipFinder,
    freeMatrix(network, index, known.length),
    index,
    layout,
    source,
    (inputs) => tell((depth * (1 + inputs / columns.length)) / 2),
    threads,
  );
  for (const edges of handedEdges(layout, known, handed)) {
    const mask = masks[edges.layer - 1] as DenseMask;
    const first = firstColumn(layout, edges.layer, edges.from);
    edges.rows.forEach((row, at) => {
      keepEdge(mask, first + (edges.neurons[at] as number), row);
    });
  }
  return { masks, digits };
}

/** The layout with so many more neurons in the output layer, behind those that it knows. */
function widened(layout: BlockLayout, more: number): BlockLayout {
  const layers = layout.layers.map(
    (layer, index): BlockLayer =>
      index === layout.layers.length - 1 ? { ...layer, width: layer.width + more } : layer,
  );
  return { ...layout, layers };
}

/** The digits of the last place: read by the output layer, from the neurons of the block's columns. */
function lastDigits({ places }: BlockLayout): DigitEdges {
  const last = places.at(-1);
  if (last === undefined) throw new RangeError('a block without a place');
  return last;
}

/** For each map that is handed on, a neuron of the output layer with +1 from its column. */
function placeHanded(
  work: Work,
  layout: BlockLayout,
  known: ClassBlock['known'],
  width: number,
): Uint32Array | Unmet {
  if (known.length === 0) return new Uint32Array(0);
  const output = layout.layers.length;
  const { from, neurons } = lastDigits(layout);
  const first = firstColumn(layout, output, from);
  const groups = known.map((row) => [first + (neurons[row[0]?.column as number] as number)]);
  const layer = work.start + output;
  const end = sizeOf(work, layer).outputs;
  return matchPositive(work, layer, groups, 1, { from: end - width, width });
}

/** The edges that are kept for the maps that are handed on, whatever the network: the last, and into a copy. */
export function handedEdges(
  layout: BlockLayout,
  known: ClassBlock['known'],
  handed: Uint32Array,
): FixedEdges[] {
  if (known.length === 0) return [];
  const output = layout.layers.length;
  const { from, neurons } = lastDigits(layout);
  const columns = Uint32Array.from(known, (row) => row[0]?.column as number);
  const held = columns.map((column) => neurons[column] as number);
  const last: FixedEdges = { layer: output, from, neurons: held, rows: handed };
  // Where the columns are copied, the first fixed edges are those of the copies.
  const copies = from > 0 ? layout.edges.find(({ layer }) => layer === from) : undefined;
  if (copies === undefined) return [last];
  const read = columns.map((column) => copies.neurons[column] as number);
  return [last, { layer: from, from: 0, neurons: read, rows: held }];
}
