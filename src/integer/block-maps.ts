/**
 * Integer networks of feature maps (theory, section 11): where the columns of a block's matrix look, what
 * form its rows have, and how large the maps are. A block without a window reads each position by itself.
 */
import { type FeatureShape, outputLength, type Pads, type PlaneSize } from '../target/planes.js';

/** `channels` channels in a row, each with a column for each of these taps, channel by channel. */
export interface ColumnRun {
  readonly channels: number;
  /** Ascending; tap (a, b) of the kernel is `a * kernel.width + b`. */
  readonly taps: readonly number[];
}

/**
 * How a block reads the maps before it: output position (y, x) reads tap (a, b) at
 * `(y * stride - top + a * dilation, ..)`, and 0 where that lies outside of the plane. A constant has one
 * column, after all others, at the anchor (`anchorOf`).
 */
export interface BlockWindow {
  /** The plane that is read. */
  readonly input: PlaneSize;
  readonly kernel: PlaneSize;
  readonly stride: PlaneSize;
  readonly pads: Pads;
  readonly dilation: PlaneSize;
  /** Of all channels before the constant, in order. */
  readonly columns: readonly ColumnRun[];
}

/**
 * What is public of a block's rows. `free`: any integers of its range, but for `passed` rows before the
 * constant's with a single 1 each, which hand a map on. `direct`: all rows are known, a few +1 and -1
 * each, 1 for the constant. `scale`: all rows are known, each a single entry, 1 or the same power of two.
 */
export type BlockForm =
  | { readonly kind: 'free'; readonly passed: number }
  | { readonly kind: 'direct' }
  | { readonly kind: 'scale' };

/**
 * Groups of a block of form `free`, equal ones: rows `g * rows .. g * rows + rows - 1` of the first `count * rows`
 * hold nothing but in each run's columns from `first + g * columns` on, as many, and the constant's. Halves of
 * signed inputs are two runs.
 */
export interface BlockGroups {
  readonly count: number;
  readonly rows: number;
  readonly runs: readonly GroupRun[];
}

export interface GroupRun {
  readonly first: number;
  /** Of one group. */
  readonly columns: number;
}

/** Columns of one group, without the constant's. */
export function groupColumns({ runs }: Pick<BlockGroups, 'runs'>): number {
  return runs.reduce((sum, { columns }) => sum + columns, 0);
}

export interface MapBlock {
  /** Of a grouped convolution. A public fact of the target, for constructions; tickets do not state it. */
  readonly groups?: BlockGroups;
  /** Left out where the block reads each position by itself: a column is a channel. */
  readonly window?: BlockWindow;
  readonly form: BlockForm;
}

/** The maps of an integer network: `blocks` go with its matrices. */
export interface IntegerMaps {
  /** The network's inputs, without the constant. */
  readonly input: FeatureShape;
  readonly blocks: readonly MapBlock[];
}

/** The plane that a window makes; lengths below 1 where its kernel has no place. */
export function outputPlane({ input, kernel, stride, pads, dilation }: BlockWindow): PlaneSize {
  const along = (axis: 'height' | 'width', padding: number): number =>
    outputLength(input[axis] + padding, kernel[axis], stride[axis], dilation[axis]);
  return {
    height: along('height', pads.top + pads.bottom),
    width: along('width', pads.left + pads.right),
  };
}

/** The planes before each block, and after the last. */
export function planesBetween({ input, blocks }: IntegerMaps): PlaneSize[] {
  const planes: PlaneSize[] = [{ height: input.height, width: input.width }];
  for (const [index, { window }] of blocks.entries()) {
    planes.push(window === undefined ? (planes[index] as PlaneSize) : outputPlane(window));
  }
  return planes;
}

export function tapCount({ kernel }: BlockWindow): number {
  return kernel.height * kernel.width;
}

/** Columns of a window, without the constant's. */
export function windowColumns({ columns }: BlockWindow): number {
  return columns.reduce((sum, { channels, taps }) => sum + channels * taps.length, 0);
}

/** Channels that a window reads, without the constant. */
export function windowChannels({ columns }: BlockWindow): number {
  return columns.reduce((sum, { channels }) => sum + channels, 0);
}

/** For each column but the constant's, `channel * taps + tap`. */
export function columnPlaces(window: BlockWindow): Uint32Array {
  const taps = tapCount(window);
  const places = new Uint32Array(windowColumns(window));
  let at = 0;
  let channel = 0;
  for (const run of window.columns) {
    for (let index = 0; index < run.channels; index++, channel++) {
      for (const tap of run.taps) places[at++] = channel * taps + tap;
    }
  }
  return places;
}

/**
 * The matrix column of each tap of each channel, at `channel * taps + tap`: -1 where the matrix has none. The
 * constant is the last of the channels, and counts at the anchor alone. Without a window a column is a channel.
 */
export function columnsByTap(
  window: BlockWindow | undefined,
  channels: number,
  constant: boolean,
): Int32Array {
  if (window === undefined) return Int32Array.from({ length: channels }, (_, channel) => channel);
  const taps = tapCount(window);
  const columns = new Int32Array(channels * taps).fill(-1);
  const places = columnPlaces(window);
  places.forEach((place, column) => {
    columns[place] = column;
  });
  if (constant) columns[(channels - 1) * taps + anchorOf(window)] = places.length;
  return columns;
}

/** First coordinate along an axis that is inside of the plane for every output; -1 if none is. */
function anchorAlong(
  length: number,
  outputs: number,
  kernel: number,
  stride: number,
  before: number,
  dilation: number,
): number {
  for (let tap = 0; tap < kernel; tap++) {
    const first = tap * dilation - before;
    if (first >= 0 && first + (outputs - 1) * stride < length) return tap;
  }
  return -1;
}

/**
 * The first tap that lies inside of the plane at every output position: there a constant map is the
 * constant everywhere. -1 where none does.
 */
export function anchorOf(window: BlockWindow): number {
  const { input, kernel, stride, pads, dilation } = window;
  const output = outputPlane(window);
  const y = anchorAlong(
    input.height,
    output.height,
    kernel.height,
    stride.height,
    pads.top,
    dilation.height,
  );
  const x = anchorAlong(
    input.width,
    output.width,
    kernel.width,
    stride.width,
    pads.left,
    dilation.width,
  );
  return y < 0 || x < 0 ? -1 : y * kernel.width + x;
}
