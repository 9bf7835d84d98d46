/**
 * Batch normalisation without scale and shift: in a step each channel has mean 0 and variance 1 over the samples
 * and positions of its shard, and running statistics of whole batches are kept for all that comes later, as
 * PyTorch's BatchNorm2d does (Ioffe and Szegedy 2015, momentum 0.1, epsilon 1e-5). Statistics of a shard in place of
 * those of the batch are "ghost batch normalisation" (Hoffer, Hubara, Soudry 2017): no thread waits for another.
 */
import type { MapsPlace } from '../inference/products/map-memory.js';
import type { PlaneSize } from '../target/planes.js';
import { factorOf, type Moments } from './running-moments.js';

/** Calls with the place of each row of maps of several samples, in order. */
export function eachRow(
  maps: MapsPlace,
  { height }: PlaneSize,
  samples: number,
  visit: (at: number) => void,
): void {
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y++) visit((maps.at + sample * maps.sample + y * maps.row) / 4);
  }
}

/** The moments of each channel, filled up ones too: twice through the numbers, in float64. */
export function momentsOf(
  values: Float32Array,
  maps: MapsPlace,
  plane: PlaneSize,
  samples: number,
  channels: number,
): Moments {
  const count = samples * plane.height * plane.width;
  const row = plane.width * channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  eachRow(maps, plane, samples, (at) => {
    for (let from = at; from < at + row; from += channels) {
      for (let channel = 0; channel < channels; channel++) {
        mean[channel] += values[from + channel] as number;
      }
    }
  });
  for (let channel = 0; channel < channels; channel++) mean[channel] /= count;
  eachRow(maps, plane, samples, (at) => {
    for (let from = at; from < at + row; from += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const off = (values[from + channel] as number) - (mean[channel] as number);
        variance[channel] += off * off;
      }
    }
  });
  for (let channel = 0; channel < channels; channel++) variance[channel] /= count;
  return { count, mean, variance };
}

/** Normalises in place. */
export function normalize(
  values: Float32Array,
  maps: MapsPlace,
  plane: PlaneSize,
  samples: number,
  { mean, variance }: Moments,
): void {
  const channels = mean.length;
  const row = plane.width * channels;
  const factors = variance.map(factorOf);
  eachRow(maps, plane, samples, (at) => {
    for (let from = at; from < at + row; from += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const off = (values[from + channel] as number) - (mean[channel] as number);
        values[from + channel] = off * (factors[channel] as number);
      }
    }
  });
}

/**
 * In place, from the gradients `g` of normalised numbers x to those of the numbers before:
 * `factor (g - mean(g) - x mean(g x))`, with the means over the shard.
 */
export function backThroughNormalize(
  values: Float32Array,
  normalized: MapsPlace,
  gradients: MapsPlace,
  plane: PlaneSize,
  samples: number,
  { count, variance }: Moments,
): void {
  const channels = variance.length;
  const row = plane.width * channels;
  const along = new Float64Array(channels);
  const across = new Float64Array(channels);
  const apart = (normalized.at - gradients.at) / 4;
  // Both have the same size, hence the same strides.
  eachRow(gradients, plane, samples, (at) => {
    for (let from = at; from < at + row; from += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const gradient = values[from + channel] as number;
        along[channel] += gradient;
        across[channel] += gradient * (values[from + apart + channel] as number);
      }
    }
  });
  const factors = variance.map(factorOf);
  for (let channel = 0; channel < channels; channel++) {
    along[channel] /= count;
    across[channel] /= count;
  }
  eachRow(gradients, plane, samples, (at) => {
    for (let from = at; from < at + row; from += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const own = (values[from + apart + channel] as number) * (across[channel] as number);
        const gradient = (values[from + channel] as number) - (along[channel] as number) - own;
        values[from + channel] = gradient * (factors[channel] as number);
      }
    }
  });
}

/** The moments of a batch from those of its shards, in their order. */
export function joinMoments(shards: readonly Moments[], channels: number): Moments {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  let count = 0;
  for (const shard of shards) {
    const total = count + shard.count;
    for (let channel = 0; channel < channels; channel++) {
      const off = (shard.mean[channel] as number) - (mean[channel] as number);
      const squares =
        count * (variance[channel] as number) +
        shard.count * (shard.variance[channel] as number) +
        off * off * ((count * shard.count) / total);
      mean[channel] += off * (shard.count / total);
      variance[channel] = squares / total;
    }
    count = total;
  }
  return { count, mean, variance };
}
