/**
 * Sources for networks of feature maps (theory, section 11): what a plan says of each block, the shape that
 * follows, and the bound of what can fail. A free block is one of Horner, or of skip, over its columns, with
 * neurons of their own for the maps that it hands on.
 */
import { type ClassBlock, freeRowsOf, layerRange } from '../../integer/network-class.js';
import type { SourceLayer, SourceShape } from '../../source/shape.js';
import type { Plan } from '../construction.js';
import { matchingFailure } from '../failure-bounds.js';
import { type BlockDemand, blockWidths, type HornerBlock } from '../horner/plan.js';
import { hornerFailure } from '../horner/quads/plan-of.js';
import { chainReach } from '../horner/windows.js';
import { type SkipDemand, totalFailure } from '../skip/demand.js';
import { layersOf, type SkipBlock, termsOf } from '../skip/plan.js';
import { directFailure, type Segment, segmentsWidth } from './direct.js';
import { type GroupedBlock, groupedFailure, groupedLayers } from './grouped.js';
import type { MapsClass, MapsLayer } from './maps-class.js';
import { type ScaleSizes, scaleDemand, scaleFailure } from './scale.js';

export type { MapsClass, MapsLayer };

export type MapsBlock =
  | {
      readonly kind: 'free';
      readonly horner: HornerBlock;
      /** Neurons beside the last hidden layer's, and beside the outputs, for maps that are handed on. */
      readonly passWidths: readonly [hidden: number, outputs: number];
    }
  | {
      readonly kind: 'skip';
      readonly skip: SkipBlock;
      /** Whether its first layer holds the columns, which the others then read; see `SkipDemand`. */
      readonly copied: boolean;
      /** Neurons beside the outputs, for maps that are handed on. */
      readonly passWidth: number;
    }
  | GroupedBlock
  | { readonly kind: 'direct'; readonly segments: readonly Segment[] }
  | ({ readonly kind: 'scale' } & ScaleSizes);

export interface MapsPlan extends Plan {
  readonly construction: 'horner' | 'skip';
  readonly mapsBlocks: readonly MapsBlock[];
}

/** What Horner has to place of a free block: its columns are the inputs, all of them non-negative. */
export function freeDemand(networkClass: MapsClass, index: number): BlockDemand {
  const { constant, maps, bits } = networkClass;
  const last = index === bits.length - 1;
  const constantOutput = constant && !last;
  return {
    reach: chainReach(layerRange(networkClass, index)),
    inputs: (maps.blocks[index] as ClassBlock).columns + (constant ? 1 : 0),
    outputs: freeRowsOf(networkClass, index) + (constantOutput ? 1 : 0),
    constantOutput,
    splitCoordinates: 0,
    last,
  };
}

/** What skip has to place of a free block. */
export function skipDemand(networkClass: MapsClass, index: number, copied: boolean): SkipDemand {
  const { inputs, outputs, constantOutput, last } = freeDemand(networkClass, index);
  return {
    ...{ columns: inputs, parts: inputs, signed: false, copied, outputs, constantOutput, last },
    ...layerRange(networkClass, index),
  };
}

/** The known rows of a block whose rows are all known, the constant's among them. */
export function knownRows({ constant, maps }: MapsClass, index: number): ClassBlock['known'] {
  const { known, columns } = maps.blocks[index] as ClassBlock;
  return constant ? [...known, [{ column: columns, value: 1n }]] : known;
}

/** Upper bound of the probability that a seed fails one block. */
export function mapsBlockFailure(networkClass: MapsClass, index: number, block: MapsBlock): number {
  switch (block.kind) {
    case 'grouped':
      return groupedFailure(networkClass, index, block);
    case 'direct':
      return directFailure(knownRows(networkClass, index), block.segments);
    case 'scale': {
      const { growing, waiting } = scaleDemand(knownRows(networkClass, index));
      return scaleFailure(growing.length, waiting.length, block);
    }
    case 'skip': {
      const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
      const own = totalFailure(termsOf(skipDemand(networkClass, index, block.copied), block.skip));
      if (passed === 0) return own;
      return (own + matchingFailure(passed, 1, block.passWidth, 1 / 2)) * (1 + 1e-9);
    }
    case 'free': {
      const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
      const own = hornerFailure(freeDemand(networkClass, index), block.horner);
      if (passed === 0) return own;
      const handed = block.passWidths.map((width) => matchingFailure(passed, 1, width, 1 / 2));
      return handed.reduce((sum, term) => sum + term, own) * (1 + 1e-9);
    }
  }
}

/** A block's source layers, the outputs' last. */
export function mapsLayers(networkClass: MapsClass, index: number, block: MapsBlock): MapsLayer[] {
  const layered = (widths: readonly number[]): MapsLayer[] =>
    widths.map((width, before) => ({ width, reads: [before] }));
  switch (block.kind) {
    case 'grouped':
      return groupedLayers(block);
    case 'direct':
      return layered([segmentsWidth(block.segments)]);
    case 'scale': {
      const layers = layered(block.layers.map(({ growing, waiting }) => growing + waiting));
      const last = layers.at(-1);
      if (!block.skips || last === undefined || layers.length === 1) return layers;
      layers[layers.length - 1] = { ...last, reads: [0, ...last.reads] };
      return layers;
    }
    case 'skip': {
      const layers = layersOf(skipDemand(networkClass, index, block.copied), block.skip);
      return layers.map(({ width, reads }, at) => ({
        width: at === layers.length - 1 ? width + block.passWidth : width,
        reads,
      }));
    }
    case 'free': {
      const widths = blockWidths(block.horner);
      const [hidden, outputs] = block.passWidths;
      widths[widths.length - 2] = (widths.at(-2) as number) + hidden;
      widths[widths.length - 1] = (widths.at(-1) as number) + outputs;
      return layered(widths);
    }
  }
}

export function mapsShape(networkClass: MapsClass, blocks: readonly MapsBlock[]): SourceShape {
  const { dimensions, constant, maps } = networkClass;
  const layers: SourceLayer[] = [];
  blocks.forEach((block, index) => {
    const own = mapsLayers(networkClass, index, block);
    const start = layers.length;
    const { window } = maps.blocks[index] as ClassBlock;
    own.forEach(({ width, reads, groups }, level) => {
      const endsBlock = level === own.length - 1 && index < blocks.length - 1;
      const isPlain = reads.length === 1 && reads[0] === level;
      layers.push({
        channels: width,
        ...(!isPlain && { reads: reads.map((layer) => start + layer) }),
        ...(window !== undefined && reads[0] === 0 && windowLayer(window)),
        ...(groups && { groups }),
        ...(endsBlock && { endsBlock }),
      });
    });
  });
  return { inputs: (dimensions[0] as number) + (constant ? 1 : 0), layers };
}

function windowLayer({
  kernel,
  stride,
  pads,
  dilation,
}: NonNullable<ClassBlock['window']>): Pick<
  SourceLayer,
  'kernel' | 'stride' | 'pads' | 'dilation'
> {
  return { kernel, stride, pads, dilation };
}

/** The plan that these blocks make: shape and failure bound are computed, never taken on trust. */
export function mapsPlanOf(
  construction: MapsPlan['construction'],
  networkClass: MapsClass,
  blocks: readonly MapsBlock[],
): MapsPlan {
  const failure = blocks.reduce(
    (sum, block, index) => sum + mapsBlockFailure(networkClass, index, block),
    0,
  );
  return {
    construction,
    networkClass,
    mapsBlocks: blocks,
    shape: mapsShape(networkClass, blocks),
    failureBound: failure * (1 + 1e-9),
  };
}

export function isMapsPlan(plan: Plan): plan is MapsPlan {
  return 'mapsBlocks' in plan;
}
