/**
 * What a source and an integer network of feature maps have to have in common (theory, section 11). As a rule
 * each block reads the maps before it through one kernel, the window of its matrix: in its first source layer
 * and in every other that reads them. What lies between is read position by position. Then every hidden
 * neuron is the same combination, at every output position, of what the taps read there, none of which is
 * negative, be it inside of the plane or 0 outside of it; and equal coefficients make equal functions,
 * whatever the size of the maps. A block with kernels elsewhere is composed, for the size that the maps have
 * (`composed-rows.ts`).
 *
 * A constant counts at the anchor alone, a tap that is inside at every position (`anchorOf`): elsewhere it
 * is not the constant at the rim.
 */
import {
  anchorOf,
  type BlockWindow,
  columnPlaces,
  type IntegerMaps,
  tapCount,
} from '../integer/block-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { mapsProblem } from '../integer/maps-problem.js';
import { MAXIMUM_WIDTH, type SourceShape } from '../source/shape.js';
import { layersBeyondWindows, planesInBlocks } from '../source/windows.js';
import { type BlockColumns, NO_COLUMN } from './block-input.js';

/** The layers of a source that read otherwise than the windows say, and the planes of all layers. */
export interface Composition {
  readonly layers: ReadonlySet<number>;
  readonly planes: readonly BlockWindow['input'][];
}

/**
 * Null where kernels and windows are the same, in every block. Calls `reject` with the block, from 1, unless the
 * maps go with the matrices, and the planes of layers with kernels of their own with those of the blocks.
 */
export function compositionOf(
  shape: SourceShape,
  { maps, matrices, constant }: IntegerNetwork & { readonly maps: IntegerMaps },
  reject: (block: number, reason: string) => never,
): Composition | null {
  const wrong = mapsProblem(maps, matrices, constant);
  if (wrong !== null) reject(wrong.block + 1, wrong.problem);
  const layers = new Set(layersBeyondWindows(shape, maps));
  if (layers.size === 0) return null;
  // Variables of channels at taps are counted in 32 bits; where kernels are the windows', columns are as many.
  for (const [block, { window }] of maps.blocks.entries()) {
    const channels = block === 0 ? shape.inputs : (matrices[block - 1]?.rows ?? 0);
    if (window === undefined || (channels + 1) * tapCount(window) <= MAXIMUM_WIDTH) continue;
    reject(block + 1, 'its window has more taps of all channels than the checker counts');
  }
  const made = planesInBlocks(shape, maps);
  if ('problem' in made) return reject(made.block + 1, made.problem);
  return { layers, planes: made.planes };
}

/** The columns of a block that reads `channels` channels through a window, the constant's the last. */
export function windowColumnsOf(
  window: BlockWindow | undefined,
  channels: number,
  constant: boolean,
): BlockColumns {
  if (window === undefined) return { taps: 1, columnAt: (channel) => channel };
  const taps = tapCount(window);
  const columns = new Uint32Array((channels + 1) * taps).fill(NO_COLUMN);
  const places = columnPlaces(window);
  places.forEach((place, column) => {
    columns[place] = column;
  });
  if (constant) columns[(channels - 1) * taps + anchorOf(window)] = places.length;
  return { taps, columnAt: (channel, tap) => columns[channel * taps + tap] };
}
