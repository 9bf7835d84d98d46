/** Finds free blocks as Horner does, and hands maps on behind the carriers. */
import type { Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import type { ClassBlock } from '../../integer/network-class.js';
import { type DenseMask, keepEdge } from '../../source/mask.js';
import { widthOf } from '../../source/shape.js';
import { findBlock } from '../find-blocks.js';
import { type HornerLayout, hornerFinder, placeEither } from '../horner/horner.js';
import type { FreeLayout } from './layout.js';
import { freeDemand, type MapsBlock, mapsLayers } from './plan.js';
import {
  freeMatrix,
  type KeptBlock,
  matchPositive,
  type Tell,
  type Unmet,
  type Work,
} from './work.js';

/** Where its neurons are; tells of the first half of the work. */
export function* placeFree(
  work: Work,
  block: Extract<MapsBlock, { kind: 'free' }>,
  tell: Tell,
): Steps<FreeLayout | Unmet> {
  const { source, networkClass, index, start, columns } = work;
  const demand = freeDemand(networkClass, index);
  const { horner, passWidths } = block;
  const placed = yield* placeEither(
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
  const own = mapsLayers(networkClass, index, block).map(({ width }) => width);
  const widths = [placed.widths[0] as number, ...own];
  const carried = demand.constantOutput ? 1 : 0;
  const outputs = placed.outputs.length - carried;
  const rows = Uint32Array.from([
    ...placed.outputs.subarray(0, outputs),
    ...handed.outputs,
    ...placed.outputs.subarray(outputs),
  ]);
  return { kind: 'free', horner: { ...placed, widths }, handed, rows };
}

/** The masks of a network of the class, in the second half of the work. */
export function* keepFree(
  { source, networkClass, index, columns }: Work,
  { horner, handed }: FreeLayout,
  network: IntegerNetwork,
  tell: Tell,
  threads: Threads | undefined,
): Steps<KeptBlock> {
  const { known } = networkClass.maps.blocks[index] as ClassBlock;
  const depth = horner.radices.length;
  const { masks, digits } = yield* findBlock(
    hornerFinder,
    freeMatrix(network, index, known.length),
    index,
    horner,
    source,
    (inputs) => tell(((depth + 1) * (1 + inputs / columns.length)) / 2),
    threads,
  );
  keepHanded(masks, horner, known, handed);
  return { masks, digits };
}

/** Where maps are handed on: behind the carriers of the last layer but one, and among the outputs. */
function placeHanded(
  work: Work,
  { carriers, carrierCopies, radices, base }: HornerLayout,
  known: ClassBlock['known'],
  [hiddenWidth, outputWidth]: readonly [number, number],
): Unmet | FreeLayout['handed'] {
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
  { carriers, carrierCopies, radices }: HornerLayout,
  known: ClassBlock['known'],
  { hidden, outputs }: FreeLayout['handed'],
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
