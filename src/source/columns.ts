/**
 * The columns of a source layer's mask and signs: the channels of the first layer that it reads, then
 * of the second, and so on, each channel with one column a tap of the kernel, row by row. So a column is
 * a (layer, channel, tap), and in a fully connected layer it is a neuron of the layer before.
 */
import { readingOf, type SourceShape, widthOf } from './shape.js';

/** Where a column reads. */
export interface ColumnPlace {
  /** Number of the layer that it reads; 0 is the inputs. */
  readonly layer: number;
  readonly channel: number;
  /** `y * kernel.width + x`; 0 without a kernel. */
  readonly tap: number;
}

/** The columns of one layer that is read: `first .. first + channels * taps - 1`. */
export interface ColumnGroup {
  readonly layer: number;
  readonly first: number;
  readonly channels: number;
  readonly taps: number;
}

/** Layer t's columns by the layers that it reads, in order. */
export function columnGroups(shape: SourceShape, t: number): ColumnGroup[] {
  const { reads, kernel } = readingOf(shape, t);
  const taps = kernel.height * kernel.width;
  let next = 0;
  return reads.map((layer) => {
    const first = next;
    const channels = widthOf(shape, layer);
    next += channels * taps;
    return { layer, first, channels, taps };
  });
}

/** The column of layer t that reads there. Throws a RangeError if none does. */
export function columnOf(shape: SourceShape, t: number, place: ColumnPlace): number {
  const { layer, channel, tap } = place;
  const group = columnGroups(shape, t).find((each) => each.layer === layer);
  if (group === undefined) throw new RangeError(`layer ${t} does not read layer ${layer}`);
  if (!(channel >= 0 && channel < group.channels && tap >= 0 && tap < group.taps)) {
    throw new RangeError(`layer ${t} has no column for tap ${tap} of channel ${channel}`);
  }
  return group.first + channel * group.taps + tap;
}

/** Where a column of layer t reads. Throws a RangeError if the layer has no such column. */
export function placeOf(shape: SourceShape, t: number, column: number): ColumnPlace {
  const group = columnGroups(shape, t).findLast(({ first }) => column >= first);
  const within = group === undefined ? -1 : column - group.first;
  if (group === undefined || within >= group.channels * group.taps) {
    throw new RangeError(`layer ${t} has no column ${column}`);
  }
  const channel = Math.floor(within / group.taps);
  return { layer: group.layer, channel, tap: within - channel * group.taps };
}
