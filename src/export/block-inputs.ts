/**
 * What the columns of a block's matrix, and its source layers' edges, read of the block's inputs. In a fully
 * connected network both are the inputs themselves; of feature maps an input is a channel, which is read at
 * several taps. Bounds of a channel are bounds of all its positions, so they hold at every tap; a tap
 * outside of the plane reads 0.
 */
import { type BlockWindow, tapCount, windowChannels } from '../integer/block-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { columnChannels } from '../integer/window-reads.js';

export interface BlockReading {
  /** The input that each column reads, the constant's the last; undefined: that of the column's number. */
  readonly inputOf: Uint32Array | undefined;
  /** How often the first source layer has each input, side by side. */
  readonly taps: number;
  /** Whether taps may lie outside of the plane. The constant's column never does. */
  readonly outside: boolean;
}

function isPadded({ pads }: BlockWindow): boolean {
  return pads.top + pads.left + pads.bottom + pads.right > 0;
}

/** One reading per block. */
export function blockReadings({ matrices, constant, maps }: IntegerNetwork): BlockReading[] {
  return matrices.map((_, block) => {
    const window = maps?.blocks[block]?.window;
    const channels = maps && columnChannels(maps, block);
    if (window === undefined || channels === undefined) {
      return { inputOf: undefined, taps: 1, outside: false };
    }
    const inputOf = constant ? Uint32Array.from([...channels, windowChannels(window)]) : channels;
    return { inputOf, taps: tapCount(window), outside: isPadded(window) };
  });
}

/** Each item as often as there are taps. */
export function atTaps<T>(items: readonly T[], taps: number): readonly T[] {
  return taps === 1 ? items : items.flatMap((item) => new Array<T>(taps).fill(item));
}
