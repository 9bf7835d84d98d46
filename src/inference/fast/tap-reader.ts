/** What the taps of a block's window see, copied from the plane before into the block's columns. */
import type { Gather } from '../map-program.js';
import { copyKernel } from './copy-kernels.js';
import type { Machine } from './kernels.js';
import { LANE_BYTES, rowBytesOf } from './lane-type.js';
import type { BlockLayout, PlaneLayout } from './map-layout.js';
import { lanesOf } from './runner.js';

/** Fills the columns for the row of lanes that begins with this one; lanes beyond the last are 0, or of any value. */
export type ReadTaps = (lane: number) => void;

export interface TapSource {
  readonly machine: Machine;
  /** Where the plane lies, with how many samples. */
  readonly from: number;
  readonly samples: number;
  /** Where records can be written. */
  readonly records: number;
}

/** Of a block with a window (`gather`), or of one that reads each position by itself. */
export function tapReader(block: BlockLayout, source: TapSource): ReadTaps {
  const { gather } = block;
  if (block.before.channels === 0) return () => undefined;
  if (gather === null) return sameLanes(block, source);
  clearOutside(block.before, source);
  const rowLanes = lanesOf(block.before.type, block.plan.types);
  return source.samples % rowLanes === 0
    ? wholeRows(block, gather, source)
    : singleLanes(block, gather, source, rowLanes);
}

/** What lies outside of the plane: the zeros behind each channel. */
function clearOutside(
  { channels, channelBytes, type }: PlaneLayout,
  { machine, from }: TapSource,
): void {
  const bytes = new Uint8Array(machine.buffer);
  for (let channel = 1; channel <= channels; channel++) {
    const end = from + channel * channelBytes;
    bytes.fill(0, end - rowBytesOf(type), end);
  }
}

function sameLanes(
  { plan, before: { channels, type, channelBytes } }: BlockLayout,
  { machine, from, records }: TapSource,
): ReadTaps {
  const words = new Uint32Array(machine.buffer, records, 2);
  const rowBytes = rowBytesOf(type);
  const copy = copyKernel(machine, rowBytes);
  const size = LANE_BYTES[type];
  const { start } = plan.inputs;
  words.fill(0);
  return (lane) =>
    copy(records, records + 8, channels, from + lane * size, channelBytes, start, rowBytes);
}

/** Where a row is a position's own: one copy a tap and channel. */
function wholeRows(
  { plan, before: { channels, type, channelBytes } }: BlockLayout,
  { taps, positions }: Gather,
  { machine, from, samples, records }: TapSource,
): ReadTaps {
  const words = new Uint32Array(machine.buffer, records, 2 * taps);
  const rowBytes = rowBytesOf(type);
  const copy = copyKernel(machine, rowBytes);
  const size = LANE_BYTES[type];
  const outside = channelBytes - rowBytesOf(type);
  const { start } = plan.inputs;
  const end = records + words.byteLength;
  for (let tap = 0; tap < taps; tap++) words[2 * tap + 1] = tap * rowBytes;
  return (lane) => {
    const position = Math.floor(lane / samples);
    const rest = lane - position * samples;
    for (let tap = 0, at = position * taps; tap < taps; tap++, at++) {
      const seen = positions[at];
      words[2 * tap] = seen < 0 ? outside : (seen * samples + rest) * size;
    }
    copy(records, end, channels, from, channelBytes, start, taps * rowBytes);
  };
}

/** Where a row has lanes of several positions: one copy a lane, tap and channel. */
function singleLanes(
  { plan, before: { channels, type, channelBytes }, behind }: BlockLayout,
  { taps, positions }: Gather,
  { machine, from, samples, records }: TapSource,
  rowLanes: number,
): ReadTaps {
  const words = new Uint32Array(machine.buffer, records, 2 * taps * rowLanes);
  const size = LANE_BYTES[type];
  const copy = copyKernel(machine, size);
  const outside = channelBytes - rowBytesOf(type);
  const { start } = plan.inputs;
  const end = records + words.byteLength;
  for (let at = 0; at < taps * rowLanes; at++) {
    const [row, lane] = [at % taps, Math.floor(at / taps)];
    words[2 * at + 1] = row * rowBytesOf(type) + lane * size;
  }
  return (lane) => {
    let record = 0;
    for (let unit = lane; unit < lane + rowLanes; unit++) {
      const position = Math.floor(unit / samples);
      const sample = unit - position * samples;
      for (let tap = 0, at = position * taps; tap < taps; tap++, at++, record += 2) {
        const seen = position < behind.area ? positions[at] : -1;
        words[record] = seen < 0 ? outside : (seen * samples + sample) * size;
      }
    }
    copy(records, end, channels, from, channelBytes, start, taps * rowBytesOf(type));
  };
}
