/**
 * What a source and an integer network of feature maps have to have in common (theory, section 11). Each
 * block reads the maps before it through one kernel, the window of its matrix: in its first source layer
 * and in every other that reads them. What lies between is read position by position. Then every hidden
 * neuron is the same combination, at every output position, of what the taps read there, none of which is
 * negative, be it inside of the plane or 0 outside of it; and equal coefficients make equal functions,
 * whatever the size of the maps.
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
import { blockEndsOf, readingOf, type SourceShape } from '../source/shape.js';
import { type BlockColumns, NO_COLUMN } from './block-input.js';

const POINT = { height: 1, width: 1 };
const PLAIN: Omit<BlockWindow, 'input' | 'columns'> = {
  kernel: POINT,
  stride: POINT,
  pads: { top: 0, left: 0, bottom: 0, right: 0 },
  dilation: POINT,
};

/** One text for all that says where taps read. */
function readingText({
  kernel,
  stride,
  pads,
  dilation,
}: Pick<BlockWindow, 'kernel' | 'stride' | 'pads' | 'dilation'>): string {
  return [
    ...[kernel.height, kernel.width, stride.height, stride.width],
    ...[pads.top, pads.left, pads.bottom, pads.right, dilation.height, dilation.width],
  ].join(' ');
}

/** Calls `reject` with the block, from 1, unless kernels and windows are the same, in every block. */
export function checkMaps(
  shape: SourceShape,
  { maps, matrices, constant }: IntegerNetwork & { readonly maps: IntegerMaps },
  reject: (block: number, reason: string) => never,
): void {
  const ends = blockEndsOf(shape);
  const wrong = mapsProblem(maps, matrices, constant);
  if (wrong !== null) reject(wrong.block + 1, wrong.problem);
  let first = 1;
  for (const [block, last] of ends.entries()) {
    const window = maps.blocks[block]?.window;
    for (let t = first; t <= last; t++) {
      const { reads, ...reading } = readingOf(shape, t);
      // A block's input is the lowest of the layers read, and so the one that is read with the kernel.
      const readsMaps = reads[0] === first - 1;
      const expected = window !== undefined && readsMaps ? window : PLAIN;
      if (readingText(reading) === readingText(expected)) continue;
      reject(
        block + 1,
        readsMaps
          ? `its layer ${t} reads through another kernel than the integer network`
          : `its layer ${t} has a kernel, and only those that read the block's input may`,
      );
    }
    first = last + 1;
  }
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
