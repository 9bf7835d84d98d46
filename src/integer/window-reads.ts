/** Where the columns of a block read, position by position and channel by channel. */
import {
  anchorOf,
  type BlockWindow,
  columnPlaces,
  type IntegerMaps,
  outputPlane,
  tapCount,
} from './block-maps.js';

/**
 * Where each tap of a window reads at each output position: entry `position * taps + tap` is a position of
 * the plane before, row by row, or -1 outside of it.
 */
export function tapPositions(window: Omit<BlockWindow, 'columns'>): Int32Array {
  const { input, kernel, stride, pads, dilation } = window;
  const output = outputPlane({ ...window, columns: [] });
  const positions = new Int32Array(output.height * output.width * kernel.height * kernel.width);
  let at = 0;
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      for (let a = 0; a < kernel.height; a++) {
        const row = y * stride.height - pads.top + a * dilation.height;
        for (let b = 0; b < kernel.width; b++) {
          const column = x * stride.width - pads.left + b * dilation.width;
          const inside = row >= 0 && row < input.height && column >= 0 && column < input.width;
          positions[at++] = inside ? row * input.width + column : -1;
        }
      }
    }
  }
  return positions;
}

/** The channel that each column of a block but the constant's reads, at some tap. */
export function columnChannels({ blocks }: IntegerMaps, index: number): Uint32Array | undefined {
  const window = blocks[index]?.window;
  if (window === undefined) return undefined;
  const taps = tapCount(window);
  return columnPlaces(window).map((place) => Math.floor(place / taps));
}

/**
 * At `position * columns + column`, where each column reads in the maps before, channel by channel, `area`
 * positions each; -1 for 0. Null without a window, where a column is a channel at the same position.
 */
export function columnReads(
  window: BlockWindow | undefined,
  columns: number,
  constant: boolean,
  area: number,
): Int32Array | null {
  if (window === undefined) return null;
  const taps = tapCount(window);
  const places = columnPlaces(window);
  const positions = tapPositions(window);
  const channels = window.columns.reduce((sum, run) => sum + run.channels, 0);
  const count = positions.length / taps;
  const reads = new Int32Array(count * columns);
  for (let position = 0; position < count; position++) {
    for (let column = 0; column < columns; column++) {
      const isConstant = constant && column === columns - 1;
      const place = isConstant ? channels * taps + anchorOf(window) : (places[column] as number);
      const seen = positions[position * taps + (place % taps)] as number;
      reads[position * columns + column] = seen < 0 ? -1 : Math.floor(place / taps) * area + seen;
    }
  }
  return reads;
}
