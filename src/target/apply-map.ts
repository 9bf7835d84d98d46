/** Linear maps on vectors: in float64, a batch at a time, and exactly. */
import { type Dyadic, dyadic } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import { entryOverPlaces, placesOf } from './exact-array.js';
import {
  type ConvolutionMap,
  type DenseMap,
  forEachEntry,
  type LinearMap,
  storedNumbers,
  summands,
} from './linear-map.js';

/** Samples that are taken through a matrix together: few enough to stay in cache, and rows are reused. */
const SAMPLES_TOGETHER = 32;

/**
 * `map` on each of `samples` vectors, in float64: `samples` by `map.inputs` in, `samples` by
 * `map.outputs` out. Throws a `UsageError` for another number of values.
 */
export function applyMap(map: LinearMap, values: Float64Array, samples = 1): Float64Array {
  checkLength(values.length, samples * map.inputs);
  const results = new Float64Array(samples * map.outputs);
  for (const { part, start } of summands(map)) {
    if (part.kind === 'dense') {
      for (let from = 0; from < samples; from += SAMPLES_TOGETHER) {
        applyMatrix(part, values, results, from, Math.min(from + SAMPLES_TOGETHER, samples));
      }
    } else {
      for (let sample = 0; sample < samples; sample++) {
        const from = sample * map.inputs + start;
        const to = sample * map.outputs;
        addConvolution(part, values.subarray(from), results.subarray(to));
      }
    }
  }
  return results;
}

/** Adds the outputs on one sample, a tap at a time over all positions that it reaches. */
function addConvolution(
  { input, output, kernel, stride, pads, dilation, groups, weights }: ConvolutionMap,
  values: Float64Array,
  results: Float64Array,
): void {
  const channels = input.channels / groups;
  const area = kernel.height * kernel.width;
  for (let o = 0; o < output.channels; o++) {
    const first = Math.floor(o / (output.channels / groups)) * channels;
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < area; tap++) {
        const weight = weights.values[(o * channels + c) * area + tap];
        if (weight === 0) continue;
        const left = (tap % kernel.width) * dilation.width - pads.left;
        const top = Math.floor(tap / kernel.width) * dilation.height - pads.top;
        const rows = positionsInside(input.height, output.height, top, stride.height);
        const columns = positionsInside(input.width, output.width, left, stride.width);
        for (let y = rows.from; y < rows.to; y++) {
          const source =
            ((first + c) * input.height + y * stride.height + top) * input.width + left;
          const target = (o * output.height + y) * output.width;
          for (let x = columns.from; x < columns.to; x++) {
            results[target + x] += weight * values[source + x * stride.width];
          }
        }
      }
    }
  }
}

/** The output positions whose tap at `offset` lies inside of an axis of `length`. */
function positionsInside(
  length: number,
  positions: number,
  offset: number,
  stride: number,
): { readonly from: number; readonly to: number } {
  const from = offset < 0 ? Math.ceil(-offset / stride) : 0;
  return { from, to: Math.min(positions, Math.floor((length - 1 - offset) / stride) + 1) };
}

function applyMatrix(
  { inputs, outputs, matrix }: DenseMap,
  values: Float64Array,
  results: Float64Array,
  from: number,
  to: number,
): void {
  const weights = matrix.values;
  for (let output = 0; output < outputs; output++) {
    const row = output * inputs;
    for (let sample = from; sample < to; sample++) {
      const start = sample * inputs;
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        sum += weights[row + input] * values[start + input];
      }
      results[sample * outputs + output] = sum;
    }
  }
}

/**
 * `map` on one vector, exactly: integers over a common power of two are multiplied and added. Throws a
 * `UsageError` for another number of values.
 */
export function applyMapExactly(map: LinearMap, values: readonly Dyadic[]): Dyadic[] {
  checkLength(values.length, map.inputs);
  const parts = summands(map).map(({ part, start }) => {
    const numbers = storedNumbers(part);
    return { part, start, numbers };
  });
  const places = Math.max(...parts.map(({ numbers }) => placesOf(numbers)));
  const exponent = values.reduce((least, value) => Math.min(least, value.exponent), 0);
  const vector = values.map((value) => value.mantissa << BigInt(value.exponent - exponent));
  return Array.from({ length: map.outputs }, (_, output) => {
    let sum = 0n;
    for (const { part, start, numbers } of parts) {
      forEachEntry(part, output, (input, index) => {
        const value = vector[start + input];
        if (value !== 0n) sum += entryOverPlaces(numbers, index, places) * value;
      });
    }
    return dyadic(sum, exponent - places);
  });
}

function checkLength(given: number, needed: number): void {
  if (given === needed) return;
  throw new UsageError(`values: ${given} numbers where the map takes ${needed}`);
}
