/**
 * Which number types a sample may be computed in: range analysis. Integers are exact as long as every
 * value that a ReLU or an output reads fits; floats must neither overflow nor lose their small end.
 */
import type { LaneType } from './lane-type.js';
import { INTEGER_LIMIT, type IntegerType, type Types } from './plan.js';
import type { Segment } from './segments.js';

/** What is asked for: exact results, or the fastest. */
export type Exactness = 'bits' | 'float';

/** Bits of the integer inputs that there are plans for; few, so that few plans are made. */
const INPUT_BITS = [8, 16, 24, 31, 40, 53] as const;

/** The least of the input sizes that holds integers up to `largest`; null beyond 53 bits. */
export function inputBits(largest: number): number | null {
  return INPUT_BITS.find((bits) => largest < 2 ** bits) ?? null;
}

/** Float types hold `[2^lowest, 2^highest]` with all their digits, with room for a few bits of slack. */
const FLOAT_RANGE = {
  float32: { lowest: -60, highest: 126 },
  float64: { lowest: -900, highest: 1020 },
} as const;

/**
 * Integer types for inputs that are integers of at most `bits` bits: each segment's outputs fit its
 * type. Null where int64 does not hold them.
 */
export function integerTypes(
  segments: readonly Segment[],
  bits: number,
  single: boolean,
): Types | null {
  const largestInput = 2 ** bits - 1;
  const order: readonly IntegerType[] = ['int16', 'int32', 'int64'];
  let at = order.findIndex((type) => largestInput <= INTEGER_LIMIT[type]);
  const inputs = order[at];
  const types: IntegerType[] = [];
  for (const { bounds } of segments) {
    // What int16 holds needs no network; and its sums of digits would have to be split anyway.
    at = Math.max(at, 1);
    while (at < order.length && bounds.outputs * largestInput > INTEGER_LIMIT[order[at]]) at++;
    if (at === order.length) return null;
    types.push(order[at]);
  }
  if (!single) return { inputs, segments: types, single, largestInput };
  const widest = types[types.length - 1];
  return { inputs: widest, segments: types.map(() => widest), single, largestInput };
}

/** How large inputs may be so that nothing overflows, the blocks' scaling taken into account. */
export function floatReach(
  segments: readonly Segment[],
  factors: readonly number[],
): Readonly<Record<'float32' | 'float64', number>> {
  let scale = 1;
  let growth = 1;
  for (const { bounds, endsBlock } of segments) {
    growth = Math.max(growth, bounds.all * scale);
    if (endsBlock >= 0) scale *= factors[endsBlock];
  }
  return {
    float32: 2 ** FLOAT_RANGE.float32.highest / growth,
    float64: 2 ** FLOAT_RANGE.float64.highest / growth,
  };
}

/** Whether a sample is in the range of a float type: neither overflows nor loses its small end. */
export function floatHolds(
  type: 'float32' | 'float64',
  reach: Readonly<Record<'float32' | 'float64', number>>,
  largest: number,
): boolean {
  return largest === 0 || (largest >= 2 ** FLOAT_RANGE[type].lowest && largest <= reach[type]);
}

/** Whether 8-bit integer inputs have sums of digits that are exact in a float type. */
export function addsBytesExactly(
  [{ rows, bounds }]: readonly Segment[],
  type: 'float32' | 'float64',
): boolean {
  return rows.every(({ digits }) => {
    let bound = 0;
    for (let at = 0; at < digits.length; at += 2) {
      bound += Math.abs(digits[at + 1]) * bounds.columns[digits[at]];
    }
    return bound * BYTE < 2 ** (type === 'float32' ? 24 : 53);
  });
}

/** Largest 8-bit input. */
const BYTE = 2 ** INPUT_BITS[0] - 1;

/**
 * Types for floats. `bytes`: the inputs are 8-bit integers, to be added in int16 first (where
 * `addsBytesExactly`, so that it makes no difference to the result). `fixed`: see `Types`.
 */
export function floatTypes(
  segments: readonly Segment[],
  type: 'float32' | 'float64',
  bytes: boolean,
  single: boolean,
  fixed: readonly number[],
): Types {
  const inputs: LaneType = bytes && !single ? 'int16' : type;
  return {
    ...{ inputs, segments: segments.map(() => type), single, largestInput: BYTE },
    ...(fixed.length > 0 && { fixed }),
  };
}
