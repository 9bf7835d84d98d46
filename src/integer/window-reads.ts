/** Where the columns of a block read, position by position and channel by channel. */
import {
  anchorOf,
  type BlockWindow,
  columnPlaces,
  type IntegerMaps,
  outputPlane,
  tapCount,
  windowChannels,
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
 * Says where a column of a block reads at a position: in the maps before, channel by channel, `area`
 * positions each; -1 for 0. `columns` has the constant's among them.
 */
export function columnReader(
  window: BlockWindow | undefined,
  columns: number,
  constant: boolean,
  area: number,
): (column: number, position: number) => number {
  if (window === undefined) return (column, position) => column * area + position;
  const taps = tapCount(window);
  const positions = tapPositions(window);
  const places = new Uint32Array(columns);
  places.set(columnPlaces(window));
  if (constant) places[columns - 1] = windowChannels(window) * taps + anchorOf(window);
  const starts = Float64Array.from(places, (place) => Math.floor(place / taps) * area);
  const tapOf = places.map((place) => place % taps);
  return (column, position) => {
    const seen = positions[position * taps + (tapOf[column] as number)] as number;
    return seen < 0 ? -1 : (starts[column] as number) + seen;
  };
}
