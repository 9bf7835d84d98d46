/**
 * Grouped blocks: a convolution of G groups needs no edges between them, and so no source layer but the first,
 * which gathers, has any either. The groups go into parts, each a block of Horner by itself over the columns of
 * its own groups and the constant, side by side in the same layers; maps that are handed on are a part of their
 * own, of carriers alone. A part has several groups where its slack would cost more than their zeros.
 */
import { groupColumns } from '../../integer/block-maps.js';
import { type ClassBlock, layerRange } from '../../integer/network-class.js';
import type { LayerGroup } from '../../source/shape.js';
import { matchingFailure } from '../failure-bounds.js';
import { type BlockDemand, blockWidths, type PlainBlock } from '../horner/plan.js';
import { hornerFailure } from '../horner/quads/plan-of.js';
import { BlockSizer, type Surroundings } from '../horner/sizes.js';
import type { Structure } from '../horner/structures.js';
import { chainReach } from '../horner/windows.js';
import { leastSlack } from '../slack.js';
import type { MapsClass, MapsLayer } from './maps-class.js';

export interface GroupedBlock {
  readonly kind: 'grouped';
  /** Groups of each part; of the last one what is left. */
  readonly perPart: number;
  /** All of the same depth. */
  readonly parts: readonly PlainBlock[];
  /** Neurons for maps that are handed on, in each of the block's layers; all 0 without any. */
  readonly passWidths: readonly number[];
}

/** The groups `from .. to - 1` of a block, and what Horner has to place of them. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly demand: BlockDemand;
}

/** The parts of `perPart` groups each; the last one has the constant's output, which a network's last block has none of. */
export function partsOf(networkClass: MapsClass, index: number, perPart: number): Part[] {
  const { groups } = networkClass.maps.blocks[index] as ClassBlock;
  if (groups === undefined) return [];
  const { constant } = networkClass;
  const last = index === networkClass.bits.length - 1;
  const columns = groupColumns(groups);
  const reach = chainReach(layerRange(networkClass, index));
  const parts: Part[] = [];
  for (let from = 0; from < groups.count; from += perPart) {
    const to = Math.min(groups.count, from + perPart);
    const constantOutput = constant && !last && to === groups.count;
    parts.push({
      ...{ from, to },
      demand: {
        ...{ reach, constantOutput, splitCoordinates: 0, last },
        inputs: (to - from) * columns + (constant ? 1 : 0),
        outputs: (to - from) * groups.rows + (constantOutput ? 1 : 0),
      },
    });
  }
  return parts;
}

/** The demand of the largest part, from which all take their structure. */
export function largestPart(networkClass: MapsClass, index: number, perPart: number): BlockDemand {
  const parts = partsOf(networkClass, index, perPart);
  const [first] = parts as [Part];
  const last = parts.at(-1) as Part;
  return last.demand.outputs > first.demand.outputs ? last.demand : first.demand;
}

/** A block of such parts at a price; null where they have no sizes. */
export function sizeGrouped(
  networkClass: MapsClass,
  index: number,
  perPart: number,
  structure: Structure,
  price: number,
  around: Surroundings,
): GroupedBlock | null {
  const sized = new Map<string, PlainBlock | null>();
  const parts: PlainBlock[] = [];
  for (const { demand } of partsOf(networkClass, index, perPart)) {
    const key = `${demand.inputs} ${demand.outputs}`;
    let part = sized.get(key);
    if (part === undefined) {
      part = new BlockSizer(demand, price, around).size(structure);
      sized.set(key, part);
    }
    if (part === null) return null;
    parts.push(part);
  }
  const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
  const depth = structure.radices.length + 1;
  const failure = (slack: number): number => matchingFailure(passed, 1, passed + slack, 1 / 2);
  const passWidths = Array.from({ length: depth }, (_, level) => {
    if (passed === 0) return 0;
    const before = level === 0 ? around.inputWidth : passed;
    const behind = level === depth - 1 ? around.nextWidth : passed;
    return passed + leastSlack(before + behind, price, failure);
  });
  return { kind: 'grouped', perPart, parts, passWidths };
}

/** Upper bound of the probability that a seed fails a grouped block. */
export function groupedFailure(
  networkClass: MapsClass,
  index: number,
  { perPart, parts, passWidths }: GroupedBlock,
): number {
  const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
  let sum = 0;
  for (const [part, { demand }] of partsOf(networkClass, index, perPart).entries()) {
    sum += hornerFailure(demand, parts[part] as PlainBlock);
  }
  if (passed > 0) for (const width of passWidths) sum += matchingFailure(passed, 1, width, 1 / 2);
  return sum * (1 + 1e-9);
}

/** Widths of the parts, the handed-on maps' last, in each layer of the block. */
export function groupedWidths({ parts, passWidths }: GroupedBlock): number[][] {
  const widths = parts.map(blockWidths);
  return passWidths.map((passed, level) => [
    ...widths.map((own) => own[level] as number),
    ...(passed > 0 ? [passed] : []),
  ]);
}

/** The block's source layers. */
export function groupedLayers(block: GroupedBlock): MapsLayer[] {
  const widths = groupedWidths(block);
  return widths.map((own, level): MapsLayer => {
    const width = own.reduce((sum, each) => sum + each, 0);
    const before = widths[level - 1];
    if (before === undefined) return { width, reads: [level] };
    const groups = own.map(
      (channels, part): LayerGroup => ({ channels, columns: before[part] as number }),
    );
    return { width, reads: [level], groups };
  });
}
