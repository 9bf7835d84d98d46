/**
 * What comes behind the sums of a layer of feature maps that is more than products, ReLU and pooling of the
 * largest: pooling before the rest, normalisation of each channel, the output of an earlier layer added, the
 * activation, pooling by means.
 */
import type { ChannelMaps } from '../../ticket/trained-normalization.js';
import { FINISH_MODE } from './finish-call.js';
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

/** Writes what a layer is normalised with where `finishStage` looks for it. */
export function writeChannelMaps(
  buffer: ArrayBuffer,
  { channels }: StagePlace,
  { maps }: BehindPlace,
  { factors, shifts }: ChannelMaps,
): void {
  const numbers = new Float64Array(buffer, maps, 2 * channels);
  numbers.fill(0).set(factors);
  numbers.set(shifts, channels);
}

/**
 * From `before` to the layer's output; `normalized` tells whether `before` is to be normalised, with what
 * `writeChannelMaps` wrote. `shortcut` is what an earlier layer handed on. Returns whether all numbers were finite.
 */
export function finishStage(
  kernels: MapKernels,
  lane: ProductLane,
  values: Values,
  place: StagePlace,
  behind: BehindPlace,
  shortcut: MapsPlace | null,
  normalized: boolean,
  samples: number,
): boolean {
  const { activation, channels, sums } = place;
  const { before, plane, check } = behind;
  const checked = new Float64Array(values.buffer, check, 2).fill(0);
  const vectors = (channels * values.BYTES_PER_ELEMENT) / 16;
  const mode = activation === null ? 0 : MODES[activation];
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < plane.height; y++) {
      kernels.finish(
        before.at + sample * before.sample + y * before.row,
        sums.at + sample * sums.sample + y * sums.row,
        shortcut === null ? 0 : shortcut.at + sample * shortcut.sample + y * shortcut.row,
        normalized ? behind.maps : 0,
        plane.width,
        vectors,
        mode,
        check,
      );
    }
  }
  poolBehind(kernels, lane, values, place, samples);
  return checked.every((off) => off === 0);
}

const MODES = { relu: FINISH_MODE.rectify, sign: FINISH_MODE.sign } as const;

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
