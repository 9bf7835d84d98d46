/**
 * Whether the sums of a plain layer are finite. A maximum with 0 would hide one that is minus infinity. Sums are
 * computed again, one by one, only where the numbers that the layer reads are large enough for it.
 */
import type { StagePlace } from './map-memory.js';

/** Far below the largest float64: roundings of a sum do not take it there. */
const SAFE = 2 ** 1000;

/** The largest magnitude of what a layer reads, or NaN if one of them is no number. */
function largestRead(values: Float64Array, { input }: StagePlace, samples: number): number {
  const from = input.at / 8;
  const end = from + (samples * input.sample) / 8;
  let largest = 0;
  for (let at = from; at < end; at++) {
    const size = Math.abs(values[at] as number);
    if (!(size <= largest)) largest = size;
    if (Number.isNaN(size)) return size;
  }
  return largest;
}

/**
 * Whether all that a layer reads and all its sums are finite, before and behind its scale. `reach` is at least the
 * sum of the weights' magnitudes of any channel; `weights` are those, tap by tap, in each tap channel by channel.
 */
export function areSumsFinite(
  values: Float64Array,
  place: StagePlace,
  samples: number,
  scale: number,
  reach: number,
  weights: () => Float32Array,
): boolean {
  const largest = largestRead(values, place, samples);
  if (!Number.isFinite(largest)) return false;
  if (largest * reach * Math.max(1, Math.abs(scale)) <= SAFE) return true;
  const { stage, input } = place;
  const { kernel, stride, sums, inputChannels, channels } = stage;
  const own = weights();
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < sums.height; y++) {
      for (let x = 0; x < sums.width; x++) {
        const corner = input.at + sample * input.sample + y * stride * input.row;
        const start = (corner + x * stride * input.position) / 8;
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let a = 0; a < kernel.height; a++) {
            for (let b = 0; b < kernel.width; b++) {
              const tap = a * kernel.width + b;
              const read = start + (a * input.row + b * input.position) / 8;
              for (let from = 0; from < inputChannels; from++) {
                const weight = own[(tap * inputChannels + from) * channels + channel] as number;
                sum += weight * (values[read + from] as number);
              }
            }
          }
          if (!Number.isFinite(sum * scale) || !Number.isFinite(sum)) return false;
        }
      }
    }
  }
  return true;
}
