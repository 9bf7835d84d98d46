/**
 * Sources for networks of feature maps (theory, section 11): what a plan says of each block, the shape that
 * follows, and the bound of what can fail. A free block is one of Horner over its columns, with neurons of
 * their own for the maps that it hands on.
 */
import {
  type ClassBlock,
  freeRowsOf,
  layerRange,
  type NetworkClass,
} from '../../integer/network-class.js';
import type { SourceLayer, SourceShape } from '../../source/shape.js';
import type { Plan } from '../construction.js';
import { matchingFailure } from '../failure-bounds.js';
import { type BlockDemand, blockWidths, type PlainBlock, plainFailure } from '../horner/plan.js';
import { chainReach } from '../horner/windows.js';
import { directFailure, type Segment, segmentsWidth } from './direct.js';
import { type ScaleSizes, scaleDemand, scaleFailure } from './scale.js';

export type MapsBlock =
  | {
      readonly kind: 'free';
      readonly horner: PlainBlock;
      /** Neurons beside the last hidden layer's, and beside the outputs, for maps that are handed on. */
      readonly passWidths: readonly [hidden: number, outputs: number];
    }
  | { readonly kind: 'direct'; readonly segments: readonly Segment[] }
  | ({ readonly kind: 'scale' } & ScaleSizes);

export interface MapsPlan extends Plan {
  readonly construction: 'horner';
  readonly mapsBlocks: readonly MapsBlock[];
}

/** The class of a plan for maps. */
export type MapsClass = NetworkClass & { readonly maps: NonNullable<NetworkClass['maps']> };

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

/** The known rows of a block whose rows are all known, the constant's among them. */
export function knownRows({ constant, maps }: MapsClass, index: number): ClassBlock['known'] {
  const { known, columns } = maps.blocks[index] as ClassBlock;
  return constant ? [...known, [{ column: columns, value: 1n }]] : known;
}

/** Upper bound of the probability that a seed fails one block. */
export function mapsBlockFailure(networkClass: MapsClass, index: number, block: MapsBlock): number {
  switch (block.kind) {
    case 'direct':
      return directFailure(knownRows(networkClass, index), block.segments);
    case 'scale': {
      const { growing, waiting } = scaleDemand(knownRows(networkClass, index));
      return scaleFailure(growing.length, waiting.length, block);
    }
    case 'free': {
      const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
      const own = plainFailure(freeDemand(networkClass, index), block.horner);
      if (passed === 0) return own;
      const handed = block.passWidths.map((width) => matchingFailure(passed, 1, width, 1 / 2));
      return handed.reduce((sum, term) => sum + term, own) * (1 + 1e-9);
    }
  }
}

/** Channels of a block's source layers, the outputs' last. */
export function mapsWidths(block: MapsBlock): number[] {
  switch (block.kind) {
    case 'direct':
      return [segmentsWidth(block.segments)];
    case 'scale':
      return block.layers.map(({ growing, waiting }) => growing + waiting);
    case 'free': {
      const widths = blockWidths(block.horner);
      const [hidden, outputs] = block.passWidths;
      widths[widths.length - 2] = (widths.at(-2) as number) + hidden;
      widths[widths.length - 1] = (widths.at(-1) as number) + outputs;
      return widths;
    }
  }
}

export function mapsShape(
  { dimensions, constant, maps }: MapsClass,
  blocks: readonly MapsBlock[],
): SourceShape {
  const layers: SourceLayer[] = [];
  blocks.forEach((block, index) => {
    const widths = mapsWidths(block);
    const { window } = maps.blocks[index] as ClassBlock;
    widths.forEach((channels, level) => {
      const endsBlock = level === widths.length - 1 && index < blocks.length - 1;
      layers.push({
        channels,
        ...(window !== undefined && level === 0 && windowLayer(window)),
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
export function mapsPlanOf(networkClass: MapsClass, blocks: readonly MapsBlock[]): MapsPlan {
  const failure = blocks.reduce(
    (sum, block, index) => sum + mapsBlockFailure(networkClass, index, block),
    0,
  );
  return {
    construction: 'horner',
    networkClass,
    mapsBlocks: blocks,
    shape: mapsShape(networkClass, blocks),
    failureBound: failure * (1 + 1e-9),
  };
}

export function isMapsPlan(plan: Plan): plan is MapsPlan {
  return 'mapsBlocks' in plan;
}
