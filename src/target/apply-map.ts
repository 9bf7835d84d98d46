/** Linear maps on vectors: in float64, a batch at a time, and exactly. */
import { type Dyadic, dyadic } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import { entryOverPlaces, placesOf } from './exact-array.js';
import { type DenseMap, forEachEntry, type LinearMap, storedNumbers } from './linear-map.js';

/** Samples that are taken through a matrix together: few enough to stay in cache, and rows are reused. */
const SAMPLES_TOGETHER = 32;

/**
 * `map` on each of `samples` vectors, in float64: `samples` by `map.inputs` in, `samples` by
 * `map.outputs` out. Throws a `UsageError` for another number of values.
 */
export function applyMap(map: LinearMap, values: Float64Array, samples = 1): Float64Array {
  checkLength(values.length, samples * map.inputs);
  const results = new Float64Array(samples * map.outputs);
  if (map.kind === 'dense') {
    for (let from = 0; from < samples; from += SAMPLES_TOGETHER) {
      applyMatrix(map, values, results, from, Math.min(from + SAMPLES_TOGETHER, samples));
    }
    return results;
  }
  const { inputs, outputs } = map;
  const weights = map.weights.values;
  for (let output = 0; output < outputs; output++) {
    forEachEntry(map, output, (input, index) => {
      const weight = weights[index];
      for (let sample = 0; sample < samples; sample++) {
        results[sample * outputs + output] += weight * values[sample * inputs + input];
      }
    });
  }
  return results;
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
  const numbers = storedNumbers(map);
  const places = placesOf(numbers);
  const exponent = values.reduce((least, value) => Math.min(least, value.exponent), 0);
  const vector = values.map((value) => value.mantissa << BigInt(value.exponent - exponent));
  return Array.from({ length: map.outputs }, (_, output) => {
    let sum = 0n;
    forEachEntry(map, output, (input, index) => {
      const value = vector[input];
      if (value !== 0n) sum += entryOverPlaces(numbers, index, places) * value;
    });
    return dyadic(sum, exponent - places);
  });
}

function checkLength(given: number, needed: number): void {
  if (given === needed) return;
  throw new UsageError(`values: ${given} numbers where the map takes ${needed}`);
}
