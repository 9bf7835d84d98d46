/**
 * Batch normalisation without scale and shift: in a step each channel has mean 0 and variance 1 over the samples
 * and positions of its shard, and running statistics of whole batches are kept for all that comes later, as
 * PyTorch's BatchNorm2d does (Ioffe and Szegedy 2015, momentum 0.1, epsilon 1e-5). Statistics of a shard in place of
 * those of the batch are "ghost batch normalisation" (Hoffer, Hubara, Soudry 2017): no thread waits for another.
 */
import type { Allocator, MapsPlace } from '../inference/products/map-memory.js';
import type { PlaneSize } from '../target/planes.js';
import type { BehindKernels } from './behind-kernels.js';
import { factorOf, type Moments } from './running-moments.js';

/** Numbers of channels in float64, of whatever layer is at work. */
export interface ChannelScratch {
  readonly means: number;
  readonly factors: number;
  readonly along: number;
  readonly across: number;
}

/** For layers of at most so many channels. */
export function placeChannels(allocator: Allocator, channels: number): ChannelScratch {
  const [means, factors, along, across] = Array.from({ length: 4 }, () =>
    allocator.take(8 * channels),
  ) as [number, number, number, number];
  return { means, factors, along, across };
}

/** A machine's memory with what normalises in it. */
export interface NormalizingMachine {
  readonly kernels: BehindKernels;
  readonly wide: Float64Array;
  readonly scratch: ChannelScratch;
}

/** Calls with the address of each row of maps of several samples, in order. */
export function eachRow(
  maps: MapsPlace,
  { height }: PlaneSize,
  samples: number,
  visit: (at: number) => void,
): void {
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y++) visit(maps.at + sample * maps.sample + y * maps.row);
  }
}

/** The numbers of channels at an address. */
function channelsAt({ wide }: NormalizingMachine, at: number, channels: number): Float64Array {
  return wide.subarray(at / 8, at / 8 + channels);
}

/** Means of `count` numbers from their sums, in place. */
function divide(sums: Float64Array, count: number): void {
  for (let channel = 0; channel < sums.length; channel++) sums[channel] /= count;
}

/** The moments of each channel, filled up ones too: twice through the numbers, in float64. */
export function momentsOf(
  machine: NormalizingMachine,
  maps: MapsPlace,
  plane: PlaneSize,
  samples: number,
  channels: number,
): Moments {
  const { kernels, scratch } = machine;
  const count = samples * plane.height * plane.width;
  const mean = channelsAt(machine, scratch.means, channels).fill(0);
  eachRow(maps, plane, samples, (at) => {
    kernels.addSums(at, plane.width, channels / 4, scratch.means);
  });
  divide(mean, count);
  const variance = channelsAt(machine, scratch.along, channels).fill(0);
  eachRow(maps, plane, samples, (at) => {
    kernels.addSquares(at, plane.width, channels / 4, scratch.means, scratch.along);
  });
  divide(variance, count);
  return { count, mean: mean.slice(), variance: variance.slice() };
}

/** Normalises in place. */
export function normalize(
  machine: NormalizingMachine,
  maps: MapsPlace,
  plane: PlaneSize,
  samples: number,
  { mean, variance }: Moments,
): void {
  const { kernels, scratch } = machine;
  const channels = mean.length;
  channelsAt(machine, scratch.means, channels).set(mean);
  channelsAt(machine, scratch.factors, channels).set(variance.map(factorOf));
  eachRow(maps, plane, samples, (at) => {
    kernels.normalize(at, plane.width, channels / 4, scratch.means, scratch.factors);
  });
}

/**
 * In place, from the gradients `g` of normalised numbers x to those of the numbers before:
 * `factor (g - mean(g) - x mean(g x))`, with the means over the shard.
 */
export function backThroughNormalize(
  machine: NormalizingMachine,
  normalized: MapsPlace,
  gradients: MapsPlace,
  plane: PlaneSize,
  samples: number,
  { count, variance }: Moments,
): void {
  const { kernels, scratch } = machine;
  const channels = variance.length;
  const vectors = channels / 4;
  const sums = [scratch.along, scratch.across].map((at) => channelsAt(machine, at, channels));
  for (const each of sums) each.fill(0);
  // Both have the same size, hence the same strides.
  const apart = normalized.at - gradients.at;
  const { along, across, factors } = scratch;
  eachRow(gradients, plane, samples, (at) => {
    kernels.addProducts(at, at + apart, plane.width, vectors, along, across);
  });
  for (const each of sums) divide(each, count);
  channelsAt(machine, factors, channels).set(variance.map(factorOf));
  eachRow(gradients, plane, samples, (at) => {
    kernels.normalizeBack(at, at + apart, plane.width, vectors, along, across, factors);
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
