/** A plane of float64 made integers of 32 bits, in the units that its samples' sums allow (`fixed-point.ts`). */
import { fixedKernels, unitInverse } from './fixed-point.js';
import type { Machine } from './kernels.js';
import { LANE_BYTES, ROW_BYTES } from './lane-type.js';
import type { BlockLayout, PlaneLayout } from './map-layout.js';

/** How an integer plane lies where the one of float64 was. */
export function fixedPlane({ channelBytes, ...plane }: PlaneLayout): PlaneLayout {
  return { ...plane, type: 'fixed32', channelBytes: channelBytes / 2 };
}

export interface PlaneUnits {
  /** Where a row's units lie, times the block's factor, by its first lane. */
  at(lane: number): number;
}

/** Rounds the plane at `from`, of so many samples, into itself. */
export function roundPlane(
  { before, gather, extent }: Pick<BlockLayout, 'before' | 'gather' | 'extent'>,
  place: { readonly from: number; readonly samples: number; readonly scratch: number },
  machine: Machine,
  factor: number,
): PlaneUnits {
  const { from, samples, scratch } = place;
  const { channels, area, channelBytes } = before;
  if (extent === null) throw new Error('this block is not one of integers');
  const kernels = fixedKernels(machine);
  const size = LANE_BYTES.float64;
  const lanes = area * samples;
  const rows = Math.ceil((lanes * size) / ROW_BYTES);
  kernels.magnitudes(from, rows, channels, channelBytes, scratch);
  const sums = new Float64Array(machine.buffer, scratch, lanes);
  const taps = gather?.taps ?? 1;
  const inverses = scratch + rows * ROW_BYTES;
  const perRow = ROW_BYTES / size;
  const units = inverses + ROW_BYTES * Math.ceil((samples + perRow) / perRow);
  const inverseOf = new Float64Array(machine.buffer, inverses, samples + perRow);
  const unitOf = new Float64Array(machine.buffer, units, samples + perRow);
  for (let sample = 0; sample < samples; sample++) {
    let most = 0;
    let all = 0;
    for (let lane = sample; lane < lanes; lane += samples) {
      const sum = sums[lane] as number;
      if (sum > most) most = sum;
      all += sum;
    }
    // Taps of one position see different positions.
    const inverse = unitInverse(Math.min(taps * most, all), extent);
    for (let at = sample; at < samples + perRow; at += samples) {
      inverseOf[at] = inverse;
      unitOf[at] = factor / inverse;
    }
  }
  const { channelBytes: step } = fixedPlane(before);
  for (let channel = 0; channel < channels; channel++) {
    const [read, write] = [from + channel * channelBytes, from + channel * step];
    kernels.round(read, rows, write, inverses, samples);
  }
  return { at: (lane) => units + (lane % samples) * size };
}
