/**
 * What comes behind the sums of a layer of feature maps that is more than products, ReLU and pooling of the
 * largest: pooling before the rest, normalisation of each channel, the output of an earlier layer added, the
 * activation, pooling by means. Plain loops over the machine's memory, which give the same bits whatever its
 * kernels run on; they are a small part of a layer's work.
 */
import type { ChannelMaps } from '../../ticket/trained-normalization.js';
import { poolMaps } from './map-forward.js';
import type { MapKernels } from './map-kernels.js';
import type { BehindPlace, MapsPlace, StagePlace } from './map-memory.js';
import type { ProductLane } from './product-call.js';

type Values = Float32Array | Float64Array;

/** Pools the sums where that comes first. */
export function poolFirst(
  kernels: MapKernels,
  lane: ProductLane,
  place: StagePlace,
  { raw, before }: BehindPlace,
  samples: number,
): void {
  if (place.stage.poolsFirst) poolMaps(kernels, lane, place, raw, before, samples);
}

/**
 * From `before` to the layer's output. `maps` are the factors and shifts of all channels, filled up ones too; null
 * where the layer is not normalised, or what `before` holds is so already. `shortcut` is what an earlier layer
 * handed on. Each step rounds to float64, and what is stored to the lane's type. Returns whether all numbers
 * were finite.
 */
export function finishStage(
  kernels: MapKernels,
  lane: ProductLane,
  values: Values,
  place: StagePlace,
  behind: BehindPlace,
  shortcut: MapsPlace | null,
  maps: ChannelMaps | null,
  samples: number,
): boolean {
  const areFinite = activate(values, place, behind, shortcut, maps, samples);
  poolBehind(kernels, lane, values, place, samples);
  return areFinite;
}

/** Pools what is behind the activation, where that is pooled. */
export function poolBehind(
  kernels: MapKernels,
  lane: ProductLane,
  values: Values,
  place: StagePlace,
  samples: number,
): void {
  const { stage, sums, output } = place;
  if (stage.pool === 1 || stage.poolsFirst) return;
  if (stage.average) averageMaps(values, place, samples);
  else poolMaps(kernels, lane, place, sums, output, samples);
}

function activate(
  values: Values,
  { activation, channels, sums }: StagePlace,
  { before, plane }: BehindPlace,
  shortcut: MapsPlace | null,
  maps: ChannelMaps | null,
  samples: number,
): boolean {
  const bytes = values.BYTES_PER_ELEMENT;
  let areFinite = true;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < plane.height; y++) {
      const from = (before.at + sample * before.sample + y * before.row) / bytes;
      const to = (sums.at + sample * sums.sample + y * sums.row) / bytes;
      const added = shortcut && (shortcut.at + sample * shortcut.sample + y * shortcut.row) / bytes;
      for (let x = 0; x < plane.width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = x * channels + channel;
          let value = values[from + at] as number;
          if (maps !== null) {
            value = value * (maps.factors[channel] as number) + (maps.shifts[channel] as number);
          }
          if (added !== null) value += values[added + at] as number;
          if (!(Math.abs(value) <= Number.MAX_VALUE)) areFinite = false;
          if (activation === 'relu') value = Math.max(0, value);
          else if (activation === 'sign') value = value < 0 ? -1 : 1;
          values[to + at] = value;
        }
      }
    }
  }
  return areFinite;
}

/** Writes the mean of each window: their sum row by row from 0, divided by their number. */
function averageMaps(
  values: Values,
  { stage, channels, sums, output }: StagePlace,
  samples: number,
): void {
  const bytes = values.BYTES_PER_ELEMENT;
  const { pool } = stage;
  const row = sums.row / bytes;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < stage.output.height; y++) {
      const from = (sums.at + sample * sums.sample + y * pool * sums.row) / bytes;
      const to = (output.at + sample * output.sample + y * output.row) / bytes;
      for (let x = 0; x < stage.output.width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let at = 0; at < pool * pool; at++) {
            const position = x * pool + (at % pool);
            const place = from + Math.floor(at / pool) * row + position * channels + channel;
            sum += values[place] as number;
          }
          values[to + x * channels + channel] = sum / (pool * pool);
        }
      }
    }
  }
}

/** Factors and shifts for channels that are filled up with zeros. */
export function filledMaps({ factors, shifts }: ChannelMaps, channels: number): ChannelMaps {
  const filled = (numbers: Float64Array): Float64Array => {
    const all = new Float64Array(channels);
    all.set(numbers);
    return all;
  };
  return { factors: filled(factors), shifts: filled(shifts) };
}
