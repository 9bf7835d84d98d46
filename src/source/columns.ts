/**
 * The columns of a source layer's mask and signs: the channels of the first layer that it reads, each with
 * one column a tap of the kernel, row by row, then those of the second layer, and so on, each with one
 * column. So a column is a (layer, channel, tap), and in a fully connected layer a neuron of the one before.
 */
import { checkObject, checkWhole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkShape } from './check-shape.js';
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

/** Layer t's columns by the layers that it reads, in order. Throws a `UsageError` if there is no such layer. */
export function columnGroups(shape: SourceShape, t: number): ColumnGroup[] {
  checkShape(shape);
  checkWhole('layer', t, 1, shape.layers.length);
  const { reads, kernel } = readingOf(shape, t);
  let next = 0;
  return reads.map((layer, index) => {
    const first = next;
    const taps = index === 0 ? kernel.height * kernel.width : 1;
    const channels = widthOf(shape, layer);
    next += channels * taps;
    return { layer, first, channels, taps };
  });
}

/** The column of layer t that reads there. Throws a `UsageError` if none does. */
export function columnOf(shape: SourceShape, t: number, place: ColumnPlace): number {
  checkObject('place', place);
  const { layer, channel, tap } = place;
  const group = columnGroups(shape, t).find((each) => each.layer === layer);
  if (group === undefined) throw new UsageError(`layer ${t} does not read layer ${String(layer)}`);
  checkWhole('place.channel', channel, 0, group.channels - 1);
  checkWhole('place.tap', tap, 0, group.taps - 1);
  return group.first + channel * group.taps + tap;
}

/** Where a column of layer t reads. Throws a `UsageError` if the layer has no such column. */
export function placeOf(shape: SourceShape, t: number, column: number): ColumnPlace {
  const groups = columnGroups(shape, t);
  const count = groups.reduce((sum, { channels, taps }) => sum + channels * taps, 0);
  checkWhole('column', column, 0, count - 1);
  const group = groups.findLast(({ first }) => column >= first) as ColumnGroup;
  const within = column - group.first;
  const channel = Math.floor(within / group.taps);
  return { layer: group.layer, channel, tap: within - channel * group.taps };
}
