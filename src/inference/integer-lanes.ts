/** Feature maps in BigInts, position by position: what the exact engine and traces step through. */
import { dyadicFromNumber } from '../core/dyadic.js';
import { everyFew, type Steps } from '../core/steps.js';
import { overCommonPower } from '../integer/evaluate-integers.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { coordinateOf, type Gather, type MapProgram } from './map-program.js';

/** Integers over a common power of two, map by map; the constant's is `unit` at every position. */
export function integerMaps(
  program: Pick<MapProgram, 'input' | 'channelsLast' | 'constant'>,
  batch: Float64Array,
  sample: number,
  unit: number,
): { values: bigint[]; exponent: number } {
  const { input, constant } = program;
  const area = input.height * input.width;
  const inputs = input.channels * area;
  const parts = Array.from({ length: inputs }, (_, at) =>
    dyadicFromNumber(
      batch[sample * inputs + coordinateOf(program, Math.floor(at / area), at % area)] as number,
    ),
  );
  if (constant) {
    const one = dyadicFromNumber(unit);
    for (let position = 0; position < area; position++) parts.push(one);
  }
  return overCommonPower(parts);
}

/** Every map once for each tap: what it sees at each position, 0 outside. */
export function gatheredIntegers(values: readonly bigint[], gather: Gather): bigint[] {
  const { taps, from, to, positions } = gather;
  const maps = values.length / from;
  const result: bigint[] = [];
  for (let map = 0; map < maps; map++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let position = 0; position < to; position++) {
        const seen = positions[position * taps + tap] as number;
        result.push(seen < 0 ? 0n : (values[map * from + seen] as bigint));
      }
    }
  }
  return result;
}

/** Additions of BigInts between two steps: a few milliseconds. */
const ADDITIONS_AT_ONCE = 2 ** 16;

/** A layer's maps from those that it reads, `area` positions each. */
export function* integerLayer(
  { neurons, offsets, edges }: PrunedLayer,
  values: readonly bigint[],
  area: number,
  relu: boolean,
): Steps<bigint[]> {
  const isTurn = everyFew(ADDITIONS_AT_ONCE);
  const next = new Array<bigint>(neurons.length * area);
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    const start = offsets[neuron] as number;
    const end = offsets[neuron + 1] as number;
    for (let position = 0; position < area; position++) {
      let sum = 0n;
      for (let at = start; at < end; at++) {
        const edge = edges[at] as number;
        const value = values[(edge >>> 1) * area + position] as bigint;
        if ((edge & 1) === 0) sum += value;
        else sum -= value;
      }
      next[neuron * area + position] = relu && sum < 0n ? 0n : sum;
    }
    if (isTurn((end - start) * area)) yield;
  }
  return next;
}
